/*
 * A thread that is told to end by pthread_cancel() while it makes every kind of call: it ends when it is in its own
 * code again. The instance is SNOW_INSTANCE.
 */
#include "control.h"
#include "every_call.h"

#include <pthread.h>

static snow_client *client;
static int ended;

static void end(void *unused)
{
    (void)unused;
    ended++;
}

/* Releases a stream whose rows are still on their way. */
static void give_columns_up(void)
{
    struct ArrowArrayStream stream;
    struct ArrowArray batch;
    snow_error *error = NULL;
    snow_query *query = snow_query_new(&error);
    snow_query_page_size(query, 10, &error);
    CHECK_STATUS(SNOW_OK, snow_table_arrow(client, "incident", query, &stream, &error), error);
    CHECK_NUMBER(0, stream.get_next(&stream, &batch));
    if (batch.release)
        batch.release(&batch);
    stream.release(&stream);
    snow_query_free(query);
}

/* Frees an answer that is still on its way, and so closes its connection. */
static void give_an_answer_up(void)
{
    snow_error *error = NULL;
    snow_request *request = snow_request_new("GET", "/api/now/table/sys_dictionary", &error);
    snow_response *response = snow_client_open(client, request, &error);
    CHECK(response != NULL);
    snow_response_free(response);
    snow_request_free(request);
}

/* Told before its first call, it would end wherever one waits, or closes a descriptor. */
static void *make_calls(void *unused)
{
    snow_error *error = NULL;
    pthread_cleanup_push(end, NULL);
    control_must(pthread_cancel(pthread_self()) == 0, "cancel");
    client = snow_client_new_oauth(getenv("SNOW_INSTANCE"), "snow-client", "snow-secret", NULL, &error);
    CHECK_STATUS(SNOW_OK, snow_client_login(client, "admin", "admin", &error), error);
    CHECK(make_every_call(client) > 0);
    give_columns_up();
    give_an_answer_up();
    CHECK_STATUS(SNOW_OK, snow_client_close(client, 60000, &error), error);
    snow_client_free(client);
    CHECK_NUMBER(0, ended);
    pthread_testcancel();
    CHECK(!"it goes on");
    pthread_cleanup_pop(0);
    return unused;
}

int main(void)
{
    pthread_t thread;
    void *result = NULL;
    control_must(pthread_create(&thread, NULL, make_calls, NULL) == 0, "thread");
    pthread_join(thread, &result);
    CHECK(result == PTHREAD_CANCELED);
    CHECK_NUMBER(1, ended);
    return check_result();
}
