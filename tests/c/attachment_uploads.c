/*
 * Uploads of attachments that go wrong: whatever breaks, it is an error, and no attachment is left unless the
 * error says so. The instance is SNOW_INSTANCE; the argument is an empty folder.
 */
#include "transfers.h"

#define RAW_UPLOAD "/api/now/attachment/file"
#define FORM_UPLOAD "/api/now/attachment/upload"

static void a_file_that_cannot_be_sent(void)
{
    const char *const pipe = in_folder("pipe");
    /* A folder, none, one in what is no folder, a file that is there and cannot be read, a file without an
     * end, and a pipe that nobody writes to. */
    const char *const paths[] = {"/", "/no/such/file", "/dev/null/x", "/proc/self/mem", "/dev/zero", pipe};
    int form, before = control_count(instance, "/api/now/attachment");
    size_t i;
    CHECK_NUMBER(0, mkfifo(pipe, 0600));
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
    remove(pipe);
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
            else
                CHECK_ARGUMENT("callback", error);
            CHECK(!snow_error_maybe_applied(error));
            CHECK_NUMBER(promises[i].expected, failed());
            CHECK_NUMBER(1, from.destroyed);
            /* It was read out, as far as it was. */
            CHECK(snow_upload_send(client, upload, &error) == NULL);
            CHECK_ARGUMENT("upload", error);
            CHECK_NUMBER(SNOW_INVALID_ARGUMENT, failed());
            snow_upload_free(upload);
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

/* The answer is no file: all of it has the time of a call, however soon its next piece comes. */
static void an_answer_that_hardly_comes(void)
{
    snow_client *patient = client;
    snow_session *session = snow_session_new(&error);
    int form;
    snow_session_set_basic_auth(session, "admin", "admin", &error);
    CHECK_STATUS(SNOW_OK, snow_session_set_timeouts(session, 1000, 2000, &error), error);
    client = snow_client_new(instance, session, &error);
    snow_session_free(session);
    for (form = 0; form < 2; form++) {
        snow_upload *upload = upload_of("a.txt", "hello", 5);
        snow_upload_set_multipart(upload, form, &error);
        fault("POST", form ? FORM_UPLOAD : RAW_UPLOAD, 1, "{\"kind\":\"drip\",\"bytes\":1,\"interval_ms\":50}");
        CHECK(snow_upload_send(client, upload, &error) == NULL);
        CHECK(snow_error_maybe_applied(error) && !snow_error_is_retryable(error));
        CHECK_NUMBER(SNOW_TIMEOUT, failed());
        snow_upload_free(upload);
    }
    snow_client_free(client);
    client = patient;
}

static void an_upload_that_is_stored_otherwise(void)
{
    static const struct told {
        const char *record;
        snow_status expected;
        const char *words;
    } tolds[] = {
        {"\\\"size_bytes\\\":\\\"5\\\"", SNOW_OK, ""},
        {"\\\"size_bytes\\\":\\\"4\\\"", SNOW_CORRUPT, "4 bytes in place of 5 bytes"},
        {"\\\"size_bytes\\\":\\\"0\\\"", SNOW_CORRUPT, "0 bytes in place of 5 bytes"},
        {"\\\"size_bytes\\\":\\\"5\\\",\\\"hash\\\":\\\""
         "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\\\"",
         SNOW_OK, ""},
        {"\\\"size_bytes\\\":\\\"5\\\",\\\"hash\\\":\\\""
         "0cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824\\\"",
         SNOW_CORRUPT, "SHA-256 0cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824 in place of "
                       "SHA-256 2cf2"},
        {"\\\"file_name\\\":\\\"a.txt\\\"", SNOW_OK, ""},
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
            CHECK(strstr(snow_error_message(error), tolds[i].words) != NULL);
            CHECK(snow_error_maybe_applied(error) && !snow_error_is_retryable(error));
            CHECK_TEXT(RAW_UPLOAD, snow_error_path(error));
        }
        CHECK_NUMBER(tolds[i].expected, failed());
        snow_record_free(record);
        snow_upload_free(upload);
    }
    check_subject = "";
}

int main(int count, char **arguments)
{
    transfers_begin(count, arguments);
    a_file_that_cannot_be_sent();
    a_file_that_changes_its_size();
    content_that_is_not_what_was_promised();
    an_upload_whose_answer_is_lost();
    an_answer_that_hardly_comes();
    an_upload_that_is_stored_otherwise();
    snow_client_free(client);
    return check_result();
}
