/*
 * A host that is interrupted all the time: a timer and a thread of its own send signals every millisecond, with
 * handlers that do not ask for system calls to be restarted, while threads make every kind of call. None of
 * them may fail for it. The instance is SNOW_INSTANCE; the arguments are how many threads, how many rounds of
 * calls each, and how many microseconds lie between two signals.
 */
#include "control.h"
#include "every_call.h"

#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include <time.h>

#define MOST_THREADS 16
#define HANGS_AFTER_S 300

static volatile sig_atomic_t alarms, interruptions, over;
static long limit;
static snow_client *client;
static pthread_t threads[MOST_THREADS];
static int thread_count, rounds;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int calls;

/* The timer is the watchdog too: there is one of its kind in a process. */
static void on_alarm(int number)
{
    (void)number;
    if (++alarms > limit)
        _exit(3);
}

static void on_interruption(int number)
{
    (void)number;
    interruptions++;
}

static void *make_calls(void *unused)
{
    int round;
    for (round = 0; round < rounds; round++) {
        const int made = make_every_call(client);
        pthread_mutex_lock(&lock);
        calls += made;
        pthread_mutex_unlock(&lock);
    }
    return unused;
}

/* The timer's signals mostly come to the main thread; these come to those in a call. */
static void *interrupt_all(void *pace)
{
    while (!over) {
        int i;
        for (i = 0; i < thread_count; i++)
            pthread_kill(threads[i], SIGUSR1);
        nanosleep(pace, NULL);
    }
    return NULL;
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = handler;
    control_must(sigaction(number, &action, NULL) == 0, "sigaction");
}

static void set_timer(long microseconds)
{
    struct itimerval timer;
    memset(&timer, 0, sizeof timer);
    timer.it_value.tv_usec = timer.it_interval.tv_usec = microseconds;
    control_must(setitimer(ITIMER_REAL, &timer, NULL) == 0, "setitimer");
}

int main(int argc, char **argv)
{
    snow_error *error = NULL;
    struct timespec pace = {0, 0};
    pthread_t interrupter;
    sigset_t none_here;
    int i;
    control_must(argc == 4, "needs threads, rounds and microseconds");
    thread_count = atoi(argv[1]);
    rounds = atoi(argv[2]);
    pace.tv_nsec = atol(argv[3]) * 1000;
    limit = HANGS_AFTER_S * 1000000L / atol(argv[3]);
    client = snow_client_new_basic(getenv("SNOW_INSTANCE"), "admin", "admin", &error);
    control_must(client && thread_count <= MOST_THREADS, snow_error_message(error));
    handle(SIGALRM, on_alarm);
    handle(SIGUSR1, on_interruption);
    for (i = 0; i < thread_count; i++)
        control_must(pthread_create(&threads[i], NULL, make_calls, NULL) == 0, "thread");
    control_must(pthread_create(&interrupter, NULL, interrupt_all, &pace) == 0, "thread");
    set_timer(atol(argv[3]));
    /* The main thread is in calls as well, and is not joined by itself. */
    make_calls(NULL);
    for (i = 0; i < thread_count; i++)
        pthread_join(threads[i], NULL);
    over = 1;
    pthread_join(interrupter, NULL);
    set_timer(0);
    /* What the library blocks while it is inside is open again. */
    CHECK(pthread_sigmask(SIG_BLOCK, NULL, &none_here) == 0 && !sigismember(&none_here, SIGPIPE));
    CHECK(alarms > 0 && interruptions > 0);
    printf("%d calls, %ld signals of a timer, %ld of a thread\n", calls, (long)alarms, (long)interruptions);
    snow_client_free(client);
    return check_result();
}
