/*
 * How soon a call returns that is ended from outside: by closing its client, by cancelling its cursor, by its
 * time limit; in every phase that a call can be in. The arguments are how many times each, and the time limit in
 * milliseconds. Prints the times from that end to the return; every call returns with the status that belongs to it.
 * Beside them, and in turn with them, a thread that does nothing but sleep for as long: what it takes to be woken is
 * the machine's.
 *
 * The server is one of this program's own, which knows how far a call is.
 */
#include "check.h"
#include "control.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <time.h>

/* Ends the program where a call hangs. */
#define HANGS_AFTER_S 60
/* The time limit of a call that is not to end by it. */
#define LONG_MS 300000

/* And of one that is. */
static uint32_t short_ms;

enum phase { TURN, CONNECTING, ANSWER, BODY, RETRY, ASKING, REFRESH, PHASES };
enum means { CLOSE, CURSOR, DEADLINE, MEANS };

static const char *const phase_names[] = {
    "waiting for its turn", "connecting to a black hole", "waiting for an answer",
    "in a body",            "waiting to be made again",   "asking for a token",
    "waiting for a token",
};
static const char *const means_names[] = {"client closed", "cursor cancelled", "past its deadline"};

/* ---- the server ---- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    enum phase phase;
    /* How many calls are as far as they get. */
    int arrived, connections;
    int listener, hole, hole_filled[8];
    char url[64], hole_url[64];
    pthread_t thread;
} server = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static int listening(int backlog, char *url, size_t room)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    control_must(bind(listener, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    control_must(listen(listener, backlog) == 0, "listen");
    control_must(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "name");
    snprintf(url, room, "http://127.0.0.1:%d", ntohs(address.sin_port));
    return listener;
}

static void arrived(int by)
{
    pthread_mutex_lock(&server.lock);
    server.arrived += by;
    pthread_cond_broadcast(&server.changed);
    pthread_mutex_unlock(&server.lock);
}

static void say(int stream, const char *text)
{
    control_must(send(stream, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text), "cannot send");
}

/* Takes a request, gets as far with it as the phase says, and waits for the client to go. */
static void *serve(void *argument)
{
    const int stream = *(int *)argument;
    char request[16384];
    size_t length = 0;
    ssize_t got;
    while (length < sizeof request - 1 && (got = read(stream, request + length, sizeof request - 1 - length)) > 0) {
        length += (size_t)got;
        request[length] = '\0';
        if (strstr(request, "\r\n\r\n"))
            break;
    }
    if (length > 0) {
        if (server.phase == BODY)
            say(stream, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"result\":[");
        if (server.phase == RETRY)
            say(stream, "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n");
        arrived(1);
        while (read(stream, request, sizeof request) > 0)
            ;
    }
    close(stream);
    free(argument);
    pthread_mutex_lock(&server.lock);
    server.connections--;
    pthread_cond_broadcast(&server.changed);
    pthread_mutex_unlock(&server.lock);
    return NULL;
}

static void *accept_all(void *unused)
{
    int stream;
    while ((stream = accept(server.listener, NULL, NULL)) >= 0) {
        pthread_t thread;
        int *argument = malloc(sizeof *argument);
        control_must(argument != NULL, "no memory");
        *argument = stream;
        pthread_mutex_lock(&server.lock);
        server.connections++;
        pthread_mutex_unlock(&server.lock);
        control_must(pthread_create(&thread, NULL, serve, argument) == 0, "thread");
        pthread_detach(thread);
    }
    return unused;
}

/* A server, and a socket whose queue of connections is full, so that no further one comes about. */
static void start_server(void)
{
    size_t i;
    server.listener = listening(64, server.url, sizeof server.url);
    control_must(pthread_create(&server.thread, NULL, accept_all, NULL) == 0, "thread");
    server.hole = listening(0, server.hole_url, sizeof server.hole_url);
    for (i = 0; i < sizeof server.hole_filled / sizeof *server.hole_filled; i++) {
        struct sockaddr_in to;
        socklen_t length = sizeof to;
        getsockname(server.hole, (struct sockaddr *)&to, &length);
        server.hole_filled[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)!connect(server.hole_filled[i], (struct sockaddr *)&to, sizeof to);
    }
}

static void await(const int *number, int at_least)
{
    pthread_mutex_lock(&server.lock);
    while (at_least ? *number < at_least : *number > 0)
        pthread_cond_wait(&server.changed, &server.lock);
    pthread_mutex_unlock(&server.lock);
}

/* ---- calls ---- */

struct call {
    pthread_t thread;
    snow_client *client;
    snow_cursor *cursor;
    uint32_t timeout_ms;
    snow_status status;
    struct timespec returned;
};

static void *make(void *argument)
{
    struct call *call = argument;
    snow_error *error = NULL;
    const snow_record *row;
    snow_request *request;
    if (call->cursor) {
        call->status = snow_cursor_next(call->cursor, &row, &error);
    } else {
        request = snow_request_new("GET", "/api/now/table/incident", NULL);
        snow_request_set_timeout(request, call->timeout_ms, NULL);
        snow_response_free(snow_client_send(call->client, request, &error));
        call->status = snow_error_status(error);
        snow_request_free(request);
    }
    clock_gettime(CLOCK_MONOTONIC, &call->returned);
    snow_error_free(error);
    return NULL;
}

static snow_client *new_client(enum phase phase)
{
    static const char expired[] = "{\"access_token\":\"a\",\"refresh_token\":\"r\",\"expires_at\":1}";
    snow_session *session = snow_session_new(NULL);
    snow_error *error = NULL;
    snow_client *client;
    snow_token *token = snow_token_from_json(expired, &error);
    const int signs_in = phase == ASKING || phase == REFRESH;
    if (signs_in)
        snow_session_set_oauth(session, "id", "secret", NULL);
    snow_session_set_timeouts(session, LONG_MS, LONG_MS, NULL);
    snow_session_set_retry(session, 3, LONG_MS, NULL);
    snow_session_set_max_in_flight(session, phase == TURN, NULL);
    client = snow_client_new(phase == CONNECTING ? server.hole_url : server.url, session, &error);
    control_must(client != NULL, snow_error_message(error));
    if (signs_in)
        control_must(snow_client_set_token(client, token, &error) == SNOW_OK, snow_error_message(error));
    snow_token_free(token);
    snow_session_free(session);
    return client;
}

static void start(struct call *call, snow_client *client, int is_cursor, uint32_t timeout_ms)
{
    call->client = client;
    call->cursor = is_cursor ? snow_table_list(client, "incident", NULL, NULL) : NULL;
    call->timeout_ms = timeout_ms;
    control_must(pthread_create(&call->thread, NULL, make, call) == 0, "thread");
}

/* Up to a millisecond more: what is measured is not to be one moment alone. */
static void a_little_more(void)
{
    static uint32_t random = 2463534242u;
    struct timespec pause = {0, 0};
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    pause.tv_nsec = (long)(random % 1000000);
    nanosleep(&pause, NULL);
}

/* ---- times ---- */

static double ms_between(const struct timespec *from, const struct timespec *to)
{
    return (double)(to->tv_sec - from->tv_sec) * 1e3 + (double)(to->tv_nsec - from->tv_nsec) / 1e6;
}

static int by_size(const void *one, const void *other)
{
    const double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

static void tell(const char *what, const char *by, double *times, int count, const char *unit)
{
    qsort(times, (size_t)count, sizeof *times, by_size);
    printf("%-28s %-18s %5d %s: median %6.2f ms, p99 %6.2f ms, max %6.2f ms\n", what, by, count, unit,
           times[count / 2], times[(int)((count - 1) * 0.99)], times[count - 1]);
}

/* ---- the trials ---- */

/* How long after its end one call returned that was in this phase. */
static double trial(enum phase phase, enum means means)
{
    static const snow_status statuses[] = {SNOW_CANCELLED, SNOW_CANCELLED, SNOW_TIMEOUT};
    struct call first, call;
    struct timespec end;
    snow_client *client = new_client(phase);
    /* What has the only turn, or asks for the token, is then another call. */
    const int others = phase == TURN || phase == REFRESH;
    server.phase = phase;
    server.arrived = 0;
    alarm(HANGS_AFTER_S);
    if (others) {
        start(&first, client, 0, LONG_MS);
        await(&server.arrived, 1);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    start(&call, client, means == CURSOR, means == DEADLINE ? short_ms : LONG_MS);
    if (means == DEADLINE) {
        end.tv_nsec += short_ms * 1000000L;
    } else {
        /* A call counts from before it waits. */
        while (snow_client_statistic(client, SNOW_STATISTIC_IN_FLIGHT) < 1 + others)
            sched_yield();
        if (!others && phase != CONNECTING)
            await(&server.arrived, 1);
        a_little_more();
        clock_gettime(CLOCK_MONOTONIC, &end);
        if (means == CLOSE)
            CHECK_NUMBER(SNOW_TIMEOUT, snow_client_close(client, 0, NULL));
        else
            CHECK_NUMBER(SNOW_OK, snow_cursor_cancel(call.cursor, NULL));
    }
    pthread_join(call.thread, NULL);
    CHECK_TEXT(snow_status_name(statuses[means]), snow_status_name(call.status));
    if (others) {
        snow_client_close(client, 0, NULL);
        pthread_join(first.thread, NULL);
        CHECK_TEXT("SNOW_CANCELLED", snow_status_name(first.status));
    }
    /* What was given up is none that failed. Of what is to be made again the first answer may have come. */
    if (means != DEADLINE && phase != RETRY)
        CHECK_NUMBER(0, snow_client_statistic(client, SNOW_STATISTIC_FAILURES));
    snow_cursor_free(call.cursor);
    snow_client_close(client, 0, NULL);
    snow_client_free(client);
    await(&server.connections, 0);
    alarm(0);
    return ms_between(&end, &call.returned);
}

static void *sleep_only(void *argument)
{
    struct call *call = argument;
    poll(NULL, 0, (int)short_ms);
    clock_gettime(CLOCK_MONOTONIC, &call->returned);
    return NULL;
}

/* How much later than its time a thread went on that only slept, measured as a call is. */
static double yardstick(void)
{
    struct call call;
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    control_must(pthread_create(&call.thread, NULL, sleep_only, &call) == 0, "thread");
    end.tv_nsec += short_ms * 1000000L;
    pthread_join(call.thread, NULL);
    return ms_between(&end, &call.returned);
}

int main(int argc, char **argv)
{
    const int count = argc == 3 ? atoi(argv[1]) : 0;
    double *times = calloc((size_t)count * PHASES * MEANS + 1, sizeof *times), *all = times;
    double *slept = calloc((size_t)count * PHASES + 1, sizeof *slept);
    int phase, means, i, sleeps = 0;
    control_must(count > 0 && times && slept, "needs how many times and a time limit");
    short_ms = (uint32_t)atoi(argv[2]);
    start_server();
    for (phase = 0; phase < PHASES; phase++)
        for (means = 0; means < MEANS; means++) {
            /* A wait that does not fit into the time limit is not begun. */
            if (phase == RETRY && means == DEADLINE)
                continue;
            check_subject = phase_names[phase];
            for (i = 0; i < count; i++) {
                times[i] = trial((enum phase)phase, (enum means)means);
                if (means == DEADLINE)
                    slept[sleeps++] = yardstick();
            }
            check_subject = "";
            tell(phase_names[phase], means_names[means], times, count, "times");
            times += count;
        }
    tell("all", "", all, (int)(times - all), "calls ended");
    tell("a thread that only sleeps", "past its time", slept, sleeps, "times");
    shutdown(server.listener, SHUT_RDWR);
    pthread_join(server.thread, NULL);
    free(slept);
    free(all);
    return check_result();
}
