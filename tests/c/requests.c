/*
 * Any call of the REST API, and what an answer holds: for each form that an answer can have, its records
 * and its result; bodies that go and come piece by piece. The instance is SNOW_INSTANCE.
 */
#include "check.h"
#include "clients.h"
#include "control.h"

#include <sys/stat.h>

#define ECHO "/api/x_snow/echo/things"

static const char *instance;
static snow_client *client;
static snow_error *error;

static snow_request *request_of(const char *method, const char *path)
{
    snow_request *request = snow_request_new(method, path, &error);
    CHECK(request != NULL);
    return request;
}

static snow_response *answer_to(snow_request *request)
{
    snow_response *response = snow_client_send(client, request, &error);
    if (!CHECK(response != NULL))
        fprintf(stderr, "    %s\n", snow_error_message(error));
    return response;
}

static void failed(snow_status expected, const void *made)
{
    CHECK(made == NULL);
    CHECK_NUMBER(expected, snow_error_status(error));
    snow_error_free(error);
    error = NULL;
}

static void whatever_is_set_is_sent(void)
{
    const char *methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    size_t i, length;
    for (i = 0; i < sizeof methods / sizeof *methods; i++) {
        snow_request *request = request_of(methods[i], ECHO "/a%2Fb/\xc5\xbc");
        snow_response *response;
        const char *result;
        CHECK_STATUS(SNOW_OK, snow_request_set_param(request, "q", "old", &error), error);
        CHECK_STATUS(SNOW_OK, snow_request_set_param(request, "q", "a=b&c +%\xc3\xa9", &error), error);
        CHECK_STATUS(SNOW_OK, snow_request_set_header(request, "X-Acme", "one", &error), error);
        CHECK_STATUS(SNOW_OK, snow_request_set_header(request, "X-Gone", "one", &error), error);
        CHECK_STATUS(SNOW_OK, snow_request_set_header(request, "x-gone", "", &error), error);
        CHECK_STATUS(SNOW_OK, snow_request_set_body(request, "caf\xc3\xa9", 5, "text/plain", &error),
                     error);
        response = answer_to(request);
        CHECK_NUMBER(200, snow_response_status(response));
        CHECK_TEXT("application/json;charset=UTF-8", snow_response_header(response, "content-TYPE"));
        CHECK(snow_response_header(response, "x-none") == NULL);
        result = snow_response_result(response, &length, &error);
        if (CHECK(result != NULL)) {
            CHECK_NUMBER(strlen(result), length);
            CHECK(strstr(result, methods[i]) != NULL);
            CHECK(strstr(result, "[\"q\",\"a=b&c +%\xc3\xa9\"]") != NULL);
            CHECK(strstr(result, "\"old\"") == NULL);
            CHECK(strstr(result, "\"x-acme\":\"one\"") != NULL);
            CHECK(strstr(result, "x-gone") == NULL);
            CHECK(strstr(result, "\"body\":\"caf\xc3\xa9\"") != NULL);
            CHECK(strstr(result, "\"content-type\":\"text/plain\"") != NULL);
            CHECK(strstr(result, "\"accept\":\"application/json\"") != NULL);
            CHECK(strstr(result, "\"user\":\"admin\"") != NULL);
        }
        snow_response_free(response);
        snow_request_free(request);
    }
}

static void headers_can_be_walked(void)
{
    snow_request *request = request_of("GET", ECHO);
    snow_response *response = answer_to(request);
    size_t count = snow_response_header_count(response), i, seen = 0;
    CHECK(count > 1);
    for (i = 0; i < count; i++) {
        const char *name = snow_response_header_name(response, i);
        CHECK(snow_response_header_value(response, i) != NULL);
        seen += strcmp(name, "content-type") == 0;
    }
    CHECK_NUMBER(1, seen);
    CHECK(snow_response_header_name(response, count) == NULL);
    CHECK(snow_response_header_value(response, count) == NULL);
    snow_response_free(response);
    snow_request_free(request);
}

static void a_query_and_a_record_go_along(void)
{
    snow_query *query = snow_query_new(&error);
    snow_record *record = snow_record_new(&error);
    snow_request *request = request_of("GET", "/api/now/table/incident");
    snow_response *response;
    size_t count = 0;
    snow_query_where(query, "active", SNOW_EQ, "true", &error);
    snow_query_order_by(query, "number", &error);
    snow_query_fields(query, "number,sys_id", &error);
    snow_query_limit(query, 2, &error);
    snow_query_offset(query, 1, &error);
    CHECK_STATUS(SNOW_OK, snow_request_set_query(request, query, &error), error);
    response = answer_to(request);
    CHECK_STATUS(SNOW_OK, snow_response_record_count(response, &count, &error), error);
    CHECK_NUMBER(2, count);
    CHECK_NUMBER(2, snow_record_field_count(snow_response_record(response, 0, &error)));
    CHECK(strcmp(snow_record_get(snow_response_record(response, 0, &error), "number", NULL),
                 snow_record_get(snow_response_record(response, 1, &error), "number", NULL)) < 0);
    failed(SNOW_NOT_FOUND, snow_response_record(response, 2, &error));
    failed(SNOW_MULTIPLE, snow_response_one(response, &error));
    snow_response_free(response);

    /* A parameter of the caller's stays beside another query, and those of the query before go. */
    CHECK_STATUS(SNOW_OK, snow_request_set_param(request, "sysparm_fields", "short_description", &error), error);
    snow_query_free(query);
    query = snow_query_new(&error);
    snow_query_limit(query, 3, &error);
    CHECK_STATUS(SNOW_OK, snow_request_set_query(request, query, &error), error);
    response = answer_to(request);
    CHECK_STATUS(SNOW_OK, snow_response_record_count(response, &count, &error), error);
    CHECK_NUMBER(3, count);
    CHECK_NUMBER(1, snow_record_field_count(snow_response_record(response, 0, &error)));
    snow_response_free(response);
    snow_request_free(request);

    snow_record_set(record, "short_description", "by request", &error);
    request = request_of("POST", "/api/now/table/incident");
    CHECK_STATUS(SNOW_OK, snow_request_set_record(request, record, &error), error);
    response = answer_to(request);
    CHECK_NUMBER(201, snow_response_status(response));
    CHECK_TEXT("by request",
               snow_record_get(snow_response_one(response, &error), "short_description", NULL));
    /* The record stays while the response does, whatever else is asked for. */
    CHECK(snow_response_one(response, &error) == snow_response_record(response, 0, &error));
    snow_response_free(response);
    snow_request_free(request);
    snow_record_free(record);
    snow_query_free(query);
}

/* What an answer holds, by its form. The instance answers word for word. */
static void each_form_of_answer(void)
{
    static const struct form {
        int status;
        const char *body;
        snow_status check, records, one, result;
        size_t count;
    } forms[] = {
        {200, "{\"result\":[]}", SNOW_OK, SNOW_OK, SNOW_NOT_FOUND, SNOW_OK, 0},
        {200, "{\"result\":[{\"a\":\"1\"}]}", SNOW_OK, SNOW_OK, SNOW_OK, SNOW_OK, 1},
        {200, "{\"result\":[{\"a\":\"1\"},{},{}]}", SNOW_OK, SNOW_OK, SNOW_MULTIPLE, SNOW_OK, 3},
        {200, "{\"result\":{\"a\":\"1\"}}", SNOW_OK, SNOW_OK, SNOW_OK, SNOW_OK, 1},
        {200, "{\"result\":{}}", SNOW_OK, SNOW_OK, SNOW_OK, SNOW_OK, 1},
        {200, "{\"result\":null}", SNOW_OK, SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER,
         SNOW_UNEXPECTED_ANSWER, 0},
        {200, "{}", SNOW_OK, SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER, 0},
        {200, "{\"result\":\"hello\"}", SNOW_OK, SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER, SNOW_OK,
         0},
        {200, "{\"result\":{\"a\":\"1\"},\"error\":\"\"}", SNOW_OK, SNOW_OK, SNOW_OK, SNOW_OK, 1},
        {200, "{\"result\":{\"a\":\"1\"},\"error\":[]}", SNOW_OK, SNOW_OK, SNOW_OK, SNOW_OK, 1},
        {200, "{\"error\":\"\",\"records\":[]}", SNOW_OK, SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER,
         SNOW_UNEXPECTED_ANSWER, 0},
        {200, "{\"result\":5}", SNOW_OK, SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER, SNOW_OK, 0},
        {200, "{\"result\":[\"a\",\"b\"]}", SNOW_OK, SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER,
         SNOW_OK, 0},
        {200, "{\"data\":null,\"errors\":[{\"message\":\"no\"}]}", SNOW_OK, SNOW_UNEXPECTED_ANSWER,
         SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER, 0},
        {200, "[{\"a\":", SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER,
         SNOW_UNEXPECTED_ANSWER, 0},
        {200, "it is done", SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER,
         SNOW_UNEXPECTED_ANSWER, 0},
        {200, "[]", SNOW_OK, SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER, 0},
        {200, "", SNOW_OK, SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER, 0},
        {200, "{\"result\":[{\"a\":", SNOW_CUT_BODY, SNOW_CUT_BODY, SNOW_CUT_BODY, SNOW_CUT_BODY, 0},
        {200, "{\"error\":{\"message\":\"no\"},\"status\":\"failure\"}", SNOW_UNEXPECTED_ANSWER,
         SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER, 0},
        {200, "{\"error\":{\"message\":\"Transaction cancelled: too long\"}}", SNOW_TRANSACTION_CANCELLED,
         SNOW_TRANSACTION_CANCELLED, SNOW_TRANSACTION_CANCELLED, SNOW_TRANSACTION_CANCELLED, 0},
        {200, "{\"status\":\"failure\"}", SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER,
         SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER, 0},
        {200, "{\"error\":\"no\"}", SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER,
         SNOW_UNEXPECTED_ANSWER, 0},
        {200, "{\"result\":[{\"a\":\"1\"}],\"error\":{\"message\":\"cut\"}}", SNOW_PARTIAL_RESULT, SNOW_PARTIAL_RESULT,
         SNOW_PARTIAL_RESULT, SNOW_PARTIAL_RESULT, 0},
        {200, "{\"error\":{\"message\":\"cut\"},\"result\":[]}", SNOW_PARTIAL_RESULT, SNOW_PARTIAL_RESULT,
         SNOW_PARTIAL_RESULT, SNOW_PARTIAL_RESULT, 0},
        {202, "", SNOW_OK, SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER, 0},
        {204, "", SNOW_OK, SNOW_OK, SNOW_NOT_FOUND, SNOW_UNEXPECTED_ANSWER, 0},
        {400, "{\"error\":{\"message\":\"bad\"}}", SNOW_BAD_REQUEST, SNOW_BAD_REQUEST, SNOW_BAD_REQUEST,
         SNOW_BAD_REQUEST, 0},
        {403, "", SNOW_FORBIDDEN, SNOW_FORBIDDEN, SNOW_FORBIDDEN, SNOW_FORBIDDEN, 0},
        {404, "{\"error\":{\"message\":\"No Record found\"}}", SNOW_NOT_FOUND, SNOW_NOT_FOUND,
         SNOW_NOT_FOUND, SNOW_NOT_FOUND, 0},
        {418, "", SNOW_HTTP_STATUS, SNOW_HTTP_STATUS, SNOW_HTTP_STATUS, SNOW_HTTP_STATUS, 0},
        {500, "", SNOW_SERVER_ERROR, SNOW_SERVER_ERROR, SNOW_SERVER_ERROR, SNOW_SERVER_ERROR, 0},
    };
    size_t i;
    for (i = 0; i < sizeof forms / sizeof *forms; i++) {
        const struct form *form = &forms[i];
        char order[1024], quoted[512];
        char *to = quoted;
        const char *from;
        snow_request *request = request_of("GET", ECHO);
        snow_response *response;
        snow_status result;
        size_t count = 7;
        for (from = form->body; *from; from++) {
            if (*from == '"')
                *to++ = '\\';
            *to++ = *from;
        }
        *to = '\0';
        snprintf(order, sizeof order,
                 "{\"path\":\"" ECHO "\",\"count\":1,\"fault\":{\"kind\":\"answer\",\"status\":%d,"
                 "\"headers\":[[\"Content-Type\",\"application/json\"]],\"body\":\"%s\"}}",
                 form->status, quoted);
        control_do(instance, "POST", "/-/faults", order);
        check_subject = form->body;
        response = answer_to(request);
        CHECK_NUMBER(form->status, snow_response_status(response));
        CHECK_STATUS(form->check, snow_response_check(response, &error), error);
        if (form->check != SNOW_OK)
            CHECK_NUMBER(form->status, snow_error_http_status(error));
        snow_error_free(error);
        CHECK_STATUS(form->records, snow_response_record_count(response, &count, &error), error);
        snow_error_free(error);
        CHECK_NUMBER(form->count, count);
        CHECK((snow_response_one(response, &error) != NULL) == (form->one == SNOW_OK));
        CHECK_NUMBER(form->one, snow_error_status(error));
        snow_error_free(error);
        result = snow_response_result(response, NULL, &error) ? SNOW_OK : snow_error_status(error);
        CHECK_NUMBER(form->result, result);
        snow_error_free(error);
        error = NULL;
        CHECK_TEXT(form->body, snow_response_body(response, NULL, &error));
        snow_response_free(response);
        snow_request_free(request);
        check_subject = "";
    }
}

#define HIBERNATES "<title>Instance Hibernating page</title><body class='x'>Your instance is hibernating"
#define SIGN_IN "<title>Log in</title><form action='login.do'><input name=\\\"user_password\\\">"
#define REPORT "<title>Report</title><a href='login.do'>out</a> After a service interruption"

/* What is no JSON is a failure, unless the request accepts it, and so is what stands in for an answer. */
static void other_media_types(void)
{
    static const struct form {
        const char *accept, *type, *body;
        /* What the whole answer is, and what one is whose body is on its way. */
        snow_status check, open;
    } forms[] = {
        {"", "text/html", "<p>report</p>", SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER},
        {"application/json", "text/html", "<p>report</p>", SNOW_UNEXPECTED_ANSWER, SNOW_UNEXPECTED_ANSWER},
        {"application/json, */*", "text/html", "<p>report</p>", SNOW_UNEXPECTED_ANSWER,
         SNOW_UNEXPECTED_ANSWER},
        {"text/html", "text/html", "<p>report</p>", SNOW_OK, SNOW_OK},
        {"text/html", "text/html", REPORT, SNOW_OK, SNOW_OK},
        {"*/*", "text/html;charset=UTF-8", REPORT, SNOW_OK, SNOW_OK},
        {"", "text/html", HIBERNATES, SNOW_HIBERNATING, SNOW_HIBERNATING},
        {"application/json;charset=UTF-8", "text/html", HIBERNATES, SNOW_HIBERNATING, SNOW_HIBERNATING},
        {"application/pdf", "text/html", HIBERNATES, SNOW_HIBERNATING, SNOW_HIBERNATING},
        /* A success is not looked into before it is here. */
        {"text/html", "text/html", HIBERNATES, SNOW_HIBERNATING, SNOW_OK},
        {"*/*", "text/html", HIBERNATES, SNOW_HIBERNATING, SNOW_OK},
        {"application/json", "text/html", SIGN_IN, SNOW_LOGIN_PAGE, SNOW_LOGIN_PAGE},
        {"text/html", "text/html", SIGN_IN, SNOW_LOGIN_PAGE, SNOW_OK},
        {"application/json", "text/html", "<h1>Service Interruption</h1>", SNOW_UNAVAILABLE,
         SNOW_UNAVAILABLE},
        {"text/html", "text/html", "<h1>Service Interruption</h1>", SNOW_UNAVAILABLE, SNOW_OK},
        {"", "text/csv", "a,b", SNOW_UNEXPECTED_ANSWER, SNOW_OK},
        {"application/json", "text/csv", "a,b", SNOW_UNEXPECTED_ANSWER, SNOW_OK},
        {"application/json, text/csv", "text/csv", "a,b", SNOW_OK, SNOW_OK},
        {"application/json, */*", "text/csv", "a,b", SNOW_OK, SNOW_OK},
        {"text/csv", "text/plain", "a,b", SNOW_OK, SNOW_OK},
        {"text/csv", "application/json", "{}", SNOW_OK, SNOW_OK},
    };
    size_t i;
    for (i = 0; i < sizeof forms / sizeof *forms; i++) {
        const struct form *form = &forms[i];
        char order[1024], subject[256];
        snow_request *request = request_of("POST", ECHO);
        snow_response *response;
        int again;
        snprintf(order, sizeof order,
                 "{\"path\":\"" ECHO "\",\"count\":2,\"fault\":{\"kind\":\"answer\",\"status\":200,"
                 "\"headers\":[[\"Content-Type\",\"%s\"]],\"body\":\"%s\"}}",
                 form->type, form->body);
        control_do(instance, "POST", "/-/faults", order);
        snprintf(subject, sizeof subject, "%s for %s: %.100s", form->type, form->accept, form->body);
        check_subject = subject;
        CHECK_STATUS(SNOW_OK, snow_request_set_header(request, "Accept", form->accept, &error), error);
        response = answer_to(request);
        CHECK_STATUS(form->check, snow_response_check(response, &error), error);
        snow_error_free(error);
        CHECK(snow_response_body(response, NULL, NULL) != NULL);
        snow_response_free(response);
        response = snow_client_open(client, request, &error);
        /* Asked twice, since the body of a failure is gone after the first time. */
        for (again = 0; CHECK(response != NULL) && again < 2; again++) {
            CHECK_STATUS(form->open, snow_response_check(response, &error), error);
            snow_error_free(error);
        }
        snow_response_free(response);
        snow_request_free(request);
        check_subject = "";
    }
    error = NULL;
}

/* ---- bodies piece by piece ---- */

struct reading {
    size_t left, piece;
    int destroyed, calls_back;
    snow_status result;
};

static int32_t give(void *user_data, void *buffer, size_t size, size_t *count)
{
    struct reading *reading = user_data;
    *count = reading->left < size ? reading->left : size;
    if (*count > reading->piece)
        *count = reading->piece;
    memset(buffer, 'x', *count);
    reading->left -= *count;
    if (reading->calls_back) {
        snow_record *record = snow_table_first(client, "incident", NULL, NULL);
        CHECK(record != NULL);
        snow_record_free(record);
    }
    return reading->result;
}

static void gone(void *user_data)
{
    ((struct reading *)user_data)->destroyed++;
}

static snow_response *sent_from(struct reading *reading, uint64_t length)
{
    snow_request *request = request_of("POST", ECHO);
    snow_response *response;
    CHECK_STATUS(SNOW_OK,
                 snow_request_set_body_reader(request, length, give, reading, gone, "text/plain", &error),
                 error);
    response = snow_client_send(client, request, &error);
    CHECK_NUMBER(1, reading->destroyed);
    if (response) {
        /* It was read out, and is not there a second time. */
        CHECK(snow_client_send(client, request, &error) == NULL);
        CHECK_ARGUMENT("request", error);
        failed(SNOW_INVALID_ARGUMENT, NULL);
    }
    snow_request_free(request);
    CHECK_NUMBER(1, reading->destroyed);
    return response;
}

static void a_body_from_a_callback(void)
{
    static const size_t sizes[] = {0, 1, 131072, 200000};
    size_t i;
    for (i = 0; i < 2 * sizeof sizes / sizeof *sizes; i++) {
        size_t size = sizes[i / 2], length;
        struct reading reading = {size, 70000, 0, i < 2, SNOW_HANDLED};
        snow_response *response = sent_from(&reading, i % 2 ? size : SNOW_LENGTH_UNKNOWN);
        const char *result = snow_response_result(response, &length, &error), *body;
        if (CHECK(result != NULL)) {
            body = strstr(result, "\"body\":\"") + strlen("\"body\":\"");
            CHECK_NUMBER(size, strspn(body, "x"));
            CHECK((strstr(result, "\"transfer-encoding\":\"chunked\"") != NULL) == (i % 2 == 0));
        }
        snow_response_free(response);
    }
}

/* Tells of more than there is room for. */
static int32_t boast(void *user_data, void *buffer, size_t size, size_t *count)
{
    (void)user_data, (void)buffer;
    *count = size + 1;
    return SNOW_HANDLED;
}

static void a_body_that_is_not_what_was_promised(void)
{
    struct reading less = {100000, 70000, 0, 0, SNOW_HANDLED}, more = less, fails = less;
    int before = control_count(instance, ECHO);
    CHECK(sent_from(&less, 100001) == NULL);
    CHECK_ARGUMENT("callback", error);
    failed(SNOW_INVALID_ARGUMENT, NULL);
    CHECK(sent_from(&more, 99999) == NULL);
    CHECK_ARGUMENT("callback", error);
    failed(SNOW_INVALID_ARGUMENT, NULL);
    fails.result = 42;
    fails.destroyed = 0;
    {
        snow_request *request = request_of("POST", ECHO);
        snow_request_set_body_reader(request, 100000, give, &fails, gone, "text/plain", &error);
        CHECK(snow_client_send(client, request, &error) == NULL);
        CHECK_NUMBER(SNOW_CALLBACK_FAILED, snow_error_status(error));
        CHECK_NUMBER(42, snow_error_callback_value(error));
        snow_error_free(error);
        CHECK_STATUS(SNOW_OK, snow_request_set_body_reader(request, SNOW_LENGTH_UNKNOWN, boast, NULL, NULL,
                                                           "text/plain", &error), error);
        CHECK(snow_client_send(client, request, &error) == NULL);
        CHECK_ARGUMENT("callback", error);
        failed(SNOW_INVALID_ARGUMENT, NULL);
        snow_request_free(request);
    }
    /* A torn body is no request: the instance executed none of the four. */
    CHECK_NUMBER(before, control_count(instance, ECHO));
}

static void a_body_from_a_file(const char *directory)
{
    char path[4096];
    FILE *file;
    snow_request *request = request_of("POST", ECHO);
    snow_response *response;
    int again;
    snprintf(path, sizeof path, "%s/body.txt", directory);
    file = fopen(path, "w");
    fputs("from a file", file);
    fclose(file);
    CHECK_STATUS(SNOW_OK, snow_request_set_body_file(request, path, "text/plain", &error), error);
    for (again = 0; again < 2; again++) {
        response = answer_to(request);
        CHECK(strstr(snow_response_result(response, NULL, &error), "\"body\":\"from a file\"") != NULL);
        snow_response_free(response);
    }
    remove(path);
    failed(SNOW_FILE, snow_client_send(client, request, &error));
    CHECK_STATUS(SNOW_OK, snow_request_set_body_file(request, directory, "text/plain", &error), error);
    failed(SNOW_FILE, snow_client_send(client, request, &error));
    /* A pipe that nobody writes to holds up nothing. */
    CHECK_NUMBER(0, mkfifo(path, 0600));
    CHECK_STATUS(SNOW_OK, snow_request_set_body_file(request, path, "text/plain", &error), error);
    failed(SNOW_FILE, snow_client_send(client, request, &error));
    remove(path);
    snow_request_free(request);
}

/* Reads all there is, so many bytes at a time; gives how many came, and how it ended. */
static size_t read_out(snow_response *response, size_t size, snow_status *end)
{
    static char buffer[100000];
    size_t count = 7, total = 0;
    while ((*end = snow_response_read(response, buffer, size, &count, &error)) == SNOW_OK) {
        CHECK(count > 0 && count <= size);
        total += count;
    }
    CHECK_NUMBER(0, count);
    return total;
}

static void an_answer_that_is_read_while_it_comes(void)
{
    static const size_t sizes[] = {100000, 1000, 61};
    snow_request *request = request_of("GET", "/api/now/table/sys_dictionary");
    snow_response *whole;
    size_t length = 0, i;
    snow_status end;
    snow_request_set_param(request, "sysparm_limit", "200", &error);
    whole = answer_to(request);
    CHECK(snow_response_body(whole, &length, &error) != NULL);
    CHECK(length > 50000);
    CHECK_NUMBER(length, read_out(whole, 1000, &end));
    CHECK_NUMBER(SNOW_DONE, end);
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        snow_response *response = snow_client_open(client, request, &error);
        if (!CHECK(response != NULL))
            continue;
        CHECK_NUMBER(200, snow_response_status(response));
        CHECK_STATUS(SNOW_OK, snow_response_check(response, &error), error);
        failed(SNOW_INVALID_ARGUMENT, snow_response_body(response, NULL, &error));
        failed(SNOW_INVALID_ARGUMENT, snow_response_result(response, NULL, &error));
        failed(SNOW_INVALID_ARGUMENT, snow_response_one(response, &error));
        CHECK_NUMBER(length, read_out(response, sizes[i], &end));
        CHECK_NUMBER(SNOW_DONE, end);
        CHECK_NUMBER(0, read_out(response, sizes[i], &end));
        CHECK_NUMBER(SNOW_DONE, end);
        snow_response_free(response);
    }
    snow_response_free(whole);
    snow_request_free(request);
}

static void an_answer_that_is_given_up(void)
{
    snow_request *request = request_of("GET", "/api/now/table/sys_dictionary");
    char buffer[10];
    size_t count;
    int i;
    for (i = 0; i < 3; i++) {
        snow_response *response = snow_client_open(client, request, &error);
        snow_record *record;
        CHECK_STATUS(SNOW_OK, snow_response_read(response, buffer, sizeof buffer, &count, &error), error);
        /* Other calls go on beside it. */
        record = snow_table_first(client, "incident", NULL, &error);
        CHECK(record != NULL);
        snow_record_free(record);
        snow_response_free(response);
    }
    snow_request_free(request);
}

static void an_answer_that_breaks_off(void)
{
    snow_request *request = request_of("GET", "/api/now/table/sys_dictionary");
    snow_response *response;
    snow_status end;
    snow_request_set_param(request, "sysparm_limit", "200", &error);
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"/api/now/table\",\"count\":1,\"fault\":{\"kind\":\"cut\",\"at\":5000}}");
    response = snow_client_open(client, request, &error);
    CHECK_STATUS(SNOW_OK, snow_response_check(response, &error), error);
    CHECK(read_out(response, 1000, &end) > 0);
    CHECK_NUMBER(SNOW_CUT_BODY, end);
    CHECK_NUMBER(200, snow_error_http_status(error));
    CHECK_TEXT("/api/now/table/sys_dictionary", snow_error_path(error));
    snow_error_free(error);
    snow_response_free(response);
    snow_request_free(request);

    /* A refusal is read for its words. */
    request = request_of("GET", "/api/now/table/no_such_table");
    response = snow_client_open(client, request, &error);
    CHECK_NUMBER(400, snow_response_status(response));
    CHECK_STATUS(SNOW_BAD_REQUEST, snow_response_check(response, &error), error);
    CHECK_TEXT("Invalid table no_such_table", snow_error_instance_message(error));
    snow_error_free(error);
    snow_response_free(response);
    snow_request_free(request);
}

/* All that it says has the time of a call, however soon its next piece comes. */
static void a_refusal_that_hardly_comes(void)
{
    snow_request *request = request_of("GET", "/api/now/table/no_such_table");
    snow_response *response;
    CHECK_STATUS(SNOW_OK, snow_request_set_timeout(request, 4000, &error), error);
    /* What is packed comes out all at once. */
    control_do(instance, "PATCH", "/-/settings", "{\"gzip\":false}");
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"/api/now/table\",\"count\":1,"
               "\"fault\":{\"kind\":\"drip\",\"bytes\":1,\"interval_ms\":100}}");
    response = snow_client_open(client, request, &error);
    CHECK_NUMBER(400, snow_response_status(response));
    CHECK_STATUS(SNOW_TIMEOUT, snow_response_check(response, &error), error);
    snow_error_free(error);
    control_do(instance, "PATCH", "/-/settings", "{\"gzip\":true}");
    snow_response_free(response);
    snow_request_free(request);
}

static void a_request_has_its_own_time(void)
{
    snow_request *request = request_of("GET", ECHO);
    CHECK_STATUS(SNOW_OK, snow_request_set_timeout(request, 50, &error), error);
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"" ECHO "\",\"count\":1,\"fault\":{\"kind\":\"stall\"}}");
    failed(SNOW_TIMEOUT, snow_client_send(client, request, &error));
    snow_request_free(request);
}

static void a_closed_client_gives_no_more_pieces(void)
{
    snow_request *request = request_of("GET", "/api/now/table/sys_dictionary");
    snow_response *response = snow_client_open(client, request, &error);
    char buffer[10];
    size_t count;
    CHECK_STATUS(SNOW_OK, snow_client_close(client, 1000, &error), error);
    CHECK_STATUS(SNOW_CLOSED, snow_response_read(response, buffer, sizeof buffer, &count, &error), error);
    snow_error_free(error);
    snow_response_free(response);
    snow_request_free(request);
}

int main(int count, char **arguments)
{
    instance = getenv("SNOW_INSTANCE");
    if (!instance || count != 2)
        return 2;
    client = client_basic(instance, "admin", "admin");
    if (!CHECK(client != NULL))
        return check_result();
    whatever_is_set_is_sent();
    headers_can_be_walked();
    a_query_and_a_record_go_along();
    each_form_of_answer();
    other_media_types();
    a_body_from_a_callback();
    a_body_that_is_not_what_was_promised();
    a_body_from_a_file(arguments[1]);
    an_answer_that_is_read_while_it_comes();
    an_answer_that_is_given_up();
    an_answer_that_breaks_off();
    a_refusal_that_hardly_comes();
    a_request_has_its_own_time();
    a_closed_client_gives_no_more_pieces();
    snow_client_free(client);
    return check_result();
}
