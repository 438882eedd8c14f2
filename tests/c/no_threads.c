/*
 * A process that may start no thread: what can do without goes on, and what cannot says so and works again when
 * there may be some. The instance is SNOW_INSTANCE; 75 incidents are there.
 */
#define _GNU_SOURCE
#include "exports.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>

#define INCIDENTS 75

static int there_may_be_none;

/* A note that the C library takes of what a thread registers when its end has begun; as in valgrind.supp. */
const char *__lsan_default_suppressions(void)
{
    return "leak:__cxa_thread_atexit_impl\n";
}

/* In place of the C library's, for the library as well. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *), void *with)
{
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    void *found = dlsym(RTLD_NEXT, "pthread_create");
    memcpy(&create, &found, sizeof found);
    return there_may_be_none ? EAGAIN : create(thread, attributes, start, with);
}

static snow_client *used;
static snow_cursor *begun;
static pthread_key_t key;
static int ended;

static void expect_no_thread(snow_status status, snow_error **error)
{
    CHECK_NUMBER(SNOW_CONNECT, status);
    CHECK_NUMBER(SNOW_CONNECT, snow_error_status(*error));
    CHECK(snow_error_is_retryable(*error));
    CHECK(!snow_error_maybe_applied(*error));
    CHECK(strstr(snow_error_message(*error), "no thread") != NULL);
    snow_error_free(*error);
    *error = NULL;
}

/* A call in a destructor of a thread's data needs another thread for what is gone of this one. */
static void at_the_end(void *data)
{
    snow_error *error = NULL;
    snow_client *new_one = snow_client_new_basic(getenv("SNOW_INSTANCE"), "admin", "admin", &error);
    snow_record *record = snow_record_new(&error);
    const snow_record *row;
    uint64_t count = 0;
    (void)data;
    there_may_be_none = 1;
    /* On a connection that is there, and where there is none yet. */
    expect_no_thread(snow_table_count(used, "incident", NULL, &count, &error), &error);
    expect_no_thread(snow_table_count(new_one, "incident", NULL, &count, &error), &error);
    CHECK(snow_table_create(used, "incident", record, NULL, &error) == NULL);
    expect_no_thread(snow_error_status(error), &error);
    expect_no_thread(snow_cursor_next(begun, &row, &error), &error);
    CHECK_NUMBER(0, snow_client_statistic(used, SNOW_STATISTIC_IN_FLIGHT));
    there_may_be_none = 0;
    CHECK_STATUS(SNOW_OK, snow_table_count(used, "incident", NULL, &count, &error), error);
    CHECK_NUMBER(INCIDENTS, count);
    CHECK_STATUS(SNOW_OK, snow_table_count(new_one, "incident", NULL, &count, &error), error);
    CHECK_NUMBER(INCIDENTS, count);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(begun, &row, &error), error);
    snow_cursor_free(begun);
    snow_record_free(record);
    snow_client_free(new_one);
    ended++;
}

static void *live(void *nothing)
{
    snow_error *error = NULL;
    uint64_t count = 0;
    CHECK_STATUS(SNOW_OK, snow_table_count(used, "incident", NULL, &count, &error), error);
    begun = snow_table_list(used, "incident", NULL, &error);
    control_must(pthread_setspecific(key, &ended) == 0, "a value of its own");
    return nothing;
}

static void calls_at_the_end_of_a_thread(void)
{
    snow_error *error = NULL;
    pthread_t thread;
    used = snow_client_new_basic(getenv("SNOW_INSTANCE"), "admin", "admin", &error);
    control_must(used != NULL, snow_error_message(error));
    control_must(pthread_key_create(&key, at_the_end) == 0, "a key");
    control_must(pthread_create(&thread, NULL, live, NULL) == 0, "a thread");
    pthread_join(thread, NULL);
    CHECK_NUMBER(1, ended);
    snow_client_free(used);
}

int main(void)
{
    snow_error *error = NULL;
    snow_client *client = snow_client_new_basic(getenv("SNOW_INSTANCE"), "admin", "admin", &error);
    snow_query *query = snow_query_new(&error);
    snow_export *export = snow_export_new(client, "incident", NULL, &error);
    snow_cursor *list, *rows;
    struct keys keys = {NULL, 0, 0};
    snow_client *by_name;
    snow_diagnosis *diagnosis;
    char name[64];
    uint64_t count = 0;
    CHECK(export != NULL);

    there_may_be_none = 1;
    snow_query_page_size(query, 10, NULL);
    list = snow_table_list(client, "incident", query, &error);
    CHECK_STATUS(SNOW_DONE, keys_read(&keys, list, &error), error);
    CHECK_NUMBER(INCIDENTS, keys.count);
    snow_cursor_free(list);
    keys_free(&keys);

    rows = snow_export_rows(export, &error);
    CHECK_STATUS(SNOW_CONNECT, keys_read(&keys, rows, &error), error);
    CHECK(snow_error_is_retryable(error));
    CHECK(strstr(snow_error_message(error), "no thread") != NULL);
    snow_error_free(error);
    error = NULL;
    CHECK_NUMBER(0, keys.count);

    /* A name is asked for on a thread. */
    snprintf(name, sizeof name, "http://localhost:%s", strrchr(getenv("SNOW_INSTANCE"), ':') + 1);
    by_name = snow_client_new_basic(name, "admin", "admin", &error);
    CHECK_STATUS(SNOW_CONNECT, snow_table_count(by_name, "incident", NULL, &count, &error), error);
    CHECK(snow_error_is_retryable(error));
    CHECK(strstr(snow_error_message(error), "no thread") != NULL);
    CHECK(strstr(snow_error_message(error), "name") == NULL);
    snow_error_free(error);
    error = NULL;
    diagnosis = snow_client_diagnose(by_name, NULL, &error);
    CHECK(strstr(snow_diagnosis_text(diagnosis, NULL), "localhost was not looked up") != NULL);
    CHECK(strstr(snow_diagnosis_text(diagnosis, NULL), "no file descriptor or thread left") != NULL);
    CHECK(strstr(snow_diagnosis_text(diagnosis, NULL), "slip") == NULL);
    snow_diagnosis_free(diagnosis);

    there_may_be_none = 0;
    CHECK_STATUS(SNOW_OK, snow_table_count(by_name, "incident", NULL, &count, &error), error);
    CHECK_NUMBER(INCIDENTS, count);
    snow_client_free(by_name);
    CHECK_STATUS(SNOW_DONE, keys_read(&keys, rows, &error), error);
    CHECK_NUMBER(INCIDENTS, keys.count);
    CHECK_NUMBER(0, keys_doubled(&keys));
    snow_cursor_free(rows);
    keys_free(&keys);

    snow_export_free(export);
    snow_query_free(query);
    snow_client_free(client);

    calls_at_the_end_of_a_thread();
    return check_result();
}
