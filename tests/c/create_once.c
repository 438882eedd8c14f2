/*
 * A create whose answer is lost, in every way in which it can be. The instance is SNOW_INSTANCE.
 */
#include "check.h"
#include "control.h"

#define TABLE "/api/now/table/incident"
#define KEY "0123456789abcdef0123456789abcdef"

static const char *instance;
static snow_client *client;
static snow_error *error;

static void fault(const char *method, const char *kind)
{
    char order[512];
    control_do(instance, "DELETE", "/-/faults", "");
    snprintf(order, sizeof order, "{\"path\":\"" TABLE "\",\"method\":\"%s\",\"count\":1,\"fault\":%s}",
             method, kind);
    control_do(instance, "POST", "/-/faults", order);
}

static uint64_t count(void)
{
    snow_query *query = snow_query_new(&error);
    uint64_t rows = 0;
    snow_query_where(query, "short_description", SNOW_EQ, "once", &error);
    CHECK_STATUS(SNOW_OK, snow_table_count(client, "incident", query, &rows, &error), error);
    snow_query_free(query);
    return rows;
}

/* Creates it; with a key or without one. Gives the key that it has. */
static const char *created(const char *key, snow_created expected)
{
    static char has[64];
    snow_record *fields = snow_record_new(&error), *record;
    const char *shown;
    snow_created became = 42;
    snow_record_set(fields, "short_description", "once", &error);
    if (key)
        snow_record_set(fields, "sys_id", key, &error);
    record = snow_table_create_once(client, "incident", fields, NULL, &became, &error);
    CHECK_NUMBER(expected, became);
    CHECK((record != NULL) == (expected != SNOW_CREATED_UNKNOWN));
    shown = record ? snow_record_get(record, "sys_id", NULL) : NULL;
    snprintf(has, sizeof has, "%s", shown ? shown : "");
    snow_record_free(record);
    snow_record_free(fields);
    return has;
}

/* An instance gives what is no key of its own kind another key, and does not find it again. */
static void a_key_is_32_hex_digits(void)
{
    static const char *const bad[] = {
        "abc",
        "global",
        "0123456789ABCDEF0123456789ABCDEF",
        "0123456789abcdef0123456789abcdeF",
        "0123456789abcdef0123456789abcde",
        "0123456789abcdef0123456789abcdef0",
        "0123456789abcdef0123456789abcdeg",
        "01234567-89ab-cdef-0123-456789abcdef",
    };
    size_t i;
    control_do(instance, "DELETE", "/-/requests", "");
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        check_subject = bad[i];
        created(bad[i], SNOW_CREATED_UNKNOWN);
        CHECK_NUMBER(SNOW_INVALID_ARGUMENT, snow_error_status(error));
        CHECK_ARGUMENT("record", error);
        CHECK(strstr(snow_error_message(error), "32 hexadecimal digits") != NULL);
        CHECK(!snow_error_maybe_applied(error));
        snow_error_free(error);
        error = NULL;
    }
    check_subject = "";
    CHECK_NUMBER(0, control_count(instance, "/"));
    /* Without a key one is made, and so with an empty one. */
    CHECK_NUMBER(32, strlen(created("", SNOW_CREATED_NEW)));
}

int main(void)
{
    static const char *const lost[] = {
        "{\"kind\":\"reset_after\"}",
        "{\"kind\":\"commit_then_cancelled\"}",
        "{\"kind\":\"cut\",\"at\":20}",
    };
    static const char *const not_done[] = {
        "{\"kind\":\"reset_before\"}",
        "{\"kind\":\"gateway\",\"status\":502}",
        "{\"kind\":\"answer\",\"status\":500,\"body\":\"\"}",
    };
    char key[33];
    uint64_t before;
    size_t i;
    instance = getenv("SNOW_INSTANCE");
    client = snow_client_new_basic(instance, "admin", "admin", &error);

    /* The answer comes. */
    CHECK_NUMBER(32, strlen(created(NULL, SNOW_CREATED_NEW)));
    CHECK_TEXT(KEY, created(KEY, SNOW_CREATED_NEW));
    CHECK_NUMBER(2, count());

    /* The same again creates nothing. */
    CHECK_TEXT(KEY, created(KEY, SNOW_CREATED_FOUND));
    CHECK_NUMBER(2, count());

    /* It was created, and the answer was lost. */
    for (i = 0; i < sizeof lost / sizeof *lost; i++) {
        before = count();
        check_subject = lost[i];
        fault("POST", lost[i]);
        CHECK_NUMBER(32, strlen(created(NULL, SNOW_CREATED_FOUND)));
        CHECK_NUMBER(before + 1, count());
    }

    /* It was not created, and nobody can tell; the same again does. */
    for (i = 0; i < sizeof not_done / sizeof *not_done; i++) {
        before = count();
        check_subject = not_done[i];
        snprintf(key, sizeof key, "%032x", (unsigned)(1000 + i));
        fault("POST", not_done[i]);
        created(key, SNOW_CREATED_UNKNOWN);
        CHECK(snow_error_maybe_applied(error));
        snow_error_free(error);
        CHECK_NUMBER(before, count());
        CHECK_TEXT(key, created(key, SNOW_CREATED_NEW));
        CHECK_NUMBER(before + 1, count());
    }

    /* The look-up fails as well. */
    before = count();
    check_subject = "lost twice";
    fault("POST", "{\"kind\":\"reset_after\"}");
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"" TABLE "\",\"method\":\"GET\",\"count\":0,\"fault\":{\"kind\":\"answer\","
               "\"status\":500,\"body\":\"\"}}");
    snprintf(key, sizeof key, "%032x", 2000u);
    created(key, SNOW_CREATED_UNKNOWN);
    CHECK(snow_error_maybe_applied(error));
    CHECK_TEXT("POST", snow_error_method(error));
    snow_error_free(error);
    control_do(instance, "DELETE", "/-/faults", "");
    CHECK_TEXT(key, created(key, SNOW_CREATED_FOUND));
    CHECK_NUMBER(before + 1, count());

    /* A refusal is a refusal, and nothing is looked up. */
    check_subject = "refused";
    fault("POST", "{\"kind\":\"answer\",\"status\":403,\"body\":\"\"}");
    control_do(instance, "DELETE", "/-/requests", "");
    created(KEY, SNOW_CREATED_UNKNOWN);
    CHECK_NUMBER(SNOW_FORBIDDEN, snow_error_status(error));
    CHECK(!snow_error_maybe_applied(error));
    snow_error_free(error);
    CHECK_NUMBER(1, control_count(instance, TABLE));

    /* An instance that gives a key of its own says so by its answer. */
    check_subject = "another key";
    control_do(instance, "POST", "/-/rules",
               "{\"kind\":\"acl\",\"table\":\"incident\",\"operation\":\"write\",\"field\":\"sys_id\","
               "\"roles\":[\"nobody\"],\"admin_overrides\":false}");
    snprintf(key, sizeof key, "%032x", 3000u);
    CHECK(strcmp(key, created(key, SNOW_CREATED_UNDER_ANOTHER_KEY)) != 0);
    control_do(instance, "DELETE", "/-/rules", "");

    /* One whose answer shows none is asked for the key that it should have. */
    check_subject = "no key";
    fault("POST", "{\"kind\":\"answer\",\"status\":201,\"headers\":[[\"Content-Type\",\"application/json\"]],"
                  "\"body\":\"{\\\"result\\\":{\\\"short_description\\\":\\\"once\\\"}}\"}");
    snprintf(key, sizeof key, "%032x", 4000u);
    created(key, SNOW_CREATED_UNDER_ANOTHER_KEY);
    check_subject = "";

    a_key_is_32_hex_digits();

    snow_client_free(client);
    return check_result();
}
