/*
 * Who is told how far a transfer is: to the end, and what becomes of it where they cancel it or call back. The
 * instance is SNOW_INSTANCE; the argument is an empty folder.
 */
#include "transfers.h"

#include <time.h>

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

/* Takes more than the time of a call, when it is told first. */
static int32_t take_time(void *user_data, uint64_t bytes, int64_t total)
{
    static const struct timespec more = {3, 100000000};
    (void)bytes, (void)total;
    if (++*(int *)user_data == 1)
        nanosleep(&more, NULL);
    return SNOW_HANDLED;
}

/* What a body takes of time is not the time of what follows: of a new token, nor of the upload that is made again. */
static void an_upload_that_took_long_is_made_again(void)
{
    snow_client *basic = client;
    snow_session *session = snow_session_new(&error);
    snow_upload *upload = upload_of("a.txt", "abc", 3);
    int calls = 0, before = attached();
    CHECK_STATUS(SNOW_OK, snow_session_set_oauth(session, "snow-client", "snow-secret", &error), error);
    CHECK_STATUS(SNOW_OK, snow_session_set_timeouts(session, 30000, 3000, &error), error);
    client = snow_client_new(instance, session, &error);
    CHECK_STATUS(SNOW_OK, snow_client_login(client, "admin", "admin", &error), error);
    /* The first meets an old token, and the second has no room. */
    control_do(instance, "POST", "/-/tokens/expire", "");
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"/api/now/attachment/file\",\"after\":1,\"fault\":{\"kind\":\"not_executed\"}}");
    CHECK_STATUS(SNOW_OK, snow_upload_set_progress(upload, take_time, &calls, NULL, &error), error);
    key_of(upload);
    CHECK_NUMBER(3, calls);
    snow_client_free(client);
    snow_session_free(session);
    client = basic;
    CHECK_NUMBER(before + 1, attached());
}

int main(int count, char **arguments)
{
    transfers_begin(count, arguments);
    progress_is_told_to_the_end();
    progress_cancels();
    an_upload_inside_an_upload();
    an_upload_that_took_long_is_made_again();
    snow_client_free(client);
    return check_result();
}
