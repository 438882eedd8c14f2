/*
 * What renewing a token promises: once for any number of threads, and never repeated when it was refused. One
 * argument: which promise.
 */
#include "oauth.h"
#include "promises.h"

#include <sched.h>
#include <time.h>

#define THREADS 64

/* Makes the token endpoint answer so, once, with status and media type. */
static void token_answer(int status, const char *type, const char *body)
{
    char fault[1024];
    snprintf(fault, sizeof fault,
             "{\"path\":\"" TOKEN_CALL "\",\"count\":1,\"fault\":{\"kind\":\"answer\","
             "\"status\":%d,\"headers\":[[\"Content-Type\",\"%s\"]],\"body\":\"%s\"}}",
             status, type, body);
    control_do(instance, "POST", "/-/faults", fault);
}

/* --- many threads --------------------------------------------------------------------------- */

struct crowd {
    snow_client *client;
    pthread_mutex_t lock;
    pthread_cond_t go;
    int gone;
    int answers;
    struct told *told;
    int told_here;
};

static void *one_of_the_crowd(void *argument)
{
    struct crowd *crowd = (struct crowd *)argument;
    snow_error *error = NULL;
    pthread_mutex_lock(&crowd->lock);
    while (!crowd->gone)
        pthread_cond_wait(&crowd->go, &crowd->lock);
    pthread_mutex_unlock(&crowd->lock);

    snow_status status = call(crowd->client, &error);
    pthread_mutex_lock(&crowd->lock);
    CHECK_STATUS(SNOW_OK, status, error);
    crowd->answers += status == SNOW_OK;
    pthread_mutex_lock(&crowd->told->lock);
    crowd->told_here += crowd->told->calls && pthread_equal(crowd->told->thread, pthread_self());
    pthread_mutex_unlock(&crowd->told->lock);
    pthread_mutex_unlock(&crowd->lock);
    snow_error_free(error);
    return NULL;
}

/* 64 threads at once need a new token: one call of the endpoint, one callback, 64 answers. */
static void send_the_crowd(snow_client *client, struct told *told)
{
    struct crowd crowd;
    pthread_t threads[THREADS];
    int i;
    memset(&crowd, 0, sizeof crowd);
    pthread_mutex_init(&crowd.lock, NULL);
    pthread_cond_init(&crowd.go, NULL);
    crowd.client = client;
    crowd.told = told;
    for (i = 0; i < THREADS; i++)
        control_must(pthread_create(&threads[i], NULL, one_of_the_crowd, &crowd) == 0, "thread");
    pthread_mutex_lock(&crowd.lock);
    crowd.gone = 1;
    pthread_cond_broadcast(&crowd.go);
    pthread_mutex_unlock(&crowd.lock);
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK_NUMBER(THREADS, crowd.answers);
    CHECK_NUMBER(1, told->calls);
    CHECK_NUMBER(1, crowd.told_here);
    CHECK_NUMBER(1, control_count(instance, TOKEN_CALL));
    pthread_cond_destroy(&crowd.go);
    pthread_mutex_destroy(&crowd.lock);
}

static void expired_for_a_crowd(void)
{
    struct told told;
    snow_client *client = signed_in();
    listen_to(client, &told, SNOW_HANDLED);
    set_token(client, NULL, 1);
    send_the_crowd(client, &told);
    CHECK_NUMBER(THREADS, control_count(instance, TABLE_CALL));
    snow_client_free(client);
}

/* The instance ended a token that looks good here, so each thread may meet a 401 first. */
static void refused_for_a_crowd(void)
{
    struct told told;
    snow_client *client = signed_in();
    listen_to(client, &told, SNOW_HANDLED);
    control_do(instance, "POST", "/-/tokens/expire", "");
    send_the_crowd(client, &told);
    snow_client_free(client);
}

struct called_back {
    snow_client *client;
    pthread_mutex_t lock;
    int calls, failures;
};

static void call_back(void *user_data, snow_log_level level, const char *line)
{
    struct called_back *back = (struct called_back *)user_data;
    snow_error *error = NULL;
    const snow_status status = call(back->client, &error);
    (void)level;
    (void)line;
    snow_error_free(error);
    pthread_mutex_lock(&back->lock);
    back->calls++;
    back->failures += status != SNOW_OK;
    pthread_mutex_unlock(&back->lock);
}

/* A crowd whose log callback makes a call for each line, also for that of the renewal. */
static void calls_from_inside_a_log_callback(void)
{
    snow_error *error = NULL;
    struct told told;
    struct called_back back;
    snow_client *client = signed_in();
    memset(&back, 0, sizeof back);
    pthread_mutex_init(&back.lock, NULL);
    back.client = client;
    listen_to(client, &told, SNOW_HANDLED);
    CHECK_STATUS(SNOW_OK, snow_set_log_callback(client, SNOW_LOG_INFO, call_back, &back, NULL, &error), error);
    set_token(client, NULL, 1);
    send_the_crowd(client, &told);
    CHECK_NUMBER(THREADS + 1, back.calls);
    CHECK_NUMBER(0, back.failures);
    snow_client_free(client);
    pthread_mutex_destroy(&back.lock);
}

/* --- one thread ----------------------------------------------------------------------------- */

static void renewed_thirty_seconds_early(void)
{
    snow_error *error = NULL;
    struct told told;
    snow_client *client = signed_in();
    listen_to(client, &told, SNOW_HANDLED);
    set_token(client, NULL, (long)time(NULL) + 3600);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    CHECK_NUMBER(0, control_count(instance, TOKEN_CALL));
    set_token(client, NULL, (long)time(NULL) + 20);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    CHECK_NUMBER(1, control_count(instance, TOKEN_CALL));
    CHECK(pthread_equal(told.thread, pthread_self()));
    snow_client_free(client);
}

#define CALLS 8

static double now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec + (double)at.tv_nsec / 1e9;
}

/* A client whose calls may take so long. */
static snow_client *signed_in_with(uint32_t total_ms, uint32_t retries)
{
    snow_error *error = NULL;
    snow_session *session = snow_session_new(&error);
    snow_client *client;
    snow_session_set_oauth(session, getenv("SNOW_CLIENT_ID"), getenv("SNOW_CLIENT_SECRET"), &error);
    CHECK_STATUS(SNOW_OK, snow_session_set_timeouts(session, 1000, total_ms, &error), error);
    CHECK_STATUS(SNOW_OK, snow_session_set_retry(session, retries, 1000, &error), error);
    client = snow_client_new(instance, session, &error);
    CHECK_STATUS(SNOW_OK, snow_client_login(client, "admin", "admin", &error), error);
    control_do(instance, "DELETE", "/-/requests", "");
    snow_session_free(session);
    return client;
}

static void *one_call(void *argument)
{
    snow_error *error = NULL;
    CHECK_STATUS(SNOW_OK, call((snow_client *)argument, &error), error);
    snow_error_free(error);
    return NULL;
}

/* A token endpoint that is silent holds up those who come first, and fails nobody. */
static void a_token_that_is_still_good_is_used(void)
{
    const uint32_t total_ms = 4000;
    snow_client *client = signed_in_with(total_ms, 0);
    snow_error *error = NULL;
    pthread_t threads[CALLS];
    double began;
    int i;
    set_token(client, NULL, (long)time(NULL) + 25);
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"" TOKEN_CALL "\",\"count\":0,\"fault\":{\"kind\":\"stall\"}}");
    for (i = 0; i < CALLS; i++)
        control_must(pthread_create(&threads[i], NULL, one_call, client) == 0, "thread");
    for (i = 0; i < CALLS; i++)
        pthread_join(threads[i], NULL);
    CHECK_NUMBER(CALLS, control_count(instance, TABLE_CALL));

    /* Those that follow are not held up. */
    began = now();
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    CHECK(now() - began < total_ms / 4000.0);
    CHECK(control_count(instance, TOKEN_CALL) <= CALLS);
    snow_client_free(client);
}

/* A client that signed in and has one call under way at a time, and a journal that is empty again. */
static snow_client *one_at_a_time(void)
{
    snow_error *error = NULL;
    snow_session *session = snow_session_new(&error);
    snow_client *client;
    snow_session_set_oauth(session, getenv("SNOW_CLIENT_ID"), getenv("SNOW_CLIENT_SECRET"), &error);
    CHECK_STATUS(SNOW_OK, snow_session_set_max_in_flight(session, 1, &error), error);
    client = snow_client_new(instance, session, &error);
    snow_session_free(session);
    CHECK_STATUS(SNOW_OK, snow_client_login(client, "admin", "admin", &error), error);
    control_do(instance, "DELETE", "/-/requests", "");
    return client;
}

/* A response that has the turn of a call until it is freed. */
static snow_response *call_under_way(snow_client *client)
{
    snow_error *error = NULL;
    snow_request *request = snow_request_new("GET", TABLE_CALL, &error);
    snow_response *response = snow_client_open(client, request, &error);
    control_must(response != NULL, snow_error_message(error));
    snow_request_free(request);
    return response;
}

/* A call that waits for its turn goes out with a token that is good by then. */
static void a_token_that_has_ended_when_the_turn_comes(void)
{
    /* When half of it is over, it is due. */
    enum { LIFETIME = 4 };
    snow_client *client = one_at_a_time();
    time_t end = time(NULL) + LIFETIME;
    snow_response *first;
    pthread_t thread;
    set_token_of(client, NULL, LIFETIME, (long)end);
    first = call_under_way(client);
    control_must(pthread_create(&thread, NULL, one_call, client) == 0, "thread");
    while (snow_client_statistic(client, SNOW_STATISTIC_IN_FLIGHT) == 0 || time(NULL) < end)
        sched_yield();
    snow_response_free(first);
    pthread_join(thread, NULL);
    CHECK_NUMBER(1, control_count(instance, TOKEN_CALL));
    CHECK_NUMBER(2, control_count(instance, TABLE_CALL));
    snow_client_free(client);
}

/* Calls that wait for their turn are passed by the request for the token, which their own could end before. */
static void a_token_is_asked_for_before_calls_that_wait(void)
{
    enum { WAITING = 8 };
    snow_client *client = one_at_a_time();
    snow_response *first = call_under_way(client);
    pthread_t threads[WAITING + 1];
    char *journal, *token_call, *at;
    int i, before = 0;
    for (i = 0; i < WAITING; i++)
        control_must(pthread_create(&threads[i], NULL, one_call, client) == 0, "thread");
    while (snow_client_statistic(client, SNOW_STATISTIC_IN_FLIGHT) < WAITING)
        sched_yield();
    set_token(client, NULL, (long)time(NULL));
    control_must(pthread_create(&threads[WAITING], NULL, one_call, client) == 0, "thread");
    while (snow_client_statistic(client, SNOW_STATISTIC_TOKEN_REQUESTS) < 2)
        sched_yield();
    snow_response_free(first);
    for (i = 0; i <= WAITING; i++)
        pthread_join(threads[i], NULL);

    journal = control(instance, "GET", "/-/requests", "");
    token_call = strstr(journal, TOKEN_CALL);
    control_must(token_call != NULL, "no token was asked for");
    for (at = journal; (at = strstr(at, TABLE_CALL)) != NULL && at < token_call; at++)
        before++;
    /* The one that was under way, and one or two whose turn came before the request waited. */
    CHECK(before <= WAITING / 2);
    CHECK_NUMBER(WAITING + 2, control_count(instance, TABLE_CALL));
    free(journal);
    snow_client_free(client);
}

static void renewed_once_on_a_401(void)
{
    snow_error *error = NULL;
    snow_client *client = signed_in();
    control_do(instance, "POST", "/-/tokens/expire", "");
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    CHECK_NUMBER(1, control_count(instance, TOKEN_CALL));
    CHECK_NUMBER(2, control_count(instance, TABLE_CALL));

    /* An instance that goes on saying 401 is asked twice, and no more. */
    control_do(instance, "DELETE", "/-/requests", "");
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"" TABLE_CALL "\",\"count\":0,\"fault\":{\"kind\":\"unauthorized\"}}");
    CHECK_STATUS(SNOW_UNAUTHENTICATED, call(client, &error), error);
    CHECK_NUMBER(1, control_count(instance, TOKEN_CALL));
    CHECK_NUMBER(2, control_count(instance, TABLE_CALL));
    snow_error_free(error);
    snow_client_free(client);
}

static int32_t give_a_row(void *user_data, void *buffer, size_t size, size_t *count)
{
    const char **row = (const char **)user_data;
    CHECK(strlen(*row) <= size);
    *count = strlen(*row);
    memcpy(buffer, *row, *count);
    *row += *count;
    return SNOW_HANDLED;
}

/* The HTTP status of a row that is sent from a callback; 0 where no answer came, and an error did. */
static int32_t sent_once(snow_client *client, snow_error **error)
{
    const char *row = "{\"short_description\":\"sent once\"}";
    snow_request *request = snow_request_new("POST", TABLE_CALL, error);
    snow_response *response;
    int32_t status;
    CHECK_STATUS(SNOW_OK,
                 snow_request_set_body_reader(request, strlen(row), give_a_row, &row, NULL, "application/json", error),
                 *error);
    response = snow_client_send(client, request, error);
    status = snow_response_status(response);
    snow_response_free(response);
    snow_request_free(request);
    return status;
}

/* Who sends nothing else would be refused for as long as the token looks good. */
static void renewed_for_the_call_after_one_that_is_sent_once(void)
{
    snow_error *error = NULL;
    struct told told;
    snow_client *client = signed_in();
    listen_to(client, &told, SNOW_HANDLED);
    control_do(instance, "POST", "/-/tokens/expire", "");
    CHECK_NUMBER(401, sent_once(client, &error));
    CHECK_NUMBER(201, sent_once(client, &error));
    CHECK_NUMBER(1, told.calls);
    CHECK_NUMBER(1, control_count(instance, TOKEN_CALL));
    CHECK_NUMBER(2, control_count(instance, TABLE_CALL));

    /* Where there is no other token, that is what is to be done about it. */
    control_do(instance, "POST", "/-/tokens/revoke", "");
    CHECK_NUMBER(0, sent_once(client, &error));
    CHECK_NUMBER(SNOW_TOKEN_REFUSED, snow_error_status(error));
    CHECK_NUMBER(0, snow_error_maybe_applied(error));
    snow_error_free(error);
    snow_client_free(client);
}

static void the_refresh_token_is_kept_or_replaced(void)
{
    /* None comes back, or an empty one; and the token type is in another case, or not there. */
    static const char *const without[] = {
        "\\\"token_type\\\":\\\"bearer\\\"",
        "\\\"token_type\\\":\\\"bearer\\\",\\\"refresh_token\\\":\\\"\\\"",
        "\\\"token_type\\\":null",
    };
    snow_error *error = NULL;
    snow_token *before, *after;
    snow_client *client = signed_in();
    size_t i;
    before = snow_client_token(client, &error);

    for (i = 0; i < sizeof without / sizeof *without; i++) {
        char body[256];
        snprintf(body, sizeof body,
                 "{\\\"access_token\\\":\\\"A2\\\",\\\"expires_in\\\":1800,%s}",
                 without[i]);
        token_answer(200, "application/json", body);
        set_token(client, NULL, 1);
        CHECK_STATUS(SNOW_OK, call(client, &error), error);
        after = snow_client_token(client, &error);
        CHECK_TEXT(snow_token_refresh_token(before), snow_token_refresh_token(after));
        snow_token_free(after);
    }

    /* Another one comes back, and is the one that is used the next time. */
    control_do(instance, "PATCH", "/-/settings", "{\"rotate_refresh_tokens\":true}");
    set_token(client, NULL, 1);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    after = snow_client_token(client, &error);
    CHECK(strcmp(snow_token_refresh_token(before), snow_token_refresh_token(after)) != 0);
    snow_token_free(after);
    set_token(client, NULL, 1);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);

    snow_token_free(before);
    snow_client_free(client);
}

/* What an endpoint writes in a way of its own costs neither the token nor the new refresh token. */
static void answers_in_ways_of_their_own(void)
{
    static const struct {
        const char *members;
        int lasts;
    } answers[] = {
        { "\\\"token_type\\\":\\\"Bearer\\\",\\\"expires_in\\\":\\\"1800\\\"", 1 },
        { "\\\"token_type\\\":\\\"Bearer\\\",\\\"expires_in\\\":1800.0", 1 },
        { "\\\"expires_in\\\":1800", 1 },
        { "\\\"token_type\\\":null,\\\"expires_in\\\":1800", 1 },
        { "\\\"token_type\\\":\\\"Bearer\\\",\\\"expires_in\\\":1800,\\\"scope\\\":[\\\"useraccount\\\"]", 1 },
        { "\\\"token_type\\\":\\\"Bearer\\\",\\\"expires_in\\\":\\\"soon\\\"", 0 },
    };
    size_t i;
    for (i = 0; i < sizeof answers / sizeof *answers; i++) {
        char body[512];
        snow_error *error = NULL;
        snow_client *client = signed_in();
        snow_token *before = snow_client_token(client, &error), *after;
        const time_t now = time(NULL);
        check_subject = answers[i].members;
        snprintf(body, sizeof body,
                 "{\\\"access_token\\\":\\\"%s\\\",\\\"refresh_token\\\":\\\"R%d\\\",%s}",
                 snow_token_access_token(before), (int)i, answers[i].members);
        token_answer(200, "application/json", body);
        set_token(client, NULL, 1);
        CHECK_STATUS(SNOW_OK, call(client, &error), error);
        after = snow_client_token(client, &error);
        CHECK_TEXT(snow_token_access_token(before), snow_token_access_token(after));
        CHECK(snow_token_refresh_token(after)[0] == 'R');
        CHECK(answers[i].lasts ? snow_token_expires_at(after) >= now + 1800 : snow_token_expires_at(after) == -1);
        snow_token_free(after);
        snow_token_free(before);
        snow_client_free(client);
    }
    check_subject = "";
}

struct single_call {
    snow_client *client;
    snow_status status;
};

static void *make_the_call(void *argument)
{
    struct single_call *single = (struct single_call *)argument;
    snow_error *error = NULL;
    single->status = call(single->client, &error);
    snow_error_free(error);
    return NULL;
}

/* A token that was put in place meanwhile, and is the one that the instance refuses, is not the end. */
static void a_token_that_is_there_once_more(void)
{
    snow_error *error = NULL;
    struct single_call single = { signed_in(), SNOW_OK };
    snow_token *token = snow_client_token(single.client, &error);
    pthread_t thread;
    control_do(instance, "POST", "/-/tokens/expire", "");
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"" TABLE_CALL "\",\"count\":1,\"fault\":{\"kind\":\"delay\",\"ms\":1000}}");
    control_must(pthread_create(&thread, NULL, make_the_call, &single) == 0, "thread");
    while (control_count(instance, TABLE_CALL) == 0)
        sched_yield();
    CHECK_STATUS(SNOW_OK, snow_client_set_token(single.client, token, &error), error);
    pthread_join(thread, NULL);
    CHECK_NUMBER(SNOW_OK, single.status);
    CHECK_NUMBER(1, control_count(instance, TOKEN_CALL));
    snow_token_free(token);
    snow_client_free(single.client);
}

/* What it says of a grant may repeat what it was sent. */
static void words_that_repeat_a_secret(void)
{
    static const char *const repeated[] = { "pass word+1", "pass+word%2B1", "pass%20word%2B1", "snow-secret",
                                            "c25vdy1jbGllbnQ6c25vdy1zZWNyZXQ=" };
    static const struct {
        int status;
        const char *body;
        snow_status expected;
    } answers[] = {
        { 401, "{\\\"error\\\":\\\"invalid_grant\\\",\\\"error_description\\\":\\\"no user with %s\\\"}", SNOW_TOKEN_REFUSED },
        { 400, "{\\\"error\\\":\\\"%s\\\"}", SNOW_TOKEN_REFUSED },
        { 403, "{\\\"error\\\":{\\\"message\\\":\\\"%s\\\"}}", SNOW_TOKEN_REFUSED },
        { 503, "{\\\"error\\\":{\\\"message\\\":\\\"no\\\",\\\"detail\\\":\\\"%s\\\"}}", SNOW_UNAVAILABLE },
    };
    size_t i, j;
    for (i = 0; i < sizeof answers / sizeof *answers; i++) {
        for (j = 0; j < sizeof repeated / sizeof *repeated; j++) {
            char body[512];
            snow_error *error = NULL;
            snow_client *client = signed_in_with(30000, 0);
            snprintf(body, sizeof body, answers[i].body, repeated[j]);
            check_subject = body;
            token_answer(answers[i].status, "application/json", body);
            CHECK_STATUS(answers[i].expected, snow_client_login(client, "admin", "pass word+1", &error), error);
            CHECK_NUMBER(answers[i].status, snow_error_http_status(error));
            CHECK(strstr(snow_error_message(error), repeated[j]) == NULL);
            CHECK(strstr(snow_error_message(error), "repeats a secret") != NULL);
            CHECK_TEXT(NULL, snow_error_detail(error));
            CHECK_TEXT(NULL, snow_error_instance_message(error));
            snow_error_free(error);
            snow_client_free(client);
        }
    }
    check_subject = "";
}

static void a_refusal_is_final(void)
{
    snow_error *error = NULL;
    snow_client *client = signed_in();
    int i;
    control_do(instance, "POST", "/-/tokens/revoke", "");
    set_token(client, NULL, 1);
    for (i = 0; i < 3; i++) {
        CHECK_STATUS(SNOW_TOKEN_REFUSED, call(client, &error), error);
        CHECK_TEXT("server_error: access_denied", snow_error_detail(error));
        CHECK_NUMBER(0, snow_error_is_retryable(error));
        snow_error_free(error);
    }
    CHECK_NUMBER(1, control_count(instance, TOKEN_CALL));
    CHECK_NUMBER(0, control_count(instance, TABLE_CALL));

    /* A new sign-in makes it good again. */
    CHECK_STATUS(SNOW_OK, snow_client_login(client, "admin", "admin", &error), error);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);

    CHECK_STATUS(SNOW_TOKEN_REFUSED, snow_client_login(client, "admin", "wrong", &error), error);
    CHECK(strstr(snow_error_message(error), "wrong") == NULL);
    snow_error_free(error);
    snow_client_free(client);
}

/* The answer with this access token, within the JSON of a fault. */
#define TOKEN_OF(text) \
    "{\\\"access_token\\\":\\\"" text "\\\",\\\"token_type\\\":\\\"Bearer\\\",\\\"expires_in\\\":1800}"

static void answers_that_are_no_token(void)
{
    static const struct {
        int status;
        const char *type, *body;
        snow_status expected;
    } answers[] = {
        { 200, "text/html", "<html>welcome</html>", SNOW_TOKEN_ANSWER },
        { 200, "text/html", "<html class='instance-hibernating-page'></html>", SNOW_HIBERNATING },
        { 200, "application/json", "", SNOW_TOKEN_ANSWER },
        { 200, "application/json", "{}", SNOW_TOKEN_ANSWER },
        { 200, "application/json", "{\\\"access_token\\\":\\\"s3cret-half", SNOW_TOKEN_ANSWER },
        { 200, "application/json", TOKEN_OF(""), SNOW_TOKEN_ANSWER },
        { 200, "application/json", TOKEN_OF("s3cret\\\\ntoken"), SNOW_TOKEN_ANSWER },
        { 200, "application/json", TOKEN_OF("s3cret\\\\u00e4"), SNOW_TOKEN_ANSWER },
        { 200, "application/json", "{\\\"error\\\":\\\"invalid_grant\\\"}", SNOW_TOKEN_REFUSED },
        { 200, "application/json", "{\\\"access_token\\\":7,\\\"expires_in\\\":\\\"1800\\\"}", SNOW_TOKEN_ANSWER },
        { 401, "application/json", "{\\\"access_token\\\":\\\"s3cret\\\"}", SNOW_TOKEN_ANSWER },
        { 401, "application/json", "", SNOW_TOKEN_ANSWER },
        /* What reads JSON by the order of its members takes such a list for an error, or for a token. */
        { 401, "application/json", "[\\\"s3cret\\\",\\\"s3cret\\\",\\\"s3cret\\\"]", SNOW_TOKEN_ANSWER },
        { 200, "application/json", "[\\\"s3cret\\\",\\\"Bearer\\\",1800]", SNOW_TOKEN_ANSWER },
        { 500, "application/json", "{\\\"error\\\":\\\"x\\\"}", SNOW_TOKEN_REFUSED },
        { 403, "application/json", "{\\\"error\\\":{\\\"message\\\":\\\"no\\\"}}", SNOW_TOKEN_REFUSED },
    };
    size_t i;
    for (i = 0; i < sizeof answers / sizeof *answers; i++) {
        snow_error *error = NULL;
        snow_client *client = signed_in();
        check_subject = answers[i].body;
        token_answer(answers[i].status, answers[i].type, answers[i].body);
        set_token(client, NULL, 1);
        CHECK_STATUS(answers[i].expected, call(client, &error), error);
        CHECK_TEXT(TOKEN_CALL, snow_error_path(error));
        CHECK(strstr(snow_error_message(error), "s3cret") == NULL);
        CHECK_NUMBER(0, control_count(instance, TABLE_CALL));
        snow_error_free(error);
        snow_client_free(client);
    }
    check_subject = "";
}

/* An endpoint that fails for now is asked again, as often as the session says, and fails no call before. */
static void a_failure_that_passes(void)
{
    static const struct {
        int status;
        const char *type, *body;
    } answers[] = {
        { 502, "text/html", "<html>bad gateway</html>" },
        { 503, "text/html", "<html>service interruption</html>" },
        { 503, "application/json", "{\\\"error\\\":\\\"x\\\"}" },
        { 504, "text/plain", "" },
        { 429, "text/plain", "" },
    };
    size_t i;
    for (i = 0; i < sizeof answers / sizeof *answers; i++) {
        snow_error *error = NULL;
        snow_client *client = signed_in_with(30000, 1), *once = signed_in_with(30000, 0);
        check_subject = answers[i].body;
        token_answer(answers[i].status, answers[i].type, answers[i].body);
        set_token(client, NULL, 1);
        CHECK_STATUS(SNOW_OK, call(client, &error), error);
        CHECK_NUMBER(2, control_count(instance, TOKEN_CALL));
        CHECK_NUMBER(1, control_count(instance, TABLE_CALL));

        token_answer(answers[i].status, answers[i].type, answers[i].body);
        set_token(once, NULL, 1);
        CHECK_STATUS(answers[i].status == 429 ? SNOW_RATE_LIMITED : SNOW_UNAVAILABLE,
                     call(once, &error), error);
        CHECK_TEXT(TOKEN_CALL, snow_error_path(error));
        CHECK(snow_error_is_retryable(error) && !snow_error_maybe_applied(error));
        CHECK_NUMBER(1, control_count(instance, TABLE_CALL));
        snow_error_free(error);
        snow_client_free(once);
        snow_client_free(client);
    }
    check_subject = "";
}

/* The token call carries what it must and nothing of the call that needed it. */
static void nothing_leaks_into_the_token_call(void)
{
    snow_error *error = NULL;
    snow_client *client = signed_in();
    snow_record *record = snow_record_new(&error), *created;
    char *journal;
    CHECK_STATUS(SNOW_OK, snow_record_set(record, "short_description", "canary", &error), error);
    set_token(client, NULL, 1);
    created = snow_table_create(client, "incident", record, NULL, &error);
    CHECK(created != NULL);
    journal = control(instance, "GET", "/-/requests?path=" TOKEN_CALL, "");
    CHECK(strstr(journal, "canary") == NULL);
    CHECK(strstr(journal, "sysparm") == NULL);
    CHECK(strstr(journal, "Bearer") == NULL);
    CHECK(strstr(journal, "grant_type=refresh_token") != NULL);
    CHECK(strstr(journal, "application/x-www-form-urlencoded") != NULL);
    CHECK_NUMBER(1, control_count(instance, TABLE_CALL));
    free(journal);
    snow_record_free(created);
    snow_record_free(record);
    snow_client_free(client);
}

static void without_a_token(void)
{
    snow_error *error = NULL;
    snow_client *client = snow_client_new_oauth(instance, getenv("SNOW_CLIENT_ID"),
                                                getenv("SNOW_CLIENT_SECRET"), NULL, &error);
    snow_token *token;
    CHECK_STATUS(SNOW_NO_TOKEN, call(client, &error), error);
    snow_error_free(error);
    CHECK(snow_client_token(client, &error) == NULL);
    CHECK_NUMBER(SNOW_NO_TOKEN, snow_error_status(error));
    snow_error_free(error);

    /* A token that ended and cannot be renewed is tried: the instance decides. */
    token = snow_token_from_json("{\"access_token\":\"gone\",\"expires_at\":1}", &error);
    CHECK_STATUS(SNOW_OK, snow_client_set_token(client, token, &error), error);
    CHECK_STATUS(SNOW_UNAUTHENTICATED, call(client, &error), error);
    snow_error_free(error);
    snow_token_free(token);
    snow_client_free(client);
}

static const struct promise promises[] = {
    PROMISE(expired_for_a_crowd),
    PROMISE(refused_for_a_crowd),
    PROMISE(calls_from_inside_a_log_callback),
    PROMISE(renewed_thirty_seconds_early),
    PROMISE(a_token_that_is_still_good_is_used),
    PROMISE(a_token_that_has_ended_when_the_turn_comes),
    PROMISE(a_token_is_asked_for_before_calls_that_wait),
    PROMISE(renewed_once_on_a_401),
    PROMISE(renewed_for_the_call_after_one_that_is_sent_once),
    PROMISE(the_refresh_token_is_kept_or_replaced),
    PROMISE(answers_in_ways_of_their_own),
    PROMISE(a_token_that_is_there_once_more),
    PROMISE(words_that_repeat_a_secret),
    PROMISE(a_refusal_is_final),
    PROMISE(answers_that_are_no_token),
    PROMISE(a_failure_that_passes),
    PROMISE(nothing_leaks_into_the_token_call),
    PROMISE(without_a_token),
};

int main(int count, char **arguments)
{
    (void)count;
    instance = getenv("SNOW_INSTANCE");
    return KEEP_PROMISE(promises, arguments[1]);
}
