/*
 * What is made again and what is not, how long it waits for that, and how many calls go at once. For each
 * point at which a connection can break, whether a write may have happened. The instance is SNOW_INSTANCE.
 */
#include "check.h"
#include "clients.h"
#include "control.h"

#include <poll.h>
#include <pthread.h>

#define TABLE "/api/now/table/incident"
#define ECHO "/api/x_snow/echo/all"

static const char *instance;
static snow_client *client;
static snow_error *error;
static char sys_id[33];

static void arm(const char *method, int count, const char *fault)
{
    char order[1024];
    snprintf(order, sizeof order, "{\"path\":\"" TABLE "\",\"method\":\"%s\",\"count\":%d,\"fault\":%s}",
             method, count, fault);
    control_do(instance, "DELETE", "/-/faults", "");
    control_do(instance, "DELETE", "/-/requests", "");
    control_do(instance, "POST", "/-/faults", order);
}

/* A call of this method; gives its status. */
static snow_status call(snow_client *by, const char *method)
{
    snow_record *fields = snow_record_new(NULL), *made = NULL;
    snow_record_set(fields, "short_description", "made again or not", NULL);
    if (strcmp(method, "GET") == 0)
        made = snow_table_get(by, "incident", sys_id, NULL, &error);
    if (strcmp(method, "POST") == 0)
        made = snow_table_create(by, "incident", fields, NULL, &error);
    if (strcmp(method, "PUT") == 0)
        made = snow_table_replace(by, "incident", sys_id, fields, NULL, &error);
    if (strcmp(method, "PATCH") == 0)
        made = snow_table_update(by, "incident", sys_id, fields, NULL, &error);
    snow_record_free(fields);
    snow_record_free(made);
    return snow_error_status(error);
}

static void what_is_made_again(void)
{
    static const struct {
        const char *fault;
        /* For GET, PUT, PATCH, POST: how many requests it takes; 1 where it is not made again. */
        int requests[4];
    } faults[] = {
        {"{\"kind\":\"rate_limited\"}", {2, 2, 2, 2}},
        {"{\"kind\":\"rate_limited\",\"retry_after\":\"0\"}", {2, 2, 2, 2}},
        {"{\"kind\":\"not_executed\"}", {2, 2, 2, 2}},
        {"{\"kind\":\"outage\"}", {2, 1, 1, 1}},
        {"{\"kind\":\"gateway\",\"status\":503}", {2, 1, 1, 1}},
        {"{\"kind\":\"reset_before\"}", {2, 1, 1, 1}},
        {"{\"kind\":\"reset_after\"}", {2, 1, 1, 1}},
        {"{\"kind\":\"commit_then_cancelled\"}", {2, 1, 1, 1}},
        {"{\"kind\":\"cut\",\"at\":10}", {2, 1, 1, 1}},
        {"{\"kind\":\"hibernating\"}", {1, 1, 1, 1}},
        {"{\"kind\":\"login_page\"}", {1, 1, 1, 1}},
        {"{\"kind\":\"unauthorized\"}", {1, 1, 1, 1}},
        {"{\"kind\":\"answer\",\"status\":500,\"body\":\"\"}", {1, 1, 1, 1}},
        {"{\"kind\":\"answer\",\"status\":403,\"body\":\"\"}", {1, 1, 1, 1}},
    };
    static const char *const methods[] = {"GET", "PUT", "PATCH", "POST"};
    size_t i, j;
    for (i = 0; i < sizeof faults / sizeof *faults; i++)
        for (j = 0; j < sizeof methods / sizeof *methods; j++) {
            char subject[256];
            int again = faults[i].requests[j] > 1;
            snprintf(subject, sizeof subject, "%s of %s", methods[j], faults[i].fault);
            arm(methods[j], 1, faults[i].fault);
            check_subject = subject;
            CHECK((call(client, methods[j]) == SNOW_OK) == again);
            snow_error_free(error);
            CHECK_NUMBER(faults[i].requests[j], control_count(instance, TABLE));
            check_subject = "";
        }
    /* A list that ends in an error is asked for again, and none of its rows comes twice. */
    {
        snow_cursor *cursor = snow_table_list(client, "incident", NULL, &error);
        const snow_record *row;
        uint64_t rows = 0, count = 0;
        CHECK_STATUS(SNOW_OK, snow_table_count(client, "incident", NULL, &count, &error), error);
        arm("GET", 1, "{\"kind\":\"partial\",\"variant\":\"a\",\"rows\":5}");
        while (snow_cursor_next(cursor, &row, &error) == SNOW_OK)
            rows++;
        CHECK_NUMBER(SNOW_OK, snow_error_status(error));
        CHECK_NUMBER(count, rows);
        snow_cursor_free(cursor);
    }
}

/* A deletion is made again too where its answer comes and cannot be read. */
static void a_deletion_whose_answer_is_none(void)
{
    static const char *const faults[] = {
        "{\"kind\":\"answer\",\"status\":200,\"body\":\"{\\\"result\\\":\"}",
        "{\"kind\":\"answer\",\"status\":200,\"body\":"
        "\"{\\\"error\\\":{\\\"message\\\":\\\"Transaction cancelled\\\"}}\"}",
    };
    size_t i;
    for (i = 0; i < sizeof faults / sizeof *faults; i++) {
        snow_record *fields = snow_record_new(&error), *made;
        check_subject = faults[i];
        made = snow_table_create(client, "incident", fields, NULL, &error);
        arm("DELETE", 1, faults[i]);
        CHECK_STATUS(SNOW_OK,
                     snow_table_delete(client, "incident", snow_record_get(made, "sys_id", NULL), NULL, &error),
                     error);
        CHECK_NUMBER(2, control_count(instance, TABLE));
        snow_record_free(made);
        snow_record_free(fields);
        check_subject = "";
    }
}

/* What is said in a journal is there once, by PUT as by PATCH, and the error tells that it may be there. */
static void what_is_said_once(void)
{
    static const char *const faults[] = {
        "{\"kind\":\"reset_after\"}",
        "{\"kind\":\"commit_then_cancelled\"}",
        "{\"kind\":\"cut\",\"at\":20}",
    };
    char of_record[64];
    snow_query *entries = snow_query_new(&error);
    snow_record *comment = snow_record_new(&error), *made;
    size_t i;
    int is_put;
    snprintf(of_record, sizeof of_record, "element_id=%s", sys_id);
    CHECK_STATUS(SNOW_OK, snow_query_raw(entries, of_record, &error), error);
    snow_record_set(comment, "work_notes", "once", &error);
    for (i = 0; i < sizeof faults / sizeof *faults; i++)
        for (is_put = 0; is_put < 2; is_put++) {
            uint64_t before, after;
            check_subject = faults[i];
            CHECK_STATUS(SNOW_OK, snow_table_count(client, "sys_journal_field", entries, &before, &error), error);
            arm(is_put ? "PUT" : "PATCH", 1, faults[i]);
            made = is_put ? snow_table_replace(client, "incident", sys_id, comment, NULL, &error)
                          : snow_table_update(client, "incident", sys_id, comment, NULL, &error);
            CHECK(made == NULL);
            CHECK(snow_error_maybe_applied(error) && !snow_error_is_retryable(error));
            snow_error_free(error);
            CHECK_STATUS(SNOW_OK, snow_table_count(client, "sys_journal_field", entries, &after, &error), error);
            CHECK_NUMBER(before + 1, after);
            check_subject = "";
        }
    snow_record_free(comment);
    snow_query_free(entries);
}

/* What a scripted API does with a PUT is not known. */
static void a_put_of_a_scripted_api(void)
{
    snow_request *request = snow_request_new("PUT", ECHO, &error);
    CHECK_STATUS(SNOW_OK, snow_request_set_body(request, "{}", 2, "application/json", &error), error);
    control_do(instance, "DELETE", "/-/faults", "");
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"" ECHO "\",\"count\":1,\"fault\":{\"kind\":\"reset_after\"}}");
    CHECK(snow_client_send(client, request, &error) == NULL);
    CHECK_NUMBER(SNOW_NETWORK, snow_error_status(error));
    CHECK(snow_error_maybe_applied(error) && !snow_error_is_retryable(error));
    snow_error_free(error);
    CHECK_NUMBER(1, control_count(instance, ECHO));
    snow_request_free(request);
}

static snow_client *client_with(uint32_t retries, uint32_t max_wait_ms, uint32_t total_ms)
{
    snow_session *session = snow_session_new(&error);
    snow_client *made;
    snow_session_set_basic_auth(session, "admin", "admin", &error);
    CHECK_STATUS(SNOW_OK, snow_session_set_retry(session, retries, max_wait_ms, &error), error);
    CHECK_STATUS(SNOW_OK, snow_session_set_timeouts(session, 30000, total_ms, &error), error);
    made = snow_client_new(instance, session, &error);
    snow_session_free(session);
    return made;
}

static void how_often_at_most(void)
{
    static const uint32_t retries[] = {0, 1, 3, 6};
    size_t i;
    for (i = 0; i < sizeof retries / sizeof *retries; i++) {
        snow_client *some = client_with(retries[i], 1, 120000);
        arm("GET", 0, "{\"kind\":\"not_executed\"}");
        CHECK_NUMBER(SNOW_NOT_EXECUTED, call(some, "GET"));
        CHECK(snow_error_is_retryable(error));
        snow_error_free(error);
        CHECK_NUMBER(retries[i] + 1, control_count(instance, TABLE));
        snow_client_free(some);
    }
    /* A transaction that was cancelled for its length, once. */
    {
        snow_client *some = client_with(6, 1, 120000);
        arm("GET", 0, "{\"kind\":\"cancelled\"}");
        CHECK_NUMBER(SNOW_TRANSACTION_CANCELLED, call(some, "GET"));
        snow_error_free(error);
        CHECK_NUMBER(2, control_count(instance, TABLE));
        snow_client_free(some);
    }
}

/* A wait that is longer than the limit, or than the time that is left, is not begun. */
static void waits_that_are_too_long(void)
{
    static const char *const headers[] = {
        "[[\"Retry-After\",\"31\"]]",
        "[[\"Retry-After\",\"Fri, 01 Jan 2100 00:00:00 GMT\"]]",
        "[[\"X-RateLimit-Reset\",\"4102444800\"]]",
    };
    snow_client *hasty = client_with(3, 30000, 5000);
    size_t i;
    for (i = 0; i < sizeof headers / sizeof *headers; i++) {
        char fault[256];
        snprintf(fault, sizeof fault, "{\"kind\":\"answer\",\"status\":429,\"headers\":%s,\"body\":\"\"}",
                 headers[i]);
        arm("GET", 0, fault);
        check_subject = headers[i];
        CHECK_NUMBER(SNOW_RATE_LIMITED, call(client, "GET"));
        CHECK(snow_error_retry_after_ms(error) > 30000);
        snow_error_free(error);
        CHECK_NUMBER(1, control_count(instance, TABLE));
        check_subject = "";
    }
    arm("GET", 0, "{\"kind\":\"rate_limited\",\"retry_after\":\"10\"}");
    CHECK_NUMBER(SNOW_RATE_LIMITED, call(hasty, "GET"));
    CHECK_NUMBER(10000, snow_error_retry_after_ms(error));
    snow_error_free(error);
    CHECK_NUMBER(1, control_count(instance, TABLE));
    snow_client_free(hasty);
}

/* A moment is told by the instance's clock, whatever this machine's shows. */
static void moments_are_of_the_instances_clock(void)
{
#define AHEAD "[\"Date\",\"Fri, 01 Jan 2100 00:00:00 GMT\"]"
#define BEHIND "[\"Date\",\"Thu, 01 Jan 2015 00:00:00 GMT\"]"
    static const struct {
        const char *headers;
        int64_t wait_ms;
    } told[] = {
        {"[" AHEAD ",[\"Retry-After\",\"Fri, 01 Jan 2100 00:00:05 GMT\"]]", 5000},
        {"[" AHEAD ",[\"X-RateLimit-Reset\",\"4102444805\"]]", 5000},
        {"[" BEHIND ",[\"Retry-After\",\"Thu, 01 Jan 2015 00:00:05 GMT\"]]", 5000},
        {"[" BEHIND ",[\"X-RateLimit-Reset\",\"1420070405\"]]", 5000},
        {"[" BEHIND ",[\"Retry-After\",\"7\"]]", 7000},
        {"[[\"Date\",\"today\"],[\"Retry-After\",\"Thu, 01 Jan 2015 00:00:05 GMT\"]]", 0},
    };
    snow_client *once = client_with(0, 30000, 30000);
    size_t i;
    for (i = 0; i < sizeof told / sizeof *told; i++) {
        char fault[256];
        snprintf(fault, sizeof fault, "{\"kind\":\"answer\",\"status\":429,\"headers\":%s,\"body\":\"\"}",
                 told[i].headers);
        arm("GET", 1, fault);
        check_subject = told[i].headers;
        CHECK_NUMBER(SNOW_RATE_LIMITED, call(once, "GET"));
        CHECK_NUMBER(told[i].wait_ms, snow_error_retry_after_ms(error));
        snow_error_free(error);
        check_subject = "";
    }
    snow_client_free(once);
}

static void *cancel_when_it_waits(void *cursor)
{
    while (control_count(instance, TABLE) == 0)
        poll(NULL, 0, 1);
    CHECK_NUMBER(SNOW_OK, snow_cursor_cancel(cursor, NULL));
    return NULL;
}

/* So many requests there are then. */
static int made_before_it_waits = 1;

static void *close_when_it_waits(void *some)
{
    while (control_count(instance, TABLE) < made_before_it_waits)
        poll(NULL, 0, 1);
    CHECK_NUMBER(SNOW_TIMEOUT, snow_client_close(some, 0, NULL));
    return NULL;
}

static void a_wait_can_be_ended(void)
{
    snow_client *some = client_with(3, 30000, 120000);
    const snow_record *row;
    snow_cursor *cursor = snow_table_list(some, "incident", NULL, &error);
    pthread_t thread;
    arm("GET", 0, "{\"kind\":\"rate_limited\",\"retry_after\":\"25\"}");
    pthread_create(&thread, NULL, cancel_when_it_waits, cursor);
    CHECK_STATUS(SNOW_CANCELLED, snow_cursor_next(cursor, &row, &error), error);
    CHECK(!snow_error_maybe_applied(error));
    snow_error_free(error);
    pthread_join(thread, NULL);
    snow_cursor_free(cursor);

    arm("GET", 0, "{\"kind\":\"rate_limited\",\"retry_after\":\"25\"}");
    pthread_create(&thread, NULL, close_when_it_waits, some);
    CHECK_NUMBER(SNOW_CANCELLED, call(some, "GET"));
    snow_error_free(error);
    pthread_join(thread, NULL);
    snow_client_free(some);
}

/* What an attempt may have done is not forgotten in the wait for the next one. */
static void a_wait_that_is_ended_after_a_write(void)
{
    snow_client *some = client_with(3, 30000, 120000);
    snow_record *fields = snow_record_new(&error), *made;
    pthread_t thread;
    control_do(instance, "DELETE", "/-/faults", "");
    made = snow_table_create(client, "incident", fields, NULL, &error);
    arm("DELETE", 1, "{\"kind\":\"reset_after\"}");
    control_do(instance, "POST", "/-/faults",
               "{\"method\":\"DELETE\",\"count\":0,\"fault\":{\"kind\":\"rate_limited\",\"retry_after\":\"25\"}}");
    made_before_it_waits = 2;
    pthread_create(&thread, NULL, close_when_it_waits, some);
    CHECK_STATUS(SNOW_CANCELLED,
                 snow_table_delete(some, "incident", snow_record_get(made, "sys_id", NULL), NULL, &error), error);
    CHECK(snow_error_maybe_applied(error));
    snow_error_free(error);
    pthread_join(thread, NULL);
    control_do(instance, "DELETE", "/-/faults", "");
    snow_record_free(made);
    snow_record_free(fields);
    snow_client_free(some);
}

/* ---- how many at once ---- */

#define THREADS 8
#define CALLS 20

static snow_client *crowded;
static pthread_barrier_t start;

static void *one_of_a_crowd(void *limited)
{
    snow_error *mine = NULL;
    int i;
    pthread_barrier_wait(&start);
    for (i = 0; i < CALLS; i++) {
        snow_record_free(snow_table_get(crowded, "incident", sys_id, NULL, &mine));
        if (mine)
            ++*(int *)limited;
        CHECK(!mine || snow_error_status(mine) == SNOW_RATE_LIMITED);
        snow_error_free(mine);
    }
    return NULL;
}

/* So many calls the instance refused of a crowd that comes all at once. */
static int refused_of_a_crowd(uint32_t max_in_flight)
{
    pthread_t threads[THREADS];
    int refused[THREADS] = {0}, sum = 0, i;
    snow_session *session = snow_session_new(&error);
    snow_session_set_basic_auth(session, "admin", "admin", &error);
    snow_session_set_retry(session, 0, 1, &error);
    CHECK_STATUS(SNOW_OK, snow_session_set_max_in_flight(session, max_in_flight, &error), error);
    crowded = snow_client_new(instance, session, &error);
    snow_session_free(session);
    pthread_barrier_init(&start, NULL, THREADS);
    for (i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, one_of_a_crowd, &refused[i]);
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        sum += refused[i];
    }
    pthread_barrier_destroy(&start);
    snow_client_free(crowded);
    return sum;
}

static void no_more_at_once_than_allowed(void)
{
    int refused;
    control_do(instance, "DELETE", "/-/faults", "");
    control_do(instance, "PATCH", "/-/settings",
               "{\"api_permits\":2,\"api_queue\":0,\"latency_ms\":5}");
    CHECK_NUMBER(0, refused_of_a_crowd(2));
    CHECK_NUMBER(0, refused_of_a_crowd(1));
    /* Without a limit the instance has no room for a crowd, and the crowd gets smaller: six of eight calls
     * would be refused, again and again. */
    do
        refused = refused_of_a_crowd(0);
    while (refused == 0);
    CHECK(refused < THREADS * CALLS / 3);
    control_do(instance, "PATCH", "/-/settings",
               "{\"api_permits\":0,\"api_queue\":0,\"latency_ms\":0}");
}

/* An instance that has had enough is asked less at once, but never so that a caller waits for itself. */
static void a_caller_that_reads_an_answer_can_make_calls(void)
{
    snow_request *request = snow_request_new("GET", "/api/now/table/sys_dictionary", &error);
    snow_session *session = snow_session_new(&error);
    snow_client *refused;
    snow_response *response;
    snow_session_set_basic_auth(session, "admin", "admin", &error);
    snow_session_set_retry(session, 0, 1, &error);
    snow_session_set_timeouts(session, 30000, 3000, &error);
    refused = snow_client_new(instance, session, &error);
    control_do(instance, "DELETE", "/-/faults", "");
    arm("POST", 1, "{\"kind\":\"rate_limited\"}");
    CHECK_NUMBER(SNOW_RATE_LIMITED, call(refused, "POST"));
    snow_error_free(error);
    response = snow_client_open(refused, request, &error);
    CHECK(response != NULL);
    CHECK_NUMBER(SNOW_OK, call(refused, "POST"));
    snow_response_free(response);
    snow_client_free(refused);
    snow_session_free(session);
    snow_request_free(request);
}

static void an_answer_that_comes_in_has_its_turn(void)
{
    snow_session *session = snow_session_new(&error);
    snow_request *request = snow_request_new("GET", "/api/now/table/sys_dictionary", &error);
    snow_response *response;
    snow_client *single;
    snow_session_set_basic_auth(session, "admin", "admin", &error);
    snow_session_set_max_in_flight(session, 1, &error);
    snow_session_set_timeouts(session, 30000, 3000, &error);
    single = snow_client_new(instance, session, &error);
    /* What the same connection did before counts for nothing. */
    control_do(instance, "DELETE", "/-/faults", "");
    CHECK_NUMBER(SNOW_OK, call(single, "POST"));
    response = snow_client_open(single, request, &error);
    CHECK(response != NULL);
    arm("POST", 0, "{\"kind\":\"delay\",\"ms\":0}");
    CHECK_NUMBER(SNOW_TIMEOUT, call(single, "POST"));
    CHECK(!snow_error_maybe_applied(error));
    CHECK(strstr(snow_error_message(error), "its turn") != NULL);
    CHECK_NUMBER(1, snow_client_statistic(single, SNOW_STATISTIC_FAILURES));
    snow_error_free(error);
    CHECK_NUMBER(0, control_count(instance, TABLE));
    snow_response_free(response);
    CHECK_NUMBER(SNOW_OK, call(single, "POST"));
    snow_client_free(single);

    /* A token that is refused is renewed in the one turn that there is. */
    snow_session_set_oauth(session, "snow-client", "snow-secret", &error);
    single = snow_client_new(instance, session, &error);
    CHECK_STATUS(SNOW_OK, snow_client_login(single, "admin", "admin", &error), error);
    control_do(instance, "POST", "/-/tokens/expire", "");
    response = snow_client_open(single, request, &error);
    CHECK(response != NULL);
    CHECK_NUMBER(200, snow_response_status(response));
    snow_response_free(response);
    snow_client_free(single);
    snow_request_free(request);
    snow_session_free(session);
}

/* An instance that refuses calls is not troubled with new connections too. */
static void a_refused_answer_leaves_its_connection(void)
{
    snow_request *request = snow_request_new("GET", TABLE, &error);
    snow_client *refused = client_with(3, 30000, 30000);
    arm("GET", 2, "{\"kind\":\"rate_limited\",\"retry_after\":\"0\"}");
    snow_response_free(snow_client_open(refused, request, &error));
    CHECK_STATUS(SNOW_OK, snow_error_status(error), error);
    CHECK_NUMBER(3, control_count(instance, TABLE));
    CHECK_NUMBER(1, snow_client_statistic(refused, SNOW_STATISTIC_CONNECTIONS));
    snow_client_free(refused);
    snow_request_free(request);
}

/* ---- where a connection breaks ---- */

struct breaking {
    int listener;
    /* So much is read before the connection is broken, -1 for all that comes; and what is said before. */
    long read;
    const char *say;
    /* Whether it is left open, so that the call runs out of time. */
    int stall;
};

static void *break_one(void *argument)
{
    struct breaking *breaking = argument;
    static char buffer[65536];
    int stream = accept(breaking->listener, NULL, NULL);
    struct linger reset = {1, 0};
    long left = breaking->read;
    /* The time of the call was over before it came to that. */
    if (stream < 0)
        return NULL;
    while (left != 0) {
        size_t most = left > 0 && (size_t)left < sizeof buffer ? (size_t)left : sizeof buffer;
        ssize_t got = read(stream, buffer, most);
        if (got <= 0)
            break;
        /* The end of a small request is the end of its body. */
        if (left < 0 && memchr(buffer, '}', (size_t)got))
            break;
        left -= left > 0 ? got : 0;
    }
    if (breaking->say)
        CHECK(write(stream, breaking->say, strlen(breaking->say)) > 0);
    if (breaking->stall)
        while (read(stream, buffer, sizeof buffer) > 0)
            ;
    setsockopt(stream, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(stream);
    return NULL;
}

static void each_point_at_which_a_connection_breaks(void)
{
    static const struct {
        const char *name, *scheme;
        long read;
        const char *say;
        int stall, large;
        snow_status status;
        int maybe_applied;
    } points[] = {
        {"before TLS", "https", 0, NULL, 0, 0, SNOW_CONNECT, 0},
        {"in TLS", "https", 10, NULL, 0, 0, SNOW_CONNECT, 0},
        {"TLS that never comes", "https", 0, NULL, 1, 0, SNOW_TIMEOUT, 0},
        {"no TLS at all", "https", 10, "HTTP/1.1 400 Bad\r\n\r\n", 0, 0, SNOW_TLS, 0},
        {"in the middle of the request", "http", 1000, NULL, 0, 1, SNOW_NETWORK, 0},
        {"a request that is not taken", "http", 1000, NULL, 2, 1, SNOW_TIMEOUT, 0},
        {"after the request", "http", -1, NULL, 0, 0, SNOW_NETWORK, 1},
        {"an answer that never comes", "http", -1, NULL, 1, 0, SNOW_TIMEOUT, 1},
        {"in the head of the answer", "http", -1, "HTTP/1.1 201 Cre", 0, 0, SNOW_NETWORK, 1},
        {"in the body of the answer", "http", -1,
         "HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{\"resu", 0, 0, SNOW_CUT_BODY, 1},
    };
    static char description[8000001];
    size_t i;
    memset(description, 'x', sizeof description - 1);
    for (i = 0; i < sizeof points / sizeof *points; i++) {
        struct sockaddr_in at;
        socklen_t size = sizeof at;
        struct breaking breaking = {socket(AF_INET, SOCK_STREAM, 0), points[i].read, points[i].say,
                                    points[i].stall == 1};
        char address[64];
        pthread_t thread;
        snow_session *session = snow_session_new(&error);
        snow_record *fields = snow_record_new(&error);
        snow_client *broken;
        memset(&at, 0, sizeof at);
        at.sin_family = AF_INET;
        at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        control_must(bind(breaking.listener, (struct sockaddr *)&at, sizeof at) == 0, "bind");
        control_must(listen(breaking.listener, 1) == 0, "listen");
        control_must(getsockname(breaking.listener, (struct sockaddr *)&at, &size) == 0, "name");
        snprintf(address, sizeof address, "%s://127.0.0.1:%d", points[i].scheme, ntohs(at.sin_port));
        snow_session_set_basic_auth(session, "admin", "admin", &error);
        snow_session_set_retry(session, 0, 1, &error);
        snow_session_set_timeouts(session, 30000, points[i].stall ? 300 : 30000, &error);
        broken = snow_client_new(address, session, &error);
        snow_record_set(fields, "short_description", points[i].large ? description : "short", &error);
        check_subject = points[i].name;
        /* A peer that is there but reads nothing: it is never accepted. */
        if (points[i].stall != 2)
            pthread_create(&thread, NULL, break_one, &breaking);
        CHECK(snow_table_create(broken, "incident", fields, NULL, &error) == NULL);
        CHECK_NUMBER(points[i].status, snow_error_status(error));
        CHECK_NUMBER(points[i].maybe_applied, snow_error_maybe_applied(error));
        /* What surely did not happen is worth another try, but for a peer that has no TLS. */
        CHECK_NUMBER(!points[i].maybe_applied && points[i].status != SNOW_TLS,
                     snow_error_is_retryable(error));
        snow_error_free(error);
        shutdown(breaking.listener, SHUT_RDWR);
        if (points[i].stall != 2)
            pthread_join(thread, NULL);
        close(breaking.listener);
        snow_client_free(broken);
        snow_record_free(fields);
        snow_session_free(session);
        check_subject = "";
    }
}

int main(void)
{
    instance = getenv("SNOW_INSTANCE");
    client = client_with(3, 30000, 120000);
    if (!CHECK(client != NULL))
        return check_result();
    {
        snow_record *any = snow_table_first(client, "incident", NULL, &error);
        snprintf(sys_id, sizeof sys_id, "%s", snow_record_get(any, "sys_id", NULL));
        snow_record_free(any);
    }
    what_is_made_again();
    a_deletion_whose_answer_is_none();
    what_is_said_once();
    a_put_of_a_scripted_api();
    how_often_at_most();
    waits_that_are_too_long();
    moments_are_of_the_instances_clock();
    a_wait_can_be_ended();
    a_wait_that_is_ended_after_a_write();
    no_more_at_once_than_allowed();
    an_answer_that_comes_in_has_its_turn();
    a_caller_that_reads_an_answer_can_make_calls();
    a_refused_answer_leaves_its_connection();
    each_point_at_which_a_connection_breaks();
    snow_client_free(client);
    return check_result();
}
