/* Serves many threads with one client.
 *
 * Shows:  a client is shared as it is; each thread has cursors, queries and errors of its own.
 * Usage:  SNOW_INSTANCE=... SNOW_USER=... SNOW_PASSWORD=... ./09_threads
 */
#include <pthread.h>
#include <snow.h>
#include <stdio.h>
#include <stdlib.h>

#define THREADS 8

struct job {
    snow_client *client;
    const char *priority;
    uint64_t count;
    int failed;
};

static void *count_incidents(void *argument)
{
    struct job *job = (struct job *)argument;
    snow_error *error = NULL;
    snow_query *query = snow_query_new(&error);

    job->failed = !query
        || snow_query_where(query, "priority", SNOW_EQ, job->priority, &error)
        || snow_table_count(job->client, "incident", query, &job->count, &error);
    if (job->failed)
        fprintf(stderr, "09_threads: %s\n", snow_error_message(error));
    snow_error_free(error);
    snow_query_free(query);
    return NULL;
}

int main(void)
{
    static const char *const priorities[] = { "1", "2", "3", "4", "5" };
    struct job jobs[THREADS];
    pthread_t threads[THREADS];
    snow_error *error = NULL;
    snow_client *client;
    int i, failed = 0;

    client = snow_client_new_basic(getenv("SNOW_INSTANCE"), getenv("SNOW_USER"),
                                   getenv("SNOW_PASSWORD"), &error);
    if (!client) {
        fprintf(stderr, "09_threads: %s\n", snow_error_message(error));
        snow_error_free(error);
        return EXIT_FAILURE;
    }
    for (i = 0; i < THREADS; i++) {
        jobs[i].client = client;
        jobs[i].priority = priorities[i % 5];
        jobs[i].count = 0;
        jobs[i].failed = 1;
        if (pthread_create(&threads[i], NULL, count_incidents, &jobs[i]) != 0) {
            fprintf(stderr, "09_threads: no thread can be made\n");
            exit(EXIT_FAILURE);
        }
    }
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        failed |= jobs[i].failed;
    }
    for (i = 0; i < 5 && !failed; i++)
        printf("priority %s: %llu\n", jobs[i].priority, (unsigned long long)jobs[i].count);
    snow_client_free(client);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
