/*
 * Names as this program's own getaddrinfo() tells them, which takes the place of the system's: a machine that moves,
 * and a name server that is silent.
 * The instance is SNOW_INSTANCE, and the one argument says what happens.
 */
#include "check.h"
#include "control.h"

#include <dirent.h>
#include <netdb.h>
#include <pthread.h>
#include <time.h>

#define HERE "127.0.0.1"
/* Nobody listens there. */
#define ELSEWHERE "127.0.0.3"
/* Where a connection is never taken. */
#define HOLE "127.0.0.4"

static struct {
    pthread_mutex_t lock;
    /* What the first question is answered with, and each after it. */
    const char *first, *then;
    int asked;
    /* No question is answered meanwhile. */
    int are_silent;
    pthread_cond_t changed;
} names = {PTHREAD_MUTEX_INITIALIZER, HERE, HERE, 0, 0, PTHREAD_COND_INITIALIZER};

static int port;

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **found)
{
    struct addrinfo *answer = (struct addrinfo *)calloc(1, sizeof *answer);
    struct sockaddr_in *at = (struct sockaddr_in *)calloc(1, sizeof *at);
    (void)service;
    control_must(answer && at && strcmp(name, "instance.example") == 0, name);
    pthread_mutex_lock(&names.lock);
    at->sin_family = AF_INET;
    inet_pton(AF_INET, names.asked++ ? names.then : names.first, &at->sin_addr);
    while (names.are_silent)
        pthread_cond_wait(&names.changed, &names.lock);
    pthread_mutex_unlock(&names.lock);
    answer->ai_family = AF_INET;
    answer->ai_socktype = hints->ai_socktype;
    answer->ai_addr = (struct sockaddr *)at;
    answer->ai_addrlen = sizeof *at;
    *found = answer;
    return 0;
}

void freeaddrinfo(struct addrinfo *found)
{
    free(found->ai_addr);
    free(found);
}

/* From here on the name stands for these. */
static void stands_for(const char *first, const char *then)
{
    pthread_mutex_lock(&names.lock);
    names.first = first;
    names.then = then;
    names.asked = 0;
    pthread_mutex_unlock(&names.lock);
}

static int asked(void)
{
    int count;
    pthread_mutex_lock(&names.lock);
    count = names.asked;
    pthread_mutex_unlock(&names.lock);
    return count;
}

static void are_silent(int they_are)
{
    pthread_mutex_lock(&names.lock);
    names.are_silent = they_are;
    pthread_cond_broadcast(&names.changed);
    pthread_mutex_unlock(&names.lock);
}

static snow_client *new_client(uint32_t connect_ms, uint32_t total_ms, uint32_t retries)
{
    char address[64];
    snow_error *error = NULL;
    snow_session *session = snow_session_new(NULL);
    snow_client *client;
    snow_session_set_basic_auth(session, "admin", "admin", NULL);
    snow_session_set_allow_http(session, 1, NULL);
    snow_session_set_proxy(session, "", NULL);
    snow_session_set_timeouts(session, connect_ms, total_ms, NULL);
    snow_session_set_retry(session, retries, 1000, NULL);
    snprintf(address, sizeof address, "http://instance.example:%d", port);
    client = snow_client_new(address, session, &error);
    CHECK_STATUS(SNOW_OK, snow_error_status(error), error);
    snow_session_free(session);
    return client;
}

static void counts(snow_client *client, snow_status expected)
{
    uint64_t count;
    snow_error *error = NULL;
    CHECK_STATUS(expected, snow_table_count(client, "incident", NULL, &count, &error), error);
    snow_error_free(error);
}

/* ---- a machine that moves ---- */

static void a_name_that_leads_to_the_instance_is_asked_for_once(void)
{
    snow_client *client = new_client(10000, 10000, 0);
    snow_request *request = snow_request_new("GET", "/api/now/table/incident", NULL);
    snow_response *open;
    stands_for(HERE, ELSEWHERE);
    open = snow_client_open(client, request, NULL);
    CHECK(open != NULL);
    /* This one needs a connection of its own. */
    counts(client, SNOW_OK);
    CHECK_NUMBER(1, asked());
    snow_response_free(open);
    snow_request_free(request);
    snow_client_free(client);
}

static void a_call_that_failed_there_is_followed_by_one_that_asks(void)
{
    snow_client *client = new_client(10000, 10000, 0);
    stands_for(ELSEWHERE, HERE);
    counts(client, SNOW_CONNECT);
    counts(client, SNOW_OK);
    CHECK_NUMBER(2, asked());
    snow_client_free(client);
}

static void a_call_that_is_made_again_asks_again(void)
{
    snow_client *client = new_client(10000, 10000, 1);
    stands_for(ELSEWHERE, HERE);
    counts(client, SNOW_OK);
    CHECK_NUMBER(2, asked());
    snow_client_free(client);
}

/* Whichever time limit ends the attempt. */
static void a_machine_that_is_silent(uint32_t connect_ms, uint32_t total_ms, snow_status expected, const char *words)
{
    snow_client *client = new_client(connect_ms, total_ms, 0), *patient;
    snow_error *error = NULL;
    uint64_t count;
    stands_for(HOLE, HERE);
    CHECK_STATUS(expected, snow_table_count(client, "incident", NULL, &count, &error), error);
    CHECK(strstr(snow_error_message(error), words) != NULL);
    snow_error_free(error);
    CHECK_NUMBER(1, asked());
    counts(client, SNOW_OK);
    CHECK_NUMBER(2, asked());
    /* What it stands for is remembered by who asked. */
    patient = new_client(10000, 10000, 0);
    counts(patient, SNOW_OK);
    CHECK_NUMBER(3, asked());
    snow_client_free(patient);
    snow_client_free(client);
}

static void moves(void)
{
    struct sockaddr_in at;
    const int listener = socket(AF_INET, SOCK_STREAM, 0), queued = socket(AF_INET, SOCK_STREAM, 0);
    memset(&at, 0, sizeof at);
    at.sin_family = AF_INET;
    at.sin_port = htons((unsigned short)port);
    inet_pton(AF_INET, HOLE, &at.sin_addr);
    control_must(bind(listener, (struct sockaddr *)&at, sizeof at) == 0 && listen(listener, 0) == 0, HOLE);
    control_must(connect(queued, (struct sockaddr *)&at, sizeof at) == 0, "the queue is full");
    a_name_that_leads_to_the_instance_is_asked_for_once();
    a_call_that_failed_there_is_followed_by_one_that_asks();
    a_call_that_is_made_again_asks_again();
    a_machine_that_is_silent(1000, 10000, SNOW_CONNECT, "within the connect time limit");
    a_machine_that_is_silent(10000, 1000, SNOW_TIMEOUT, "before there was a connection");
    close(queued);
    close(listener);
}

/* ---- a name server that is silent ---- */

#define CROWD 16

struct crowd {
    snow_client *clients[2];
    snow_status expected;
    int rounds;
    pthread_mutex_t lock;
    int begun;
};

static void *call(void *given)
{
    struct crowd *crowd = (struct crowd *)given;
    int number, round;
    pthread_mutex_lock(&crowd->lock);
    number = crowd->begun++;
    pthread_mutex_unlock(&crowd->lock);
    for (round = 0; round < crowd->rounds; round++)
        counts(crowd->clients[number % 2], crowd->expected);
    return NULL;
}

static void begin(struct crowd *crowd, pthread_t *threads)
{
    int i;
    pthread_mutex_init(&crowd->lock, NULL);
    for (i = 0; i < CROWD; i++)
        control_must(pthread_create(&threads[i], NULL, call, crowd) == 0, "a thread");
}

static void end(struct crowd *crowd, pthread_t *threads)
{
    int i;
    for (i = 0; i < CROWD; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&crowd->lock);
}

static int threads_of_the_process(void)
{
    DIR *tasks = opendir("/proc/self/task");
    int count = 0;
    control_must(tasks != NULL, "/proc/self/task");
    while (readdir(tasks))
        count++;
    closedir(tasks);
    return count - 2;
}

static void pause_ms(long ms)
{
    struct timespec time;
    time.tv_sec = 0;
    time.tv_nsec = ms * 1000000;
    nanosleep(&time, NULL);
}

/* A thread that was joined is on its way out still. */
static void threads_become(int expected)
{
    int i;
    for (i = 0; i < 10000 && threads_of_the_process() != expected; i++)
        pause_ms(1);
    CHECK_NUMBER(expected, threads_of_the_process());
}

/* However many wait and give up, one thread asks, and it alone is left. */
static void those_who_give_up(void)
{
    pthread_t threads[CROWD];
    struct crowd crowd;
    snow_diagnosis *diagnosis;
    snow_client *later;
    const int before = threads_of_the_process();
    crowd.clients[0] = new_client(200, 10000, 1);
    crowd.clients[1] = new_client(200, 10000, 0);
    crowd.expected = SNOW_CONNECT;
    crowd.rounds = 3;
    crowd.begun = 0;
    stands_for(HERE, HERE);
    are_silent(1);
    begin(&crowd, threads);
    end(&crowd, threads);
    diagnosis = snow_client_diagnose(crowd.clients[0], NULL, NULL);
    CHECK(diagnosis && !snow_diagnosis_is_ok(diagnosis));
    snow_diagnosis_free(diagnosis);
    CHECK_NUMBER(1, asked());
    threads_become(before + 1);
    snow_client_free(crowd.clients[1]);
    CHECK_NUMBER(SNOW_OK, snow_client_close(crowd.clients[0], 0, NULL));
    snow_client_free(crowd.clients[0]);
    threads_become(before + 1);
    are_silent(0);
    threads_become(before);
    later = new_client(10000, 10000, 0);
    counts(later, SNOW_OK);
    CHECK_NUMBER(2, asked());
    snow_client_free(later);
}

/* All of them have the answer, whose ever client they call. */
static void those_who_wait(void)
{
    pthread_t threads[CROWD];
    struct crowd crowd;
    int begun = 0;
    crowd.clients[0] = new_client(30000, 30000, 0);
    crowd.clients[1] = new_client(30000, 30000, 0);
    crowd.expected = SNOW_OK;
    crowd.rounds = 1;
    crowd.begun = 0;
    stands_for(HERE, HERE);
    are_silent(1);
    begin(&crowd, threads);
    while (begun < CROWD) {
        pthread_mutex_lock(&crowd.lock);
        begun = crowd.begun;
        pthread_mutex_unlock(&crowd.lock);
        pause_ms(1);
    }
    /* Each has come to its question by then. */
    pause_ms(900);
    CHECK_NUMBER(1, asked());
    are_silent(0);
    end(&crowd, threads);
    CHECK_NUMBER(1, asked());
    snow_client_free(crowd.clients[0]);
    snow_client_free(crowd.clients[1]);
}

/* What is over then is the time for all of the way. */
static void a_proxy_that_is_waited_for_is_named(void)
{
    const int before = threads_of_the_process();
    char address[64];
    uint64_t count;
    snow_error *error = NULL;
    snow_session *session = snow_session_new(NULL);
    snow_client *client;
    snprintf(address, sizeof address, "http://instance.example:%d", port);
    snow_session_set_allow_http(session, 1, NULL);
    CHECK_STATUS(SNOW_OK, snow_session_set_proxy(session, address, &error), error);
    snow_session_set_timeouts(session, 1000, 10000, NULL);
    snow_session_set_retry(session, 0, 1000, NULL);
    client = snow_client_new("http://beyond.example", session, NULL);
    stands_for(HERE, HERE);
    are_silent(1);
    CHECK_STATUS(SNOW_CONNECT, snow_table_count(client, "incident", NULL, &count, &error), error);
    CHECK(strstr(snow_error_message(error), "to the proxy instance.example:") != NULL);
    CHECK(strstr(snow_error_message(error), "within the connect time limit") != NULL);
    are_silent(0);
    threads_become(before);
    snow_error_free(error);
    snow_client_free(client);
    snow_session_free(session);
}

int main(int count, char **arguments)
{
    const char *instance = getenv("SNOW_INSTANCE");
    control_must(instance != NULL && count == 2, "needs SNOW_INSTANCE and an argument");
    port = atoi(strrchr(instance, ':') + 1);
    if (strcmp(arguments[1], "moves") == 0)
        moves();
    else if (strcmp(arguments[1], "silent") == 0) {
        those_who_give_up();
        those_who_wait();
        a_proxy_that_is_waited_for_is_named();
    } else
        control_must(0, arguments[1]);
    return check_result();
}
