/*
 * What renewing a token promises: once for any number of threads, told on the caller's own thread, and
 * never repeated when it was refused. One argument: which promise; the instance is SNOW_INSTANCE.
 */
#include "check.h"
#include "control.h"

#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

#define THREADS 64
#define TOKEN_CALL "/oauth_token.do"
#define TABLE_CALL "/api/now/table/incident"

static const char *instance;

/* A client that signed in, and a journal that is empty again. */
static snow_client *signed_in(void)
{
    snow_error *error = NULL;
    snow_client *client =
        snow_client_new_oauth(instance, getenv("SNOW_CLIENT_ID"), getenv("SNOW_CLIENT_SECRET"),
                              NULL, &error);
    control_must(client != NULL, snow_error_message(error));
    CHECK_STATUS(SNOW_OK, snow_client_login(client, "admin", "admin", &error), error);
    control_do(instance, "DELETE", "/-/requests", "");
    return client;
}

/* The client's token, but as if it ended at `expires_at`; its refresh token may be replaced. */
static void set_token(snow_client *client, const char *refresh_token, long expires_at)
{
    char json[1024];
    snow_error *error = NULL;
    snow_token *now = snow_client_token(client, &error), *changed;
    control_must(now != NULL, snow_error_message(error));
    snprintf(json, sizeof json,
             "{\"access_token\":\"%s\",\"refresh_token\":\"%s\",\"expires_in\":1800,"
             "\"expires_at\":%ld}",
             snow_token_access_token(now),
             refresh_token ? refresh_token : snow_token_refresh_token(now), expires_at);
    changed = snow_token_from_json(json, &error);
    control_must(changed != NULL, snow_error_message(error));
    CHECK_STATUS(SNOW_OK, snow_client_set_token(client, changed, &error), error);
    snow_token_free(changed);
    snow_token_free(now);
}

static snow_status call(snow_client *client, snow_error **error)
{
    snow_record *record = snow_table_first(client, "incident", NULL, error);
    snow_record_free(record);
    return record ? SNOW_OK : snow_error_status(*error);
}

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

/* --- what the callback was told ------------------------------------------------------------- */

struct told {
    pthread_mutex_t lock;
    int calls, destroyed, nested_status;
    int32_t answer;
    pthread_t thread;
    snow_client *nested;
    char access_token[256];
};

static int32_t tell(void *user_data, const snow_token *token)
{
    struct told *told = (struct told *)user_data;
    snow_error *error = NULL;
    pthread_mutex_lock(&told->lock);
    told->calls++;
    told->thread = pthread_self();
    snprintf(told->access_token, sizeof told->access_token, "%s",
             snow_token_access_token(token));
    pthread_mutex_unlock(&told->lock);
    if (told->nested) {
        told->nested_status = call(told->nested, &error);
        snow_error_free(error);
    }
    return told->answer;
}

static void destroy(void *user_data)
{
    ((struct told *)user_data)->destroyed++;
}

static void listen_to(snow_client *client, struct told *told, int32_t answer)
{
    snow_error *error = NULL;
    memset(told, 0, sizeof *told);
    pthread_mutex_init(&told->lock, NULL);
    told->answer = answer;
    CHECK_STATUS(SNOW_OK, snow_set_token_callback(client, tell, told, destroy, &error), error);
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

static void calls_from_inside_the_callback(void)
{
    snow_error *error = NULL;
    struct told told;
    snow_client *client = signed_in();
    listen_to(client, &told, SNOW_HANDLED);
    told.nested = client;
    told.nested_status = SNOW_INTERNAL;
    set_token(client, NULL, 1);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    CHECK_NUMBER(SNOW_OK, told.nested_status);
    CHECK_NUMBER(1, told.calls);

    /* A nested call that is refused does not wait for the renewal it is a part of. */
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"" TABLE_CALL "\",\"count\":1,\"fault\":{\"kind\":\"unauthorized\"}}");
    set_token(client, NULL, 1);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    CHECK_NUMBER(SNOW_UNAUTHENTICATED, told.nested_status);
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

static void a_callback_that_fails(void)
{
    snow_error *error = NULL;
    struct told told;
    snow_token *token;
    snow_client *client = signed_in();
    listen_to(client, &told, 7);
    set_token(client, NULL, 1);
    CHECK_STATUS(SNOW_CALLBACK_FAILED, call(client, &error), error);
    CHECK_NUMBER(7, snow_error_callback_value(error));
    CHECK_NUMBER(0, control_count(instance, TABLE_CALL));
    snow_error_free(error);

    /* The token is kept: the next call goes out with it. */
    token = snow_client_token(client, &error);
    CHECK_TEXT(told.access_token, snow_token_access_token(token));
    snow_token_free(token);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    CHECK_NUMBER(1, control_count(instance, TOKEN_CALL));

    /* What the exception of another language leaves behind is no success either. */
    told.answer = 0;
    set_token(client, NULL, 1);
    CHECK_STATUS(SNOW_CALLBACK_FAILED, call(client, &error), error);
    CHECK_NUMBER(0, snow_error_callback_value(error));
    snow_error_free(error);
    snow_client_free(client);
}

static void destroy_is_called_once(void)
{
    snow_error *error = NULL;
    struct told first, second, third;
    snow_client *client = signed_in(), *basic;
    listen_to(client, &first, SNOW_HANDLED);
    listen_to(client, &second, SNOW_HANDLED);
    CHECK_NUMBER(1, first.destroyed);
    CHECK_NUMBER(0, second.destroyed);
    CHECK_STATUS(SNOW_OK, snow_set_token_callback(client, NULL, NULL, NULL, &error), error);
    CHECK_NUMBER(1, second.destroyed);
    listen_to(client, &first, SNOW_HANDLED);
    snow_client_free(client);
    CHECK_NUMBER(1, first.destroyed);

    /* A setter that fails. */
    basic = snow_client_new_basic(instance, "admin", "admin", &error);
    memset(&third, 0, sizeof third);
    CHECK_STATUS(SNOW_INVALID_ARGUMENT,
                 snow_set_token_callback(basic, tell, &third, destroy, &error), error);
    CHECK_NUMBER(1, third.destroyed);
    snow_error_free(error);
    snow_client_free(basic);
}

/* The last to let go of a callback is a thread of ours, though a page is still on its way. */
static pthread_t destroyed_on;

static void note_thread(void *user_data)
{
    destroyed_on = pthread_self();
    destroy(user_data);
}

/* Waits until this thread is the only one: what is on its way ends soon after it was cancelled. */
static void wait_until_alone(void)
{
    int threads = 0;
    while (threads != 1) {
        DIR *tasks = opendir("/proc/self/task");
        struct dirent *task;
        control_must(tasks != NULL, "/proc/self/task");
        for (threads = 0; (task = readdir(tasks)) != NULL;)
            threads += task->d_name[0] != '.';
        closedir(tasks);
        sched_yield();
    }
}

static void destroy_is_called_on_this_thread(void)
{
    snow_error *error = NULL;
    const snow_record *row;
    struct told told;
    snow_client *client = signed_in();
    snow_query *query = snow_query_new(&error);
    snow_cursor *cursor;
    memset(&told, 0, sizeof told);
    CHECK_STATUS(SNOW_OK, snow_set_token_callback(client, tell, &told, note_thread, &error), error);
    snow_query_page_size(query, 10, &error);
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"" TABLE_CALL "\",\"after\":1,\"fault\":{\"kind\":\"stall\"}}");
    cursor = snow_table_list(client, "incident", query, &error);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    snow_cursor_free(cursor);
    CHECK_NUMBER(0, told.destroyed);
    snow_client_free(client);
    CHECK_NUMBER(1, told.destroyed);
    CHECK(pthread_equal(destroyed_on, pthread_self()));
    wait_until_alone();
    snow_query_free(query);
}

/* A callback that frees what the call that it is in was made with. */
static int32_t free_cursor(void *user_data, const snow_token *token)
{
    snow_cursor **cursor = (snow_cursor **)user_data;
    (void)token;
    snow_cursor_free(*cursor);
    *cursor = NULL;
    return SNOW_HANDLED;
}

static void a_callback_that_frees_the_cursor(void)
{
    snow_error *error = NULL;
    const snow_record *row;
    snow_client *client = signed_in();
    snow_cursor *cursor = snow_table_list(client, "incident", NULL, &error);
    CHECK_STATUS(SNOW_OK, snow_set_token_callback(client, free_cursor, &cursor, NULL, &error),
                 error);
    set_token(client, NULL, 1);
    CHECK_STATUS(SNOW_CANCELLED, snow_cursor_next(cursor, &row, &error), error);
    CHECK(row == NULL);
    CHECK(cursor == NULL);
    snow_error_free(error);
    CHECK_STATUS(SNOW_OK, snow_client_close(client, 10000, &error), error);
    snow_client_free(client);
}

/* Closing, and signing in, from inside the callback would wait for themselves. */
static snow_status closed_inside, login_inside;

static int32_t close_client(void *client, const snow_token *token)
{
    (void)token;
    closed_inside = snow_client_close((snow_client *)client, 60000, NULL);
    login_inside = snow_client_login((snow_client *)client, "admin", "admin", NULL);
    return SNOW_HANDLED;
}

static void closing(void)
{
    snow_error *error = NULL;
    snow_client *client = signed_in();
    CHECK_STATUS(SNOW_OK, snow_set_token_callback(client, close_client, client, NULL, &error),
                 error);
    set_token(client, NULL, 1);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    CHECK_NUMBER(SNOW_BUSY, closed_inside);
    CHECK_NUMBER(SNOW_BUSY, login_inside);
    CHECK_STATUS(SNOW_OK, snow_client_close(client, 1000, &error), error);
    CHECK_STATUS(SNOW_CLOSED, snow_client_login(client, "admin", "admin", &error), error);
    snow_error_free(error);
    CHECK_STATUS(SNOW_CLOSED, call(client, &error), error);
    snow_error_free(error);
    snow_client_free(client);
}

static void the_refresh_token_is_kept_or_replaced(void)
{
    snow_error *error = NULL;
    snow_token *before, *after;
    snow_client *client = signed_in();
    before = snow_client_token(client, &error);

    /* None comes back, and the token type is in another case. */
    token_answer(200, "application/json",
                 "{\\\"access_token\\\":\\\"A2\\\",\\\"token_type\\\":\\\"bearer\\\","
                 "\\\"expires_in\\\":1800}");
    set_token(client, NULL, 1);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    after = snow_client_token(client, &error);
    CHECK_TEXT(snow_token_refresh_token(before), snow_token_refresh_token(after));
    snow_token_free(after);

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

static void answers_that_are_no_token(void)
{
    static const struct {
        int status;
        const char *type, *body;
        snow_status expected;
    } answers[] = {
        { 200, "text/html", "<html>welcome</html>", SNOW_TOKEN_ANSWER },
        { 200, "text/html", "<html class='instance-hibernating-page'></html>", SNOW_HIBERNATING },
        { 502, "text/html", "<html>bad gateway</html>", SNOW_UNAVAILABLE },
        { 200, "application/json", "", SNOW_TOKEN_ANSWER },
        { 200, "application/json", "{}", SNOW_TOKEN_ANSWER },
        { 200, "application/json", "{\\\"access_token\\\":\\\"s3cret-half", SNOW_TOKEN_ANSWER },
        { 200, "application/json", "{\\\"error\\\":\\\"invalid_grant\\\"}", SNOW_TOKEN_REFUSED },
        { 401, "application/json", "", SNOW_TOKEN_ANSWER },
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

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } promises[] = {
        { "expired_for_a_crowd", expired_for_a_crowd },
        { "refused_for_a_crowd", refused_for_a_crowd },
        { "renewed_thirty_seconds_early", renewed_thirty_seconds_early },
        { "renewed_once_on_a_401", renewed_once_on_a_401 },
        { "calls_from_inside_the_callback", calls_from_inside_the_callback },
        { "calls_from_inside_a_log_callback", calls_from_inside_a_log_callback },
        { "a_callback_that_fails", a_callback_that_fails },
        { "destroy_is_called_once", destroy_is_called_once },
        { "destroy_is_called_on_this_thread", destroy_is_called_on_this_thread },
        { "a_callback_that_frees_the_cursor", a_callback_that_frees_the_cursor },
        { "closing", closing },
        { "the_refresh_token_is_kept_or_replaced", the_refresh_token_is_kept_or_replaced },
        { "a_refusal_is_final", a_refusal_is_final },
        { "answers_that_are_no_token", answers_that_are_no_token },
        { "nothing_leaks_into_the_token_call", nothing_leaks_into_the_token_call },
        { "without_a_token", without_a_token },
    };
    size_t i;
    instance = getenv("SNOW_INSTANCE");
    for (i = 0; i < sizeof promises / sizeof *promises; i++)
        if (argc == 2 && strcmp(argv[1], promises[i].name) == 0) {
            promises[i].run();
            return check_result();
        }
    fprintf(stderr, "usage: oauth PROMISE\n");
    return 2;
}
