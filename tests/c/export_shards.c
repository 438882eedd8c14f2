/*
 * A table in parts, for several workers: together they give each row once.
 */
#include "incidents.h"

/* Each row is in one of the parts, and they are of about the same size. */
static void shards_hold_each_row_once(void)
{
    static const char *const queries[] = { NULL, "priority=1^NQpriority=3^active=true^ORDERBYnumber", "number=none" };
    static const uint32_t counts[] = { 1, 2, 7, 64 };
    const size_t most = is_slow ? 3 : sizeof counts / sizeof *counts;
    size_t q, c;
    for (q = 0; q < sizeof queries / sizeof *queries; q++)
        for (c = 0; c < most; c++) {
            snow_query *query = queries[q] ? snow_query_parse(queries[q], &error) : snow_query_new(&error);
            snow_shards *shards = snow_table_shards(client, "incident", query, counts[c], &error);
            struct keys keys = { 0 };
            uint64_t expected;
            size_t length;
            uint32_t i;
            CHECK(shards != NULL);
            CHECK_STATUS(SNOW_OK, snow_table_count(client, "incident", query, &expected, &error), error);
            CHECK_NUMBER(counts[c], snow_shards_count(shards));
            for (i = 0; i < counts[c]; i++) {
                const char *text = snow_shards_query(shards, i, &length);
                snow_query *part = snow_query_parse(text, &error);
                size_t before = keys.count;
                snow_export *export;
                CHECK_NUMBER(strlen(text), length);
                export = export_of(part, SNOW_ORDER_ANY, 2);
                CHECK_STATUS(SNOW_DONE, export_read(export, &keys, &error), error);
                CHECK(keys.count - before <= expected / counts[c] + 1);
                snow_export_free(export);
            }
            CHECK(snow_shards_query(shards, counts[c], &length) == NULL);
            CHECK_NUMBER(expected, keys.count);
            CHECK_NUMBER(0, keys_doubled(&keys));
            keys_free(&keys);
            snow_shards_free(shards);
            snow_query_free(query);
        }
}

/* Where the rows at which parts would end are hidden, parts are uneven and hold all that is to be seen. */
static void shards_of_a_table_with_hidden_rows(void)
{
    struct keys keys = { 0 };
    snow_shards *shards;
    uint64_t seen;
    uint32_t i;
    snow_query *query = snow_query_parse("priority!=2", &error);
    CHECK_STATUS(SNOW_OK, snow_table_count(client, "incident", query, &seen, &error), error);
    snow_query_free(query);
    control_do(instance, "POST", "/-/rules",
               "{\"kind\":\"acl\",\"table\":\"incident\",\"operation\":\"read\","
               "\"query\":\"priority!=2\",\"admin_overrides\":false}");
    shards = snow_table_shards(client, "incident", NULL, 16, &error);
    CHECK(shards != NULL);
    for (i = 0; i < snow_shards_count(shards); i++) {
        snow_query *part = snow_query_parse(snow_shards_query(shards, i, NULL), &error);
        snow_export *export = export_of(part, SNOW_ORDER_ANY, 2);
        CHECK_STATUS(SNOW_DONE, export_read(export, &keys, &error), error);
        snow_export_free(export);
    }
    CHECK_NUMBER(seen, keys.count);
    CHECK_NUMBER(0, keys_doubled(&keys));
    keys_free(&keys);
    snow_shards_free(shards);
    control_do(instance, "DELETE", "/-/rules", "");
}

/* Where the instance leaves out what it is asked of keys, each part would be the whole table. */
static void a_table_that_has_no_keys_has_no_shards(void)
{
    static const uint32_t counts[] = { 1, 2, 64 };
    static const char *const drops[] = { "drop", "no_rows" };
    size_t c;
    for (c = 0; c < 2 * sizeof counts / sizeof *counts; c++) {
        char settings[100];
        snow_shards *shards;
        snprintf(settings, sizeof settings,
                 "{\"keyless_tables\":{\"incident\":\"without_keys\"},\"invalid_query\":\"%s\"}", drops[c / 3]);
        control_do(instance, "PATCH", "/-/settings", settings);
        shards = snow_table_shards(client, "incident", NULL, counts[c % 3], &error);
        CHECK((shards != NULL) == (counts[c % 3] == 1));
        if (!shards) {
            CHECK(strstr(snow_error_message(error), "sys_id") != NULL);
            failed(SNOW_QUERY_IGNORED, snow_error_status(error));
        }
        snow_shards_free(shards);
    }
    control_do(instance, "PATCH", "/-/settings", "{\"keyless_tables\":{},\"invalid_query\":\"drop\"}");
}

int main(int count, char **arguments)
{
    incidents_begin(count, arguments);
    shards_hold_each_row_once();
    shards_of_a_table_with_hidden_rows();
    a_table_that_has_no_keys_has_no_shards();
    return incidents_end();
}
