/*
 * The catalogue of what an instance, and what is in front of it, can answer in place of an answer: for
 * each fault and each kind of call the status, whether the call is worth repeating, whether a write may
 * have happened, and the instance's own words.
 *
 * And of every error in it: the texts hold no secret, a write went out once, the rows of a spoilt page
 * do not come out, and the same client and cursor go on when the fault is over.
 *
 * The instance is SNOW_INSTANCE, and SNOW_OTHER_INSTANCE is where redirects lead to.
 */

#include "clients.h"
#include "failing_calls.h"

#define TOKEN "/oauth_token.do"

static const char *other;

/* The fault is over: the cursor that failed gives its first row. */
static void goes_on(snow_cursor *list)
{
    snow_error *error = NULL;
    const snow_record *row = NULL;
    CHECK_STATUS(SNOW_OK, snow_cursor_next(list, &row, &error), error);
    CHECK(row != NULL && snow_record_get(row, "number", NULL) != NULL);
    CHECK_NUMBER(1, snow_cursor_fetched(list));
    snow_error_free(error);
    snow_cursor_free(list);
}

static void arm(const char *path, const char *fault)
{
    char order[2048];
    snprintf(order, sizeof order, "{\"path\":\"%s\",\"count\":0,\"fault\":%s}", path, fault);
    control_do(instance, "DELETE", "/-/faults", "");
    control_do(instance, "DELETE", "/-/requests", "");
    control_do(instance, "POST", "/-/faults", order);
}

/* ---- the table ---- */

/* Which calls are worth repeating. */
enum retry { NEVER, IF_IDEMPOTENT, ALWAYS };

/* Which calls may have happened. */
enum applied { SURELY_NOT, IF_WRITE };

/* Which calls the fault can strike: a list alone has rows, and a deletion has no body. */
enum strikes { ALL, LISTS, BODIES };

/* Some time that is still to come, and that the test does not know to the millisecond. */
#define IN_THE_FUTURE (-2)

/* The status that the call would have been answered with: its answer began. */
#define ANSWERED (-1)
/* Until the next window of the rate rule. */
#define WINDOW (-3)

struct fault {
    const char *name, *fault;
    enum strikes strikes;
    snow_status status;
    int http_status;
    enum retry retry;
    enum applied applied;
    int64_t retry_after;
    const char *message, *detail;
};

#define ANSWER(status, type, body)                                                        \
    "{\"kind\":\"answer\",\"status\":" #status ",\"headers\":[[\"Content-Type\",\"" type \
    "\"]],\"body\":\"" body "\"}"
#define JSON(status, body) ANSWER(status, "application/json;charset=UTF-8", body)
#define WORDS(message, detail) \
    "{\\\"error\\\":{\\\"message\\\":\\\"" message "\\\",\\\"detail\\\":\\\"" detail "\\\"},\\\"status\\\":\\\"failure\\\"}"

#define ACL "ACL Exception Insert Failed due to security constraints"
#define RULE                                                                                  \
    "Operation against file 'incident' was aborted by Business Rule 'Check caller^5d3e'. "    \
    "Business Rule Stack:Check caller"
#define CANCELLED "Transaction cancelled: maximum execution time exceeded"
#define CANCELLED_DETAIL                                                                       \
    CANCELLED ". Check logs for error trace or enable glide.rest.debug property to verify REST " \
              "request processing"
#define PARTIAL_DETAIL                                                                        \
    CANCELLED " Check logs for error trace or enable glide.rest.debug property to verify REST " \
              "request processing"

static const struct fault faults[] = {
    /* Pages in place of answers. */
    {"hibernating", "{\"kind\":\"hibernating\"}", ALL, SNOW_HIBERNATING, 200, NEVER, SURELY_NOT,
     NOT_SAID, NULL, NULL},
    {"outage page", "{\"kind\":\"outage\"}", ALL, SNOW_UNAVAILABLE, 200, IF_IDEMPOTENT, IF_WRITE,
     NOT_SAID, NULL, NULL},
    {"login page", "{\"kind\":\"login_page\"}", ALL, SNOW_LOGIN_PAGE, 200, NEVER, SURELY_NOT,
     NOT_SAID, NULL, NULL},
    {"another page", ANSWER(200, "text/html", "<html><body>Welcome</body></html>"), ALL,
     SNOW_UNEXPECTED_ANSWER, 200, NEVER, IF_WRITE, NOT_SAID, NULL, NULL},
    {"302 to a login page",
     "{\"kind\":\"redirect\",\"status\":302,\"location\":\"/login.do?ticket=planted\"}", ALL,
     SNOW_LOGIN_PAGE, 302, NEVER, SURELY_NOT, NOT_SAID, NULL, NULL},
    {"302 to a single sign-on",
     "{\"kind\":\"redirect\",\"status\":302,"
     "\"location\":\"https://sso.example.com/saml2?SAMLRequest=planted\"}",
     ALL, SNOW_LOGIN_PAGE, 302, NEVER, SURELY_NOT, NOT_SAID, NULL, NULL},

    /* Refusals. */
    {"400", JSON(400, "{\\\"error\\\":{\\\"message\\\":\\\"Invalid table nosuch\\\",\\\"detail\\\":null}}"), ALL, SNOW_BAD_REQUEST, 400, NEVER,
     SURELY_NOT, NOT_SAID, "Invalid table nosuch", NULL},
    {"401", "{\"kind\":\"unauthorized\"}", ALL, SNOW_UNAUTHENTICATED, 401, NEVER, SURELY_NOT,
     NOT_SAID, "User Not Authenticated", "Required to provide Auth information"},
    {"403 of an access control", JSON(403, WORDS("Operation Failed", ACL)), ALL, SNOW_FORBIDDEN,
     403, NEVER, SURELY_NOT, NOT_SAID, "Operation Failed", ACL},
    {"403 of a business rule", JSON(403, WORDS("Operation Failed", RULE)), ALL, SNOW_FORBIDDEN, 403,
     NEVER, SURELY_NOT, NOT_SAID, "Operation Failed", RULE},
    {"404",
     JSON(404, WORDS("No Record found", "Record doesn't exist or ACL restricts the record retrieval")),
     ALL, SNOW_NOT_FOUND, 404, NEVER, SURELY_NOT, NOT_SAID, "No Record found",
     "Record doesn't exist or ACL restricts the record retrieval"},
    {"404 of a server that is no instance", ANSWER(404, "text/html", "<h1>Not Found</h1>"), ALL,
     SNOW_UNEXPECTED_ANSWER, 404, NEVER, SURELY_NOT, NOT_SAID, NULL, NULL},
    {"404 of a gateway", JSON(404, "{\\\"message\\\":\\\"no Route matched\\\"}"), ALL,
     SNOW_UNEXPECTED_ANSWER, 404, NEVER, SURELY_NOT, NOT_SAID, NULL, NULL},
    {"404 of a backend", ANSWER(404, "text/plain", "default backend - 404"), ALL,
     SNOW_UNEXPECTED_ANSWER, 404, NEVER, SURELY_NOT, NOT_SAID, NULL, NULL},
    {"404 without a word", ANSWER(404, "text/plain", ""), ALL, SNOW_NOT_FOUND, 404, NEVER,
     SURELY_NOT, NOT_SAID, NULL, NULL},
    {"405 without a word", ANSWER(405, "text/plain", ""), ALL, SNOW_HTTP_STATUS, 405, NEVER,
     SURELY_NOT, NOT_SAID, NULL, NULL},
    {"error as plain text", JSON(400, "{\\\"error\\\":\\\"Something\\\"}"), ALL, SNOW_BAD_REQUEST,
     400, NEVER, SURELY_NOT, NOT_SAID, "Something", NULL},

    /* Not now. */
    {"202", "{\"kind\":\"not_executed\"}", ALL, SNOW_NOT_EXECUTED, 202, ALWAYS, SURELY_NOT,
     NOT_SAID, NULL, NULL},
    {"429 in seconds", "{\"kind\":\"rate_limited\",\"retry_after\":\"7\"}", ALL, SNOW_RATE_LIMITED,
     429, ALWAYS, SURELY_NOT, 7000, "Rate limit exceeded",
     "Rate limit of 100 requests per hour for Table API exceeded"},
    {"429 until a date that is past",
     "{\"kind\":\"rate_limited\",\"retry_after\":\"Wed, 21 Oct 2015 07:28:00 GMT\"}", ALL,
     SNOW_RATE_LIMITED, 429, ALWAYS, SURELY_NOT, 0, "Rate limit exceeded",
     "Rate limit of 100 requests per hour for Table API exceeded"},
    {"429 until a date to come",
     "{\"kind\":\"rate_limited\",\"retry_after\":\"Tue, 31 Dec 2199 23:59:59 GMT\"}", ALL,
     SNOW_RATE_LIMITED, 429, ALWAYS, SURELY_NOT, IN_THE_FUTURE, "Rate limit exceeded",
     "Rate limit of 100 requests per hour for Table API exceeded"},
    {"429 until nonsense", "{\"kind\":\"rate_limited\",\"retry_after\":\"soon\"}", ALL,
     SNOW_RATE_LIMITED, 429, ALWAYS, SURELY_NOT, WINDOW, "Rate limit exceeded",
     "Rate limit of 100 requests per hour for Table API exceeded"},
    {"429 of a full queue", "{\"kind\":\"rate_limited\"}", ALL, SNOW_RATE_LIMITED, 429, ALWAYS,
     SURELY_NOT, NOT_SAID, NULL, NULL},

    /* Failures of the server, which say nothing of what was done before. */
    {"cancelled", "{\"kind\":\"cancelled\"}", ALL, SNOW_TRANSACTION_CANCELLED, 500, IF_IDEMPOTENT,
     IF_WRITE, NOT_SAID, CANCELLED, CANCELLED_DETAIL},
    {"done, then cancelled", "{\"kind\":\"commit_then_cancelled\"}", ALL,
     SNOW_TRANSACTION_CANCELLED, 500, IF_IDEMPOTENT, IF_WRITE, NOT_SAID, CANCELLED,
     CANCELLED_DETAIL},
    {"500", JSON(500, WORDS("Internal error", "java.lang.NullPointerException")), ALL,
     SNOW_SERVER_ERROR, 500, NEVER, IF_WRITE, NOT_SAID, "Internal error",
     "java.lang.NullPointerException"},
    {"502", "{\"kind\":\"gateway\",\"status\":502}", ALL, SNOW_UNAVAILABLE, 502, IF_IDEMPOTENT,
     IF_WRITE, NOT_SAID, NULL, NULL},
    {"503", "{\"kind\":\"gateway\",\"status\":503}", ALL, SNOW_UNAVAILABLE, 503, IF_IDEMPOTENT,
     IF_WRITE, NOT_SAID, NULL, NULL},
    {"504", "{\"kind\":\"gateway\",\"status\":504}", ALL, SNOW_UNAVAILABLE, 504, IF_IDEMPOTENT,
     IF_WRITE, NOT_SAID, NULL, NULL},

    /* Successes that are none. */
    {"not JSON, and said so", ANSWER(200, "text/plain", "Welcome"), ALL, SNOW_UNEXPECTED_ANSWER, 200,
     NEVER, IF_WRITE, NOT_SAID, NULL, NULL},
    {"not JSON", JSON(200, "Welcome"), ALL, SNOW_UNEXPECTED_ANSWER, 200, NEVER, IF_WRITE, NOT_SAID,
     NULL, NULL},
    {"nothing", JSON(200, ""), BODIES, SNOW_UNEXPECTED_ANSWER, 200, NEVER, IF_WRITE, NOT_SAID, NULL,
     NULL},
    {"a list without an envelope", JSON(200, "[{}]"), ALL, SNOW_UNEXPECTED_ANSWER, 200, NEVER,
     IF_WRITE, NOT_SAID, NULL, NULL},
    {"result null", JSON(200, "{\\\"result\\\":null}"), BODIES, SNOW_UNEXPECTED_ANSWER, 200, NEVER,
     IF_WRITE, NOT_SAID, NULL, NULL},
    {"result a text", JSON(200, "{\\\"result\\\":\\\"done\\\"}"), BODIES, SNOW_UNEXPECTED_ANSWER, 200,
     NEVER, IF_WRITE, NOT_SAID, NULL, NULL},
    {"result a number", JSON(200, "{\\\"result\\\":5}"), BODIES, SNOW_UNEXPECTED_ANSWER, 200, NEVER,
     IF_WRITE, NOT_SAID, NULL, NULL},
    {"no result", JSON(200, "{\\\"session\\\":1}"), BODIES, SNOW_UNEXPECTED_ANSWER, 200, NEVER,
     IF_WRITE, NOT_SAID, NULL, NULL},
    {"rows that are no objects", JSON(200, "{\\\"result\\\":[1]}"), BODIES, SNOW_UNEXPECTED_ANSWER,
     200, NEVER, IF_WRITE, NOT_SAID, NULL, NULL},
    {"200 with an error", JSON(200, WORDS("Operation Failed", ACL)), ALL, SNOW_UNEXPECTED_ANSWER,
     200, NEVER, IF_WRITE, NOT_SAID, "Operation Failed", ACL},
    {"200 with an error as plain text", JSON(200, "{\\\"error\\\":\\\"Something\\\"}"), ALL,
     SNOW_UNEXPECTED_ANSWER, 200, NEVER, IF_WRITE, NOT_SAID, "Something", NULL},

    /* Lists that stop. */
    {"partial, valid, with an error", "{\"kind\":\"partial\",\"variant\":\"a\",\"rows\":3}", LISTS,
     SNOW_PARTIAL_RESULT, 200, ALWAYS, SURELY_NOT, NOT_SAID, CANCELLED, PARTIAL_DETAIL},
    {"partial, malformed, with an error", "{\"kind\":\"partial\",\"variant\":\"b\",\"rows\":3}",
     LISTS, SNOW_PARTIAL_RESULT, 200, ALWAYS, SURELY_NOT, NOT_SAID, CANCELLED, PARTIAL_DETAIL},
    {"partial, malformed, without an error", "{\"kind\":\"partial\",\"variant\":\"c\",\"rows\":3}",
     LISTS, SNOW_UNEXPECTED_ANSWER, 200, NEVER, SURELY_NOT, NOT_SAID, NULL, NULL},
    {"partial, ends in a row", "{\"kind\":\"partial\",\"variant\":\"d\",\"rows\":3}", LISTS,
     SNOW_CUT_BODY, 200, IF_IDEMPOTENT, SURELY_NOT, NOT_SAID, NULL, NULL},

    /* No answer. */
    {"cut before the head has left", "{\"kind\":\"cut\",\"of\":\"answer\",\"at\":0}", BODIES, SNOW_NETWORK, 0,
     IF_IDEMPOTENT, IF_WRITE, NOT_SAID, NULL, NULL},
    {"cut after 1 byte", "{\"kind\":\"cut\",\"at\":1}", BODIES, SNOW_CUT_BODY, ANSWERED, IF_IDEMPOTENT,
     IF_WRITE, NOT_SAID, NULL, NULL},
    {"cut after 10 bytes", "{\"kind\":\"cut\",\"at\":10}", BODIES, SNOW_CUT_BODY, ANSWERED, IF_IDEMPOTENT,
     IF_WRITE, NOT_SAID, NULL, NULL},
    {"cut after 11 bytes", "{\"kind\":\"cut\",\"at\":11}", BODIES, SNOW_CUT_BODY, ANSWERED, IF_IDEMPOTENT,
     IF_WRITE, NOT_SAID, NULL, NULL},
    {"cut after 60 bytes", "{\"kind\":\"cut\",\"at\":60}", BODIES, SNOW_CUT_BODY, ANSWERED, IF_IDEMPOTENT,
     IF_WRITE, NOT_SAID, NULL, NULL},
    {"cut in the middle of a list", "{\"kind\":\"cut\",\"at\":1500}", LISTS, SNOW_CUT_BODY, ANSWERED,
     IF_IDEMPOTENT, IF_WRITE, NOT_SAID, NULL, NULL},
    {"cut after the last byte", "{\"kind\":\"cut\",\"at\":100000000}", BODIES, SNOW_CUT_BODY, ANSWERED,
     IF_IDEMPOTENT, IF_WRITE, NOT_SAID, NULL, NULL},
    {"reset, not executed", "{\"kind\":\"reset_before\"}", ALL, SNOW_NETWORK, 0, IF_IDEMPOTENT,
     IF_WRITE, NOT_SAID, NULL, NULL},
    {"reset, executed", "{\"kind\":\"reset_after\"}", ALL, SNOW_NETWORK, 0, IF_IDEMPOTENT, IF_WRITE,
     NOT_SAID, NULL, NULL},
};

static int is_struck(const struct fault *fault, enum call call)
{
    switch (fault->strikes) {
    case LISTS:
        return call == LIST;
    case BODIES:
        return call != DELETE;
    default:
        return 1;
    }
}

static void check_error(const struct fault *fault, enum call call, const snow_error *error)
{
    int is_write = call == CREATE || call == DELETE;
    int retry = fault->retry == ALWAYS || (fault->retry == IF_IDEMPOTENT && call != CREATE);
    CHECK_NUMBER(fault->status, snow_error_status(error));
    if (fault->http_status == ANSWERED)
        CHECK_NUMBER(call == LIST ? 200 : call == CREATE ? 201 : 404, snow_error_http_status(error));
    else
        CHECK_NUMBER(fault->http_status, snow_error_http_status(error));
    CHECK_NUMBER(retry, snow_error_is_retryable(error));
    CHECK_NUMBER(fault->applied == IF_WRITE && is_write, snow_error_maybe_applied(error));
    if (fault->retry_after == IN_THE_FUTURE)
        CHECK(snow_error_retry_after_ms(error) > INT64_C(1000000000000));
    else if (fault->retry_after == WINDOW)
        CHECK(snow_error_retry_after_ms(error) > 0 && snow_error_retry_after_ms(error) <= 3600000);
    else
        CHECK_NUMBER(fault->retry_after, snow_error_retry_after_ms(error));
    CHECK_TEXT(fault->message, snow_error_instance_message(error));
    CHECK_TEXT(fault->detail, snow_error_detail(error));
    CHECK_TEXT(methods[call], snow_error_method(error));
    CHECK_TEXT(paths[call], snow_error_path(error));
    CHECK(*snow_error_message(error) != '\0' && strchr(snow_error_message(error), '\n') == NULL);
    CHECK_NUMBER(0, snow_error_callback_value(error));
    check_no_secret(error);
}

/* Makes every call that the fault can strike. */
static void strike(snow_client *client, const char *sign_in, const struct fault *fault)
{
    char subject[256];
    snow_cursor *list = NULL;
    int call, calls = 0;
    /* With a token the instance is asked once more, for it might have ended. */
    int each = strcmp(sign_in, "OAuth") == 0 && fault->http_status == 401 ? 2 : 1;
    arm(TABLE, fault->fault);
    for (call = LIST; call < CALLS; call++) {
        snow_error *error;
        if (!is_struck(fault, (enum call)call))
            continue;
        snprintf(subject, sizeof subject, "%s, %s %s", fault->name, sign_in, methods[call]);
        check_subject = subject;
        error = failing(client, (enum call)call, &list);
        check_error(fault, (enum call)call, error);
        snow_error_free(error);
        calls++;
    }
    CHECK_NUMBER(calls * each, control_count(instance, TABLE));
    control_do(instance, "DELETE", "/-/faults", "");
    goes_on(list);
    check_subject = "";
}

/* ---- what is not just one answer ---- */

/* Neither the credentials nor the method follow to where a redirect leads. */
static void redirects(snow_client *client, const char *sign_in)
{
    static const int statuses[] = {301, 302, 303, 307, 308};
    size_t i;
    for (i = 0; i < sizeof statuses / sizeof *statuses; i++) {
        char order[512];
        struct fault fault = {"redirect", NULL, ALL, SNOW_REDIRECT, 0, NEVER, SURELY_NOT,
                              NOT_SAID, NULL, NULL};
        snprintf(order, sizeof order,
                 "{\"kind\":\"redirect\",\"status\":%d,\"location\":\"%s" TABLE "?ticket=planted\"}",
                 statuses[i], other);
        fault.fault = order;
        fault.http_status = statuses[i];
        /* It points to where the outcome of what was done can be read. */
        if (statuses[i] == 303)
            fault.applied = IF_WRITE;
        strike(client, sign_in, &fault);
    }
    CHECK_NUMBER(0, control_count(other, ""));
}

/* A body that breaks off does so compressed or not. */
static void cut_without_compression(snow_client *client, const char *sign_in)
{
    size_t i;
    control_do(instance, "PATCH", "/-/settings", "{\"gzip\":false}");
    for (i = 0; i < sizeof faults / sizeof *faults; i++)
        if (strncmp(faults[i].name, "cut", 3) == 0)
            strike(client, sign_in, &faults[i]);
    control_do(instance, "PATCH", "/-/settings", "{\"gzip\":true}");
}

/* An instance that is silent is given up when the time is over. */
static void silence(void)
{
    static const struct fault stall = {"stall", "{\"kind\":\"stall\"}", ALL, SNOW_TIMEOUT, 0,
                                       IF_IDEMPOTENT, IF_WRITE, NOT_SAID, NULL, NULL};
    snow_error *error = NULL;
    snow_session *session = snow_session_new(NULL);
    snow_client *hasty;
    int call;
    CHECK_STATUS(SNOW_OK, snow_session_set_basic_auth(session, USER, PASSWORD, &error), error);
    CHECK_STATUS(SNOW_OK, snow_session_set_timeouts(session, 30000, 500, &error), error);
    CHECK_STATUS(SNOW_OK, snow_session_set_retry(session, 0, 1, &error), error);
    hasty = snow_client_new(instance, session, &error);
    for (call = LIST; call < CALLS; call++) {
        snow_cursor *list = NULL;
        check_subject = methods[call];
        arm(TABLE, stall.fault);
        error = failing(hasty, (enum call)call, &list);
        check_error(&stall, (enum call)call, error);
        snow_error_free(error);
        snow_cursor_free(list);
    }
    check_subject = "";
    control_do(instance, "DELETE", "/-/faults", "");
    snow_client_free(hasty);
    snow_session_free(session);
}

/* What the instance itself says, without a fault. */
static void true_answers(snow_client *client)
{
    snow_error *error = NULL;
    CHECK(snow_table_get(client, "incident", "ffffffffffffffffffffffffffffffff", NULL, &error) == NULL);
    CHECK_NUMBER(SNOW_NOT_FOUND, snow_error_status(error));
    CHECK_NUMBER(404, snow_error_http_status(error));
    CHECK_TEXT("No Record found", snow_error_instance_message(error));
    snow_error_free(error);
    CHECK(snow_table_first(client, "nosuch", NULL, &error) == NULL);
    CHECK_NUMBER(SNOW_BAD_REQUEST, snow_error_status(error));
    CHECK_NUMBER(400, snow_error_http_status(error));
    CHECK_TEXT("Invalid table nosuch", snow_error_instance_message(error));
    snow_error_free(error);
}

/* ---- the token endpoint ---- */

struct token_fault {
    const char *name, *fault;
    snow_status status;
    int http_status;
    int retryable;
    const char *detail;
};

static const struct token_fault token_faults[] = {
    {"hibernating", "{\"kind\":\"hibernating\"}", SNOW_HIBERNATING, 200, 0, NULL},
    {"outage", "{\"kind\":\"outage\"}", SNOW_UNAVAILABLE, 200, 1, NULL},
    {"login page", "{\"kind\":\"login_page\"}", SNOW_TOKEN_ANSWER, 200, 0, NULL},
    {"refused",
     JSON(401, "{\\\"error\\\":\\\"server_error\\\",\\\"error_description\\\":\\\"access_denied\\\"}"),
     SNOW_TOKEN_REFUSED, 401, 0, "server_error: access_denied"},
    {"refused with 200", JSON(200, "{\\\"error\\\":\\\"invalid_client\\\"}"), SNOW_TOKEN_REFUSED, 200,
     0, "invalid_client"},
    {"refused as unauthorized_client", JSON(400, "{\\\"error\\\":\\\"unauthorized_client\\\"}"),
     SNOW_TOKEN_REFUSED, 400, 0, "unauthorized_client"},
    {"nothing", JSON(200, ""), SNOW_TOKEN_ANSWER, 200, 0, NULL},
    {"text", ANSWER(200, "text/plain", "planted-token"), SNOW_TOKEN_ANSWER, 200, 0, NULL},
    {"not JSON", JSON(200, "planted-token"), SNOW_TOKEN_ANSWER, 200, 0, NULL},
    {"a list", JSON(200, "[\\\"planted-token\\\"]"), SNOW_TOKEN_ANSWER, 200, 0, NULL},
    {"no token in it", JSON(200, "{\\\"access_token\\\":5,\\\"refresh_token\\\":\\\"planted-token\\\"}"),
     SNOW_TOKEN_ANSWER, 200, 0, NULL},
    {"redirect", "{\"kind\":\"redirect\",\"status\":307,\"location\":\"https://other.example\"}",
     SNOW_REDIRECT, 307, 0, NULL},
    {"202", "{\"kind\":\"not_executed\"}", SNOW_NOT_EXECUTED, 202, 1, NULL},
    {"407", ANSWER(407, "text/plain", ""), SNOW_PROXY, 407, 0, NULL},
    {"429", "{\"kind\":\"rate_limited\"}", SNOW_RATE_LIMITED, 429, 1, NULL},
    {"503", ANSWER(503, "text/plain", "upstream"), SNOW_UNAVAILABLE, 503, 1, NULL},
    {"cut", "{\"kind\":\"cut\",\"at\":20}", SNOW_CUT_BODY, 200, 1, NULL},
    {"reset", "{\"kind\":\"reset_before\"}", SNOW_NETWORK, 0, 1, NULL},
};

/* A sign-in that fails is no write: nothing of the caller's was done. */
static void token_endpoint(void)
{
    snow_error *error = NULL;
    snow_client *client = client_oauth(instance, CLIENT_ID, CLIENT_SECRET);
    uint64_t count;
    size_t i;
    for (i = 0; i < sizeof token_faults / sizeof *token_faults; i++) {
        const struct token_fault *fault = &token_faults[i];
        check_subject = fault->name;
        arm(TOKEN, fault->fault);
        CHECK_STATUS(fault->status, snow_client_login(client, USER, PASSWORD, &error), error);
        CHECK_NUMBER(fault->http_status, snow_error_http_status(error));
        CHECK_NUMBER(fault->retryable, snow_error_is_retryable(error));
        CHECK_NUMBER(0, snow_error_maybe_applied(error));
        CHECK_TEXT(fault->detail, snow_error_detail(error));
        CHECK_TEXT("POST", snow_error_method(error));
        CHECK_TEXT(TOKEN, snow_error_path(error));
        CHECK_NUMBER(1, control_count(instance, TOKEN));
        check_no_secret(error);
        snow_error_free(error);
        CHECK(snow_client_token(client, &error) == NULL);
        CHECK_NUMBER(SNOW_NO_TOKEN, snow_error_status(error));
        snow_error_free(error);
    }
    check_subject = "JSON that is called text";
    arm(TOKEN, ANSWER(200, "text/plain",
                      "{\\\"access_token\\\":\\\"planted-token\\\",\\\"refresh_token\\\":\\\"planted-token\\\","
                      "\\\"token_type\\\":\\\"Bearer\\\",\\\"expires_in\\\":1}"));
    CHECK_STATUS(SNOW_OK, snow_client_login(client, USER, PASSWORD, &error), error);
    check_subject = "a renewal that the application may not ask for";
    arm(TOKEN, JSON(401, "{\\\"error\\\":\\\"unauthorized_client\\\"}"));
    CHECK_STATUS(SNOW_TOKEN_REFUSED, snow_table_count(client, "incident", NULL, &count, &error), error);
    CHECK(strstr(snow_error_message(error), "application registry") != NULL);
    CHECK(strstr(snow_error_message(error), "sign in again") == NULL);
    check_no_secret(error);
    snow_error_free(error);
    check_subject = "";
    control_do(instance, "DELETE", "/-/faults", "");
    CHECK_STATUS(SNOW_OK, snow_client_login(client, USER, PASSWORD, &error), error);
    snow_client_free(client);
}

/* ---- */

static void answers(void)
{
    snow_error *error = NULL;
    snow_client *basic = client_basic(instance, USER, PASSWORD);
    snow_client *oauth = client_oauth(instance, CLIENT_ID, CLIENT_SECRET);
    size_t i;
    CHECK_STATUS(SNOW_OK, snow_client_login(oauth, USER, PASSWORD, &error), error);
    planted_token = snow_client_token(oauth, &error);
    CHECK(snow_token_refresh_token(planted_token) != NULL);
    for (i = 0; i < sizeof faults / sizeof *faults; i++) {
        strike(basic, "Basic", &faults[i]);
        strike(oauth, "OAuth", &faults[i]);
    }
    redirects(basic, "Basic");
    redirects(oauth, "OAuth");
    cut_without_compression(basic, "Basic");
    silence();
    true_answers(basic);
    token_endpoint();
    snow_token_free(planted_token);
    snow_client_free(oauth);
    snow_client_free(basic);
}

int main(void)
{
    instance = getenv("SNOW_INSTANCE");
    other = getenv("SNOW_OTHER_INSTANCE");
    answers();
    return check_result();
}
