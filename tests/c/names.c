/*
 * Names as this program's own getaddrinfo() tells them, which takes the place of the system's: a machine that moves.
 * The instance is SNOW_INSTANCE, and the one argument says what happens.
 */
#include "check.h"
#include "control.h"

#include <netdb.h>
#include <pthread.h>

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
} names = {PTHREAD_MUTEX_INITIALIZER, HERE, HERE, 0};

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
static void a_machine_that_is_silent(uint32_t connect_ms, uint32_t total_ms, snow_status expected)
{
    snow_client *client = new_client(connect_ms, total_ms, 0), *patient;
    stands_for(HOLE, HERE);
    counts(client, expected);
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
    a_machine_that_is_silent(1000, 10000, SNOW_CONNECT);
    a_machine_that_is_silent(10000, 1000, SNOW_TIMEOUT);
    close(queued);
    close(listener);
}

int main(int count, char **arguments)
{
    const char *instance = getenv("SNOW_INSTANCE");
    control_must(instance != NULL && count == 2, "needs SNOW_INSTANCE and an argument");
    port = atoi(strrchr(instance, ':') + 1);
    if (strcmp(arguments[1], "moves") == 0)
        moves();
    else
        control_must(0, arguments[1]);
    return check_result();
}
