/*
 * What still works for a client that was closed: nothing, but for a call that is inside a callback of its caller's,
 * which cannot close it.
 * The instance is SNOW_INSTANCE.
 */
#include "check.h"
#include "control.h"
#include "footprint.h"

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

static void wait_until_it_may_go_on(void)
{
    pthread_mutex_lock(&reader.lock);
    reader.is_inside = 1;
    pthread_cond_broadcast(&reader.changed);
    while (!reader.may_go_on)
        pthread_cond_wait(&reader.changed, &reader.lock);
    pthread_mutex_unlock(&reader.lock);
}

static int32_t wait_inside(void *user_data, void *buffer, size_t size, size_t *length)
{
    (void)user_data, (void)buffer, (void)size;
    wait_until_it_may_go_on();
    *length = 0;
    return SNOW_HANDLED;
}

static int32_t wait_between_pieces(void *user_data, const void *bytes, size_t length)
{
    (void)user_data, (void)bytes, (void)length;
    wait_until_it_may_go_on();
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

/* An attachment, for a client that is there. */
static void attach(char *sys_id, size_t room)
{
    snow_error *error = NULL;
    snow_record *incident = snow_table_first(client, "incident", NULL, &error), *attached;
    snow_upload *upload = snow_upload_new("incident", snow_record_get(incident, "sys_id", NULL), &error);
    CHECK_STATUS(SNOW_OK, snow_upload_set_bytes(upload, "content", 7, &error), error);
    CHECK_STATUS(SNOW_OK, snow_upload_set_file_name(upload, "content.txt", &error), error);
    attached = snow_upload_send(client, upload, &error);
    control_must(attached != NULL, snow_error_message(error));
    snprintf(sys_id, room, "%s", snow_record_get(attached, "sys_id", NULL));
    snow_record_free(attached);
    snow_upload_free(upload);
    snow_record_free(incident);
}

static void *download_to_a_writer(void *status)
{
    char sys_id[64];
    attach(sys_id, sizeof sys_id);
    *(snow_status *)status = snow_attachment_download_to(client, sys_id, wait_between_pieces, NULL, NULL, NULL);
    return NULL;
}

static void a_call_inside_a_callback(void *(*make)(void *status))
{
    pthread_t thread;
    snow_status status;
    reader.is_inside = reader.may_go_on = 0;
    start_client();
    control_must(pthread_create(&thread, NULL, make, &status) == 0, "thread");
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
    CHECK(status == SNOW_CANCELLED || status == SNOW_CLOSED);
    snow_client_free(client);
}

/* --- a call of several requests, which the closing gives time ------------------------------- */

static char incident[64], attachment[64];

static snow_query *this_incident(snow_error **error)
{
    snow_query *query = snow_query_new(error);
    CHECK_STATUS(SNOW_OK, snow_query_where(query, "sys_id", SNOW_EQ, incident, error), *error);
    return query;
}

static void update_one(snow_error **error)
{
    snow_query *query = this_incident(error);
    snow_record *changes = snow_record_new(error);
    CHECK_STATUS(SNOW_OK, snow_record_set(changes, "description", "changed", error), *error);
    snow_record_free(snow_table_update_one(client, "incident", query, changes, error));
    snow_record_free(changes);
    snow_query_free(query);
}

/* Nothing of it is known before it is looked for. */
static void create_once(snow_error **error)
{
    snow_record *fields = snow_record_new(error);
    snow_created created;
    control_do(getenv("SNOW_INSTANCE"), "POST", "/-/faults",
               "{\"path\":\"/api/now/table/incident\",\"method\":\"POST\",\"count\":1,"
               "\"fault\":{\"kind\":\"reset_after\"}}");
    CHECK_STATUS(SNOW_OK, snow_record_set(fields, "short_description", "once", error), *error);
    snow_record_free(snow_table_create_once(client, "incident", fields, NULL, &created, error));
    CHECK_NUMBER(SNOW_CREATED_FOUND, created);
    snow_record_free(fields);
}

static void divide(snow_error **error)
{
    snow_shards_free(snow_table_shards(client, "incident", NULL, 3, error));
}

static void begin_arrow(snow_error **error)
{
    struct ArrowArrayStream stream;
    if (snow_table_arrow(client, "incident", NULL, &stream, error) == SNOW_OK)
        stream.release(&stream);
}

/* It comes by threads that the call starts, and whose requests are its own; no line is told of these meanwhile. */
static void read_a_row_of_an_export(snow_error **error)
{
    snow_export *export = snow_export_new(client, "incident", NULL, error);
    snow_cursor *rows = snow_export_rows(export, error);
    const snow_record *row;
    control_do(getenv("SNOW_INSTANCE"), "POST", "/-/faults",
               "{\"path\":\"/api/now/table/incident\",\"method\":\"GET\",\"count\":1,"
               "\"fault\":{\"kind\":\"delay\",\"ms\":500}}");
    CHECK_STATUS(SNOW_OK, snow_cursor_next(rows, &row, error), *error);
    snow_cursor_free(rows);
    snow_export_free(export);
}

static void look_for_what_is_wrong(snow_error **error)
{
    snow_diagnosis *diagnosis = snow_client_diagnose(client, "incident", error);
    CHECK(snow_diagnosis_is_ok(diagnosis));
    snow_diagnosis_free(diagnosis);
}

static void download_to_memory(snow_error **error)
{
    size_t length;
    snow_response *response = snow_attachment_download(client, attachment, error);
    if (response && snow_response_body(response, &length, error))
        CHECK_NUMBER(7, length);
    snow_response_free(response);
}

static void download_to_a_file(snow_error **error)
{
    snow_attachment_download_file(client, attachment, "closing.txt", error);
}

static void download_to_a_callback(snow_error **error)
{
    snow_attachment_download_to(client, attachment, wait_between_pieces, NULL, NULL, error);
}

/* Waits with the first line that it is told, and has no other told. */
static void wait_in_a_log(void *user_data, snow_log_level level, const char *line)
{
    (void)user_data, (void)level, (void)line;
    snow_set_log_callback(client, SNOW_LOG_OFF, NULL, NULL, NULL, NULL);
    wait_until_it_may_go_on();
}

static void *make_it(void *call)
{
    snow_error *error = NULL;
    (*(void (**)(snow_error **))call)(&error);
    CHECK_STATUS(SNOW_OK, snow_error_status(error), error);
    snow_error_free(error);
    return NULL;
}

static void *close_it(void *unused)
{
    snow_error *error = NULL;
    CHECK_STATUS(SNOW_OK, snow_client_close(client, 60000, &error), error);
    snow_error_free(error);
    return unused;
}

static void a_call_that_has_time_comes_to_its_end(void)
{
    static struct { const char *name; void (*make)(snow_error **error); } calls[] = {
        {"update one", update_one},           {"create once", create_once},
        {"divide", divide},                   {"begin Arrow", begin_arrow},
        {"read a row of an export", read_a_row_of_an_export},
        {"diagnose", look_for_what_is_wrong}, {"download to memory", download_to_memory},
        {"download to a file", download_to_a_file}, {"download to a callback", download_to_a_callback},
    };
    size_t i;
    start_client();
    attach(attachment, sizeof attachment);
    {
        snow_record *first = snow_table_first(client, "incident", NULL, NULL);
        snprintf(incident, sizeof incident, "%s", snow_record_get(first, "sys_id", NULL));
        snow_record_free(first);
    }
    snow_client_free(client);
    for (i = 0; i < sizeof calls / sizeof *calls; i++) {
        pthread_t calling, closing;
        uint64_t count;
        check_subject = calls[i].name;
        reader.is_inside = reader.may_go_on = 0;
        start_client();
        if (calls[i].make != download_to_a_callback && calls[i].make != read_a_row_of_an_export)
            snow_set_log_callback(client, SNOW_LOG_INFO, wait_in_a_log, NULL, NULL, NULL);
        control_must(pthread_create(&calling, NULL, make_it, &calls[i].make) == 0, "thread");
        pthread_mutex_lock(&reader.lock);
        while (!reader.is_inside && calls[i].make != read_a_row_of_an_export)
            pthread_cond_wait(&reader.changed, &reader.lock);
        pthread_mutex_unlock(&reader.lock);
        while (snow_client_statistic(client, SNOW_STATISTIC_IN_FLIGHT) == 0)
            sched_yield();
        control_must(pthread_create(&closing, NULL, close_it, NULL) == 0, "thread");
        while (snow_table_count(client, "incident", NULL, &count, NULL) != SNOW_CLOSED)
            sched_yield();
        pthread_mutex_lock(&reader.lock);
        reader.may_go_on = 1;
        pthread_cond_broadcast(&reader.changed);
        pthread_mutex_unlock(&reader.lock);
        pthread_join(closing, NULL);
        pthread_join(calling, NULL);
        CHECK_NUMBER(0, snow_client_statistic(client, SNOW_STATISTIC_IN_FLIGHT));
        snow_client_free(client);
    }
    check_subject = "";
}

/* Whatever the callback is for, and whether a request is under way or the call is between two. */
static int told;

static int32_t close_inside(void)
{
    CHECK_NUMBER(SNOW_BUSY, snow_client_close(client, 0, NULL));
    told++;
    return SNOW_HANDLED;
}

static void close_from_a_log(void *user_data, snow_log_level level, const char *line)
{
    (void)user_data, (void)level, (void)line;
    close_inside();
}

static int32_t close_from_an_export(void *user_data, uint64_t rows, uint64_t bytes, uint64_t expected,
                                    uint64_t elapsed_ms)
{
    (void)user_data, (void)rows, (void)bytes, (void)expected, (void)elapsed_ms;
    return close_inside();
}

static int32_t close_from_a_writer(void *user_data, const void *bytes, size_t length)
{
    (void)user_data, (void)bytes, (void)length;
    return close_inside();
}

static int32_t close_from_progress(void *user_data, uint64_t bytes, int64_t all)
{
    (void)user_data, (void)bytes, (void)all;
    return close_inside();
}

static void read_all(snow_cursor *cursor)
{
    snow_error *error = NULL;
    const snow_record *row;
    snow_status status;
    int rows = 0;
    while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
        rows++;
    CHECK_STATUS(SNOW_DONE, status, error);
    CHECK_NUMBER(75, rows);
    snow_cursor_free(cursor);
}

static void closing_inside_a_callback(void)
{
    char sys_id[64];
    snow_error *error = NULL;
    snow_query *query = snow_query_new(&error);
    snow_export *export;
    start_client();
    attach(sys_id, sizeof sys_id);
    CHECK_STATUS(SNOW_OK, snow_attachment_download_to(client, sys_id, close_from_a_writer, NULL, NULL, &error), error);
    CHECK_STATUS(SNOW_OK, snow_attachment_download_file_with_progress(client, sys_id, "closing.txt", close_from_progress,
                                                                      NULL, NULL, &error), error);
    CHECK(told >= 2);

    export = snow_export_new(client, "incident", NULL, &error);
    CHECK_STATUS(SNOW_OK, snow_export_set_progress_callback(export, close_from_an_export, NULL, NULL, &error), error);
    told = 0;
    read_all(snow_export_rows(export, &error));
    CHECK(told > 0);
    snow_export_free(export);

    /* The lines of pages that are fetched ahead are told between two requests of the caller's. */
    CHECK_STATUS(SNOW_OK, snow_query_page_size(query, 10, &error), error);
    CHECK_STATUS(SNOW_OK, snow_set_log_callback(client, SNOW_LOG_INFO, close_from_a_log, NULL, NULL, &error), error);
    told = 0;
    read_all(snow_table_list(client, "incident", query, &error));
    CHECK(told >= 8);
    CHECK_NUMBER(0, snow_client_statistic(client, SNOW_STATISTIC_IN_FLIGHT));
    CHECK_STATUS(SNOW_OK, snow_client_close(client, 60000, &error), error);
    snow_query_free(query);
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

/* A host that keeps a closed client keeps no connection with it. */
static void no_connection_is_left(void)
{
    snow_error *error = NULL;
    int before;
    start_client();
    before = entries("/proc/self/fd");
    snow_record_free(snow_table_first(client, "incident", NULL, &error));
    CHECK(entries("/proc/self/fd") > before);
    CHECK_STATUS(SNOW_OK, snow_client_close(client, 60000, &error), error);
    CHECK_NUMBER(before, entries("/proc/self/fd"));
    snow_client_free(client);
}

int main(void)
{
    calls_that_wait_for_answers();
    a_call_inside_a_callback(send_from_a_reader);
    a_call_inside_a_callback(download_to_a_writer);
    closing_inside_a_callback();
    a_call_that_has_time_comes_to_its_end();
    a_token_file_is_not_written_any_more();
    no_connection_is_left();
    return check_result();
}
