/*
 * fail-call: runs a program in which one call of the system fails.
 *
 *     fail-call REPORT DEPTH NUMBER POSITION ERRNO COMMAND...
 *
 * The call of NUMBER that a process makes for the POSITIONth time returns ERRNO, and the kernel does
 * not do it. DEPTH 0 is COMMAND's process, 1 are those that it forks, 2 those that they fork, and each
 * counts for itself from its first call on. Ends with COMMAND's status, or with 128 and the number of
 * the signal that ended it. Descriptor REPORT is told "N" for each call that failed so.
 *
 * The kernel asks before each such call (SECCOMP_RET_USER_NOTIF), so that nothing is traced and no
 * process waits for another. strace -e inject counts alike in all processes: it cannot fail a call of
 * the companion alone.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { most = 4096 };

/* What is known of each process that made the call. */
static struct {
    int pid, depth;
    long calls;
} seen[most];
static int seen_count;

static void die(const char *what)
{
    fprintf(stderr, "fail-call: %s: %s\n", what, strerror(errno));
    exit(125);
}

static long number(const char *text)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno != 0 || *end != '\0' || end == text || value < 0) {
        errno = EINVAL;
        die(text);
    }
    return value;
}

/* The process that a thread belongs to, and its parent. */
static int facts(int thread, int *group)
{
    char path[64], line[256];
    int parent = 0;
    snprintf(path, sizeof path, "/proc/%d/status", thread);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        return 0;
    while (fgets(line, sizeof line, file) != NULL) {
        sscanf(line, "Tgid: %d", group);
        sscanf(line, "PPid: %d", &parent);
    }
    fclose(file);
    return parent;
}

/* How many forks lie between the first process and this one; -1 where that cannot be seen. */
static int depth_of(int thread, int first)
{
    int depth = 0, group = thread;
    for (int parent = facts(thread, &group); group != first; depth++) {
        if (parent <= 1)
            return -1;
        thread = group = parent;
        parent = facts(thread, &group);
    }
    return depth;
}

static int place_of(int thread, int first)
{
    for (int i = 0; i < seen_count; i++)
        if (seen[i].pid == thread)
            return i;
    if (seen_count == most)
        die("too many processes");
    seen[seen_count].pid = thread;
    seen[seen_count].depth = depth_of(thread, first);
    return seen_count++;
}

/* Answers the kernel's questions until no process is left to ask. */
static void answer(int listener, int first, int report, long depth, long position, long failure)
{
    union {
        struct seccomp_notif question;
        char room[512];
    } asked;
    union {
        struct seccomp_notif_resp answer;
        char room[512];
    } told;
    for (;;) {
        struct pollfd waited = { .fd = listener, .events = POLLIN };
        if (poll(&waited, 1, -1) < 0 && errno != EINTR)
            die("poll");
        if (waited.revents & POLLHUP)
            return;
        memset(&asked, 0, sizeof asked);
        if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) != 0)
            continue; /* It was killed meanwhile. */
        int place = place_of((int)asked.question.pid, first);
        long calls = ++seen[place].calls;
        int fails = seen[place].depth == depth && calls == position;
        memset(&told, 0, sizeof told);
        told.answer.id = asked.question.id;
        if (fails)
            told.answer.error = (int)-failure;
        else
            told.answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
        if (fails && write(report, "N", 1) < 0)
            die("write");
        ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &told);
    }
}

static int ask_about(long call)
{
    struct sock_filter steps[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = { .len = sizeof steps / sizeof *steps, .filter = steps };
    return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER,
        &filter);
}

int main(int count, char **words)
{
    if (count < 7) {
        fputs("usage: fail-call REPORT DEPTH NUMBER POSITION ERRNO COMMAND...\n", stderr);
        return 125;
    }
    int report = (int)number(words[1]);
    long depth = number(words[2]), call = number(words[3]), position = number(words[4]);
    long failure = number(words[5]);
    volatile struct {
        int listener, taken;
    } *shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        die("mmap");
    shared->listener = -1;
    int pid = fork();
    if (pid < 0)
        die("fork");
    if (pid == 0) {
        /* From here to its end, the program is all that calls: no call may stand between. */
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(report);
        shared->listener = ask_about(call);
        /* execve closes it here. */
        while (!shared->taken) {
        }
        execv(words[6], words + 6);
        _exit(127);
    }
    int status, process = (int)syscall(SYS_pidfd_open, pid, 0);
    if (process < 0)
        die("pidfd_open");
    while (shared->listener < 0)
        if (waitpid(pid, &status, WNOHANG) == pid)
            die("seccomp");
    int own = (int)syscall(SYS_pidfd_getfd, process, shared->listener, 0);
    if (own < 0)
        die("pidfd_getfd");
    shared->taken = 1;
    /* The signals that end the program end it there. */
    signal(SIGTERM, SIG_IGN);
    answer(own, pid, report, depth, position, failure);
    if (waitpid(pid, &status, 0) != pid)
        die("waitpid");
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
