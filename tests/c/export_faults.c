/*
 * Exports from an instance that fails: pages that break off, come short or never come, a table that vanishes,
 * an instance that has had enough. All rows come, each once, or the error says that some did not.
 */
#include "incidents.h"

/* What the client has counted. */
struct counters {
    int64_t requests, failures, retries;
};

static struct counters counters(void)
{
    struct counters now;
    now.requests = snow_client_statistic(client, SNOW_STATISTIC_REQUESTS);
    now.failures = snow_client_statistic(client, SNOW_STATISTIC_FAILURES);
    now.retries = snow_client_statistic(client, SNOW_STATISTIC_RETRIES);
    return now;
}

/* An export may end while a connection still looks for what it could help with. */
static void nothing_is_under_way(void)
{
    while (snow_client_statistic(client, SNOW_STATISTIC_IN_FLIGHT) > 0)
        sched_yield();
}

/* A page that breaks off is asked for again with half the rows, from where it broke. */
static void broken_pages_are_halved(void)
{
    static const char *const faults[] = {
        "{\"kind\":\"cut\",\"at\":3000}",
        "{\"kind\":\"cut\",\"at\":0}",
        "{\"kind\":\"reset\",\"at\":5000}",
        "{\"kind\":\"cancelled\"}",
        "{\"kind\":\"partial\",\"variant\":\"a\",\"rows\":7}",
        "{\"kind\":\"partial\",\"variant\":\"b\",\"rows\":7}",
        "{\"kind\":\"partial\",\"variant\":\"c\",\"rows\":7}",
        "{\"kind\":\"partial\",\"variant\":\"d\",\"rows\":7}",
    };
    size_t o, f;
    for (f = 0; f < sizeof faults / sizeof *faults; f += is_slow ? 3 : 1)
        for (o = 0; o < 3; o++) {
            snow_export *export = export_of(pages_of(100), orders[o], 4);
            struct counters before = counters();
            check_subject = faults[f];
            fault("\"after\":2,\"count\":3,", faults[f]);
            all_came(export, total, 0);
            nothing_is_under_way();
            CHECK(snow_export_count(export, SNOW_EXPORT_HALVED) > 0);
            CHECK_NUMBER(3, snow_export_count(export, SNOW_EXPORT_RETRIED));
            CHECK_NUMBER(3, counters().retries - before.retries);
            /* That a list ends in an error is not looked for in every answer. */
            CHECK_NUMBER(strstr(faults[f], "partial") ? 0 : 3, counters().failures - before.failures);
            CHECK_NUMBER(snow_export_count(export, SNOW_EXPORT_REQUESTS),
                         counters().requests - before.requests);
            snow_export_free(export);
            no_faults();
        }
    check_subject = "";
}

/* Where no call is made again, no page is, and none counts as halved. */
static void no_page_is_asked_for_again(void)
{
    struct keys keys = { 0 };
    snow_export *export = export_of(pages_of(100), SNOW_ORDER_ANY, 1);
    fault("\"after\":2,\"count\":1,", "{\"kind\":\"cut\",\"at\":3000}");
    failed(SNOW_CUT_BODY, export_read(export, &keys, &error));
    CHECK_NUMBER(0, snow_export_count(export, SNOW_EXPORT_RETRIED));
    CHECK_NUMBER(0, snow_export_count(export, SNOW_EXPORT_HALVED));
    no_faults();
    keys_free(&keys);
    snow_export_free(export);
}

/* A page for a browser in place of rows will be there again. */
static void a_page_for_a_browser(void)
{
    struct keys keys = { 0 };
    snow_export *export = export_of(pages_of(100), SNOW_ORDER_ANY, 1);
    fault("\"after\":2,\"count\":0,",
          "{\"kind\":\"answer\",\"status\":200,\"headers\":[[\"Content-Type\",\"text/html\"]],"
          "\"body\":\"<html>Welcome</html>\"}");
    failed(SNOW_UNEXPECTED_ANSWER, export_read(export, &keys, &error));
    CHECK_NUMBER(0, snow_export_count(export, SNOW_EXPORT_RETRIED));
    no_faults();
    keys_free(&keys);
    snow_export_free(export);
}

/* What has come of a page is given while the rest of it does not come. */
static void what_has_come_does_not_wait_for_the_rest(void)
{
    /* A page is packed to a sixth. Of what comes the last blocks are kept back, for a row may not be whole. */
    enum { PAGE = 500, COMES = 5 * 40000, HELD_BACK = 3 * 48 * 1024 };
    const snow_record *row;
    snow_query *query = snow_query_new(&error);
    snow_cursor *cursor;
    snow_export *export;
    int64_t rows;
    CHECK_STATUS(SNOW_OK, snow_query_page_size(query, PAGE, &error), error);
    export = export_of(query, SNOW_ORDER_ANY, 1);
    all_came(export, total, 0);
    rows = (COMES - HELD_BACK) / (snow_export_count(export, SNOW_EXPORT_BYTES) / (int64_t)total);
    CHECK(rows > 0 && rows < PAGE);
    rows += PAGE;
    /* The first page has long been taken when the second begins. */
    control_do(instance, "PATCH", "/-/settings", "{\"latency_ms\":200}");
    fault("\"after\":1,\"count\":1,", "{\"kind\":\"stall\",\"at\":40000}");
    cursor = snow_export_rows(export, &error);
    for (; rows > 0; rows--)
        CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    CHECK_NUMBER(0, snow_export_count(export, SNOW_EXPORT_HALVED));
    snow_cursor_free(cursor);
    snow_export_free(export);
    control_do(instance, "PATCH", "/-/settings", "{\"latency_ms\":0}");
    no_faults();
}

/* A page that breaks off again and again is halved again and again, and grows back. */
static void a_page_that_breaks_again_and_again(void)
{
    snow_query *query = pages_of(1000);
    snow_export *export = export_of(query, SNOW_ORDER_ANY, 2);
    fault("\"count\":12,", "{\"kind\":\"partial\",\"variant\":\"a\",\"rows\":90}");
    all_came(export, total, 0);
    CHECK_NUMBER(12, snow_export_count(export, SNOW_EXPORT_HALVED));
    snow_export_free(export);
    no_faults();
}

/* Rows come in the query's order from an instance that does not count, also where one page does not hold all keys. */
static void an_order_that_nobody_counts(void)
{
    char last[64] = "~";
    const snow_record *row;
    snow_status status;
    snow_export *export = export_of(pages_of(100), SNOW_ORDER_QUERY, 1);
    snow_cursor *cursor = snow_export_rows(export, &error);
    /* The first page of keys is halved until it has fewer than there are. */
    fault("\"after\":1,\"count\":5,", "{\"kind\":\"cut\",\"at\":0}");
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"" INCIDENTS "\",\"count\":0,"
               "\"fault\":{\"kind\":\"header\",\"name\":\"X-Total-Count\"}}");
    while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK) {
        const char *number = snow_record_get(row, "number", NULL);
        CHECK(strcmp(number, last) < 0);
        snprintf(last, sizeof last, "%s", number);
    }
    CHECK_STATUS(SNOW_DONE, status, error);
    CHECK_NUMBER(5, snow_export_count(export, SNOW_EXPORT_HALVED));
    CHECK_NUMBER(total, snow_cursor_fetched(cursor));
    no_faults();
    snow_cursor_free(cursor);
    snow_export_free(export);
}

/* An instance that has room for two at a time refuses no more than it must, and nothing is lost. */
static void an_instance_that_has_had_enough(void)
{
    size_t o;
    control_do(instance, "PATCH", "/-/settings",
               "{\"api_permits\":2,\"api_queue\":0,\"latency_ms\":2}");
    for (o = 0; o < 3; o++) {
        snow_export *export = export_of(pages_of(is_slow ? 50 : 10), orders[o], 8);
        struct counters before = counters();
        all_came(export, total, 0);
        nothing_is_under_way();
        CHECK_NUMBER(snow_export_count(export, SNOW_EXPORT_REQUESTS),
                     counters().requests - before.requests);
        snow_export_free(export);
    }
    control_do(instance, "PATCH", "/-/settings",
               "{\"api_permits\":0,\"api_queue\":0,\"latency_ms\":0}");
}

/* A page that never comes is given up when the time of a few calls is over, however often it could be halved. */
static void an_instance_that_falls_silent(void)
{
    enum { PAGES = 3 };
    size_t o;
    for (o = 0; o < 3; o++) {
        struct keys keys = { 0 };
        snow_session *session = snow_session_new(&error);
        snow_client *usual = client;
        snow_export *export;
        CHECK_STATUS(SNOW_OK, snow_session_set_basic_auth(session, "admin", "admin", &error), error);
        CHECK_STATUS(SNOW_OK, snow_session_set_timeouts(session, 30000, 400, &error), error);
        client = snow_client_new(instance, session, &error);
        snow_session_free(session);
        export = export_of(pages_of((uint32_t)total / 8), orders[o], 1);
        fault("\"after\":3,\"count\":0,", "{\"kind\":\"stall\"}");
        failed(SNOW_TIMEOUT, export_read(export, &keys, &error));
        CHECK(keys.count < total);
        CHECK(snow_export_count(export, SNOW_EXPORT_REQUESTS) > PAGES);
        CHECK(snow_export_count(export, SNOW_EXPORT_REQUESTS) <= PAGES + 5);
        no_faults();
        keys_free(&keys);
        snow_export_free(export);
        snow_client_free(client);
        client = usual;
    }
}

/* Where one connection has failed, another whose page breaks off does not try again and again before that is told. */
static void an_error_does_not_wait_for_others(void)
{
    enum { TRIES = 16 };
    struct keys keys = { 0 };
    snow_export *export = export_of(pages_of((uint32_t)total), SNOW_ORDER_ANY, 2);
    fault("\"count\":1,", "{\"kind\":\"answer\",\"status\":403,\"body\":\"\"}");
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"" INCIDENTS "\",\"count\":0,\"fault\":{\"kind\":\"cut\",\"at\":0}}");
    failed(SNOW_FORBIDDEN, export_read(export, &keys, &error));
    CHECK(snow_export_count(export, SNOW_EXPORT_RETRIED) < TRIES);
    no_faults();
    keys_free(&keys);
    snow_export_free(export);
}

/* What never gets through is an error, and what is left can be read when the instance is well again. */
static void an_export_goes_on_after_an_error(void)
{
    size_t o;
    for (o = 0; o < 3; o++) {
        struct keys keys = { 0 };
        snow_export *export = export_of(pages_of(50), orders[o], 3);
        snow_cursor *cursor = snow_export_rows(export, &error);
        fault("\"after\":5,\"count\":0,", "{\"kind\":\"gateway\",\"status\":503}");
        failed(SNOW_UNAVAILABLE, keys_read(&keys, cursor, &error));
        CHECK(keys.count < total);
        /* What other connections had read by then may still come. */
        failed(SNOW_UNAVAILABLE, keys_read(&keys, cursor, &error));
        no_faults();
        CHECK_STATUS(SNOW_DONE, keys_read(&keys, cursor, &error), error);
        CHECK_NUMBER(total, keys.count);
        CHECK_NUMBER(0, keys_doubled(&keys));
        keys_free(&keys);
        snow_cursor_free(cursor);
        snow_export_free(export);
    }
}

/* Rows that wait for room when another connection fails are not lost. */
static void what_waits_for_room_outlives_an_error(void)
{
    size_t o;
    for (o = 0; o < 2; o++) {
        struct keys keys = { 0 };
        const snow_record *row;
        snow_query *query = snow_query_new(&error);
        snow_export *export;
        snow_cursor *cursor;
        CHECK_STATUS(SNOW_OK, snow_query_page_size(query, 700, &error), error);
        export = snow_export_new(client, "problem", query, &error);
        CHECK_STATUS(SNOW_OK, snow_export_set_order(export, orders[o], &error), error);
        CHECK_STATUS(SNOW_OK, snow_export_set_connections(export, 3, &error), error);
        cursor = snow_export_rows(export, &error);
        CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
        keys_add(&keys, snow_record_get(row, "sys_id", NULL));
        control_do(instance, "POST", "/-/faults",
                   "{\"path\":\"/api/now/table/problem\",\"count\":0,"
                   "\"fault\":{\"kind\":\"gateway\",\"status\":503}}");
        failed(SNOW_UNAVAILABLE, keys_read(&keys, cursor, &error));
        no_faults();
        CHECK_STATUS(SNOW_DONE, keys_read(&keys, cursor, &error), error);
        CHECK_NUMBER(3000, keys.count);
        CHECK_NUMBER(0, keys_doubled(&keys));
        keys_free(&keys);
        snow_cursor_free(cursor);
        snow_export_free(export);
        snow_query_free(query);
    }
}

/* A table that goes away in the middle is an error that says so. */
static void a_table_that_vanishes(void)
{
    struct keys keys = { 0 };
    snow_status status;
    snow_export *export = export_of(pages_of(10), SNOW_ORDER_ANY, 4);
    fault("\"after\":6,\"count\":0,",
          "{\"kind\":\"answer\",\"status\":400,\"headers\":[[\"Content-Type\",\"application/json\"]],"
          "\"body\":\"{\\\"error\\\":{\\\"message\\\":\\\"Invalid table incident\\\",\\\"detail\\\":null},"
          "\\\"status\\\":\\\"failure\\\"}\"}");
    status = export_read(export, &keys, &error);
    CHECK_TEXT("Invalid table incident", snow_error_instance_message(error));
    failed(SNOW_BAD_REQUEST, status);
    CHECK(keys.count < total);
    no_faults();
    keys_free(&keys);
    snow_export_free(export);

    export = snow_export_new(client, "no_such_table", NULL, &error);
    status = export_read(export, &keys, &error);
    failed(SNOW_BAD_REQUEST, status);
    snow_export_free(export);
}

/* A page that says the table ends there, as an index that lags behind does: what is missing is asked for
 * again where rows may come in any order, and else missed. */
static void rows_that_do_not_come_are_missed(void)
{
    size_t o;
    for (o = 0; o < 3; o++) {
        struct keys keys = { 0 };
        snow_status status;
        snow_export *export = export_of(pages_of((uint32_t)total / 8), orders[o], 1);
        control_do(instance, "POST", "/-/faults",
                   "{\"path\":\"" INCIDENTS "\",\"after\":3,\"count\":1,\"fault\":{\"kind\":\"answer\","
                   "\"status\":200,\"headers\":[[\"Content-Type\",\"application/json\"],"
                   "[\"X-Total-Count\",\"0\"]],\"body\":\"{\\\"result\\\":[]}\"}}");
        status = export_read(export, &keys, &error);
        if (orders[o] == SNOW_ORDER_ANY) {
            CHECK_STATUS(SNOW_DONE, status, error);
            CHECK_NUMBER(total, keys.count);
        } else {
            CHECK(strstr(snow_error_message(error), "the export is not complete") != NULL);
            failed(SNOW_INCOMPLETE, status);
            CHECK(keys.count < total);
        }
        CHECK_NUMBER(0, keys_doubled(&keys));
        CHECK_NUMBER(total, snow_export_count(export, SNOW_EXPORT_EXPECTED));
        CHECK_NUMBER(keys.count, snow_export_count(export, SNOW_EXPORT_RECEIVED));
        keys_free(&keys);
        no_faults();
        all_came(export, total, 0);
        snow_export_free(export);
    }
}

/* Writes the description of an incident. */
static void describe(const char *sys_id, const char *text)
{
    snow_record *record = snow_record_new(&error), *written;
    CHECK_STATUS(SNOW_OK, snow_record_set(record, "short_description", text, &error), error);
    written = snow_table_update(client, "incident", sys_id, record, NULL, &error);
    CHECK(written != NULL);
    snow_record_free(written);
    snow_record_free(record);
}

/* A row that matches since it was written, where the export has passed, was not there all the time. */
static void rows_that_begin_to_match_are_not_missed(void)
{
    size_t o;
    for (o = 0; o < 2; o++) {
        struct keys all = { 0 }, keys = { 0 };
        const snow_record *row;
        snow_export *export;
        snow_cursor *cursor;
        snow_query *query = pages_of(100);
        CHECK_STATUS(SNOW_OK, snow_query_where(query, "short_description", SNOW_NE, "gone", &error), error);
        export = export_of(query, orders[o], 1);
        CHECK_STATUS(SNOW_DONE, export_read(export, &all, &error), error);
        keys_sort(&all);
        describe(all.all[0], "gone");
        describe(all.all[1], "gone");
        cursor = snow_export_rows(export, &error);
        CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
        describe(all.all[0], "back");
        describe(all.all[1], "back");
        describe(all.all[all.count - 1], "gone");
        CHECK_STATUS(SNOW_DONE, keys_read(&keys, cursor, &error), error);
        CHECK_NUMBER(0, keys_doubled(&keys));
        describe(all.all[all.count - 1], "back");
        snow_cursor_free(cursor);
        snow_export_free(export);
        keys_free(&keys);
        keys_free(&all);
    }
}

int main(int count, char **arguments)
{
    incidents_begin(count, arguments);
    a_table_that_vanishes();
    rows_that_do_not_come_are_missed();
    rows_that_begin_to_match_are_not_missed();
    no_page_is_asked_for_again();
    make_calls_again();
    a_page_for_a_browser();
    broken_pages_are_halved();
    what_has_come_does_not_wait_for_the_rest();
    a_page_that_breaks_again_and_again();
    an_order_that_nobody_counts();
    an_instance_that_has_had_enough();
    an_error_does_not_wait_for_others();
    an_export_goes_on_after_an_error();
    an_instance_that_falls_silent();
    if (!is_slow)
        what_waits_for_room_outlives_an_error();
    return incidents_end();
}
