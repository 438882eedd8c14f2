/*
 * Transfers of attachments that go wrong, and who is told how far they are: whatever breaks, it is an
 * error, no file is left here and no attachment there. The instance is SNOW_INSTANCE; the argument is an
 * empty folder.
 */
#include "attachments.h"

/* More than two of the pieces that a body goes in. */
static char large[300000];

#define RAW_UPLOAD "/api/now/attachment/file"
#define FORM_UPLOAD "/api/now/attachment/upload"

static const char *content_path(const struct key *key)
{
    static char path[128];
    snprintf(path, sizeof path, "/api/now/attachment/%s/file", key->text);
    return path;
}

/* A client for which what fails is tried again so often; so many calls at once. */
static snow_client *client_with(const char *retries, const char *max_in_flight)
{
    snow_session *session = snow_session_new(&error);
    snow_client *made;
    snow_session_set_basic_auth(session, "admin", "admin", &error);
    CHECK_STATUS(SNOW_OK, snow_session_set(session, "retries", retries, &error), error);
    CHECK_STATUS(SNOW_OK, snow_session_set(session, "max_in_flight", max_in_flight, &error), error);
    made = snow_client_new(instance, session, &error);
    snow_session_free(session);
    return made;
}

/* The instance answers once with this, whatever it is asked. */
static void answer(const char *method, const char *path, int status, const char *headers, const char *body)
{
    char kind[2048];
    snprintf(kind, sizeof kind,
             "{\"kind\":\"answer\",\"status\":%d,\"headers\":[%s],\"body\":\"%s\"}", status, headers, body);
    fault(method, path, 1, kind);
}

/* ---- downloads ---- */

enum way { TO_MEMORY, TO_FILE, OVER_A_FILE, TO_CALLBACK, PULLED, WAYS };

/* Downloads in one of the ways, and gives how it ended. What a file held before is still there. */
static snow_status downloaded(const struct key *key, enum way way, const char *bytes, size_t length)
{
    static char buffer[1000];
    struct bytes to = {bytes, length, 0, 0, 0, 0, SNOW_HANDLED};
    snow_response *response;
    snow_status status = SNOW_OK, again;
    size_t count;
    switch (way) {
    case TO_MEMORY:
        response = snow_attachment_download(client, key->text, &error);
        status = snow_error_status(error);
        if (response) {
            const void *body = snow_response_body(response, &count, &error);
            CHECK(count == length && memcmp(body, bytes, length) == 0);
        }
        snow_response_free(response);
        break;
    case TO_FILE:
        status = snow_attachment_download_file(client, key->text, in_folder("new"), &error);
        if (status == SNOW_OK)
            CHECK(file_holds(in_folder("new"), bytes, length));
        break;
    case OVER_A_FILE:
        write_file(in_folder("old"), "as it was", 9);
        status = snow_attachment_download_file(client, key->text, in_folder("old"), &error);
        if (status != SNOW_OK)
            CHECK(file_holds(in_folder("old"), "as it was", 9));
        remove(in_folder("old"));
        break;
    case TO_CALLBACK:
        status = snow_attachment_download_to(client, key->text, take, &to, gone, &error);
        CHECK_NUMBER(1, to.destroyed);
        break;
    default:
        response = snow_attachment_open(client, key->text, &error);
        status = snow_error_status(error);
        if (!response)
            break;
        while ((status = snow_response_read(response, buffer, sizeof buffer, &count, &error)) == SNOW_OK)
            continue;
        if (status == SNOW_DONE) {
            status = SNOW_OK;
        } else {
            /* What broke off never seems to have ended. */
            snow_error_free(error);
            again = snow_response_read(response, buffer, sizeof buffer, &count, &error);
            CHECK_NUMBER(status, again);
        }
        snow_response_free(response);
    }
    CHECK_NUMBER(status, snow_error_status(error));
    if (status == SNOW_OK)
        remove(in_folder("new"));
    CHECK_NUMBER(0, files());
    return status;
}

static void a_download_that_breaks_off(void)
{
    static const int places[] = {0, 1, 63999, 150000, 299999, 300000};
    static const char *const kinds[] = {"cut", "reset"};
    struct key key = key_of(upload_of("a.bin", large, sizeof large));
    size_t kind, i;
    int way;
    for (kind = 0; kind < 2; kind++) {
        for (i = 0; i < sizeof places / sizeof *places; i++) {
            for (way = 0; way < WAYS; way++) {
                char order[64];
                snow_status status;
                snprintf(order, sizeof order, "{\"kind\":\"%s\",\"at\":%d}", kinds[kind], places[i]);
                check_subject = order;
                fault("GET", content_path(&key), 1, order);
                status = downloaded(&key, way, large, sizeof large);
                CHECK(status == SNOW_CUT_BODY || status == SNOW_NETWORK);
                CHECK(!snow_error_maybe_applied(error));
                failed();
            }
        }
    }
    /* In the head of the answer too. */
    for (i = 0; i < 300; i += 37) {
        char order[64];
        snprintf(order, sizeof order, "{\"kind\":\"cut\",\"of\":\"answer\",\"at\":%d}", (int)i);
        check_subject = order;
        fault("GET", content_path(&key), 1, order);
        CHECK(downloaded(&key, TO_FILE, large, sizeof large) != SNOW_OK);
        failed();
    }
    check_subject = "";
    CHECK_NUMBER(SNOW_OK, downloaded(&key, OVER_A_FILE, large, sizeof large));
}

/* Into memory or a file, where what came first can be taken back; and as often as calls are. */
static void a_download_that_breaks_off_is_made_again(void)
{
    static const int places[] = {0, 63999, 299999};
    struct key key = key_of(upload_of("a.bin", large, sizeof large));
    snow_client *once = client;
    size_t i;
    int way;
    client = client_with("1", "0");
    for (i = 0; i < sizeof places / sizeof *places; i++) {
        for (way = 0; way < WAYS; way++) {
            char order[64];
            int is_made_again = way != TO_CALLBACK && way != PULLED;
            snprintf(order, sizeof order, "{\"kind\":\"cut\",\"at\":%d}", places[i]);
            check_subject = order;
            fault("GET", content_path(&key), 1, order);
            CHECK_NUMBER(is_made_again ? SNOW_OK : SNOW_CUT_BODY,
                         downloaded(&key, way, large, sizeof large));
            if (!is_made_again)
                failed();
        }
    }
    check_subject = "";
    fault("GET", content_path(&key), 2, "{\"kind\":\"cut\",\"at\":150000}");
    CHECK_NUMBER(SNOW_CUT_BODY, downloaded(&key, TO_FILE, large, sizeof large));
    failed();
    snow_client_free(client);
    client = once;
}

static void a_download_that_is_not_what_was_stored(void)
{
    static const int places[] = {0, 150000, 299999};
    struct key key = key_of(upload_of("a.bin", large, sizeof large));
    size_t i;
    int way;
    for (way = 0; way < WAYS; way++) {
        for (i = 0; i < sizeof places / sizeof *places; i++) {
            char order[64], changed[sizeof large];
            memcpy(changed, large, sizeof large);
            changed[places[i]] ^= 1;
            snprintf(order, sizeof order, "{\"kind\":\"corrupt\",\"xor\":1,\"at\":%d}", places[i]);
            check_subject = order;
            fault("GET", content_path(&key), 1, order);
            CHECK_NUMBER(SNOW_CORRUPT, downloaded(&key, way, changed, sizeof changed));
            CHECK(strstr(snow_error_message(error), "SHA-256") != NULL);
            CHECK(snow_error_is_retryable(error));
            CHECK_NUMBER(200, snow_error_http_status(error));
            CHECK_TEXT(content_path(&key), snow_error_path(error));
            failed();
        }
    }
    check_subject = "";
}

/* By what the header says, or the record where the header is missing or is no JSON. */
static void the_metadata_decides(void)
{
    static const struct told {
        const char *headers, *body;
        snow_status expected;
    } tolds[] = {
        {"[\"X-Attachment-Metadata\",\"{\\\"size_bytes\\\":\\\"5\\\"}\"]", "hello", SNOW_OK},
        {"[\"X-Attachment-Metadata\",\"{\\\"size_bytes\\\":\\\"5\\\",\\\"hash\\\":\\\"\\\"}\"]", "hello", SNOW_OK},
        {"[\"X-Attachment-Metadata\",\"{\\\"size_bytes\\\":\\\"6\\\"}\"]", "hello", SNOW_CORRUPT},
        {"[\"X-Attachment-Metadata\",\"{\\\"size_bytes\\\":\\\"4\\\"}\"]", "hello", SNOW_CORRUPT},
        {"[\"X-Attachment-Metadata\",\"{\\\"size_bytes\\\":\\\"0\\\"}\"]", "", SNOW_OK},
        {"[\"X-Attachment-Metadata\",\"{\\\"size_bytes\\\":\\\"5\\\",\\\"hash\\\":\\\""
         "2CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824\\\"}\"]",
         "hello", SNOW_OK},
        {"[\"X-Attachment-Metadata\",\"{\\\"size_bytes\\\":\\\"5\\\",\\\"hash\\\":\\\""
         "0CF24DBA5FB0A30E26E83B2AC5B9E29E1B161E5C1FA7425E73043362938B9824\\\"}\"]",
         "hello", SNOW_CORRUPT},
    };
    struct key key = key_of(upload_of("a.txt", "hello", 5));
    snow_client *any = client;
    size_t i;
    int way;
    for (i = 0; i < sizeof tolds / sizeof *tolds; i++) {
        check_subject = tolds[i].headers;
        for (way = 0; way < WAYS; way++) {
            answer("GET", content_path(&key), 200, tolds[i].headers, tolds[i].body);
            CHECK_NUMBER(tolds[i].expected, downloaded(&key, way, "hello", strlen(tolds[i].body)));
            failed();
        }
    }
    check_subject = "";
    /* Also where no more than one call may be under way. */
    client = client_with("0", "1");
    for (way = 0; way < WAYS; way++) {
        /* The metadata is fetched then, and the content after it. */
        int before = control_count(instance, "/api/now/attachment");
        answer("GET", content_path(&key), 200, "[\"Content-Type\",\"text/plain\"]", "other");
        CHECK_NUMBER(SNOW_OK, downloaded(&key, way, "hello", 5));
        CHECK_NUMBER(before + 3, control_count(instance, "/api/now/attachment"));
        answer("GET", content_path(&key), 200, "[\"X-Attachment-Metadata\",\"no JSON\"]", "other");
        CHECK_NUMBER(SNOW_OK, downloaded(&key, way, "hello", 5));
    }
    snow_client_free(client);
    client = any;
}

/* Pages and refusals are no files, whatever their status. */
static void a_page_is_not_the_file(void)
{
    static const struct page {
        const char *kind;
        snow_status expected;
    } pages[] = {
        {"{\"kind\":\"hibernating\"}", SNOW_HIBERNATING},
        {"{\"kind\":\"outage\"}", SNOW_UNAVAILABLE},
        {"{\"kind\":\"login_page\"}", SNOW_LOGIN_PAGE},
        {"{\"kind\":\"not_executed\"}", SNOW_NOT_EXECUTED},
        {"{\"kind\":\"unauthorized\"}", SNOW_UNAUTHENTICATED},
        {"{\"kind\":\"cancelled\"}", SNOW_TRANSACTION_CANCELLED},
        {"{\"kind\":\"redirect\",\"status\":302,\"location\":\"http://127.0.0.1:1/x\"}", SNOW_REDIRECT},
        {"{\"kind\":\"answer\",\"status\":200,\"headers\":[[\"Content-Type\",\"text/html\"]],"
         "\"body\":\"<p>hello</p>\"}",
         SNOW_UNEXPECTED_ANSWER},
    };
    struct key key = key_of(upload_of("a.txt", "hello", 5));
    struct key page;
    snow_upload *upload;
    size_t i;
    int way;
    for (i = 0; i < sizeof pages / sizeof *pages; i++) {
        check_subject = pages[i].kind;
        for (way = 0; way < WAYS; way++) {
            fault("GET", content_path(&key), 1, pages[i].kind);
            CHECK_NUMBER(pages[i].expected, downloaded(&key, way, "", 0));
            failed();
        }
    }
    check_subject = "";
    /* A file that is a page itself is a file. */
    upload = upload_of("a.html", "<p>hello</p>", 12);
    page = key_of(upload);
    for (way = 0; way < WAYS; way++)
        CHECK_NUMBER(SNOW_OK, downloaded(&page, way, "<p>hello</p>", 12));
}

/* However long the whole takes, the limit is for each piece; and silence ends it. */
static void a_download_takes_as_long_as_pieces_come(void)
{
    struct key key = key_of(upload_of("a.bin", large, 60000));
    snow_client *patient = client;
    snow_session *session = snow_session_new(&error);
    snow_session_set_basic_auth(session, "admin", "admin", &error);
    CHECK_STATUS(SNOW_OK, snow_session_set_timeouts(session, 1000, 2000, &error), error);
    client = snow_client_new(instance, session, &error);
    /* 60 pieces of 50 ms are longer than the limit. */
    fault("GET", content_path(&key), 1, "{\"kind\":\"drip\",\"bytes\":1000,\"interval_ms\":50}");
    CHECK_NUMBER(SNOW_OK, downloaded(&key, TO_FILE, large, 60000));
    snow_client_free(client);
    CHECK_STATUS(SNOW_OK, snow_session_set_timeouts(session, 1000, 200, &error), error);
    client = snow_client_new(instance, session, &error);
    fault("GET", content_path(&key), 1, "{\"kind\":\"stall\",\"at\":50000}");
    CHECK_NUMBER(SNOW_TIMEOUT, downloaded(&key, TO_FILE, large, 60000));
    failed();
    snow_client_free(client);
    snow_session_free(session);
    client = patient;
}

static void a_callback_ends_a_download(void)
{
    struct key key = key_of(upload_of("a.bin", large, sizeof large));
    struct bytes to = {large, sizeof large, 0, 0, 0, 0, 42};
    CHECK_STATUS(SNOW_CALLBACK_FAILED,
                 snow_attachment_download_to(client, key.text, take, &to, gone, &error), error);
    CHECK_NUMBER(42, snow_error_callback_value(error));
    CHECK_TEXT(content_path(&key), snow_error_path(error));
    CHECK_NUMBER(1, to.calls);
    CHECK_NUMBER(1, to.destroyed);
    failed();
}

/* ---- uploads ---- */

static void a_file_that_cannot_be_sent(void)
{
    static const char *const paths[] = {
        /* A folder, none, one in what is no folder, and a file that is there and cannot be read. */
        "/", "/no/such/file", "/dev/null/x", "/proc/self/mem"};
    int form, before = control_count(instance, "/api/now/attachment");
    size_t i;
    for (i = 0; i < sizeof paths / sizeof *paths; i++) {
        for (form = 0; form < 2; form++) {
            snow_upload *upload = upload_to(incident);
            check_subject = paths[i];
            snow_upload_set_file(upload, paths[i], &error);
            snow_upload_set_file_name(upload, "a.txt", &error);
            snow_upload_set_multipart(upload, form, &error);
            CHECK(snow_upload_send(client, upload, &error) == NULL);
            CHECK_ARGUMENT("path", error);
            CHECK(strstr(snow_error_message(error), paths[i]) != NULL);
            CHECK(!snow_error_maybe_applied(error) && !snow_error_is_retryable(error));
            CHECK_NUMBER(SNOW_FILE, failed());
            snow_upload_free(upload);
        }
    }
    check_subject = "";
    CHECK_NUMBER(before, control_count(instance, "/api/now/attachment"));
}

struct change {
    off_t to;
    int calls;
};

/* The first piece is on its way; now the file becomes another. */
static int32_t change(void *user_data, uint64_t bytes, int64_t total)
{
    struct change *change = user_data;
    CHECK(bytes > 0 && bytes < (uint64_t)total);
    if (change->calls++ == 0)
        CHECK_NUMBER(0, truncate(in_folder("changing"), change->to));
    return SNOW_HANDLED;
}

static void a_file_that_changes_its_size(void)
{
    static const off_t sizes[] = {0, 131072, 299999, 300001, 600000};
    int form, before = attached();
    size_t i;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (form = 0; form < 2; form++) {
            struct change to = {sizes[i], 0};
            snow_upload *upload = upload_to(incident);
            write_file(in_folder("changing"), large, sizeof large);
            snow_upload_set_file(upload, in_folder("changing"), &error);
            snow_upload_set_multipart(upload, form, &error);
            CHECK_STATUS(SNOW_OK, snow_upload_set_progress(upload, change, &to, NULL, &error), error);
            CHECK(snow_upload_send(client, upload, &error) == NULL);
            CHECK_ARGUMENT("path", error);
            CHECK(strstr(snow_error_message(error), "changed its size") != NULL);
            CHECK(!snow_error_maybe_applied(error));
            CHECK_NUMBER(SNOW_FILE, failed());
            CHECK(to.calls > 0);
            snow_upload_free(upload);
        }
    }
    CHECK_NUMBER(before, attached());
    remove(in_folder("changing"));
}

static void content_that_is_not_what_was_promised(void)
{
    static const struct promise {
        size_t gives;
        uint64_t told;
        int32_t result;
        snow_status expected;
    } promises[] = {
        {299999, 300000, SNOW_HANDLED, SNOW_INVALID_ARGUMENT},
        {300000, 299999, SNOW_HANDLED, SNOW_INVALID_ARGUMENT},
        {0, 1, SNOW_HANDLED, SNOW_INVALID_ARGUMENT},
        {1, 0, SNOW_HANDLED, SNOW_INVALID_ARGUMENT},
        {300000, 300000, 0, SNOW_CALLBACK_FAILED},
        {300000, SNOW_LENGTH_UNKNOWN, 7, SNOW_CALLBACK_FAILED},
    };
    int form, before = attached();
    size_t i;
    for (i = 0; i < sizeof promises / sizeof *promises; i++) {
        for (form = 0; form < 2; form++) {
            struct bytes from = {large, promises[i].gives, 0, 70000, 0, 0, promises[i].result};
            snow_upload *upload = upload_of("a.txt", "", 0);
            snow_upload_set_multipart(upload, form, &error);
            CHECK_STATUS(SNOW_OK,
                         snow_upload_set_reader(upload, promises[i].told, give, &from, gone, &error), error);
            CHECK(snow_upload_send(client, upload, &error) == NULL);
            if (promises[i].expected == SNOW_CALLBACK_FAILED)
                CHECK_NUMBER(promises[i].result, snow_error_callback_value(error));
            CHECK(!snow_error_maybe_applied(error));
            CHECK_NUMBER(promises[i].expected, failed());
            snow_upload_free(upload);
            CHECK_NUMBER(1, from.destroyed);
        }
    }
    CHECK_NUMBER(before, attached());
}

/* Where the answer is lost, nobody can tell: the error says so. Of each size, none among them. */
static void an_upload_whose_answer_is_lost(void)
{
    static const char *const kinds[] = {"{\"kind\":\"reset_after\"}",
                                        "{\"kind\":\"cut\",\"of\":\"answer\",\"at\":0}",
                                        "{\"kind\":\"cut\",\"of\":\"answer\",\"at\":20}",
                                        "{\"kind\":\"cut\",\"at\":0}", "{\"kind\":\"cut\",\"at\":100}"};
    static const size_t sizes[] = {0, 1, sizeof large};
    size_t kind, i;
    int form;
    for (kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
        for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            for (form = 0; form < 2; form++) {
                snow_upload *upload = upload_of("a.bin", large, sizes[i]);
                int before = attached();
                check_subject = kinds[kind];
                snow_upload_set_multipart(upload, form, &error);
                fault("POST", form ? FORM_UPLOAD : RAW_UPLOAD, 1, kinds[kind]);
                CHECK(snow_upload_send(client, upload, &error) == NULL);
                CHECK(snow_error_maybe_applied(error) && !snow_error_is_retryable(error));
                failed();
                CHECK_NUMBER(before + 1, attached());
                snow_upload_free(upload);
            }
        }
    }
    check_subject = "";
}

static void an_upload_that_is_stored_otherwise(void)
{
    static const struct told {
        const char *record;
        snow_status expected;
    } tolds[] = {
        {"\\\"size_bytes\\\":\\\"5\\\"", SNOW_OK},
        {"\\\"size_bytes\\\":\\\"4\\\"", SNOW_CORRUPT},
        {"\\\"size_bytes\\\":\\\"0\\\"", SNOW_CORRUPT},
        {"\\\"size_bytes\\\":\\\"5\\\",\\\"hash\\\":\\\""
         "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\\\"",
         SNOW_OK},
        {"\\\"size_bytes\\\":\\\"5\\\",\\\"hash\\\":\\\""
         "0cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\\\"",
         SNOW_CORRUPT},
        {"\\\"file_name\\\":\\\"a.txt\\\"", SNOW_OK},
    };
    size_t i;
    for (i = 0; i < sizeof tolds / sizeof *tolds; i++) {
        snow_upload *upload = upload_of("a.txt", "hello", 5);
        snow_record *record;
        char body[512];
        check_subject = tolds[i].record;
        snprintf(body, sizeof body, "{\\\"result\\\":{\\\"sys_id\\\":\\\"theKey\\\",%s}}", tolds[i].record);
        answer("POST", RAW_UPLOAD, 201, "[\"Content-Type\",\"application/json\"]", body);
        record = snow_upload_send(client, upload, &error);
        CHECK((record != NULL) == (tolds[i].expected == SNOW_OK));
        if (!record) {
            CHECK(strstr(snow_error_message(error), "theKey") != NULL);
            CHECK(snow_error_maybe_applied(error) && !snow_error_is_retryable(error));
            CHECK_TEXT(RAW_UPLOAD, snow_error_path(error));
        }
        CHECK_NUMBER(tolds[i].expected, failed());
        snow_record_free(record);
        snow_upload_free(upload);
    }
    check_subject = "";
}

/* ---- progress ---- */

struct progress {
    int calls, destroyed, calls_back;
    uint64_t bytes;
    int64_t total;
    int32_t result;
};

static int32_t told(void *user_data, uint64_t bytes, int64_t total)
{
    struct progress *progress = user_data;
    CHECK(progress->calls == 0 || bytes > progress->bytes
          || (progress->total == -1 && (int64_t)bytes == total));
    progress->calls++;
    progress->bytes = bytes;
    progress->total = total;
    if (progress->calls_back) {
        snow_record *record = snow_table_first(client, "incident", NULL, NULL);
        CHECK(record != NULL);
        snow_record_free(record);
    }
    return progress->result;
}

static void progress_gone(void *user_data)
{
    ((struct progress *)user_data)->destroyed++;
}

static void progress_is_told_to_the_end(void)
{
    static const size_t sizes[] = {0, 1, sizeof large};
    size_t i;
    int known;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (known = 0; known < 2; known++) {
            struct bytes from = {large, sizes[i], 0, 70000, 0, 0, SNOW_HANDLED};
            struct progress up = {0, 0, 1, 0, 0, SNOW_HANDLED}, down = up;
            snow_upload *upload = upload_of("a.bin", "", 0);
            struct key key;
            snow_upload_set_reader(upload, known ? sizes[i] : SNOW_LENGTH_UNKNOWN, give, &from, gone, &error);
            snow_upload_set_progress(upload, told, &up, progress_gone, &error);
            key = key_of(upload);
            CHECK_NUMBER(sizes[i], up.bytes);
            /* At the end it is known; each of the pieces before is told at most once. */
            CHECK_NUMBER(sizes[i], up.total);
            CHECK(up.calls >= 1 && up.calls <= 4);
            CHECK_NUMBER(1, up.destroyed);
            CHECK_STATUS(SNOW_OK,
                         snow_attachment_download_file_with_progress(client, key.text, in_folder("copy"), told,
                                                                     &down, progress_gone, &error),
                         error);
            CHECK(file_holds(in_folder("copy"), large, sizes[i]));
            remove(in_folder("copy"));
            CHECK_NUMBER(sizes[i], down.bytes);
            CHECK_NUMBER(sizes[i], down.total);
            CHECK(down.calls >= 1);
            CHECK_NUMBER(1, down.destroyed);
        }
    }
}

/* At its first call, which for a small file is the last as well. */
static void progress_cancels(void)
{
    static const size_t sizes[] = {0, 1, sizeof large};
    size_t i;
    int form;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct progress down = {0, 0, 0, 0, 0, 0};
        int before = attached();
        struct key key;
        for (form = 0; form < 2; form++) {
            struct progress up = {0, 0, 0, 0, 0, 5};
            snow_upload *upload = upload_of("a.bin", large, sizes[i]);
            snow_upload_set_multipart(upload, form, &error);
            snow_upload_set_progress(upload, told, &up, progress_gone, &error);
            CHECK(snow_upload_send(client, upload, &error) == NULL);
            CHECK_NUMBER(5, snow_error_callback_value(error));
            CHECK(!snow_error_maybe_applied(error));
            CHECK_NUMBER(SNOW_CALLBACK_FAILED, failed());
            CHECK_NUMBER(1, up.calls);
            CHECK_NUMBER(before, attached());
            CHECK_NUMBER(0, up.destroyed);
            snow_upload_free(upload);
            CHECK_NUMBER(1, up.destroyed);
        }
        key = key_of(upload_of("a.bin", large, sizes[i]));
        CHECK_STATUS(SNOW_CALLBACK_FAILED,
                     snow_attachment_download_file_with_progress(client, key.text, in_folder("copy"), told,
                                                                 &down, progress_gone, &error),
                     error);
        failed();
        CHECK_NUMBER(1, down.calls);
        CHECK_NUMBER(1, down.destroyed);
        CHECK_NUMBER(0, files());
    }
}

/* A callback may send the very upload that it is told of. */
struct nested {
    snow_upload *upload;
    int depth;
};

static int32_t send_again(void *user_data, uint64_t bytes, int64_t total)
{
    struct nested *nested = user_data;
    (void)bytes, (void)total;
    if (nested->depth++ == 0) {
        snow_record *record = snow_upload_send(client, nested->upload, NULL);
        CHECK(record != NULL);
        snow_record_free(record);
    }
    return SNOW_HANDLED;
}

static void an_upload_inside_an_upload(void)
{
    struct nested nested = {upload_of("a.txt", "abc", 3), 0};
    int before = attached();
    snow_upload_set_progress(nested.upload, send_again, &nested, NULL, &error);
    key_of(nested.upload);
    CHECK_NUMBER(2, nested.depth);
    CHECK_NUMBER(before + 2, attached());
}

int main(int count, char **arguments)
{
    size_t i;
    attachments_begin(count, arguments);
    snow_client_free(client);
    client = client_with("0", "0");
    for (i = 0; i < sizeof large; i++)
        large[i] = (char)(i * 31 >> 3);
    a_download_that_breaks_off();
    a_download_that_breaks_off_is_made_again();
    a_download_that_is_not_what_was_stored();
    the_metadata_decides();
    a_page_is_not_the_file();
    a_download_takes_as_long_as_pieces_come();
    a_callback_ends_a_download();
    a_file_that_cannot_be_sent();
    a_file_that_changes_its_size();
    content_that_is_not_what_was_promised();
    an_upload_whose_answer_is_lost();
    an_upload_that_is_stored_otherwise();
    progress_is_told_to_the_end();
    progress_cancels();
    an_upload_inside_an_upload();
    snow_client_free(client);
    return check_result();
}
