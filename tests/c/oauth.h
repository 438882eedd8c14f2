/*
 * What the tests of OAuth share: a client that signed in, a token that has ended, and a callback that is told
 * of another. The instance is SNOW_INSTANCE.
 */

#ifndef SNOW_TESTS_OAUTH_H
#define SNOW_TESTS_OAUTH_H

#include "check.h"
#include "control.h"

#include <pthread.h>

#define TOKEN_CALL "/oauth_token.do"
#define TABLE_CALL "/api/now/table/incident"

static const char *instance;

/* A client that signed in, and a journal that is empty again. */
static inline snow_client *signed_in(void)
{
    snow_error *error = NULL;
    snow_client *client =
        snow_client_new_oauth(instance, getenv("SNOW_CLIENT_ID"), getenv("SNOW_CLIENT_SECRET"),
                              NULL, &error);
    control_must(client != NULL, snow_error_message(error));
    CHECK_STATUS(SNOW_OK, snow_client_login(client, "admin", "admin", &error), error);
    control_do(instance, "DELETE", "/-/requests", "");
    return client;
}

/* The client's token, but as if it ended at `expires_at`; its refresh token may be replaced. */
static inline void set_token_of(snow_client *client, const char *refresh_token, int lifetime, long expires_at)
{
    char json[1024];
    snow_error *error = NULL;
    snow_token *now = snow_client_token(client, &error), *changed;
    control_must(now != NULL, snow_error_message(error));
    snprintf(json, sizeof json,
             "{\"access_token\":\"%s\",\"refresh_token\":\"%s\",\"expires_in\":%d,"
             "\"expires_at\":%ld}",
             snow_token_access_token(now),
             refresh_token ? refresh_token : snow_token_refresh_token(now), lifetime, expires_at);
    changed = snow_token_from_json(json, &error);
    control_must(changed != NULL, snow_error_message(error));
    CHECK_STATUS(SNOW_OK, snow_client_set_token(client, changed, &error), error);
    snow_token_free(changed);
    snow_token_free(now);
}

static inline void set_token(snow_client *client, const char *refresh_token, long expires_at)
{
    set_token_of(client, refresh_token, 1800, expires_at);
}

static inline snow_status call(snow_client *client, snow_error **error)
{
    snow_record *record = snow_table_first(client, "incident", NULL, error);
    snow_record_free(record);
    return record ? SNOW_OK : snow_error_status(*error);
}

struct told {
    pthread_mutex_t lock;
    int calls, destroyed, nested_status;
    int32_t answer;
    pthread_t thread;
    snow_client *nested;
    char access_token[256];
};

static inline int32_t tell(void *user_data, const snow_token *token)
{
    struct told *told = (struct told *)user_data;
    snow_error *error = NULL;
    pthread_mutex_lock(&told->lock);
    told->calls++;
    told->thread = pthread_self();
    snprintf(told->access_token, sizeof told->access_token, "%s",
             snow_token_access_token(token));
    pthread_mutex_unlock(&told->lock);
    if (told->nested) {
        told->nested_status = call(told->nested, &error);
        snow_error_free(error);
    }
    return told->answer;
}

static inline void destroy(void *user_data)
{
    ((struct told *)user_data)->destroyed++;
}

static inline void listen_to(snow_client *client, struct told *told, int32_t answer)
{
    snow_error *error = NULL;
    memset(told, 0, sizeof *told);
    pthread_mutex_init(&told->lock, NULL);
    told->answer = answer;
    CHECK_STATUS(SNOW_OK, snow_set_token_callback(client, tell, told, destroy, &error), error);
}

#endif
