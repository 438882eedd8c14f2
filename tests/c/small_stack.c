/*
 * A thread with a small stack makes every kind of call. The arguments are how many KiB the stack has. The
 * instance is SNOW_INSTANCE; SNOW_CA_FILE is its authority where it speaks https.
 */
#include "control.h"
#include "every_call.h"

#include <pthread.h>

static snow_client *client;

/* With a session of its own: making a client is a call like others here. */
static void *make_calls(void *unused)
{
    snow_error *error = NULL;
    snow_session *session = snow_session_new(NULL);
    const char *ca_file = getenv("SNOW_CA_FILE");
    if (ca_file)
        CHECK_STATUS(SNOW_OK, snow_session_set_ca_file(session, ca_file, &error), error);
    snow_session_set_oauth(session, "snow-client", "snow-secret", NULL);
    client = snow_client_new(getenv("SNOW_INSTANCE"), session, &error);
    CHECK_STATUS(SNOW_OK, snow_client_login(client, "admin", "admin", &error), error);
    printf("%d calls\n", make_every_call(client));
    snow_client_free(client);
    snow_session_free(session);
    return unused;
}

int main(int argc, char **argv)
{
    pthread_attr_t attributes;
    pthread_t thread;
    control_must(argc == 2, "needs the size of the stack");
    pthread_attr_init(&attributes);
    control_must(pthread_attr_setstacksize(&attributes, (size_t)atoi(argv[1]) * 1024) == 0, "stack");
    control_must(pthread_create(&thread, &attributes, make_calls, NULL) == 0, "thread");
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    return check_result();
}
