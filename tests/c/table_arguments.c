/*
 * What a caller can get wrong with records, cursors and the verbs for tables: each call gives its status, an
 * error whose message begins with the name of the argument, and nothing happens.
 */
#include "check.h"
#include "refusal.h"

static const char SYS_ID[] = "46d44a23a9fe19810012d100cca80666";

static snow_client *client;
static snow_query *query;
static snow_record *record;
static snow_cursor *cursor;

static void null_in_functions_without_an_error(void)
{
    size_t length = 7;
    CHECK_TEXT(NULL, snow_record_get(NULL, "state", &length));
    CHECK_NUMBER(0, length);
    length = 7;
    CHECK_TEXT(NULL, snow_record_get(record, NULL, &length));
    CHECK_NUMBER(0, length);
    CHECK_TEXT("6", snow_record_get(record, "state", NULL));
    CHECK_TEXT(NULL, snow_record_display(NULL, "state", NULL));
    CHECK_TEXT(NULL, snow_record_display(record, NULL, NULL));
    CHECK_TEXT(NULL, snow_record_link(NULL, "state"));
    CHECK_TEXT(NULL, snow_record_link(record, NULL));
    CHECK_NUMBER(0, snow_record_field_count(NULL));
    CHECK_TEXT(NULL, snow_record_field_name(NULL, 0));
    CHECK_TEXT(NULL, snow_record_field_name(record, 1));
    CHECK_TEXT(NULL, snow_record_field_name(record, SIZE_MAX));
    length = 7;
    CHECK_TEXT(NULL, snow_record_json(NULL, &length));
    CHECK_NUMBER(0, length);
    CHECK_TEXT("{\"state\":\"6\"}", snow_record_json(record, NULL));

    CHECK_NUMBER(-1, snow_cursor_total(NULL));
    CHECK_NUMBER(0, snow_cursor_fetched(NULL));
}

static void null_in_records_and_tables(void)
{
    const snow_status null = SNOW_NULL_ARGUMENT;
    const snow_record *row = garbage();
    uint64_t count = 7;
    MAKES_NOTHING(null, "json", snow_record_from_json(NULL, 2, where));
    MAKES_NOTHING(SNOW_INVALID_ARGUMENT, "json", snow_record_from_json(NULL, 0, where));
    REFUSES(null, "record", snow_record_set(NULL, "state", "6", where));
    REFUSES(null, "field", snow_record_set(record, NULL, "6", where));
    REFUSES(null, "value", snow_record_set(record, "state", NULL, where));
    MAKES_NOTHING(null, "record", snow_record_clone(NULL, where));

    REFUSES(null, "cursor", snow_cursor_next(NULL, &row, where));
    CHECK(row == NULL);
    REFUSES(null, "row", snow_cursor_next(cursor, NULL, where));
    REFUSES(null, "cursor", snow_cursor_cancel(NULL, where));

    MAKES_NOTHING(null, "client", snow_table_get(NULL, "incident", SYS_ID, NULL, where));
    MAKES_NOTHING(null, "table", snow_table_get(client, NULL, SYS_ID, NULL, where));
    MAKES_NOTHING(null, "sys_id", snow_table_get(client, "incident", NULL, NULL, where));
    MAKES_NOTHING(null, "client", snow_table_list(NULL, "incident", NULL, where));
    MAKES_NOTHING(null, "table", snow_table_list(client, NULL, NULL, where));
    MAKES_NOTHING(null, "client", snow_table_first(NULL, "incident", NULL, where));
    MAKES_NOTHING(null, "table", snow_table_first(client, NULL, NULL, where));
    MAKES_NOTHING(null, "client", snow_table_one(NULL, "incident", NULL, where));
    MAKES_NOTHING(null, "table", snow_table_one(client, NULL, NULL, where));
    REFUSES(null, "client", snow_table_count(NULL, "incident", NULL, &count, where));
    CHECK_NUMBER(0, count);
    REFUSES(null, "table", snow_table_count(client, NULL, NULL, &count, where));
    REFUSES(null, "count", snow_table_count(client, "incident", NULL, NULL, where));
    MAKES_NOTHING(null, "client", snow_table_create_once(NULL, "incident", record, NULL, NULL, where));
    MAKES_NOTHING(null, "table", snow_table_create_once(client, NULL, record, NULL, NULL, where));
    MAKES_NOTHING(null, "record", snow_table_create_once(client, "incident", NULL, NULL, NULL, where));
    MAKES_NOTHING(null, "client", snow_table_create(NULL, "incident", record, NULL, where));
    MAKES_NOTHING(null, "table", snow_table_create(client, NULL, record, NULL, where));
    MAKES_NOTHING(null, "record", snow_table_create(client, "incident", NULL, NULL, where));
    MAKES_NOTHING(null, "client", snow_table_update(NULL, "incident", SYS_ID, record, NULL, where));
    MAKES_NOTHING(null, "table", snow_table_update(client, NULL, SYS_ID, record, NULL, where));
    MAKES_NOTHING(null, "sys_id", snow_table_update(client, "incident", NULL, record, NULL, where));
    MAKES_NOTHING(null, "record", snow_table_update(client, "incident", SYS_ID, NULL, NULL, where));
    MAKES_NOTHING(null, "client", snow_table_replace(NULL, "incident", SYS_ID, record, NULL, where));
    MAKES_NOTHING(null, "table", snow_table_replace(client, NULL, SYS_ID, record, NULL, where));
    MAKES_NOTHING(null, "sys_id", snow_table_replace(client, "incident", NULL, record, NULL, where));
    MAKES_NOTHING(null, "record", snow_table_replace(client, "incident", SYS_ID, NULL, NULL, where));
    REFUSES(null, "client", snow_table_delete(NULL, "incident", SYS_ID, NULL, where));
    REFUSES(null, "table", snow_table_delete(client, NULL, SYS_ID, NULL, where));
    REFUSES(null, "sys_id", snow_table_delete(client, "incident", NULL, NULL, where));
    MAKES_NOTHING(null, "client", snow_table_update_one(NULL, "incident", query, record, where));
    MAKES_NOTHING(null, "table", snow_table_update_one(client, NULL, query, record, where));
    MAKES_NOTHING(null, "query", snow_table_update_one(client, "incident", NULL, record, where));
    MAKES_NOTHING(null, "record", snow_table_update_one(client, "incident", query, NULL, where));
    REFUSES(null, "client", snow_table_delete_one(NULL, "incident", query, where));
    REFUSES(null, "table", snow_table_delete_one(client, NULL, query, where));
    REFUSES(null, "query", snow_table_delete_one(client, "incident", NULL, where));
}

static void bad_utf8(void)
{
    const snow_status bad = SNOW_INVALID_UTF8;
    const char json[] = "{\"state\":\"\xff\"}";
    size_t length = 7;
    MAKES_NOTHING(SNOW_INVALID_ARGUMENT, "json",
                  snow_record_from_json(json, sizeof json - 1, where));
    REFUSES(bad, "field", snow_record_set(record, BAD, "6", where));
    REFUSES(bad, "value", snow_record_set(record, "state", BAD, where));
    CHECK_TEXT(NULL, snow_record_get(record, BAD, &length));
    CHECK_NUMBER(0, length);
    CHECK_TEXT(NULL, snow_record_display(record, BAD, NULL));
    CHECK_TEXT(NULL, snow_record_link(record, BAD));

    MAKES_NOTHING(bad, "table", snow_table_get(client, BAD, SYS_ID, NULL, where));
    MAKES_NOTHING(bad, "sys_id", snow_table_get(client, "incident", BAD, NULL, where));
    MAKES_NOTHING(bad, "table", snow_table_list(client, BAD, NULL, where));
    MAKES_NOTHING(bad, "table", snow_table_first(client, BAD, NULL, where));
    MAKES_NOTHING(bad, "table", snow_table_one(client, BAD, NULL, where));
    {
        uint64_t count = 7;
        REFUSES(bad, "table", snow_table_count(client, BAD, NULL, &count, where));
        CHECK_NUMBER(0, count);
    }
    MAKES_NOTHING(bad, "table", snow_table_create(client, BAD, record, NULL, where));
    MAKES_NOTHING(bad, "table", snow_table_update(client, BAD, SYS_ID, record, NULL, where));
    MAKES_NOTHING(bad, "sys_id", snow_table_update(client, "incident", BAD, record, NULL, where));
    MAKES_NOTHING(bad, "table", snow_table_replace(client, BAD, SYS_ID, record, NULL, where));
    MAKES_NOTHING(bad, "sys_id", snow_table_replace(client, "incident", BAD, record, NULL, where));
    REFUSES(bad, "table", snow_table_delete(client, BAD, SYS_ID, NULL, where));
    REFUSES(bad, "sys_id", snow_table_delete(client, "incident", BAD, NULL, where));
    MAKES_NOTHING(bad, "table", snow_table_update_one(client, BAD, query, record, where));
    REFUSES(bad, "table", snow_table_delete_one(client, BAD, query, where));
}

static void names_of_tables_and_keys(void)
{
    static const char *const no_tables[] = {
        "", "/", "..", "in/cident", "../table/incident", "incident/", "incident?x=1",
        "incident#", "incident%2f", "in cident", "incident\n", "in\\cident", "zg\xc5\x82oszenie",
    };
    static const char *const no_keys[] = {
        "", "/", ".", "..", "../sys_user", "a/b", "a b", "a?b", "a#b", "a%2fb",
        "46d44a23a9fe19810012d100cca806666", "46d44a23a9fe19810012d100cca8066\n",
    };
    const snow_status invalid = SNOW_INVALID_ARGUMENT;
    uint64_t count;
    size_t i;
    for (i = 0; i < sizeof no_tables / sizeof *no_tables; i++) {
        const char *table = no_tables[i];
        MAKES_NOTHING(invalid, "table", snow_table_get(client, table, SYS_ID, NULL, where));
        MAKES_NOTHING(invalid, "table", snow_table_list(client, table, NULL, where));
        MAKES_NOTHING(invalid, "table", snow_table_first(client, table, NULL, where));
        MAKES_NOTHING(invalid, "table", snow_table_one(client, table, NULL, where));
        REFUSES(invalid, "table", snow_table_count(client, table, NULL, &count, where));
        MAKES_NOTHING(invalid, "table", snow_table_create(client, table, record, NULL, where));
        MAKES_NOTHING(invalid, "table", snow_table_update(client, table, SYS_ID, record, NULL, where));
        MAKES_NOTHING(invalid, "table", snow_table_replace(client, table, SYS_ID, record, NULL, where));
        REFUSES(invalid, "table", snow_table_delete(client, table, SYS_ID, NULL, where));
    }
    for (i = 0; i < sizeof no_keys / sizeof *no_keys; i++) {
        const char *key = no_keys[i];
        MAKES_NOTHING(invalid, "sys_id", snow_table_get(client, "incident", key, NULL, where));
        MAKES_NOTHING(invalid, "sys_id", snow_table_update(client, "incident", key, record, NULL, where));
        MAKES_NOTHING(invalid, "sys_id", snow_table_replace(client, "incident", key, record, NULL, where));
        REFUSES(invalid, "sys_id", snow_table_delete(client, "incident", key, NULL, where));
    }
}

/* A look-up for a change or a deletion must have a condition, and a table. */
static void changes_by_query(void)
{
    const snow_status invalid = SNOW_INVALID_ARGUMENT;
    snow_query *some = snow_query_new(NULL);
    MAKES_NOTHING(invalid, "query", snow_table_update_one(client, "incident", some, record, where));
    REFUSES(invalid, "query", snow_table_delete_one(client, "incident", some, where));
    SUCCEEDS(snow_query_order_by(some, "number", where));
    SUCCEEDS(snow_query_limit(some, 1, where));
    MAKES_NOTHING(invalid, "query", snow_table_update_one(client, "incident", some, record, where));
    REFUSES(invalid, "query", snow_table_delete_one(client, "incident", some, where));
    SUCCEEDS(snow_query_where(some, "state", SNOW_EQ, "1", where));
    MAKES_NOTHING(invalid, "table", snow_table_update_one(client, "..", some, record, where));
    REFUSES(invalid, "table", snow_table_delete_one(client, "..", some, where));
    snow_query_free(some);
}

static void records_that_are_none(void)
{
    static const char *const json[] = {
        "", "null", "[]", "[{}]", "\"text\"", "5", "{", "{\"a\":}", "{\"a\":1} x", "{\"result\":[]}",
    };
    size_t i;
    for (i = 0; i < sizeof json / sizeof *json; i++)
        MAKES_NOTHING(SNOW_INVALID_ARGUMENT, "json",
                      snow_record_from_json(json[i], strlen(json[i]), where));
    MAKES_NOTHING(SNOW_INVALID_ARGUMENT, "json", snow_record_from_json("{}", SIZE_MAX, where));
}

int main(void)
{
    const char *instance = getenv("SNOW_INSTANCE");
    begin(&error);
    client = snow_client_new_basic(instance, "admin", "admin", where);
    CHECK(client && !error);
    begin(&error);
    query = snow_query_new(where);
    CHECK(query && !error);
    begin(&error);
    record = snow_record_new(where);
    CHECK(record && !error);
    SUCCEEDS(snow_record_set(record, "state", "6", where));
    begin(&error);
    cursor = snow_table_list(client, "incident", NULL, where);
    CHECK(cursor && !error);

    null_in_functions_without_an_error();
    null_in_records_and_tables();
    bad_utf8();
    names_of_tables_and_keys();
    changes_by_query();
    records_that_are_none();

    check_nothing_was_sent(instance);
    snow_cursor_free(cursor);
    snow_record_free(record);
    snow_query_free(query);
    snow_client_free(client);
    return check_result();
}
