/*
 * A diagnosis of what never takes a connection, or never gets done with its TLS handshake, SNOW_INSTANCE: it ends when
 * its time is over, which it says in the words that are the argument, and when its client is closed.
 */
#include "check.h"
#include "control.h"

#include <pthread.h>
#include <sched.h>

static snow_client *new_client(uint32_t connect_ms)
{
    snow_error *error = NULL;
    snow_session *session = snow_session_new(&error);
    snow_client *client;
    snow_session_set_basic_auth(session, "admin", "admin", &error);
    snow_session_set_timeouts(session, connect_ms, 2 * connect_ms, &error);
    client = snow_client_new(getenv("SNOW_INSTANCE"), session, &error);
    control_must(client != NULL, snow_error_message(error));
    snow_session_free(session);
    return client;
}

static void *diagnose(void *client)
{
    snow_error *error = NULL;
    CHECK(snow_client_diagnose(client, NULL, &error) == NULL);
    CHECK_NUMBER(SNOW_CANCELLED, snow_error_status(error));
    snow_error_free(error);
    return NULL;
}

int main(int count, char **arguments)
{
    snow_error *error = NULL;
    /* Under a memory tool even a connection takes its time. */
    snow_client *client = new_client(2000);
    snow_diagnosis *diagnosis;
    pthread_t thread;
    control_must(count == 2, "needs the words");
    alarm(100); /* it would go on for hours */
    diagnosis = snow_client_diagnose(client, NULL, &error);
    control_must(diagnosis != NULL, snow_error_message(error));
    CHECK(!snow_diagnosis_is_ok(diagnosis));
    CHECK(strstr(snow_diagnosis_text(diagnosis, NULL), arguments[1]) != NULL);
    snow_diagnosis_free(diagnosis);
    snow_client_free(client);

    client = new_client(3600 * 1000);
    control_must(pthread_create(&thread, NULL, diagnose, client) == 0, "thread");
    while (snow_client_statistic(client, SNOW_STATISTIC_IN_FLIGHT) == 0)
        sched_yield();
    CHECK_NUMBER(SNOW_TIMEOUT, snow_client_close(client, 0, NULL));
    /* Under a memory tool the certificates of the machine take longer than closing waits for what it has ended. */
    CHECK_NUMBER(SNOW_OK, snow_client_close(client, 100 * 1000, NULL));
    CHECK_NUMBER(0, snow_client_statistic(client, SNOW_STATISTIC_IN_FLIGHT));
    pthread_join(thread, NULL);
    snow_client_free(client);
    return check_result();
}
