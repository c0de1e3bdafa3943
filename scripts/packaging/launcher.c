/*
 * launcher: starts the program of the portable tarball with the C library that lies beside it.
 *
 * PREFIX/bin/halfopen is this; it is linked statically and becomes
 *
 *     PREFIX/lib/halfopen/loader/halfopen --argv0 NAME --library-path PREFIX/lib/halfopen
 *         PREFIX/lib/halfopen/halfopen ARGUMENT...
 *
 * PREFIX is found at run time, so that the tarball may be unpacked anywhere. The loader's file is
 * called halfopen because the kernel names a process after the file that it started. ld.so(8)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

/* The exit status of a scan that could not begin. */
enum { FAILED = 2 };

static int fail(const char *operation, const char *object, const char *advice)
{
    fprintf(stderr, "halfopen: cannot %s '%s': %s (%s)%s\n", operation, object,
            strerrorname_np(errno), strerror(errno), advice);
    return FAILED;
}

/* The path of this program, without links. Where /proc is not mounted, what the kernel was given. */
static const char *own_path(char *path)
{
    const char *started = (const char *)getauxval(AT_EXECFN);
    if (realpath("/proc/self/exe", path) != NULL)
        return path;
    return started == NULL ? NULL : realpath(started, path);
}

int main(int count, char **arguments)
{
    static char path[PATH_MAX + 32], loader[PATH_MAX + 64], program[PATH_MAX + 64];
    if (own_path(path) == NULL)
        return fail("find", count > 0 ? arguments[0] : "halfopen", "; start it by its path");
    for (int levels = 0; levels < 2; levels++) {
        char *end = strrchr(path, '/');
        if (end != NULL)
            *end = '\0';
    }
    strcat(path, "/lib/halfopen");
    if (strpbrk(path, ":;$") != NULL) {
        fprintf(stderr, "halfopen: cannot start from '%s': the loader reads ':', ';' and '$' as"
                        " separators; unpack the archive in a folder without them\n", path);
        return FAILED;
    }
    snprintf(loader, sizeof loader, "%s/loader/halfopen", path);
    snprintf(program, sizeof program, "%s/halfopen", path);

    /* They are meant for programs of this machine's own C library. */
    unsetenv("LD_PRELOAD");
    unsetenv("LD_AUDIT");
    unsetenv("LD_LIBRARY_PATH");

    char **words = calloc((size_t)count + 8, sizeof *words);
    if (words == NULL)
        return fail("start", program, "");
    int used = 0;
    words[used++] = loader;
    words[used++] = "--inhibit-cache";
    words[used++] = "--argv0";
    words[used++] = count > 0 ? arguments[0] : "halfopen";
    words[used++] = "--library-path";
    words[used++] = path;
    words[used++] = program;
    for (int index = 1; index < count; index++)
        words[used++] = arguments[index];
    execv(loader, words);
    return fail("start", loader, "; unpack the whole archive, not bin/halfopen alone");
}
