/*
 * Rows as they come: complete, in order, each once, whatever the pages look like. One argument: how many
 * incidents the instance SNOW_INSTANCE holds.
 */
#include "check.h"
#include "clients.h"
#include "control.h"

#include <pthread.h>

#define TABLE_CALL "/api/now/table/incident"

static const char *instance;
static snow_client *client;
static snow_error *error;

static snow_query *pages_of(uint32_t rows)
{
    snow_query *query = snow_query_new(&error);
    CHECK_STATUS(SNOW_OK, snow_query_page_size(query, rows, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_fields(query, "number", &error), error);
    return query;
}

static void hide(const char *fault)
{
    char json[256];
    control_do(instance, "DELETE", "/-/faults", "");
    snprintf(json, sizeof json, "{\"path\":\"" TABLE_CALL "\",\"count\":0,\"fault\":%s}", fault);
    control_do(instance, "POST", "/-/faults", json);
}

/* Reads all rows, which must be in the order of their keys and none twice; returns their number. */
static uint64_t read_all(snow_query *query)
{
    char last[33] = "";
    const snow_record *row;
    snow_status status;
    uint64_t rows = 0;
    snow_cursor *cursor = snow_table_list(client, "incident", query, &error);
    CHECK(cursor != NULL);
    CHECK_NUMBER(-1, snow_cursor_total(cursor));
    while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK) {
        const char *sys_id = snow_record_get(row, "sys_id", NULL);
        CHECK(sys_id && strcmp(last, sys_id) < 0);
        snprintf(last, sizeof last, "%s", sys_id ? sys_id : "");
        rows++;
        CHECK_NUMBER(rows, snow_cursor_fetched(cursor));
    }
    CHECK_STATUS(SNOW_DONE, status, error);
    CHECK(row == NULL);
    /* The end stays the end. */
    CHECK_STATUS(SNOW_DONE, snow_cursor_next(cursor, &row, &error), error);
    snow_cursor_free(cursor);
    return rows;
}

static void pages_of_every_size(uint64_t total)
{
    static const uint32_t sizes[] = { 1000, 100, 99, 51, 50, 49, 7 };
    size_t i;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        snow_query *query = pages_of(sizes[i]);
        CHECK_NUMBER(total, read_all(query));
        snow_query_free(query);
    }
}

/* Row access shortens pages after they were cut, down to nothing. */
static void short_pages_are_not_the_end(uint64_t total)
{
    snow_query *query = pages_of(10);
    hide("{\"kind\":\"hide_rows\",\"every\":3}");
    CHECK_NUMBER(total - total / 10 * 3 - total % 10 / 3, read_all(query));
    control_do(instance, "DELETE", "/-/faults", "");

    /* Whole pages at the beginning are hidden, all of the first two. */
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"" TABLE_CALL "\",\"count\":2,"
               "\"fault\":{\"kind\":\"hide_rows\",\"every\":\"all\"}}");
    CHECK_NUMBER(total - 20, read_all(query));
    control_do(instance, "DELETE", "/-/faults", "");
    snow_query_free(query);
}

/* Behind a short page the rest is counted, and that is no count of all. */
static void a_list_that_is_not_counted(void)
{
    const snow_record *row;
    snow_query *query = pages_of(10);
    snow_cursor *cursor;
    CHECK_STATUS(SNOW_OK, snow_query_no_count(query, 1, &error), error);
    hide("{\"kind\":\"hide_rows\",\"every\":3}");
    cursor = snow_table_list(client, "incident", query, &error);
    while (snow_cursor_next(cursor, &row, &error) == SNOW_OK)
        CHECK_NUMBER(-1, snow_cursor_total(cursor));
    CHECK_NUMBER(SNOW_OK, snow_error_status(error));
    CHECK(snow_cursor_fetched(cursor) > 10);
    control_do(instance, "DELETE", "/-/faults", "");
    snow_cursor_free(cursor);
    snow_query_free(query);
}

/* A row of which nothing is shown is passed over, and does not count for a limit. */
static void rows_without_fields(void)
{
    const snow_record *row;
    snow_query *query = pages_of(10);
    snow_cursor *cursor;
    CHECK_STATUS(SNOW_OK, snow_query_limit(query, 6, &error), error);
    control_do(instance, "DELETE", "/-/faults", "");
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"" TABLE_CALL "\",\"fault\":{\"kind\":\"answer\",\"status\":200,"
               "\"headers\":[[\"Content-Type\",\"application/json\"],[\"X-Total-Count\",\"6\"]],"
               "\"body\":\"{\\\"result\\\":[{},{\\\"number\\\":\\\"INC1\\\"},{},{},"
               "{\\\"number\\\":\\\"INC2\\\"},{}]}\"}}");
    cursor = snow_table_list(client, "incident", query, &error);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    CHECK_TEXT("INC1", snow_record_get(row, "number", NULL));
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    CHECK_TEXT("INC2", snow_record_get(row, "number", NULL));
    CHECK_STATUS(SNOW_DONE, snow_cursor_next(cursor, &row, &error), error);
    CHECK_NUMBER(2, snow_cursor_fetched(cursor));
    CHECK_NUMBER(6, snow_cursor_total(cursor));
    snow_cursor_free(cursor);
    snow_query_free(query);
}

static void limits_and_offsets(uint64_t total)
{
    static const struct {
        uint64_t limit, offset, expected_of_100;
    } windows[] = { { 1, 0, 1 },    { 9, 0, 9 },   { 10, 0, 10 },  { 11, 0, 11 },
                    { 500, 0, 100 }, { 5, 97, 3 }, { 25, 50, 25 }, { 10, 100, 0 } };
    size_t i;
    CHECK_NUMBER(100, total);
    for (i = 0; i < sizeof windows / sizeof *windows; i++) {
        snow_query *query = pages_of(10);
        CHECK_STATUS(SNOW_OK, snow_query_limit(query, windows[i].limit, &error), error);
        CHECK_STATUS(SNOW_OK, snow_query_offset(query, windows[i].offset, &error), error);
        CHECK_NUMBER(windows[i].expected_of_100, read_all(query));
        snow_query_free(query);
    }
}

static void an_order_of_its_own(uint64_t total)
{
    char last[64] = "~";
    const snow_record *row;
    snow_status status;
    uint64_t rows = 0;
    snow_query *query = pages_of(9);
    snow_cursor *cursor;
    CHECK_STATUS(SNOW_OK, snow_query_order_by_desc(query, "number", &error), error);
    cursor = snow_table_list(client, "incident", query, &error);
    while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK) {
        const char *number = snow_record_get(row, "number", NULL);
        CHECK(strcmp(last, number) > 0);
        snprintf(last, sizeof last, "%s", number);
        rows++;
        CHECK_NUMBER(total, snow_cursor_total(cursor));
    }
    CHECK_STATUS(SNOW_DONE, status, error);
    CHECK_NUMBER(total, rows);
    snow_cursor_free(cursor);
    snow_query_free(query);
}

/* Every ^NQ branch is walked by key, so none gives its first page for ever. */
static void groups(uint64_t total)
{
    snow_query *query = pages_of(7);
    snow_query_where(query, "active", SNOW_EQ, "true", &error);
    snow_query_new_query(query, &error);
    snow_query_where(query, "active", SNOW_NE, "true", &error);
    CHECK_NUMBER(total, read_all(query));
    snow_query_free(query);
}

/* A page that fails gives no row; the same page can be tried again. */
static void an_error_in_the_middle(uint64_t total)
{
    const snow_record *row;
    snow_status status;
    uint64_t rows = 0, errors = 0;
    snow_query *query = pages_of(10);
    snow_client *once = client_basic(instance, "admin", "admin");
    snow_cursor *cursor = snow_table_list(once, "incident", query, &error);
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"" TABLE_CALL "\",\"after\":3,\"count\":2,"
               "\"fault\":{\"kind\":\"partial\",\"variant\":\"a\",\"rows\":5}}");
    for (;;) {
        status = snow_cursor_next(cursor, &row, &error);
        if (status == SNOW_DONE)
            break;
        if (status == SNOW_OK) {
            rows++;
            continue;
        }
        CHECK_STATUS(SNOW_PARTIAL_RESULT, status, error);
        CHECK(row == NULL);
        snow_error_free(error);
        CHECK_NUMBER(30, rows);
        if (++errors > 2)
            break;
    }
    CHECK_NUMBER(2, errors);
    CHECK_NUMBER(total, rows);
    snow_cursor_free(cursor);
    snow_client_free(once);
    snow_query_free(query);
}

/* Rows whose key is empty show none: the list goes on by offset. */
static void keys_that_are_empty(uint64_t total)
{
    const snow_record *row;
    snow_status status;
    uint64_t rows = 0;
    snow_query *query = pages_of(10);
    snow_cursor *cursor = snow_table_list(client, "incident", query, &error);
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"" TABLE_CALL "\",\"count\":1,\"fault\":{\"kind\":\"answer\",\"status\":200,"
               "\"body\":\"{\\\"result\\\":[{\\\"sys_id\\\":\\\"\\\"},{\\\"sys_id\\\":\\\"\\\"}]}\"}}");
    while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
        rows++;
    CHECK_STATUS(SNOW_DONE, status, error);
    CHECK_NUMBER(2 + total - 10, rows);
    snow_cursor_free(cursor);
    snow_query_free(query);
}

static void *cancel(void *cursor)
{
    snow_error *none = NULL;
    CHECK_STATUS(SNOW_OK, snow_cursor_cancel((snow_cursor *)cursor, &none), none);
    return NULL;
}

/* Another thread ends a cursor that waits for an answer that never comes. */
static void cancelled_while_it_waits(void)
{
    const snow_record *row;
    pthread_t thread;
    snow_cursor *cursor = snow_table_list(client, "incident", NULL, &error);
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"" TABLE_CALL "\",\"count\":0,\"fault\":{\"kind\":\"stall\"}}");
    control_must(pthread_create(&thread, NULL, cancel, cursor) == 0, "thread");
    CHECK_STATUS(SNOW_CANCELLED, snow_cursor_next(cursor, &row, &error), error);
    snow_error_free(error);
    CHECK_STATUS(SNOW_CANCELLED, snow_cursor_next(cursor, &row, &error), error);
    snow_error_free(error);
    pthread_join(thread, NULL);
    control_do(instance, "DELETE", "/-/faults", "");
    snow_cursor_free(cursor);
}

/* Freed in any order, at any time: the client first, a cursor after its first row, rows never. */
static void freed_in_any_order(void)
{
    const snow_record *row;
    snow_record *kept;
    snow_client *other = snow_client_new_basic(instance, "admin", "admin", &error);
    snow_query *query = pages_of(10);
    snow_cursor *cursor = snow_table_list(other, "incident", query, &error);
    snow_query_free(query);
    snow_client_free(other);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    kept = snow_record_clone(row, &error);
    snow_record_free((snow_record *)row); /* lent, so this does nothing */
    CHECK(snow_record_get(row, "number", NULL) != NULL);
    CHECK_STATUS(SNOW_INVALID_ARGUMENT,
                 snow_record_set((snow_record *)row, "number", "mine", &error), error);
    CHECK_ARGUMENT("record", error);
    snow_error_free(error);
    error = NULL;
    CHECK_TEXT(snow_record_get(kept, "number", NULL), snow_record_get(row, "number", NULL));
    CHECK_STATUS(SNOW_OK, snow_record_set(kept, "number", "mine", &error), error);
    snow_cursor_free(cursor);
    CHECK(snow_record_get(kept, "number", NULL) != NULL);
    snow_record_free(kept);
}

/* A token that ends between two pages is renewed, and told of on this thread. */
static int32_t told_here;
static pthread_t told_thread;

static int32_t tell(void *user_data, const snow_token *token)
{
    (void)user_data;
    (void)token;
    told_here++;
    told_thread = pthread_self();
    return SNOW_HANDLED;
}

static void a_token_that_ends_between_pages(uint64_t total)
{
    const snow_record *row;
    snow_status status;
    uint64_t rows = 0;
    snow_query *query = pages_of(10);
    snow_cursor *cursor;
    snow_client *oauth = snow_client_new_oauth(instance, getenv("SNOW_CLIENT_ID"),
                                               getenv("SNOW_CLIENT_SECRET"), NULL, &error);
    CHECK_STATUS(SNOW_OK, snow_client_login(oauth, "admin", "admin", &error), error);
    CHECK_STATUS(SNOW_OK, snow_set_token_callback(oauth, tell, NULL, NULL, &error), error);
    cursor = snow_table_list(oauth, "incident", query, &error);
    while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
        if (++rows % 25 == 0)
            control_do(instance, "POST", "/-/tokens/expire", "");
    CHECK_STATUS(SNOW_DONE, status, error);
    CHECK_NUMBER(total, rows);
    CHECK(told_here > 0);
    CHECK(pthread_equal(told_thread, pthread_self()));
    snow_cursor_free(cursor);
    snow_query_free(query);
    snow_client_free(oauth);
}

int main(int argc, char **argv)
{
    uint64_t total = argc == 2 ? strtoull(argv[1], NULL, 10) : 0;
    instance = getenv("SNOW_INSTANCE");
    client = snow_client_new_basic(instance, "admin", "admin", &error);
    pages_of_every_size(total);
    short_pages_are_not_the_end(total);
    a_list_that_is_not_counted();
    rows_without_fields();
    limits_and_offsets(total);
    an_order_of_its_own(total);
    groups(total);
    an_error_in_the_middle(total);
    keys_that_are_empty(total);
    cancelled_while_it_waits();
    freed_in_any_order();
    a_token_that_ends_between_pages(total);
    snow_client_free(client);
    return check_result();
}
