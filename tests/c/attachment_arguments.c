/*
 * What a caller can get wrong with attachments. The instance is SNOW_INSTANCE, and is sent nothing.
 */
#include "check.h"
#include "refusal.h"

static const char ID[] = "0123456789abcdef0123456789abcdef";

static snow_client *client;
static snow_upload *upload;
static int destroyed;

static int32_t never_read(void *user_data, void *buffer, size_t size, size_t *count)
{
    (void)user_data, (void)buffer, (void)size, (void)count;
    CHECK(!"an upload that is never sent is not read");
    return 0;
}

static int32_t never_written(void *user_data, const void *bytes, size_t length)
{
    (void)user_data, (void)bytes, (void)length;
    CHECK(!"a download that never begins is not written");
    return 0;
}

static int32_t never_told(void *user_data, uint64_t bytes, int64_t total)
{
    (void)user_data, (void)bytes, (void)total;
    CHECK(!"a transfer that never begins has no progress");
    return 0;
}

static void null(void)
{
    const snow_status null = SNOW_NULL_ARGUMENT;
    MAKES_NOTHING(null, "client", snow_attachment_list(NULL, NULL, NULL, NULL, where));
    MAKES_NOTHING(null, "client", snow_attachment_get(NULL, ID, where));
    MAKES_NOTHING(null, "sys_id", snow_attachment_get(client, NULL, where));
    MAKES_NOTHING(null, "client", snow_attachment_upload_file(NULL, "incident", ID, "x", where));
    MAKES_NOTHING(null, "table", snow_attachment_upload_file(client, NULL, ID, "x", where));
    MAKES_NOTHING(null, "sys_id", snow_attachment_upload_file(client, "incident", NULL, "x", where));
    MAKES_NOTHING(null, "path", snow_attachment_upload_file(client, "incident", ID, NULL, where));
    REFUSES(null, "client", snow_attachment_download_file(NULL, ID, "x", where));
    REFUSES(null, "sys_id", snow_attachment_download_file(client, NULL, "x", where));
    REFUSES(null, "path", snow_attachment_download_file(client, ID, NULL, where));
    MAKES_NOTHING(null, "client", snow_attachment_download(NULL, ID, where));
    MAKES_NOTHING(null, "sys_id", snow_attachment_download(client, NULL, where));
    MAKES_NOTHING(null, "client", snow_attachment_open(NULL, ID, where));
    MAKES_NOTHING(null, "sys_id", snow_attachment_open(client, NULL, where));
    REFUSES(null, "client", snow_attachment_rename(NULL, ID, "x", where));
    REFUSES(null, "sys_id", snow_attachment_rename(client, NULL, "x", where));
    REFUSES(null, "file_name", snow_attachment_rename(client, ID, NULL, where));
    REFUSES(null, "client", snow_attachment_delete(NULL, ID, where));
    REFUSES(null, "sys_id", snow_attachment_delete(client, NULL, where));

    MAKES_NOTHING(null, "table", snow_upload_new(NULL, ID, where));
    MAKES_NOTHING(null, "sys_id", snow_upload_new("incident", NULL, where));
    REFUSES(null, "upload", snow_upload_set_file(NULL, "x", where));
    REFUSES(null, "path", snow_upload_set_file(upload, NULL, where));
    REFUSES(null, "upload", snow_upload_set_bytes(NULL, "x", 1, where));
    REFUSES(null, "bytes", snow_upload_set_bytes(upload, NULL, 1, where));
    REFUSES(null, "upload", snow_upload_set_file_name(NULL, "x", where));
    REFUSES(null, "file_name", snow_upload_set_file_name(upload, NULL, where));
    REFUSES(null, "upload", snow_upload_set_content_type(NULL, "a/b", where));
    REFUSES(null, "content_type", snow_upload_set_content_type(upload, NULL, where));
    REFUSES(null, "upload", snow_upload_set_multipart(NULL, 1, where));
    MAKES_NOTHING(null, "client", snow_upload_send(NULL, upload, where));
    MAKES_NOTHING(null, "upload", snow_upload_send(client, NULL, where));
    snow_upload_free(NULL);
}

static void a_callback_that_is_refused_is_destroyed(void)
{
    const snow_status null = SNOW_NULL_ARGUMENT;
    int *count = &destroyed;
    REFUSES(null, "client",
            snow_attachment_download_to(NULL, ID, never_written, count, count_destroyed, where));
    REFUSES(null, "sys_id",
            snow_attachment_download_to(client, NULL, never_written, count, count_destroyed, where));
    REFUSES(null, "callback",
            snow_attachment_download_to(client, ID, NULL, count, count_destroyed, where));
    CHECK_NUMBER(6, destroyed);
    REFUSES(null, "client",
            snow_attachment_download_file_with_progress(NULL, ID, "x", never_told, count,
                                                        count_destroyed, where));
    REFUSES(null, "sys_id",
            snow_attachment_download_file_with_progress(client, NULL, "x", never_told, count,
                                                        count_destroyed, where));
    REFUSES(null, "path",
            snow_attachment_download_file_with_progress(client, ID, NULL, never_told, count,
                                                        count_destroyed, where));
    REFUSES(null, "callback",
            snow_attachment_download_file_with_progress(client, ID, "x", NULL, count, count_destroyed,
                                                        where));
    CHECK_NUMBER(14, destroyed);
    REFUSES(null, "upload",
            snow_upload_set_reader(NULL, 0, never_read, count, count_destroyed, where));
    REFUSES(null, "callback", snow_upload_set_reader(upload, 0, NULL, count, count_destroyed, where));
    REFUSES(null, "upload",
            snow_upload_set_progress(NULL, never_told, count, count_destroyed, where));
    CHECK_NUMBER(20, destroyed);
    /* Other content, and another one to tell, take its place. */
    SUCCEEDS(snow_upload_set_reader(upload, 0, never_read, count, count_destroyed, where));
    SUCCEEDS(snow_upload_set_progress(upload, never_told, count, count_destroyed, where));
    CHECK_NUMBER(20, destroyed);
    SUCCEEDS(snow_upload_set_bytes(upload, "x", 1, where));
    CHECK_NUMBER(21, destroyed);
    SUCCEEDS(snow_upload_set_progress(upload, NULL, NULL, NULL, where));
    CHECK_NUMBER(22, destroyed);
}

static void bad_utf8(void)
{
    const snow_status bad = SNOW_INVALID_UTF8;
    MAKES_NOTHING(bad, "table", snow_attachment_list(client, BAD, NULL, NULL, where));
    MAKES_NOTHING(bad, "sys_id", snow_attachment_list(client, NULL, BAD, NULL, where));
    MAKES_NOTHING(bad, "sys_id", snow_attachment_get(client, BAD, where));
    MAKES_NOTHING(bad, "path", snow_attachment_upload_file(client, "incident", ID, BAD, where));
    REFUSES(bad, "path", snow_attachment_download_file(client, ID, BAD, where));
    REFUSES(bad, "file_name", snow_attachment_rename(client, ID, BAD, where));
    REFUSES(bad, "path", snow_upload_set_file(upload, BAD, where));
    REFUSES(bad, "file_name", snow_upload_set_file_name(upload, BAD, where));
    REFUSES(bad, "content_type", snow_upload_set_content_type(upload, BAD, where));
}

static void values(void)
{
    const snow_status invalid = SNOW_INVALID_ARGUMENT;
    snow_upload *empty;
    MAKES_NOTHING(invalid, "table", snow_attachment_list(client, "../x", NULL, NULL, where));
    MAKES_NOTHING(invalid, "sys_id", snow_attachment_list(client, NULL, "a^b", NULL, where));
    MAKES_NOTHING(invalid, "sys_id", snow_attachment_get(client, "", where));
    MAKES_NOTHING(invalid, "sys_id", snow_attachment_download(client, "../x", where));
    MAKES_NOTHING(invalid, "sys_id", snow_attachment_open(client, "a/b", where));
    MAKES_NOTHING(invalid, "table", snow_attachment_upload_file(client, "", ID, "x", where));
    MAKES_NOTHING(invalid, "sys_id", snow_attachment_upload_file(client, "incident", "", "x", where));
    MAKES_NOTHING(invalid, "path", snow_attachment_upload_file(client, "incident", ID, "", where));
    MAKES_NOTHING(invalid, "path", snow_attachment_upload_file(client, "incident", ID, "..", where));
    REFUSES(invalid, "path", snow_attachment_download_file(client, ID, "", where));
    REFUSES(SNOW_FILE, "path", snow_attachment_download_file(client, ID, ".", where));
    REFUSES(SNOW_FILE, "path", snow_attachment_download_file(client, ID, "/dev/null", where));
    REFUSES(SNOW_FILE, "path", snow_attachment_download_file(client, ID, "no-such-folder/", where));
    REFUSES(SNOW_FILE, "path", snow_attachment_download_file(client, ID, "no/such/folder/x", where));
    REFUSES(invalid, "file_name", snow_attachment_rename(client, ID, "", where));
    REFUSES(invalid, "sys_id", snow_attachment_delete(client, "", where));

    MAKES_NOTHING(invalid, "table", snow_upload_new("in cident", ID, where));
    MAKES_NOTHING(invalid, "sys_id", snow_upload_new("incident", "", where));
    REFUSES(invalid, "path", snow_upload_set_file(upload, "", where));
    REFUSES(invalid, "file_name", snow_upload_set_file_name(upload, "", where));
    REFUSES(invalid, "content_type", snow_upload_set_content_type(upload, "", where));
    REFUSES(invalid, "content_type", snow_upload_set_content_type(upload, "a\r\nb: c", where));
    REFUSES(invalid, "multipart", snow_upload_set_multipart(upload, 2, where));

    begin(&error);
    empty = snow_upload_new("incident", ID, where);
    CHECK(empty != NULL);
    MAKES_NOTHING(invalid, "upload", snow_upload_send(client, empty, where));
    SUCCEEDS(snow_upload_set_bytes(empty, NULL, 0, where));
    MAKES_NOTHING(invalid, "file_name", snow_upload_send(client, empty, where));
    SUCCEEDS(snow_upload_set_file_name(empty, "100%22.txt", where));
    SUCCEEDS(snow_upload_set_multipart(empty, 1, where));
    MAKES_NOTHING(invalid, "file_name", snow_upload_send(client, empty, where));
    snow_upload_free(empty);
}

static void handles_of_another_kind(void)
{
    const snow_status handle = SNOW_INVALID_HANDLE;
    REFUSES(handle, "upload", snow_upload_set_multipart((snow_upload *)client, 1, where));
    MAKES_NOTHING(handle, "client", snow_attachment_get((snow_client *)upload, ID, where));
}

int main(void)
{
    const char *instance = getenv("SNOW_INSTANCE");
    if (!instance)
        return 2;
    begin(&error);
    client = snow_client_new_basic(instance, "admin", "admin", where);
    upload = snow_upload_new("incident", ID, where);
    if (!CHECK(client && upload && !error))
        return check_result();
    null();
    a_callback_that_is_refused_is_destroyed();
    bad_utf8();
    values();
    handles_of_another_kind();
    CHECK_NUMBER(0, control_count(instance, "/"));
    snow_upload_free(upload);
    snow_client_free(client);
    return check_result();
}
