#define _GNU_SOURCE
#include "CLinuxDiag.h"

#include <string.h>

const char *halfopen_errno_name(int code)
{
    return strerrorname_np(code);
}

const char *halfopen_errno_text(int code)
{
    return strerrordesc_np(code);
}
