/*
 * Single calls, one after the other on each thread: call() makes one, and returns the length of the field
 * that it read of the answer.
 */

#ifndef SNOW_BENCH_CALLS_H
#define SNOW_BENCH_CALLS_H

#include "measure.h"

#include <pthread.h>

struct caller;
static struct caller *caller_new(const char *url, const char *table, const char *sys_id);
static size_t call(struct caller *caller, int creates);

static int calls_create;
static long calls_each;
static const char *calls_url, *calls_table, *calls_sys_id;

struct called {
    pthread_t thread;
    unsigned long long length;
};

static void *make_calls(void *argument)
{
    struct called *called = (struct called *)argument;
    struct caller *caller = caller_new(calls_url, calls_table, calls_sys_id);
    long i;

    for (i = 0; i < calls_each; i++)
        called->length += call(caller, calls_create);
    return NULL;
}

/* Arguments: get or create, URL TABLE SYS_ID CALLS THREADS. */
static int calls(char **arguments)
{
    static struct called called[64];
    unsigned long long length = 0;
    int threads = atoi(arguments[6]), i;

    calls_create = strcmp(arguments[1], "create") == 0;
    calls_url = arguments[2];
    calls_table = arguments[3];
    calls_sys_id = arguments[4];
    calls_each = atol(arguments[5]) / threads;
    if (threads == 1) {
        struct caller *caller = caller_new(calls_url, calls_table, calls_sys_id);
        long i;

        /* The first call makes the connection. */
        call(caller, calls_create);
        measure_begin();
        for (i = 0; i < calls_each; i++)
            length += call(caller, calls_create);
        measure_end((unsigned long long)calls_each, length);
        return EXIT_SUCCESS;
    }
    measure_begin();
    for (i = 0; i < threads; i++)
        if (pthread_create(&called[i].thread, NULL, make_calls, &called[i]) != 0)
            return EXIT_FAILURE;
    for (i = 0; i < threads; i++) {
        pthread_join(called[i].thread, NULL);
        length += called[i].length;
    }
    measure_end((unsigned long long)(calls_each * threads), length);
    return EXIT_SUCCESS;
}

#endif
