/*
 * A process that runs out of file descriptors: with any number left, a call succeeds or says that there are
 * too few, and never hangs; once there are some again, the same client works. The instance is SNOW_INSTANCE; this
 * process is started with at most ROOM descriptors.
 */
#include "processes.h"

/* More than a call takes. */
#define MOST_LEFT 16
#define ROOM 64

static snow_error *error;
static int taken[ROOM], taken_count;

/* Takes all but so many. */
static void leave(int left)
{
    int descriptor;
    while ((descriptor = open("/dev/null", O_RDONLY)) >= 0) {
        control_must(taken_count < ROOM, "there are more descriptors than that");
        taken[taken_count++] = descriptor;
    }
    while (left-- > 0 && taken_count > 0)
        close(taken[--taken_count]);
}

static void leave_all(void)
{
    while (taken_count > 0)
        close(taken[--taken_count]);
}

static snow_client *new_client_of(const char *address)
{
    snow_session *session = snow_session_new(NULL);
    snow_client *client;
    snow_session_set_basic_auth(session, "admin", "admin", NULL);
    snow_session_set_retry(session, 1, 1, NULL);
    client = snow_client_new(address, session, &error);
    CHECK(client != NULL);
    snow_session_free(session);
    return client;
}

static snow_client *new_client(void)
{
    return new_client_of(instance);
}

/* Whether it succeeded; otherwise it says why: a lane is short of them, or a connection, or a file. */
static int worked(const char *call, snow_status expected)
{
    const int works = error == NULL;
    const snow_status status = snow_error_status(error);
    check_subject = call;
    if (!works) {
        CHECK_NUMBER(expected, status);
        CHECK_NUMBER(expected == SNOW_CONNECT, snow_error_is_retryable(error));
        if (!CHECK(strstr(snow_error_message(error), "Too many open files") != NULL))
            fprintf(stderr, "    %s\n", snow_error_message(error));
        CHECK_NUMBER(0, snow_error_maybe_applied(error));
    }
    check_subject = "";
    snow_error_free(error);
    error = NULL;
    return works;
}

static int counts(snow_client *client, snow_status expected)
{
    uint64_t count = 0;
    alarm(60);
    snow_table_count(client, "incident", NULL, &count, &error);
    alarm(0);
    return worked("count", expected);
}

static int lists(snow_client *client)
{
    snow_cursor *cursor = snow_table_list(client, "incident", NULL, &error);
    const snow_record *row;
    alarm(60);
    snow_cursor_next(cursor, &row, &error);
    alarm(0);
    snow_cursor_free(cursor);
    return worked("list", SNOW_CONNECT);
}

/* How many must be left for a first call. */
static int a_new_client(void)
{
    int left, least = -1;
    for (left = 0; left <= MOST_LEFT; left++) {
        snow_client *client = new_client();
        int works;
        leave(left);
        works = counts(client, SNOW_CONNECT);
        CHECK(least < 0 || works);
        if (works && least < 0)
            least = left;
        leave_all();
        CHECK(counts(client, SNOW_OK));
        snow_client_free(client);
    }
    CHECK(least > 0);
    return least;
}

/* What a name stands for is in files, and so is what looks for it, the first time. */
static void a_name(void)
{
    int left, works = 0;
    char name[64];
    snprintf(name, sizeof name, "http://localhost:%s", strrchr(instance, ':') + 1);
    for (left = 0; left <= MOST_LEFT && !works; left++) {
        snow_client *client = new_client_of(name);
        leave(left);
        works = counts(client, SNOW_CONNECT);
        leave_all();
        snow_client_free(client);
    }
    CHECK(works);
}

/* A client that has a lane and a connection needs none. */
static void a_client_that_is_connected(void)
{
    snow_client *client = new_client();
    CHECK(counts(client, SNOW_OK));
    leave(0);
    CHECK(counts(client, SNOW_OK));
    CHECK(lists(client));
    leave_all();
    snow_client_free(client);
}

/* It is this process that is told to look, not the network. */
static void a_diagnosis(void)
{
    snow_client *client = new_client();
    snow_diagnosis *diagnosis;
    const char *text;
    leave(0);
    diagnosis = snow_client_diagnose(client, NULL, &error);
    leave_all();
    text = snow_diagnosis_text(diagnosis, NULL);
    if (CHECK(text != NULL)) {
        CHECK(strstr(text, "Too many open files") != NULL);
        CHECK(strstr(text, "no file descriptor or thread left") != NULL);
        CHECK(strstr(text, "firewall") == NULL);
    }
    snow_diagnosis_free(diagnosis);
    snow_client_free(client);
}

/* Files that a caller names. */
static void files(void)
{
    snow_client *client = new_client();
    CHECK(counts(client, SNOW_OK));
    leave(0);
    snow_record_free(snow_attachment_upload_file(client, "incident", "0", "/etc/hostname", &error));
    CHECK(!worked("upload", SNOW_FILE));
    snow_token_free(snow_token_load("/etc/hostname", &error));
    CHECK(!worked("load", SNOW_FILE));
    leave_all();
    snow_client_free(client);
}

/* The next token is asked for only where it can be put in its file. */
static void a_token(void)
{
    int left, failed = 0;
    sign_in();
    for (left = 0; left <= MOST_LEFT; left++) {
        const int before = refreshes();
        snow_client *client;
        snow_status status;
        rewrite_token(1);
        client = client_with_file(instance, 0);
        leave(left);
        status = call(client, &error);
        leave_all();
        if (status == SNOW_OK) {
            CHECK_NUMBER(before + 1, refreshes());
        } else {
            CHECK(status == SNOW_FILE || status == SNOW_CONNECT);
            if (!CHECK(strstr(snow_error_message(error), "Too many open files") != NULL))
                fprintf(stderr, "    %s\n", snow_error_message(error));
            CHECK_NUMBER(before, refreshes());
            failed++;
        }
        snow_error_free(error);
        error = NULL;
        CHECK(counts(client, SNOW_OK));
        CHECK_NUMBER(before + 1, refreshes());
        snow_client_free(client);
    }
    CHECK(failed > 0 && failed <= MOST_LEFT);
}

/* A whole table needs more lanes than there are descriptors for. */
static void an_export(void)
{
    int left;
    for (left = 0; left <= 24; left += 3) {
        snow_client *client = new_client();
        snow_export *whole = snow_export_new(client, "incident", NULL, &error);
        snow_cursor *cursor;
        const snow_record *row;
        int rows = 0;
        snow_export_set_connections(whole, 4, &error);
        leave(left);
        alarm(60);
        cursor = snow_export_rows(whole, &error);
        if (cursor) {
            while (snow_cursor_next(cursor, &row, &error) == SNOW_OK)
                rows++;
            snow_cursor_free(cursor);
        }
        alarm(0);
        leave_all();
        if (worked("export", SNOW_CONNECT))
            CHECK_NUMBER(75, rows);
        CHECK(counts(client, SNOW_OK));
        snow_export_free(whole);
        CHECK_STATUS(SNOW_OK, snow_client_close(client, 10000, &error), error);
        snow_client_free(client);
    }
}

static void *count_when_there_is_a_turn(void *client)
{
    uint64_t count = 0;
    snow_error *failure = NULL;
    CHECK_STATUS(SNOW_OK, snow_table_count(client, "incident", NULL, &count, &failure), failure);
    snow_error_free(failure);
    return client;
}

/* Those who wait for their turn are more than there are descriptors, and need none. */
static void a_crowd(void)
{
    pthread_t threads[ROOM];
    snow_session *session = snow_session_new(&error);
    snow_request *request = snow_request_new("GET", "/api/now/table/incident", &error);
    snow_response *first;
    snow_client *client;
    int i;
    snow_session_set_basic_auth(session, "admin", "admin", &error);
    snow_session_set_retry(session, 0, 1, &error);
    CHECK_STATUS(SNOW_OK, snow_session_set_max_in_flight(session, 1, &error), error);
    client = snow_client_new(instance, session, &error);
    first = snow_client_open(client, request, &error); /* It has the only turn until it is freed. */
    control_must(first != NULL, snow_error_message(error));
    alarm(60);
    for (i = 0; i < ROOM; i++)
        control_must(pthread_create(&threads[i], NULL, count_when_there_is_a_turn, client) == 0, "thread");
    while (snow_client_statistic(client, SNOW_STATISTIC_IN_FLIGHT) < ROOM)
        sched_yield();
    snow_response_free(first);
    for (i = 0; i < ROOM; i++)
        pthread_join(threads[i], NULL);
    alarm(0);
    /* Nor has each a connection of its own. */
    CHECK(snow_client_statistic(client, SNOW_STATISTIC_CONNECTIONS) < ROOM / 2);
    snow_client_free(client);
    snow_request_free(request);
    snow_session_free(session);
}

int main(void)
{
    instance = getenv("SNOW_INSTANCE");
    control_must(instance != NULL, "needs SNOW_INSTANCE");
    printf("a first call needs %d descriptors\n", a_new_client());
    if (strncmp(instance, "https", 5) == 0)
        return check_result();
    a_name();
    a_client_that_is_connected();
    a_diagnosis();
    files();
    a_token();
    an_export();
    a_crowd();
    return check_result();
}
