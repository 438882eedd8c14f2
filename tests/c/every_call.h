/*
 * One of each kind of call, for hosts in which a call might fail for what they are and not for what it is:
 * each must succeed.
 */
#ifndef SNOW_TESTS_EVERY_CALL_H
#define SNOW_TESTS_EVERY_CALL_H

#include "check.h"

#include <stdlib.h>

/* A file of an attachment, larger than what a connection holds at once. */
#define EVERY_CALL_BYTES (1u << 20)

struct every_call {
    snow_client *client;
    snow_error *error;
    /* The incident that it makes, and the file there. */
    char sys_id[33], file[33];
    size_t taken;
    int calls;
};

static void every_call_worked(struct every_call *every, const char *call, int line)
{
    check_subject = call;
    if (!check_that(every->error == NULL, "the call succeeds", __FILE__, line))
        fprintf(stderr, "    %s\n", snow_error_message(every->error));
    check_subject = "";
    snow_error_free(every->error);
    every->error = NULL;
    every->calls++;
}

#define EVERY_CALL_MADE(call) (call, every_call_worked(every, #call, __LINE__))

static snow_query *every_call_query(const char *sys_id)
{
    snow_query *query = snow_query_new(NULL);
    snow_query_where(query, "sys_id", SNOW_EQ, sys_id, NULL);
    snow_query_fields(query, "sys_id,number,short_description,active", NULL);
    return query;
}

static void every_call_keep_key(char *key, const snow_record *record)
{
    const char *sys_id = snow_record_get(record, "sys_id", NULL);
    snprintf(key, 33, "%s", sys_id ? sys_id : "");
}

static void every_call_writes(struct every_call *every)
{
    snow_record *fields = snow_record_new(NULL), *made;
    snow_query *query;
    snow_record_set(fields, "short_description", "of every call", NULL);
    EVERY_CALL_MADE(made = snow_table_create_once(every->client, "incident", fields, NULL, NULL, &every->error));
    every_call_keep_key(every->sys_id, made);
    snow_record_free(made);
    query = every_call_query(every->sys_id);
    EVERY_CALL_MADE(made = snow_table_update_one(every->client, "incident", query, fields, &every->error));
    snow_record_free(made);
    EVERY_CALL_MADE(snow_table_delete_one(every->client, "incident", query, &every->error));
    snow_query_free(query);
    EVERY_CALL_MADE(made = snow_table_create(every->client, "incident", fields, NULL, &every->error));
    every_call_keep_key(every->sys_id, made);
    snow_record_free(made);
    EVERY_CALL_MADE(made = snow_table_update(every->client, "incident", every->sys_id, fields, NULL, &every->error));
    snow_record_free(made);
    EVERY_CALL_MADE(made = snow_table_replace(every->client, "incident", every->sys_id, fields, NULL, &every->error));
    snow_record_free(made);
    snow_record_free(fields);
}

static void every_call_rows(struct every_call *every, snow_cursor *cursor)
{
    const snow_record *row;
    int rows = 0;
    while (snow_cursor_next(cursor, &row, &every->error) == SNOW_OK)
        rows++;
    CHECK(rows > 0);
    snow_cursor_free(cursor);
}

static void every_call_columns(struct every_call *every)
{
    struct ArrowArrayStream stream;
    struct ArrowArray batch;
    snow_query *query = every_call_query(every->sys_id);
    int64_t rows = 0;
    EVERY_CALL_MADE(snow_table_arrow(every->client, "incident", query, &stream, &every->error));
    while (stream.release && stream.get_next(&stream, &batch) == 0 && batch.release) {
        rows += batch.length;
        batch.release(&batch);
    }
    CHECK_NUMBER(1, rows);
    if (stream.release)
        stream.release(&stream);
    snow_query_free(query);
}

static void every_call_reads(struct every_call *every)
{
    snow_query *query = every_call_query(every->sys_id), *pages = snow_query_new(NULL);
    snow_record *got;
    snow_cursor *cursor;
    snow_export *whole;
    snow_shards *shards;
    uint64_t count = 0;
    EVERY_CALL_MADE(got = snow_table_get(every->client, "incident", every->sys_id, NULL, &every->error));
    snow_record_free(got);
    EVERY_CALL_MADE(got = snow_table_first(every->client, "incident", query, &every->error));
    snow_record_free(got);
    EVERY_CALL_MADE(got = snow_table_one(every->client, "incident", query, &every->error));
    snow_record_free(got);
    EVERY_CALL_MADE(snow_table_count(every->client, "incident", query, &count, &every->error));
    CHECK_NUMBER(1, count);
    snow_query_page_size(pages, 20, NULL);
    cursor = snow_table_list(every->client, "incident", pages, &every->error);
    EVERY_CALL_MADE(every_call_rows(every, cursor));
    whole = snow_export_new(every->client, "incident", pages, &every->error);
    cursor = snow_export_rows(whole, &every->error);
    EVERY_CALL_MADE(every_call_rows(every, cursor));
    snow_export_free(whole);
    EVERY_CALL_MADE(shards = snow_table_shards(every->client, "incident", NULL, 4, &every->error));
    snow_shards_free(shards);
    every_call_columns(every);
    snow_query_free(pages);
    snow_query_free(query);
}

static int32_t every_call_take(void *user_data, const void *bytes, size_t length)
{
    (void)bytes;
    *(size_t *)user_data += length;
    return SNOW_HANDLED;
}

static void every_call_files(struct every_call *every)
{
    char *content = malloc(EVERY_CALL_BYTES);
    snow_upload *upload = snow_upload_new("incident", every->sys_id, NULL);
    snow_record *attached;
    snow_response *response;
    size_t length = 0;
    snow_cursor *cursor;
    memset(content, 'x', EVERY_CALL_BYTES);
    snow_upload_set_bytes(upload, content, EVERY_CALL_BYTES, NULL);
    snow_upload_set_file_name(upload, "every.txt", NULL);
    EVERY_CALL_MADE(attached = snow_upload_send(every->client, upload, &every->error));
    every_call_keep_key(every->file, attached);
    snow_record_free(attached);
    snow_upload_free(upload);
    EVERY_CALL_MADE(attached = snow_attachment_get(every->client, every->file, &every->error));
    snow_record_free(attached);
    EVERY_CALL_MADE(response = snow_attachment_download(every->client, every->file, &every->error));
    snow_response_body(response, &length, NULL);
    CHECK_NUMBER(EVERY_CALL_BYTES, length);
    snow_response_free(response);
    every->taken = 0;
    EVERY_CALL_MADE(snow_attachment_download_to(every->client, every->file, every_call_take, &every->taken, NULL,
                                                &every->error));
    CHECK_NUMBER(EVERY_CALL_BYTES, every->taken);
    cursor = snow_attachment_list(every->client, "incident", every->sys_id, NULL, &every->error);
    EVERY_CALL_MADE(every_call_rows(every, cursor));
    EVERY_CALL_MADE(snow_attachment_rename(every->client, every->file, "other.txt", &every->error));
    EVERY_CALL_MADE(snow_attachment_delete(every->client, every->file, &every->error));
    free(content);
}

static void every_call_paths(struct every_call *every)
{
    snow_request *request = snow_request_new("GET", "/api/now/table/sys_user", NULL);
    snow_response *response;
    snow_diagnosis *diagnosis;
    char piece[512];
    size_t count;
    snow_request_set_param(request, "sysparm_limit", "3", NULL);
    EVERY_CALL_MADE(response = snow_client_send(every->client, request, &every->error));
    EVERY_CALL_MADE(snow_response_check(response, &every->error));
    CHECK(snow_response_result(response, NULL, NULL) != NULL);
    snow_response_free(response);
    EVERY_CALL_MADE(response = snow_client_open(every->client, request, &every->error));
    while (snow_response_read(response, piece, sizeof piece, &count, &every->error) == SNOW_OK)
        ;
    every_call_worked(every, "snow_response_read", __LINE__);
    snow_response_free(response);
    snow_request_free(request);
    EVERY_CALL_MADE(diagnosis = snow_client_diagnose(every->client, "incident", &every->error));
    snow_diagnosis_free(diagnosis);
}

/* Makes one of each, on this thread. Gives how many there were. */
static int make_every_call(snow_client *client)
{
    struct every_call every;
    memset(&every, 0, sizeof every);
    every.client = client;
    every_call_writes(&every);
    every_call_reads(&every);
    every_call_files(&every);
    every_call_paths(&every);
    snow_table_delete(client, "incident", every.sys_id, NULL, &every.error);
    every_call_worked(&every, "snow_table_delete", __LINE__);
    return every.calls;
}

#endif
