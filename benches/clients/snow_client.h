/* What the clients made of libsnow share: a client as its users make it. */

#ifndef SNOW_BENCH_SNOW_CLIENT_H
#define SNOW_BENCH_SNOW_CLIENT_H

#include <snow.h>
#include <stdio.h>
#include <stdlib.h>

static void fail(const snow_error *error)
{
    fprintf(stderr, "%s\n", snow_error_message(error));
    exit(EXIT_FAILURE);
}

static snow_client *client_new(const char *url)
{
    snow_error *error = NULL;
    snow_session *session = snow_session_new(&error);
    snow_client *client;

    if (!session
        || snow_session_set_basic_auth(session, "admin", "admin", &error)
        || (getenv("BENCH_CA_FILE")
            && snow_session_set_ca_file(session, getenv("BENCH_CA_FILE"), &error)))
        fail(error);
    client = snow_client_new(url, session, &error);
    if (!client)
        fail(error);
    snow_session_free(session);
    return client;
}

#endif
