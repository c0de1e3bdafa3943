/*
 * netns-sockets: a network namespace with ESTABLISHED TCP sockets and no peers.
 *
 *     netns-sockets [--own-table BUCKETS] [--file FILE] [SPEC...]
 *
 * SPEC, and each line of FILE, is ADDRESS,PORT,COUNT[,PEERS]: COUNT sockets to
 * port PORT of PEERS consecutive addresses from ADDRESS on (default 1), taking
 * turns. ADDRESS is IPv4, IPv6, or IPv4-mapped (::ffff:10.0.0.1), which makes
 * IPv6 sockets. --own-table gives the namespace a hash table of its own.
 *
 * Prints "ready PID" when all sockets exist, and ends with its standard input;
 * until then /proc/PID/ns/net is the namespace. Needs root: the sockets are made
 * with TCP_REPAIR, so that the kernel believes in peers that never answered.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <net/route.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const local_ipv4 = "10.255.255.1";
static const char *const local_ipv6 = "fd00:255::1";
/* From here up to 65535: sockets to one address and port. */
static const unsigned first_local_port = 2048;

static void die(const char *what)
{
    fprintf(stderr, "netns-sockets: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void check(int result, const char *what)
{
    if (result < 0)
        die(what);
}

static void use_table_of_own(const char *buckets)
{
    check(unshare(CLONE_NEWNET), "unshare");
    FILE *file = fopen("/proc/sys/net/ipv4/tcp_child_ehash_entries", "w");
    if (!file || fputs(buckets, file) < 0 || fclose(file) != 0)
        die("tcp_child_ehash_entries");
}

/* Brings the loopback device up, with an address and a default route. */
static void set_up_ipv4(void)
{
    int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    check(control, "socket");
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    check(ioctl(control, SIOCSIFFLAGS, &request), "lo up");

    struct sockaddr_in address = {.sin_family = AF_INET};
    inet_pton(AF_INET, local_ipv4, &address.sin_addr);
    struct ifreq alias = {.ifr_name = "lo:1"};
    memcpy(&alias.ifr_addr, &address, sizeof address);
    check(ioctl(control, SIOCSIFADDR, &alias), "IPv4 address");

    struct sockaddr_in any = {.sin_family = AF_INET};
    struct rtentry route = {.rt_flags = RTF_UP, .rt_dev = "lo"};
    memcpy(&route.rt_dst, &any, sizeof any);
    memcpy(&route.rt_genmask, &any, sizeof any);
    check(ioctl(control, SIOCADDRT, &route), "IPv4 route");
    close(control);
}

static void set_up_ipv6(void)
{
    int control = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    check(control, "socket");
    int loopback = (int)if_nametoindex("lo");
    struct in6_ifreq address = {.ifr6_prefixlen = 128, .ifr6_ifindex = loopback};
    inet_pton(AF_INET6, local_ipv6, &address.ifr6_addr);
    check(ioctl(control, SIOCSIFADDR, &address), "IPv6 address");
    struct in6_rtmsg route = {.rtmsg_flags = RTF_UP, .rtmsg_metric = 1, .rtmsg_ifindex = loopback};
    check(ioctl(control, SIOCADDRT, &route), "IPv6 route");
    close(control);
}

/* An address and a port, of either family. */
union endpoint {
    struct sockaddr any;
    struct sockaddr_in ipv4;
    struct sockaddr_in6 ipv6;
};

static union endpoint endpoint(const char *text, unsigned port)
{
    union endpoint result = {0};
    if (inet_pton(AF_INET, text, &result.ipv4.sin_addr) == 1) {
        result.ipv4.sin_family = AF_INET;
        result.ipv4.sin_port = htons((uint16_t)port);
    } else if (inet_pton(AF_INET6, text, &result.ipv6.sin6_addr) == 1) {
        result.ipv6.sin6_family = AF_INET6;
        result.ipv6.sin6_port = htons((uint16_t)port);
    } else {
        errno = EINVAL;
        die(text);
    }
    return result;
}

static union endpoint local_endpoint(const union endpoint *peer, unsigned port)
{
    char mapped[64];
    snprintf(mapped, sizeof mapped, "::ffff:%s", local_ipv4);
    if (peer->any.sa_family == AF_INET)
        return endpoint(local_ipv4, port);
    return endpoint(IN6_IS_ADDR_V4MAPPED(&peer->ipv6.sin6_addr) ? mapped : local_ipv6, port);
}

/* Adds to the last 32 bits of an address. */
static union endpoint advanced(union endpoint from, uint32_t count)
{
    uint32_t *last = from.any.sa_family == AF_INET ? &from.ipv4.sin_addr.s_addr
                                                   : &from.ipv6.sin6_addr.s6_addr32[3];
    *last = htonl(ntohl(*last) + count);
    return from;
}

static void wait_for_end(void)
{
    char byte;
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
}

/* How many sockets one process may hold, and how many this one does. */
static unsigned most_sockets, held_sockets;

static void set_descriptor_limit(void)
{
    struct rlimit limit;
    check(getrlimit(RLIMIT_NOFILE, &limit), "RLIMIT_NOFILE");
    limit.rlim_cur = limit.rlim_max;
    check(setrlimit(RLIMIT_NOFILE, &limit), "RLIMIT_NOFILE");
    most_sockets = (unsigned)limit.rlim_max - 16;
}

/* Leaves all sockets to a child that holds them until the end. */
static void hand_over_sockets(void)
{
    pid_t child = fork();
    check(child, "fork");
    if (child == 0) {
        close(STDOUT_FILENO);
        wait_for_end();
        _exit(0);
    }
    check(close_range(STDERR_FILENO + 1, ~0U, 0), "close_range");
    held_sockets = 1;
}

static void make_socket(const union endpoint *peer, unsigned local_port)
{
    if (held_sockets++ == most_sockets)
        hand_over_sockets();
    union endpoint local = local_endpoint(peer, local_port);
    socklen_t size = peer->any.sa_family == AF_INET ? sizeof peer->ipv4 : sizeof peer->ipv6;
    int one = 1;
    int made = socket(peer->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    check(made, "socket");
    check(setsockopt(made, IPPROTO_TCP, TCP_REPAIR, &one, sizeof one), "TCP_REPAIR");
    /* A new IPv6 address is tentative, and cannot be bound to, until a kernel thread saw to it. */
    if (peer->any.sa_family == AF_INET6)
        check(setsockopt(made, IPPROTO_IPV6, IPV6_FREEBIND, &one, sizeof one), "IPV6_FREEBIND");
    check(bind(made, &local.any, size), "bind");
    check(connect(made, &peer->any, size), "connect");
}

static void make_sockets(const char *spec)
{
    char address[64];
    unsigned port, count, peers = 1;
    if (sscanf(spec, "%63[^,],%u,%u,%u", address, &port, &count, &peers) < 3 || peers == 0) {
        fprintf(stderr, "netns-sockets: not ADDRESS,PORT,COUNT[,PEERS]: %s\n", spec);
        exit(64);
    }
    union endpoint first = endpoint(address, port);
    for (unsigned index = 0; index < count; index++) {
        union endpoint peer = advanced(first, index % peers);
        make_socket(&peer, first_local_port + index / peers);
    }
}

static void make_sockets_of_file(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        die(path);
    /* Read first: handing sockets over closes everything. */
    size_t size = 0;
    char *specs = NULL;
    if (getdelim(&specs, &size, '\0', file) < 0)
        die(path);
    fclose(file);
    char *rest;
    for (char *line = strtok_r(specs, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        make_sockets(line);
    free(specs);
}

int main(int count, char **arguments)
{
    int next = 1;
    set_descriptor_limit();
    if (next + 1 < count && strcmp(arguments[next], "--own-table") == 0) {
        use_table_of_own(arguments[next + 1]);
        next += 2;
    }
    check(unshare(CLONE_NEWNET), "unshare");
    set_up_ipv4();
    set_up_ipv6();
    if (next + 1 < count && strcmp(arguments[next], "--file") == 0) {
        make_sockets_of_file(arguments[next + 1]);
        next += 2;
    }
    for (; next < count; next++)
        make_sockets(arguments[next]);
    printf("ready %d\n", (int)getpid());
    fflush(stdout);
    wait_for_end();
    /* Whoever waits for this process may then rely on the sockets being gone. */
    while (wait(NULL) > 0)
        ;
    return 0;
}
