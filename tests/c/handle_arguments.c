/*
 * Handles that are none: NULL where there is no error to tell of it, a handle of another kind, and one that was
 * freed. What is no such handle is refused, and left alone.
 */
#include "check.h"
#include "refusal.h"

static const char SYS_ID[] = "46d44a23a9fe19810012d100cca80666";

static snow_session *session;
static snow_client *client, *oauth_client;
static snow_token *token;
static snow_query *query;
static snow_record *record;
static snow_cursor *cursor;
static int destroyed;

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

static int32_t handle_token(void *user_data, const snow_token *new_token)
{
    (void)user_data;
    (void)new_token;
    return SNOW_HANDLED;
}

static void an_error_that_is_null(void)
{
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
    CHECK_TEXT("SNOW_UNKNOWN", snow_status_name(INT32_MIN));
    CHECK_TEXT("SNOW_UNKNOWN", snow_status_name(INT32_MAX));
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
    MAKES_NOTHING(wrong, "query", snow_query_clone(a_record, where));
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
    make_all(instance);
    an_error_that_is_null();
    null_is_freed();
    handles_of_another_kind(instance);
    freed_handles(instance);
    check_nothing_was_sent(instance);
    return check_result();
}
