#define _GNU_SOURCE
#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <unistd.h>

int halfopen_fork(void)
{
    return fork();
}

void halfopen_set_name(const char *name)
{
    prctl(PR_SET_NAME, name);
}

/* Closes those that /proc shows; false without /proc. */
static int close_shown(int kept)
{
    DIR *folder = opendir("/proc/self/fd");
    if (folder == NULL)
        return 0;
    struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        int number = atoi(entry->d_name);
        if (entry->d_name[0] != '.' && number != kept && number != dirfd(folder))
            close(number);
    }
    closedir(folder);
    return 1;
}

void halfopen_close_others(int descriptor)
{
    int below = descriptor > 0 ? close_range(0, (unsigned)descriptor - 1, 0) : 0;
    int above = close_range((unsigned)descriptor + 1, ~0U, 0);
    if ((below == 0 && above == 0) || close_shown(descriptor))
        return;
    struct rlimit limit;
    /* More than any program opens: a limit may be infinite. */
    int end = 1 << 20;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max < (rlim_t)end)
        end = (int)limit.rlim_max;
    for (int number = 0; number < end; number++)
        if (number != descriptor)
            close(number);
}

/* Room for the header of one control message with one descriptor. */
union control {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(sizeof(int))];
};

ssize_t halfopen_send_message(int socket, const void *bytes, size_t count, int descriptor)
{
    union control control = { .bytes = { 0 } };
    struct iovec part = { .iov_base = (void *)bytes, .iov_len = count };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
    if (descriptor >= 0) {
        message.msg_control = control.bytes;
        message.msg_controllen = sizeof control.bytes;
        struct cmsghdr *header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof descriptor);
        memcpy(CMSG_DATA(header), &descriptor, sizeof descriptor);
    }
    return sendmsg(socket, &message, MSG_NOSIGNAL);
}

ssize_t halfopen_receive_message(int socket, void *bytes, size_t capacity, int *descriptor)
{
    union control control;
    struct iovec part = { .iov_base = bytes, .iov_len = capacity };
    struct msghdr message = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof control.bytes,
    };
    *descriptor = -1;
    /* The kernel closes descriptors for which there is no room. */
    ssize_t count = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (count < 0)
        return count;
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (header != NULL && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS
        && header->cmsg_len == CMSG_LEN(sizeof *descriptor))
        memcpy(descriptor, CMSG_DATA(header), sizeof *descriptor);
    if (message.msg_flags & MSG_TRUNC) {
        if (*descriptor >= 0)
            close(*descriptor);
        *descriptor = -1;
        errno = EMSGSIZE;
        return -1;
    }
    return count;
}

struct halfopen_shared_number {
    uint32_t value;
};

struct halfopen_shared_number *halfopen_make_shared_number(void)
{
    void *place = mmap(NULL, sizeof(struct halfopen_shared_number), PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return place == MAP_FAILED ? NULL : place;
}

void halfopen_free_shared_number(struct halfopen_shared_number *number)
{
    munmap(number, sizeof *number);
}

void halfopen_set_shared_number(struct halfopen_shared_number *number, uint32_t value)
{
    __atomic_store_n(&number->value, value, __ATOMIC_RELEASE);
}

uint32_t halfopen_get_shared_number(const struct halfopen_shared_number *number)
{
    return __atomic_load_n(&number->value, __ATOMIC_ACQUIRE);
}

/* What the handler needs is here before it is called: it may not even ask for memory. */
static char last_words[512];
static size_t last_words_count;
static int last_words_descriptor;
static int last_status;
static char last_stack[16384];

static void end_with_last_words(int number)
{
    (void)number;
    size_t written = 0;
    while (written < last_words_count) {
        ssize_t count = write(last_words_descriptor, last_words + written,
            last_words_count - written);
        if (count <= 0)
            break;
        written += (size_t)count;
    }
    _exit(last_status);
}

void halfopen_set_last_words(const char *text, size_t count, int descriptor, int status)
{
    last_words_count = count < sizeof last_words ? count : sizeof last_words;
    memcpy(last_words, text, last_words_count);
    last_words_descriptor = descriptor;
    last_status = status;
    /* A stack of its own: the other may be what is full. */
    stack_t stack = { .ss_sp = last_stack, .ss_size = sizeof last_stack };
    sigaltstack(&stack, NULL);
    struct sigaction action = { .sa_handler = end_with_last_words, .sa_flags = SA_ONSTACK };
    static const int faults[] = { SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE };
    for (size_t index = 0; index < sizeof faults / sizeof *faults; index++)
        sigaction(faults[index], &action, NULL);
}
