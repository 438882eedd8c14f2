/*
 * What the tests of transfers share: content in several pieces, and an instance that answers as it is told.
 */

#ifndef SNOW_TESTS_TRANSFERS_H
#define SNOW_TESTS_TRANSFERS_H

#include "attachments.h"

/* More than two of the pieces that a body goes in. */
static char large[300000];

/* A client for which what fails is tried again so often; so many calls at once. */
static inline snow_client *client_with(const char *retries, const char *max_in_flight)
{
    snow_session *session = snow_session_new(&error);
    snow_client *made;
    snow_session_set_basic_auth(session, "admin", "admin", &error);
    CHECK_STATUS(SNOW_OK, snow_session_set(session, "retries", retries, &error), error);
    CHECK_STATUS(SNOW_OK, snow_session_set(session, "max_in_flight", max_in_flight, &error), error);
    made = snow_client_new(instance, session, &error);
    snow_session_free(session);
    return made;
}

/* The instance answers once with this, whatever it is asked. */
static inline void answer(const char *method, const char *path, int status, const char *headers, const char *body)
{
    char kind[2048];
    snprintf(kind, sizeof kind,
             "{\"kind\":\"answer\",\"status\":%d,\"headers\":[%s],\"body\":\"%s\"}", status, headers, body);
    fault(method, path, 1, kind);
}

/* As attachments_begin(), with a client that tries nothing again. */
static inline void transfers_begin(int count, char **arguments)
{
    size_t i;
    attachments_begin(count, arguments);
    snow_client_free(client);
    client = client_with("0", "0");
    for (i = 0; i < sizeof large; i++)
        large[i] = (char)(i * 31 >> 3);
}

#endif
