/*
 * Conditions and fields that an instance leaves out without a word, or for which it gives no row at all: an
 * export does not pass for what was asked for.
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

#define RUN "{\"scripts\":\"evaluate\"}"
#define IGNORED "{\"scripts\":\"ignore\"}"
#define DROP "{\"invalid_query\":\"drop\"}"
#define NO_ROWS "{\"invalid_query\":\"no_rows\"}"
#define MONDAY "opened_atDATEPARTMonday@javascript:gs.datePart('dayofweek','monday','EE')"
#define TODAY "opened_atONToday@javascript:gs.beginningOfToday()@javascript:gs.endOfToday()"
#define SINCE "opened_atBETWEENjavascript:gs.daysAgoStart(3)@javascript:gs.daysAgoEnd(0)"

/* What an instance leaves out beside fields, or answers with no row at all; and what looks like that. */
static void what_else_is_left_out(void)
{
    static const struct {
        const char *settings, *table, *query;
        /* What the error names; NULL where the instance understands. */
        const char *named;
    } cases[] = {
        { RUN, "incident", "opened_at>javascript:gs.daysAgoStart(3)", NULL },
        { RUN, "incident", "opened_at<javascript:gs.daysAgoStart(-36500)", NULL },
        { RUN, "incident", TODAY, NULL },
        { RUN, "incident", SINCE, NULL },
        { RUN, "incident", MONDAY, NULL },
        { RUN, "incident", "caller_idINjavascript:gs.getUserID()", NULL },
        { RUN, "incident", "active=true^opened_at>javascript:gs.nothing()", "\"opened_at\", whose value is a script" },
        { RUN, "incident", "opened_atSAMEASclosed_at@day", NULL },
        { RUN, "incident", "opened_atRELATIVELT@minute@ago@1", NULL },
        { RUN, "incident", "opened_atRELATIVEGE@year@ago@90", NULL },
        { RUN, "incident", "opened_atRELATIVEEE@year@ago@90", NULL },
        { RUN, "incident", "opened_atNOTONx@2020-01-01 00:00:00@2020-01-02 00:00:00", NULL },
        { RUN, "incident", "assigned_toDYNAMIC90d1921e5f510100a9ad2572f2b477fe", NULL },
        { RUN, "incident", "opened_atSAMEASclosd_at@day", "\"closd_at\"" },
        { RUN, "incident", "opened_atMORETHANclosd_at@day@before@1", "\"closd_at\"" },
        { RUN, "incident", "active=true^impactGT_FIELDcaller_id.nope", "\"caller_id.nope\"" },
        { RUN, "incident", "opened_atONToday", "\"opened_at\"" },
        { RUN, "incident", "opened_atRELATIVEGT@hours@ago@1", "\"opened_at\"" },
        { RUN, "incident", "assigned_toDYNAMICffffffffffffffffffffffffffffffff", "\"assigned_to\"" },
        { NO_ROWS, "incident", "opened_atSAMEASclosd_at", "\"closd_at\"" },
        { NO_ROWS, "incident", "opened_atONToday", "\"opened_at\"" },
        { IGNORED, "incident", "opened_at>javascript:gs.daysAgoStart(3)", "\"opened_at\", whose value is a script" },
        { IGNORED, "incident", "active=true^" TODAY, "\"opened_at\"" },
        { IGNORED, "incident", "active=true^NQ" SINCE, "\"opened_at\"" },
        { IGNORED, "incident", "active=true^" MONDAY, "\"opened_at\"" },
        { IGNORED, "incident", "caller_idINjavascript:gs.getUserID()", "\"caller_id\"" },
        { IGNORED, "problem", "RLQUERYincident.problem_id,>=1,opened_at>javascript:gs.daysAgo(3)^ENDRLQUERY",
          "\"opened_at\", whose value is a script, in the related list" },
        { RUN, "problem", "RLQUERYincident.problem_id,>=1^ENDRLQUERY", NULL },
        { RUN, "problem", "RLQUERYincident.problem_id,>=0^ENDRLQUERY", NULL },
        { RUN, "problem", "RLQUERYincident.problem_id,>=1,priority>0^ENDRLQUERY", NULL },
        { RUN, "problem", "RLQUERYincident.problem_id,=0,priority=9^ENDRLQUERY", NULL },
        { RUN, "problem", "RLQUERYincident.problm_id,>=1^ENDRLQUERY", "\"incident.problm_id\"" },
        { RUN, "problem", "RLQUERYincidnt.problem_id,>=1^ENDRLQUERY", "\"incidnt.problem_id\"" },
        { RUN, "problem", "priority=1^RLQUERYincidnt.problem_id,=0^ENDRLQUERY", "\"incidnt.problem_id\"" },
        { RUN, "problem", "RLQUERYincident.problem_id,>=1,priorty=1^ENDRLQUERY", "\"priorty\"" },
        { RUN, "problem", "RLQUERYincident.problem_id,=0,active=true^ORpriorty=1^ENDRLQUERY", "\"priorty\"" },
        { RUN, "sys_user", "JOINsys_user.sys_id=incident.caller_id", NULL },
        { RUN, "sys_user", "JOINsys_user.sys_id=incident.caller_id!numberISNOTEMPTY", NULL },
        { RUN, "sys_user", "JOINsys_user.sys_id=incident.caller_id!number=x", NULL },
        { RUN, "sys_user", "JOINsys_user.sys_id=incident.caller_id!assigned_toISNOTEMPTY", NULL },
        { RUN, "sys_user", "JOINsys_user.sys_id=incident.caler_id", "incident.caler_id\"" },
        { RUN, "sys_user", "JOINsys_user.sys_id=incidnt.caller_id", "incidnt.caller_id\"" },
        { RUN, "sys_user", "JOINsys_user.sys_idd=incident.caller_id", "sys_idd=" },
        { RUN, "sys_user", "JOINsys_user.sys_id=incident.caller_id!nmber=x", "\"nmber\"" },
        { NO_ROWS, "incident", "stat=1", "\"stat\"" },
        { NO_ROWS, "incident", "state=1^caller_id.nope=2", "\"caller_id.nope\"" },
        { NO_ROWS, "incident", "ORDERBYnope", "order by \"nope\"" },
        { NO_ROWS, "incident", "opened_at>javascript:gs.nothing()", "\"opened_at\"" },
        { NO_ROWS, "problem", "RLQUERYincidnt.problem_id,>=1^ENDRLQUERY", "\"incidnt.problem_id\"" },
        { NO_ROWS, "sys_user", "JOINsys_user.sys_id=incidnt.caller_id", "incidnt.caller_id\"" },
        { DROP, "incident", "active=true^short_descriptionLIKE", "a condition on \"short_description\"" },
        { DROP, "incident", "number", "a condition" },
        { NO_ROWS, "incident", "active=true^short_descriptionLIKE", "a condition on \"short_description\"" },
        { NO_ROWS, "incident", " ", "a condition" },
        { NO_ROWS, "incident", "state=no such state^ORDERBYnumber", NULL },
        { NO_ROWS, "problem", "RLQUERYincident.problem_id,>=1000^ENDRLQUERY", NULL },
        { NO_ROWS, "sys_user", "JOINsys_user.sys_id=incident.caller_id!number=x", NULL },
        { NO_ROWS, "sys_user", "user_name=javascript:gs.getUserID()", NULL },
        { DROP, "label_entry", "table=x", NULL },
    };
    snow_record *problem = snow_table_first(client, "problem", NULL, &error), *fields, *incident, *changed;
    size_t i;
    incident = snow_table_first(client, "incident", NULL, &error);
    fields = snow_record_new(&error);
    snow_record_set(fields, "problem_id", snow_record_get(problem, "sys_id", NULL), &error);
    changed = snow_table_update(client, "incident", snow_record_get(incident, "sys_id", NULL), fields, NULL, &error);
    CHECK(changed != NULL);
    for (i = 0; i < sizeof cases / sizeof *cases; i += is_slow ? 5 : 1) {
        struct keys keys = { 0 };
        snow_query *query = snow_query_new(&error);
        snow_export *export;
        snow_status status;
        uint64_t expected = 0;
        char subject[256];
        snprintf(subject, sizeof subject, "%s with %s", cases[i].query, cases[i].settings);
        check_subject = subject;
        /* As it is: some of these are no query that would be parsed. */
        CHECK_STATUS(SNOW_OK, snow_query_raw(query, cases[i].query, &error), error);
        export = snow_export_new(client, cases[i].table, query, &error);
        CHECK(export != NULL);
        control_do(instance, "PATCH", "/-/settings", cases[i].settings);
        status = export_read(export, &keys, &error);
        if (!cases[i].named) {
            CHECK_STATUS(SNOW_DONE, status, error);
            CHECK_STATUS(SNOW_OK, snow_table_count(client, cases[i].table, query, &expected, &error), error);
            CHECK_NUMBER(expected, keys.count);
        } else {
            if (!CHECK(error && strstr(snow_error_message(error), cases[i].named) != NULL))
                fprintf(stderr, "    is %s\n", error ? snow_error_message(error) : "no error");
            CHECK_NUMBER(0, keys.count);
            failed(SNOW_QUERY_IGNORED, status);
        }
        control_do(instance, "PATCH", "/-/settings", RUN);
        control_do(instance, "PATCH", "/-/settings", DROP);
        check_subject = "";
        keys_free(&keys);
        snow_export_free(export);
        snow_query_free(query);
    }
    snow_record_free(changed);
    snow_record_free(incident);
    snow_record_free(fields);
    snow_record_free(problem);
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

static void incidents_are_keyless(const char *how)
{
    char json[80];
    snprintf(json, sizeof json, "{\"keyless_tables\":{%s%s}}", *how ? "\"incident\":" : "", how);
    control_do(instance, "PATCH", "/-/settings", json);
}

/* Of a table that cannot be asked for by key, such as a database view, each part would be all of it. */
static void a_table_that_has_no_keys(void)
{
    static const char *const ways[] = { "\"without_keys\"", "\"with_keys\"", "\"without_keys\"" };
    size_t w, o;
    for (w = 0; w < 3; w++) {
        incidents_are_keyless(ways[w]);
        control_do(instance, "PATCH", "/-/settings", w == 2 ? NO_ROWS : DROP);
        for (o = 0; o < 3; o++) {
            struct keys keys = { 0 };
            snow_query *query = snow_query_new(&error);
            snow_export *export;
            snow_status status;
            check_subject = ways[w];
            CHECK_STATUS(SNOW_OK, snow_query_page_size(query, 100, &error), error);
            export = export_of(query, orders[o], 4);
            status = export_read(export, &keys, &error);
            CHECK(strstr(snow_error_message(error), "sys_id") != NULL);
            failed(SNOW_QUERY_IGNORED, status);
            /* Rows that have keys may come before that is known, but none comes twice. */
            CHECK(w == 1 || keys.count == 0);
            CHECK_NUMBER(0, keys_doubled(&keys));
            keys_free(&keys);
            snow_export_free(export);
        }
    }
    control_do(instance, "PATCH", "/-/settings", DROP);
    check_subject = "";
    incidents_are_keyless("");
}

/* An instance that does not count shows a row that cannot be; and it is asked also where it serves one call at a time. */
static void a_table_that_has_no_keys_nor_counts(void)
{
    snow_client *others = client;
    snow_session *session = snow_session_new(&error);
    struct keys keys = { 0 };
    snow_export *export;
    snow_status status;
    CHECK_STATUS(SNOW_OK, snow_session_set_basic_auth(session, "admin", "admin", &error), error);
    CHECK_STATUS(SNOW_OK, snow_session_set_max_in_flight(session, 1, &error), error);
    CHECK_STATUS(SNOW_OK, snow_session_set_timeouts(session, 30000, 5000, &error), error);
    client = snow_client_new(instance, session, &error);
    snow_session_free(session);
    incidents_are_keyless("\"without_keys\"");
    fault("\"count\":0,", "{\"kind\":\"header\",\"name\":\"X-Total-Count\"}");
    /* Whole rows, so that an answer is still on its way. */
    export = export_of(snow_query_new(&error), SNOW_ORDER_ANY, 1);
    status = export_read(export, &keys, &error);
    failed(SNOW_QUERY_IGNORED, status);
    CHECK_NUMBER(0, keys.count);
    no_faults();
    incidents_are_keyless("");
    keys_free(&keys);
    snow_export_free(export);
    snow_client_free(client);
    client = others;
}

/* What one page holds needs no key, unless that page breaks off. */
static void a_table_that_has_no_keys_in_one_page(void)
{
    size_t o;
    int breaks;
    incidents_are_keyless("\"without_keys\"");
    for (breaks = 0; breaks < 2; breaks++)
        for (o = 0; o < 2; o++) {
            struct keys keys = { 0 };
            snow_query *query = snow_query_new(&error);
            snow_export *export;
            snow_status status;
            CHECK_STATUS(SNOW_OK, snow_query_page_size(query, (uint32_t)total, &error), error);
            CHECK_STATUS(SNOW_OK, snow_query_limit(query, total, &error), error);
            export = export_of(query, orders[o], 4);
            if (breaks)
                fault("\"count\":1,", "{\"kind\":\"cut\",\"at\":\"seed\"}");
            status = export_read(export, &keys, &error);
            /* A page of which no row came is asked for again. */
            if (!breaks || status == SNOW_DONE) {
                CHECK_STATUS(SNOW_DONE, status, error);
                CHECK_NUMBER(total, keys.count);
            } else {
                CHECK(keys.count <= total);
                failed(SNOW_QUERY_IGNORED, status);
            }
            no_faults();
            keys_free(&keys);
            snow_export_free(export);
        }
    incidents_are_keyless("");
}

int main(int count, char **arguments)
{
    incidents_begin(count, arguments);
    a_query_that_is_left_out();
    what_else_is_left_out();
    a_field_that_vanishes();
    a_condition_that_is_left_out_at_the_end();
    a_table_that_has_no_keys();
    a_table_that_has_no_keys_nor_counts();
    make_calls_again();
    a_table_that_has_no_keys_in_one_page();
    return incidents_end();
}
