/*
 * What a client tells of itself: a line for each request, on a thread that is in a call, without a secret;
 * and its counters. The instance is SNOW_INSTANCE.
 */
#include "check.h"
#include "control.h"

#include <poll.h>
#include <pthread.h>

#define TABLE "/api/now/table/incident"

static const char *instance;
static snow_error *error;

struct told {
    int lines, destroyed, levels[4], is_elsewhere, calls_back, closes;
    pthread_t thread;
    char all[65536];
    snow_client *client;
};

static void tell(void *user_data, snow_log_level level, const char *line)
{
    struct told *told = user_data;
    told->lines++;
    told->levels[level]++;
    told->is_elsewhere |= !pthread_equal(told->thread, pthread_self());
    CHECK(strchr(line, '\n') == NULL);
    if (strlen(told->all) + strlen(line) + 2 < sizeof told->all)
        strcat(strcat(told->all, line), "\n");
    if (told->closes)
        CHECK_NUMBER(SNOW_BUSY, snow_client_close(told->client, 60000, NULL));
    if (told->calls_back)
        snow_record_free(snow_table_first(told->client, "incident", NULL, NULL));
}

static void end(void *user_data)
{
    ((struct told *)user_data)->destroyed++;
}

static snow_client *new_client(struct told *told, snow_log_level level)
{
    snow_session *session = snow_session_new(&error);
    snow_client *client;
    snow_session_set_basic_auth(session, "admin", "admin", &error);
    snow_session_set_header(session, "X-Gateway-Key", "planted-key", &error);
    snow_session_set_retry(session, 2, 1, &error);
    client = snow_client_new(instance, session, &error);
    snow_session_free(session);
    memset(told, 0, sizeof *told);
    told->thread = pthread_self();
    told->client = client;
    CHECK_STATUS(SNOW_OK, snow_set_log_callback(client, level, tell, told, end, &error), error);
    return client;
}

static void lines_of_each_level(void)
{
    static struct told told;
    snow_log_level level;
    for (level = SNOW_LOG_OFF; level <= SNOW_LOG_INFO; level++) {
        snow_client *client = new_client(&told, level);
        snow_query *query = snow_query_new(&error);
        snow_query_where(query, "short_description", SNOW_EQ, "planted-value", &error);
        /* One request; one that is made again; one that is refused. */
        snow_record_free(snow_table_first(client, "incident", NULL, &error));
        control_do(instance, "POST", "/-/faults",
                   "{\"path\":\"" TABLE "\",\"count\":1,\"fault\":{\"kind\":\"not_executed\"}}");
        snow_record_free(snow_table_first(client, "incident", query, &error));
        snow_error_free(error);
        snow_record_free(snow_table_get(client, "no_such_table", "planted-sys_id", NULL, &error));
        snow_error_free(error);
        snow_query_free(query);
        /* The dropped request was answered, with 202, and is none that succeeded. */
        CHECK_NUMBER(level >= SNOW_LOG_ERROR ? 2 : 0, told.levels[SNOW_LOG_ERROR]);
        CHECK_NUMBER(level >= SNOW_LOG_WARNING ? 1 : 0, told.levels[SNOW_LOG_WARNING]);
        CHECK_NUMBER(level >= SNOW_LOG_INFO ? 2 : 0, told.levels[SNOW_LOG_INFO]);
        CHECK(!told.is_elsewhere);
        CHECK(strstr(told.all, "admin") == NULL && strstr(told.all, "planted-key") == NULL);
        CHECK(strstr(told.all, "planted-value") == NULL && strstr(told.all, "sysparm") == NULL);
        if (level == SNOW_LOG_INFO) {
            CHECK(strstr(told.all, "GET " TABLE " 200 in ") == told.all);
            CHECK(strstr(told.all, "ms, attempt 1, transaction ") != NULL);
            CHECK(strstr(told.all, "GET " TABLE " 202 in ") != NULL);
            CHECK(strstr(told.all, "ms, attempt 1, SNOW_NOT_EXECUTED") != NULL);
            CHECK(strstr(told.all, "GET " TABLE " is made again in ") != NULL);
            CHECK(strstr(told.all, "ms, after SNOW_NOT_EXECUTED\n") != NULL);
            CHECK(strstr(told.all, "ms, attempt 2, transaction ") != NULL);
            CHECK(strstr(told.all, "GET /api/now/table/no_such_table/planted-sys_id 400 in ") != NULL);
        }
        CHECK_NUMBER(0, told.destroyed);
        snow_client_free(client);
        CHECK_NUMBER(1, told.destroyed);
    }
}

/* Pages that are fetched ahead are told of on the thread that pulls the rows. */
static void lines_of_background_work(void)
{
    static struct told told;
    snow_client *client = new_client(&told, SNOW_LOG_INFO);
    snow_query *query = snow_query_new(&error);
    snow_cursor *cursor;
    const snow_record *row;
    int before;
    control_do(instance, "DELETE", "/-/requests", "");
    snow_query_page_size(query, 2, &error);
    cursor = snow_table_list(client, "incident", query, &error);
    while (snow_cursor_next(cursor, &row, &error) == SNOW_OK)
        ;
    CHECK_NUMBER(SNOW_OK, snow_error_status(error));
    CHECK_NUMBER(control_count(instance, TABLE), told.lines);
    CHECK(!told.is_elsewhere);
    snow_cursor_free(cursor);
    snow_query_free(query);

    /* What a callback calls is not told of. */
    before = told.lines;
    told.calls_back = 1;
    snow_record_free(snow_table_first(client, "incident", NULL, &error));
    CHECK_NUMBER(before + 1, told.lines);
    told.calls_back = 0;

    /* A callback cannot close the client that waits for it. */
    told.closes = 1;
    snow_record_free(snow_table_first(client, "incident", NULL, &error));
    CHECK_NUMBER(SNOW_OK, snow_error_status(error));
    CHECK_NUMBER(before + 2, told.lines);
    told.closes = 0;
    before++;

    /* Another takes its place, and then nobody. */
    CHECK_STATUS(SNOW_OK, snow_set_log_callback(client, SNOW_LOG_OFF, NULL, NULL, NULL, &error), error);
    CHECK_NUMBER(1, told.destroyed);
    snow_record_free(snow_table_first(client, "incident", NULL, &error));
    CHECK_NUMBER(before + 1, told.lines);
    snow_client_free(client);
    CHECK_NUMBER(1, told.destroyed);
}

static void lines_without_a_callback(void)
{
    snow_client *client = snow_client_new_oauth(instance, "snow-client", "snow-secret", NULL, &error);
    snow_log_level level = 42;
    char line[1024], cut[8];
    int i;
    CHECK_STATUS(SNOW_DONE, snow_client_log_line(client, line, sizeof line, &level, &error), error);
    CHECK_NUMBER(SNOW_LOG_OFF, level);
    CHECK_TEXT("", line);
    CHECK_STATUS(SNOW_OK, snow_set_log_callback(client, SNOW_LOG_INFO, NULL, NULL, NULL, &error), error);
    CHECK_STATUS(SNOW_OK, snow_client_login(client, "admin", "admin", &error), error);
    CHECK_STATUS(SNOW_OK, snow_client_log_line(client, line, sizeof line, &level, &error), error);
    CHECK_NUMBER(SNOW_LOG_INFO, level);
    CHECK(strstr(line, "POST /oauth_token.do 200 in ") == line);
    CHECK(strstr(line, "snow-secret") == NULL && strstr(line, "admin") == NULL);

    snow_record_free(snow_table_first(client, "incident", NULL, &error));
    CHECK_STATUS(SNOW_OK, snow_client_log_line(client, cut, sizeof cut, NULL, &error), error);
    CHECK_TEXT("GET /ap", cut);
    CHECK_STATUS(SNOW_DONE, snow_client_log_line(client, cut, sizeof cut, NULL, &error), error);

    /* So many lines are kept, and what came after them is counted. */
    for (i = 0; i < 1030; i++) {
        CHECK(snow_client_login(client, "admin", "wrong", &error) == SNOW_TOKEN_REFUSED);
        snow_error_free(error);
    }
    for (i = 0; snow_client_log_line(client, line, sizeof line, &level, &error) == SNOW_OK; i++)
        if (i < 1024)
            CHECK_NUMBER(SNOW_LOG_ERROR, level);
    CHECK_NUMBER(1025, i);
    CHECK_NUMBER(SNOW_OK, snow_error_status(error));
    snow_client_free(client);
}

static int64_t counted(snow_client *client, snow_statistic statistic)
{
    return snow_client_statistic(client, statistic);
}

static void counters(void)
{
    static struct told told;
    snow_client *client = new_client(&told, SNOW_LOG_OFF);
    snow_record *fields = snow_record_new(&error);
    snow_statistic statistic;
    for (statistic = SNOW_STATISTIC_REQUESTS; statistic <= SNOW_STATISTIC_IN_FLIGHT; statistic++)
        CHECK_NUMBER(0, counted(client, statistic));
    snow_record_free(snow_table_first(client, "incident", NULL, &error));
    CHECK_NUMBER(1, counted(client, SNOW_STATISTIC_REQUESTS));
    CHECK_NUMBER(1, counted(client, SNOW_STATISTIC_CONNECTIONS));
    CHECK(counted(client, SNOW_STATISTIC_BYTES_RECEIVED) > 100);
    CHECK_NUMBER(0, counted(client, SNOW_STATISTIC_BYTES_SENT));

    snow_record_set(fields, "a", "b", &error);
    snow_record_free(snow_table_create(client, "incident", fields, NULL, &error));
    CHECK_NUMBER(strlen("{\"a\":\"b\"}"), counted(client, SNOW_STATISTIC_BYTES_SENT));
    CHECK_NUMBER(1, counted(client, SNOW_STATISTIC_CONNECTIONS));

    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"" TABLE "\",\"count\":1,\"fault\":{\"kind\":\"reset_before\"}}");
    snow_record_free(snow_table_first(client, "incident", NULL, &error));
    CHECK_NUMBER(4, counted(client, SNOW_STATISTIC_REQUESTS));
    CHECK_NUMBER(1, counted(client, SNOW_STATISTIC_FAILURES));
    CHECK_NUMBER(1, counted(client, SNOW_STATISTIC_RETRIES));
    CHECK_NUMBER(2, counted(client, SNOW_STATISTIC_CONNECTIONS));
    CHECK_NUMBER(0, counted(client, SNOW_STATISTIC_TOKEN_REQUESTS));
    CHECK_NUMBER(0, counted(client, SNOW_STATISTIC_IN_FLIGHT));

    CHECK_NUMBER(-1, counted(NULL, SNOW_STATISTIC_REQUESTS));
    CHECK_NUMBER(-1, counted(client, 0));
    CHECK_NUMBER(-1, counted(client, 99));
    snow_record_free(fields);
    snow_client_free(client);

    client = snow_client_new_oauth(instance, "snow-client", "snow-secret", NULL, &error);
    CHECK_STATUS(SNOW_OK, snow_client_login(client, "admin", "admin", &error), error);
    CHECK_NUMBER(1, counted(client, SNOW_STATISTIC_TOKEN_REQUESTS));
    snow_client_free(client);
}

/* Answers that look like success, or go elsewhere, and are errors to the call. */
static void answers_in_place_of_the_one(void)
{
    static const struct {
        const char *fault, *line;
        snow_status status;
    } answers[] = {
        {"\"hibernating\"", "200 in ", SNOW_HIBERNATING},
        {"\"login_page\"", "200 in ", SNOW_LOGIN_PAGE},
        {"\"outage\"", "200 in ", SNOW_UNAVAILABLE},
        {"\"not_executed\"", "202 in ", SNOW_NOT_EXECUTED},
        {"\"redirect\",\"status\":302,\"location\":\"https://example.com/\"", "302 in ", SNOW_REDIRECT},
    };
    static struct told told;
    size_t i;
    int lists;
    for (i = 0; i < sizeof answers / sizeof *answers; i++)
        for (lists = 0; lists <= 1; lists++) {
            snow_client *client = new_client(&told, SNOW_LOG_ERROR);
            char fault[256];
            snow_status status;
            int64_t requests;
            check_subject = answers[i].fault;
            snprintf(fault, sizeof fault, "{\"path\":\"%s\",\"count\":0,\"fault\":{\"kind\":%s}}",
                     lists ? TABLE : "/api/now/stats/incident", answers[i].fault);
            control_do(instance, "POST", "/-/faults", fault);
            if (lists) {
                snow_cursor *cursor = snow_table_list(client, "incident", NULL, &error);
                const snow_record *row;
                status = snow_cursor_next(cursor, &row, &error);
                snow_cursor_free(cursor);
            } else {
                uint64_t count;
                status = snow_table_count(client, "incident", NULL, &count, &error);
            }
            CHECK_STATUS(answers[i].status, status, error);
            snow_error_free(error);
            requests = snow_client_statistic(client, SNOW_STATISTIC_REQUESTS);
            CHECK(requests > 0);
            CHECK_NUMBER(requests, snow_client_statistic(client, SNOW_STATISTIC_FAILURES));
            CHECK_NUMBER(requests, told.levels[SNOW_LOG_ERROR]);
            CHECK(strstr(told.all, answers[i].line) != NULL);
            CHECK(strstr(told.all, snow_status_name(answers[i].status)) != NULL);
            snow_client_free(client);
            control_do(instance, "DELETE", "/-/faults", "");
        }
    check_subject = "";
}

static void *give_up(void *cursor)
{
    while (control_count(instance, TABLE) == 0)
        poll(NULL, 0, 1);
    CHECK_NUMBER(SNOW_OK, snow_cursor_cancel(cursor, NULL));
    return NULL;
}

/* What the caller gives up is told of, and is no failure. */
static void what_is_given_up(void)
{
    static struct told told;
    snow_client *client = new_client(&told, SNOW_LOG_INFO);
    snow_cursor *cursor = snow_table_list(client, "incident", NULL, &error);
    const snow_record *row;
    pthread_t thread;
    control_do(instance, "DELETE", "/-/requests", "");
    control_do(instance, "POST", "/-/faults", "{\"path\":\"" TABLE "\",\"fault\":{\"kind\":\"stall\"}}");
    control_must(pthread_create(&thread, NULL, give_up, cursor) == 0, "thread");
    CHECK_STATUS(SNOW_CANCELLED, snow_cursor_next(cursor, &row, &error), error);
    snow_error_free(error);
    pthread_join(thread, NULL);
    CHECK_NUMBER(1, told.lines);
    CHECK_NUMBER(1, told.levels[SNOW_LOG_INFO]);
    CHECK(strstr(told.all, "GET " TABLE " SNOW_CANCELLED in ") == told.all);
    CHECK_NUMBER(0, counted(client, SNOW_STATISTIC_FAILURES));
    snow_cursor_free(cursor);
    snow_client_free(client);
}

int main(void)
{
    instance = getenv("SNOW_INSTANCE");
    lines_of_each_level();
    lines_of_background_work();
    lines_without_a_callback();
    counters();
    answers_in_place_of_the_one();
    what_is_given_up();
    return check_result();
}
