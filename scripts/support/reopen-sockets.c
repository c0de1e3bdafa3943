/*
 * reopen-sockets: connections that are closed and opened again, as fast as asked or as it goes.
 *
 *     reopen-sockets ADDRESS PORT PEERS COUNT RATE
 *
 * Keeps COUNT ESTABLISHED sockets to PORT of PEERS consecutive IPv4 addresses from ADDRESS on, and
 * replaces the oldest by a new one RATE times a second. Runs in the namespace that it was started in
 * (one of netns-sockets, which see), and ends with its standard input; then prints how many sockets it
 * has opened.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { first_local_port = 4096, local_ports = 61000, batch = 64 };

static void check(int result, const char *what)
{
    if (result >= 0)
        return;
    fprintf(stderr, "reopen-sockets: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int opened(uint32_t peer, unsigned port, unsigned local_port)
{
    struct sockaddr_in near = { .sin_family = AF_INET, .sin_port = htons((uint16_t)local_port) };
    struct sockaddr_in far = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
    inet_pton(AF_INET, "10.255.255.1", &near.sin_addr);
    far.sin_addr.s_addr = htonl(peer);
    int one = 1, made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(made, "socket");
    check(setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one), "SO_REUSEADDR");
    check(setsockopt(made, IPPROTO_TCP, TCP_REPAIR, &one, sizeof one), "TCP_REPAIR");
    check(bind(made, (struct sockaddr *)&near, sizeof near), "bind");
    check(connect(made, (struct sockaddr *)&far, sizeof far), "connect");
    return made;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **words)
{
    struct in_addr first;
    if (count != 6 || inet_pton(AF_INET, words[1], &first) != 1) {
        fputs("usage: reopen-sockets ADDRESS PORT PEERS COUNT RATE\n", stderr);
        return 64;
    }
    unsigned port = (unsigned)atoi(words[2]), peers = (unsigned)atoi(words[3]);
    unsigned kept = (unsigned)atoi(words[4]), rate = (unsigned)atoi(words[5]);
    struct rlimit limit;
    check(getrlimit(RLIMIT_NOFILE, &limit), "RLIMIT_NOFILE");
    limit.rlim_cur = limit.rlim_max;
    check(setrlimit(RLIMIT_NOFILE, &limit), "RLIMIT_NOFILE");
    int *sockets = calloc(kept, sizeof *sockets);
    if (sockets == NULL || peers == 0)
        return 1;
    unsigned long made = 0;
    double began = now();
    for (;;) {
        for (unsigned index = 0; index < batch; index++, made++) {
            int *place = &sockets[made % kept];
            if (made >= kept)
                close(*place);
            unsigned local_port = first_local_port + (unsigned)(made / peers % local_ports);
            *place = opened(ntohl(first.s_addr) + (uint32_t)(made % peers), port, local_port);
        }
        double ahead = (double)made / rate - (now() - began);
        struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
        if (poll(&input, 1, ahead > 0.001 ? (int)(ahead * 1000) : 0) > 0)
            break;
    }
    printf("%lu %.1f\n", made, now() - began);
    return 0;
}
