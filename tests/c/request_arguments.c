/*
 * What a caller can get wrong with requests and their answers. The instance is SNOW_INSTANCE, and is
 * sent nothing but the one request whose answer is asked.
 */
#include "check.h"
#include "refusal.h"


static snow_client *client;
static snow_request *request;
static snow_response *response;
static int destroyed;

static int32_t never(void *user_data, void *buffer, size_t size, size_t *count)
{
    (void)user_data, (void)buffer, (void)size, (void)count;
    CHECK(!"the body of a request that is never sent is not read");
    return 0;
}

static void null(void)
{
    const snow_status null = SNOW_NULL_ARGUMENT;
    char buffer[8];
    size_t count = 7, length = 1;
    MAKES_NOTHING(null, "method", snow_request_new(NULL, "/api", where));
    MAKES_NOTHING(null, "path", snow_request_new("GET", NULL, where));
    REFUSES(null, "request", snow_request_set_param(NULL, "a", "b", where));
    REFUSES(null, "name", snow_request_set_param(request, NULL, "b", where));
    REFUSES(null, "value", snow_request_set_param(request, "a", NULL, where));
    REFUSES(null, "query", snow_request_set_query(request, NULL, where));
    REFUSES(null, "request", snow_request_set_header(NULL, "a", "b", where));
    REFUSES(null, "name", snow_request_set_header(request, NULL, "b", where));
    REFUSES(null, "value", snow_request_set_header(request, "a", NULL, where));
    REFUSES(null, "request", snow_request_set_body(NULL, "a", 1, "text/plain", where));
    REFUSES(null, "body", snow_request_set_body(request, NULL, 1, "text/plain", where));
    REFUSES(null, "content_type", snow_request_set_body(request, "a", 1, NULL, where));
    REFUSES(null, "record", snow_request_set_record(request, NULL, where));
    REFUSES(null, "request", snow_request_set_body_file(NULL, "a", "text/plain", where));
    REFUSES(null, "path", snow_request_set_body_file(request, NULL, "text/plain", where));
    REFUSES(null, "content_type", snow_request_set_body_file(request, "a", NULL, where));
    REFUSES(null, "request", snow_request_set_timeout(NULL, 1, where));
    MAKES_NOTHING(null, "client", snow_client_send(NULL, request, where));
    MAKES_NOTHING(null, "request", snow_client_send(client, NULL, where));
    MAKES_NOTHING(null, "client", snow_client_open(NULL, request, where));
    MAKES_NOTHING(null, "request", snow_client_open(client, NULL, where));

    CHECK_NUMBER(0, snow_response_status(NULL));
    CHECK(snow_response_header(NULL, "a") == NULL);
    CHECK(snow_response_header(response, NULL) == NULL);
    CHECK_NUMBER(0, snow_response_header_count(NULL));
    CHECK(snow_response_header_name(NULL, 0) == NULL);
    CHECK(snow_response_header_value(NULL, 0) == NULL);
    REFUSES(null, "response", snow_response_check(NULL, where));
    MAKES_NOTHING(null, "response", snow_response_body(NULL, &length, where));
    CHECK_NUMBER(0, length);
    length = 1;
    MAKES_NOTHING(null, "response", snow_response_result(NULL, &length, where));
    CHECK_NUMBER(0, length);
    MAKES_NOTHING(null, "response", snow_response_record(NULL, 0, where));
    MAKES_NOTHING(null, "response", snow_response_one(NULL, where));
    REFUSES(null, "response", snow_response_record_count(NULL, &count, where));
    CHECK_NUMBER(0, count);
    REFUSES(null, "count", snow_response_record_count(response, NULL, where));
    REFUSES(null, "response", snow_response_read(NULL, buffer, 1, &count, where));
    REFUSES(null, "buffer", snow_response_read(response, NULL, 1, &count, where));
    REFUSES(null, "count", snow_response_read(response, buffer, 1, NULL, where));
    REFUSES(SNOW_INVALID_ARGUMENT, "size", snow_response_read(response, buffer, 0, &count, where));
    snow_request_free(NULL);
    snow_response_free(NULL);
}

static void a_reader_that_is_refused_is_destroyed(void)
{
    const snow_status null = SNOW_NULL_ARGUMENT;
    REFUSES(null, "request",
            snow_request_set_body_reader(NULL, 0, never, &destroyed, count_destroyed, "a/b", where));
    REFUSES(null, "callback",
            snow_request_set_body_reader(request, 0, NULL, &destroyed, count_destroyed, "a/b", where));
    REFUSES(null, "content_type",
            snow_request_set_body_reader(request, 0, never, &destroyed, count_destroyed, NULL, where));
    REFUSES(SNOW_INVALID_ARGUMENT, "content_type",
            snow_request_set_body_reader(request, 0, never, &destroyed, count_destroyed, "", where));
    CHECK_NUMBER(8, destroyed);
    /* Another body takes its place. */
    SUCCEEDS(snow_request_set_body_reader(request, 0, never, &destroyed, count_destroyed, "a/b", where));
    CHECK_NUMBER(8, destroyed);
    SUCCEEDS(snow_request_set_body(request, "x", 1, "text/plain", where));
    CHECK_NUMBER(9, destroyed);
}

static void bad_utf8(void)
{
    const snow_status bad = SNOW_INVALID_UTF8;
    MAKES_NOTHING(bad, "method", snow_request_new(BAD, "/api", where));
    MAKES_NOTHING(bad, "path", snow_request_new("GET", BAD, where));
    REFUSES(bad, "name", snow_request_set_param(request, BAD, "b", where));
    REFUSES(bad, "value", snow_request_set_param(request, "a", BAD, where));
    REFUSES(bad, "name", snow_request_set_header(request, BAD, "b", where));
    REFUSES(bad, "value", snow_request_set_header(request, "a", BAD, where));
    REFUSES(bad, "content_type", snow_request_set_body(request, "a", 1, BAD, where));
    REFUSES(bad, "path", snow_request_set_body_file(request, BAD, "text/plain", where));
    CHECK(snow_response_header(response, BAD) == NULL);
}

static void values(void)
{
    static const char *const no_methods[] = {"", "GE T", "CONNECT", "TRACE", "G\xc3\x89T",
                                             "get", "Get", "dELETE"};
    static const char *const no_paths[] = {"",         "api/now", "//evil.example/x",
                                           "/api//x",  "/a?b=c",  "/a#b",
                                           "/a/../b",  "/a/%2e%2E", "https://evil.example/",
                                           "/a\\..\\b", "/a\nb"};
    static const char *const ours[] = {"Authorization", "HOST", "content-length", "Connection",
                                       "Transfer-Encoding", "Accept-Encoding", "X-SN-ApiKey",
                                       "Proxy-Authorization", "Expect", "Keep-Alive", "TE",
                                       "Trailer", "Upgrade"};
    const snow_status invalid = SNOW_INVALID_ARGUMENT;
    snow_request *post, *put, *crowded = snow_request_new("GET", "/api", where);
    char many[32];
    size_t i;
    for (i = 0; i < sizeof no_methods / sizeof *no_methods; i++)
        MAKES_NOTHING(invalid, "method", snow_request_new(no_methods[i], "/api", where));
    for (i = 0; i < sizeof no_paths / sizeof *no_paths; i++)
        MAKES_NOTHING(invalid, "path", snow_request_new("GET", no_paths[i], where));
    for (i = 0; i < sizeof ours / sizeof *ours; i++)
        REFUSES(invalid, "name", snow_request_set_header(request, ours[i], "x", where));
    REFUSES(invalid, "name", snow_request_set_param(request, "", "x", where));
    REFUSES(invalid, "name", snow_request_set_header(request, "x name", "x", where));
    /* No server takes as many headers as there can be names. */
    for (i = 0; i < 1000; i++) {
        snprintf(many, sizeof many, "x-%zu", i);
        SUCCEEDS(snow_request_set_header(crowded, many, "x", where));
    }
    REFUSES(invalid, "name", snow_request_set_header(crowded, "x-1000", "x", where));
    SUCCEEDS(snow_request_set_header(crowded, "X-999", "y", where));
    SUCCEEDS(snow_request_set_header(crowded, "x-998", "", where));
    SUCCEEDS(snow_request_set_header(crowded, "x-1000", "x", where));
    snow_request_free(crowded);
    post = snow_request_new("POST", "/api", where);
    put = snow_request_new("PUT", "/api", where);
    SUCCEEDS(snow_request_set_header(post, "X-HTTP-Method-Override", "PATCH", where));
    REFUSES(invalid, "name", snow_request_set_header(put, "X-HTTP-Method-Override", "PATCH", where));
    snow_request_free(post);
    snow_request_free(put);
    REFUSES(invalid, "value", snow_request_set_header(request, "x-name", "a\r\nb: c", where));
    REFUSES(invalid, "content_type", snow_request_set_body(request, "a", 1, "", where));
    REFUSES(invalid, "content_type", snow_request_set_body(request, "a", 1, "a\nb", where));
    REFUSES(invalid, "path", snow_request_set_body_file(request, "", "text/plain", where));
    REFUSES(invalid, "timeout_ms", snow_request_set_timeout(request, 0, where));
}

/* A URL can be longer than any that is sent; what it is made of is looked at when it is. */
static void a_url_that_is_too_long(void)
{
    static char value[70000];
    snow_request *long_one = snow_request_new("GET", "/api", where);
    memset(value, 'a', sizeof value - 1);
    SUCCEEDS(snow_request_set_param(long_one, "a", value, where));
    begin(&error);
    CHECK(snow_client_send(client, long_one, where) == NULL);
    CHECK_NUMBER(SNOW_INVALID_ARGUMENT, snow_error_status(error));
    check_argument("request", snow_error_message(error), __FILE__, __LINE__);
    CHECK(strstr(snow_error_message(error), "ask with fewer values") != NULL);
    snow_error_free(error);
    snow_request_free(long_one);
}

static void handles_of_another_kind(void)
{
    const snow_status handle = SNOW_INVALID_HANDLE;
    REFUSES(handle, "request", snow_request_set_timeout((snow_request *)client, 1, where));
    REFUSES(handle, "response", snow_response_check((snow_response *)request, where));
    MAKES_NOTHING(handle, "request", snow_client_send(client, (snow_request *)response, where));
}

int main(void)
{
    const char *instance = getenv("SNOW_INSTANCE");
    if (!instance)
        return 2;
    begin(&error);
    client = snow_client_new_basic(instance, "admin", "admin", where);
    request = snow_request_new("GET", "/api/now/table/incident", where);
    CHECK(request && !error);
    response = snow_client_send(client, request, where);
    if (!CHECK(response != NULL))
        return check_result();
    null();
    a_reader_that_is_refused_is_destroyed();
    bad_utf8();
    values();
    a_url_that_is_too_long();
    handles_of_another_kind();
    CHECK_NUMBER(1, control_count(instance, "/"));
    snow_response_free(response);
    snow_request_free(request);
    snow_client_free(client);
    return check_result();
}
