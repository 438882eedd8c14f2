/*
 * What can be done with attachments, whatever they are called and wherever their content is. The instance
 * is SNOW_INSTANCE; the argument is an empty folder.
 */
#include "attachments.h"

#include <unistd.h>

/* More than two of the pieces that a body goes in. */
static char large[300000];

static void a_file_goes_up_and_comes_down(void)
{
    static const char text[] = "line one\nline two\n";
    size_t size = sizeof text - 1, length, count;
    char buffer[7];
    struct key key;
    struct bytes to = {text, size, 0, 0, 0, 0, SNOW_HANDLED};
    snow_record *record;
    snow_response *response;
    write_file(in_folder("disk full.log"), text, size);
    record = snow_attachment_upload_file(client, "incident", incident, in_folder("disk full.log"), &error);
    if (!CHECK(record != NULL))
        return;
    CHECK_TEXT("disk full.log", snow_record_get(record, "file_name", NULL));
    CHECK_TEXT("text/plain", snow_record_get(record, "content_type", NULL));
    CHECK_TEXT("18", snow_record_get(record, "size_bytes", NULL));
    CHECK_TEXT("incident", snow_record_get(record, "table_name", NULL));
    CHECK_TEXT(incident, snow_record_get(record, "table_sys_id", NULL));
    snprintf(key.text, sizeof key.text, "%s", snow_record_get(record, "sys_id", NULL));
    snow_record_free(record);

    record = snow_attachment_get(client, key.text, &error);
    CHECK_TEXT("disk full.log", snow_record_get(record, "file_name", NULL));
    snow_record_free(record);

    /* To a file, whether there is one or not; in the same folder nothing else is left. */
    remove(in_folder("disk full.log"));
    CHECK_STATUS(SNOW_OK, snow_attachment_download_file(client, key.text, in_folder("copy"), &error), error);
    CHECK(file_holds(in_folder("copy"), text, size));
    write_file(in_folder("copy"), large, sizeof large);
    CHECK_STATUS(SNOW_OK, snow_attachment_download_file(client, key.text, in_folder("copy"), &error), error);
    CHECK(file_holds(in_folder("copy"), text, size));
    CHECK_NUMBER(1, files());

    response = snow_attachment_download(client, key.text, &error);
    CHECK_TEXT(text, snow_response_body(response, &length, &error));
    CHECK_NUMBER(size, length);
    CHECK_TEXT("text/plain", snow_response_header(response, "content-type"));
    CHECK(strstr(snow_response_header(response, "x-attachment-metadata"), key.text) != NULL);
    snow_response_free(response);

    CHECK_STATUS(SNOW_OK, snow_attachment_download_to(client, key.text, take, &to, gone, &error), error);
    CHECK_NUMBER(size, to.taken);
    CHECK_NUMBER(1, to.destroyed);

    response = snow_attachment_open(client, key.text, &error);
    length = 0;
    while (snow_response_read(response, buffer, sizeof buffer, &count, &error) == SNOW_OK) {
        CHECK(memcmp(text + length, buffer, count) == 0);
        length += count;
    }
    CHECK_NUMBER(size, length);
    CHECK(error == NULL);
    snow_response_free(response);
    remove(in_folder("copy"));
}

/* A file gets the permissions that any new file gets, or keeps those that it has. */
static void a_private_file_stays_private(void)
{
    static const mode_t modes[] = {0600, 0640, 0444, 0666};
    struct stat file;
    mode_t mask = umask(022);
    struct key key = key_of(upload_of("a.txt", "abc", 3));
    size_t i;
    for (i = 0; i < sizeof modes / sizeof *modes; i++) {
        write_file(in_folder("kept"), "old", 3);
        CHECK_NUMBER(0, chmod(in_folder("kept"), modes[i]));
        CHECK_STATUS(SNOW_OK, snow_attachment_download_file(client, key.text, in_folder("kept"), &error), error);
        CHECK(file_holds(in_folder("kept"), "abc", 3));
        CHECK(stat(in_folder("kept"), &file) == 0);
        CHECK_NUMBER(modes[i], file.st_mode & 07777);
        remove(in_folder("kept"));
    }
    /* Somebody else's stays theirs, where this user may give a file away. */
    write_file(in_folder("theirs"), "old", 3);
    if (geteuid() == 0 && chown(in_folder("theirs"), 1, 2) == 0) {
        CHECK_NUMBER(0, chmod(in_folder("theirs"), 0640));
        CHECK_STATUS(SNOW_OK, snow_attachment_download_file(client, key.text, in_folder("theirs"), &error), error);
        CHECK(stat(in_folder("theirs"), &file) == 0);
        CHECK_NUMBER(1, file.st_uid);
        CHECK_NUMBER(2, file.st_gid);
        CHECK_NUMBER(0640, file.st_mode & 07777);
    }
    remove(in_folder("theirs"));
    umask(027);
    CHECK_STATUS(SNOW_OK, snow_attachment_download_file(client, key.text, in_folder("new"), &error), error);
    CHECK(stat(in_folder("new"), &file) == 0);
    CHECK_NUMBER(0640, file.st_mode & 07777);
    remove(in_folder("new"));
    umask(mask);
}

static void a_link_leads_to_the_file_that_is_replaced(void)
{
    struct stat file;
    struct key key = key_of(upload_of("a.txt", "abc", 3));
    write_file(in_folder("real"), "old", 3);
    CHECK_NUMBER(0, symlink(in_folder("real"), in_folder("link")));
    CHECK_STATUS(SNOW_OK, snow_attachment_download_file(client, key.text, in_folder("link"), &error), error);
    CHECK(file_holds(in_folder("real"), "abc", 3));
    CHECK(lstat(in_folder("link"), &file) == 0 && S_ISLNK(file.st_mode));
    /* Also where nothing is there yet, by way of another link from its own folder. */
    remove(in_folder("real"));
    CHECK_NUMBER(0, symlink("link", in_folder("first")));
    CHECK_STATUS(SNOW_OK, snow_attachment_download_file(client, key.text, in_folder("first"), &error), error);
    CHECK(file_holds(in_folder("real"), "abc", 3));
    CHECK(lstat(in_folder("link"), &file) == 0 && S_ISLNK(file.st_mode));
    CHECK(lstat(in_folder("first"), &file) == 0 && S_ISLNK(file.st_mode));
    remove(in_folder("first"));
    remove(in_folder("link"));
    remove(in_folder("real"));
    /* A circle leads nowhere. */
    CHECK_NUMBER(0, symlink("link", in_folder("link")));
    (void)snow_attachment_download_file(client, key.text, in_folder("link"), &error);
    CHECK_NUMBER(SNOW_FILE, failed());
    CHECK(lstat(in_folder("link"), &file) == 0 && S_ISLNK(file.st_mode));
    remove(in_folder("link"));
}

/* That the content cannot be kept is known before any of it is asked for. */
static void a_name_that_is_too_long(void)
{
    const int64_t before = snow_client_statistic(client, SNOW_STATISTIC_REQUESTS);
    char name[301] = "";
    memset(name, 'n', sizeof name - 1);
    (void)snow_attachment_download_file(client, "0123456789abcdef0123456789abcdef", in_folder(name), &error);
    CHECK_NUMBER(SNOW_FILE, failed());
    CHECK_NUMBER(before, snow_client_statistic(client, SNOW_STATISTIC_REQUESTS));
}

/* From everywhere and to everywhere, raw and as a form, of each size: the same record and content. */
static void every_source_gives_the_same_attachment(void)
{
    static const size_t sizes[] = {0, 1, 131072, sizeof large};
    enum { FILE_, BYTES, READER, READER_WITHOUT_LENGTH, SOURCES };
    size_t i;
    for (i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t size = sizes[i];
        char hash[65] = "", told[32];
        int form, source;
        snprintf(told, sizeof told, "%lu", (unsigned long)size);
        write_file(in_folder("content"), large, size);
        for (form = 0; form < 2; form++) {
            for (source = 0; source < SOURCES; source++) {
                struct bytes from = {large, size, 0, 70000, 0, 0, SNOW_HANDLED};
                struct bytes to = {large, size, 0, 0, 0, 0, SNOW_HANDLED};
                snow_upload *upload = upload_to(incident);
                snow_record *record;
                snow_response *response;
                const char *id;
                CHECK_STATUS(SNOW_OK, snow_upload_set_file_name(upload, "x.bin", &error), error);
                CHECK_STATUS(SNOW_OK, snow_upload_set_multipart(upload, form, &error), error);
                if (source == FILE_)
                    snow_upload_set_file(upload, in_folder("content"), &error);
                else if (source == BYTES)
                    snow_upload_set_bytes(upload, large, size, &error);
                else
                    snow_upload_set_reader(upload, source == READER ? size : SNOW_LENGTH_UNKNOWN, give, &from,
                                           gone, &error);
                record = snow_upload_send(client, upload, &error);
                if (!CHECK(record != NULL)) {
                    fprintf(stderr, "    size %s, form %d, source %d: %s\n", told, form, source,
                            snow_error_message(error));
                    continue;
                }
                CHECK_TEXT("x.bin", snow_record_get(record, "file_name", NULL));
                CHECK_TEXT("application/octet-stream", snow_record_get(record, "content_type", NULL));
                CHECK_TEXT(told, snow_record_get(record, "size_bytes", NULL));
                CHECK_TEXT(incident, snow_record_get(record, "table_sys_id", NULL));
                if (!*hash)
                    snprintf(hash, sizeof hash, "%s", snow_record_get(record, "hash", NULL));
                CHECK_TEXT(hash, snow_record_get(record, "hash", NULL));
                /* Content that was read out is gone; other content can be sent again. */
                CHECK_NUMBER(source >= READER, from.destroyed);
                id = snow_record_get(record, "sys_id", NULL);
                if (source >= READER) {
                    CHECK(snow_upload_send(client, upload, &error) == NULL);
                    CHECK_NUMBER(SNOW_INVALID_ARGUMENT, failed());
                } else if (size == 1) {
                    snow_record_free(snow_upload_send(client, upload, &error));
                    CHECK(error == NULL);
                }
                CHECK_STATUS(SNOW_OK, snow_attachment_download_to(client, id, take, &to, NULL, &error), error);
                CHECK_NUMBER(size, to.taken);
                response = snow_attachment_download(client, id, &error);
                CHECK(response != NULL);
                snow_response_free(response);
                CHECK_STATUS(SNOW_OK, snow_attachment_download_file(client, id, in_folder("copy"), &error),
                             error);
                CHECK(file_holds(in_folder("copy"), large, size));
                snow_record_free(record);
                snow_upload_free(upload);
            }
        }
    }
    remove(in_folder("content"));
    remove(in_folder("copy"));
    CHECK_NUMBER(0, files());
}

static void names_of_every_kind(void)
{
    static char longest[256];
    const char *names[] = {
        longest,
        "\"quoted\" 'too'.txt",
        "line\nbreak\r\nand more",
        "a&b+c#d%e=f?g;h,i.txt",
        "100% back\\slash/and slash",
        "  spaces  ",
        "name*=utf-8''x; filename=\"y\"",
        "\xf0\x9f\x98\x80 Z\xc3\xbcrich \xe6\x97\xa5\xe6\x9c\xac.txt",
    };
    size_t i;
    int form;
    /* 255 bytes: 85 characters of three bytes each, the last four of them ".txt" and a letter. */
    for (i = 0; i < 83; i++)
        memcpy(longest + 3 * i, "\xe6\x97\xa5", 3);
    memcpy(longest + 249, "ab.txt", 7);
    CHECK_NUMBER(255, strlen(longest));
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        for (form = 0; form < 2; form++) {
            snow_upload *upload = upload_of(names[i], "abc", 3);
            snow_record *record;
            check_subject = names[i];
            snow_upload_set_multipart(upload, form, &error);
            record = snow_upload_send(client, upload, &error);
            CHECK_TEXT(names[i], snow_record_get(record, "file_name", NULL));
            CHECK_TEXT("3", snow_record_get(record, "size_bytes", NULL));
            CHECK_STATUS(SNOW_OK,
                         snow_attachment_rename(client, snow_record_get(record, "sys_id", NULL), names[0],
                                                &error),
                         error);
            snow_record_free(record);
            snow_upload_free(upload);
        }
    }
    check_subject = "";
    /* What a form cannot say goes raw. */
    {
        snow_upload *upload = upload_of("100%22 %0d%0A", "abc", 3);
        snow_record *record = snow_upload_send(client, upload, &error);
        CHECK_TEXT("100%22 %0d%0A", snow_record_get(record, "file_name", NULL));
        snow_record_free(record);
        snow_upload_set_multipart(upload, 1, &error);
        CHECK(snow_upload_send(client, upload, &error) == NULL);
        CHECK_ARGUMENT("file_name", error);
        CHECK_NUMBER(SNOW_INVALID_ARGUMENT, failed());
        snow_upload_free(upload);
    }
}

static void the_media_type_is_guessed_or_given(void)
{
    static const char *const guesses[][2] = {
        {"a.txt", "text/plain"},           {"PHOTO.JPEG", "image/jpeg"},
        {"a.b.pdf", "application/pdf"},    {"no extension", "application/octet-stream"},
        {"a.snow", "application/octet-stream"},
    };
    size_t i;
    int form;
    for (i = 0; i < sizeof guesses / sizeof *guesses; i++) {
        for (form = 0; form < 2; form++) {
            snow_upload *upload = upload_of(guesses[i][0], "abc", 3);
            snow_record *record;
            snow_upload_set_multipart(upload, form, &error);
            record = snow_upload_send(client, upload, &error);
            CHECK_TEXT(guesses[i][1], snow_record_get(record, "content_type", NULL));
            snow_record_free(record);
            CHECK_STATUS(SNOW_OK, snow_upload_set_content_type(upload, "text/csv; charset=utf-8", &error),
                         error);
            record = snow_upload_send(client, upload, &error);
            CHECK_TEXT("text/csv; charset=utf-8", snow_record_get(record, "content_type", NULL));
            snow_record_free(record);
            snow_upload_free(upload);
        }
    }
}

/* How many rows a list has, and that each has the name that it should. */
static int listed(const char *table, const char *sys_id, const snow_query *query, const char *name)
{
    snow_cursor *cursor = snow_attachment_list(client, table, sys_id, query, &error);
    const snow_record *row;
    int count = 0;
    snow_status status;
    CHECK(cursor != NULL);
    while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK) {
        if (name)
            CHECK_TEXT(name, snow_record_get(row, "file_name", NULL));
        count++;
    }
    CHECK_NUMBER(SNOW_DONE, status);
    CHECK_NUMBER(count, snow_cursor_fetched(cursor));
    snow_cursor_free(cursor);
    return count;
}

static void lists_by_record_by_table_and_by_query(void)
{
    snow_record *fields = snow_record_new(&error);
    snow_record *problem = snow_table_create(client, "problem", fields, NULL, &error);
    const char *key = snow_record_get(problem, "sys_id", NULL);
    snow_upload *upload = snow_upload_new("problem", key, &error);
    snow_query *query;
    int i, all = listed(NULL, NULL, NULL, NULL), before;
    snow_upload_set_bytes(upload, "x", 1, &error);
    for (i = 0; i < 7; i++) {
        snow_upload_set_file_name(upload, i < 3 ? "some.txt" : "others.txt", &error);
        snow_record_free(snow_upload_send(client, upload, &error));
        CHECK(error == NULL);
    }
    CHECK_NUMBER(all + 7, listed(NULL, NULL, NULL, NULL));
    CHECK_NUMBER(7, listed("problem", NULL, NULL, NULL));
    CHECK_NUMBER(7, listed("problem", key, NULL, NULL));
    CHECK_NUMBER(7, listed(NULL, key, NULL, NULL));
    CHECK_NUMBER(0, listed("problem", incident, NULL, NULL));

    /* Page after page, by key; each page is a request. */
    query = snow_query_new(&error);
    snow_query_page_size(query, 2, &error);
    before = control_count(instance, "/api/now/attachment");
    CHECK_NUMBER(7, listed("problem", key, query, NULL));
    CHECK(control_count(instance, "/api/now/attachment") - before >= 4);
    snow_query_where(query, "file_name", SNOW_EQ, "some.txt", &error);
    CHECK_NUMBER(3, listed("problem", key, query, "some.txt"));
    CHECK_NUMBER(3, listed("problem", NULL, query, "some.txt"));
    snow_query_limit(query, 2, &error);
    CHECK_NUMBER(2, listed("problem", key, query, "some.txt"));
    snow_query_free(query);

    /* The record binds every group of a query, and an order is kept. */
    query = snow_query_new(&error);
    snow_query_where(query, "file_name", SNOW_EQ, "some.txt", &error);
    snow_query_new_query(query, &error);
    snow_query_where(query, "size_bytes", SNOW_GE, "0", &error);
    CHECK_NUMBER(7, listed("problem", key, query, NULL));
    snow_query_order_by(query, "file_name", &error);
    snow_query_limit(query, 4, &error);
    CHECK_NUMBER(4, listed("problem", key, query, "others.txt"));
    snow_query_free(query);

    query = snow_query_parse("file_name=some.txt^NQfile_name=others.txt", &error);
    CHECK_NUMBER(7, listed("problem", key, query, NULL));
    CHECK_NUMBER(0, listed("incident", key, query, NULL));
    snow_query_free(query);

    /* With the record go its files. */
    CHECK_STATUS(SNOW_OK, snow_table_delete(client, "problem", key, NULL, &error), error);
    CHECK_NUMBER(0, listed(NULL, key, NULL, NULL));
    snow_upload_free(upload);
    snow_record_free(problem);
    snow_record_free(fields);
}

static void renamed_and_deleted_in_one_request_each(void)
{
    struct key key = key_of(upload_of("a.txt", "abc", 3));
    snow_record *record;
    int before = control_count(instance, "/");
    CHECK_STATUS(SNOW_OK, snow_attachment_rename(client, key.text, "b \"\xc3\xbc\".pdf", &error), error);
    CHECK_NUMBER(before + 1, control_count(instance, "/"));
    record = snow_attachment_get(client, key.text, &error);
    CHECK_TEXT("b \"\xc3\xbc\".pdf", snow_record_get(record, "file_name", NULL));
    CHECK_TEXT("text/plain", snow_record_get(record, "content_type", NULL));
    snow_record_free(record);
    before = control_count(instance, "/");
    CHECK_STATUS(SNOW_OK, snow_attachment_delete(client, key.text, &error), error);
    CHECK_NUMBER(before + 1, control_count(instance, "/"));

    /* It is gone, for every call. */
    CHECK(snow_attachment_get(client, key.text, &error) == NULL);
    CHECK_NUMBER(SNOW_NOT_FOUND, failed());
    CHECK(snow_attachment_download(client, key.text, &error) == NULL);
    CHECK_TEXT("No Record found", snow_error_instance_message(error));
    CHECK_NUMBER(404, snow_error_http_status(error));
    CHECK_NUMBER(SNOW_NOT_FOUND, failed());
    CHECK(snow_attachment_open(client, key.text, &error) == NULL);
    CHECK_NUMBER(SNOW_NOT_FOUND, failed());
    CHECK_STATUS(SNOW_NOT_FOUND,
                 snow_attachment_download_file(client, key.text, in_folder("copy"), &error), error);
    failed();
    CHECK_NUMBER(0, files());
    CHECK_STATUS(SNOW_NOT_FOUND, snow_attachment_rename(client, key.text, "c.txt", &error), error);
    failed();
    CHECK_STATUS(SNOW_NOT_FOUND, snow_attachment_delete(client, key.text, &error), error);
    failed();
}

static void what_the_instance_refuses(void)
{
    static const char nobody[] = "00000000000000000000000000000000";
    snow_upload *upload = upload_to(nobody);
    int form, before = attached();
    snow_upload_set_bytes(upload, "abc", 3, &error);
    snow_upload_set_file_name(upload, "a.txt", &error);
    CHECK(snow_upload_send(client, upload, &error) == NULL);
    CHECK_NUMBER(404, snow_error_http_status(error));
    CHECK_NUMBER(SNOW_NOT_FOUND, failed());
    snow_upload_free(upload);

    control_do(instance, "PATCH", "/-/settings",
               "{\"attachment_max_bytes\":200000,\"attachment_extensions\":[\"txt\",\"log\"]}");
    for (form = 0; form < 2; form++) {
        upload = upload_of("a.exe", "abc", 3);
        snow_upload_set_multipart(upload, form, &error);
        CHECK(snow_upload_send(client, upload, &error) == NULL);
        CHECK(!snow_error_maybe_applied(error));
        CHECK_NUMBER(SNOW_FORBIDDEN, failed());
        /* It answers before it has read all; the answer is what counts. */
        snow_upload_set_file_name(upload, "a.txt", &error);
        snow_upload_set_bytes(upload, large, sizeof large, &error);
        CHECK(snow_upload_send(client, upload, &error) == NULL);
        CHECK_NUMBER(400, snow_error_http_status(error));
        CHECK_NUMBER(SNOW_BAD_REQUEST, failed());
        snow_upload_free(upload);
    }
    {
        struct key key = key_of(upload_of("a.txt", "abc", 3));
        CHECK_STATUS(SNOW_FORBIDDEN, snow_attachment_rename(client, key.text, "a.exe", &error), error);
        failed();
    }
    control_do(instance, "PATCH", "/-/settings",
               "{\"attachment_max_bytes\":1073741824,\"attachment_extensions\":[]}");
    CHECK_NUMBER(before + 1, attached());
}

/* A token that the instance refuses is replaced, and the file is read from its beginning again. */
static void sent_again_with_another_token(void)
{
    snow_client *basic = client, *signed_in;
    struct bytes from = {large, 5, 0, 0, 0, 0, SNOW_HANDLED};
    snow_upload *upload;
    snow_record *record;
    signed_in = snow_client_new_oauth(instance, getenv("SNOW_CLIENT_ID"), getenv("SNOW_CLIENT_SECRET"), NULL,
                                      &error);
    CHECK_STATUS(SNOW_OK, snow_client_login(signed_in, "admin", "admin", &error), error);
    client = signed_in;
    write_file(in_folder("a.bin"), large, sizeof large);
    control_do(instance, "POST", "/-/tokens/expire", "");
    record = snow_attachment_upload_file(client, "incident", incident, in_folder("a.bin"), &error);
    CHECK_TEXT("300000", snow_record_get(record, "size_bytes", NULL));
    snow_record_free(record);
    /* What a callback gives cannot be had again. */
    control_do(instance, "POST", "/-/tokens/expire", "");
    upload = upload_of("a.txt", "", 0);
    snow_upload_set_reader(upload, 5, give, &from, gone, &error);
    CHECK(snow_upload_send(client, upload, &error) == NULL);
    CHECK_NUMBER(SNOW_UNAUTHENTICATED, failed());
    CHECK_NUMBER(1, from.destroyed);
    snow_upload_free(upload);
    snow_client_free(signed_in);
    client = basic;
    remove(in_folder("a.bin"));
}

int main(int count, char **arguments)
{
    size_t i;
    attachments_begin(count, arguments);
    for (i = 0; i < sizeof large; i++)
        large[i] = (char)(i * 31 >> 3);
    a_file_goes_up_and_comes_down();
    a_private_file_stays_private();
    a_link_leads_to_the_file_that_is_replaced();
    a_name_that_is_too_long();
    every_source_gives_the_same_attachment();
    names_of_every_kind();
    the_media_type_is_guessed_or_given();
    lists_by_record_by_table_and_by_query();
    renamed_and_deleted_in_one_request_each();
    what_the_instance_refuses();
    sent_again_with_another_token();
    snow_client_free(client);
    return check_result();
}
