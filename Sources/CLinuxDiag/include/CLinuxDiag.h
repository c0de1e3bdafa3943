#ifndef HALFOPEN_CLINUXDIAG_H
#define HALFOPEN_CLINUXDIAG_H

#include <linux/inet_diag.h>

#endif
