#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

const char *halfopen_errno_name(int code)
{
    return strerrorname_np(code);
}

const char *halfopen_errno_text(int code)
{
    return strerrordesc_np(code);
}

int halfopen_is_network_namespace(int descriptor)
{
    struct statfs status;
    if (fstatfs(descriptor, &status) != 0)
        return -1;
    /* Asked first, because the ioctl's number may mean anything to a device. */
    if (status.f_type != NSFS_MAGIC)
        return 0;
    int type = ioctl(descriptor, NS_GET_NSTYPE);
    return type < 0 ? -1 : type == CLONE_NEWNET;
}

int halfopen_enter_network_namespace(int descriptor)
{
    return setns(descriptor, CLONE_NEWNET);
}

int halfopen_terminal_columns(int descriptor)
{
    struct winsize size;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static int argument_count;
static char **argument_words;

__attribute__((constructor)) static void keep_arguments(int count, char **words)
{
    argument_count = count;
    argument_words = words;
}

const char *halfopen_argument(int index)
{
    return index >= 0 && index < argument_count ? argument_words[index] : NULL;
}


int halfopen_find_in_root(int root, const char *path)
{
    struct open_how how = {
        .flags = O_PATH | O_CLOEXEC,
        .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
    };
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}
