/*
 * Exports: complete, each row once, in the order that was asked for, whatever the pages meet. Arguments: how
 * many incidents the instance SNOW_INSTANCE holds; anything more where a memory tool looks on, which takes
 * its time.
 */
#include "clients.h"
#include "exports.h"

#include <pthread.h>

#define INCIDENTS "/api/now/table/incident"

static const snow_order orders[] = { SNOW_ORDER_ANY, SNOW_ORDER_SYS_ID, SNOW_ORDER_QUERY };

static const char *instance;
static snow_client *client;
static snow_error *error;
static uint64_t total;
static int is_slow;

/* The call before failed like this. */
static void failed(snow_status expected, snow_status status)
{
    CHECK_STATUS(expected, status, error);
    snow_error_free(error);
    error = NULL;
}

static snow_query *pages_of(uint32_t rows)
{
    snow_query *query = snow_query_new(&error);
    CHECK_STATUS(SNOW_OK, snow_query_page_size(query, rows, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_fields(query, "number,short_description", &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_order_by_desc(query, "number", &error), error);
    return query;
}

/* Takes the query. */
static snow_export *export_of(snow_query *query, snow_order order, uint32_t connections)
{
    snow_export *export = snow_export_new(client, "incident", query, &error);
    CHECK(export != NULL);
    CHECK_STATUS(SNOW_OK, snow_export_set_order(export, order, &error), error);
    CHECK_STATUS(SNOW_OK, snow_export_set_connections(export, connections, &error), error);
    snow_query_free(query);
    return export;
}

static void fault(const char *count, const char *fault)
{
    char json[256];
    control_do(instance, "DELETE", "/-/faults", "");
    snprintf(json, sizeof json, "{\"path\":\"" INCIDENTS "\",%s\"fault\":%s}", count, fault);
    control_do(instance, "POST", "/-/faults", json);
}

static void no_faults(void)
{
    control_do(instance, "DELETE", "/-/faults", "");
}

/* All rows are there, each once, and the report says so. */
static void all_came(snow_export *export, uint64_t expected, uint64_t hidden)
{
    struct keys keys = { 0 };
    CHECK_STATUS(SNOW_DONE, export_read(export, &keys, &error), error);
    CHECK_NUMBER(expected - hidden, keys.count);
    CHECK_NUMBER(0, keys_doubled(&keys));
    CHECK_NUMBER(expected, snow_export_count(export, SNOW_EXPORT_EXPECTED));
    CHECK_NUMBER(expected - hidden, snow_export_count(export, SNOW_EXPORT_RECEIVED));
    CHECK_NUMBER(hidden, snow_export_count(export, SNOW_EXPORT_HIDDEN));
    CHECK(snow_export_count(export, SNOW_EXPORT_REQUESTS) > 0);
    CHECK((snow_export_count(export, SNOW_EXPORT_BYTES) > 0) == (expected > hidden));
    keys_free(&keys);
}

static void every_order_and_any_number_of_connections(void)
{
    static const uint32_t sizes[] = { 10000, 1000, 100, 37 };
    static const uint32_t connections[] = { 1, 2, 4, 16 };
    char subject[64];
    size_t o, s, c, step = is_slow ? 3 : 1;
    check_subject = subject;
    for (o = 0; o < 3; o++)
        for (s = 0; s < 4; s += step)
            for (c = 0; c < 4; c += step) {
                snow_export *export = export_of(pages_of(sizes[s]), orders[o], connections[c]);
                snprintf(subject, sizeof subject, "order %d, pages of %u, %u connections",
                         (int)orders[o], (unsigned)sizes[s], (unsigned)connections[c]);
                all_came(export, total, 0);
                CHECK_NUMBER(0, snow_export_count(export, SNOW_EXPORT_HALVED));
                CHECK_NUMBER(0, snow_export_count(export, SNOW_EXPORT_RETRIED));
                snow_export_free(export);
            }
    check_subject = "";
}

/* By sys_id, and by the number that the query sorts by, the last one first. */
static void rows_come_in_order(void)
{
    size_t o;
    for (o = 1; o < 3; o++) {
        const char *field = orders[o] == SNOW_ORDER_SYS_ID ? "sys_id" : "number";
        int sign = orders[o] == SNOW_ORDER_SYS_ID ? 1 : -1;
        char last[64] = "";
        const snow_record *row;
        snow_export *export = export_of(pages_of(50), orders[o], 4);
        snow_cursor *cursor = snow_export_rows(export, &error);
        while (snow_cursor_next(cursor, &row, &error) == SNOW_OK) {
            const char *text = snow_record_get(row, field, NULL);
            CHECK(!*last || sign * strcmp(text, last) > 0);
            snprintf(last, sizeof last, "%s", text);
        }
        CHECK_NUMBER(total, snow_cursor_fetched(cursor));
        snow_cursor_free(cursor);
        snow_export_free(export);
    }
}

/* Without an order of its own a query is exported in any; with one, in that. */
static void the_order_is_the_querys_where_it_has_one(void)
{
    char last[64] = "~";
    const snow_record *row;
    snow_query *query = pages_of(100);
    snow_export *export = snow_export_new(client, "incident", query, &error);
    snow_cursor *cursor = snow_export_rows(export, &error);
    while (snow_cursor_next(cursor, &row, &error) == SNOW_OK) {
        const char *number = snow_record_get(row, "number", NULL);
        CHECK(strcmp(number, last) < 0);
        snprintf(last, sizeof last, "%s", number);
    }
    snow_cursor_free(cursor);
    snow_export_free(export);
    snow_query_free(query);
}

/* Conditions hold in every page, in each branch, and at every order. */
static void conditions_hold(void)
{
    size_t o;
    for (o = 0; o < 3; o++) {
        uint64_t expected;
        snow_export *export;
        snow_query *query = snow_query_parse("priority=1^NQpriority=3^active=true", &error);
        CHECK(query != NULL);
        CHECK_STATUS(SNOW_OK, snow_table_count(client, "incident", query, &expected, &error), error);
        CHECK(expected > 0 && expected < total);
        CHECK_STATUS(SNOW_OK, snow_query_page_size(query, is_slow ? 200 : 20, &error), error);
        export = export_of(query, orders[o], 4);
        all_came(export, expected, 0);
        snow_export_free(export);
    }
}

static void a_limit_ends_it(void)
{
    static const uint64_t limits[] = { 1, 49, 50, 51, 333 };
    size_t o, l;
    for (o = 0; o < 3; o++)
        for (l = 0; l < sizeof limits / sizeof *limits; l++) {
            struct keys keys = { 0 };
            snow_export *export;
            snow_query *query = pages_of(50);
            CHECK_STATUS(SNOW_OK, snow_query_limit(query, limits[l], &error), error);
            export = export_of(query, orders[o], 4);
            CHECK_STATUS(SNOW_DONE, export_read(export, &keys, &error), error);
            CHECK_NUMBER(limits[l], keys.count);
            CHECK_NUMBER(0, keys_doubled(&keys));
            keys_free(&keys);
            snow_export_free(export);
        }
}

/* Access control takes every third row out of each page after it was cut. Which rows that are depends on the
 * page, so only their number is known, and that the report adds up. */
static void hidden_rows_are_counted(void)
{
    size_t o;
    fault("\"count\":0,", "{\"kind\":\"hide_rows\",\"every\":3}");
    for (o = 0; o < 2; o++) {
        struct keys keys = { 0 };
        snow_export *export = export_of(pages_of(30), orders[o], 4);
        CHECK_STATUS(SNOW_DONE, export_read(export, &keys, &error), error);
        CHECK_NUMBER(0, keys_doubled(&keys));
        CHECK(keys.count < total && keys.count > total / 2);
        CHECK_NUMBER(total, snow_export_count(export, SNOW_EXPORT_EXPECTED));
        CHECK_NUMBER(total - keys.count, snow_export_count(export, SNOW_EXPORT_HIDDEN));
        keys_free(&keys);
        snow_export_free(export);
    }
    no_faults();
}

/* Rows that are hidden by a rule are hidden from every page alike. */
static void rows_hidden_by_a_rule_are_counted(void)
{
    size_t o;
    uint64_t hidden;
    snow_query *query = snow_query_parse("priority=2", &error);
    snow_client *admin = client;
    CHECK_STATUS(SNOW_OK, snow_table_count(client, "incident", query, &hidden, &error), error);
    CHECK(hidden > 0);
    snow_query_free(query);
    control_do(instance, "POST", "/-/rules",
               "{\"kind\":\"acl\",\"table\":\"incident\",\"operation\":\"read\","
               "\"query\":\"priority!=2\",\"admin_overrides\":false}");
    for (o = 0; o < 3; o++) {
        snow_export *export = export_of(pages_of(25), orders[o], 3);
        all_came(export, total, hidden);
        snow_export_free(export);
    }
    control_do(instance, "DELETE", "/-/rules", "");
    client = admin;
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
            check_subject = faults[f];
            fault("\"after\":2,\"count\":3,", faults[f]);
            all_came(export, total, 0);
            CHECK(snow_export_count(export, SNOW_EXPORT_HALVED) > 0);
            CHECK_NUMBER(3, snow_export_count(export, SNOW_EXPORT_RETRIED));
            snow_export_free(export);
            no_faults();
        }
    check_subject = "";
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

/* Connections share the one turn that there is, also where rows wait for those that come before them. */
static void one_turn_for_all_connections(void)
{
    size_t o;
    snow_client *others = client;
    snow_session *session = snow_session_new(&error);
    snow_session_set_basic_auth(session, "admin", "admin", &error);
    CHECK_STATUS(SNOW_OK, snow_session_set_max_in_flight(session, 1, &error), error);
    client = snow_client_new(instance, session, &error);
    snow_session_free(session);
    /* The last row of each stretch is hidden, so there is more to ask for. */
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"/api/now/table/problem\",\"count\":0,"
               "\"fault\":{\"kind\":\"hide_rows\",\"every\":10}}");
    for (o = 0; o < 2; o++) {
        /* A page does not fit into the room for rows that wait. */
        snow_query *query = snow_query_new(&error);
        struct keys keys = { 0 };
        snow_export *export;
        CHECK_STATUS(SNOW_OK, snow_query_page_size(query, 1500, &error), error);
        export = snow_export_new(client, "problem", query, &error);
        CHECK_STATUS(SNOW_OK, snow_export_set_order(export, orders[o], &error), error);
        CHECK_STATUS(SNOW_OK, snow_export_set_connections(export, 2, &error), error);
        snow_query_free(query);
        CHECK_STATUS(SNOW_DONE, export_read(export, &keys, &error), error);
        CHECK_NUMBER(0, snow_export_count(export, SNOW_EXPORT_RETRIED));
        keys_free(&keys);
        snow_export_free(export);
    }
    no_faults();
    snow_client_free(client);
    client = others;
}

/* An instance that has room for two at a time refuses no more than it must, and nothing is lost. */
static void an_instance_that_has_had_enough(void)
{
    size_t o;
    control_do(instance, "PATCH", "/-/settings",
               "{\"api_permits\":2,\"api_queue\":0,\"latency_ms\":2}");
    for (o = 0; o < 3; o++) {
        snow_export *export = export_of(pages_of(is_slow ? 50 : 10), orders[o], 8);
        all_came(export, total, 0);
        snow_export_free(export);
    }
    control_do(instance, "PATCH", "/-/settings",
               "{\"api_permits\":0,\"api_queue\":0,\"latency_ms\":0}");
}

/* What never gets through is an error, and what is left can be read when the instance is well again. */
static void an_export_goes_on_after_an_error(void)
{
    size_t o;
    for (o = 0; o < 3; o++) {
        struct keys keys = { 0 };
        const snow_record *row;
        snow_status status;
        snow_export *export = export_of(pages_of(50), orders[o], 3);
        snow_cursor *cursor = snow_export_rows(export, &error);
        fault("\"after\":5,\"count\":0,", "{\"kind\":\"gateway\",\"status\":503}");
        while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
            keys_add(&keys, snow_record_get(row, "sys_id", NULL));
        failed(SNOW_UNAVAILABLE, status);
        CHECK(keys.count < total);
        /* What other connections had read by then may still come. */
        while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
            keys_add(&keys, snow_record_get(row, "sys_id", NULL));
        failed(SNOW_UNAVAILABLE, status);
        no_faults();
        while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
            keys_add(&keys, snow_record_get(row, "sys_id", NULL));
        CHECK_STATUS(SNOW_DONE, status, error);
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
        snow_status status;
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
        while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
            keys_add(&keys, snow_record_get(row, "sys_id", NULL));
        failed(SNOW_UNAVAILABLE, status);
        no_faults();
        while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
            keys_add(&keys, snow_record_get(row, "sys_id", NULL));
        CHECK_STATUS(SNOW_DONE, status, error);
        CHECK_NUMBER(3000, keys.count);
        CHECK_NUMBER(0, keys_doubled(&keys));
        keys_free(&keys);
        snow_cursor_free(cursor);
        snow_export_free(export);
        snow_query_free(query);
    }
}

/* Whatever an instance does with the keys of a table, the connections share the work. */
static void an_uneven_table_is_divided_again(void)
{
    struct keys keys = { 0 };
    snow_export *export;
    snow_query *query = snow_query_new(&error);
    CHECK_STATUS(SNOW_OK, snow_query_page_size(query, 10, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_where(query, "sys_id", SNOW_LT, "2", &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_fields(query, "number", &error), error);
    export = snow_export_new(client, "incident", query, &error);
    /* One of eight parts has all the rows. */
    CHECK_STATUS(SNOW_OK, snow_export_set_connections(export, 8, &error), error);
    control_do(instance, "DELETE", "/-/requests", "");
    fault("\"count\":0,", "{\"kind\":\"delay\",\"ms\":5}");
    CHECK_STATUS(SNOW_DONE, export_read(export, &keys, &error), error);
    no_faults();
    CHECK_NUMBER(0, keys_doubled(&keys));
    CHECK_NUMBER(keys.count, snow_export_count(export, SNOW_EXPORT_EXPECTED));
    {
        char *journal = control(instance, "GET", "/-/requests?path=" INCIDENTS, "");
        /* The key in the middle was asked for. */
        CHECK(strstr(journal, "sysparm_offset") != NULL);
        free(journal);
    }
    keys_free(&keys);
    snow_export_free(export);
    snow_query_free(query);
}

/* Each row is in one of the parts, and they are of about the same size. */
static void shards_hold_each_row_once(void)
{
    static const char *const queries[] = { NULL, "priority=1^NQpriority=3^active=true^ORDERBYnumber", "number=none" };
    static const uint32_t counts[] = { 1, 2, 7, 64 };
    size_t q, c;
    for (q = 0; q < sizeof queries / sizeof *queries; q++)
        for (c = 0; c < sizeof counts / sizeof *counts; c++) {
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

struct progress {
    int calls, is_ended;
    uint64_t rows, expected;
    pthread_t thread;
};

static int32_t progress(void *user_data, uint64_t rows, uint64_t bytes, uint64_t expected,
                        uint64_t elapsed_ms)
{
    struct progress *seen = user_data;
    (void)elapsed_ms;
    seen->calls++;
    CHECK(rows >= seen->rows && bytes >= rows);
    CHECK(pthread_equal(seen->thread, pthread_self()));
    seen->rows = rows;
    seen->expected = expected;
    return SNOW_HANDLED;
}

static int32_t refuse(void *user_data, uint64_t rows, uint64_t bytes, uint64_t expected,
                      uint64_t elapsed_ms)
{
    (void)user_data, (void)rows, (void)bytes, (void)expected, (void)elapsed_ms;
    return 7;
}

static void ended(void *user_data)
{
    ((struct progress *)user_data)->is_ended++;
}

static void progress_is_told(void)
{
    struct progress seen = { 0 };
    struct keys keys = { 0 };
    const snow_record *row;
    snow_status status;
    snow_cursor *cursor;
    snow_export *export = export_of(pages_of(100), SNOW_ORDER_ANY, 4);
    seen.thread = pthread_self();
    CHECK_STATUS(SNOW_OK, snow_export_set_progress_callback(export, progress, &seen, ended, &error), error);
    CHECK_STATUS(SNOW_DONE, export_read(export, &keys, &error), error);
    CHECK(seen.calls >= 2);
    CHECK_NUMBER(total, seen.rows);
    CHECK_NUMBER(total, seen.expected);
    CHECK_NUMBER(0, seen.is_ended);
    CHECK_STATUS(SNOW_OK, snow_export_set_progress_callback(export, refuse, NULL, NULL, &error), error);
    CHECK_NUMBER(1, seen.is_ended);
    cursor = snow_export_rows(export, &error);
    status = snow_cursor_next(cursor, &row, &error);
    CHECK_NUMBER(7, snow_error_callback_value(error));
    failed(SNOW_CALLBACK_FAILED, status);
    snow_cursor_free(cursor);
    keys_free(&keys);
    snow_export_free(export);
}

/* A token that runs out is renewed on the thread that takes the rows. */
static int tokens;
static pthread_t token_thread;

static int32_t token_told(void *user_data, const snow_token *token)
{
    (void)user_data, (void)token;
    tokens++;
    CHECK(pthread_equal(token_thread, pthread_self()));
    return SNOW_HANDLED;
}

static void a_token_is_renewed_by_the_caller(void)
{
    struct keys keys = { 0 };
    const snow_record *row;
    snow_status status;
    snow_export *export;
    snow_cursor *cursor;
    snow_client *basic = client;
    client = client_oauth(instance, "snow-client", "snow-secret");
    CHECK_STATUS(SNOW_OK, snow_client_login(client, "admin", "admin", &error), error);
    CHECK_STATUS(SNOW_OK, snow_set_token_callback(client, token_told, NULL, NULL, &error), error);
    token_thread = pthread_self();
    export = export_of(pages_of(20), SNOW_ORDER_ANY, 4);
    cursor = snow_export_rows(export, &error);
    while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK) {
        keys_add(&keys, snow_record_get(row, "sys_id", NULL));
        if (keys.count == 100)
            control_do(instance, "POST", "/-/tokens/expire", "");
    }
    CHECK_STATUS(SNOW_DONE, status, error);
    CHECK_NUMBER(total, keys.count);
    CHECK_NUMBER(0, keys_doubled(&keys));
    CHECK_NUMBER(1, tokens);
    keys_free(&keys);
    snow_cursor_free(cursor);
    snow_export_free(export);
    snow_client_free(client);
    client = basic;
}

static void *cancel(void *cursor)
{
    snow_error *failed;
    CHECK_STATUS(SNOW_OK, snow_cursor_cancel(cursor, &failed), failed);
    return NULL;
}

/* However an export ends before its end, nothing of it stays. */
static void an_export_ends_early(void)
{
    const snow_record *row;
    snow_status status;
    pthread_t thread;
    snow_cursor *cursor;
    snow_export *export = export_of(pages_of(20), SNOW_ORDER_ANY, 4);

    cursor = snow_export_rows(export, &error);
    snow_cursor_free(cursor); /* never begun */

    cursor = snow_export_rows(export, &error);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    snow_cursor_free(cursor);

    /* A thread that waits for rows is woken. */
    fault("\"after\":4,\"count\":0,", "{\"kind\":\"stall\"}");
    cursor = snow_export_rows(export, &error);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    CHECK_NUMBER(0, pthread_create(&thread, NULL, cancel, cursor));
    while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
        ;
    failed(SNOW_CANCELLED, status);
    CHECK_NUMBER(0, pthread_join(thread, NULL));
    snow_cursor_free(cursor);
    no_faults();

    /* The handle goes before the cursor, and the client before both. */
    {
        snow_client *other = client_basic(instance, "admin", "admin");
        snow_export *export_of_other = snow_export_new(other, "incident", NULL, &error);
        uint64_t rows = 0;
        cursor = snow_export_rows(export_of_other, &error);
        snow_client_free(other);
        snow_export_free(export_of_other);
        while (snow_cursor_next(cursor, &row, &error) == SNOW_OK)
            rows++;
        CHECK_NUMBER(total, rows);
        snow_cursor_free(cursor);
    }

    /* Closing the client does not wait for rows that nobody takes. */
    {
        snow_client *other = client_basic(instance, "admin", "admin");
        snow_query *query = pages_of(10);
        snow_export *export_of_other = snow_export_new(other, "incident", query, &error);
        cursor = snow_export_rows(export_of_other, &error);
        CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
        status = snow_client_close(other, 10, &error);
        CHECK(status == SNOW_OK || status == SNOW_TIMEOUT);
        snow_error_free(error);
        while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
            ;
        CHECK(status == SNOW_CANCELLED || status == SNOW_CLOSED);
        snow_error_free(error);
        error = NULL;
        snow_cursor_free(cursor);
        snow_export_free(export_of_other);
        snow_query_free(query);
        snow_client_free(other);
    }
    snow_export_free(export);
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

/* Answers with these rows, so often. */
static void answers(int count, const char *total, const char *rows)
{
    size_t room = strlen(rows) + 512;
    char *order = malloc(room);
    snprintf(order, room,
             "{\"path\":\"" INCIDENTS "\",\"count\":%d,\"fault\":{\"kind\":\"answer\",\"status\":200,"
             "\"headers\":[[\"Content-Type\",\"application/json\"],[\"X-Total-Count\",\"%s\"]],"
             "\"body\":\"{\\\"result\\\":[%s]}\"}}",
             count, total, rows);
    control_do(instance, "POST", "/-/faults", order);
    free(order);
}

/* Rows of which this user may read nothing have no key to go on from, and are hidden, all of them. */
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

static void a_million_empty_rows(void)
{
    enum { ROWS = 10000 };
    const int pages = is_slow ? 1 : 100;
    char all[32];
    struct keys keys = { 0 };
    snow_query *query = snow_query_new(&error);
    snow_export *export;
    char *rows = malloc(3 * ROWS + 1);
    int i;
    for (i = 0; i < ROWS; i++)
        memcpy(rows + 3 * i, ",{}", 4);
    snprintf(all, sizeof all, "%d", ROWS * pages);
    answers(pages, all, rows + 1);
    CHECK_STATUS(SNOW_OK, snow_query_page_size(query, ROWS, &error), error);
    export = export_of(query, SNOW_ORDER_ANY, 1);
    CHECK_STATUS(SNOW_DONE, export_read(export, &keys, &error), error);
    CHECK_NUMBER(0, keys.count);
    CHECK_NUMBER(0, snow_export_count(export, SNOW_EXPORT_RECEIVED));
    CHECK_NUMBER(ROWS * pages, snow_export_count(export, SNOW_EXPORT_EXPECTED));
    CHECK_NUMBER(ROWS * pages, snow_export_count(export, SNOW_EXPORT_HIDDEN));
    CHECK_NUMBER(pages, snow_export_count(export, SNOW_EXPORT_REQUESTS));
    no_faults();
    free(rows);
    snow_export_free(export);
}

static void a_row_of_twenty_megabytes(void)
{
    static const char *const fields[] = { "description", "close_notes", "short_description" };
    size_t length = is_slow ? 300000 : 7u << 20, f;
    char *text = malloc(length + 1), *sys_id;
    snow_record *record = snow_record_new(&error), *made;
    const snow_record *row;
    uint64_t large = 0, rows = 0;
    snow_query *query;
    snow_export *export;
    snow_cursor *cursor;
    snow_status status;
    memset(text, 'x', length);
    text[length] = '\0';
    CHECK_STATUS(SNOW_OK, snow_record_set(record, fields[0], text, &error), error);
    /* The large fields need not come back each time. */
    query = snow_query_new(&error);
    CHECK_STATUS(SNOW_OK, snow_query_fields(query, "sys_id", &error), error);
    made = snow_table_create(client, "incident", record, query, &error);
    CHECK(made != NULL);
    sys_id = strdup(snow_record_get(made, "sys_id", NULL));
    snow_record_free(made);
    snow_record_free(record);
    for (f = 1; f < 3; f++) {
        record = snow_record_new(&error);
        CHECK_STATUS(SNOW_OK, snow_record_set(record, fields[f], text, &error), error);
        snow_record_free(snow_table_update(client, "incident", sys_id, record, query, &error));
        snow_record_free(record);
    }
    snow_query_free(query);
    query = pages_of(400);
    CHECK_STATUS(SNOW_OK,
                 snow_query_fields(query, "description,close_notes,short_description", &error), error);
    export = export_of(query, SNOW_ORDER_ANY, 2);
    cursor = snow_export_rows(export, &error);
    while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK) {
        size_t got;
        rows++;
        for (f = 0; f < 3; f++)
            if (snow_record_get(row, fields[f], &got) && got == length)
                large++;
    }
    CHECK_STATUS(SNOW_DONE, status, error);
    CHECK_NUMBER(total + 1, rows);
    CHECK_NUMBER(3, large);
    snow_cursor_free(cursor);
    snow_export_free(export);
    CHECK_STATUS(SNOW_OK, snow_table_delete(client, "incident", sys_id, NULL, &error), error);
    free(sys_id);
    free(text);
}

static void an_empty_table(void)
{
    size_t o;
    for (o = 0; o < 3; o++) {
        snow_query *query = snow_query_parse("number=none^ORDERBYnumber", &error);
        snow_export *export = export_of(query, orders[o], 4);
        all_came(export, 0, 0);
        snow_export_free(export);
    }
}

int main(int count, char **arguments)
{
    instance = getenv("SNOW_INSTANCE");
    if (!instance || count < 2)
        return 2;
    total = strtoull(arguments[1], NULL, 10);
    is_slow = count > 2;
    client = client_basic(instance, "admin", "admin");

    every_order_and_any_number_of_connections();
    rows_come_in_order();
    the_order_is_the_querys_where_it_has_one();
    conditions_hold();
    a_limit_ends_it();
    hidden_rows_are_counted();
    rows_hidden_by_a_rule_are_counted();
    an_uneven_table_is_divided_again();
    shards_hold_each_row_once();
    shards_of_a_table_with_hidden_rows();
    progress_is_told();
    a_token_is_renewed_by_the_caller();
    a_table_that_vanishes();
    a_query_that_is_left_out();
    a_field_that_vanishes();
    a_condition_that_is_left_out_at_the_end();
    rows_that_do_not_come_are_missed();
    a_million_empty_rows();
    a_row_of_twenty_megabytes();
    an_empty_table();
    if (!is_slow)
        one_turn_for_all_connections();
    CHECK_STATUS(SNOW_OK, snow_client_close(client, 10000, &error), error);
    snow_client_free(client);
    {
        /* These are about being made again. */
        snow_session *session = snow_session_new(&error);
        CHECK_STATUS(SNOW_OK, snow_session_set_basic_auth(session, "admin", "admin", &error), error);
        CHECK_STATUS(SNOW_OK, snow_session_set_retry(session, 1, 50, &error), error);
        client = snow_client_new(instance, session, &error);
        snow_session_free(session);
    }
    broken_pages_are_halved();
    a_page_that_breaks_again_and_again();
    an_instance_that_has_had_enough();
    an_export_goes_on_after_an_error();
    if (!is_slow)
        what_waits_for_room_outlives_an_error();
    an_export_ends_early();
    CHECK_STATUS(SNOW_OK, snow_client_close(client, 10000, &error), error);
    snow_client_free(client);
    snow_error_free(error);
    return check_result();
}
