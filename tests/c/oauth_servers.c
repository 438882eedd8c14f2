/*
 * The promises about tokens, kept with OAuth servers that others wrote (tests/network). One argument: which promise.
 * The server is SNOW_INSTANCE by https, with SNOW_CA_FILE, and SNOW_CONTROL by http; who signs in are
 * SNOW_CLIENT_ID and SNOW_CLIENT_SECRET, in a header where SNOW_OAUTH_BASIC is true, and SNOW_USER and
 * SNOW_PASSWORD.
 */

#include "check.h"
#include "control.h"
#include "promises.h"

#include <pthread.h>
#include <time.h>

#define THREADS 64

/* ---- the server, and clients of it ---- */

static void server(const char *what)
{
    control_do(getenv("SNOW_CONTROL"), "POST", what, "");
}

/* How many tokens the server issued by a grant since it was reset, or how many it refused. */
static int issued(const char *grant)
{
    char name[64], *counts = control(getenv("SNOW_CONTROL"), "GET", "/-/counts", ""), *at;
    int count;
    snprintf(name, sizeof name, "\"%s\":", grant);
    at = strstr(counts, name);
    control_must(at != NULL, counts);
    count = atoi(at + strlen(name));
    free(counts);
    return count;
}

static snow_client *client_with(const char *secret, int signs_itself_in)
{
    snow_error *error = NULL;
    snow_client *client;
    snow_session *session = snow_session_new(NULL);
    const char *id = getenv("SNOW_CLIENT_ID");
    CHECK_STATUS(SNOW_OK, snow_session_set(session, "ca_file", getenv("SNOW_CA_FILE"), &error),
                 error);
    CHECK_STATUS(SNOW_OK,
                 snow_session_set(session, "oauth_basic", getenv("SNOW_OAUTH_BASIC"), &error),
                 error);
    CHECK_STATUS(SNOW_OK,
                 signs_itself_in ? snow_session_set_client_credentials(session, id, secret, &error)
                                 : snow_session_set_oauth(session, id, secret, &error),
                 error);
    client = snow_client_new(getenv("SNOW_INSTANCE"), session, &error);
    control_must(client != NULL, error ? snow_error_message(error) : "no client");
    snow_session_free(session);
    return client;
}

static snow_status login(snow_client *client, snow_error **error)
{
    return snow_client_login(client, getenv("SNOW_USER"), getenv("SNOW_PASSWORD"), error);
}

/* When the client's token ends, as text; NULL where nothing is known of it. */
static const char *end_of(const snow_token *token)
{
    static const char name[] = "\"expires_at\":";
    const char *end = strstr(snow_token_json(token, NULL), name);
    return end ? end + strlen(name) : NULL;
}

/* A client with a token that the server gave so many seconds. */
static snow_client *signed_in(int lifetime)
{
    char order[64];
    int attempts, has_end = 0;
    snow_error *error = NULL;
    snow_client *client = client_with(getenv("SNOW_CLIENT_SECRET"), 0);
    snprintf(order, sizeof order, "/-/lifetime/%d", lifetime);
    server("/-/reset");
    server(order);
    /* A server that is held up until less than half a second is left says nothing of it. */
    for (attempts = 0; !has_end && attempts < 20; attempts++) {
        snow_token *token;
        CHECK_STATUS(SNOW_OK, login(client, &error), error);
        token = snow_client_token(client, NULL);
        has_end = end_of(token) != NULL;
        snow_token_free(token);
    }
    control_must(has_end, "a token without an end");
    server("/-/lifetime/3600");
    return client;
}

/* Until the client's token has no second left. */
static void wait_for_the_end(snow_client *client)
{
    static const struct timespec moment = {0, 10000000};
    snow_token *token = snow_client_token(client, NULL);
    while (time(NULL) <= atol(end_of(token)))
        nanosleep(&moment, NULL);
    snow_token_free(token);
}

static snow_status call(snow_client *client, snow_error **error)
{
    snow_record *record = snow_table_first(client, "incident", NULL, error);
    snow_status status = record ? SNOW_OK : snow_error_status(*error);
    if (record)
        CHECK_TEXT("INC0000001", snow_record_get(record, "number", NULL));
    snow_record_free(record);
    return status;
}

/* The call is refused for want of a token, in words that help, and without a secret. */
static void check_refused(snow_client *client, const char *words)
{
    static const char *const secrets[] = {"SNOW_CLIENT_SECRET", "SNOW_PASSWORD"};
    size_t i;
    snow_error *error = NULL;
    CHECK_STATUS(SNOW_TOKEN_REFUSED, call(client, &error), error);
    if (!CHECK(strstr(snow_error_message(error), words) != NULL))
        fprintf(stderr, "    %s\n", snow_error_message(error));
    CHECK(!snow_error_maybe_applied(error) && !snow_error_is_retryable(error));
    CHECK(snow_error_http_status(error) == 400 || snow_error_http_status(error) == 401);
    for (i = 0; i < sizeof secrets / sizeof *secrets; i++)
        CHECK(strstr(snow_error_message(error), getenv(secrets[i])) == NULL);
    snow_error_free(error);
}

/* ---- what the callback was told ---- */

struct told {
    pthread_mutex_t lock;
    int calls;
    char refresh_token[256];
};

static int32_t tell(void *user_data, const snow_token *token)
{
    struct told *told = (struct told *)user_data;
    pthread_mutex_lock(&told->lock);
    told->calls++;
    CHECK(strcmp(told->refresh_token, snow_token_refresh_token(token)) != 0);
    snprintf(told->refresh_token, sizeof told->refresh_token, "%s",
             snow_token_refresh_token(token));
    pthread_mutex_unlock(&told->lock);
    return SNOW_HANDLED;
}

static void listen_to(snow_client *client, struct told *told)
{
    snow_error *error = NULL;
    memset(told, 0, sizeof *told);
    pthread_mutex_init(&told->lock, NULL);
    CHECK_STATUS(SNOW_OK, snow_set_token_callback(client, tell, told, NULL, &error), error);
}

/* ---- many threads ---- */

struct crowd {
    snow_client *client;
    pthread_barrier_t all_there;
    pthread_mutex_t lock;
    int answers;
};

static void *one_of_the_crowd(void *argument)
{
    struct crowd *crowd = (struct crowd *)argument;
    snow_error *error = NULL;
    snow_status status;
    pthread_barrier_wait(&crowd->all_there);
    status = call(crowd->client, &error);
    pthread_mutex_lock(&crowd->lock);
    CHECK_STATUS(SNOW_OK, status, error);
    crowd->answers += status == SNOW_OK;
    pthread_mutex_unlock(&crowd->lock);
    snow_error_free(error);
    return NULL;
}

/* All of them need a new token: the server gives one, and all have their answer. */
static void send_the_crowd(snow_client *client, const char *grant)
{
    struct crowd crowd;
    pthread_t threads[THREADS];
    int i, before = issued(grant);
    crowd.client = client;
    crowd.answers = 0;
    pthread_mutex_init(&crowd.lock, NULL);
    pthread_barrier_init(&crowd.all_there, NULL, THREADS);
    for (i = 0; i < THREADS; i++)
        control_must(pthread_create(&threads[i], NULL, one_of_the_crowd, &crowd) == 0, "thread");
    for (i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    CHECK_NUMBER(THREADS, crowd.answers);
    CHECK_NUMBER(before + 1, issued(grant));
    CHECK_NUMBER(0, issued("refused"));
    pthread_barrier_destroy(&crowd.all_there);
    pthread_mutex_destroy(&crowd.lock);
}

/* ---- the promises ---- */

static void signing_in(void)
{
    snow_error *error = NULL;
    snow_client *client = signed_in(3600);
    snow_token *token = snow_client_token(client, &error);
    CHECK(token && snow_token_refresh_token(token) != NULL);
    snow_token_free(token);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    CHECK_NUMBER(1, issued("password"));
    CHECK_NUMBER(0, issued("refresh_token"));
    snow_client_free(client);
}

/* An application that signs itself in has no refresh token, and needs none. */
static void an_application_for_a_crowd(void)
{
    snow_client *client = client_with(getenv("SNOW_CLIENT_SECRET"), 1);
    server("/-/reset");
    send_the_crowd(client, "client_credentials");
    server("/-/end-access-tokens");
    send_the_crowd(client, "client_credentials");
    CHECK_NUMBER(0, issued("refresh_token"));
    snow_client_free(client);
}

static void ended_for_a_crowd(void)
{
    struct told told;
    snow_client *client = signed_in(1);
    wait_for_the_end(client);
    listen_to(client, &told);
    send_the_crowd(client, "refresh_token");
    CHECK_NUMBER(1, told.calls);
    snow_client_free(client);
}

/* The token looks good here, so each thread may meet a 401 first. */
static void taken_back_for_a_crowd(void)
{
    struct told told;
    snow_client *client = signed_in(3600);
    listen_to(client, &told);
    server("/-/end-access-tokens");
    send_the_crowd(client, "refresh_token");
    CHECK_NUMBER(1, told.calls);
    snow_client_free(client);
}

/* Each renewal gives a refresh token that was not there before, and ends the one that it used. */
static void rotation(void)
{
    int i;
    struct told told;
    snow_error *error = NULL;
    snow_client *client = signed_in(3600), *late;
    snow_token *first = snow_client_token(client, NULL), *now;
    listen_to(client, &told);
    snprintf(told.refresh_token, sizeof told.refresh_token, "%s", snow_token_refresh_token(first));
    for (i = 1; i <= 3; i++) {
        server("/-/end-access-tokens");
        CHECK_STATUS(SNOW_OK, call(client, &error), error);
        CHECK_NUMBER(i, told.calls);
        CHECK_NUMBER(i, issued("refresh_token"));
    }
    now = snow_client_token(client, NULL);
    CHECK_TEXT(told.refresh_token, snow_token_refresh_token(now));

    /* Who kept the first is refused, asks once, and goes on when he has signed in. */
    server("/-/end-access-tokens");
    late = client_with(getenv("SNOW_CLIENT_SECRET"), 0);
    CHECK_STATUS(SNOW_OK, snow_client_set_token(late, first, &error), error);
    check_refused(late, "sign in again");
    CHECK_NUMBER(1, issued("refused"));
    check_refused(late, "sign in again");
    CHECK_NUMBER(1, issued("refused"));
    CHECK_STATUS(SNOW_OK, login(late, &error), error);
    CHECK_STATUS(SNOW_OK, call(late, &error), error);

    /* And takes nothing from who has the latest. */
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    CHECK_NUMBER(4, issued("refresh_token"));
    snow_token_free(first);
    snow_token_free(now);
    snow_client_free(late);
    snow_client_free(client);
}

static void revocation(void)
{
    snow_error *error = NULL;
    snow_client *client = signed_in(3600);
    server("/-/revoke");
    check_refused(client, "sign in again");
    CHECK_STATUS(SNOW_OK, login(client, &error), error);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    snow_client_free(client);
}

static void a_wrong_secret(void)
{
    snow_error *error = NULL;
    snow_client *user = client_with("not-the-secret", 0), *itself = client_with("not-the-secret", 1);
    server("/-/reset");
    CHECK_STATUS(SNOW_TOKEN_REFUSED, login(user, &error), error);
    CHECK(strstr(snow_error_message(error), "check the client id and secret") != NULL);
    CHECK(strstr(snow_error_message(error), "not-the-secret") == NULL);
    snow_error_free(error);
    check_refused(itself, "check the client id and secret");
    CHECK_NUMBER(2, issued("refused"));
    snow_client_free(user);
    snow_client_free(itself);
}

static void a_wrong_password(void)
{
    snow_error *error = NULL;
    snow_client *client = client_with(getenv("SNOW_CLIENT_SECRET"), 0);
    server("/-/reset");
    CHECK_STATUS(SNOW_TOKEN_REFUSED,
                 snow_client_login(client, getenv("SNOW_USER"), "not-the-password", &error), error);
    CHECK(strstr(snow_error_message(error), "not-the-password") == NULL);
    CHECK_NUMBER(1, issued("refused"));
    snow_error_free(error);
    snow_client_free(client);
}

static const struct promise promises[] = {
    PROMISE(signing_in),
    PROMISE(an_application_for_a_crowd),
    PROMISE(ended_for_a_crowd),
    PROMISE(taken_back_for_a_crowd),
    PROMISE(rotation),
    PROMISE(revocation),
    PROMISE(a_wrong_secret),
    PROMISE(a_wrong_password),
};

int main(int count, char **arguments)
{
    (void)count;
    return KEEP_PROMISE(promises, arguments[1]);
}
