/*
 * Downloads of attachments that go wrong: whatever breaks, it is an error, and no file is left. The instance
 * is SNOW_INSTANCE; the argument is an empty folder.
 */
#include "transfers.h"

static const char *content_path(const struct key *key)
{
    static char path[128];
    snprintf(path, sizeof path, "/api/now/attachment/%s/file", key->text);
    return path;
}

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
            CHECK_STATUS(SNOW_OK, snow_response_check(response, &error), error);
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
        CHECK_STATUS(SNOW_OK, snow_response_check(response, &error), error);
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

/* It is what the instance has, and so it is a success: what it says itself is no answer of the instance's. */
static void a_file_may_say_anything(void)
{
    static const struct file {
        const char *name, *content;
    } files_of[] = {
        {"a.json", "{\"error\":{\"message\":\"No Record found\"},\"status\":\"failure\"}"},
        {"a.json", "{\"result\":[{\"number\":"},
        {"a.json", "{\"result\":[{},{\"error\":{\"message\":\"Transaction cancelled\"}}]}"},
        {"a.html", "<title>Instance hibernating</title>"},
        {"a.html", "<form action=\"login.do\"><input name=\"user_password\"></form>"},
    };
    size_t i;
    int way;
    for (i = 0; i < sizeof files_of / sizeof *files_of; i++) {
        const char *content = files_of[i].content;
        struct key key = key_of(upload_of(files_of[i].name, content, strlen(content)));
        check_subject = content;
        for (way = 0; way < WAYS; way++)
            CHECK_NUMBER(SNOW_OK, downloaded(&key, way, content, strlen(content)));
        /* Its metadata is fetched then. */
        answer("GET", content_path(&key), 200, "[\"Content-Type\",\"text/plain\"]", "other");
        CHECK_NUMBER(SNOW_OK, downloaded(&key, TO_MEMORY, content, strlen(content)));
    }
    check_subject = "";
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

int main(int count, char **arguments)
{
    transfers_begin(count, arguments);
    a_download_that_breaks_off();
    a_download_that_breaks_off_is_made_again();
    a_download_that_is_not_what_was_stored();
    the_metadata_decides();
    a_page_is_not_the_file();
    a_file_may_say_anything();
    a_download_takes_as_long_as_pieces_come();
    a_callback_ends_a_download();
    snow_client_free(client);
    return check_result();
}
