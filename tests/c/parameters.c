/*
 * The parameters beside the encoded query: each on the calls that it belongs to and on no other, at its
 * default on none, and none left over for the next call. What was sent is read from the journal of the
 * instance SNOW_INSTANCE, what it did from the records. Its clock stands, and its users are admin and bob.
 */
#include "check.h"
#include "control.h"

#define CLOCK "2026-02-04 12:30:30"

static const char *instance;
static snow_client *client;
static snow_error *error;
static char sys_id[33], number[64];

/* A user of the instance's own world. */
static char user_id[33], user_name[128];

/* The URL's query of request `index` since the journal was cleared; NULL where there is none. */
static const char *sent(int index)
{
    static char query[1024];
    char *journal = control(instance, "GET", "/-/requests?path=/api/", ""), *entry = journal, *end;
    const char *found = NULL;
    while ((entry = strstr(entry, "\"target\":\"")) != NULL && index-- > 0)
        entry++;
    if (entry) {
        end = strchr(entry + 10, '"');
        *end = '\0';
        entry = strchr(entry + 10, '?');
        snprintf(query, sizeof query, "%s", entry ? entry + 1 : "");
        found = query;
    }
    free(journal);
    return found;
}

static void forget(void)
{
    control_do(instance, "DELETE", "/-/requests", "");
}

static snow_query *new_query(void)
{
    snow_query *query = snow_query_new(&error);
    CHECK(query != NULL);
    return query;
}

static snow_record *record_with(const char *field, const char *value)
{
    snow_record *record = snow_record_new(&error);
    CHECK_STATUS(SNOW_OK, snow_record_set(record, field, value, &error), error);
    return record;
}

/* Reads a list to its end and gives the number of its rows. */
static int rows_of(snow_query *query, int64_t *total)
{
    const snow_record *row;
    snow_status status;
    int rows = 0;
    snow_cursor *cursor = snow_table_list(client, "incident", query, &error);
    while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
        rows++;
    CHECK_STATUS(SNOW_DONE, status, error);
    *total = snow_cursor_total(cursor);
    snow_cursor_free(cursor);
    return rows;
}

/* Every kind of call, one request each. Those by key are made with the record of `sys_id`. */
enum { LIST, FIRST, ONE, GET, COUNT, UPDATE, REPLACE, CREATE, DELETE, CALLS };

static const char *const calls[CALLS] = {
    "list", "first", "one", "get", "count", "update", "replace", "create", "delete",
};

static void call(int kind, snow_query *query)
{
    snow_record *changes = record_with("urgency", "1"), *record = NULL;
    uint64_t count;
    int64_t total;
    snow_status status = SNOW_OK;
    if (kind == LIST)
        rows_of(query, &total);
    else if (kind == FIRST)
        record = snow_table_first(client, "incident", query, &error);
    else if (kind == ONE)
        record = snow_table_one(client, "incident", query, &error);
    else if (kind == GET)
        record = snow_table_get(client, "incident", sys_id, query, &error);
    else if (kind == COUNT)
        status = snow_table_count(client, "incident", query, &count, &error);
    else if (kind == UPDATE)
        record = snow_table_update(client, "incident", sys_id, changes, query, &error);
    else if (kind == REPLACE)
        record = snow_table_replace(client, "incident", sys_id, changes, query, &error);
    else if (kind == CREATE)
        record = snow_table_create(client, "incident", changes, query, &error);
    else if (kind == DELETE)
        status = snow_table_delete(client, "incident", sys_id, query, &error);
    CHECK_STATUS(SNOW_OK, status, error);
    CHECK_TEXT("", snow_error_message(error));
    snow_record_free(record);
    snow_record_free(changes);
}

/* A record to work on. */
static void make_record(void)
{
    snow_record *fields = record_with("short_description", "parameters"), *record;
    record = snow_table_create(client, "incident", fields, NULL, &error);
    snprintf(sys_id, sizeof sys_id, "%s", snow_record_get(record, "sys_id", NULL));
    snprintf(number, sizeof number, "%s", snow_record_get(record, "number", NULL));
    snow_record_free(record);
    snow_record_free(fields);
}

static snow_query *that_record(void)
{
    snow_query *query = new_query();
    CHECK_STATUS(SNOW_OK, snow_query_where(query, "number", SNOW_EQ, number, &error), error);
    return query;
}

/* What shapes records, what belongs to lists, what belongs to writes, what belongs to all. */
static void set_everything(snow_query *query)
{
    CHECK_STATUS(SNOW_OK, snow_query_fields(query, "number,caller_id", &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_display_value(query, SNOW_DISPLAY_ALL, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_exclude_reference_link(query, 1, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_view(query, "ess", &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_no_count(query, 1, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_category(query, "reports & more", &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_no_domain(query, 1, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_input_display_value(query, 1, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_suppress_auto_sys_field(query, 1, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_set(query, "sysparm_mine", "0", &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_set(query, "sysparm_mine", "a=b", &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_limit(query, 1, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_offset(query, 0, &error), error);
}

/* A text with a record's number or key in place of its `#`. */
static const char *filled(const char *text, const char *value)
{
    static char filled[1024];
    const char *hole = strchr(text, '#');
    if (!hole)
        return text;
    snprintf(filled, sizeof filled, "%.*s%s%s", (int)(hole - text), text, value, hole + 1);
    return filled;
}

#define FIELDS(names) "sysparm_fields=" names "&"
#define FORM "sysparm_display_value=all&sysparm_exclude_reference_link=true&sysparm_view=ess&"
#define ALL "sysparm_query_no_domain=true&sysparm_mine=a%3Db"
#define INPUT "&sysparm_input_display_value=true&sysparm_suppress_auto_sys_field=true"
#define CATEGORY "&sysparm_query_category=reports+%26+more"
#define PAGE(conditions, limit)                                                        \
    "sysparm_query=" conditions "ORDERBYsys_id&sysparm_limit=" limit                   \
    "&sysparm_suppress_pagination_header=true"
#define LISTS(limit)                                                                   \
    FIELDS("number%2Ccaller_id%2Csys_id") FORM ALL CATEGORY "&" PAGE("number%3D#%5E", limit) \
    "&sysparm_no_count=true"

static void each_call_carries_what_belongs_to_it(void)
{
    static const char *const expected[CALLS] = {
        LISTS("1"),
        LISTS("1"),
        LISTS("2"),
        FIELDS("number%2Ccaller_id") FORM ALL,
        "sysparm_count=true&sysparm_query=number%3D#&sysparm_mine=a%3Db",
        FIELDS("number%2Ccaller_id") FORM ALL INPUT,
        FIELDS("number%2Ccaller_id") FORM ALL INPUT,
        FIELDS("number%2Ccaller_id") FORM ALL INPUT,
        ALL,
    };
    int kind;
    make_record();
    for (kind = 0; kind < CALLS; kind++) {
        snow_query *query = that_record();
        set_everything(query);
        check_subject = calls[kind];
        forget();
        call(kind, query);
        CHECK_TEXT(filled(expected[kind], number), sent(0));
        snow_query_free(query);
    }
    check_subject = "";
}

/* At its default no parameter is sent, whether it was never set or was set back; and nothing is left over
 * from the calls before, which sent them all. */
static void a_default_is_not_sent(void)
{
    static const char *const expected[CALLS] = {
        PAGE("sys_id%3D#%5E", "1"), PAGE("sys_id%3D#%5E", "1"), PAGE("sys_id%3D#%5E", "2"),
        "", "sysparm_count=true&sysparm_query=sys_id%3D#", "", "", "", "",
    };
    int kind, back;
    for (back = 0; back < 2; back++) {
        make_record();
        for (kind = 0; kind < CALLS; kind++) {
            snow_query *query = new_query();
            snow_query_where(query, "sys_id", SNOW_EQ, sys_id, &error);
            snow_query_limit(query, 1, &error);
            if (back) {
                snow_query_fields(query, "number", &error);
                snow_query_fields(query, "", &error);
                snow_query_display_value(query, SNOW_DISPLAY_TRUE, &error);
                snow_query_display_value(query, SNOW_DISPLAY_FALSE, &error);
                snow_query_exclude_reference_link(query, 1, &error);
                snow_query_exclude_reference_link(query, 0, &error);
                snow_query_no_count(query, 1, &error);
                snow_query_no_count(query, 0, &error);
                snow_query_no_domain(query, 1, &error);
                snow_query_no_domain(query, 0, &error);
                snow_query_input_display_value(query, 1, &error);
                snow_query_input_display_value(query, 0, &error);
                snow_query_suppress_auto_sys_field(query, 1, &error);
                snow_query_suppress_auto_sys_field(query, 0, &error);
            }
            check_subject = calls[kind];
            forget();
            call(kind, query);
            CHECK_TEXT(filled(expected[kind], sys_id), sent(0));
            snow_query_free(query);
        }
    }
    check_subject = "";
}

/* The look-up of a write by query asks for the key alone, and passes over no match; what the query says
 * of form is for the record that comes back. */
static void a_write_by_query(void)
{
    snow_query *query;
    snow_record *changes = record_with("urgency", "2"), *record;
    const char *look_up = FIELDS("sys_id") ALL CATEGORY "&" PAGE("number%3D#%5E", "2")
        "&sysparm_no_count=true";
    const char *check = FIELDS("sys_id") ALL CATEGORY "&sysparm_query=numberISEMPTY%5EnumberISNOTEMPTY"
        "&sysparm_limit=1&sysparm_suppress_pagination_header=true";
    make_record();
    query = that_record();
    set_everything(query);
    snow_query_offset(query, 1, &error);
    forget();
    record = snow_table_update_one(client, "incident", query, changes, &error);
    CHECK_TEXT(number, snow_record_get(record, "number", NULL));
    CHECK_NUMBER(2, snow_record_field_count(record));
    CHECK_TEXT(filled(look_up, number), sent(0));
    /* Behind the second page, which is empty: whether the instance knows the field. */
    CHECK_TEXT(check, sent(2));
    CHECK_TEXT(FIELDS("number%2Ccaller_id") FORM ALL INPUT, sent(3));
    forget();
    CHECK_STATUS(SNOW_OK, snow_table_delete_one(client, "incident", query, &error), error);
    CHECK_TEXT(filled(look_up, number), sent(0));
    CHECK_TEXT(check, sent(2));
    CHECK_TEXT(ALL, sent(3));
    snow_record_free(record);
    snow_record_free(changes);
    snow_query_free(query);
}

/* A request takes all that a query says. */
static void a_request(void)
{
    snow_query *query = new_query();
    snow_request *request = snow_request_new("GET", "/api/now/table/incident", &error);
    snow_response *response;
    set_everything(query);
    snow_query_order_by(query, "number", &error);
    snow_query_offset(query, 7, &error);
    CHECK_STATUS(SNOW_OK, snow_request_set_query(request, query, &error), error);
    forget();
    response = snow_client_send(client, request, &error);
    CHECK_NUMBER(200, snow_response_status(response));
    CHECK_TEXT("sysparm_query=ORDERBYnumber&" FIELDS("number%2Ccaller_id") FORM ALL CATEGORY INPUT
               "&sysparm_no_count=true&sysparm_limit=1&sysparm_offset=7", sent(0));
    CHECK_TEXT(NULL, snow_response_header(response, "x-total-count"));
    snow_response_free(response);
    snow_query_free(query);

    /* Another query takes the place of the first, and not of what the caller said besides. */
    query = snow_query_new(&error);
    CHECK_STATUS(SNOW_OK, snow_query_where(query, "active", SNOW_EQ, "true", &error), error);
    CHECK_STATUS(SNOW_OK, snow_request_set_param(request, "u_own", "1", &error), error);
    CHECK_STATUS(SNOW_OK, snow_request_set_param(request, "sysparm_limit", "3", &error), error);
    CHECK_STATUS(SNOW_OK, snow_request_set_query(request, query, &error), error);
    forget();
    snow_response_free(snow_client_send(client, request, &error));
    CHECK_TEXT("u_own=1&sysparm_limit=3&sysparm_query=active%3Dtrue", sent(0));
    snow_query_free(query);
    query = snow_query_new(&error);
    CHECK_STATUS(SNOW_OK, snow_request_set_query(request, query, &error), error);
    forget();
    snow_response_free(snow_client_send(client, request, &error));
    CHECK_TEXT("u_own=1&sysparm_limit=3", sent(0));
    snow_request_free(request);
    snow_query_free(query);
}

static void the_form_of_what_a_write_gives_back(void)
{
    snow_query *query = new_query();
    snow_record *fields = record_with("caller_id", user_id), *record;
    snow_created created;
    char expected[256];
    snow_record_set(fields, "state", "2", &error);
    snprintf(expected, sizeof expected, "{\"state\":\"In Progress\",\"caller_id\":\"%s\"}",
             user_name);

    record = snow_table_create(client, "incident", fields, NULL, &error);
    CHECK(snow_record_field_count(record) > 20);
    CHECK_TEXT("2", snow_record_get(record, "state", NULL));
    CHECK(snow_record_link(record, "caller_id") != NULL);
    snprintf(sys_id, sizeof sys_id, "%s", snow_record_get(record, "sys_id", NULL));
    snow_record_free(record);

    snow_query_fields(query, "state,caller_id", &error);
    snow_query_display_value(query, SNOW_DISPLAY_TRUE, &error);
    snow_query_exclude_reference_link(query, 1, &error);
    record = snow_table_create(client, "incident", fields, query, &error);
    CHECK_TEXT(expected, snow_record_json(record, NULL));
    snow_record_free(record);
    record = snow_table_create_once(client, "incident", fields, query, &created, &error);
    CHECK_NUMBER(SNOW_CREATED_NEW, created);
    CHECK_TEXT("In Progress", snow_record_display(record, "state", NULL));
    CHECK_NUMBER(32, strlen(snow_record_get(record, "sys_id", NULL)));
    CHECK_NUMBER(3, snow_record_field_count(record));
    snow_record_free(record);
    record = snow_table_update(client, "incident", sys_id, fields, query, &error);
    CHECK_TEXT(expected, snow_record_json(record, NULL));
    snow_record_free(record);
    record = snow_table_replace(client, "incident", sys_id, fields, query, &error);
    CHECK_TEXT(expected, snow_record_json(record, NULL));
    snow_record_free(record);
    snow_record_free(fields);
    snow_query_free(query);
}

static void find_a_user(void)
{
    snow_query *query = new_query();
    snow_record *user;
    snow_query_where(query, "name", SNOW_CONTAINS, " ", &error);
    user = snow_table_first(client, "sys_user", query, &error);
    snprintf(user_id, sizeof user_id, "%s", snow_record_get(user, "sys_id", NULL));
    snprintf(user_name, sizeof user_name, "%s", snow_record_get(user, "name", NULL));
    snow_record_free(user);
    snow_query_free(query);
}

/* A choice by its label and a reference by its name, where they are display values and where not. */
static void values_as_they_are_displayed(void)
{
    int32_t display;
    for (display = 0; display < 2; display++) {
        snow_query *query = new_query();
        snow_record *fields = record_with("state", "In Progress"), *record;
        snow_record_set(fields, "caller_id", user_name, &error);
        CHECK_STATUS(SNOW_OK, snow_query_input_display_value(query, display, &error), error);
        snow_query_display_value(query, SNOW_DISPLAY_ALL, &error);
        record = snow_table_create(client, "incident", fields, query, &error);
        CHECK_TEXT(display ? "2" : "1", snow_record_get(record, "state", NULL));
        CHECK_TEXT(display ? user_id : user_name, snow_record_get(record, "caller_id", NULL));
        snow_record_free(record);
        snow_record_free(fields);
        snow_query_free(query);
    }
}

/* Who and when, as the writer says. */
static void stamps_that_the_writer_gives(void)
{
    int32_t suppress;
    for (suppress = 0; suppress < 2; suppress++) {
        snow_query *query = new_query();
        snow_record *fields = record_with("sys_created_by", "migration"), *record;
        snow_record_set(fields, "sys_created_on", "2001-02-03 04:05:06", &error);
        CHECK_STATUS(SNOW_OK, snow_query_suppress_auto_sys_field(query, suppress, &error), error);
        record = snow_table_create(client, "incident", fields, query, &error);
        CHECK_TEXT(suppress ? "migration" : "admin",
                   snow_record_get(record, "sys_created_by", NULL));
        CHECK_TEXT(suppress ? "2001-02-03 04:05:06" : CLOCK,
                   snow_record_get(record, "sys_created_on", NULL));
        snow_record_free(record);
        snow_record_free(fields);
        snow_query_free(query);
    }
}

/* Without a count a list has no total, by key and by offset, and every row all the same. */
static void lists_without_a_count(void)
{
    static const char *const orders[] = {NULL, "number"};
    size_t i;
    for (i = 0; i < 2; i++) {
        int64_t counted, uncounted;
        int rows, requests, more;
        snow_query *query = new_query();
        if (orders[i])
            snow_query_order_by(query, orders[i], &error);
        snow_query_page_size(query, 10, &error);
        rows = rows_of(query, &counted);
        CHECK_NUMBER(rows, counted);
        CHECK(rows > 70);
        snow_query_no_count(query, 1, &error);
        forget();
        CHECK_NUMBER(rows, rows_of(query, &uncounted));
        requests = control_count(instance, "/api/now/table/incident");
        more = rows % 10 == 0;
        CHECK(requests >= rows / 10 + 1 + more && requests <= rows / 10 + 2 + more);
        CHECK(strstr(sent(0), "&sysparm_no_count=true") != NULL);
        CHECK(strstr(sent(4), "&sysparm_no_count=true") != NULL);
        if (!orders[i])
            CHECK_NUMBER(-1, uncounted);
        snow_query_free(query);
    }
}

/* The fields of a view, unless fields are named. */
static void the_fields_of_a_view(void)
{
    snow_query *query = new_query();
    snow_record *fields = record_with("short_description", "viewed"), *record;
    int64_t total;
    int rows;
    CHECK_STATUS(SNOW_OK, snow_query_view(query, "mobile", &error), error);
    record = snow_table_create(client, "incident", fields, query, &error);
    CHECK_TEXT("viewed", snow_record_get(record, "short_description", NULL));
    CHECK_NUMBER(6, snow_record_field_count(record));
    snow_record_free(record);
    snow_query_page_size(query, 10, &error);
    rows = rows_of(query, &total);
    CHECK_NUMBER(rows, total);
    CHECK(rows > 75);
    snow_query_fields(query, "number", &error);
    record = snow_table_first(client, "incident", query, &error);
    CHECK_TEXT(NULL, snow_record_get(record, "short_description", NULL));
    snow_record_free(record);
    snow_record_free(fields);
    snow_query_free(query);
}

/* A replica that is a minute late does not know the record that was just made. */
static void a_category_of_queries(void)
{
    snow_query *query;
    snow_record *record;
    control_do(instance, "PATCH", "/-/settings", "{\"query_categories\":{\"reporting\":60}}");
    make_record();
    query = that_record();
    record = snow_table_one(client, "incident", query, &error);
    CHECK(record != NULL);
    snow_record_free(record);
    CHECK_STATUS(SNOW_OK, snow_query_category(query, "reporting", &error), error);
    CHECK(snow_table_one(client, "incident", query, &error) == NULL);
    CHECK_NUMBER(SNOW_NOT_FOUND, snow_error_status(error));
    snow_error_free(error);
    error = NULL;
    snow_query_free(query);
}

/* Bob is of one domain and the record of another: only across domains can he read, change and delete it. */
static void across_domains(void)
{
    snow_client *bob = snow_client_new_basic(instance, "bob", "bob", &error);
    snow_query *query = new_query();
    snow_record *domain = record_with("sys_domain", "acme"), *record, *changes;
    int32_t all;
    snow_query_where(query, "user_name", SNOW_EQ, "bob", &error);
    record = snow_table_update_one(client, "sys_user", query, domain, &error);
    CHECK_TEXT("acme", snow_record_get(record, "sys_domain", NULL));
    snow_record_free(record);
    snow_query_free(query);
    snow_record_set(domain, "sys_domain", "umbrella", &error);
    record = snow_table_create(client, "problem", domain, NULL, &error);
    snprintf(sys_id, sizeof sys_id, "%s", snow_record_get(record, "sys_id", NULL));
    snow_record_free(record);
    snow_record_free(domain);
    control_do(instance, "PATCH", "/-/settings", "{\"domain_separation\":true}");

    changes = record_with("short_description", "from another domain");
    for (all = 0; all < 2; all++) {
        snow_status expected = all ? SNOW_OK : SNOW_NOT_FOUND;
        query = new_query();
        snow_query_where(query, "sys_id", SNOW_EQ, sys_id, &error);
        CHECK_STATUS(SNOW_OK, snow_query_no_domain(query, all, &error), error);
        record = snow_table_one(bob, "problem", query, &error);
        CHECK_NUMBER(expected, snow_error_status(error));
        snow_record_free(record);
        snow_error_free(error);
        record = snow_table_get(bob, "problem", sys_id, query, &error);
        CHECK_NUMBER(expected, snow_error_status(error));
        snow_record_free(record);
        snow_error_free(error);
        record = snow_table_update(bob, "problem", sys_id, changes, query, &error);
        CHECK_NUMBER(expected, snow_error_status(error));
        snow_record_free(record);
        snow_error_free(error);
        CHECK_STATUS(expected, snow_table_delete(bob, "problem", sys_id, query, &error), error);
        snow_error_free(error);
        error = NULL;
        snow_query_free(query);
    }
    control_do(instance, "PATCH", "/-/settings", "{\"domain_separation\":false}");
    snow_record_free(changes);
    snow_client_free(bob);
}

/* Rows that this user may not see make short and empty pages, which are no end. */
static void rows_that_are_hidden_from_an_uncounted_list(void)
{
    snow_query *query = new_query();
    int64_t total;
    int rows = rows_of(query, &total);
    snow_query_page_size(query, 5, &error);
    snow_query_no_count(query, 1, &error);
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"/api/now/table/incident\",\"count\":1,\"fault\":{\"kind\":\"hide_rows\","
               "\"every\":\"all\"}}");
    CHECK_NUMBER(rows, rows_of(query, &total));
    control_do(instance, "DELETE", "/-/faults", "");
    snow_query_free(query);
}

int main(void)
{
    instance = getenv("SNOW_INSTANCE");
    client = snow_client_new_basic(instance, "admin", "admin", &error);
    CHECK(client != NULL);
    find_a_user();
    each_call_carries_what_belongs_to_it();
    a_default_is_not_sent();
    a_write_by_query();
    a_request();
    the_form_of_what_a_write_gives_back();
    values_as_they_are_displayed();
    stamps_that_the_writer_gives();
    the_fields_of_a_view();
    a_category_of_queries();
    across_domains();
    lists_without_a_count();
    rows_that_are_hidden_from_an_uncounted_list();
    snow_client_free(client);
    snow_error_free(error);
    return check_result();
}
