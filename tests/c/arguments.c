/*
 * What a caller can get wrong: NULL, text that is not UTF-8, handles that are none, numbers out of
 * range and values that cannot be used. Each gives its status, an error whose message begins with the
 * name of the argument, and nothing happens: at the end the instance was sent nothing.
 *
 * Every refused call is made twice: with an error pointer that holds garbage before, and without one.
 */

#include "check.h"
#include "control.h"
#include "refusal.h"

#include <limits.h>

/* What is no UTF-8, and must never be shown in a message. */
static const char BAD[] = "bad\xff\xfe";
static const char SYS_ID[] = "46d44a23a9fe19810012d100cca80666";

static snow_session *session;
static snow_client *client, *oauth_client;
static snow_token *token;
static snow_query *query;
static snow_record *record;
static snow_cursor *cursor;

static void make_all(const char *instance)
{
    begin(&error);
    session = snow_session_new(where);
    CHECK(session && !error);
    begin(&error);
    client = snow_client_new_basic(instance, "admin", "admin", where);
    CHECK(client && !error);
    begin(&error);
    oauth_client = snow_client_new_oauth(instance, "snow-client", "snow-secret", NULL, where);
    CHECK(oauth_client && !error);
    begin(&error);
    token = snow_token_from_refresh_token("refresh", where);
    CHECK(token && !error);
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
}

static void free_all(void)
{
    snow_cursor_free(cursor);
    snow_record_free(record);
    snow_query_free(query);
    snow_token_free(token);
    snow_client_free(oauth_client);
    snow_client_free(client);
    snow_session_free(session);
}

/* ---- NULL ---- */

static int destroyed;

static void count_destroyed(void *user_data)
{
    CHECK(user_data == &destroyed);
    destroyed++;
}

static int32_t handle_token(void *user_data, const snow_token *new_token)
{
    (void)user_data;
    (void)new_token;
    return SNOW_HANDLED;
}

static void null_in_functions_without_an_error(void)
{
    size_t length = 7;
    CHECK_NUMBER(SNOW_OK, snow_error_status(NULL));
    CHECK_TEXT("", snow_error_message(NULL));
    CHECK_TEXT(NULL, snow_error_instance_message(NULL));
    CHECK_TEXT(NULL, snow_error_detail(NULL));
    CHECK_NUMBER(0, snow_error_http_status(NULL));
    CHECK_TEXT(NULL, snow_error_method(NULL));
    CHECK_TEXT(NULL, snow_error_path(NULL));
    CHECK_NUMBER(0, snow_error_is_retryable(NULL));
    CHECK_NUMBER(-1, snow_error_retry_after_ms(NULL));
    CHECK_NUMBER(0, snow_error_maybe_applied(NULL));
    CHECK_NUMBER(0, snow_error_callback_value(NULL));

    CHECK_TEXT(NULL, snow_token_json(NULL, NULL));
    CHECK_TEXT(NULL, snow_token_json(NULL, &length));
    CHECK_NUMBER(0, length);
    CHECK(snow_token_json(token, NULL) != NULL);
    CHECK_TEXT(NULL, snow_token_access_token(NULL));
    CHECK_TEXT(NULL, snow_token_access_token(token));
    CHECK_TEXT(NULL, snow_token_refresh_token(NULL));
    CHECK_TEXT("refresh", snow_token_refresh_token(token));
    CHECK_NUMBER(-1, snow_token_expires_at(NULL));
    CHECK_NUMBER(-1, snow_token_expires_at(token));

    length = 7;
    CHECK_TEXT(NULL, snow_record_get(NULL, "state", &length));
    CHECK_NUMBER(0, length);
    length = 7;
    CHECK_TEXT(NULL, snow_record_get(record, NULL, &length));
    CHECK_NUMBER(0, length);
    CHECK_TEXT("6", snow_record_get(record, "state", NULL));
    CHECK_TEXT(NULL, snow_record_display(NULL, "state"));
    CHECK_TEXT(NULL, snow_record_display(record, NULL));
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

    CHECK_TEXT("SNOW_UNKNOWN", snow_status_name(INT32_MIN));
    CHECK_TEXT("SNOW_UNKNOWN", snow_status_name(INT32_MAX));
    CHECK_TEXT(NULL, snow_session_option_name(SIZE_MAX));
}

static void null_is_freed(void)
{
    snow_error_free(NULL);
    snow_session_free(NULL);
    snow_token_free(NULL);
    snow_client_free(NULL);
    snow_query_free(NULL);
    snow_record_free(NULL);
    snow_cursor_free(NULL);
}

static void null_in_sessions(void)
{
    const snow_status null = SNOW_NULL_ARGUMENT;
    REFUSES(null, "session", snow_session_set_basic_auth(NULL, "user", "password", where));
    REFUSES(null, "user", snow_session_set_basic_auth(session, NULL, "password", where));
    REFUSES(null, "password", snow_session_set_basic_auth(session, "user", NULL, where));
    REFUSES(null, "session", snow_session_set_bearer_token(NULL, "token", where));
    REFUSES(null, "token", snow_session_set_bearer_token(session, NULL, where));
    REFUSES(null, "session", snow_session_set_api_key(NULL, "key", where));
    REFUSES(null, "key", snow_session_set_api_key(session, NULL, where));
    REFUSES(null, "session", snow_session_set_oauth(NULL, "id", "secret", where));
    REFUSES(null, "client_id", snow_session_set_oauth(session, NULL, "secret", where));
    REFUSES(null, "client_secret", snow_session_set_oauth(session, "id", NULL, where));
    REFUSES(null, "session", snow_session_set_client_credentials(NULL, "id", "secret", where));
    REFUSES(null, "client_id", snow_session_set_client_credentials(session, NULL, "s", where));
    REFUSES(null, "client_secret", snow_session_set_client_credentials(session, "i", NULL, where));
    REFUSES(null, "session", snow_session_set_oauth_basic(NULL, 1, where));
    REFUSES(null, "session", snow_session_set_tls_verify(NULL, 1, where));
    REFUSES(null, "session", snow_session_set_ca_file(NULL, "ca.pem", where));
    REFUSES(null, "path", snow_session_set_ca_file(session, NULL, where));
    REFUSES(null, "session", snow_session_set_token_file(NULL, "token.json", where));
    REFUSES(null, "path", snow_session_set_token_file(session, NULL, where));
    REFUSES(null, "session",
            snow_session_set_client_certificate(NULL, "own.pem", NULL, NULL, where));
    REFUSES(null, "path", snow_session_set_client_certificate(session, NULL, NULL, NULL, where));
    REFUSES(null, "session", snow_session_set_proxy(NULL, "http://127.0.0.1:1", where));
    REFUSES(null, "proxy", snow_session_set_proxy(session, NULL, where));
    REFUSES(null, "session", snow_session_set_proxy_auth(NULL, "user", "password", where));
    REFUSES(null, "user", snow_session_set_proxy_auth(session, NULL, "password", where));
    REFUSES(null, "password", snow_session_set_proxy_auth(session, "user", NULL, where));
    REFUSES(null, "session", snow_session_set_header(NULL, "x-name", "value", where));
    REFUSES(null, "name", snow_session_set_header(session, NULL, "value", where));
    REFUSES(null, "value", snow_session_set_header(session, "x-name", NULL, where));
    REFUSES(null, "session", snow_session_set_user_agent(NULL, "agent", where));
    REFUSES(null, "user_agent", snow_session_set_user_agent(session, NULL, where));
    REFUSES(null, "session", snow_session_set_timeouts(NULL, 1, 1, where));
    REFUSES(null, "session", snow_session_set_retry(NULL, 1, 1, where));
    REFUSES(null, "session", snow_session_set_max_in_flight(NULL, 1, where));
    REFUSES(null, "session", snow_session_set_cookies(NULL, 1, where));
    REFUSES(null, "session", snow_session_set_allow_http(NULL, 1, where));
    REFUSES(null, "session", snow_session_set(NULL, "cookies", "true", where));
    REFUSES(null, "name", snow_session_set(session, NULL, "true", where));
    REFUSES(null, "value", snow_session_set(session, "cookies", NULL, where));
}

static void null_in_tokens_and_clients(const char *instance)
{
    const snow_status null = SNOW_NULL_ARGUMENT;
    MAKES_NOTHING(null, "json", snow_token_from_json(NULL, where));
    MAKES_NOTHING(null, "refresh_token", snow_token_from_refresh_token(NULL, where));
    MAKES_NOTHING(null, "path", snow_token_load(NULL, where));
    REFUSES(null, "token", snow_token_save(NULL, "token.json", where));
    REFUSES(null, "path", snow_token_save(token, NULL, where));

    MAKES_NOTHING(null, "instance", snow_client_new(NULL, session, where));
    MAKES_NOTHING(null, "instance", snow_client_new_basic(NULL, "user", "password", where));
    MAKES_NOTHING(null, "user", snow_client_new_basic(instance, NULL, "password", where));
    MAKES_NOTHING(null, "password", snow_client_new_basic(instance, "user", NULL, where));
    MAKES_NOTHING(null, "instance", snow_client_new_oauth(NULL, "id", "secret", token, where));
    MAKES_NOTHING(null, "client_id", snow_client_new_oauth(instance, NULL, "s", token, where));
    MAKES_NOTHING(null, "client_secret", snow_client_new_oauth(instance, "i", NULL, token, where));

    destroyed = 0;
    REFUSES(null, "client",
            snow_set_token_callback(NULL, handle_token, &destroyed, count_destroyed, where));
    CHECK_NUMBER(2, destroyed);
    SUCCEEDS(snow_set_token_callback(oauth_client, NULL, NULL, NULL, where));
    REFUSES(null, "client", snow_client_login(NULL, "user", "password", where));
    REFUSES(null, "user", snow_client_login(oauth_client, NULL, "password", where));
    REFUSES(null, "password", snow_client_login(oauth_client, "user", NULL, where));
    REFUSES(null, "client", snow_client_set_token(NULL, token, where));
    REFUSES(null, "token", snow_client_set_token(oauth_client, NULL, where));
    MAKES_NOTHING(null, "client", snow_client_token(NULL, where));
    REFUSES(null, "client", snow_client_close(NULL, 0, where));
}

static void null_in_queries(void)
{
    const snow_status null = SNOW_NULL_ARGUMENT;
    const char *const values[] = {"1", "2"}, *const with_null[] = {"1", NULL};
    REFUSES(null, "query", snow_query_where(NULL, "state", SNOW_EQ, "1", where));
    REFUSES(null, "field", snow_query_where(query, NULL, SNOW_EQ, "1", where));
    REFUSES(SNOW_INVALID_ARGUMENT, "value", snow_query_where(query, "state", SNOW_LT, NULL, where));
    REFUSES(null, "query", snow_query_where_int(NULL, "state", SNOW_EQ, 1, where));
    REFUSES(null, "field", snow_query_where_int(query, NULL, SNOW_EQ, 1, where));
    REFUSES(null, "query", snow_query_where_bool(NULL, "active", SNOW_EQ, 1, where));
    REFUSES(null, "field", snow_query_where_bool(query, NULL, SNOW_EQ, 1, where));
    REFUSES(null, "query", snow_query_where_time(NULL, "opened_at", SNOW_LT, 0, where));
    REFUSES(null, "field", snow_query_where_time(query, NULL, SNOW_LT, 0, where));
    REFUSES(null, "query", snow_query_where_in(NULL, "state", values, 2, where));
    REFUSES(null, "field", snow_query_where_in(query, NULL, values, 2, where));
    REFUSES(null, "values", snow_query_where_in(query, "state", NULL, 2, where));
    REFUSES(null, "values", snow_query_where_in(query, "state", with_null, 2, where));
    REFUSES(null, "query", snow_query_where_not_in(NULL, "state", values, 2, where));
    REFUSES(null, "field", snow_query_where_not_in(query, NULL, values, 2, where));
    REFUSES(null, "values", snow_query_where_not_in(query, "state", NULL, 2, where));
    REFUSES(null, "values", snow_query_where_not_in(query, "state", with_null, 2, where));
    REFUSES(null, "query", snow_query_where_between(NULL, "state", "1", "2", where));
    REFUSES(null, "field", snow_query_where_between(query, NULL, "1", "2", where));
    REFUSES(null, "low", snow_query_where_between(query, "state", NULL, "2", where));
    REFUSES(null, "high", snow_query_where_between(query, "state", "1", NULL, where));
    REFUSES(null, "query", snow_query_where_between_times(NULL, "opened_at", 1, 2, where));
    REFUSES(null, "field", snow_query_where_between_times(query, NULL, 1, 2, where));
    REFUSES(null, "query", snow_query_where_script(NULL, "state", SNOW_EQ, "f()", where));
    REFUSES(null, "field", snow_query_where_script(query, NULL, SNOW_EQ, "f()", where));
    REFUSES(null, "script", snow_query_where_script(query, "state", SNOW_EQ, NULL, where));
    REFUSES(null, "query", snow_query_where_text(NULL, "vpn", where));
    REFUSES(null, "words", snow_query_where_text(query, NULL, where));
    REFUSES(null, "query", snow_query_where_related(NULL, "a.b", SNOW_GE, 1, NULL, where));
    REFUSES(null, "reference", snow_query_where_related(query, NULL, SNOW_GE, 1, NULL, where));
    REFUSES(null, "query", snow_query_where_join(NULL, "a.b", "c.d", NULL, where));
    REFUSES(null, "field", snow_query_where_join(query, NULL, "c.d", NULL, where));
    REFUSES(null, "other", snow_query_where_join(query, "a.b", NULL, NULL, where));
    REFUSES(null, "query", snow_query_or(NULL, where));
    REFUSES(null, "query", snow_query_new_query(NULL, where));
    REFUSES(null, "query", snow_query_raw(NULL, "active=true", where));
    REFUSES(null, "encoded", snow_query_raw(query, NULL, where));
    REFUSES(null, "query", snow_query_order_by(NULL, "state", where));
    REFUSES(null, "field", snow_query_order_by(query, NULL, where));
    REFUSES(null, "query", snow_query_order_by_desc(NULL, "state", where));
    REFUSES(null, "field", snow_query_order_by_desc(query, NULL, where));
    REFUSES(null, "query", snow_query_group_by(NULL, "state", where));
    REFUSES(null, "field", snow_query_group_by(query, NULL, where));
    REFUSES(null, "query", snow_query_fields(NULL, "state", where));
    REFUSES(null, "fields", snow_query_fields(query, NULL, where));
    REFUSES(null, "query", snow_query_limit(NULL, 1, where));
    REFUSES(null, "query", snow_query_offset(NULL, 1, where));
    REFUSES(null, "query", snow_query_page_size(NULL, 1, where));
    REFUSES(null, "query", snow_query_display_value(NULL, SNOW_DISPLAY_ALL, where));
    REFUSES(null, "query", snow_query_exclude_reference_link(NULL, 1, where));
    REFUSES(null, "query", snow_query_view(NULL, "ess", where));
    REFUSES(null, "view", snow_query_view(query, NULL, where));
    REFUSES(null, "query", snow_query_no_count(NULL, 1, where));
    REFUSES(null, "query", snow_query_category(NULL, "reports", where));
    REFUSES(null, "category", snow_query_category(query, NULL, where));
    REFUSES(null, "query", snow_query_no_domain(NULL, 1, where));
    REFUSES(null, "query", snow_query_input_display_value(NULL, 1, where));
    REFUSES(null, "query", snow_query_suppress_auto_sys_field(NULL, 1, where));
    REFUSES(null, "query", snow_query_set(NULL, "sysparm_x", "1", where));
    REFUSES(null, "name", snow_query_set(query, NULL, "1", where));
    REFUSES(null, "value", snow_query_set(query, "sysparm_x", NULL, where));
    MAKES_NOTHING(null, "query", snow_query_encoded(NULL, where));
    MAKES_NOTHING(null, "encoded", snow_query_parse(NULL, where));
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

/* ---- text that is not UTF-8 ---- */

static void bad_utf8_in_sessions_tokens_and_clients(const char *instance)
{
    const snow_status bad = SNOW_INVALID_UTF8;
    REFUSES(bad, "user", snow_session_set_basic_auth(session, BAD, "password", where));
    REFUSES(bad, "password", snow_session_set_basic_auth(session, "user", BAD, where));
    REFUSES(bad, "token", snow_session_set_bearer_token(session, BAD, where));
    REFUSES(bad, "key", snow_session_set_api_key(session, BAD, where));
    REFUSES(bad, "client_id", snow_session_set_oauth(session, BAD, "secret", where));
    REFUSES(bad, "client_secret", snow_session_set_oauth(session, "id", BAD, where));
    REFUSES(bad, "client_id", snow_session_set_client_credentials(session, BAD, "secret", where));
    REFUSES(bad, "client_secret", snow_session_set_client_credentials(session, "id", BAD, where));
    REFUSES(bad, "path", snow_session_set_ca_file(session, BAD, where));
    REFUSES(bad, "path", snow_session_set_token_file(session, BAD, where));
    REFUSES(bad, "path", snow_session_set_client_certificate(session, BAD, NULL, NULL, where));
    REFUSES(bad, "key_path", snow_session_set_client_certificate(session, "x", BAD, NULL, where));
    REFUSES(bad, "password", snow_session_set_client_certificate(session, "x", NULL, BAD, where));
    REFUSES(bad, "proxy", snow_session_set_proxy(session, BAD, where));
    REFUSES(bad, "user", snow_session_set_proxy_auth(session, BAD, "password", where));
    REFUSES(bad, "password", snow_session_set_proxy_auth(session, "user", BAD, where));
    REFUSES(bad, "name", snow_session_set_header(session, BAD, "value", where));
    REFUSES(bad, "value", snow_session_set_header(session, "x-name", BAD, where));
    REFUSES(bad, "user_agent", snow_session_set_user_agent(session, BAD, where));
    REFUSES(bad, "name", snow_session_set(session, BAD, "true", where));
    REFUSES(bad, "value", snow_session_set(session, "cookies", BAD, where));

    MAKES_NOTHING(bad, "json", snow_token_from_json(BAD, where));
    MAKES_NOTHING(bad, "refresh_token", snow_token_from_refresh_token(BAD, where));
    MAKES_NOTHING(bad, "path", snow_token_load(BAD, where));
    REFUSES(bad, "path", snow_token_save(token, BAD, where));

    MAKES_NOTHING(bad, "instance", snow_client_new(BAD, NULL, where));
    MAKES_NOTHING(bad, "instance", snow_client_new_basic(BAD, "user", "password", where));
    MAKES_NOTHING(bad, "user", snow_client_new_basic(instance, BAD, "password", where));
    MAKES_NOTHING(bad, "password", snow_client_new_basic(instance, "user", BAD, where));
    MAKES_NOTHING(bad, "instance", snow_client_new_oauth(BAD, "id", "secret", NULL, where));
    MAKES_NOTHING(bad, "client_id", snow_client_new_oauth(instance, BAD, "secret", NULL, where));
    MAKES_NOTHING(bad, "client_secret", snow_client_new_oauth(instance, "id", BAD, NULL, where));
    REFUSES(bad, "user", snow_client_login(oauth_client, BAD, "password", where));
    REFUSES(bad, "password", snow_client_login(oauth_client, "user", BAD, where));
}

static void bad_utf8_in_queries_records_and_tables(void)
{
    const snow_status bad = SNOW_INVALID_UTF8;
    const char *const values[] = {"1"}, *const with_bad[] = {"1", BAD};
    const char json[] = "{\"state\":\"\xff\"}";
    size_t length = 7;
    REFUSES(bad, "field", snow_query_where(query, BAD, SNOW_EQ, "1", where));
    REFUSES(bad, "value", snow_query_where(query, "state", SNOW_EQ, BAD, where));
    REFUSES(bad, "field", snow_query_where_int(query, BAD, SNOW_EQ, 1, where));
    REFUSES(bad, "field", snow_query_where_bool(query, BAD, SNOW_EQ, 1, where));
    REFUSES(bad, "field", snow_query_where_time(query, BAD, SNOW_EQ, 1, where));
    REFUSES(bad, "field", snow_query_where_in(query, BAD, values, 1, where));
    REFUSES(bad, "values", snow_query_where_in(query, "state", with_bad, 2, where));
    REFUSES(bad, "field", snow_query_where_not_in(query, BAD, values, 1, where));
    REFUSES(bad, "values", snow_query_where_not_in(query, "state", with_bad, 2, where));
    REFUSES(bad, "field", snow_query_where_between(query, BAD, "1", "2", where));
    REFUSES(bad, "low", snow_query_where_between(query, "state", BAD, "2", where));
    REFUSES(bad, "high", snow_query_where_between(query, "state", "1", BAD, where));
    REFUSES(bad, "field", snow_query_where_between_times(query, BAD, 1, 2, where));
    REFUSES(bad, "field", snow_query_where_script(query, BAD, SNOW_EQ, "f()", where));
    REFUSES(bad, "script", snow_query_where_script(query, "state", SNOW_EQ, BAD, where));
    REFUSES(bad, "encoded", snow_query_raw(query, BAD, where));
    MAKES_NOTHING(bad, "encoded", snow_query_parse(BAD, where));
    REFUSES(bad, "words", snow_query_where_text(query, BAD, where));
    REFUSES(bad, "reference", snow_query_where_related(query, BAD, SNOW_GE, 1, NULL, where));
    REFUSES(bad, "field", snow_query_where_join(query, BAD, "c.d", NULL, where));
    REFUSES(bad, "other", snow_query_where_join(query, "a.b", BAD, NULL, where));
    REFUSES(bad, "field", snow_query_group_by(query, BAD, where));
    REFUSES(bad, "field", snow_query_order_by(query, BAD, where));
    REFUSES(bad, "field", snow_query_order_by_desc(query, BAD, where));
    REFUSES(bad, "fields", snow_query_fields(query, BAD, where));
    REFUSES(bad, "view", snow_query_view(query, BAD, where));
    REFUSES(bad, "category", snow_query_category(query, BAD, where));
    REFUSES(bad, "name", snow_query_set(query, BAD, "1", where));
    REFUSES(bad, "value", snow_query_set(query, "sysparm_x", BAD, where));

    MAKES_NOTHING(SNOW_INVALID_ARGUMENT, "json",
                  snow_record_from_json(json, sizeof json - 1, where));
    REFUSES(bad, "field", snow_record_set(record, BAD, "6", where));
    REFUSES(bad, "value", snow_record_set(record, "state", BAD, where));
    CHECK_TEXT(NULL, snow_record_get(record, BAD, &length));
    CHECK_NUMBER(0, length);
    CHECK_TEXT(NULL, snow_record_display(record, BAD));
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

/* ---- values that cannot be used ---- */

static void names_of_instances(void)
{
    static const char *const absurd[] = {
        "",
        " ",
        "dev 12345",
        "dev12345\n",
        "https://https://dev12345.service-now.com",
        "https://",
        "ftp://dev12345.service-now.com",
        "//dev12345.service-now.com",
        "https:///dev12345.service-now.com",
        "dev12345/api",
        "https://dev12345.service-now.com/api/now",
        "https://dev12345.service-now.com?sysparm_query=active",
        "https://dev12345.service-now.com#top",
        "admin:pass@dev12345",
        "https://admin:pass@dev12345.service-now.com",
        "http://dev12345.service-now.com",
        "http://192.0.2.1:8080",
        "http://127.0.0.1.example.com",
        "dev12345.service-now.com:99999",
        "..",
    };
    size_t i;
    for (i = 0; i < sizeof absurd / sizeof *absurd; i++) {
        check_subject = absurd[i];
        MAKES_NOTHING(SNOW_INVALID_ARGUMENT, "instance", snow_client_new(absurd[i], NULL, where));
        MAKES_NOTHING(SNOW_INVALID_ARGUMENT, "instance",
                      snow_client_new_basic(absurd[i], "user", "password", where));
        MAKES_NOTHING(SNOW_INVALID_ARGUMENT, "instance",
                      snow_client_new_oauth(absurd[i], "id", "secret", NULL, where));
    }
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

static void values_of_sessions(void)
{
    const snow_status invalid = SNOW_INVALID_ARGUMENT;
    static const char *const ours[] = {"Authorization", "accept", "Content-Type", "USER-AGENT",
                                       "Host", "Content-Length", "Transfer-Encoding"};
    static const char *const no_names[] = {"", " ", "x name", "x:name", "x\r\nname", "\xc4\x85"};
    static const char *const no_files[] = {"", "nowhere.p12", ".", "/dev/null", "/proc/self/cmdline"};
    static const char *const no_proxies[] = {
        "127.0.0.1:3128",        "https//proxy",
        "ftp://proxy:21",        "http://",
        "http://proxy:99999",    "http://proxy:3128/path",
        "http://proxy:3128?a=b", "http://user:s3cret@proxy:3128",
        "socks4://proxy:1080",   "http://user@proxy:3128",
    };
    size_t i;
    REFUSES(invalid, "user", snow_session_set_basic_auth(session, "", "password", where));
    REFUSES(invalid, "user", snow_session_set_basic_auth(session, "a:b", "password", where));
    REFUSES(invalid, "token", snow_session_set_bearer_token(session, "", where));
    REFUSES(invalid, "token", snow_session_set_bearer_token(session, "a\r\nb", where));
    REFUSES(invalid, "key", snow_session_set_api_key(session, "", where));
    REFUSES(invalid, "key", snow_session_set_api_key(session, "a\nb", where));
    REFUSES(invalid, "client_id", snow_session_set_oauth(session, "", "secret", where));
    REFUSES(invalid, "client_id", snow_session_set_client_credentials(session, "", "s", where));
    REFUSES(invalid, "user_agent", snow_session_set_user_agent(session, "", where));
    REFUSES(invalid, "user_agent", snow_session_set_user_agent(session, "a\r\nb", where));
    REFUSES(invalid, "connect_ms", snow_session_set_timeouts(session, 0, 1, where));
    REFUSES(invalid, "total_ms", snow_session_set_timeouts(session, 1, 0, where));
    REFUSES(invalid, "max_wait_ms", snow_session_set_retry(session, 1, 0, where));
    REFUSES(invalid, "user", snow_session_set_proxy_auth(session, "user", "password", where));
    SUCCEEDS(snow_session_set_proxy(session, "", where));
    REFUSES(invalid, "user", snow_session_set_proxy_auth(session, "user", "password", where));
    SUCCEEDS(snow_session_set_proxy(session, "http://127.0.0.1:1", where));
    REFUSES(invalid, "user", snow_session_set_proxy_auth(session, "", "password", where));
    for (i = 0; i < sizeof no_proxies / sizeof *no_proxies; i++) {
        REFUSES(invalid, "proxy", snow_session_set_proxy(session, no_proxies[i], where));
        snow_session_set_proxy(session, no_proxies[i], &error);
        CHECK(strstr(snow_error_message(error), "s3cret") == NULL);
        snow_error_free(error);
    }
    for (i = 0; i < sizeof ours / sizeof *ours; i++)
        REFUSES(invalid, "name", snow_session_set_header(session, ours[i], "value", where));
    for (i = 0; i < sizeof no_names / sizeof *no_names; i++)
        REFUSES(invalid, "name", snow_session_set_header(session, no_names[i], "value", where));
    REFUSES(invalid, "value", snow_session_set_header(session, "x-name", "a\r\nb: c", where));
    REFUSES(SNOW_FILE, "path", snow_session_set_ca_file(session, "", where));
    REFUSES(SNOW_FILE, "path", snow_session_set_ca_file(session, "nowhere.pem", where));
    REFUSES(SNOW_FILE, "path", snow_session_set_ca_file(session, ".", where));
    REFUSES(SNOW_FILE, "path", snow_session_set_ca_file(session, "/dev/null", where));
    REFUSES(SNOW_FILE, "path", snow_session_set_token_file(session, "", where));
    REFUSES(SNOW_FILE, "path", snow_session_set_token_file(session, ".", where));
    REFUSES(SNOW_FILE, "path", snow_session_set_token_file(session, "nowhere/token", where));
    REFUSES(SNOW_FILE, "path", snow_session_set_token_file(session, "/dev/null", where));
    for (i = 0; i < sizeof no_files / sizeof *no_files; i++)
        REFUSES(SNOW_FILE, "path",
                snow_session_set_client_certificate(session, no_files[i], NULL, NULL, where));
}

static void truth_values(void)
{
    static const int32_t no_truths[] = {2, -1, INT32_MAX, INT32_MIN};
    const snow_status invalid = SNOW_INVALID_ARGUMENT;
    size_t i;
    for (i = 0; i < sizeof no_truths / sizeof *no_truths; i++) {
        int32_t no = no_truths[i];
        REFUSES(invalid, "basic", snow_session_set_oauth_basic(session, no, where));
        REFUSES(invalid, "verify", snow_session_set_tls_verify(session, no, where));
        REFUSES(invalid, "keep", snow_session_set_cookies(session, no, where));
        REFUSES(invalid, "allow", snow_session_set_allow_http(session, no, where));
        REFUSES(invalid, "exclude", snow_query_exclude_reference_link(query, no, where));
        REFUSES(invalid, "without", snow_query_no_count(query, no, where));
        REFUSES(invalid, "all", snow_query_no_domain(query, no, where));
        REFUSES(invalid, "display", snow_query_input_display_value(query, no, where));
        REFUSES(invalid, "suppress", snow_query_suppress_auto_sys_field(query, no, where));
        REFUSES(invalid, "value", snow_query_where_bool(query, "active", SNOW_EQ, no, where));
    }
}

/* What an option of a session cannot be, by its name. */
static const char *bad_value(const char *option)
{
    static const char *const bad[][2] = {
        {"allow_http", "yes"},     {"api_key", ""},   {"bearer_token", ""},
        {"ca_file", "nowhere.pem"}, {"client_certificate", "nowhere.pem"},
        {"connect_timeout_ms", "-1"}, {"cookies", "1"},
        {"max_in_flight", "-1"},   {"retries", ""},   {"retry_max_wait_ms", "0"},
        {"oauth_basic", ""},       {"proxy", "ftp://proxy"}, {"tls_verify", "False"},
        {"token_file", "nowhere/token"}, {"total_timeout_ms", "1.5"}, {"user_agent", ""},
    };
    size_t i;
    for (i = 0; i < sizeof bad / sizeof *bad; i++)
        if (strcmp(bad[i][0], option) == 0)
            return bad[i][1];
    return NULL;
}

static void options_by_name(void)
{
    static const char *const unknown[] = {"", "Cookies", "cookies ", "timeout", "password"};
    static const char *const no_times[] = {"", "0", "-1", "1.5", "1s", "4294967296", " 1"};
    const char *option;
    size_t i;
    for (i = 0; (option = snow_session_option_name(i)) != NULL; i++) {
        const char *value = bad_value(option);
        int is_file = strcmp(option, "ca_file") == 0 || strcmp(option, "client_certificate") == 0
                      || strcmp(option, "token_file") == 0;
        snow_status expected = is_file ? SNOW_FILE : SNOW_INVALID_ARGUMENT;
        check_subject = option;
        if (CHECK(value != NULL))
            REFUSES(expected, "value", snow_session_set(session, option, value, where));
    }
    CHECK(i > 0);
    for (i = 0; i < sizeof unknown / sizeof *unknown; i++)
        REFUSES(SNOW_UNKNOWN_OPTION, "name", snow_session_set(session, unknown[i], "true", where));
    for (i = 0; i < sizeof no_times / sizeof *no_times; i++)
        REFUSES(SNOW_INVALID_ARGUMENT, "value",
                snow_session_set(session, "total_timeout_ms", no_times[i], where));

    /* The names that there are stand in the refusal of one that is not. */
    CHECK_STATUS(SNOW_UNKNOWN_OPTION, snow_session_set(session, "?", "", &error), error);
    for (i = 0; (option = snow_session_option_name(i)) != NULL; i++)
        CHECK(strstr(snow_error_message(error), option) != NULL);
    snow_error_free(error);
}

static void tokens_that_are_none(void)
{
    static const char *const json[] = {
        "",
        "s3cret",
        "[]",
        "\"s3cret\"",
        "{\"access_token\":\"s3cret\"",
        "{\"access_token\":\"s3cret\"} trailing",
        "{}",
        "{\"access_token\":\"\",\"other\":\"s3cret\"}",
        "{\"access_token\":null}",
        "{\"access_token\":[\"s3cret\"]}",
        "{\"access_token\":{\"s3cret\":1}}",
        "{\"refresh_token\":5}",
        "{\"access_token\":\"s3cret\",\"refresh_token\":true}",
        "{\"access_token\":\"s3cret\",\"scope\":5}",
        "{\"access_token\":\"s3cret\",\"scope\":[5]}",
        "{\"access_token\":\"s3cret\",\"token_type\":5}",
        "{\"access_token\":\"s3cret\",\"expires_at\":\"s3cret\"}",
        "{\"access_token\":\"s3cret\",\"expires_at\":-1}",
        "{\"access_token\":\"s3cret\",\"expires_in\":1e300}",
        "{\"access_token\":\"s3cret\",\"expires_in\":[]}",
    };
    size_t i;
    for (i = 0; i < sizeof json / sizeof *json; i++) {
        snow_token *made;
        FILE *file = fopen("no-token.json", "w");
        MAKES_NOTHING(SNOW_INVALID_ARGUMENT, "json", snow_token_from_json(json[i], where));
        check_subject = json[i];
        made = snow_token_from_json(json[i], &error);
        CHECK(made == NULL && strstr(snow_error_message(error), "s3cret") == NULL);
        CHECK(snow_error_detail(error) == NULL && snow_error_instance_message(error) == NULL);
        snow_error_free(error);
        if (CHECK(file != NULL)) {
            fputs(json[i], file);
            fclose(file);
        }
        MAKES_NOTHING(SNOW_INVALID_ARGUMENT, "path", snow_token_load("no-token.json", where));
        made = snow_token_load("no-token.json", &error);
        CHECK(made == NULL && strstr(snow_error_message(error), "s3cret") == NULL);
        snow_error_free(error);
    }
    check_subject = "";
    MAKES_NOTHING(SNOW_INVALID_ARGUMENT, "refresh_token", snow_token_from_refresh_token("", where));
    MAKES_NOTHING(SNOW_FILE, "path", snow_token_load("nowhere.json", where));
    MAKES_NOTHING(SNOW_FILE, "path", snow_token_load("", where));
    MAKES_NOTHING(SNOW_FILE, "path", snow_token_load(".", where));
    REFUSES(SNOW_FILE, "path", snow_token_save(token, "nowhere/token.json", where));
    REFUSES(SNOW_FILE, "path", snow_token_save(token, "", where));
    REFUSES(SNOW_FILE, "path", snow_token_save(token, ".", where));
}

static void clients_that_do_not_sign_in_with_oauth(void)
{
    const snow_status invalid = SNOW_INVALID_ARGUMENT;
    destroyed = 0;
    REFUSES(invalid, "client",
            snow_set_token_callback(client, handle_token, &destroyed, count_destroyed, where));
    CHECK_NUMBER(2, destroyed);
    REFUSES(invalid, "client", snow_client_login(client, "user", "password", where));
    REFUSES(invalid, "client", snow_client_set_token(client, token, where));
    MAKES_NOTHING(invalid, "client", snow_client_token(client, where));
    REFUSES(invalid, "user", snow_client_login(oauth_client, "", "password", where));
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

/* ---- queries ---- */

static void operators(void)
{
    static const snow_operator none[] = {0, 39, 999, -1, INT32_MAX, INT32_MIN};
    const snow_status invalid = SNOW_INVALID_ARGUMENT;
    size_t i;
    for (i = 0; i < sizeof none / sizeof *none; i++) {
        REFUSES(invalid, "op", snow_query_where(query, "state", none[i], "1", where));
        REFUSES(invalid, "op", snow_query_where_int(query, "state", none[i], 1, where));
        REFUSES(invalid, "op", snow_query_where_bool(query, "active", none[i], 1, where));
        REFUSES(invalid, "op", snow_query_where_time(query, "opened_at", none[i], 1, where));
        REFUSES(invalid, "op", snow_query_where_script(query, "state", none[i], "f()", where));
        REFUSES(invalid, "op", snow_query_where_related(query, "a.b", none[i], 1, NULL, where));
    }
    REFUSES(invalid, "op", snow_query_where_related(query, "a.b", SNOW_NE, 1, NULL, where));
    REFUSES(invalid, "op", snow_query_where(query, "state", SNOW_IN, "1,2", where));
    REFUSES(invalid, "op", snow_query_where(query, "state", SNOW_NOT_IN, "1,2", where));
    REFUSES(invalid, "op", snow_query_where(query, "state", SNOW_BETWEEN, "1@2", where));
    REFUSES(invalid, "op", snow_query_where_bool(query, "active", SNOW_LT, 1, where));
    REFUSES(invalid, "op", snow_query_where_time(query, "opened_at", SNOW_CONTAINS, 1, where));
    REFUSES(invalid, "value", snow_query_where_int(query, "state", SNOW_IS_EMPTY, 1, where));
    REFUSES(invalid, "op", snow_query_where_script(query, "state", SNOW_IS_EMPTY, "f()", where));
}

static void fields(void)
{
    static const char *const none[] = {
        "", " ", "sta te", "state^active", "state=1", "state,", "state.", ".state", "a..b", "zg\xc5\x82",
        "ORDERBYstate", "state\n",
    };
    const char *const values[] = {"1"};
    const snow_status invalid = SNOW_INVALID_ARGUMENT;
    size_t i;
    for (i = 0; i < sizeof none / sizeof *none; i++) {
        REFUSES(invalid, "field", snow_query_where(query, none[i], SNOW_EQ, "1", where));
        REFUSES(invalid, "field", snow_query_where_int(query, none[i], SNOW_EQ, 1, where));
        REFUSES(invalid, "field", snow_query_where_bool(query, none[i], SNOW_EQ, 1, where));
        REFUSES(invalid, "field", snow_query_where_time(query, none[i], SNOW_EQ, 1, where));
        REFUSES(invalid, "field", snow_query_where_in(query, none[i], values, 1, where));
        REFUSES(invalid, "field", snow_query_where_not_in(query, none[i], values, 1, where));
        REFUSES(invalid, "field", snow_query_where_between(query, none[i], "1", "2", where));
        REFUSES(invalid, "field", snow_query_where_between_times(query, none[i], 1, 2, where));
        REFUSES(invalid, "field", snow_query_where_script(query, none[i], SNOW_EQ, "f()", where));
    }
    REFUSES(invalid, "reference", snow_query_where_related(query, "a", SNOW_GE, 1, NULL, where));
    REFUSES(invalid, "field", snow_query_where_join(query, "a", "c.d", NULL, where));
    REFUSES(invalid, "other", snow_query_where_join(query, "a.b", "c=d", NULL, where));
    REFUSES(invalid, "field", snow_query_group_by(query, "a b", where));
    REFUSES(invalid, "field", snow_query_order_by(query, "", where));
    REFUSES(invalid, "field", snow_query_order_by(query, "a b", where));
    REFUSES(invalid, "field", snow_query_order_by(query, "DESCstate", where));
    REFUSES(invalid, "field", snow_query_order_by_desc(query, "", where));
    REFUSES(invalid, "field", snow_query_order_by_desc(query, "a^b", where));
    REFUSES(invalid, "fields", snow_query_fields(query, "number,,state", where));
    REFUSES(invalid, "fields", snow_query_fields(query, "number;state", where));
    REFUSES(invalid, "fields", snow_query_fields(query, ",", where));
    REFUSES(invalid, "category", snow_query_category(query, "", where));
    REFUSES(invalid, "category", snow_query_category(query, "a\nb", where));
    REFUSES(invalid, "name", snow_query_set(query, "", "1", where));
    REFUSES(invalid, "name", snow_query_set(query, "active", "true", where));
    REFUSES(invalid, "name", snow_query_set(query, "sysparm_", "1", where));
    REFUSES(invalid, "name", snow_query_set(query, "sysparm_a b", "1", where));
    REFUSES(invalid, "name", snow_query_set(query, "sysparm_limit", "1", where));
    REFUSES(invalid, "name", snow_query_set(query, "sysparm_query", "1", where));
}

static void values_of_conditions(void)
{
    const snow_status invalid = SNOW_INVALID_ARGUMENT;
    const char *const values[] = {"1", "2,3"}, *const with_empty[] = {"1", ""};
    const int64_t too_late = INT64_C(253402300800), too_early = INT64_C(-62135596801);
    REFUSES(invalid, "value", snow_query_where(query, "state", SNOW_IS_EMPTY, "1", where));
    REFUSES(invalid, "value", snow_query_where(query, "state", SNOW_GT, "", where));
    REFUSES(invalid, "value", snow_query_where(query, "state", SNOW_CONTAINS, "", where));
    REFUSES(invalid, "value", snow_query_where(query, "state", SNOW_EQ, "a\nb", where));
    REFUSES(invalid, "value", snow_query_where(query, "state", SNOW_EQ, "javascript:f()", where));
    REFUSES(invalid, "value", snow_query_where(query, "opened_at", SNOW_ON, "some day", where));
    REFUSES(invalid, "value", snow_query_where(query, "opened_at", SNOW_RELATIVE_GT, "1", where));
    REFUSES(invalid, "value", snow_query_where(query, "opened_at", SNOW_MORE_THAN, "1", where));
    REFUSES(invalid, "value", snow_query_where(query, "opened_at", SNOW_DATE_PART, "1", where));
    REFUSES(invalid, "value", snow_query_where(query, "a", SNOW_SAME_AS, "not a field", where));
    REFUSES(invalid, "value", snow_query_where(query, "a", SNOW_IN_HIERARCHY, "one", where));
    REFUSES(invalid, "value", snow_query_where(query, "a", SNOW_DYNAMIC, "not an id", where));
    REFUSES(invalid, "value", snow_query_where(query, "a", SNOW_INSTANCE_OF, "a table", where));

    REFUSES(invalid, "values", snow_query_where_in(query, "state", NULL, 0, where));
    REFUSES(invalid, "values", snow_query_where_in(query, "state", values, 0, where));
    REFUSES(invalid, "values", snow_query_where_in(query, "state", values, SIZE_MAX, where));
    REFUSES(invalid, "values[1]", snow_query_where_in(query, "state", values, 2, where));
    REFUSES(invalid, "values[1]", snow_query_where_in(query, "state", with_empty, 2, where));
    REFUSES(invalid, "values", snow_query_where_not_in(query, "state", NULL, 0, where));
    REFUSES(invalid, "values[1]", snow_query_where_not_in(query, "state", values, 2, where));

    REFUSES(invalid, "low", snow_query_where_between(query, "state", "", "2", where));
    REFUSES(invalid, "high", snow_query_where_between(query, "state", "1", "", where));
    REFUSES(invalid, "low", snow_query_where_between(query, "state", "1@1", "2", where));
    REFUSES(invalid, "high", snow_query_where_between(query, "state", "1", "2@2", where));
    REFUSES(invalid, "low", snow_query_where_between(query, "a", "javascript:f()", "2", where));
    REFUSES(invalid, "low", snow_query_where_between_times(query, "opened_at", 2, 1, where));
    REFUSES(invalid, "low", snow_query_where_between_times(query, "a", too_early, 1, where));
    REFUSES(invalid, "high", snow_query_where_between_times(query, "a", 1, too_late, where));
    REFUSES(invalid, "unix_seconds", snow_query_where_time(query, "a", SNOW_LT, too_late, where));
    REFUSES(invalid, "unix_seconds", snow_query_where_time(query, "a", SNOW_LT, INT64_MIN, where));

    REFUSES(invalid, "script", snow_query_where_script(query, "state", SNOW_EQ, "", where));
    REFUSES(invalid, "script",
            snow_query_where_script(query, "state", SNOW_EQ, "javascript:f()", where));
    REFUSES(invalid, "script", snow_query_where_script(query, "a", SNOW_BETWEEN, "f()", where));
}

static void forms_of_rows(void)
{
    const snow_status invalid = SNOW_INVALID_ARGUMENT;
    REFUSES(invalid, "rows", snow_query_limit(query, 0, where));
    REFUSES(invalid, "rows", snow_query_page_size(query, 0, where));
    REFUSES(invalid, "rows", snow_query_page_size(query, 10001, where));
    REFUSES(invalid, "rows", snow_query_page_size(query, UINT32_MAX, where));
    REFUSES(invalid, "form", snow_query_display_value(query, 3, where));
    REFUSES(invalid, "form", snow_query_display_value(query, -1, where));
    REFUSES(invalid, "view", snow_query_view(query, "", where));
    REFUSES(invalid, "view", snow_query_view(query, "a\nb", where));
    SUCCEEDS(snow_query_offset(query, UINT64_MAX, where));
    SUCCEEDS(snow_query_offset(query, 0, where));
}

/* What cannot follow, and what cannot be left unfinished. */
static void order_of_calls(void)
{
    const snow_status invalid = SNOW_INVALID_ARGUMENT;
    snow_query *some = snow_query_new(NULL);
    REFUSES(invalid, "query", snow_query_or(some, where));
    REFUSES(invalid, "query", snow_query_new_query(some, where));
    SUCCEEDS(snow_query_where(some, "state", SNOW_EQ, "1", where));
    SUCCEEDS(snow_query_or(some, where));
    REFUSES(invalid, "query", snow_query_or(some, where));
    REFUSES(invalid, "query", snow_query_new_query(some, where));
    REFUSES(invalid, "encoded", snow_query_raw(some, "a=1^b=2", where));
    MAKES_NOTHING(invalid, "query", snow_query_encoded(some, where));
    MAKES_NOTHING(invalid, "query", snow_table_list(client, "incident", some, where));
    MAKES_NOTHING(invalid, "query", snow_table_first(client, "incident", some, where));
    SUCCEEDS(snow_query_where(some, "state", SNOW_EQ, "2", where));
    SUCCEEDS(snow_query_new_query(some, where));
    MAKES_NOTHING(invalid, "query", snow_query_encoded(some, where));
    REFUSES(invalid, "query", snow_query_new_query(some, where));
    SUCCEEDS(snow_query_raw(some, "active=true^priority=1", where));
    REFUSES(invalid, "query", snow_query_or(some, where));
    REFUSES(invalid, "encoded", snow_query_raw(some, "a=1\nb=2", where));
    begin(&error);
    CHECK_TEXT("state=1^ORstate=2^NQactive=true^priority=1", snow_query_encoded(some, where));
    CHECK(error == NULL);
    snow_query_free(some);
}

/* What was refused left no trace in the query that all these tests shared. */
static void the_query_is_as_it_was(void)
{
    CHECK_TEXT("", snow_query_encoded(query, NULL));
}

/* ---- handles ---- */

static void handles_of_another_kind(const char *instance)
{
    const snow_status wrong = SNOW_INVALID_HANDLE;
    void *a_record = record, *a_query = query, *a_client = client, *a_session = session;
    const snow_record *row = garbage();
    uint64_t count = 7;
    REFUSES(wrong, "session", snow_session_set_cookies(a_client, 1, where));
    REFUSES(wrong, "session", snow_session_set(a_query, "cookies", "true", where));
    REFUSES(wrong, "token", snow_token_save(a_record, "token.json", where));
    MAKES_NOTHING(wrong, "session", snow_client_new(instance, a_record, where));
    MAKES_NOTHING(wrong, "token", snow_client_new_oauth(instance, "id", "s", a_record, where));
    REFUSES(wrong, "client", snow_client_login(a_session, "user", "password", where));
    REFUSES(wrong, "token", snow_client_set_token(oauth_client, a_record, where));
    MAKES_NOTHING(wrong, "client", snow_client_token(a_session, where));
    REFUSES(wrong, "client", snow_client_close(a_session, 0, where));
    destroyed = 0;
    REFUSES(wrong, "client",
            snow_set_token_callback(a_session, handle_token, &destroyed, count_destroyed, where));
    CHECK_NUMBER(2, destroyed);
    REFUSES(wrong, "query", snow_query_where(a_record, "state", SNOW_EQ, "1", where));
    REFUSES(wrong, "query", snow_query_limit(a_client, 1, where));
    MAKES_NOTHING(wrong, "query", snow_query_encoded(a_record, where));
    REFUSES(wrong, "record", snow_record_set(a_query, "state", "6", where));
    MAKES_NOTHING(wrong, "record", snow_record_clone(a_query, where));
    REFUSES(wrong, "cursor", snow_cursor_next(a_record, &row, where));
    CHECK(row == NULL);
    REFUSES(wrong, "cursor", snow_cursor_cancel(a_client, where));
    MAKES_NOTHING(wrong, "client", snow_table_get(a_session, "incident", SYS_ID, NULL, where));
    MAKES_NOTHING(wrong, "query", snow_table_get(client, "incident", SYS_ID, a_record, where));
    MAKES_NOTHING(wrong, "query", snow_table_list(client, "incident", a_record, where));
    REFUSES(wrong, "query", snow_table_count(client, "incident", a_record, &count, where));
    MAKES_NOTHING(wrong, "record", snow_table_create(client, "incident", a_query, NULL, where));
    MAKES_NOTHING(wrong, "query", snow_table_create(client, "incident", record, a_record, where));
    MAKES_NOTHING(wrong, "query", snow_table_create_once(client, "t", record, a_record, NULL, where));
    MAKES_NOTHING(wrong, "query", snow_table_update(client, "t", SYS_ID, record, a_record, where));
    MAKES_NOTHING(wrong, "query", snow_table_replace(client, "t", SYS_ID, record, a_record, where));
    REFUSES(wrong, "query", snow_table_delete(client, "t", SYS_ID, a_record, where));
    MAKES_NOTHING(wrong, "query", snow_table_update_one(client, "t", a_record, record, where));
    REFUSES(wrong, "query", snow_table_delete_one(client, "t", a_record, where));

    CHECK_NUMBER(SNOW_OK, snow_error_status(a_record));
    CHECK_TEXT("", snow_error_message(a_record));
    CHECK_TEXT(NULL, snow_token_access_token(a_record));
    CHECK_NUMBER(-1, snow_token_expires_at(a_record));
    CHECK_TEXT(NULL, snow_client_url(a_session));
    CHECK_TEXT(NULL, snow_record_get(a_query, "state", NULL));
    CHECK_NUMBER(0, snow_record_field_count(a_query));
    CHECK_NUMBER(-1, snow_cursor_total(a_record));

    /* A handle is not freed by another noun's function. */
    snow_session_free(a_record);
    snow_query_free(a_record);
    snow_error_free(a_record);
    CHECK_TEXT("6", snow_record_get(record, "state", NULL));
}

/* Only a debug build of the library can tell; it keeps the last freed handles for that. */
static void freed_handles(const char *instance)
{
    const snow_status freed = SNOW_INVALID_HANDLE;
    const snow_record *row = garbage();
    free_all();
    REFUSES(freed, "session", snow_session_set_cookies(session, 1, where));
    MAKES_NOTHING(freed, "session", snow_client_new(instance, session, where));
    REFUSES(freed, "client", snow_client_close(client, 0, where));
    MAKES_NOTHING(freed, "client", snow_table_list(client, "incident", NULL, where));
    REFUSES(freed, "token", snow_token_save(token, "token.json", where));
    CHECK_TEXT(NULL, snow_token_refresh_token(token));
    REFUSES(freed, "query", snow_query_limit(query, 1, where));
    REFUSES(freed, "record", snow_record_set(record, "state", "6", where));
    CHECK_TEXT(NULL, snow_record_get(record, "state", NULL));
    REFUSES(freed, "cursor", snow_cursor_next(cursor, &row, where));
    CHECK(row == NULL);
    CHECK_NUMBER(0, snow_cursor_fetched(cursor));
    free_all();
}

int main(void)
{
    const char *instance = getenv("SNOW_INSTANCE");
    char *sent;
    make_all(instance);

    null_in_functions_without_an_error();
    null_is_freed();
    null_in_sessions();
    null_in_tokens_and_clients(instance);
    null_in_queries();
    null_in_records_and_tables();

    bad_utf8_in_sessions_tokens_and_clients(instance);
    bad_utf8_in_queries_records_and_tables();

    names_of_instances();
    names_of_tables_and_keys();
    changes_by_query();
    values_of_sessions();
    truth_values();
    options_by_name();
    tokens_that_are_none();
    clients_that_do_not_sign_in_with_oauth();
    records_that_are_none();

    operators();
    fields();
    values_of_conditions();
    forms_of_rows();
    order_of_calls();
    the_query_is_as_it_was();

    handles_of_another_kind(instance);
    freed_handles(instance);

    sent = control(instance, "GET", "/-/requests", "");
    CHECK_TEXT("[]", sent);
    free(sent);
    return check_result();
}
