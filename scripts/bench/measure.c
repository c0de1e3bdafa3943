/*
 * measure: run a command in a network namespace and report what it cost.
 *
 *     measure PID|- COMMAND [ARGUMENT...]
 *
 * The namespace is that of the process PID, or with - the present one. When the
 * command has ended, one line goes to descriptor 3: its exit status, CPU time and
 * wall time in microseconds, and peak memory in kilobytes, its children included.
 *
 * A program of its own, because a child's peak memory counts from its parent's
 * size: measured from Python, nothing would seem to need less than Python does.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long long microseconds(struct timeval time)
{
    return time.tv_sec * 1000000LL + time.tv_usec;
}

static void check(int result, const char *what)
{
    if (result < 0) {
        perror(what);
        exit(125);
    }
}

static void enter_namespace(const char *pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%s/ns/net", pid);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    check(descriptor, path);
    check(setns(descriptor, CLONE_NEWNET), "setns");
    close(descriptor);
}

int main(int count, char **arguments)
{
    if (count < 3) {
        fputs("usage: measure PID|- COMMAND [ARGUMENT...] 3>RESULT\n", stderr);
        return 64;
    }
    if (strcmp(arguments[1], "-") != 0)
        enter_namespace(arguments[1]);
    check(fcntl(3, F_SETFD, FD_CLOEXEC), "descriptor 3");

    struct timespec began, ended;
    clock_gettime(CLOCK_MONOTONIC, &began);
    pid_t child = fork();
    check(child, "fork");
    if (child == 0) {
        execvp(arguments[2], arguments + 2);
        perror(arguments[2]);
        _exit(127);
    }
    int status;
    struct rusage usage;
    check(wait4(child, &status, 0, &usage), "wait4");
    clock_gettime(CLOCK_MONOTONIC, &ended);

    long long wall = (ended.tv_sec - began.tv_sec) * 1000000LL +
                     (ended.tv_nsec - began.tv_nsec) / 1000;
    dprintf(3, "%d %lld %lld %ld\n", WIFEXITED(status) ? WEXITSTATUS(status) : 255,
            microseconds(usage.ru_utime) + microseconds(usage.ru_stime), wall, usage.ru_maxrss);
    return 0;
}
