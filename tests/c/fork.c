/*
 * A process that forks: children go on with the client that they inherited, on connections of their own,
 * while threads of the parent are in the middle of calls. The instance is SNOW_INSTANCE.
 */
#include "check.h"
#include "control.h"

#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#define CHILDREN 8
#define THREADS 4

static snow_client *client;
static volatile sig_atomic_t over;

static snow_status count_incidents(void)
{
    uint64_t count = 0;
    snow_error *error = NULL;
    snow_status status = snow_table_count(client, "incident", NULL, &count, &error);
    if (status != SNOW_OK)
        fprintf(stderr, "%s\n", snow_error_message(error));
    snow_error_free(error);
    return status == SNOW_OK && count == 75 ? SNOW_OK : SNOW_INTERNAL;
}

/*
 * Ends a child. Success is another program: a leak checker would look through the memory of this one,
 * which holds what the parent's threads were in the middle of, and what a child must not free.
 */
static void end_child(int failed)
{
    if (!failed)
        execl("/bin/true", "true", (char *)NULL);
    _exit(1);
}

/* Children wait for the end of this pipe, where there is one: then all of them call at once. */
static int start_line[2] = { -1, -1 };

/* What a child does: several calls, and an end that frees the client that it inherited. */
static void be_a_child(void)
{
    char nothing;
    int failed = 0, i;
    alarm(60); /* a child that hangs is killed, and the parent sees it */
    if (start_line[0] >= 0) {
        close(start_line[1]);
        failed |= read(start_line[0], &nothing, 1) != 0;
    }
    for (i = 0; i < 3; i++)
        failed |= count_incidents() != SNOW_OK;
    snow_client_free(client);
    end_child(failed);
}

static pid_t start_a_child(void)
{
    pid_t child = fork();
    control_must(child >= 0, "fork");
    if (child == 0)
        be_a_child();
    return child;
}

static void expect_success(pid_t child)
{
    int status = 0;
    CHECK_NUMBER(child, waitpid(child, &status, 0));
    CHECK(WIFEXITED(status));
    CHECK_NUMBER(0, WEXITSTATUS(status));
}

static void *make_traffic(void *failures)
{
    while (!over)
        if (count_incidents() != SNOW_OK)
            ++*(int *)failures;
    return NULL;
}

/* A server that makes its client first and its workers then; all of them call at once, and it goes on. */
static void prefork(void)
{
    pid_t children[CHILDREN];
    int i;
    CHECK_NUMBER(SNOW_OK, count_incidents());
    control_must(pipe(start_line) == 0, "pipe");
    for (i = 0; i < CHILDREN; i++)
        children[i] = start_a_child();
    close(start_line[0]);
    close(start_line[1]);
    start_line[0] = start_line[1] = -1;
    for (i = 0; i < CHILDREN; i++)
        CHECK_NUMBER(SNOW_OK, count_incidents());
    for (i = 0; i < CHILDREN; i++)
        expect_success(children[i]);
    CHECK_NUMBER(SNOW_OK, count_incidents());
}

static void fork_under_traffic(int forks)
{
    pthread_t threads[THREADS];
    int failures[THREADS] = { 0 }, i;
    over = 0;
    for (i = 0; i < THREADS; i++)
        control_must(pthread_create(&threads[i], NULL, make_traffic, &failures[i]) == 0, "thread");
    for (i = 0; i < forks; i++)
        expect_success(start_a_child());
    over = 1;
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_NUMBER(0, failures[i]);
    }
    CHECK_NUMBER(SNOW_OK, count_incidents());
}

static volatile int may_begin;

static void *begin(void *nothing)
{
    while (!may_begin)
        ;
    snow_client_statistic(client, SNOW_STATISTIC_IN_FLIGHT);
    return nothing;
}

/* A child that forks too, in the very moment when its first call makes what is its own. */
static void grandchildren(int forks)
{
    int i;
    for (i = 0; i < forks; i++) {
        pid_t child = fork();
        if (child == 0) {
            pthread_t thread;
            volatile int pause = i % 400 * 20;
            int status = 1;
            pid_t grandchild;
            if (pthread_create(&thread, NULL, begin, NULL) != 0)
                _exit(1);
            may_begin = 1;
            while (pause > 0)
                pause--;
            grandchild = fork();
            if (grandchild == 0) {
                alarm(60);
                snow_client_statistic(client, SNOW_STATISTIC_IN_FLIGHT);
                end_child(0);
            }
            waitpid(grandchild, &status, 0);
            pthread_join(thread, NULL);
            end_child(status != 0);
        }
        expect_success(child);
    }
}

/* A cursor stays with the process that made it. */
static void a_cursor_in_a_child(void)
{
    snow_error *error = NULL;
    const snow_record *row;
    pid_t child;
    snow_query *query = snow_query_new(&error);
    snow_cursor *cursor;
    snow_query_page_size(query, 10, &error);
    cursor = snow_table_list(client, "incident", query, &error);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    child = fork();
    if (child == 0) {
        snow_status status;
        alarm(60);
        status = snow_cursor_next(cursor, &row, NULL);
        snow_cursor_free(cursor);
        end_child(status != SNOW_CLOSED);
    }
    expect_success(child);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    snow_cursor_free(cursor);
    snow_query_free(query);
}

/* So does an answer that is read piece by piece, with what came of it already. */
static void an_answer_in_a_child(void)
{
    snow_error *error = NULL;
    char buffer[64];
    size_t count;
    pid_t child;
    snow_request *request = snow_request_new("GET", "/api/now/table/incident", &error);
    snow_response *response = snow_client_open(client, request, &error);
    CHECK_STATUS(SNOW_OK, snow_response_read(response, buffer, 1, &count, &error), error);
    child = fork();
    if (child == 0) {
        snow_status status;
        alarm(60);
        status = snow_response_read(response, buffer, sizeof buffer, &count, NULL);
        snow_response_free(response);
        end_child(status != SNOW_CLOSED || count != 0);
    }
    expect_success(child);
    CHECK_STATUS(SNOW_OK, snow_response_read(response, buffer, sizeof buffer, &count, &error), error);
    CHECK_NUMBER(sizeof buffer, count);
    snow_response_free(response);
    snow_request_free(request);
}

/* An export stays there as well: what a child frees of it, it frees without the threads that read it. */
static void an_export_in_a_child(int forks)
{
    snow_error *error = NULL;
    const snow_record *row;
    snow_query *query = snow_query_new(&error);
    snow_export *export;
    snow_cursor *cursor;
    int i;
    snow_query_page_size(query, 20, &error);
    export = snow_export_new(client, "incident", query, &error);
    cursor = snow_export_rows(export, &error);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    for (i = 0; i < forks; i++) {
        pid_t child = fork();
        if (child == 0) {
            snow_status status;
            alarm(60);
            status = snow_cursor_next(cursor, &row, NULL);
            snow_cursor_free(cursor);
            snow_export_free(export);
            end_child(status != SNOW_CLOSED);
        }
        CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
        expect_success(child);
    }
    snow_cursor_free(cursor);
    snow_export_free(export);
    snow_query_free(query);
}

int main(int argc, char **argv)
{
    snow_error *error = NULL;
    int forks;
    client = snow_client_new_basic(getenv("SNOW_INSTANCE"), "admin", "admin", &error);
    control_must(client != NULL, snow_error_message(error));
    prefork();
    forks = argc == 2 ? atoi(argv[1]) : 20;
    fork_under_traffic(forks);
    grandchildren(2 * forks);
    a_cursor_in_a_child();
    an_answer_in_a_child();
    an_export_in_a_child(forks);
    /* The cursor was freed with a page on its way, whose thread is to be gone before the end. */
    CHECK_STATUS(SNOW_OK, snow_client_close(client, 10000, &error), error);
    snow_client_free(client);
    return check_result();
}
