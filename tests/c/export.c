/*
 * Which rows an export gives: all that match and may be seen, each once, in the order that was asked for, over
 * any number of connections.
 */
#include "incidents.h"

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
            /* Several connections have read more. */
            CHECK_NUMBER(limits[l], snow_export_count(export, SNOW_EXPORT_RECEIVED));
            CHECK_NUMBER(limits[l], snow_export_count(export, SNOW_EXPORT_EXPECTED));
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

/* An answer that an export reads has its turn until it has ended, or is given up. */
static void an_answer_that_comes_in_has_its_turn(void)
{
    const snow_record *row;
    snow_client *others = client;
    snow_query *query = snow_query_new(&error);
    snow_request *request = snow_request_new("GET", "/api/now/table/problem", &error);
    snow_session *session = snow_session_new(&error);
    snow_response *response;
    snow_export *export;
    snow_cursor *cursor;
    snow_session_set_basic_auth(session, "admin", "admin", &error);
    CHECK_STATUS(SNOW_OK, snow_session_set_max_in_flight(session, 1, &error), error);
    client = snow_client_new(instance, session, &error);
    snow_session_free(session);
    snow_request_set_param(request, "sysparm_limit", "1", &error);
    export = export_of(query, SNOW_ORDER_ANY, 1);
    fault("\"count\":1,", "{\"kind\":\"stall\",\"at\":40000}");
    cursor = snow_export_rows(export, &error);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    CHECK_STATUS(SNOW_OK, snow_request_set_timeout(request, 200, &error), error);
    CHECK(snow_client_send(client, request, &error) == NULL);
    CHECK(!snow_error_maybe_applied(error));
    failed(SNOW_TIMEOUT, snow_error_status(error));
    CHECK_NUMBER(0, control_count(instance, "/api/now/table/problem"));
    snow_cursor_free(cursor);
    CHECK_STATUS(SNOW_OK, snow_request_set_timeout(request, 30000, &error), error);
    response = snow_client_send(client, request, &error);
    CHECK(response != NULL);
    no_faults();
    snow_response_free(response);
    snow_request_free(request);
    snow_export_free(export);
    snow_client_free(client);
    client = others;
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

/* Among others they are passed over, and no limit counts them. */
static void rows_without_fields_among_others(void)
{
    static const char rows[] = "{},{\\\"number\\\":\\\"INC1\\\"},{},{},{\\\"number\\\":\\\"INC2\\\"},{}";
    uint64_t limit;
    for (limit = 6; limit <= 7; limit++) {
        const snow_record *row;
        snow_query *query = pages_of(10);
        snow_export *export;
        snow_cursor *cursor;
        CHECK_STATUS(SNOW_OK, snow_query_limit(query, limit, &error), error);
        export = export_of(query, SNOW_ORDER_ANY, 1);
        answers(1, "6", rows);
        cursor = snow_export_rows(export, &error);
        CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
        CHECK_TEXT("INC1", snow_record_get(row, "number", NULL));
        CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
        CHECK_TEXT("INC2", snow_record_get(row, "number", NULL));
        CHECK_STATUS(SNOW_DONE, snow_cursor_next(cursor, &row, &error), error);
        CHECK_NUMBER(2, snow_cursor_fetched(cursor));
        CHECK_NUMBER(2, snow_export_count(export, SNOW_EXPORT_RECEIVED));
        CHECK_NUMBER(4, snow_export_count(export, SNOW_EXPORT_HIDDEN));
        CHECK_NUMBER(6, snow_export_count(export, SNOW_EXPORT_EXPECTED));
        no_faults();
        snow_cursor_free(cursor);
        snow_export_free(export);
    }
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
        snow_cursor *cursor = snow_export_rows(export, &error);
        const snow_record *row;
        CHECK_NUMBER(-1, snow_cursor_total(cursor));
        CHECK_STATUS(SNOW_DONE, snow_cursor_next(cursor, &row, &error), error);
        CHECK_NUMBER(0, snow_cursor_total(cursor));
        snow_cursor_free(cursor);
        all_came(export, 0, 0);
        snow_export_free(export);
    }
    /* Where there is no row at all, that none comes says nothing against the query. */
    {
        struct keys keys = { 0 };
        snow_query *query = snow_query_parse("file_name=none", &error);
        snow_export *export = snow_export_new(client, "sys_attachment", query, &error);
        snow_query_free(query);
        CHECK_STATUS(SNOW_DONE, export_read(export, &keys, &error), error);
        CHECK_NUMBER(0, keys.count);
        keys_free(&keys);
        snow_export_free(export);
    }
}

static void describe(const char *sys_id, const char *text)
{
    snow_record *record = snow_record_new(&error), *answer;
    CHECK_STATUS(SNOW_OK, snow_record_set(record, "short_description", text, &error), error);
    answer = snow_table_update(client, "incident", sys_id, record, NULL, &error);
    CHECK(answer != NULL);
    snow_record_free(answer);
    snow_record_free(record);
}

/* In the query's own order rows are read long after their keys: one that matches no longer does not come. */
static void a_row_that_matches_no_longer(void)
{
    static const char text[] = "short_description!=gone^NQshort_description!=gone^active=true^ORDERBYDESCnumber";
    struct keys keys = { 0 }, rest = { 0 };
    const char *last;
    char *before;
    const snow_record *row;
    snow_record *was;
    snow_cursor *cursor;
    snow_query *query = snow_query_parse(text, &error);
    snow_export *export;
    CHECK_STATUS(SNOW_OK, snow_query_page_size(query, 20, &error), error);
    export = export_of(query, SNOW_ORDER_QUERY, 1);
    CHECK_STATUS(SNOW_DONE, export_read(export, &keys, &error), error);
    CHECK_NUMBER(total, keys.count);
    last = keys.all[keys.count - 1];
    was = snow_table_get(client, "incident", last, NULL, &error);
    before = strdup(snow_record_get(was, "short_description", NULL));
    snow_record_free(was);

    cursor = snow_export_rows(export, &error);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    describe(last, "gone");
    CHECK_STATUS(SNOW_DONE, keys_read(&rest, cursor, &error), error);
    CHECK_NUMBER(total - 2, rest.count);
    keys_sort(&rest);
    CHECK(!keys_have(&rest, last));
    describe(last, before);

    free(before);
    keys_free(&rest);
    keys_free(&keys);
    snow_cursor_free(cursor);
    snow_export_free(export);
}

/* What was begun first is held against what came of it, and not of the other; the handle counts the other. */
static void two_exports_of_one_handle(void)
{
    struct keys keys = { 0 };
    const snow_record *row;
    snow_cursor *first, *second;
    snow_export *export = export_of(pages_of(100), SNOW_ORDER_ANY, 1);
    first = snow_export_rows(export, &error);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(first, &row, &error), error);
    CHECK(snow_export_count(export, SNOW_EXPORT_RECEIVED) > 0);
    second = snow_export_rows(export, &error);
    CHECK_NUMBER(0, snow_export_count(export, SNOW_EXPORT_RECEIVED));
    CHECK_NUMBER(-1, snow_cursor_total(second));
    CHECK_STATUS(SNOW_OK, snow_cursor_next(second, &row, &error), error);
    CHECK_STATUS(SNOW_DONE, keys_read(&keys, first, &error), error);
    CHECK_NUMBER(total - 1, keys.count);
    CHECK_NUMBER(total, snow_cursor_total(first));
    keys_free(&keys);
    CHECK_STATUS(SNOW_DONE, keys_read(&keys, second, &error), error);
    CHECK_NUMBER(total - 1, keys.count);
    CHECK_NUMBER(total, snow_export_count(export, SNOW_EXPORT_RECEIVED));
    CHECK_NUMBER(total, snow_export_count(export, SNOW_EXPORT_EXPECTED));
    keys_free(&keys);
    snow_cursor_free(second);
    snow_cursor_free(first);
    snow_export_free(export);
}

int main(int count, char **arguments)
{
    incidents_begin(count, arguments);
    every_order_and_any_number_of_connections();
    rows_come_in_order();
    the_order_is_the_querys_where_it_has_one();
    conditions_hold();
    a_limit_ends_it();
    hidden_rows_are_counted();
    rows_hidden_by_a_rule_are_counted();
    an_answer_that_comes_in_has_its_turn();
    an_uneven_table_is_divided_again();
    a_million_empty_rows();
    rows_without_fields_among_others();
    a_row_of_twenty_megabytes();
    an_empty_table();
    a_row_that_matches_no_longer();
    two_exports_of_one_handle();
    if (!is_slow)
        one_turn_for_all_connections();
    return incidents_end();
}
