/*
 * floor: receive what any tool must that lists the connections of namespaces.
 *
 *     floor PORT PID...
 *
 * Asks the kernel in the network namespace of each process, one after the
 * other, for the ESTABLISHED TCP sockets of a remote port with their tcp_info,
 * both families in one pass, and looks at nothing but the length of a reply.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void check(long result, const char *what)
{
    if (result < 0) {
        perror(what);
        exit(1);
    }
}

static void ask(int diag, unsigned port)
{
    struct {
        struct nlmsghdr header;
        struct inet_diag_req request;
    } message = {
        .header = {.nlmsg_len = sizeof message,
                   .nlmsg_type = TCPDIAG_GETSOCK,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .request = {.idiag_ext = 1 << (INET_DIAG_INFO - 1), .idiag_states = 1 << TCP_ESTABLISHED},
    };
    message.request.id.idiag_dport = htons((uint16_t)port);
    check(send(diag, &message, sizeof message, 0), "send");
}

/* Counts the sockets until the dump is done. */
static unsigned long count_replies(int diag)
{
    static char buffer[32768] __attribute__((aligned(8)));
    unsigned long sockets = 0;
    while (1) {
        long length = recv(diag, buffer, sizeof buffer, 0);
        check(length, "recv");
        for (struct nlmsghdr *header = (struct nlmsghdr *)buffer; NLMSG_OK(header, length);
             header = NLMSG_NEXT(header, length)) {
            if (header->nlmsg_type == NLMSG_DONE)
                return sockets;
            if (header->nlmsg_type == NLMSG_ERROR)
                check(-1, "dump");
            sockets++;
        }
    }
}

int main(int count, char **arguments)
{
    unsigned long sockets = 0;
    for (int index = 2; index < count; index++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%s/ns/net", arguments[index]);
        int namespace = open(path, O_RDONLY | O_CLOEXEC);
        check(namespace, path);
        check(setns(namespace, CLONE_NEWNET), "setns");
        close(namespace);
        int diag = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
        check(diag, "socket");
        ask(diag, (unsigned)atoi(arguments[1]));
        sockets += count_replies(diag);
        close(diag);
    }
    printf("%lu\n", sockets);
    return 0;
}
