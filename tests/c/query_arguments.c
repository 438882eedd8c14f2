/*
 * What a caller can get wrong with queries: each call gives its status, an error whose message begins with the
 * name of the argument, and the query stays as it was.
 */
#include "check.h"
#include "refusal.h"

static snow_client *client;
static snow_query *query;

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
    REFUSES(null, "values[1]", snow_query_where_in(query, "state", with_null, 2, where));
    REFUSES(null, "query", snow_query_where_not_in(NULL, "state", values, 2, where));
    REFUSES(null, "field", snow_query_where_not_in(query, NULL, values, 2, where));
    REFUSES(null, "values", snow_query_where_not_in(query, "state", NULL, 2, where));
    REFUSES(null, "values[1]", snow_query_where_not_in(query, "state", with_null, 2, where));
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
    MAKES_NOTHING(null, "query", snow_query_clone(NULL, where));
    MAKES_NOTHING(null, "encoded", snow_query_parse(NULL, where));
}

static void bad_utf8(void)
{
    const snow_status bad = SNOW_INVALID_UTF8;
    const char *const values[] = {"1"}, *const with_bad[] = {"1", BAD};
    REFUSES(bad, "field", snow_query_where(query, BAD, SNOW_EQ, "1", where));
    REFUSES(bad, "value", snow_query_where(query, "state", SNOW_EQ, BAD, where));
    REFUSES(bad, "field", snow_query_where_int(query, BAD, SNOW_EQ, 1, where));
    REFUSES(bad, "field", snow_query_where_bool(query, BAD, SNOW_EQ, 1, where));
    REFUSES(bad, "field", snow_query_where_time(query, BAD, SNOW_EQ, 1, where));
    REFUSES(bad, "field", snow_query_where_in(query, BAD, values, 1, where));
    REFUSES(bad, "values[1]", snow_query_where_in(query, "state", with_bad, 2, where));
    REFUSES(bad, "field", snow_query_where_not_in(query, BAD, values, 1, where));
    REFUSES(bad, "values[1]", snow_query_where_not_in(query, "state", with_bad, 2, where));
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
}

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

static void truth_values(void)
{
    static const int32_t no_truths[] = {2, -1, INT32_MAX, INT32_MIN};
    const snow_status invalid = SNOW_INVALID_ARGUMENT;
    size_t i;
    for (i = 0; i < sizeof no_truths / sizeof *no_truths; i++) {
        int32_t no = no_truths[i];
        REFUSES(invalid, "exclude", snow_query_exclude_reference_link(query, no, where));
        REFUSES(invalid, "without", snow_query_no_count(query, no, where));
        REFUSES(invalid, "all", snow_query_no_domain(query, no, where));
        REFUSES(invalid, "display", snow_query_input_display_value(query, no, where));
        REFUSES(invalid, "suppress", snow_query_suppress_auto_sys_field(query, no, where));
        REFUSES(invalid, "value", snow_query_where_bool(query, "active", SNOW_EQ, no, where));
    }
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

int main(void)
{
    const char *instance = getenv("SNOW_INSTANCE");
    begin(&error);
    client = snow_client_new_basic(instance, "admin", "admin", where);
    CHECK(client && !error);
    begin(&error);
    query = snow_query_new(where);
    CHECK(query && !error);

    null_in_queries();
    bad_utf8();
    operators();
    fields();
    values_of_conditions();
    truth_values();
    forms_of_rows();
    order_of_calls();
    the_query_is_as_it_was();

    check_nothing_was_sent(instance);
    snow_query_free(query);
    snow_client_free(client);
    return check_result();
}
