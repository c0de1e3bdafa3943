#ifndef HALFOPEN_CLINUX_H
#define HALFOPEN_CLINUX_H

#include <netinet/in.h>
#include <stddef.h>
#include <sys/socket.h>

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

#include "HalfopenPrivileges.h"
#include "HalfopenProcesses.h"

/* Glibc's netinet/tcp.h has structs of the same names with other members. */
#define tcphdr kernel_tcphdr
#define tcp_info kernel_tcp_info
#define tcp_md5sig kernel_tcp_md5sig
#define tcp_repair_opt kernel_tcp_repair_opt
#define tcp_repair_window kernel_tcp_repair_window
#define tcp_zerocopy_receive kernel_tcp_zerocopy_receive
#include <linux/tcp.h>
#undef tcphdr
#undef tcp_info
#undef tcp_md5sig
#undef tcp_repair_opt
#undef tcp_repair_window
#undef tcp_zerocopy_receive

/*
 * Where the fields of tcp_info lie. A kernel sends a prefix of the newest
 * struct, shorter or longer than this header's, so fields are read by offset.
 */
enum {
    HALFOPEN_TCPI_RETRANSMITS = offsetof(struct kernel_tcp_info, tcpi_retransmits),
    HALFOPEN_TCPI_PROBES = offsetof(struct kernel_tcp_info, tcpi_probes),
    HALFOPEN_TCPI_BACKOFF = offsetof(struct kernel_tcp_info, tcpi_backoff),
    HALFOPEN_TCPI_UNACKED = offsetof(struct kernel_tcp_info, tcpi_unacked),
    HALFOPEN_TCPI_LAST_DATA_SENT = offsetof(struct kernel_tcp_info, tcpi_last_data_sent),
    HALFOPEN_TCPI_LAST_DATA_RECV = offsetof(struct kernel_tcp_info, tcpi_last_data_recv),
    HALFOPEN_TCPI_LAST_ACK_RECV = offsetof(struct kernel_tcp_info, tcpi_last_ack_recv),
    HALFOPEN_TCPI_RTT = offsetof(struct kernel_tcp_info, tcpi_rtt),
    HALFOPEN_TCPI_BYTES_ACKED = offsetof(struct kernel_tcp_info, tcpi_bytes_acked),
    HALFOPEN_TCPI_BYTES_RECEIVED = offsetof(struct kernel_tcp_info, tcpi_bytes_received),
    HALFOPEN_TCPI_SEGS_OUT = offsetof(struct kernel_tcp_info, tcpi_segs_out),
    HALFOPEN_TCPI_NOTSENT_BYTES = offsetof(struct kernel_tcp_info, tcpi_notsent_bytes),
    HALFOPEN_TCPI_DATA_SEGS_IN = offsetof(struct kernel_tcp_info, tcpi_data_segs_in),
    HALFOPEN_TCPI_DATA_SEGS_OUT = offsetof(struct kernel_tcp_info, tcpi_data_segs_out),
    HALFOPEN_TCPI_BYTES_SENT = offsetof(struct kernel_tcp_info, tcpi_bytes_sent),
};

/* Numbers of the C library's headers, for code that imports nothing else of it. */
enum {
    HALFOPEN_AF_INET = AF_INET,
    HALFOPEN_AF_INET6 = AF_INET6,
    HALFOPEN_IPPROTO_TCP = IPPROTO_TCP,
};

/* TCP_ESTABLISHED of netinet/tcp.h, which clashes with linux/tcp.h. */
extern const int halfopen_tcp_established;

/*
 * The name of an error number such as "ENOENT", or NULL for an unknown one.
 * strerrorname_np(3), which needs _GNU_SOURCE.
 */
const char *_Nullable halfopen_errno_name(int code);

/*
 * What an error number means, in English whatever the locale, or NULL for an
 * unknown one. strerrordesc_np(3), which needs _GNU_SOURCE.
 */
const char *_Nullable halfopen_errno_text(int code);

/*
 * Whether a descriptor refers to a network namespace: 1 or 0, or -1 with errno.
 * fstatfs(2), and ioctl_ns(2), which is variadic.
 */
int halfopen_is_network_namespace(int descriptor);

/*
 * Moves the calling thread to a network namespace: 0, or -1 with errno.
 * setns(2), which needs _GNU_SOURCE.
 */
int halfopen_enter_network_namespace(int descriptor);

/*
 * Finds a file below a folder, out of which no symbolic link leads, and does not
 * open it: a descriptor of the place (O_PATH), or -1 with errno. openat2(2),
 * which has no C function.
 */
int halfopen_find_in_root(int root, const char *_Nonnull path);

/*
 * Has a signal that ends the program remove a file first, which is not whole
 * yet; NULL once it is whole or removed. Signals that are ignored, or that the
 * program handles, stay so. signal-safety(7).
 */
void halfopen_take_along(const char *_Nullable path);

/*
 * The words of the command line, as the C library hands them over before the
 * program begins: Swift's runtime reads them from /proc, which may not be there.
 * NULL after the last.
 */
const char *_Nullable halfopen_argument(int index);

/*
 * The columns of a terminal: 0 where it does not know them, or is none.
 * TIOCGWINSZ(2const) of ioctl(2), which is variadic.
 */
int halfopen_terminal_columns(int descriptor);

/* The commit that was built, as the build was told (HALFOPEN_COMMIT), or "". */
const char *_Nonnull halfopen_commit(void);

/* The compiler of the C sources, which comes with Swift's: "Clang 21.0.0 (...)". */
const char *_Nonnull halfopen_c_compiler(void);

/* The version of the C library that runs. gnu_get_libc_version(3). */
const char *_Nonnull halfopen_c_library_version(void);

/*
 * The path of the shared library that has a symbol, to be freed, or NULL.
 * dlsym(3), dladdr(3), which needs _GNU_SOURCE, and realpath(3).
 */
char *_Nullable halfopen_library_of(const char *_Nonnull symbol);

#endif
