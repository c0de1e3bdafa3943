#ifndef HALFOPEN_PROCESSES_H
#define HALFOPEN_PROCESSES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * Makes a copy of a process that has one thread: 0 in the copy, its number in
 * the other, or -1 with errno. fork(2), which Swift hides.
 */
int halfopen_fork(void);

/* What ps(1) calls the process, at most 15 bytes. PR_SET_NAME of prctl(2), which is variadic. */
void halfopen_set_name(const char *_Nonnull name);

/*
 * Closes every descriptor but one. close_range(2), which needs _GNU_SOURCE; one
 * by one where it is refused, as by Linux before 5.9 or a seccomp profile.
 */
void halfopen_close_others(int descriptor);

/*
 * Sends one message, and with it a descriptor unless that is negative: -1 with
 * errno if it fails. SCM_RIGHTS of unix(7), whose macros Swift cannot import.
 */
ssize_t halfopen_send_message(
    int socket, const void *_Nonnull bytes, size_t count, int descriptor);

/*
 * Receives one message: its length, 0 at the end, or -1 with errno; EMSGSIZE if
 * it is longer than the buffer. The descriptor that came with it is the
 * caller's, -1 if none did. A second one is closed.
 */
ssize_t halfopen_receive_message(
    int socket, void *_Nonnull bytes, size_t capacity, int *_Nonnull descriptor);

/*
 * A number that this process and the copies that it makes of itself share, 0 at
 * first, or NULL with errno. mmap(2), whose MAP_FAILED Swift cannot import.
 */
struct halfopen_shared_number;
struct halfopen_shared_number *_Nullable halfopen_make_shared_number(void);
void halfopen_free_shared_number(struct halfopen_shared_number *_Nonnull number);
void halfopen_set_shared_number(struct halfopen_shared_number *_Nonnull number, uint32_t value);
uint32_t halfopen_get_shared_number(const struct halfopen_shared_number *_Nonnull number);

/*
 * From now on a fault of the program (SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP,
 * SIGFPE) writes this text to a descriptor and ends the program with a status.
 * The text is copied, as much of it as fits. sigaction(2), sigaltstack(2).
 */
void halfopen_set_last_words(
    const char *_Nonnull text, size_t count, int descriptor, int status);

#endif
