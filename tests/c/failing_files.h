/*
 * A system that fails at files: these stand in place of the C library's, for the library as well. What is sent
 * over a connection goes by others.
 */

#ifndef SNOW_TESTS_FAILING_FILES_H
#define SNOW_TESTS_FAILING_FILES_H

#ifndef _GNU_SOURCE
#  define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Which of the calls from now on fails, the first being 1; 0 for none. How many there were. */
static int failing_call, made_calls;
/* What each fsync() fails with; 0 for nothing. */
static int fsync_error;

static inline void fail_call(int call)
{
    failing_call = call;
    made_calls = 0;
}

/* Lets calls succeed again. Whether one had failed. */
static inline int fail_no_more(void)
{
    const int failed = failing_call != 0 && made_calls >= failing_call;
    failing_call = 0;
    return failed;
}

static inline int fails_now(void)
{
    if (failing_call == 0 || ++made_calls != failing_call)
        return 0;
    errno = EIO;
    return 1;
}

int statx(int at, const char *path, int flags, unsigned mask, struct statx *facts)
{
    return fails_now() ? -1 : (int)syscall(SYS_statx, at, path, flags, mask, facts);
}

ssize_t readlink(const char *path, char *target, size_t size)
{
    return fails_now() ? -1 : syscall(SYS_readlinkat, AT_FDCWD, path, target, size);
}

int fsync(int file)
{
    if (fsync_error != 0) {
        errno = fsync_error;
        return -1;
    }
    return fails_now() ? -1 : (int)syscall(SYS_fsync, file);
}

#endif
