/*
 * Calls from a destructor of a thread's own data (pthread_key_create()), when all that others kept for the thread
 * is gone; and closing the client after that. The instance is SNOW_INSTANCE.
 */
#include "check.h"
#include "control.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

static snow_client *client;
static snow_cursor *cursor;
static pthread_key_t key;
static int ended;

/* A note that the C library takes of what a thread registers when its end has begun; as in valgrind.supp. */
const char *__lsan_default_suppressions(void)
{
    return "leak:__cxa_thread_atexit_impl\n";
}

static void make_a_call(snow_client *with)
{
    uint64_t count = 0;
    snow_error *error = NULL;
    CHECK_STATUS(SNOW_OK, snow_table_count(with, "incident", NULL, &count, &error), error);
    CHECK_NUMBER(75, count);
}

static void call_with_another_client(void)
{
    snow_error *error = NULL;
    snow_client *other = snow_client_new_basic(getenv("SNOW_INSTANCE"), "admin", "admin", &error);
    control_must(other != NULL, snow_error_message(error));
    make_a_call(other);
    snow_client_free(other);
}

static void close_inside(void *user_data, snow_log_level level, const char *line)
{
    (void)user_data, (void)level, (void)line;
    CHECK_NUMBER(SNOW_BUSY, snow_client_close(client, 10000, NULL));
}

/* Signals of the host's run their handlers on its own threads, also where a call needs another one. */
static __thread volatile sig_atomic_t is_the_hosts;
static volatile sig_atomic_t elsewhere, is_over;

static void on_signal(int number)
{
    (void)number;
    if (!is_the_hosts)
        elsewhere++;
}

static void *interrupt(void *nothing)
{
    is_the_hosts = 1;
    while (!is_over) {
        kill(getpid(), SIGUSR1);
        sched_yield();
    }
    return nothing;
}

static void calls_that_are_interrupted(void)
{
    pthread_t thread;
    sigset_t usr1;
    int i;
    is_the_hosts = 1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    control_must(pthread_create(&thread, NULL, interrupt, NULL) == 0, "a thread");
    control_must(pthread_sigmask(SIG_UNBLOCK, &usr1, NULL) == 0, "a mask");
    for (i = 0; i < 20; i++)
        make_a_call(client);
    is_over = 1;
    pthread_join(thread, NULL);
    CHECK_NUMBER(0, elsewhere);
}

static void at_the_end(void *data)
{
    snow_error *error = NULL;
    const snow_record *row;
    (void)data;
    call_with_another_client();
    make_a_call(client);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    snow_cursor_free(cursor);
    /* It knows that it is in a callback even there. */
    CHECK_STATUS(SNOW_OK, snow_set_log_callback(client, SNOW_LOG_INFO, close_inside, NULL, NULL, &error), error);
    make_a_call(client);
    CHECK_STATUS(SNOW_OK, snow_set_log_callback(client, SNOW_LOG_OFF, NULL, NULL, NULL, &error), error);
    calls_that_are_interrupted();
    ended++;
}

static void *live(void *nothing)
{
    snow_error *error = NULL;
    const snow_record *row;
    call_with_another_client(); /* whatever is kept for a thread is kept now, and gone at its end */
    make_a_call(client);
    cursor = snow_table_list(client, "incident", NULL, &error);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    control_must(pthread_setspecific(key, &ended) == 0, "a value of its own");
    return nothing;
}

int main(void)
{
    snow_error *error = NULL;
    pthread_t thread;
    struct sigaction action;
    sigset_t usr1;
    /* Every thread has it blocked, but for that which is interrupted, and what a call on it starts. */
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    control_must(pthread_sigmask(SIG_BLOCK, &usr1, NULL) == 0, "a mask");
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    control_must(sigaction(SIGUSR1, &action, NULL) == 0, "a handler");
    client = snow_client_new_basic(getenv("SNOW_INSTANCE"), "admin", "admin", &error);
    control_must(client != NULL, snow_error_message(error));
    control_must(pthread_key_create(&key, at_the_end) == 0, "a key");
    control_must(pthread_create(&thread, NULL, live, NULL) == 0, "a thread");
    pthread_join(thread, NULL);
    CHECK_NUMBER(1, ended);
    CHECK_NUMBER(0, snow_client_statistic(client, SNOW_STATISTIC_IN_FLIGHT));
    CHECK_STATUS(SNOW_OK, snow_client_close(client, 60000, &error), error);
    snow_client_free(client);
    return check_result();
}
