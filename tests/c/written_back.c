/*
 * What becomes of values that were read and are written again: stored values go back as such, and display values
 * where those are taken; where a field has none of the kind that is taken, nothing is sent. The instance is
 * SNOW_INSTANCE, with its built-in world.
 */
#include "clients.h"
#include "control.h"

#define TABLE_CALL "/api/now/table/incident"
#define FIELDS "sys_id,caller_id,opened_at,state"

static const char *instance;
static snow_client *client;
static snow_error *error;
/* The record that is written, and how it is stored. */
static char sys_id[33], caller[33], opened[32], state[8];

/* In what form a record is read. */
enum read { STORED, LINKED, SHOWN, SHOWN_WITH_LINKS, BOTH, FORMS };

static const char *const forms[] = { "stored", "stored, with links", "shown", "shown, with links", "both" };

static snow_query *query_of(enum read form)
{
    static const int32_t displays[] = { SNOW_DISPLAY_FALSE, SNOW_DISPLAY_FALSE, SNOW_DISPLAY_TRUE,
                                        SNOW_DISPLAY_TRUE, SNOW_DISPLAY_ALL };
    snow_query *query = snow_query_new(&error);
    CHECK_STATUS(SNOW_OK, snow_query_where(query, "sys_id", SNOW_EQ, sys_id, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_fields(query, FIELDS, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_display_value(query, displays[form], &error), error);
    CHECK_STATUS(SNOW_OK,
                 snow_query_exclude_reference_link(query, form == STORED || form == SHOWN, &error), error);
    return query;
}

/* The record as it is read in a form; its owner frees it. */
static snow_record *record_of(enum read form)
{
    snow_query *query = query_of(form);
    snow_record *record = snow_table_get(client, "incident", sys_id, query, &error);
    CHECK(record != NULL);
    snow_query_free(query);
    return record;
}

/* Takes nothing of the record but its place in the instance. */
static void is_as_it_was(void)
{
    snow_record *record = record_of(STORED);
    CHECK_TEXT(caller, snow_record_get(record, "caller_id", NULL));
    CHECK_TEXT(opened, snow_record_get(record, "opened_at", NULL));
    CHECK_TEXT(state, snow_record_get(record, "state", NULL));
    snow_record_free(record);
}

/* The ways to write a record. */
static snow_record *with_update(const snow_record *record, const snow_query *query)
{
    return snow_table_update(client, "incident", sys_id, record, query, &error);
}

static snow_record *with_replace(const snow_record *record, const snow_query *query)
{
    return snow_table_replace(client, "incident", sys_id, record, query, &error);
}

static snow_record *with_update_one(const snow_record *record, const snow_query *query)
{
    return snow_table_update_one(client, "incident", query, record, &error);
}

/* Whether display values are taken is said after the record is given. */
static snow_record *with_request(const snow_record *record, const snow_query *query)
{
    char path[96];
    snow_request *request;
    snow_response *response;
    snow_record *written = NULL;
    snprintf(path, sizeof path, TABLE_CALL "/%s", sys_id);
    request = snow_request_new("PATCH", path, &error);
    CHECK_STATUS(SNOW_OK, snow_request_set_record(request, record, &error), error);
    CHECK_STATUS(SNOW_OK, snow_request_set_query(request, query, &error), error);
    response = snow_client_send(client, request, &error);
    if (response) {
        written = snow_record_clone(snow_response_one(response, &error), &error);
        snow_response_free(response);
    }
    snow_request_free(request);
    return written;
}

static snow_record *with_open(const snow_record *record, const snow_query *query)
{
    char path[96];
    snow_request *request;
    snow_response *response;
    snow_record *written = NULL;
    snprintf(path, sizeof path, TABLE_CALL "/%s", sys_id);
    request = snow_request_new("PUT", path, &error);
    CHECK_STATUS(SNOW_OK, snow_request_set_query(request, query, &error), error);
    CHECK_STATUS(SNOW_OK, snow_request_set_record(request, record, &error), error);
    response = snow_client_open(client, request, &error);
    if (response) {
        CHECK_NUMBER(200, snow_response_status(response));
        snow_response_free(response);
        written = record_of(STORED);
    }
    snow_request_free(request);
    return written;
}

typedef snow_record *way(const snow_record *record, const snow_query *query);

static way *const ways[] = { with_update, with_replace, with_update_one, with_request, with_open };

enum { WAYS = sizeof ways / sizeof *ways };

static int writes(void)
{
    return control_count(instance, TABLE_CALL "/");
}

/* A record is written in each way, as stored values or as display values; whether that is refused. */
static void written(const snow_record *record, int32_t as_displayed, int is_refused)
{
    int i;
    for (i = 0; i < WAYS; i++) {
        snow_query *query = query_of(STORED);
        snow_record *answer;
        CHECK_STATUS(SNOW_OK, snow_query_input_display_value(query, as_displayed, &error), error);
        control_do(instance, "DELETE", "/-/requests", "");
        answer = ways[i](record, query);
        if (is_refused) {
            CHECK(answer == NULL);
            CHECK_NUMBER(SNOW_INVALID_ARGUMENT, snow_error_status(error));
            CHECK(strstr(snow_error_message(error), "the field caller_id came as a") != NULL);
            CHECK(!snow_error_maybe_applied(error));
            snow_error_free(error);
            error = NULL;
            CHECK_NUMBER(0, writes());
        } else {
            CHECK(answer != NULL);
            CHECK(writes() > 0);
        }
        snow_record_free(answer);
        snow_query_free(query);
        is_as_it_was();
    }
}

static void values_go_back_as_what_they_are(void)
{
    static const struct {
        int stored, displayed;
    } is_refused[] = { { 0, 1 }, { 0, 1 }, { 1, 0 }, { 1, 0 }, { 0, 0 } };
    int form;
    for (form = 0; form < FORMS; form++) {
        snow_record *record = record_of((enum read)form);
        check_subject = forms[form];
        written(record, 0, is_refused[form].stored);
        written(record, 1, is_refused[form].displayed);
        snow_record_free(record);
    }
    check_subject = "";
}

/* However a record came, it is known in which form. */
static void a_record_remembers_how_it_was_read(void)
{
    snow_query *query = query_of(SHOWN);
    snow_cursor *cursor = snow_table_list(client, "incident", query, &error);
    const snow_record *row = NULL;
    snow_export *export = snow_export_new(client, "incident", query, &error);
    snow_request *request = snow_request_new("GET", TABLE_CALL, &error);
    snow_response *response;
    snow_record *own;

    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    written(row, 0, 1);
    own = snow_record_clone(row, &error);
    snow_cursor_free(cursor);
    written(own, 0, 1);

    /* Another field that is set changes nothing of it; and a field that is set is the caller's. */
    CHECK_STATUS(SNOW_OK, snow_record_set(own, "state", state, &error), error);
    written(own, 0, 1);
    CHECK_STATUS(SNOW_OK, snow_record_set(own, "caller_id", caller, &error), error);
    CHECK_STATUS(SNOW_OK, snow_record_set(own, "opened_at", opened, &error), error);
    written(own, 0, 0);
    snow_record_free(own);

    cursor = snow_export_rows(export, &error);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    written(row, 0, 1);
    snow_cursor_free(cursor);
    snow_export_free(export);

    CHECK_STATUS(SNOW_OK, snow_request_set_query(request, query, &error), error);
    response = snow_client_send(client, request, &error);
    written(snow_response_one(response, &error), 0, 1);
    snow_response_free(response);
    snow_request_free(request);

    /* What a write gives back is a record like any other. */
    own = snow_record_new(&error);
    CHECK_STATUS(SNOW_OK, snow_record_set(own, "state", state, &error), error);
    {
        snow_record *answer = snow_table_update(client, "incident", sys_id, own, query, &error);
        written(answer, 0, 1);
        snow_record_free(answer);
    }
    snow_record_free(own);
    snow_query_free(query);
}

/* A new record has the values of the one that it is made from, or there is none. */
static void a_copy_is_a_copy(void)
{
    snow_query *display = snow_query_new(&error);
    int form;
    CHECK_STATUS(SNOW_OK, snow_query_input_display_value(display, 1, &error), error);
    for (form = 0; form < FORMS; form++) {
        snow_record *record = record_of((enum read)form), *made;
        int as_displayed;
        check_subject = forms[form];
        CHECK_STATUS(SNOW_OK, snow_record_set(record, "sys_id", "", &error), error);
        for (as_displayed = 0; as_displayed < 2; as_displayed++) {
            int fits = form == BOTH || (form >= SHOWN) == as_displayed;
            made = snow_table_create_once(client, "incident", record,
                                          as_displayed ? display : NULL, NULL, &error);
            CHECK_NUMBER(fits, made != NULL);
            if (made) {
                CHECK_TEXT(caller, snow_record_get(made, "caller_id", NULL));
                CHECK_TEXT(opened, snow_record_get(made, "opened_at", NULL));
                CHECK_TEXT(state, snow_record_get(made, "state", NULL));
                snow_record_free(made);
            } else {
                CHECK_NUMBER(SNOW_INVALID_ARGUMENT, snow_error_status(error));
                snow_error_free(error);
                error = NULL;
            }
        }
        snow_record_free(record);
    }
    check_subject = "";
    snow_query_free(display);
}

/* A key alone is the same in any form. */
static void a_key_is_what_it_is(void)
{
    snow_query *query = query_of(SHOWN);
    snow_record *record;
    CHECK_STATUS(SNOW_OK, snow_query_fields(query, "sys_id", &error), error);
    record = snow_table_one(client, "incident", query, &error);
    CHECK(record != NULL);
    CHECK_STATUS(SNOW_OK, snow_record_set(record, "state", state, &error), error);
    written(record, 0, 0);
    snow_record_free(record);
    snow_query_free(query);
}

int main(void)
{
    snow_query *query;
    snow_record *record, *zone;
    instance = getenv("SNOW_INSTANCE");
    control_must(instance != NULL, "where the instance is");
    client = client_basic(instance, "admin", "admin");

    /* As this user sees them, times are others than they are stored. */
    zone = snow_record_new(&error);
    CHECK_STATUS(SNOW_OK, snow_record_set(zone, "time_zone", "US/Pacific", &error), error);
    query = snow_query_parse("user_name=admin", &error);
    record = snow_table_update_one(client, "sys_user", query, zone, &error);
    CHECK(record != NULL);
    snow_record_free(record);
    snow_record_free(zone);
    snow_query_free(query);

    query = snow_query_parse("caller_idISNOTEMPTY^opened_atISNOTEMPTY^state=3^ORDERBYnumber", &error);
    CHECK_STATUS(SNOW_OK, snow_query_fields(query, FIELDS, &error), error);
    record = snow_table_first(client, "incident", query, &error);
    CHECK(record != NULL);
    snprintf(sys_id, sizeof sys_id, "%s", snow_record_get(record, "sys_id", NULL));
    snprintf(caller, sizeof caller, "%s", snow_record_get(record, "caller_id", NULL));
    snprintf(opened, sizeof opened, "%s", snow_record_get(record, "opened_at", NULL));
    snprintf(state, sizeof state, "%s", snow_record_get(record, "state", NULL));
    snow_record_free(record);
    snow_query_free(query);

    values_go_back_as_what_they_are();
    a_record_remembers_how_it_was_read();
    a_copy_is_a_copy();
    a_key_is_what_it_is();
    snow_client_free(client);
    return check_result();
}
