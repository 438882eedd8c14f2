/*
 * A process that gets the number of another which has ended, and from which it descends: what it inherited is that
 * one's all the same. A server that daemonizes and forks workers for long enough comes to it. The instance is
 * SNOW_INSTANCE.
 */
#define _GNU_SOURCE /* syscall() */
#include "check.h"
#include "control.h"

#include <sys/syscall.h>
#include <sys/wait.h>

static snow_client *client;
static snow_cursor *cursor;

/* The system would give it after some ten thousand others; who asks the C library gets it at once. */
static pid_t number;

pid_t getpid(void)
{
    return number ? number : (pid_t)syscall(SYS_getpid);
}

/* Says with how many requests, on how many connections, a call of this process leaves it. */
static void make_a_call(long long all)
{
    uint64_t count = 0;
    snow_error *error = NULL;
    CHECK_STATUS(SNOW_OK, snow_table_count(client, "incident", NULL, &count, &error), error);
    CHECK_NUMBER(75, count);
    CHECK_NUMBER(all, snow_client_statistic(client, SNOW_STATISTIC_REQUESTS));
    CHECK_NUMBER(1, snow_client_statistic(client, SNOW_STATISTIC_CONNECTIONS));
}

/* Another program in the end: a leak checker would find what a child must not free. */
static void end_child(void)
{
    if (check_result() == 0)
        execl("/bin/true", "true", (char *)NULL);
    _exit(1);
}

static void wait_for(pid_t child)
{
    int status = 0;
    control_must(child > 0, "fork");
    CHECK_NUMBER(child, waitpid(child, &status, 0));
    CHECK(WIFEXITED(status));
    CHECK_NUMBER(0, WEXITSTATUS(status));
}

static void be_the_worker(void)
{
    const snow_record *row;
    alarm(60);
    make_a_call(1);
    make_a_call(2);
    CHECK_NUMBER(SNOW_CLOSED, snow_cursor_next(cursor, &row, NULL));
    snow_cursor_free(cursor);
    snow_client_free(client);
    end_child();
}

static void be_the_daemon(pid_t ancestor)
{
    pid_t worker;
    alarm(60);
    make_a_call(1);
    number = ancestor; /* the worker's, from its first moment on */
    worker = fork();
    if (worker == 0)
        be_the_worker();
    number = 0;
    wait_for(worker);
    make_a_call(2);
    end_child();
}

int main(void)
{
    snow_error *error = NULL;
    const snow_record *row;
    snow_query *query = snow_query_new(&error);
    pid_t daemon;
    client = snow_client_new_basic(getenv("SNOW_INSTANCE"), "admin", "admin", &error);
    control_must(client != NULL, snow_error_message(error));
    make_a_call(1);
    /* No page is read ahead: what is counted here is to be certain. */
    snow_query_page_size(query, 100, &error);
    cursor = snow_table_list(client, "incident", query, &error);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    daemon = fork();
    if (daemon == 0)
        be_the_daemon(getppid());
    wait_for(daemon);
    make_a_call(3);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    snow_cursor_free(cursor);
    snow_query_free(query);
    snow_client_free(client);
    return check_result();
}
