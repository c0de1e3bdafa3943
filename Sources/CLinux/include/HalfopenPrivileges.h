#ifndef HALFOPEN_PRIVILEGES_H
#define HALFOPEN_PRIVILEGES_H

#include <stdint.h>

#include <linux/capability.h>
#include <linux/prctl.h>

/* A set of capabilities has the bit 1 << CAP_X for each, capabilities(7). */
struct halfopen_capabilities {
    uint64_t effective;
    uint64_t permitted;
    uint64_t inheritable;
};

/*
 * The calling thread's capabilities: 0, or -1 with errno.
 * capget(2), which has no wrapper in the C library.
 */
int halfopen_get_capabilities(struct halfopen_capabilities *_Nonnull sets);

/*
 * Sets the calling thread's capabilities: 0, or -1 with errno.
 * capset(2), which has no wrapper in the C library.
 */
int halfopen_set_capabilities(const struct halfopen_capabilities *_Nonnull sets);

/* An operation of one argument: -1 with errno if it fails. prctl(2), which is variadic. */
int halfopen_prctl(int operation, unsigned long argument);

/*
 * Makes all of the process's users, or groups, this one: 0, or -1 with errno.
 * setresuid(2) and setresgid(2), which need _GNU_SOURCE.
 */
int halfopen_set_users(uint32_t id);
int halfopen_set_groups(uint32_t id);

/* Leaves all supplementary groups: 0, or -1 with errno. setgroups(2), which needs _GNU_SOURCE. */
int halfopen_leave_supplementary_groups(void);

#endif
