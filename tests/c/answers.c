/*
 * Every form of answer to a read, and what each way to read makes of it: all rows, the first, the one, a
 * record by its key, and a response that is asked itself. The instance SNOW_INSTANCE answers word for word.
 */
#include "check.h"
#include "control.h"

#define PATH "/api/now/table/incident"
#define KEY "0123456789abcdef0123456789abcdef"
#define HIBERNATES "<html><head><title>Instance Hibernating page</title></head><body>" \
                   "<h1>Your instance is hibernating</h1></body></html>"
#define CANCELLED "\"error\":{\"message\":\"Transaction cancelled\",\"detail\":\"too long\"}"

/* What is meant by these in the table below. */
enum {
    OK = SNOW_OK, NONE = SNOW_NOT_FOUND, MANY = SNOW_MULTIPLE, ODD = SNOW_UNEXPECTED_ANSWER,
    CUT = SNOW_CUT_BODY, PART = SNOW_PARTIAL_RESULT, LATE = SNOW_TRANSACTION_CANCELLED,
    HELD = SNOW_NOT_EXECUTED, ASLEEP = SNOW_HIBERNATING, BAD = SNOW_BAD_REQUEST,
    WHO = SNOW_UNAUTHENTICATED, NO = SNOW_FORBIDDEN, RATE = SNOW_RATE_LIMITED,
    BROKEN = SNOW_SERVER_ERROR, AWAY = SNOW_UNAVAILABLE, MOVED = SNOW_REDIRECT
};

static const struct answer {
    int status, total;
    const char *media, *body;
    /* What a list ends with, and how many rows came before; the other ways; a response's count and one. */
    int list, rows, first, one, get, records, response_one;
} answers[] = {
    {200, 0, "json", "{\"result\":[]}", OK, 0, NONE, NONE, ODD, OK, NONE},
    {200, 1, "json", "{\"result\":[{\"a\":\"1\"}]}", OK, 1, OK, OK, ODD, OK, OK},
    {200, 2, "json", "{\"result\":[{\"a\":\"1\"},{\"a\":\"2\"}]}", OK, 2, OK, MANY, ODD, OK, MANY},
    {200, 1, "json", "\xef\xbb\xbf{\"result\":[{\"a\":\"1\"}]}", OK, 1, OK, OK, ODD, OK, OK},
    {200, 1, "json", "{\"result\":{\"a\":\"1\"}}", ODD, 0, ODD, ODD, OK, OK, OK},
    {200, 1, "json", "{\"result\":{}}", ODD, 0, ODD, ODD, OK, OK, OK},
    {200, 1, "json", "{\"result\":null}", ODD, 0, ODD, ODD, ODD, ODD, ODD},
    {200, 1, "json", "{}", ODD, 0, ODD, ODD, ODD, ODD, ODD},
    {200, 1, "json", "{\"result\":\"hello\"}", ODD, 0, ODD, ODD, ODD, ODD, ODD},
    {200, 1, "json", "{\"result\":5}", ODD, 0, ODD, ODD, ODD, ODD, ODD},
    {200, 1, "json", "{\"result\":[\"a\",\"b\"]}", ODD, 0, ODD, ODD, ODD, ODD, ODD},
    {200, 1, "json", "[{\"a\":\"1\"}]", ODD, 0, ODD, ODD, ODD, ODD, ODD},
    {200, 1, "json", "", ODD, 0, ODD, ODD, ODD, ODD, ODD},
    {200, 1, "json", "{" CANCELLED "}", LATE, 0, LATE, LATE, LATE, LATE, LATE},
    {200, 1, "json", "{\"error\":{\"message\":\"no\"}}", ODD, 0, ODD, ODD, ODD, ODD, ODD},
    {200, 1, "json", "{\"error\":\"no\"}", ODD, 0, ODD, ODD, ODD, ODD, ODD},
    {200, 1, "json", "{\"result\":[{\"a\":\"1\"}]," CANCELLED "}", PART, 0, PART, PART, PART, PART, PART},
    {200, 1, "json", "{" CANCELLED ",\"result\":[{\"a\":\"1\"}]}", PART, 0, PART, PART, PART, PART, PART},
    {200, 1, "json", "{\"result\":[{\"a\":\"1\"},", CUT, 0, CUT, CUT, CUT, CUT, CUT},
    {200, 1, "html", "<html><body>Welcome</body></html>", ODD, 0, ODD, ODD, ODD, ODD, ODD},
    {200, 1, "html", HIBERNATES, ASLEEP, 0, ASLEEP, ASLEEP, ASLEEP, ASLEEP, ASLEEP},
    {202, 0, "json", "", HELD, 0, HELD, HELD, HELD, HELD, HELD},
    {204, 0, "json", "", ODD, 0, ODD, ODD, ODD, OK, NONE},
    {302, 0, "html", "<html><body>Found</body></html>", MOVED, 0, MOVED, MOVED, MOVED, MOVED, MOVED},
    {400, 0, "json", "{\"error\":{\"message\":\"Invalid table\"}}", BAD, 0, BAD, BAD, BAD, BAD, BAD},
    {401, 0, "json", "{\"error\":{\"message\":\"User Not Authenticated\"}}", WHO, 0, WHO, WHO, WHO, WHO, WHO},
    {403, 0, "json", "", NO, 0, NO, NO, NO, NO, NO},
    {404, 0, "json", "{\"error\":{\"message\":\"No Record found\"}}", NONE, 0, NONE, NONE, NONE, NONE, NONE},
    {429, 0, "json", "", RATE, 0, RATE, RATE, RATE, RATE, RATE},
    {500, 0, "html", "<html></html>", BROKEN, 0, BROKEN, BROKEN, BROKEN, BROKEN, BROKEN},
    {503, 0, "html", "<html></html>", AWAY, 0, AWAY, AWAY, AWAY, AWAY, AWAY},
};

static const char *instance;
static snow_client *client;
static const struct answer *answer;

/* The status of a call, and whether its error tells what the instance said. */
static void gives(int expected, const void *made, snow_error *error, int is_answer, int line)
{
    check_number(expected, snow_error_status(error), "the status", __FILE__, line);
    check_that((made != NULL) == (expected == SNOW_OK), "a record, or an error", __FILE__, line);
    if (expected != SNOW_OK && is_answer) {
        const char *words = strstr(answer->body, "\"message\":\"");
        const char *said = snow_error_instance_message(error);
        check_number(answer->status, snow_error_http_status(error), "HTTP status", __FILE__, line);
        check_text("GET", snow_error_method(error), "the method", __FILE__, line);
        /* What the instance said is there, whatever came with it. */
        if (words)
            check_that(said && strncmp(words + 11, said, strlen(said)) == 0, "its words", __FILE__, line);
    }
    snow_error_free(error);
}

static void tell_the_instance(void)
{
    char order[1024], quoted[512], *to = quoted;
    const char *from;
    for (from = answer->body; *from; from++) {
        if (*from == '"')
            *to++ = '\\';
        *to++ = *from;
    }
    *to = '\0';
    snprintf(order, sizeof order,
             "{\"path\":\"" PATH "\",\"count\":0,\"fault\":{\"kind\":\"answer\",\"status\":%d,\"headers\":"
             "[[\"Content-Type\",\"%s\"],[\"X-Total-Count\",\"%d\"]],\"body\":\"%s\"}}",
             answer->status, strcmp(answer->media, "json") ? "text/html" : "application/json",
             answer->total, quoted);
    control_do(instance, "DELETE", "/-/faults", "");
    control_do(instance, "POST", "/-/faults", order);
}

static void all_rows(void)
{
    const snow_record *row;
    snow_error *error = NULL;
    snow_status status;
    int rows = 0;
    snow_cursor *cursor = snow_table_list(client, "incident", NULL, NULL);
    while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
        rows++;
    CHECK_NUMBER(answer->rows, rows);
    if (answer->list == SNOW_OK)
        CHECK_NUMBER(answer->total, snow_cursor_total(cursor));
    CHECK_STATUS(answer->list == SNOW_OK ? SNOW_DONE : answer->list, status, error);
    gives(answer->list, answer->list == SNOW_OK ? cursor : NULL, error, 1, __LINE__);
    snow_cursor_free(cursor);
}

static void one_record(void)
{
    /* That no row matches, or more than one, is no answer of the instance's. */
    const int said_first = answer->first != NONE || answer->status == 404;
    const int said_one = (answer->one != NONE || answer->status == 404) && answer->one != MANY;
    snow_error *error;
    snow_record *record = snow_table_first(client, "incident", NULL, &error);
    gives(answer->first, record, error, said_first, __LINE__);
    snow_record_free(record);
    record = snow_table_one(client, "incident", NULL, &error);
    gives(answer->one, record, error, said_one, __LINE__);
    snow_record_free(record);
    record = snow_table_get(client, "incident", KEY, NULL, &error);
    gives(answer->get, record, error, 1, __LINE__);
    snow_record_free(record);
}

static void a_response(void)
{
    snow_error *error;
    size_t count = 7;
    snow_request *request = snow_request_new("GET", PATH, NULL);
    snow_response *response = snow_client_send(client, request, &error);
    if (CHECK(response != NULL)) {
        const int said = answer->records != SNOW_OK;
        CHECK_NUMBER(answer->status, snow_response_status(response));
        CHECK_TEXT(answer->total == 2 ? "2" : answer->total ? "1" : "0",
                   snow_response_header(response, "X-Total-Count"));
        snow_response_record_count(response, &count, &error);
        gives(answer->records, answer->records == SNOW_OK ? response : NULL, error, said, __LINE__);
        CHECK_NUMBER(answer->records == SNOW_OK ? answer->total : 0, count);
        if (answer->records == SNOW_OK && answer->status == 200) {
            const char *said_there = strstr(answer->body, "\"result\":") + strlen("\"result\":");
            size_t length = 0;
            const char *result = snow_response_result(response, &length, &error);
            CHECK_STATUS(SNOW_OK, snow_error_status(error), error);
            CHECK_NUMBER(strlen(said_there) - 1, length);
            CHECK(result && memcmp(said_there, result, length) == 0);
        }
        {
            const snow_record *one = snow_response_one(response, &error);
            gives(answer->response_one, one, error, said, __LINE__);
        }
    }
    snow_error_free(response ? NULL : error);
    snow_response_free(response);
    snow_request_free(request);
}

int main(void)
{
    size_t i;
    snow_session *session = snow_session_new(NULL);
    instance = getenv("SNOW_INSTANCE");
    snow_session_set_basic_auth(session, "admin", "admin", NULL);
    snow_session_set_retry(session, 0, 1000, NULL);
    client = snow_client_new(instance, session, NULL);
    snow_session_free(session);
    CHECK(client != NULL);
    for (i = 0; i < sizeof answers / sizeof *answers; i++) {
        char subject[160];
        answer = &answers[i];
        snprintf(subject, sizeof subject, "%d %.140s", answer->status, answer->body);
        check_subject = subject;
        tell_the_instance();
        all_rows();
        one_record();
        a_response();
        check_subject = "";
    }
    snow_client_free(client);
    return check_result();
}
