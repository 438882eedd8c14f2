/*
 * The caller of an export: callbacks run on the thread that takes the rows, and however the export ends before
 * its end, nothing of it stays.
 */
#include "incidents.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

struct progress {
    int calls, is_ended;
    uint64_t rows, expected;
    pthread_t thread;
};

static int32_t progress(void *user_data, uint64_t rows, uint64_t bytes, uint64_t expected,
                        uint64_t elapsed_ms)
{
    struct progress *seen = user_data;
    (void)elapsed_ms;
    seen->calls++;
    CHECK(rows >= seen->rows && bytes >= rows);
    CHECK(pthread_equal(seen->thread, pthread_self()));
    seen->rows = rows;
    seen->expected = expected;
    return SNOW_HANDLED;
}

static int32_t refuse(void *user_data, uint64_t rows, uint64_t bytes, uint64_t expected,
                      uint64_t elapsed_ms)
{
    (void)user_data, (void)rows, (void)bytes, (void)expected, (void)elapsed_ms;
    return 7;
}

static void ended(void *user_data)
{
    ((struct progress *)user_data)->is_ended++;
}

static void progress_is_told(void)
{
    struct progress seen = { 0 };
    struct keys keys = { 0 };
    const snow_record *row;
    snow_status status;
    snow_cursor *cursor;
    snow_export *export = export_of(pages_of(100), SNOW_ORDER_ANY, 4);
    seen.thread = pthread_self();
    CHECK_STATUS(SNOW_OK, snow_export_set_progress_callback(export, progress, &seen, ended, &error), error);
    CHECK_STATUS(SNOW_DONE, export_read(export, &keys, &error), error);
    CHECK(seen.calls >= 2);
    CHECK_NUMBER(total, seen.rows);
    CHECK_NUMBER(total, seen.expected);
    CHECK_NUMBER(0, seen.is_ended);
    CHECK_STATUS(SNOW_OK, snow_export_set_progress_callback(export, refuse, NULL, NULL, &error), error);
    CHECK_NUMBER(1, seen.is_ended);
    cursor = snow_export_rows(export, &error);
    status = snow_cursor_next(cursor, &row, &error);
    CHECK_NUMBER(7, snow_error_callback_value(error));
    failed(SNOW_CALLBACK_FAILED, status);
    snow_cursor_free(cursor);
    keys_free(&keys);
    snow_export_free(export);
}

/* That is the end too where it is a limit. */
static void progress_is_told_to_a_limit(void)
{
    struct progress seen = { 0 };
    struct keys keys = { 0 };
    snow_query *query = pages_of(100);
    snow_export *export;
    CHECK_STATUS(SNOW_OK, snow_query_limit(query, 150, &error), error);
    export = export_of(query, SNOW_ORDER_ANY, 1);
    seen.thread = pthread_self();
    CHECK_STATUS(SNOW_OK, snow_export_set_progress_callback(export, progress, &seen, ended, &error), error);
    CHECK_STATUS(SNOW_DONE, export_read(export, &keys, &error), error);
    CHECK(seen.calls >= 2);
    CHECK_NUMBER(150, seen.rows);
    keys_free(&keys);
    snow_export_free(export);
}

/* A token that runs out is renewed on the thread that takes the rows. */
static int tokens;
static pthread_t token_thread;

static int32_t token_told(void *user_data, const snow_token *token)
{
    (void)user_data, (void)token;
    tokens++;
    CHECK(pthread_equal(token_thread, pthread_self()));
    return SNOW_HANDLED;
}

static void a_token_is_renewed_by_the_caller(void)
{
    struct keys keys = { 0 };
    const snow_record *row;
    snow_status status;
    snow_export *export;
    snow_cursor *cursor;
    snow_client *basic = client;
    client = client_oauth(instance, "snow-client", "snow-secret");
    CHECK_STATUS(SNOW_OK, snow_client_login(client, "admin", "admin", &error), error);
    CHECK_STATUS(SNOW_OK, snow_set_token_callback(client, token_told, NULL, NULL, &error), error);
    token_thread = pthread_self();
    export = export_of(pages_of(20), SNOW_ORDER_ANY, 4);
    control_do(instance, "DELETE", "/-/requests", "");
    cursor = snow_export_rows(export, &error);
    while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK) {
        keys_add(&keys, snow_record_get(row, "sys_id", NULL));
        if (keys.count == 100)
            control_do(instance, "POST", "/-/tokens/expire", "");
    }
    CHECK_STATUS(SNOW_DONE, status, error);
    CHECK_NUMBER(total, keys.count);
    CHECK_NUMBER(0, keys_doubled(&keys));
    CHECK_NUMBER(1, tokens);
    /* That for the token is none of the export's. */
    CHECK_NUMBER(control_count(instance, INCIDENTS), snow_export_count(export, SNOW_EXPORT_REQUESTS));
    keys_free(&keys);
    snow_cursor_free(cursor);
    snow_export_free(export);
    snow_client_free(client);
    client = basic;
}

/* Reads all with the token that a sign-in gave, as if it ended in so many seconds. */
static void all_come_with_a_token(long ends_in, const char *refresh_token)
{
    struct keys keys = { 0 };
    char json[1024];
    snow_export *export;
    snow_token *signed_in = snow_client_token(client, &error), *due;
    snprintf(json, sizeof json, "{\"access_token\":\"%s\",\"refresh_token\":\"%s\",\"expires_at\":%ld}",
             snow_token_access_token(signed_in), refresh_token, (long)time(NULL) + ends_in);
    due = snow_token_from_json(json, &error);
    CHECK_STATUS(SNOW_OK, snow_client_set_token(client, due, &error), error);
    export = export_of(pages_of(100), SNOW_ORDER_ANY, 4);
    CHECK_STATUS(SNOW_DONE, export_read(export, &keys, &error), error);
    CHECK_NUMBER(total, keys.count);
    keys_free(&keys);
    snow_export_free(export);
    snow_token_free(due);
    snow_token_free(signed_in);
}

/* A token that ends soon is used where nothing better can be had, until the instance refuses it: where there is nothing
   to renew it with, and where the instance gives it once more, with the time that remains. */
static void a_token_that_ends_soon(void)
{
    char order[1024];
    snow_token *signed_in;
    snow_client *basic = client;
    client = client_oauth(instance, "snow-client", "snow-secret");
    CHECK_STATUS(SNOW_OK, snow_client_login(client, "admin", "admin", &error), error);
    all_come_with_a_token(10, "");
    all_come_with_a_token(-10, "");
    signed_in = snow_client_token(client, &error);
    snprintf(order, sizeof order,
             "{\"path\":\"/oauth_token.do\",\"count\":0,\"fault\":{\"kind\":\"answer\",\"status\":200,\"body\":"
             "\"{\\\"access_token\\\":\\\"%s\\\",\\\"token_type\\\":\\\"Bearer\\\",\\\"expires_in\\\":0}\"}}",
             snow_token_access_token(signed_in));
    control_do(instance, "POST", "/-/faults", order);
    all_come_with_a_token(10, "good");
    no_faults();
    snow_token_free(signed_in);
    snow_client_free(client);
    client = basic;
}

static void *cancel(void *cursor)
{
    snow_error *failed;
    CHECK_STATUS(SNOW_OK, snow_cursor_cancel(cursor, &failed), failed);
    return NULL;
}

static void is_cancelled(snow_cursor *cursor)
{
    const snow_record *row;
    cancel(cursor);
    failed(SNOW_CANCELLED, snow_cursor_next(cursor, &row, &error));
    CHECK(row == NULL);
    failed(SNOW_CANCELLED, snow_cursor_next(cursor, &row, &error));
}

/* Rows that are there already are not given any more, and after the end it is told as well. */
static void cancelling_holds_at_once(void)
{
    struct keys keys = { 0 };
    const snow_record *row;
    snow_query *query = pages_of(100);
    snow_export *export = export_of(pages_of(100), SNOW_ORDER_ANY, 1), *limited;
    snow_cursor *cursor = snow_export_rows(export, &error);
    is_cancelled(cursor);
    snow_cursor_free(cursor);

    cursor = snow_export_rows(export, &error);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    is_cancelled(cursor);
    CHECK_NUMBER(1, snow_cursor_fetched(cursor));
    snow_cursor_free(cursor);

    cursor = snow_export_rows(export, &error);
    CHECK_STATUS(SNOW_DONE, keys_read(&keys, cursor, &error), error);
    is_cancelled(cursor);
    snow_cursor_free(cursor);

    /* To end at a limit is not to be cancelled. */
    CHECK_STATUS(SNOW_OK, snow_query_limit(query, 10, &error), error);
    limited = export_of(query, SNOW_ORDER_ANY, 2);
    cursor = snow_export_rows(limited, &error);
    CHECK_STATUS(SNOW_DONE, keys_read(&keys, cursor, &error), error);
    CHECK_NUMBER(10, snow_cursor_fetched(cursor));
    CHECK_STATUS(SNOW_DONE, snow_cursor_next(cursor, &row, &error), error);
    is_cancelled(cursor);
    snow_cursor_free(cursor);
    snow_export_free(limited);
    snow_export_free(export);
    keys_free(&keys);
}

/* However an export ends before its end, nothing of it stays. */
static void an_export_ends_early(void)
{
    const snow_record *row;
    snow_status status;
    pthread_t thread;
    snow_cursor *cursor;
    snow_export *export = export_of(pages_of(20), SNOW_ORDER_ANY, 4);

    cursor = snow_export_rows(export, &error);
    snow_cursor_free(cursor); /* never begun */

    cursor = snow_export_rows(export, &error);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    snow_cursor_free(cursor);

    /* A thread that waits for rows is woken. */
    fault("\"after\":4,\"count\":0,", "{\"kind\":\"stall\"}");
    cursor = snow_export_rows(export, &error);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    CHECK_NUMBER(0, pthread_create(&thread, NULL, cancel, cursor));
    while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
        ;
    failed(SNOW_CANCELLED, status);
    CHECK_NUMBER(0, pthread_join(thread, NULL));
    snow_cursor_free(cursor);
    no_faults();

    /* The handle goes before the cursor, and the client before both. */
    {
        snow_client *other = client_basic(instance, "admin", "admin");
        snow_export *export_of_other = snow_export_new(other, "incident", NULL, &error);
        uint64_t rows = 0;
        cursor = snow_export_rows(export_of_other, &error);
        snow_client_free(other);
        snow_export_free(export_of_other);
        while (snow_cursor_next(cursor, &row, &error) == SNOW_OK)
            rows++;
        CHECK_NUMBER(total, rows);
        snow_cursor_free(cursor);
    }

    /* Closing the client does not wait for rows that nobody takes. */
    {
        snow_client *other = client_basic(instance, "admin", "admin");
        snow_query *query = pages_of(10);
        snow_export *export_of_other = snow_export_new(other, "incident", query, &error);
        cursor = snow_export_rows(export_of_other, &error);
        CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
        status = snow_client_close(other, 10, &error);
        CHECK(status == SNOW_OK || status == SNOW_TIMEOUT);
        snow_error_free(error);
        while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
            ;
        CHECK(status == SNOW_CANCELLED || status == SNOW_CLOSED);
        snow_error_free(error);
        error = NULL;
        snow_cursor_free(cursor);
        snow_export_free(export_of_other);
        snow_query_free(query);
        snow_client_free(other);
    }
    snow_export_free(export);
}

static volatile sig_atomic_t interruptions;

static void on_interruption(int number)
{
    (void)number;
    interruptions++;
}

/* The host's signals are for threads of the host: where those block one, it waits for them. */
static void a_signal_of_the_host_waits_for_its_own_threads(void)
{
    struct sigaction action, before;
    sigset_t usr1, mask, waiting;
    const snow_record *row;
    int number;
    snow_export *export = export_of(pages_of(20), SNOW_ORDER_ANY, 4);
    snow_cursor *cursor = snow_export_rows(export, &error);
    memset(&action, 0, sizeof action);
    action.sa_handler = on_interruption;
    CHECK_NUMBER(0, sigaction(SIGUSR1, &action, &before));
    fault("\"after\":4,\"count\":0,", "{\"kind\":\"stall\"}");
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    /* A thread that begins later would have this from its parent. */
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    CHECK_NUMBER(0, pthread_sigmask(SIG_BLOCK, &usr1, &mask));
    CHECK_NUMBER(0, kill(getpid(), SIGUSR1));
    is_cancelled(cursor);
    snow_cursor_free(cursor);
    snow_export_free(export);
    threads_end(threads_at_begin);
    CHECK_NUMBER(0, interruptions);
    CHECK(sigpending(&waiting) == 0 && sigismember(&waiting, SIGUSR1));
    CHECK(sigwait(&usr1, &number) == 0 && number == SIGUSR1);
    CHECK_NUMBER(0, pthread_sigmask(SIG_SETMASK, &mask, NULL));
    CHECK_NUMBER(0, sigaction(SIGUSR1, &before, NULL));
    no_faults();
}

int main(int count, char **arguments)
{
    incidents_begin(count, arguments);
    progress_is_told();
    progress_is_told_to_a_limit();
    a_token_is_renewed_by_the_caller();
    a_token_that_ends_soon();
    make_calls_again();
    an_export_ends_early();
    cancelling_holds_at_once();
    a_signal_of_the_host_waits_for_its_own_threads();
    return incidents_end();
}
