#define _GNU_SOURCE
#include "CLinux.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>
#include <stdlib.h>

#ifndef HALFOPEN_COMMIT
#define HALFOPEN_COMMIT ""
#endif

const char *halfopen_commit(void)
{
    return HALFOPEN_COMMIT;
}

const char *halfopen_c_compiler(void)
{
    return "Clang " __clang_version__;
}

const char *halfopen_c_library_version(void)
{
    return gnu_get_libc_version();
}

char *halfopen_library_of(const char *symbol)
{
    void *address = dlsym(RTLD_DEFAULT, symbol);
    Dl_info library;
    if (address == NULL || dladdr(address, &library) == 0 || library.dli_fname == NULL)
        return NULL;
    return realpath(library.dli_fname, NULL);
}
