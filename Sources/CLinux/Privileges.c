#define _GNU_SOURCE
#include "CLinux.h"

#include <grp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Version 3 hands each set over in two words of 32 bits, the lower first. */
static const uint32_t version = _LINUX_CAPABILITY_VERSION_3;

static uint64_t joined(uint32_t low, uint32_t high)
{
    return (uint64_t)high << 32 | low;
}

int halfopen_get_capabilities(struct halfopen_capabilities *sets)
{
    struct __user_cap_header_struct header = { .version = version };
    struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];
    if (syscall(SYS_capget, &header, words) != 0)
        return -1;
    sets->effective = joined(words[0].effective, words[1].effective);
    sets->permitted = joined(words[0].permitted, words[1].permitted);
    sets->inheritable = joined(words[0].inheritable, words[1].inheritable);
    return 0;
}

int halfopen_set_capabilities(const struct halfopen_capabilities *sets)
{
    struct __user_cap_header_struct header = { .version = version };
    struct __user_cap_data_struct words[_LINUX_CAPABILITY_U32S_3];
    for (int word = 0; word < _LINUX_CAPABILITY_U32S_3; word++) {
        words[word].effective = (uint32_t)(sets->effective >> (32 * word));
        words[word].permitted = (uint32_t)(sets->permitted >> (32 * word));
        words[word].inheritable = (uint32_t)(sets->inheritable >> (32 * word));
    }
    return (int)syscall(SYS_capset, &header, words);
}

int halfopen_prctl(int operation, unsigned long argument)
{
    return prctl(operation, argument, 0UL, 0UL, 0UL);
}

int halfopen_set_users(uint32_t id)
{
    return setresuid(id, id, id);
}

int halfopen_set_groups(uint32_t id)
{
    return setresgid(id, id, id);
}

int halfopen_leave_supplementary_groups(void)
{
    return setgroups(0, NULL);
}
