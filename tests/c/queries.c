/*
 * Every kind of condition, asked of the instance SNOW_INSTANCE, which holds the rows of tests/c/queries and
 * whose clock stands at 2026-02-04 12:30:30, a Wednesday. Joe asks. A row is known by its number, one letter.
 */
#include "check.h"
#include "control.h"

static const char *instance;
static snow_client *client;
static snow_error *error;

/* The dynamic filter option "Me", and the hierarchy of managers. */
#define ME "90d1921e5f510100a9ad2572f2b477fe"
#define MANAGERS "fdd0fa0f93f5d2505bd0bd886cba1015"
/* Of the rows: incidents below incidents, and a tag of two of them. */
#define INCIDENTS "00000000000000000000000000000011"
#define TAG "00000000000000000000000000000021"

/* The numbers of the rows, in the order in which they came. */
static const char *rows_of(const char *table, snow_query *query)
{
    static char numbers[64];
    const snow_record *row;
    snow_status status;
    size_t length = 0;
    snow_cursor *cursor;
    CHECK_STATUS(SNOW_OK, snow_query_fields(query, "number", &error), error);
    cursor = snow_table_list(client, table, query, &error);
    CHECK(cursor != NULL);
    while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK && length < 63)
        numbers[length++] = *snow_record_get(row, "number", NULL);
    CHECK_STATUS(SNOW_DONE, status, error);
    numbers[length] = '\0';
    snow_cursor_free(cursor);
    return numbers;
}

/* The query `q`, made by these calls, selects these rows. */
#define SELECTS(expected, ...)                                     \
    do {                                                           \
        snow_query *q = snow_query_new(&error);                    \
        snow_status made = (__VA_ARGS__);                          \
        check_status(SNOW_OK, made, error, #__VA_ARGS__, __FILE__, __LINE__); \
        check_text((expected), rows_of("incident", q), #__VA_ARGS__, __FILE__, __LINE__); \
        snow_query_free(q);                                        \
    } while (0)

/* A query that is made elsewhere selects these rows and is written so. */
static void selects(const char *expected, const char *encoded, const char *table, snow_query *q)
{
    CHECK_TEXT(encoded, snow_query_encoded(q, &error));
    check_subject = encoded;
    CHECK_TEXT(expected, rows_of(table, q));
    check_subject = "";
    snow_query_free(q);
}

static void texts(void)
{
    SELECTS("ABCDEF", SNOW_OK);
    SELECTS("A", snow_query_where(q, "short_description", SNOW_EQ, "VPN down", &error));
    SELECTS("A", snow_query_where(q, "short_description", SNOW_EQ, "vpn DOWN", &error));
    SELECTS("BCDEF", snow_query_where(q, "short_description", SNOW_NE, "VPN down", &error));
    SELECTS("AB", snow_query_where(q, "short_description", SNOW_STARTS_WITH, "vpn", &error));
    SELECTS("A", snow_query_where(q, "short_description", SNOW_ENDS_WITH, "down", &error));
    SELECTS("BD", snow_query_where(q, "short_description", SNOW_CONTAINS, "slow", &error));
    SELECTS("B", snow_query_where(q, "short_description", SNOW_CONTAINS, "Z\xc3\x9cRICH", &error));
    SELECTS("ACEF", snow_query_where(q, "short_description", SNOW_NOT_CONTAINS, "slow", &error));
    SELECTS("B", snow_query_where(q, "description", SNOW_EQ, "x^y", &error));
    SELECTS("C", snow_query_where(q, "short_description", SNOW_CONTAINS, "2^10, j", &error));
    SELECTS("C", snow_query_where(q, "description", SNOW_CONTAINS, "% @", &error));
    /* Of a reference, what it displays. */
    SELECTS("AB", snow_query_where(q, "caller_id", SNOW_STARTS_WITH, "joe", &error));
    SELECTS("CF", snow_query_where(q, "caller_id", SNOW_ENDS_WITH, "SEAHORN", &error));
    SELECTS("B", snow_query_where_text(q, "vpn z\xc3\xbcrich", &error));
    SELECTS("CDF", snow_query_where(q, "number", SNOW_GE, "c", &error) ||
                       snow_query_where(q, "number", SNOW_NE, "E", &error));
}

static void numbers_truths_and_nothing(void)
{
    SELECTS("C", snow_query_where_int(q, "state", SNOW_EQ, 3, &error));
    SELECTS("DF", snow_query_where_int(q, "state", SNOW_GT, 3, &error));
    SELECTS("CDF", snow_query_where_int(q, "state", SNOW_GE, 3, &error));
    SELECTS("AB", snow_query_where_int(q, "state", SNOW_LT, 3, &error));
    SELECTS("ABC", snow_query_where_int(q, "state", SNOW_LE, 3, &error));
    SELECTS("BCF", snow_query_where_between(q, "state", "2", "9", &error));
    SELECTS("ABF", snow_query_where_bool(q, "active", SNOW_EQ, 1, &error));
    SELECTS("CE", snow_query_where_bool(q, "active", SNOW_EQ, 0, &error));
    SELECTS("CDE", snow_query_where_bool(q, "active", SNOW_NE, 1, &error));
    SELECTS("E", snow_query_where(q, "state", SNOW_EQ, NULL, &error));
    SELECTS("ABCDF", snow_query_where(q, "state", SNOW_NE, NULL, &error));
    SELECTS("E", snow_query_where(q, "caller_id", SNOW_EQ, "", &error));
    SELECTS("E", snow_query_where(q, "caller_id", SNOW_IS_EMPTY, NULL, &error));
    SELECTS("ABCDF", snow_query_where(q, "caller_id", SNOW_IS_NOT_EMPTY, NULL, &error));
    SELECTS("AE", snow_query_where(q, "description", SNOW_EMPTY_STRING, NULL, &error));
    SELECTS("ABCDEF", snow_query_where(q, "state", SNOW_ANYTHING, NULL, &error));
}

static void lists(void)
{
    const char *const states[] = {"1", "10", "77"}, *const words[] = {"x^y", "AFTER the update"};
    SELECTS("AD", snow_query_where_in(q, "state", states, 3, &error));
    SELECTS("A", snow_query_where_in(q, "state", states, 1, &error));
    SELECTS("BCEF", snow_query_where_not_in(q, "state", states, 3, &error));
    SELECTS("BD", snow_query_where_in(q, "description", words, 2, &error));
}

static void other_fields(void)
{
    SELECTS("ADEF", snow_query_where(q, "caller_id", SNOW_SAME_AS, "opened_by", &error));
    SELECTS("BC", snow_query_where(q, "caller_id", SNOW_NOT_SAME_AS, "opened_by", &error));
    SELECTS("B", snow_query_where(q, "opened_at", SNOW_SAME_AS, "resolved_at@day", &error));
    SELECTS("ABDF", snow_query_where(q, "state", SNOW_GT_FIELD, "reopen_count", &error));
    SELECTS("C", snow_query_where(q, "state", SNOW_LT_FIELD, "reopen_count", &error));
    SELECTS("ABC", snow_query_where(q, "state", SNOW_LE_FIELD, "priority", &error));
    SELECTS("ABCDF", snow_query_where(q, "state", SNOW_GE_FIELD, "priority", &error));
    SELECTS("AB", snow_query_where(q, "caller_id.department.name", SNOW_EQ, "it", &error));
    SELECTS("AE", snow_query_where(q, "parent_incident.number", SNOW_EQ, NULL, &error) ||
                      snow_query_where(q, "number", SNOW_NE, "D", &error));
    SELECTS("F", snow_query_where_int(q, "parent_incident.priority", SNOW_GE, 2, &error));
}

static void times(void)
{
    const int64_t feb_1 = 1769904000, feb_3 = 1770076800, opened_a = 1770207000;
    SELECTS("ABC", snow_query_where_time(q, "opened_at", SNOW_GE, feb_1, &error));
    SELECTS("DF", snow_query_where_time(q, "opened_at", SNOW_LT, feb_1, &error));
    SELECTS("A", snow_query_where_time(q, "opened_at", SNOW_EQ, opened_a, &error));
    SELECTS("ABC", snow_query_where_between_times(q, "opened_at", feb_1, opened_a, &error));
    SELECTS("BC", snow_query_where_between_times(q, "opened_at", feb_1, opened_a - 1, &error));
    SELECTS("BCD", snow_query_where_time(q, "resolved_at", SNOW_GE, feb_3, &error));
    SELECTS("AB", snow_query_where_script(q, "opened_at", SNOW_GE, "gs.daysAgoStart(1)", &error));
    SELECTS("AB", snow_query_where_script(q, "opened_at", SNOW_GT,
                                          "gs.dateGenerate('2026-02-03','23:59:59')", &error));
    SELECTS("D", snow_query_where_script(q, "opened_at", SNOW_BETWEEN,
                                         "gs.daysAgoStart(7)@javascript:gs.daysAgoEnd(7)", &error));
    SELECTS("AB", snow_query_where(q, "opened_at", SNOW_RELATIVE_GT, "@hour@ago@4", &error));
    SELECTS("BCDF", snow_query_where(q, "opened_at", SNOW_RELATIVE_LT, "@hour@ago@1", &error));
    SELECTS("C", snow_query_where(q, "opened_at", SNOW_RELATIVE_EE, "@day@ago@2", &error));
    SELECTS("B", snow_query_where(q, "due_date", SNOW_RELATIVE_LE, "@day@ahead@1", &error) ||
                     snow_query_where(q, "due_date", SNOW_RELATIVE_GE, "@hour@ahead@20", &error));
    SELECTS("CD", snow_query_where(q, "resolved_at", SNOW_MORE_THAN, "opened_at@day@after@1", &error));
    SELECTS("BF", snow_query_where(q, "resolved_at", SNOW_LESS_THAN, "opened_at@day@after@1", &error));
    SELECTS("C", snow_query_where(q, "opened_at", SNOW_DATE_PART,
                                  "Monday@javascript:gs.datePart('dayofweek','monday','EE')", &error));
}

/* Each of the stretches of time that pysnow knows by name. */
static void named_ranges(void)
{
    static const struct {
        const char *name, *rows;
    } ranges[] = {
        {"Today", "abcdefg"},
        {"Yesterday", "h"},
        {"Tomorrow", "i"},
        {"This week", "abcdefghi"},
        {"Last week", "jl"},
        {"Next week", "k"},
        {"This month", "abcdefghijk"},
        {"Last month", "lm"},
        {"Next month", "q"},
        {"Last 3 months", "abcdefghijklmno"},
        {"Last 6 months", "abcdefghijklmnopt"},
        {"Last 9 months", "abcdefghijklmnoptu"},
        {"Last 12 months", "abcdefghijklmnoptuvw"},
        {"This quarter", "abcdefghijklmq"},
        {"Last quarter", "nop"},
        {"Last 2 quarters", "abcdefghijklmnopq"},
        {"Next quarter", "r"},
        {"Next 2 quarters", "rs"},
        {"This year", "abcdefghijklmqrs"},
        {"Next year", "y"},
        {"Last year", "noptuvw"},
        {"Last 2 years", "abcdefghijklmnopqrstuvw"},
        {"Last 7 days", "abcdefghjl"},
        {"Last 30 days", "abcdefghjlm"},
        {"Last 60 days", "abcdefghjlmn"},
        {"Last 90 days", "abcdefghjlmno"},
        {"Last 120 days", "abcdefghjlmnop"},
        {"Current hour", "abcd"},
        {"Last hour", "e"},
        {"Last 2 hours", "abcdef"},
        {"Current minute", "a"},
        {"Last minute", "b"},
        {"Last 15 minutes", "abc"},
        {"Last 30 minutes", "abcd"},
        {"Last 45 minutes", "abcde"},
        {"One year ago", "abcdefghijklmnoptuv"},
    };
    size_t i;
    for (i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        snow_query *query = snow_query_new(&error);
        check_subject = ranges[i].name;
        CHECK_STATUS(SNOW_OK,
                     snow_query_where(query, "opened_at", SNOW_ON, ranges[i].name, &error), error);
        CHECK_TEXT(ranges[i].rows, rows_of("problem", query));
        snow_query_free(query);
    }
    CHECK_NUMBER(36, i);
    check_subject = "";
    SELECTS("A", snow_query_where(q, "opened_at", SNOW_ON, "Current hour", &error));
    SELECTS("CDEF", snow_query_where(q, "opened_at", SNOW_NOT_ON, "Today", &error));
    SELECTS("C", snow_query_where(q, "opened_at", SNOW_ON, "2026-02-02", &error));
    SELECTS("ABDEF", snow_query_where(q, "opened_at", SNOW_NOT_ON, "2026-02-02", &error));
    SELECTS("CD", snow_query_where(q, "opened_at", SNOW_ON,
                                   "Two weeks@2026-01-28 00:00:00@2026-02-02 08:00:00", &error));
}

static void what_an_instance_works_out(void)
{
    SELECTS("AB", snow_query_where_script(q, "caller_id", SNOW_EQ, "gs.getUserID()", &error));
    SELECTS("CDEF", snow_query_where_script(q, "caller_id", SNOW_NE, "gs.getUserID()", &error));
    SELECTS("AB", snow_query_where(q, "caller_id", SNOW_DYNAMIC, ME, &error));
    SELECTS("ABCDEF", snow_query_where(q, "sys_class_name", SNOW_INSTANCE_OF, "task", &error));
    /* Below A and A itself, as a parent; Joe and whom he manages, as a caller. */
    SELECTS("BCF", snow_query_where(q, "parent_incident", SNOW_IN_HIERARCHY,
                                    INCIDENTS "@00000000000000000000000000000141", &error));
    SELECTS("F", snow_query_where(q, "parent_incident", SNOW_IN_HIERARCHY,
                                  INCIDENTS "@00000000000000000000000000000142", &error));
    SELECTS("ABCF", snow_query_where(q, "caller_id", SNOW_IN_HIERARCHY_DYNAMIC,
                                     MANAGERS "@" ME, &error));
    SELECTS("BD", snow_query_where(q, "sys_tags." TAG, SNOW_EQ, TAG, &error));
    SELECTS("ACEF", snow_query_where(q, "sys_tags." TAG, SNOW_DOES_NOT_HAVE, TAG, &error));
    SELECTS("", snow_query_where(q, "sys_class_name", SNOW_INSTANCE_OF, "problem", &error));
}

static void what_joins_conditions(void)
{
    snow_query *q = snow_query_new(&error);
    CHECK_STATUS(SNOW_OK, snow_query_where_int(q, "priority", SNOW_LE, 2, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_or(q, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_where_int(q, "reopen_count", SNOW_GT, 3, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_where_bool(q, "active", SNOW_EQ, 1, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_new_query(q, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_where(q, "number", SNOW_EQ, "D", &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_order_by_desc(q, "priority", &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_order_by(q, "opened_at", &error), error);
    selects("DFBA",
            "priority<=2^ORreopen_count>3^active=true^NQnumber=D^ORDERBYDESCpriority^ORDERBYopened_at",
            "incident", q);

    /* What is added to a raw or a parsed query holds for each of its branches. */
    q = snow_query_new(&error);
    CHECK_STATUS(SNOW_OK, snow_query_where_bool(q, "active", SNOW_EQ, 1, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_raw(q, "priority=1^NQpriority=2^NQpriority=3", &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_where(q, "number", SNOW_NE, "B", &error), error);
    selects("AF",
            "active=true^priority=1^number!=B^NQactive=true^priority=2^number!=B"
            "^NQactive=true^priority=3^number!=B",
            "incident", q);

    /* A list groups; the Table API does not, and is not asked to. */
    q = snow_query_new(&error);
    CHECK_STATUS(SNOW_OK, snow_query_where_int(q, "priority", SNOW_EQ, 2, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_group_by(q, "state", &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_order_by_desc(q, "number", &error), error);
    control_do(instance, "DELETE", "/-/requests", "");
    selects("FB", "priority=2^GROUPBYstate^ORDERBYDESCnumber", "incident", q);
    {
        char *journal = control(instance, "GET", "/-/requests?path=/api/now/table", "");
        CHECK(strstr(journal, "ORDERBYDESCnumber") && !strstr(journal, "GROUPBY"));
        free(journal);
    }
}

static void records_of_other_tables(void)
{
    snow_query *inner = snow_query_new(&error), *q;
    SELECTS("AB", snow_query_where_related(q, "incident.parent_incident", SNOW_GE, 1, NULL, &error));
    SELECTS("A", snow_query_where_related(q, "incident.parent_incident", SNOW_GT, 1, NULL, &error));
    SELECTS("CDEF", snow_query_where_related(q, "incident.parent_incident", SNOW_EQ, 0, NULL, &error));
    CHECK_STATUS(SNOW_OK, snow_query_where(inner, "description", SNOW_EQ, "x^y", &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_or(inner, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_where_int(inner, "priority", SNOW_GT, 3, &error), error);

    q = snow_query_new(&error);
    CHECK_STATUS(SNOW_OK,
                 snow_query_where_related(q, "incident.parent_incident", SNOW_GE, 1, inner, &error),
                 error);
    CHECK_STATUS(SNOW_OK, snow_query_or(q, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_where(q, "number", SNOW_EQ, "E", &error), error);
    selects("AE",
            "RLQUERYincident.parent_incident,>=1,description=x^^y^ORpriority>3^ENDRLQUERY^ORnumber=E",
            "incident", q);
    snow_query_free(inner);

    inner = snow_query_new(&error);
    CHECK_STATUS(SNOW_OK, snow_query_where(inner, "group.name", SNOW_EQ, "Hard^ware", &error), error);
    q = snow_query_new(&error);
    CHECK_STATUS(SNOW_OK,
                 snow_query_where_join(q, "incident.caller_id", "sys_user_grmember.user", inner,
                                       &error),
                 error);
    CHECK_STATUS(SNOW_OK, snow_query_where_bool(q, "active", SNOW_EQ, 1, &error), error);
    selects("ABF",
            "JOINincident.caller_id=sys_user_grmember.user!group.name=Hard^^ware^active=true",
            "incident", q);
    snow_query_free(inner);
    SELECTS("DE", snow_query_raw(q, "caller_id.active=false^ORcaller_idISEMPTY", &error));
}

/* ---- texts of others ---- */

static void texts_are_parsed_and_written_as_they_were(void)
{
    static const struct {
        const char *rows, *text;
    } texts[] = {
        {"ABCDEF", ""},
        {"AF", "^reopen_count=0^EQ"},
        {"FBA", "ORDERBYopened_at^active=true^GROUPBYstate"},
        {"AC", "numberINA,B^state=1^NQstate=3^EQ"},
        {"B", "description=x^^y^caller_id.nameCONTAINSpublic"},
        {"AB", "opened_atONToday@javascript:gs.daysAgoStart(0)@javascript:gs.daysAgoEnd(0)"},
        {"A", "RLQUERYincident.parent_incident,>=1^priority=3^ENDRLQUERY"},
        {"ABCF", "JOINincident.caller_id=sys_user_grmember.user!group.name*ware"},
        {"C", "123TEXTQUERY321=printer^short_description!*vpn"},
    };
    size_t i;
    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        snow_query *query = snow_query_parse(texts[i].text, &error);
        CHECK(query != NULL);
        if (query)
            selects(texts[i].rows, texts[i].text, "incident", query);
    }
}

static void a_parsed_query_takes_more(void)
{
    snow_query *q = snow_query_parse("active=true^EQ^NQstate=10^ORDERBYnumber^EQ", &error);
    const snow_record *row;
    snow_cursor *cursor;
    CHECK(q != NULL);
    CHECK_STATUS(SNOW_OK, snow_query_fields(q, "number", &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_limit(q, 2, &error), error);
    CHECK_TEXT("active=true^EQ^NQstate=10^ORDERBYnumber^EQ", snow_query_encoded(q, &error));
    CHECK_TEXT("AB", rows_of("incident", q));
    CHECK_STATUS(SNOW_OK, snow_query_where_int(q, "priority", SNOW_NE, 1, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_limit(q, 9, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_order_by_desc(q, "state", &error), error);
    cursor = snow_table_list(client, "incident", q, &error);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    CHECK_TEXT("{\"number\":\"B\"}", snow_record_json(row, NULL));
    snow_cursor_free(cursor);
    selects("BDF",
            "active=true^priority!=1^NQstate=10^priority!=1^EQ^ORDERBYnumber^ORDERBYDESCstate^EQ",
            "incident", q);
}

/* ---- bad input ---- */

/* A call is refused with this message, word for word. */
#define SAYS(message, call)                                       \
    do {                                                          \
        CHECK_NUMBER(SNOW_INVALID_ARGUMENT, (call));              \
        check_text((message), snow_error_message(error), #call, __FILE__, __LINE__); \
        snow_error_free(error);                                   \
        error = NULL;                                             \
    } while (0)

#define NAMES                                                                                  \
    "; a field name holds letters, digits and _, with a dot between the steps of a dot-walk, " \
    "as in caller_id.name"

/* Conditions and options alike, also where the last condition waits for another. */
static void a_copy_goes_its_own_way(void)
{
    snow_query *query = snow_query_new(&error), *copy;
    CHECK_STATUS(SNOW_OK, snow_query_where(query, "short_description", SNOW_STARTS_WITH, "vpn", &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_limit(query, 1, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_or(query, &error), error);
    copy = snow_query_clone(query, &error);
    CHECK_STATUS(SNOW_OK, snow_query_where(copy, "number", SNOW_EQ, "C", &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_limit(copy, 3, &error), error);
    CHECK_STATUS(SNOW_OK, snow_query_where(query, "number", SNOW_EQ, "D", &error), error);
    selects("A", "short_descriptionSTARTSWITHvpn^ORnumber=D", "incident", query);
    selects("ABC", "short_descriptionSTARTSWITHvpn^ORnumber=C", "incident", copy);
}

static void bad_input_is_explained(void)
{
    const char *const comma[] = {"1", "Smith, Joe"};
    snow_query *q = snow_query_new(&error), *two = snow_query_parse("a=1^NQb=2", &error);
    SAYS("op: SNOW_BETWEEN takes two bounds; use snow_query_where_between",
         snow_query_where(q, "state", SNOW_BETWEEN, "1", &error));
    SAYS("high: is empty; for a range that is open on one side use SNOW_GE or SNOW_LE",
         snow_query_where_between(q, "state", "1", "", &error));
    SAYS("low: is greater than high, so that no row could match; exchange the bounds",
         snow_query_where_between(q, "state", "2", "1", &error));
    SAYS("low: is greater than high, so that no row could match; exchange the bounds",
         snow_query_where_between(q, "opened_at", "2026-02-02", "2026-02-01 23:59:59", &error));
    SAYS("low: is greater than high, so that no row could match; exchange the bounds",
         snow_query_where_between_times(q, "opened_at", 2, 1, &error));
    SAYS("low: holds @, which separates the bounds and has no escape; use SNOW_GE and SNOW_LE",
         snow_query_where_between(q, "email", "a@b", "c", &error));
    SAYS("op: SNOW_CONTAINS does not compare a point in time; accepted are SNOW_EQ, SNOW_NE, "
         "SNOW_LT, SNOW_LE, SNOW_GT and SNOW_GE",
         snow_query_where_time(q, "opened_at", SNOW_CONTAINS, 0, &error));
    SAYS("op: SNOW_LT does not compare a truth value; accepted are SNOW_EQ and SNOW_NE",
         snow_query_where_bool(q, "active", SNOW_LT, 1, &error));
    SAYS("value: is not a stretch of time; accepted are a day (2026-02-01), a preset (Today, Last 7 "
         "days, This month, ...), or label@start@end, where start and end are each a date or a date "
         "function of gs (javascript:gs.daysAgoStart(1))",
         snow_query_where(q, "short_description", SNOW_ON, "the morning", &error));
    SAYS("value: is not a stretch of time; accepted are a day (2026-02-01), a preset (Today, Last 7 "
         "days, This month, ...), or label@start@end, where start and end are each a date or a date "
         "function of gs (javascript:gs.daysAgoStart(1))",
         snow_query_where_int(q, "opened_at", SNOW_ON, 20260201, &error));
    SAYS("value: is not what the operator takes: @unit@ago@n or @unit@ahead@n, with one of the units "
         "minute, hour, day, dayofweek, week, month, quarter, year",
         snow_query_where(q, "opened_at", SNOW_RELATIVE_GT, "an hour ago", &error));
    SAYS("value: is NULL, and SNOW_LT compares with a value; accepted with NULL are SNOW_EQ (is "
         "empty), SNOW_NE (is not empty) and the operators that take no value",
         snow_query_where(q, "state", SNOW_LT, NULL, &error));
    SAYS("value: is NULL, and SNOW_CONTAINS compares with a value; accepted with NULL are SNOW_EQ (is "
         "empty), SNOW_NE (is not empty) and the operators that take no value",
         snow_query_where(q, "state", SNOW_CONTAINS, NULL, &error));
    SAYS("value: SNOW_IS_EMPTY takes no value; use snow_query_where with NULL",
         snow_query_where(q, "state", SNOW_IS_EMPTY, "1", &error));
    SAYS("value: is empty, and an instance drops SNOW_GT without a value; rows without one are found "
         "with SNOW_IS_EMPTY",
         snow_query_where(q, "state", SNOW_GT, "", &error));
    SAYS("values: is an empty list, which an instance reads as no condition; give at least one value",
         snow_query_where_in(q, "state", NULL, 0, &error));
    SAYS("values: is an empty list, which an instance reads as no condition; give at least one value",
         snow_query_where_not_in(q, "state", comma, 0, &error));
    SAYS("values[1]: holds a comma, which separates the values and has no escape; use SNOW_EQ for "
         "each value, joined by snow_query_or",
         snow_query_where_in(q, "name", comma, 2, &error));
    SAYS("field: has '^' at byte 5" NAMES, snow_query_where(q, "state^ORactive", SNOW_EQ, "1", &error));
    SAYS("field: has '=' at byte 5" NAMES, snow_query_where(q, "state=1", SNOW_EQ, "1", &error));
    SAYS("field: has '^' at byte 1" NAMES, snow_query_order_by(q, "a^b", &error));
    SAYS("field: has ' ' at byte 1" NAMES, snow_query_group_by(q, "a b", &error));
    SAYS("field: begins with OR, which an instance reads as a keyword; names of fields are in lower "
         "case",
         snow_query_where(q, "ORstate", SNOW_EQ, "1", &error));
    SAYS("value: holds '\\n'; a query cannot carry line breaks or other control characters",
         snow_query_where(q, "state", SNOW_EQ, "a\nb", &error));
    SAYS("value: begins with javascript:, which the instance would run; if that is meant, use "
         "snow_query_where_script",
         snow_query_where(q, "description", SNOW_EQ, "javascript:x", &error));
    SAYS("value: begins so that SNOW_LT before it would be read as the operator \"<=\"; such a value "
         "cannot be written",
         snow_query_where(q, "state", SNOW_LT, "=5", &error));
    SAYS("unix_seconds: is outside the years 1 to 9999; give seconds, not milliseconds, since 1970",
         snow_query_where_time(q, "opened_at", SNOW_GT, INT64_C(1769940000000), &error));
    SAYS("op: SNOW_CONTAINS does not compare a number of records; accepted are SNOW_EQ, SNOW_LT, "
         "SNOW_LE, SNOW_GT and SNOW_GE",
         snow_query_where_related(q, "incident.problem_id", SNOW_CONTAINS, 1, NULL, &error));
    SAYS("conditions: have several groups (^NQ), and only one can stand inside a query; give each a "
         "query of its own",
         snow_query_where_related(q, "incident.problem_id", SNOW_GE, 1, two, &error));
    SAYS("query: has no condition before it in this group; add one first", snow_query_or(q, &error));
    /* Nothing of it is in the query. */
    CHECK_TEXT("", snow_query_encoded(q, &error));
    snow_query_free(two);
    snow_query_free(q);
}

static void texts_that_cannot_be_parsed_say_where(void)
{
    static const struct {
        const char *text, *message;
    } texts[] = {
        {"state", "encoded: has no operator that is known here in the condition at byte 0; field, operator and value stand "
                  "without a space between them, as in priority<=2 or numberLIKE7, and snow_query_raw() sends a "
                  "text as it is"},
        {"active=true^state IN 1",
         "encoded: the field of the condition at byte 12: has ' ' at byte 5" NAMES},
        {"a=1^stateIN", "encoded: has no value at byte 11, after IN, which an instance drops without one"},
        {"stateBETWEEN1", "encoded: has no range at byte 12: BETWEEN takes two bounds with one @ between "
                          "them"},
        {"ORa=1", "encoded: has OR at byte 0 without a condition before it in its group"},
        {"a=1^NQ", "encoded: has ^NQ at byte 4 without a condition directly after it"},
        {"a=1^RLQUERYb.c,>=1", "encoded: has RLQUERY at byte 4 without ENDRLQUERY after it"},
        {"a=1^RLQUERYb,>=1^ENDRLQUERY",
         "encoded: has no related list at byte 11; accepted are table.field,>=1 and conditions up to "
         "^ENDRLQUERY"},
        {"a=1\tb", "encoded: holds '\\t' at byte 3; a query cannot carry line breaks or other control "
                   "characters"},
    };
    size_t i;
    for (i = 0; i < sizeof texts / sizeof *texts; i++) {
        check_subject = texts[i].text;
        CHECK(snow_query_parse(texts[i].text, &error) == NULL);
        CHECK_NUMBER(SNOW_INVALID_ARGUMENT, snow_error_status(error));
        CHECK_TEXT(texts[i].message, snow_error_message(error));
        snow_error_free(error);
    }
    check_subject = "";
}

/* What an instance refuses without a word, whichever call brings it. */
static void a_query_that_is_too_long(void)
{
    static char keys[500][33];
    const char *values[500];
    size_t i, ways;
    for (i = 0; i < 500; i++) {
        snprintf(keys[i], sizeof keys[i], "%032x", (unsigned)i);
        values[i] = keys[i];
    }
    for (ways = 0; ways < 3; ways++) {
        snow_query *q = snow_query_new(&error);
        snow_export *export = NULL;
        snow_cursor *cursor = NULL;
        const snow_record *row;
        uint64_t count;
        snow_status status;
        CHECK_STATUS(SNOW_OK, snow_query_where_in(q, "sys_id", values, 500, &error), error);
        if (ways == 2) {
            status = snow_table_count(client, "incident", q, &count, &error);
        } else {
            export = ways ? snow_export_new(client, "incident", q, &error) : NULL;
            cursor = ways ? snow_export_rows(export, &error)
                          : snow_table_list(client, "incident", q, &error);
            status = snow_cursor_next(cursor, &row, &error);
        }
        CHECK_STATUS(SNOW_BAD_REQUEST, status, error);
        CHECK(strstr(snow_error_message(error), "its URL has 1") != NULL);
        CHECK(strstr(snow_error_message(error), "ask with fewer values") != NULL);
        snow_error_free(error);
        snow_cursor_free(cursor);
        snow_export_free(export);
        snow_query_free(q);
    }
}

int main(void)
{
    instance = getenv("SNOW_INSTANCE");
    client = snow_client_new_basic(instance, "joe", "joe", &error);
    CHECK(client != NULL);
    texts();
    numbers_truths_and_nothing();
    lists();
    other_fields();
    times();
    named_ranges();
    what_an_instance_works_out();
    what_joins_conditions();
    records_of_other_tables();
    texts_are_parsed_and_written_as_they_were();
    a_copy_goes_its_own_way();
    a_parsed_query_takes_more();
    bad_input_is_explained();
    texts_that_cannot_be_parsed_say_where();
    a_query_that_is_too_long();
    snow_client_free(client);
    return check_result();
}
