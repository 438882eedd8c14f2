/*
 * Answers that break at a byte: at every byte, of every kind of answer. The arguments are an answer by its
 * name, or "all"; and then, as often as wanted, a fault, whether a call is made "once" or "again" where it
 * may be, the first place, and how far it is to the next.
 *
 * Whatever breaks, a call ends; what it gives is the beginning of the truth, and all of it where it says so;
 * a write is sent once, and says that it may have happened; and the call after it gets its own answer. Where
 * a byte is another one, a single row can be, unless something vouches for the bytes (gzip, a hash).
 *
 * The instance is SNOW_INSTANCE; a call may take SNOW_DEADLINE_MS.
 */
#include "every_byte.h"
#include "footprint.h"


static const char *kind;
static int is_made_again, first_place, step;

static void arm(const struct call *call, int at)
{
    char order[256];
    snprintf(order, sizeof order,
             "{\"path\":\"%s\",\"fault\":{\"kind\":\"%s\",\"of\":\"answer\",\"at\":%d%s}}", call->path, kind,
             at, strcmp(kind, "corrupt") ? "" : at % 2 ? ",\"xor\":1" : ",\"xor\":255");
    control_do(instance, "DELETE", "/-/faults", "");
    control_do(instance, "POST", "/-/faults", order);
}

static snow_client *client_with(uint32_t retries, uint32_t deadline_ms)
{
    snow_session *session = snow_session_new(NULL);
    snow_client *made;
    snow_session_set_basic_auth(session, "admin", "admin", NULL);
    snow_session_set_retry(session, retries, 1, NULL);
    snow_session_set_timeouts(session, 30000, deadline_ms, NULL);
    made = snow_client_new(instance, session, &error);
    control_must(made != NULL, snow_error_message(error));
    snow_session_free(session);
    return made;
}

static void make(const struct call *call, snow_client *client, struct outcome *outcome)
{
    memset(outcome, 0, sizeof *outcome);
    alarm(60); /* a call that hangs ends the program */
    call->make(client, outcome);
    alarm(0);
}

/* How many of the texts are those that are due, in their order; others may stand between them. */
static int true_texts(const struct call *call, const struct outcome *outcome)
{
    int found = 0, due, i;
    for (i = 0; i < outcome->count; i++)
        for (due = found; due < count_of(call); due++)
            if (strcmp(outcome->texts[i], text_of(call, due)) == 0) {
                found++;
                break;
            }
    return found;
}

static void judge(const struct call *call, const struct outcome *outcome, int at, int length)
{
    const int is_corrupt = strcmp(kind, "corrupt") == 0, is_ok = outcome->status == SNOW_OK;
    const int is_vouched_for = strcmp(call->name, "packed list") == 0 || call->make == attachment;
    const int may_differ = is_corrupt && !is_vouched_for && outcome->count > 0;
    CHECK(true_texts(call, outcome) >= outcome->count - may_differ);
    CHECK(outcome->count <= count_of(call));
    if (is_ok && !is_corrupt)
        CHECK_NUMBER(count_of(call), outcome->count);
    if (!is_ok && !call->is_write)
        CHECK_NUMBER(0, outcome->maybe_applied);
    /* Where the status itself is another one, the call can but believe it. */
    if (!is_ok && call->is_write && !(is_corrupt && at < 16))
        CHECK_NUMBER(1, outcome->maybe_applied);
    if (strcmp(kind, "stall") == 0)
        CHECK_NUMBER(at < length ? SNOW_TIMEOUT : SNOW_OK, outcome->status);
    else if (!is_corrupt && is_made_again && !call->is_write && call->make != token)
        CHECK_NUMBER(SNOW_OK, outcome->status);
    else if (!is_corrupt) {
        /* A reset behind the last byte may overtake it. */
        if (!(strcmp(kind, "reset") == 0 && at >= length))
            CHECK(is_ok == (at >= length));
        CHECK(is_ok || outcome->status == SNOW_NETWORK || outcome->status == SNOW_CUT_BODY);
    } else {
        CHECK(outcome->status != SNOW_INTERNAL);
    }
}

/* The next call of that client has an answer of its own. */
static void goes_on(snow_client *client)
{
    snow_query *query = snow_query_parse("user_name=admin", NULL);
    snow_record *user = snow_table_first(client, "sys_user", query, &error);
    if (CHECK(user != NULL))
        CHECK_TEXT("admin", snow_record_get(user, "user_name", NULL));
    else
        fprintf(stderr, "    %s\n", snow_error_message(error));
    snow_error_free(error);
    error = NULL;
    snow_record_free(user);
    snow_query_free(query);
}

/* How long the answer is: the first place at which a fault comes too late. */
static int length_of(const struct call *call, snow_client *client, const char *mark)
{
    const char *asked = kind;
    int low = 0, high = 4096;
    struct outcome outcome;
    kind = "cut";
    while (low < high) {
        const int middle = (low + high) / 2;
        arm(call, middle);
        snprintf(written, sizeof written, "%s at %04d in %s", kind, middle, mark);
        make(call, client, &outcome);
        if (outcome.status == SNOW_OK)
            high = middle;
        else
            low = middle + 1;
    }
    kind = asked;
    CHECK(low > 200 && low < 4000);
    return low;
}

/* How often the row was changed, as the instance counts it. */
static int changes(snow_client *client)
{
    snow_record *row = snow_table_get(client, "incident", changed_key, NULL, NULL);
    int count = row ? atoi(snow_record_get(row, "sys_mod_count", NULL)) : -1;
    snow_record_free(row);
    return count;
}

/* How many rows there are of this sweep, of which no two are the same. */
static int rows_made(snow_client *client, const char *mark)
{
    char encoded[128], last[64] = "";
    const snow_record *row;
    snow_cursor *cursor;
    snow_query *query;
    int rows = 0;
    snprintf(encoded, sizeof encoded, "short_descriptionENDSWITH in %s^ORDERBYshort_description", mark);
    query = snow_query_parse(encoded, NULL);
    cursor = snow_table_list(client, "incident", query, NULL);
    for (; snow_cursor_next(cursor, &row, &error) == SNOW_OK; rows++) {
        const char *text = snow_record_get(row, "short_description", NULL);
        CHECK(strcmp(last, text) != 0);
        snprintf(last, sizeof last, "%s", text);
    }
    CHECK_NUMBER(SNOW_OK, snow_error_status(error));
    snow_cursor_free(cursor);
    snow_query_free(query);
    return rows;
}

static void sweep(const struct call *call)
{
    const uint32_t deadline_ms = (uint32_t)atoi(getenv("SNOW_DEADLINE_MS"));
    snow_client *once = client_with(0, 60000), *client = client_with(is_made_again, deadline_ms);
    snow_client *steady = client_with(3, 60000);
    int at, length, places = 0, changes_before;
    static int number;
    char mark[32], measured[32];
    snprintf(mark, sizeof mark, "sweep %02d", ++number);
    snprintf(measured, sizeof measured, "trial %02d", number);
    control_do(instance, "PATCH", "/-/settings", call->settings);
    length = length_of(call, once, measured);
    control_do(instance, "DELETE", "/-/faults", "");
    changes_before = changes(steady);
    control_do(instance, "DELETE", "/-/requests", "");
    for (at = first_place; at < length + 2; at += step, places++) {
        struct outcome outcome;
        char subject[128];
        snprintf(subject, sizeof subject, "%s of %s at %d of %d", kind, call->name, at, length);
        check_subject = subject;
        arm(call, at);
        snprintf(written, sizeof written, "%s at %04d in %s", kind, at, mark);
        make(call, client, &outcome);
        judge(call, &outcome, at, length);
        /* Behind the last byte the end of the connection may meet the next request on its way. */
        if (at < length)
            goes_on(client);
        check_subject = "";
    }
    control_do(instance, "DELETE", "/-/faults", "");
    check_subject = call->name;
    /* A download whose hash is not told asks for it; what could be made again was. */
    if (call->is_write || !(is_made_again || call->make == attachment))
        CHECK_NUMBER(places, control_count(instance, call->path));
    CHECK_NUMBER(call->make == create ? places : 0, rows_made(steady, mark) - (call->make == update));
    CHECK_NUMBER(call->make == update ? places : 0, changes(steady) - changes_before);
    check_subject = "";
    printf("%s of %s, %s: %d places of %d bytes\n", kind, call->name, is_made_again ? "again" : "once",
           places, length);
    fflush(stdout);
    snow_client_free(once);
    snow_client_free(client);
    snow_client_free(steady);
}

/* Three rows to read, of which one has a file, and one to change. */
static void furnish(void)
{
    snow_client *client = snow_client_new_basic(instance, "admin", "admin", NULL);
    snow_upload *upload;
    snow_record *made = NULL;
    int i;
    for (i = 0; i < 4; i++) {
        char text[16];
        snow_record *fields;
        snprintf(text, sizeof text, "%s %d", i < 3 ? "row" : "changed", i);
        fields = described(text);
        made = snow_table_create(client, "incident", fields, NULL, &error);
        control_must(made != NULL, snow_error_message(error));
        snow_record_free(fields);
        if (i == 1 || i == 3)
            snprintf(i == 1 ? row_key : changed_key, sizeof row_key, "%s",
                     snow_record_get(made, "sys_id", NULL));
        snow_record_free(made);
    }
    upload = snow_upload_new("incident", row_key, NULL);
    snow_upload_set_bytes(upload, "the bytes of a file", 19, NULL);
    snow_upload_set_file_name(upload, "a.txt", NULL);
    made = snow_upload_send(client, upload, &error);
    control_must(made != NULL, snow_error_message(error));
    snprintf(file_key, sizeof file_key, "%s", snow_record_get(made, "sys_id", NULL));
    snow_record_free(made);
    snow_upload_free(upload);
    snow_client_free(client);
}

int main(int argc, char **argv)
{
    int descriptors, threads, argument;
    size_t i;
    instance = getenv("SNOW_INSTANCE");
    control_must(instance && argc >= 6 && argc % 4 == 2, "needs SNOW_INSTANCE, an answer and faults");
    furnish();
    descriptors = entries("/proc/self/fd");
    threads = thread_count();
    for (argument = 2; argument < argc; argument += 4) {
        kind = argv[argument];
        is_made_again = strcmp(argv[argument + 1], "again") == 0;
        first_place = atoi(argv[argument + 2]);
        step = atoi(argv[argument + 3]);
        for (i = 0; i < sizeof calls / sizeof *calls; i++)
            if (strcmp(argv[1], "all") == 0 || strcmp(argv[1], calls[i].name) == 0)
                sweep(&calls[i]);
    }
    CHECK_NUMBER(descriptors, entries("/proc/self/fd"));
    CHECK_NUMBER(threads, thread_count());
    return check_result();
}
