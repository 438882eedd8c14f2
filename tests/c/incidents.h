/*
 * Exports of the incidents of an instance, with what tests do to it meanwhile. Arguments of the programs: how
 * many incidents SNOW_INSTANCE holds; anything more where a memory tool looks on, which takes its time.
 */

#ifndef SNOW_TESTS_INCIDENTS_H
#define SNOW_TESTS_INCIDENTS_H

#include "clients.h"
#include "exports.h"
#include "footprint.h"

#define INCIDENTS "/api/now/table/incident"

static const snow_order orders[] = { SNOW_ORDER_ANY, SNOW_ORDER_SYS_ID, SNOW_ORDER_QUERY };

static const char *instance;
static snow_client *client;
static snow_error *error;
static uint64_t total;
static int is_slow;
static int threads_at_begin;

/* The call before failed like this. */
static inline void failed(snow_status expected, snow_status status)
{
    CHECK_STATUS(expected, status, error);
    snow_error_free(error);
    error = NULL;
}

static inline snow_query *pages_of(uint32_t rows)
{
    snow_query *query = snow_query_new(&error);
    CHECK_STATUS(SNOW_OK, snow_query_page_size(query, rows, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_fields(query, "number,short_description", &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_order_by_desc(query, "number", &error), error);
    return query;
}

/* Takes the query. */
static inline snow_export *export_of(snow_query *query, snow_order order, uint32_t connections)
{
    snow_export *export = snow_export_new(client, "incident", query, &error);
    CHECK(export != NULL);
    CHECK_STATUS(SNOW_OK, snow_export_set_order(export, order, &error), error);
    CHECK_STATUS(SNOW_OK, snow_export_set_connections(export, connections, &error), error);
    snow_query_free(query);
    return export;
}

static inline void fault(const char *count, const char *fault)
{
    char json[256];
    control_do(instance, "DELETE", "/-/faults", "");
    snprintf(json, sizeof json, "{\"path\":\"" INCIDENTS "\",%s\"fault\":%s}", count, fault);
    control_do(instance, "POST", "/-/faults", json);
}

static inline void no_faults(void)
{
    control_do(instance, "DELETE", "/-/faults", "");
}

/* All rows are there, each once, and the report says so. */
static inline void all_came(snow_export *export, uint64_t expected, uint64_t hidden)
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

/* A client that makes each call once. */
static inline void incidents_begin(int count, char **arguments)
{
    instance = getenv("SNOW_INSTANCE");
    control_must(instance && count >= 2, "needs SNOW_INSTANCE and the number of incidents");
    total = strtoull(arguments[1], NULL, 10);
    is_slow = count > 2;
    threads_at_begin = thread_count();
    client = client_basic(instance, "admin", "admin");
}

/* A client that makes a call again once, in place of the one that is there. */
static inline void make_calls_again(void)
{
    snow_session *session = snow_session_new(&error);
    snow_client_free(client);
    CHECK_STATUS(SNOW_OK, snow_session_set_basic_auth(session, "admin", "admin", &error), error);
    CHECK_STATUS(SNOW_OK, snow_session_set_retry(session, 1, 50, &error), error);
    client = snow_client_new(instance, session, &error);
    snow_session_free(session);
}

/* Nothing of any export is left that a client would wait for. */
static inline int incidents_end(void)
{
    CHECK_STATUS(SNOW_OK, snow_client_close(client, 10000, &error), error);
    snow_client_free(client);
    snow_error_free(error);
    threads_end(threads_at_begin);
    return check_result();
}

#endif
