#define _GNU_SOURCE
#include "CLinux.h"

#include <limits.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

static const int endings[] = {SIGHUP, SIGINT, SIGTERM};
static char half_file[PATH_MAX];

static void take_along(int number)
{
    unlink(half_file);
    /* It is blocked until the handler returns, and then ends the program as it would have. */
    signal(number, SIG_DFL);
    raise(number);
}

void halfopen_take_along(const char *path)
{
    sigset_t blocked, before;
    sigemptyset(&blocked);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
        sigaddset(&blocked, endings[i]);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    const int is_half = path && strlen(path) < sizeof half_file;
    if (is_half)
        strcpy(half_file, path);
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        struct sigaction current;
        if (sigaction(endings[i], 0, &current) != 0)
            continue;
        if (is_half && current.sa_handler == SIG_DFL)
            signal(endings[i], take_along);
        else if (!is_half && current.sa_handler == take_along)
            signal(endings[i], SIG_DFL);
    }
    sigprocmask(SIG_SETMASK, &before, 0);
}
