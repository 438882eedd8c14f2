/*
 * Conditions and fields that an instance leaves out without a word: an export does not pass for what was asked
 * for.
 */
#include "incidents.h"

/* An instance that does not know a field leaves its condition out, and gives all rows. */
static void a_query_that_is_left_out(void)
{
    static const char *const queries[] = {
        "no_such_field=1",
        "active=true^no_such_fieldLIKEx",
        "caller_id.no_such_field=1^NQpriority=1",
        "priority=1^ORDERBYno_such_field",
    };
    size_t q, o;
    for (q = 0; q < sizeof queries / sizeof *queries; q++)
        for (o = 0; o < 3; o++) {
            struct keys keys = { 0 };
            snow_query *query = snow_query_parse(queries[q], &error);
            snow_export *export = export_of(query, orders[o], 4);
            snow_status status = export_read(export, &keys, &error);
            check_subject = queries[q];
            if (q == 3 && orders[o] != SNOW_ORDER_QUERY) {
                CHECK_STATUS(SNOW_DONE, status, error);
            } else {
                CHECK(strstr(snow_error_message(error), "no_such_field") != NULL);
                CHECK_NUMBER(0, keys.count);
                failed(SNOW_QUERY_IGNORED, status);
            }
            keys_free(&keys);
            snow_export_free(export);
        }
    check_subject = "";
}

static void nobody_reads_priorities(void)
{
    control_do(instance, "POST", "/-/rules",
               "{\"kind\":\"acl\",\"table\":\"incident\",\"operation\":\"read\",\"field\":\"priority\","
               "\"roles\":[\"nobody\"],\"admin_overrides\":false}");
}

/* Rows come without a field that this user may no longer read; where the query relied on it, it fails. */
static void a_field_that_vanishes(void)
{
    size_t o;
    int relies;
    for (relies = 0; relies < 2; relies++)
        for (o = 0; o < 3; o++) {
            uint64_t with = 0, without = 0;
            const snow_record *row;
            snow_status status;
            snow_query *query = snow_query_parse(relies ? "priority!=9" : "active!=x", &error);
            snow_export *export;
            snow_cursor *cursor;
            CHECK_STATUS(SNOW_OK, snow_query_page_size(query, is_slow ? 100 : 20, &error), error);
            CHECK_STATUS(SNOW_OK, snow_query_fields(query, "number,priority", &error), error);
            export = export_of(query, orders[o], 2);
            cursor = snow_export_rows(export, &error);
            while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK) {
                const char *priority = snow_record_get(row, "priority", NULL);
                ++*(priority && *priority ? &with : &without);
                if (with + without == 1)
                    nobody_reads_priorities();
            }
            CHECK(with > 0);
            if (relies) {
                failed(SNOW_FORBIDDEN, status);
            } else {
                CHECK_STATUS(SNOW_DONE, status, error);
                CHECK_NUMBER(total, with + without);
                CHECK(without > 0);
            }
            control_do(instance, "DELETE", "/-/rules", "");
            snow_cursor_free(cursor);
            snow_export_free(export);
        }
}

/* A condition that the instance knew at the beginning may be one that it leaves out at the end. */
static void a_condition_that_is_left_out_at_the_end(void)
{
    uint64_t expected;
    const snow_record *row;
    snow_status status;
    snow_query *query = snow_query_parse("priority=1", &error);
    snow_export *export = snow_export_new(client, "incident", query, &error);
    snow_cursor *cursor = snow_export_rows(export, &error);
    CHECK_STATUS(SNOW_OK, snow_table_count(client, "incident", query, &expected, &error), error);
    while (snow_cursor_fetched(cursor) < expected)
        CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    fault("\"count\":0,", "{\"kind\":\"header\",\"name\":\"X-Total-Count\",\"value\":\"7\"}");
    status = snow_cursor_next(cursor, &row, &error);
    CHECK(strstr(snow_error_message(error), "priority") != NULL);
    failed(SNOW_QUERY_IGNORED, status);
    no_faults();
    CHECK_STATUS(SNOW_DONE, snow_cursor_next(cursor, &row, &error), error);
    snow_cursor_free(cursor);
    snow_export_free(export);
    snow_query_free(query);
}

int main(int count, char **arguments)
{
    incidents_begin(count, arguments);
    a_query_that_is_left_out();
    a_field_that_vanishes();
    a_condition_that_is_left_out_at_the_end();
    return incidents_end();
}
