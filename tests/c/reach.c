/*
 * One call in the way that the arguments say, and what came of it on one line: the status, whether a write
 * may have happened, whether the call may be made again, the HTTP status, and the message.
 *
 * Arguments: the address, what is called (get, create, or login: a first sign-in and a get), and options as
 * NAME=VALUE: those that snow_session_set() knows, and user, password, client_id, client_secret, proxy_user,
 * proxy_password, certificate, key, and key_password, which go to their functions together.
 */

#include "check.h"

#include <stdlib.h>

static int given_count;
static char **given;

/* The value of an option, or NULL. */
static const char *option(const char *name)
{
    size_t length = strlen(name);
    int i;
    for (i = 0; i < given_count; i++)
        if (strncmp(given[i], name, length) == 0 && given[i][length] == '=')
            return given[i] + length + 1;
    return NULL;
}

static int is_of_session(const char *text)
{
    const char *name;
    size_t i;
    for (i = 0; (name = snow_session_option_name(i)) != NULL; i++)
        if (strncmp(text, name, strlen(name)) == 0 && text[strlen(name)] == '=')
            return 1;
    return 0;
}

static snow_status set_up(snow_session *session, snow_error **error)
{
    snow_status status = SNOW_OK;
    int i;
    for (i = 0; i < given_count && status == SNOW_OK; i++) {
        if (is_of_session(given[i])) {
            char *value = strchr(given[i], '=');
            *value = '\0';
            status = snow_session_set(session, given[i], value + 1, error);
            *value = '=';
        }
    }
    if (status == SNOW_OK && option("proxy_user"))
        status = snow_session_set_proxy_auth(session, option("proxy_user"),
                                             option("proxy_password"), error);
    if (status == SNOW_OK && option("certificate"))
        status = snow_session_set_client_certificate(session, option("certificate"), option("key"),
                                                     option("key_password"), error);
    if (status != SNOW_OK)
        return status;
    if (option("client_id"))
        return snow_session_set_oauth(session, option("client_id"), option("client_secret"), error);
    if (option("user"))
        return snow_session_set_basic_auth(session, option("user"), option("password"), error);
    return SNOW_OK;
}

static snow_record *call(snow_client *client, const char *verb, snow_error **error)
{
    snow_record *record = NULL, *made = NULL;
    if (strcmp(verb, "create") != 0)
        return snow_table_first(client, "incident", NULL, error);
    record = snow_record_new(error);
    if (record && snow_record_set(record, "short_description", "reached", error) == SNOW_OK)
        made = snow_table_create(client, "incident", record, NULL, error);
    snow_record_free(record);
    return made;
}

int main(int count, char **arguments)
{
    snow_error *error = NULL;
    snow_session *session = snow_session_new(&error);
    snow_client *client = NULL;
    snow_record *record = NULL;
    if (count < 3) {
        fprintf(stderr, "usage: reach ADDRESS get|create|login [OPTION=VALUE...]\n");
        return 2;
    }
    given = arguments + 3;
    given_count = count - 3;
    if (set_up(session, &error) == SNOW_OK)
        client = snow_client_new(arguments[1], session, &error);
    if (client && (strcmp(arguments[2], "login") != 0
                   || snow_client_login(client, option("user"), option("password"), &error)
                          == SNOW_OK))
        record = call(client, arguments[2], &error);
    printf("%s %d %d %d %s\n", snow_status_name(snow_error_status(error)),
           snow_error_maybe_applied(error), snow_error_is_retryable(error),
           snow_error_http_status(error), error ? snow_error_message(error) : "");
    snow_record_free(record);
    snow_client_free(client);
    snow_session_free(session);
    snow_error_free(error);
    return check_result();
}
