/*
 * Clients that make each call once, so that a test sees each failure and not only the last.
 */

#ifndef SNOW_TESTS_CLIENTS_H
#define SNOW_TESTS_CLIENTS_H

#include "check.h"

/* Takes the session. */
static inline snow_client *client_of(const char *instance, snow_session *session)
{
    snow_error *error;
    snow_client *client;
    CHECK_STATUS(SNOW_OK, snow_session_set_retry(session, 0, 1, &error), error);
    client = snow_client_new(instance, session, &error);
    CHECK(client != NULL);
    snow_session_free(session);
    return client;
}

static inline snow_client *client_basic(const char *instance, const char *user,
                                        const char *password)
{
    snow_error *error;
    snow_session *session = snow_session_new(&error);
    CHECK_STATUS(SNOW_OK, snow_session_set_basic_auth(session, user, password, &error), error);
    return client_of(instance, session);
}

static inline snow_client *client_oauth(const char *instance, const char *id, const char *secret)
{
    snow_error *error;
    snow_session *session = snow_session_new(&error);
    CHECK_STATUS(SNOW_OK, snow_session_set_oauth(session, id, secret, &error), error);
    return client_of(instance, session);
}

#endif
