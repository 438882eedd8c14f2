/*
 * The calls whose answers break at a byte: what each gives, and what it must give, which is written here and
 * was not read from any answer.
 */
#ifndef SNOW_TESTS_EVERY_BYTE_H
#define SNOW_TESTS_EVERY_BYTE_H

#include "check.h"
#include "control.h"

#define TABLE "/api/now/table/incident"
#define MOST_TEXTS 8

/* What came of a call: how it ended, and the texts that it gave. */
struct outcome {
    snow_status status;
    int http_status, maybe_applied, count;
    char texts[MOST_TEXTS][160];
};

static const char *instance;
static snow_error *error;
/* The row that is read, its file, the row that is changed, and what a write that is under way writes. */
static char row_key[33], file_key[33], changed_key[33], written[64];

static inline void gave(struct outcome *outcome, const char *text, size_t length)
{
    control_must(outcome->count < MOST_TEXTS, "more rows than there are");
    snprintf(outcome->texts[outcome->count++], sizeof outcome->texts[0], "%.*s", (int)length, text);
}

static inline void gave_record(struct outcome *outcome, snow_record *record)
{
    if (record) {
        size_t length;
        const char *json = snow_record_json(record, &length);
        gave(outcome, json, length);
    }
    snow_record_free(record);
}

/* Reads and frees the error of the call that was just made. */
static inline void ended(struct outcome *outcome)
{
    outcome->status = snow_error_status(error);
    outcome->http_status = snow_error_http_status(error);
    outcome->maybe_applied = snow_error_maybe_applied(error);
    snow_error_free(error);
    error = NULL;
}

static inline snow_query *short_descriptions(const char *encoded)
{
    snow_query *query = snow_query_parse(encoded, NULL);
    control_must(query != NULL, encoded);
    snow_query_fields(query, "short_description", NULL);
    return query;
}

static inline snow_record *described(const char *text)
{
    snow_record *record = snow_record_new(NULL);
    snow_record_set(record, "short_description", text, NULL);
    return record;
}

static void list(snow_client *client, struct outcome *outcome)
{
    const snow_record *row;
    snow_query *query = short_descriptions("short_descriptionSTARTSWITHrow ^ORDERBYshort_description");
    snow_cursor *cursor;
    snow_query_limit(query, 3, NULL);
    cursor = snow_table_list(client, "incident", query, NULL);
    while (snow_cursor_next(cursor, &row, &error) == SNOW_OK) {
        size_t length;
        const char *json = snow_record_json(row, &length);
        gave(outcome, json, length);
    }
    ended(outcome);
    snow_cursor_free(cursor);
    snow_query_free(query);
}

static void record(snow_client *client, struct outcome *outcome)
{
    snow_query *query = short_descriptions("");
    gave_record(outcome, snow_table_get(client, "incident", row_key, query, &error));
    ended(outcome);
    snow_query_free(query);
}

static void attachment(snow_client *client, struct outcome *outcome)
{
    snow_response *response = snow_attachment_download(client, file_key, &error);
    ended(outcome);
    if (response) {
        size_t length;
        const char *body = snow_response_body(response, &length, NULL);
        gave(outcome, body, length);
    }
    snow_response_free(response);
}

/* Signs a new client in, which can make a call then or has no token. */
static void token(snow_client *unused, struct outcome *outcome)
{
    snow_session *session = snow_session_new(NULL);
    snow_client *client;
    snow_token *held;
    (void)unused;
    snow_session_set_oauth(session, "snow-client", "snow-secret", NULL);
    snow_session_set_retry(session, 0, 1, NULL);
    snow_session_set_timeouts(session, 30000, (uint32_t)atoi(getenv("SNOW_DEADLINE_MS")), NULL);
    client = snow_client_new(instance, session, NULL);
    snow_client_login(client, "admin", "admin", &error);
    ended(outcome);
    held = snow_client_token(client, NULL);
    CHECK((held != NULL) == (outcome->status == SNOW_OK));
    if (held)
        gave(outcome, "a token", 7);
    snow_token_free(held);
    snow_client_free(client);
    snow_session_free(session);
}

static void create(snow_client *client, struct outcome *outcome)
{
    snow_query *query = short_descriptions("");
    snow_record *fields = described(written);
    gave_record(outcome, snow_table_create(client, "incident", fields, query, &error));
    ended(outcome);
    snow_record_free(fields);
    snow_query_free(query);
}

static void update(snow_client *client, struct outcome *outcome)
{
    snow_query *query = short_descriptions("");
    snow_record *fields = described(written);
    gave_record(outcome, snow_table_update(client, "incident", changed_key, fields, query, &error));
    ended(outcome);
    snow_record_free(fields);
    snow_query_free(query);
}

#define ROW(number) "{\"short_description\":\"row " number "\"}"

static const struct call {
    const char *name, *path, *settings;
    void (*make)(snow_client *client, struct outcome *outcome);
    int is_write;
    /* What it gives; NULL for what it writes. */
    const char *texts[3];
} calls[] = {
    {"list", TABLE, "{\"gzip\":false,\"content_length\":true}", list, 0, {ROW("0"), ROW("1"), ROW("2")}},
    {"list in chunks", TABLE, "{\"gzip\":false,\"content_length\":false}", list, 0,
     {ROW("0"), ROW("1"), ROW("2")}},
    {"packed list", TABLE, "{\"gzip\":true,\"content_length\":false}", list, 0,
     {ROW("0"), ROW("1"), ROW("2")}},
    {"record", TABLE, "{\"gzip\":false,\"content_length\":false}", record, 0, {ROW("1"), NULL, NULL}},
    {"attachment", "/api/now/attachment", "{\"gzip\":false,\"content_length\":false}", attachment, 0,
     {"the bytes of a file", NULL, NULL}},
    {"token", "/oauth_token.do", "{\"gzip\":true,\"content_length\":false}", token, 0,
     {"a token", NULL, NULL}},
    {"create", TABLE, "{\"gzip\":true,\"content_length\":false}", create, 1, {NULL, NULL, NULL}},
    {"update", TABLE, "{\"gzip\":false,\"content_length\":true}", update, 1, {NULL, NULL, NULL}},
};

/* How many texts a call gives that goes well, and each of them. */
static inline int count_of(const struct call *call)
{
    return call->texts[2] ? 3 : 1;
}

static inline const char *text_of(const struct call *call, int index)
{
    static char text[128];
    if (!call->is_write)
        return call->texts[index];
    snprintf(text, sizeof text, "{\"short_description\":\"%s\"}", written);
    return text;
}

#endif
