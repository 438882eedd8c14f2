/*
 * Calls from a destructor of a thread's own data (pthread_key_create()), when all that others kept for the thread
 * is gone; and closing the client after that. The instance is SNOW_INSTANCE.
 */
#include "check.h"
#include "control.h"

#include <pthread.h>

static snow_client *client;
static snow_cursor *cursor;
static pthread_key_t key;
static int ended;

/* A note that the C library takes of what a thread registers when its end has begun; as in valgrind.supp. */
const char *__lsan_default_suppressions(void)
{
    return "leak:__cxa_thread_atexit_impl\n";
}

static void make_a_call(snow_client *with)
{
    uint64_t count = 0;
    snow_error *error = NULL;
    CHECK_STATUS(SNOW_OK, snow_table_count(with, "incident", NULL, &count, &error), error);
    CHECK_NUMBER(75, count);
}

static void call_with_another_client(void)
{
    snow_error *error = NULL;
    snow_client *other = snow_client_new_basic(getenv("SNOW_INSTANCE"), "admin", "admin", &error);
    control_must(other != NULL, snow_error_message(error));
    make_a_call(other);
    snow_client_free(other);
}

static void close_inside(void *user_data, snow_log_level level, const char *line)
{
    (void)user_data, (void)level, (void)line;
    CHECK_NUMBER(SNOW_BUSY, snow_client_close(client, 10000, NULL));
}

static void at_the_end(void *data)
{
    snow_error *error = NULL;
    const snow_record *row;
    (void)data;
    call_with_another_client();
    make_a_call(client);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    snow_cursor_free(cursor);
    /* It knows that it is in a callback even there. */
    CHECK_STATUS(SNOW_OK, snow_set_log_callback(client, SNOW_LOG_INFO, close_inside, NULL, NULL, &error), error);
    make_a_call(client);
    ended++;
}

static void *live(void *nothing)
{
    snow_error *error = NULL;
    const snow_record *row;
    call_with_another_client(); /* whatever is kept for a thread is kept now, and gone at its end */
    make_a_call(client);
    cursor = snow_table_list(client, "incident", NULL, &error);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    control_must(pthread_setspecific(key, &ended) == 0, "a value of its own");
    return nothing;
}

int main(void)
{
    snow_error *error = NULL;
    pthread_t thread;
    client = snow_client_new_basic(getenv("SNOW_INSTANCE"), "admin", "admin", &error);
    control_must(client != NULL, snow_error_message(error));
    control_must(pthread_key_create(&key, at_the_end) == 0, "a key");
    control_must(pthread_create(&thread, NULL, live, NULL) == 0, "a thread");
    pthread_join(thread, NULL);
    CHECK_NUMBER(1, ended);
    CHECK_NUMBER(0, snow_client_statistic(client, SNOW_STATISTIC_IN_FLIGHT));
    CHECK_STATUS(SNOW_OK, snow_client_close(client, 60000, &error), error);
    snow_client_free(client);
    return check_result();
}
