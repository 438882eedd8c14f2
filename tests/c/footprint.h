/* What this process holds: memory, threads, and entries of a folder such as /proc/self/fd. */

#ifndef SNOW_TESTS_FOOTPRINT_H
#define SNOW_TESTS_FOOTPRINT_H

#include "control.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>

/* Whether what is in memory is this program's and the library's alone: a memory tool takes and keeps its own. */
static inline int memory_is_its_own(void)
{
    return getenv("SNOW_MEMCHECK") == NULL;
}

static inline long resident_kib(void)
{
    char line[128];
    long kib = -1;
    FILE *status = fopen("/proc/self/status", "r");
    control_must(status != NULL, "status");
    while (fgets(line, sizeof line, status))
        if (sscanf(line, "VmRSS: %ld", &kib) == 1)
            break;
    fclose(status);
    return kib;
}

static inline int entries(const char *folder)
{
    int count = 0;
    DIR *opened = opendir(folder);
    control_must(opened != NULL, folder);
    while (readdir(opened))
        count++;
    closedir(opened);
    return count;
}

static inline int thread_count(void)
{
    return entries("/proc/self/task");
}

/* What was ended is not waited for, and gone soon after: waits until there are so many threads again. */
static inline void threads_end(int there_were)
{
    while (thread_count() > there_were)
        sched_yield();
}

#endif
