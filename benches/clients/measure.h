/*
 * What every C client of the benchmark measures by, and how it tells: between measure_begin() and
 * measure_end() lies what counts, start-up does not. The memory is the peak of the whole process.
 */

#ifndef SNOW_BENCH_MEASURE_H
#define SNOW_BENCH_MEASURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double measure_wall, measure_cpu;

static double measure_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* User and system time of all threads. */
static double measure_used(void)
{
    struct rusage used;

    getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec)
        + (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* In KiB. Not ru_maxrss, which begins with the memory of whoever started the program. */
static long measure_memory(void)
{
    char line[256];
    long peak = 0;
    FILE *status = fopen("/proc/self/status", "r");

    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %ld", &peak) == 1)
            break;
    if (status)
        fclose(status);
    return peak;
}

static void measure_begin(void)
{
    measure_cpu = measure_used();
    measure_wall = measure_clock();
}

/* Prints what was measured: how many rows or calls, and the length of all that was read of them. */
static void measure_end(unsigned long long count, unsigned long long length)
{
    double wall = measure_clock() - measure_wall, cpu = measure_used() - measure_cpu;

    printf("{\"count\":%llu,\"length\":%llu,\"wall\":%.6f,\"cpu\":%.6f,\"memory\":%ld}\n", count,
           length, wall, cpu, measure_memory());
}

#endif
