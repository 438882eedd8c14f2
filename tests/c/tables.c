/*
 * What can be done with the records of a table, and what a record shows of its fields. The instance is
 * SNOW_INSTANCE; it holds its built-in world.
 */
#include "check.h"
#include "control.h"

#define TABLE_CALL "/api/now/table/incident"

static const char *instance;
static snow_client *client;
static snow_error *error;

static snow_query *query_where(const char *field, const char *value)
{
    snow_query *query = snow_query_new(&error);
    CHECK_STATUS(SNOW_OK, snow_query_where(query, field, SNOW_EQ, value, &error), error);
    return query;
}

static snow_record *record_with(const char *field, const char *value)
{
    snow_record *record = snow_record_new(&error);
    CHECK_STATUS(SNOW_OK, snow_record_set(record, field, value, &error), error);
    return record;
}

static void failed(snow_status expected, const void *made)
{
    CHECK(made == NULL);
    CHECK_NUMBER(expected, snow_error_status(error));
    snow_error_free(error);
    error = NULL;
}

static void a_record_lives_and_dies(void)
{
    char sys_id[33];
    snow_record *fields = record_with("short_description", "Pr\xc3\xbc" "fung ^ = & + %"), *record;
    record = snow_table_create(client, "incident", fields, NULL, &error);
    CHECK(record != NULL);
    CHECK_TEXT("Pr\xc3\xbc" "fung ^ = & + %", snow_record_get(record, "short_description", NULL));
    CHECK(strncmp(snow_record_get(record, "number", NULL), "INC", 3) == 0);
    snprintf(sys_id, sizeof sys_id, "%s", snow_record_get(record, "sys_id", NULL));
    snow_record_free(record);
    snow_record_free(fields);

    record = snow_table_get(client, "incident", sys_id, NULL, &error);
    CHECK_TEXT(sys_id, snow_record_get(record, "sys_id", NULL));
    snow_record_free(record);

    /* What is given is changed, what is not stays: with PATCH and, on a table, with PUT too. */
    fields = record_with("urgency", "1");
    record = snow_table_update(client, "incident", sys_id, fields, NULL, &error);
    CHECK_TEXT("1", snow_record_get(record, "urgency", NULL));
    CHECK_TEXT("Pr\xc3\xbc" "fung ^ = & + %", snow_record_get(record, "short_description", NULL));
    snow_record_free(record);
    snow_record_free(fields);
    fields = record_with("short_description", "");
    record = snow_table_replace(client, "incident", sys_id, fields, NULL, &error);
    CHECK_TEXT("", snow_record_get(record, "short_description", NULL));
    CHECK_TEXT("1", snow_record_get(record, "urgency", NULL));
    snow_record_free(record);
    snow_record_free(fields);

    CHECK_STATUS(SNOW_OK, snow_table_delete(client, "incident", sys_id, NULL, &error), error);
    failed(SNOW_NOT_FOUND, snow_table_get(client, "incident", sys_id, NULL, &error));
    CHECK_STATUS(SNOW_NOT_FOUND, snow_table_delete(client, "incident", sys_id, NULL, &error), error);
    snow_error_free(error);
}

static void none_one_and_many(void)
{
    uint64_t count = 0;
    snow_query *none = query_where("short_description", "nothing is called this");
    snow_query *many = query_where("active", "true"), *one;
    snow_record *record = snow_table_first(client, "incident", many, &error), *same;
    CHECK(record != NULL);
    one = query_where("number", snow_record_get(record, "number", NULL));

    CHECK_STATUS(SNOW_OK, snow_table_count(client, "incident", none, &count, &error), error);
    CHECK_NUMBER(0, count);
    CHECK_STATUS(SNOW_OK, snow_table_count(client, "incident", one, &count, &error), error);
    CHECK_NUMBER(1, count);
    CHECK_STATUS(SNOW_OK, snow_table_count(client, "incident", NULL, &count, &error), error);
    CHECK_NUMBER(75, count);

    failed(SNOW_NOT_FOUND, snow_table_first(client, "incident", none, &error));
    failed(SNOW_NOT_FOUND, snow_table_one(client, "incident", none, &error));
    failed(SNOW_MULTIPLE, snow_table_one(client, "incident", many, &error));
    same = snow_table_one(client, "incident", one, &error);
    CHECK_TEXT(snow_record_get(record, "sys_id", NULL), snow_record_get(same, "sys_id", NULL));
    snow_record_free(same);

    /* The only one is the only one of all that match, wherever a list of them would begin and end. */
    CHECK_STATUS(SNOW_OK, snow_query_limit(many, 1, &error), error);
    failed(SNOW_MULTIPLE, snow_table_one(client, "incident", many, &error));
    CHECK_STATUS(SNOW_OK, snow_table_count(client, "incident", many, &count, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_offset(many, count - 1, &error), error);
    failed(SNOW_MULTIPLE, snow_table_one(client, "incident", many, &error));
    CHECK_STATUS(SNOW_OK, snow_query_offset(one, 1, &error), error);
    same = snow_table_one(client, "incident", one, &error);
    CHECK_TEXT(snow_record_get(record, "sys_id", NULL), snow_record_get(same, "sys_id", NULL));
    snow_record_free(same);
    failed(SNOW_NOT_FOUND, snow_table_first(client, "incident", one, &error));

    snow_record_free(record);
    snow_query_free(one);
    snow_query_free(many);
    snow_query_free(none);
}

static void changes_by_query_touch_one_record_or_none(void)
{
    snow_query *everything = snow_query_new(&error), *many = query_where("active", "true");
    snow_query *none = query_where("number", "INC9999999"), *one;
    snow_record *changes = record_with("work_notes", "seen"), *record, *changed;

    control_do(instance, "DELETE", "/-/requests", "");
    failed(SNOW_INVALID_ARGUMENT,
           snow_table_update_one(client, "incident", everything, changes, &error));
    CHECK_STATUS(SNOW_INVALID_ARGUMENT,
                 snow_table_delete_one(client, "incident", everything, &error), error);
    CHECK_ARGUMENT("query", error);
    snow_error_free(error);
    CHECK_NUMBER(0, control_count(instance, "/"));

    failed(SNOW_MULTIPLE, snow_table_update_one(client, "incident", many, changes, &error));
    failed(SNOW_NOT_FOUND, snow_table_update_one(client, "incident", none, changes, &error));
    CHECK_STATUS(SNOW_MULTIPLE, snow_table_delete_one(client, "incident", many, &error), error);
    snow_error_free(error);
    CHECK_NUMBER(0, control_count(instance, TABLE_CALL "/"));

    record = snow_table_first(client, "incident", many, &error);
    one = query_where("number", snow_record_get(record, "number", NULL));
    snow_record_free(changes);
    changes = record_with("short_description", "changed by query");
    changed = snow_table_update_one(client, "incident", one, changes, &error);
    CHECK_TEXT("changed by query", snow_record_get(changed, "short_description", NULL));
    CHECK_STATUS(SNOW_OK, snow_table_delete_one(client, "incident", one, &error), error);
    failed(SNOW_NOT_FOUND, snow_table_one(client, "incident", one, &error));

    snow_record_free(changed);
    snow_record_free(record);
    snow_record_free(changes);
    snow_query_free(one);
    snow_query_free(none);
    snow_query_free(many);
    snow_query_free(everything);
}

/* A condition that the instance leaves out lets another record match than is meant: it stays as it is. */
static void a_condition_that_is_left_out_changes_nothing(void)
{
    static const char *const unknown[] = {
        "no_such_field=x", "caller_id.no_such_field=x", "no_such_field=x^ORno_such_field=y",
    };
    static const char *const faults[] = {
        "", "{\"fault\":{\"kind\":\"header\",\"name\":\"X-Total-Count\"},\"count\":0}",
    };
    snow_record *changes = record_with("short_description", "changed by mistake"), *record;
    snow_record *fields = record_with("short_description", "the only one of its name");
    size_t i, j;
    record = snow_table_create(client, "incident", fields, NULL, &error);
    for (j = 0; j < sizeof faults / sizeof *faults; j++)
        for (i = 0; i < sizeof unknown / sizeof *unknown; i++) {
            snow_query *query = query_where("number", snow_record_get(record, "number", NULL));
            CHECK_STATUS(SNOW_OK, snow_query_raw(query, unknown[i], &error), error);
            check_subject = unknown[i];
            /* An instance that does not count shows a row that cannot be. */
            if (*faults[j])
                control_do(instance, "POST", "/-/faults", faults[j]);
            CHECK(snow_table_update_one(client, "incident", query, changes, &error) == NULL);
            CHECK(strstr(snow_error_message(error), "no_such_field") != NULL);
            CHECK(!snow_error_maybe_applied(error));
            failed(SNOW_QUERY_IGNORED, NULL);
            CHECK_STATUS(SNOW_QUERY_IGNORED, snow_table_delete_one(client, "incident", query, &error), error);
            failed(SNOW_QUERY_IGNORED, NULL);
            control_do(instance, "DELETE", "/-/faults", "");
            check_subject = "";
            snow_query_free(query);
        }
    snow_record_free(fields);
    fields = snow_table_get(client, "incident", snow_record_get(record, "sys_id", NULL), NULL, &error);
    CHECK_TEXT("the only one of its name", snow_record_get(fields, "short_description", NULL));
    snow_record_free(fields);
    snow_record_free(record);
    snow_record_free(changes);
}

/* What lacks a field, an operator or a value is no condition, whatever the instance makes of the others. */
static void a_raw_text_that_is_no_condition_changes_nothing(void)
{
    static const char *const fragments[] = { " ", "number", "javascript:", "=x", "short_descriptionLIKE",
                                             "priority>", "impactBETWEEN1", "priority>^ORnumber" };
    snow_record *changes = record_with("short_description", "changed by mistake"), *record;
    snow_record *fields = record_with("short_description", "beside a text that says nothing");
    size_t i;
    record = snow_table_create(client, "incident", fields, NULL, &error);
    for (i = 0; i < sizeof fragments / sizeof *fragments; i++) {
        snow_query *query = query_where("number", snow_record_get(record, "number", NULL));
        check_subject = fragments[i];
        CHECK_STATUS(SNOW_OK, snow_query_raw(query, fragments[i], &error), error);
        CHECK(snow_table_update_one(client, "incident", query, changes, &error) == NULL);
        CHECK(!snow_error_maybe_applied(error));
        failed(SNOW_QUERY_IGNORED, NULL);
        CHECK_STATUS(SNOW_QUERY_IGNORED, snow_table_delete_one(client, "incident", query, &error), error);
        failed(SNOW_QUERY_IGNORED, NULL);
        snow_query_free(query);
    }
    check_subject = "";
    snow_record_free(fields);
    fields = snow_table_get(client, "incident", snow_record_get(record, "sys_id", NULL), NULL, &error);
    CHECK_TEXT("beside a text that says nothing", snow_record_get(fields, "short_description", NULL));
    snow_record_free(fields);
    snow_record_free(record);
    snow_record_free(changes);
}

/* Every field but its key and number goes into a new record, references by their value. */
static void a_record_is_cloned(void)
{
    snow_record *fields = record_with("short_description", "to be cloned"), *record, *clone, *copy;
    snow_record *user = snow_table_first(client, "sys_user", NULL, &error);
    snow_query *query;
    size_t i;
    snow_record_set(fields, "caller_id", snow_record_get(user, "sys_id", NULL), &error);
    snow_record_set(fields, "urgency", "1", &error);
    record = snow_table_create(client, "incident", fields, NULL, &error);
    query = query_where("number", snow_record_get(record, "number", NULL));
    snow_record_free(record);

    record = snow_table_one(client, "incident", query, &error);
    copy = snow_record_new(&error);
    for (i = 0; i < snow_record_field_count(record); i++) {
        const char *name = snow_record_field_name(record, i);
        const char *value = snow_record_get(record, name, NULL);
        if (strcmp(name, "sys_id") && strcmp(name, "number"))
            CHECK_STATUS(SNOW_OK, snow_record_set(copy, name, value, &error), error);
    }
    clone = snow_table_create(client, "incident", copy, NULL, &error);
    CHECK(strcmp(snow_record_get(record, "sys_id", NULL), snow_record_get(clone, "sys_id", NULL)) != 0);
    CHECK(strcmp(snow_record_get(record, "number", NULL), snow_record_get(clone, "number", NULL)) != 0);
    CHECK_TEXT("to be cloned", snow_record_get(clone, "short_description", NULL));
    CHECK_TEXT("1", snow_record_get(clone, "urgency", NULL));
    CHECK_TEXT(snow_record_get(user, "sys_id", NULL), snow_record_get(clone, "caller_id", NULL));
    CHECK_STATUS(SNOW_OK, snow_table_delete_one(client, "incident", query, &error), error);
    CHECK_STATUS(SNOW_OK, snow_table_delete(client, "incident", snow_record_get(clone, "sys_id", NULL),
                                            NULL, &error), error);
    snow_record_free(copy);
    snow_record_free(clone);
    snow_record_free(record);
    snow_record_free(fields);
    snow_record_free(user);
    snow_query_free(query);
}

/* The address of the instance, of which that of a record is made. */
static void the_address_of_a_record(void)
{
    snow_client *other = snow_client_new_basic("dev12345", "admin", "admin", &error);
    snow_record *user = snow_table_first(client, "sys_user", NULL, &error);
    snow_query *query = query_where("caller_id.name", snow_record_get(user, "name", NULL));
    snow_record *record = snow_table_first(client, "incident", query, &error);
    char address[256];
    CHECK_TEXT("https://dev12345.service-now.com", snow_client_url(other));
    CHECK_TEXT(instance, snow_client_url(client));
    CHECK_TEXT(NULL, snow_client_url(NULL));
    snprintf(address, sizeof address, "%s/api/now/table/sys_user/%s", snow_client_url(client),
             snow_record_get(record, "caller_id", NULL));
    CHECK_TEXT(snow_record_link(record, "caller_id"), address);
    snow_record_free(record);
    snow_record_free(user);
    snow_query_free(query);
    snow_client_free(other);
}

/* A reference and a choice, in each of the three forms, with and without links. */
static void a_field_in_every_form(void)
{
    static const struct {
        int32_t form, exclude;
        int value, display, link;
    } forms[] = {
        { SNOW_DISPLAY_FALSE, 0, 1, 0, 1 }, { SNOW_DISPLAY_FALSE, 1, 1, 1, 0 },
        { SNOW_DISPLAY_TRUE, 0, 0, 1, 1 },  { SNOW_DISPLAY_TRUE, 1, 1, 1, 0 },
        { SNOW_DISPLAY_ALL, 0, 1, 1, 1 },   { SNOW_DISPLAY_ALL, 1, 1, 1, 0 },
    };
    size_t i;
    for (i = 0; i < sizeof forms / sizeof *forms; i++) {
        snow_query *query = snow_query_new(&error);
        snow_record *record;
        snow_query_where(query, "caller_id", SNOW_IS_NOT_EMPTY, NULL, &error);
        snow_query_fields(query, "number,state,caller_id,caller_id.name,resolved_by", &error);
        snow_query_display_value(query, forms[i].form, &error);
        snow_query_exclude_reference_link(query, forms[i].exclude, &error);
        record = snow_table_first(client, "incident", query, &error);
        CHECK_NUMBER(forms[i].value, snow_record_get(record, "caller_id", NULL) != NULL);
        CHECK_NUMBER(forms[i].display, snow_record_display(record, "caller_id", NULL) != NULL);
        CHECK_NUMBER(forms[i].link, snow_record_link(record, "caller_id") != NULL);
        CHECK(snow_record_get(record, "caller_id.name", NULL) != NULL);
        CHECK(snow_record_get(record, "short_description", NULL) == NULL);
        if (forms[i].form == SNOW_DISPLAY_ALL) {
            CHECK_NUMBER(32, strlen(snow_record_get(record, "caller_id", NULL)));
            CHECK_TEXT(snow_record_display(record, "caller_id.name", NULL),
                       snow_record_display(record, "caller_id", NULL));
        }
        snow_record_free(record);
        snow_query_free(query);
    }
}

static void a_record_by_hand(void)
{
    static const char json[] = "{\"number\":\"INC1\",\"state\":2,\"active\":true,\"x\":null,"
                               "\"nul\":\"a\\u0000b\",\"caller_id\":{\"link\":\"http://i/u/1\","
                               "\"value\":\"1\"}}";
    size_t length = 99;
    snow_record *record = snow_record_from_json(json, strlen(json), &error), *copy;
    const char *old, *state;
    CHECK_NUMBER(6, snow_record_field_count(record));
    CHECK_TEXT("number", snow_record_field_name(record, 0));
    CHECK_TEXT("caller_id", snow_record_field_name(record, 5));
    CHECK(snow_record_field_name(record, 6) == NULL);
    CHECK_TEXT("2", snow_record_get(record, "state", NULL));
    CHECK_TEXT("true", snow_record_get(record, "active", NULL));
    CHECK(snow_record_get(record, "x", NULL) == NULL);
    CHECK_TEXT("1", snow_record_get(record, "caller_id", NULL));
    CHECK_TEXT("http://i/u/1", snow_record_link(record, "caller_id"));
    CHECK(memcmp(snow_record_get(record, "nul", &length), "a\0b", 4) == 0);
    CHECK_NUMBER(3, length);
    CHECK(snow_record_get(record, "none", &length) == NULL);
    CHECK_NUMBER(0, length);
    CHECK(memcmp(snow_record_display(record, "nul", &length), "a\0b", 4) == 0);
    CHECK_NUMBER(3, length);
    CHECK(snow_record_display(record, "none", &length) == NULL);
    CHECK_NUMBER(0, length);

    /* A copy goes its own way; what was lent stays while the record does, and what still holds is lent again. */
    copy = snow_record_clone(record, &error);
    old = snow_record_get(record, "number", NULL);
    state = snow_record_get(record, "state", NULL);
    CHECK(strstr(snow_record_json(record, NULL), "\"number\":\"INC1\"") != NULL);
    CHECK_STATUS(SNOW_OK, snow_record_set(record, "number", "INC2", &error), error);
    CHECK_TEXT("INC1", old);
    CHECK_TEXT("INC2", snow_record_get(record, "number", NULL));
    CHECK(state == snow_record_get(record, "state", NULL));
    CHECK_TEXT("INC1", snow_record_get(copy, "number", NULL));
    CHECK(strstr(snow_record_json(record, &length), "\"number\":\"INC2\"") != NULL);
    CHECK_NUMBER(strlen(snow_record_json(record, NULL)), length);
    snow_record_free(record);
    snow_record_free(copy);

    failed(SNOW_INVALID_ARGUMENT, snow_record_from_json("[1]", 3, &error));
    failed(SNOW_INVALID_ARGUMENT, snow_record_from_json("{\"a\":", 5, &error));
    failed(SNOW_INVALID_ARGUMENT, snow_record_from_json(NULL, 0, &error));
    failed(SNOW_NULL_ARGUMENT, snow_record_from_json(NULL, 5, &error));
}

/* The text of a query stays until the query is changed, and a change that is refused changes nothing. */
static void a_query_as_text(void)
{
    snow_query *query = query_where("active", "true");
    const char *first = snow_query_encoded(query, &error);
    CHECK(first == snow_query_encoded(query, &error));
    CHECK_STATUS(SNOW_INVALID_ARGUMENT, snow_query_where(query, "a^b", SNOW_EQ, "1", &error), error);
    snow_error_free(error);
    CHECK_TEXT("active=true", first);
    CHECK_STATUS(SNOW_OK, snow_query_order_by(query, "number", &error), error);
    CHECK_TEXT("active=true^ORDERBYnumber", snow_query_encoded(query, &error));
    snow_query_free(query);
}

/* However many requests a call makes, it has the time of one call: those that read one record, and those that look for the
 * one that they write. */
static void several_requests_have_the_time_of_one_call(void)
{
    snow_session *session = snow_session_new(&error);
    snow_query *pages = query_where("active", "true"), *one;
    snow_record *changes = record_with("short_description", "too late"), *record;
    snow_client *hurried;
    CHECK_STATUS(SNOW_OK, snow_session_set_basic_auth(session, "admin", "admin", &error), error);
    CHECK_STATUS(SNOW_OK, snow_session_set_timeouts(session, 30000, 1000, &error), error);
    CHECK_STATUS(SNOW_OK, snow_session_set_retry(session, 0, 1000, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_page_size(pages, 1, &error), error);
    hurried = snow_client_new(instance, session, &error);
    record = snow_table_first(client, "incident", NULL, &error);
    one = query_where("sys_id", snow_record_get(record, "sys_id", NULL));
    CHECK_STATUS(SNOW_OK, snow_query_where(one, "number", SNOW_NE, "x", &error), error);

    /* Each answer comes in time, and all of them do not. */
    control_do(instance, "POST", "/-/faults", "{\"count\":0,\"fault\":{\"kind\":\"delay\",\"ms\":600}}");
    failed(SNOW_TIMEOUT, snow_table_update_one(hurried, "incident", one, changes, &error));
    CHECK_STATUS(SNOW_TIMEOUT, snow_table_delete_one(hurried, "incident", one, &error), error);
    snow_error_free(error);
    /* Page after page of rows that this user may not see. */
    control_do(instance, "POST", "/-/rules",
               "{\"kind\":\"acl\",\"table\":\"incident\",\"operation\":\"read\","
               "\"roles\":[\"nobody\"],\"admin_overrides\":false}");
    failed(SNOW_TIMEOUT, snow_table_first(hurried, "incident", pages, &error));
    failed(SNOW_TIMEOUT, snow_table_one(hurried, "incident", pages, &error));
    control_do(instance, "DELETE", "/-/rules", "");
    control_do(instance, "DELETE", "/-/faults", "");
    snow_record_free(record);

    record = snow_table_one(client, "incident", one, &error);
    CHECK(record != NULL);
    CHECK(strcmp(snow_record_get(record, "short_description", NULL), "too late") != 0);
    snow_record_free(record);
    snow_record_free(changes);
    snow_query_free(one);
    snow_query_free(pages);
    snow_client_free(hurried);
    snow_session_free(session);
}

static void closing(void)
{
    snow_client *other = snow_client_new_basic(instance, "admin", "admin", &error);
    uint64_t count = 0;
    CHECK_STATUS(SNOW_OK, snow_table_count(other, "incident", NULL, &count, &error), error);
    CHECK_STATUS(SNOW_OK, snow_client_close(other, 1000, &error), error);
    CHECK_STATUS(SNOW_CLOSED, snow_table_count(other, "incident", NULL, &count, &error), error);
    CHECK_NUMBER(0, count);
    snow_error_free(error);
    snow_client_free(other);
}

int main(void)
{
    instance = getenv("SNOW_INSTANCE");
    client = snow_client_new_basic(instance, "admin", "admin", &error);
    a_record_by_hand();
    a_query_as_text();
    none_one_and_many();
    a_field_in_every_form();
    a_record_is_cloned();
    the_address_of_a_record();
    changes_by_query_touch_one_record_or_none();
    a_condition_that_is_left_out_changes_nothing();
    a_raw_text_that_is_no_condition_changes_nothing();
    a_record_lives_and_dies();
    several_requests_have_the_time_of_one_call();
    closing();
    snow_client_free(client);
    return check_result();
}
