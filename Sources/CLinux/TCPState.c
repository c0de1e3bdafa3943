/* Apart from the rest, because netinet/tcp.h clashes with linux/tcp.h. */
#include <netinet/tcp.h>

extern const int halfopen_tcp_established;
const int halfopen_tcp_established = TCP_ESTABLISHED;
