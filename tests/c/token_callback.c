/*
 * What the token callback is promised: it is told on the caller's own thread, may call back, may fail, and what
 * it is handed ends once. One argument: which promise.
 */
#include "oauth.h"
#include "promises.h"

#include <dirent.h>
#include <sched.h>

static void calls_from_inside_the_callback(void)
{
    snow_error *error = NULL;
    struct told told;
    snow_client *client = signed_in();
    listen_to(client, &told, SNOW_HANDLED);
    told.nested = client;
    told.nested_status = SNOW_INTERNAL;
    set_token(client, NULL, 1);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    CHECK_NUMBER(SNOW_OK, told.nested_status);
    CHECK_NUMBER(1, told.calls);

    /* A nested call that is refused does not wait for the renewal it is a part of. */
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"" TABLE_CALL "\",\"count\":1,\"fault\":{\"kind\":\"unauthorized\"}}");
    set_token(client, NULL, 1);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    CHECK_NUMBER(SNOW_UNAUTHENTICATED, told.nested_status);
    snow_client_free(client);
}

static void a_callback_that_fails(void)
{
    snow_error *error = NULL;
    struct told told;
    snow_token *token;
    snow_client *client = signed_in();
    listen_to(client, &told, 7);
    set_token(client, NULL, 1);
    CHECK_STATUS(SNOW_CALLBACK_FAILED, call(client, &error), error);
    CHECK_NUMBER(7, snow_error_callback_value(error));
    CHECK_NUMBER(0, control_count(instance, TABLE_CALL));
    snow_error_free(error);

    /* The token is kept: the next call goes out with it. */
    token = snow_client_token(client, &error);
    CHECK_TEXT(told.access_token, snow_token_access_token(token));
    snow_token_free(token);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    CHECK_NUMBER(1, control_count(instance, TOKEN_CALL));

    /* What the exception of another language leaves behind is no success either. */
    told.answer = 0;
    set_token(client, NULL, 1);
    CHECK_STATUS(SNOW_CALLBACK_FAILED, call(client, &error), error);
    CHECK_NUMBER(0, snow_error_callback_value(error));
    snow_error_free(error);
    snow_client_free(client);
}

static void destroy_is_called_once(void)
{
    snow_error *error = NULL;
    struct told first, second, third;
    snow_client *client = signed_in(), *basic;
    listen_to(client, &first, SNOW_HANDLED);
    listen_to(client, &second, SNOW_HANDLED);
    CHECK_NUMBER(1, first.destroyed);
    CHECK_NUMBER(0, second.destroyed);
    CHECK_STATUS(SNOW_OK, snow_set_token_callback(client, NULL, NULL, NULL, &error), error);
    CHECK_NUMBER(1, second.destroyed);
    listen_to(client, &first, SNOW_HANDLED);
    snow_client_free(client);
    CHECK_NUMBER(1, first.destroyed);

    /* A setter that fails. */
    basic = snow_client_new_basic(instance, "admin", "admin", &error);
    memset(&third, 0, sizeof third);
    CHECK_STATUS(SNOW_INVALID_ARGUMENT,
                 snow_set_token_callback(basic, tell, &third, destroy, &error), error);
    CHECK_NUMBER(1, third.destroyed);
    snow_error_free(error);
    snow_client_free(basic);
}

/* The last to let go of a callback is a thread of ours, though a page is still on its way. */
static pthread_t destroyed_on;

static void note_thread(void *user_data)
{
    destroyed_on = pthread_self();
    destroy(user_data);
}

/* Waits until this thread is the only one: what is on its way ends soon after it was cancelled. */
static void wait_until_alone(void)
{
    int threads = 0;
    while (threads != 1) {
        DIR *tasks = opendir("/proc/self/task");
        struct dirent *task;
        control_must(tasks != NULL, "/proc/self/task");
        for (threads = 0; (task = readdir(tasks)) != NULL;)
            threads += task->d_name[0] != '.';
        closedir(tasks);
        sched_yield();
    }
}

static void destroy_is_called_on_this_thread(void)
{
    snow_error *error = NULL;
    const snow_record *row;
    struct told told;
    snow_client *client = signed_in();
    snow_query *query = snow_query_new(&error);
    snow_cursor *cursor;
    memset(&told, 0, sizeof told);
    CHECK_STATUS(SNOW_OK, snow_set_token_callback(client, tell, &told, note_thread, &error), error);
    snow_query_page_size(query, 10, &error);
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"" TABLE_CALL "\",\"after\":1,\"fault\":{\"kind\":\"stall\"}}");
    cursor = snow_table_list(client, "incident", query, &error);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    snow_cursor_free(cursor);
    CHECK_NUMBER(0, told.destroyed);
    snow_client_free(client);
    CHECK_NUMBER(1, told.destroyed);
    CHECK(pthread_equal(destroyed_on, pthread_self()));
    wait_until_alone();
    snow_query_free(query);
}

/* A callback that frees what the call that it is in was made with. */
static int32_t free_cursor(void *user_data, const snow_token *token)
{
    snow_cursor **cursor = (snow_cursor **)user_data;
    (void)token;
    snow_cursor_free(*cursor);
    *cursor = NULL;
    return SNOW_HANDLED;
}

static void a_callback_that_frees_the_cursor(void)
{
    snow_error *error = NULL;
    const snow_record *row;
    snow_client *client = signed_in();
    snow_cursor *cursor = snow_table_list(client, "incident", NULL, &error);
    CHECK_STATUS(SNOW_OK, snow_set_token_callback(client, free_cursor, &cursor, NULL, &error),
                 error);
    set_token(client, NULL, 1);
    CHECK_STATUS(SNOW_CANCELLED, snow_cursor_next(cursor, &row, &error), error);
    CHECK(row == NULL);
    CHECK(cursor == NULL);
    snow_error_free(error);
    CHECK_STATUS(SNOW_OK, snow_client_close(client, 10000, &error), error);
    snow_client_free(client);
}

/* Closing, and signing in, from inside the callback would wait for themselves. */
static snow_status closed_inside, login_inside;

static int32_t close_client(void *client, const snow_token *token)
{
    (void)token;
    closed_inside = snow_client_close((snow_client *)client, 60000, NULL);
    login_inside = snow_client_login((snow_client *)client, "admin", "admin", NULL);
    return SNOW_HANDLED;
}

static void closing(void)
{
    snow_error *error = NULL;
    snow_client *client = signed_in();
    CHECK_STATUS(SNOW_OK, snow_set_token_callback(client, close_client, client, NULL, &error),
                 error);
    set_token(client, NULL, 1);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    CHECK_NUMBER(SNOW_BUSY, closed_inside);
    CHECK_NUMBER(SNOW_BUSY, login_inside);
    CHECK_STATUS(SNOW_OK, snow_client_close(client, 1000, &error), error);
    CHECK_STATUS(SNOW_CLOSED, snow_client_login(client, "admin", "admin", &error), error);
    snow_error_free(error);
    CHECK_STATUS(SNOW_CLOSED, call(client, &error), error);
    snow_error_free(error);
    snow_client_free(client);
}

static const struct promise promises[] = {
    PROMISE(calls_from_inside_the_callback),
    PROMISE(a_callback_that_fails),
    PROMISE(destroy_is_called_once),
    PROMISE(destroy_is_called_on_this_thread),
    PROMISE(a_callback_that_frees_the_cursor),
    PROMISE(closing),
};

int main(int count, char **arguments)
{
    (void)count;
    instance = getenv("SNOW_INSTANCE");
    return KEEP_PROMISE(promises, arguments[1]);
}
