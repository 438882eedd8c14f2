/*
 * One call in the way that the arguments say, and what came of it on one line: the status, whether a write
 * may have happened, whether the call may be made again, the HTTP status, and the message.
 *
 * Arguments: the address, what is called, and options as NAME=VALUE: those that snow_session_set() knows, and
 * user, password, client_id, client_secret, proxy_user, proxy_password, certificate, key, and key_password,
 * which go to their functions together; header, as "Name: value"; token, the JSON of a token to begin with;
 * and pieces, of 64 KiB, that a file has.
 *
 * What is called: get, a row; create, a row; list, rows in pages of one; download, a file; upload, a file;
 * login, a first sign-in and a get.
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

static snow_status set_header(snow_session *session, const char *header, snow_error **error)
{
    char name[64];
    const char *value = strstr(header, ": ");
    if (!value || (size_t)(value - header) >= sizeof name)
        abort();
    memcpy(name, header, (size_t)(value - header));
    name[value - header] = '\0';
    return snow_session_set_header(session, name, value + 2, error);
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
    if (status == SNOW_OK && option("header"))
        status = set_header(session, option("header"), error);
    if (status != SNOW_OK)
        return status;
    if (option("client_id"))
        return snow_session_set_oauth(session, option("client_id"), option("client_secret"), error);
    if (option("user"))
        return snow_session_set_basic_auth(session, option("user"), option("password"), error);
    return SNOW_OK;
}

/* ---- what is called ---- */

static void create(snow_client *client, snow_error **error)
{
    snow_record *made, *record = snow_record_new(error);
    if (record && snow_record_set(record, "short_description", "reached", error) == SNOW_OK) {
        made = snow_table_create(client, "incident", record, NULL, error);
        snow_record_free(made);
    }
    snow_record_free(record);
}

static void list(snow_client *client, snow_error **error)
{
    const snow_record *row;
    snow_cursor *cursor = NULL;
    snow_query *query = snow_query_new(error);
    if (query && snow_query_page_size(query, 1, error) == SNOW_OK)
        cursor = snow_table_list(client, "incident", query, error);
    while (cursor && snow_cursor_next(cursor, &row, error) == SNOW_OK)
        ;
    snow_cursor_free(cursor);
    snow_query_free(query);
}

static void upload(snow_client *client, snow_error **error)
{
    static const char piece[1 << 16];
    FILE *file = fopen("uploaded", "wb");
    int i, pieces = option("pieces") ? atoi(option("pieces")) : 4;
    for (i = 0; file && i < pieces; i++)
        fwrite(piece, 1, sizeof piece, file);
    if (!file || fclose(file) != 0)
        abort();
    snow_record_free(snow_attachment_upload_file(client, "incident",
                                                 "0123456789abcdef0123456789abcdef", "uploaded",
                                                 error));
}

static void call(snow_client *client, const char *verb, snow_error **error)
{
    if (strcmp(verb, "create") == 0)
        create(client, error);
    else if (strcmp(verb, "list") == 0)
        list(client, error);
    else if (strcmp(verb, "upload") == 0)
        upload(client, error);
    else if (strcmp(verb, "download") == 0)
        snow_attachment_download_file(client, "0123456789abcdef0123456789abcdef", "downloaded",
                                      error);
    else
        snow_record_free(snow_table_first(client, "incident", NULL, error));
}

/* Signs in where that is to be done first. */
static snow_status sign_in(snow_client *client, const char *verb, snow_error **error)
{
    snow_status status = SNOW_OK;
    if (option("token")) {
        snow_token *token = snow_token_from_json(option("token"), error);
        status = token ? snow_client_set_token(client, token, error) : snow_error_status(*error);
        snow_token_free(token);
    }
    if (status == SNOW_OK && strcmp(verb, "login") == 0)
        status = snow_client_login(client, option("user"), option("password"), error);
    return status;
}

int main(int count, char **arguments)
{
    snow_error *error = NULL;
    snow_session *session = snow_session_new(&error);
    snow_client *client = NULL;
    if (count < 3) {
        fprintf(stderr, "usage: reach ADDRESS get|create|list|download|upload|login "
                        "[OPTION=VALUE...]\n");
        return 2;
    }
    given = arguments + 3;
    given_count = count - 3;
    if (set_up(session, &error) == SNOW_OK)
        client = snow_client_new(arguments[1], session, &error);
    if (client && sign_in(client, arguments[2], &error) == SNOW_OK)
        call(client, arguments[2], &error);
    printf("%s %d %d %d %s\n", snow_status_name(snow_error_status(error)),
           snow_error_maybe_applied(error), snow_error_is_retryable(error),
           snow_error_http_status(error), error ? snow_error_message(error) : "");
    snow_client_free(client);
    snow_session_free(session);
    snow_error_free(error);
    return check_result();
}
