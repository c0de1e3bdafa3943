#ifndef HALFOPEN_CLINUXDIAG_H
#define HALFOPEN_CLINUXDIAG_H

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>

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
 * The name of an error number such as "ENOENT", or NULL for an unknown one.
 * strerrorname_np(3), which needs _GNU_SOURCE.
 */
const char *_Nullable halfopen_errno_name(int code);

/*
 * What an error number means, in English whatever the locale, or NULL for an
 * unknown one. strerrordesc_np(3), which needs _GNU_SOURCE.
 */
const char *_Nullable halfopen_errno_text(int code);

#endif
