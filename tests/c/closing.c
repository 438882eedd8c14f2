/*
 * What still works for a client that was closed: nothing, but for a call that is inside a callback of its caller's.
 * The instance is SNOW_INSTANCE.
 */
#include "check.h"
#include "control.h"

#include <pthread.h>
#include <sched.h>

#define CALLS 8
#define ECHO "/api/x_snow/echo/all"

static snow_client *client;

/* A callback that waits in the middle of a body, until it may go on. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int is_inside, may_go_on;
} reader = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static int32_t wait_inside(void *user_data, void *buffer, size_t size, size_t *length)
{
    (void)user_data, (void)buffer, (void)size;
    pthread_mutex_lock(&reader.lock);
    reader.is_inside = 1;
    pthread_cond_broadcast(&reader.changed);
    while (!reader.may_go_on)
        pthread_cond_wait(&reader.changed, &reader.lock);
    pthread_mutex_unlock(&reader.lock);
    *length = 0;
    return SNOW_HANDLED;
}

/* Both give the status of their call. */
static void *get(void *status)
{
    uint64_t count;
    *(snow_status *)status = snow_table_count(client, "incident", NULL, &count, NULL);
    return NULL;
}

static void *send_from_a_reader(void *status)
{
    snow_error *error = NULL;
    snow_request *request = snow_request_new("POST", ECHO, &error);
    snow_response *response;
    snow_request_set_body_reader(request, SNOW_LENGTH_UNKNOWN, wait_inside, NULL, NULL, "text/plain", &error);
    response = snow_client_send(client, request, &error);
    *(snow_status *)status = response ? SNOW_OK : snow_error_status(error);
    snow_response_free(response);
    snow_request_free(request);
    snow_error_free(error);
    return NULL;
}

static void start_client(void)
{
    snow_error *error = NULL;
    client = snow_client_new_basic(getenv("SNOW_INSTANCE"), "admin", "admin", &error);
    control_must(client != NULL, snow_error_message(error));
}

static void calls_that_wait_for_answers(void)
{
    pthread_t threads[CALLS];
    snow_status statuses[CALLS];
    int i;
    start_client();
    control_do(getenv("SNOW_INSTANCE"), "POST", "/-/faults",
               "{\"path\":\"/api/now/stats/incident\",\"count\":0,\"fault\":{\"kind\":\"stall\"}}");
    for (i = 0; i < CALLS; i++)
        control_must(pthread_create(&threads[i], NULL, get, &statuses[i]) == 0, "thread");
    while (snow_client_statistic(client, SNOW_STATISTIC_IN_FLIGHT) < CALLS)
        sched_yield();
    CHECK_NUMBER(SNOW_TIMEOUT, snow_client_close(client, 0, NULL));
    CHECK_NUMBER(0, snow_client_statistic(client, SNOW_STATISTIC_IN_FLIGHT));
    for (i = 0; i < CALLS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_NUMBER(SNOW_CANCELLED, statuses[i]);
    }
    CHECK_NUMBER(SNOW_OK, snow_client_close(client, 0, NULL));
    snow_client_free(client);
    control_do(getenv("SNOW_INSTANCE"), "DELETE", "/-/faults", "");
}

static void a_call_inside_a_callback(void)
{
    pthread_t thread;
    snow_status status;
    start_client();
    control_must(pthread_create(&thread, NULL, send_from_a_reader, &status) == 0, "thread");
    pthread_mutex_lock(&reader.lock);
    while (!reader.is_inside)
        pthread_cond_wait(&reader.changed, &reader.lock);
    pthread_mutex_unlock(&reader.lock);
    CHECK_NUMBER(SNOW_TIMEOUT, snow_client_close(client, 0, NULL));
    CHECK_NUMBER(1, snow_client_statistic(client, SNOW_STATISTIC_IN_FLIGHT));
    pthread_mutex_lock(&reader.lock);
    reader.may_go_on = 1;
    pthread_cond_broadcast(&reader.changed);
    pthread_mutex_unlock(&reader.lock);
    /* Once more, which waits for what is left. */
    CHECK_NUMBER(SNOW_OK, snow_client_close(client, 60000, NULL));
    CHECK_NUMBER(0, snow_client_statistic(client, SNOW_STATISTIC_IN_FLIGHT));
    pthread_join(thread, NULL);
    CHECK_NUMBER(SNOW_CANCELLED, status);
    snow_client_free(client);
}

/* Neither with a token that is set, nor with one that is asked for. */
static void a_token_file_is_not_written_any_more(void)
{
    snow_error *error = NULL;
    snow_session *session = snow_session_new(&error);
    snow_token *token = snow_token_from_json("{\"access_token\":\"late\"}", &error);
    remove("closed.json");
    CHECK_STATUS(SNOW_OK, snow_session_set_oauth(session, "snow-client", "snow-secret", &error), error);
    CHECK_STATUS(SNOW_OK, snow_session_set_token_file(session, "closed.json", &error), error);
    client = snow_client_new(getenv("SNOW_INSTANCE"), session, &error);
    control_must(client != NULL, snow_error_message(error));
    CHECK_STATUS(SNOW_OK, snow_client_close(client, 0, &error), error);
    CHECK_NUMBER(SNOW_CLOSED, snow_client_set_token(client, token, NULL));
    CHECK_NUMBER(SNOW_CLOSED, snow_client_login(client, "admin", "admin", NULL));
    CHECK(fopen("closed.json", "rb") == NULL);
    snow_client_free(client);
    snow_token_free(token);
    snow_session_free(session);
}

int main(void)
{
    calls_that_wait_for_answers();
    a_call_inside_a_callback();
    a_token_file_is_not_written_any_more();
    return check_result();
}
