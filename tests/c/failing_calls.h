/*
 * Calls that must fail, of four kinds, and errors that must hold no secret.
 */

#ifndef SNOW_TESTS_FAILING_CALLS_H
#define SNOW_TESTS_FAILING_CALLS_H

#include "check.h"
#include "control.h"

#define USER "admin"
#define PASSWORD "planted-password"
#define BASIC "YWRtaW46cGxhbnRlZC1wYXNzd29yZA=="
#define CLIENT_ID "snow-client"
#define CLIENT_SECRET "planted-secret"

#define TABLE "/api/now/table/incident"
#define SYS_ID "46d44a23a9fe19810012d100cca80666"
#define RECORD TABLE "/" SYS_ID

/* What snow_error_retry_after_ms() gives where the instance did not say. */
#define NOT_SAID (-1)

static const char *instance;

/* ---- no secret in any text ---- */

static snow_token *planted_token;

static inline void check_text_has_no_secret(const char *text)
{
    const char *secrets[] = {PASSWORD, BASIC, CLIENT_SECRET, "planted", NULL, NULL};
    size_t i;
    secrets[4] = snow_token_access_token(planted_token);
    secrets[5] = snow_token_refresh_token(planted_token);
    for (i = 0; text && i < sizeof secrets / sizeof *secrets; i++)
        if (secrets[i] && !CHECK(strstr(text, secrets[i]) == NULL))
            fprintf(stderr, "    %s\n", text);
}

static inline void check_no_secret(const snow_error *error)
{
    check_text_has_no_secret(snow_error_message(error));
    check_text_has_no_secret(snow_error_instance_message(error));
    check_text_has_no_secret(snow_error_detail(error));
    check_text_has_no_secret(snow_error_method(error));
    check_text_has_no_secret(snow_error_path(error));
}

/* ---- the four kinds of call ---- */

/* So many rows a list asks for; the instance has more. */
#define ROWS 20

enum call { LIST, GET, CREATE, DELETE, CALLS };

static const char *const methods[CALLS] = {"GET", "GET", "POST", "DELETE"};
static const char *const paths[CALLS] = {TABLE, RECORD, TABLE, RECORD};

/* Makes a call that must fail and returns its error; a list must then go on from where it was. */
static inline snow_error *failing(snow_client *client, enum call call, snow_cursor **list)
{
    snow_error *error = NULL;
    snow_record *record = NULL, *made = NULL;
    const snow_record *row = NULL;
    snow_query *query = NULL;
    switch (call) {
    case LIST:
        query = snow_query_new(NULL);
        snow_query_limit(query, ROWS, NULL);
        *list = snow_table_list(client, "incident", query, &error);
        CHECK(*list != NULL && error == NULL);
        CHECK(snow_cursor_next(*list, &row, &error) != SNOW_OK);
        CHECK(row == NULL);
        CHECK_NUMBER(0, snow_cursor_fetched(*list));
        break;
    case GET:
        made = snow_table_get(client, "incident", SYS_ID, NULL, &error);
        break;
    case CREATE:
        record = snow_record_new(NULL);
        snow_record_set(record, "short_description", "Disk full", NULL);
        made = snow_table_create(client, "incident", record, NULL, &error);
        break;
    default:
        CHECK(snow_table_delete(client, "incident", SYS_ID, NULL, &error) != SNOW_OK);
        break;
    }
    CHECK(made == NULL);
    CHECK(error != NULL);
    snow_query_free(query);
    snow_record_free(made);
    snow_record_free(record);
    return error;
}

#endif
