/*
 * What the tests of attachments share: a client of the instance SNOW_INSTANCE, an incident to attach to,
 * and a folder of their own to put files into.
 */

#ifndef SNOW_TESTS_ATTACHMENTS_H
#define SNOW_TESTS_ATTACHMENTS_H

#include "check.h"
#include "control.h"

#include <dirent.h>
#include <sys/stat.h>

static const char *instance, *folder;
static snow_client *client;
static snow_error *error;
static char incident[33];

/* A key, kept beyond its record. */
struct key {
    char text[33];
};

/* Takes the instance and the folder; an incident is made. */
static inline void attachments_begin(int count, char **arguments)
{
    snow_record *fields, *created;
    instance = getenv("SNOW_INSTANCE");
    control_must(instance && count >= 2, "needs SNOW_INSTANCE and a folder");
    folder = arguments[1];
    client = snow_client_new_basic(instance, "admin", "admin", &error);
    control_must(client != NULL, snow_error_message(error));
    fields = snow_record_new(NULL);
    created = snow_table_create(client, "incident", fields, NULL, &error);
    control_must(created != NULL, snow_error_message(error));
    snprintf(incident, sizeof incident, "%s", snow_record_get(created, "sys_id", NULL));
    snow_record_free(created);
    snow_record_free(fields);
}

static inline const char *in_folder(const char *name)
{
    static char paths[4][4096];
    static int next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

static inline void write_file(const char *path, const void *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");
    control_must(file && fwrite(bytes, 1, length, file) == length && fclose(file) == 0, path);
}

/* Whether the file holds these bytes. */
static inline int file_holds(const char *path, const void *bytes, size_t length)
{
    static char content[1 << 20];
    FILE *file = fopen(path, "rb");
    size_t got;
    if (!file)
        return 0;
    got = fread(content, 1, sizeof content, file);
    fclose(file);
    return got == length && memcmp(content, bytes, length) == 0;
}

/* How many files are in the folder, whatever their names. */
static inline int files(void)
{
    DIR *directory = opendir(folder);
    struct dirent *entry;
    int count = 0;
    control_must(directory != NULL, folder);
    while ((entry = readdir(directory)) != NULL)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(directory);
    return count;
}

/* How many attachments the incident has, by the instance's own count. */
static inline int attached(void)
{
    snow_query *query = snow_query_new(&error);
    snow_cursor *cursor;
    const snow_record *row;
    int count;
    snow_query_limit(query, 1, &error);
    cursor = snow_attachment_list(client, "incident", incident, query, &error);
    snow_cursor_next(cursor, &row, &error);
    CHECK(error == NULL);
    count = (int)snow_cursor_total(cursor);
    CHECK(count >= 0);
    snow_cursor_free(cursor);
    snow_query_free(query);
    return count;
}

/* The status of what failed; its error is let go. */
static inline snow_status failed(void)
{
    snow_status status = snow_error_status(error);
    snow_error_free(error);
    error = NULL;
    return status;
}

static inline snow_upload *upload_to(const char *sys_id)
{
    snow_upload *upload = snow_upload_new("incident", sys_id, &error);
    CHECK(upload != NULL);
    return upload;
}

/* An upload of bytes, with a name. */
static inline snow_upload *upload_of(const char *name, const void *bytes, size_t length)
{
    snow_upload *upload = upload_to(incident);
    CHECK_STATUS(SNOW_OK, snow_upload_set_bytes(upload, bytes, length, &error), error);
    CHECK_STATUS(SNOW_OK, snow_upload_set_file_name(upload, name, &error), error);
    return upload;
}

/* The key of what an upload attached; the upload is freed. */
static inline struct key key_of(snow_upload *upload)
{
    struct key key = {""};
    snow_record *record = snow_upload_send(client, upload, &error);
    if (CHECK(record != NULL))
        snprintf(key.text, sizeof key.text, "%s", snow_record_get(record, "sys_id", NULL));
    else
        fprintf(stderr, "    %s\n", snow_error_message(error));
    snow_record_free(record);
    snow_upload_free(upload);
    return key;
}

/* Arms a fault for calls of a path, so many times. */
static inline void fault(const char *method, const char *path, int count, const char *fault)
{
    char order[4096];
    snprintf(order, sizeof order, "{\"method\":\"%s\",\"path\":\"%s\",\"count\":%d,\"fault\":%s}", method,
             path, count, fault);
    control_do(instance, "POST", "/-/faults", order);
}

/* What a callback gives or takes. */
struct bytes {
    const char *bytes;
    size_t left, taken, piece;
    int destroyed, calls;
    int32_t result;
};

static inline int32_t give(void *user_data, void *buffer, size_t size, size_t *count)
{
    struct bytes *from = user_data;
    *count = from->left < size ? from->left : size;
    if (from->piece && *count > from->piece)
        *count = from->piece;
    memcpy(buffer, from->bytes, *count);
    from->bytes += *count;
    from->left -= *count;
    from->calls++;
    return from->result;
}

/* Compares what comes with what should. */
static inline int32_t take(void *user_data, const void *bytes, size_t length)
{
    struct bytes *to = user_data;
    CHECK(length > 0);
    if (CHECK(length <= to->left))
        CHECK(memcmp(bytes, to->bytes + to->taken, length) == 0);
    to->taken += length;
    to->left -= length;
    to->calls++;
    return to->result;
}

static inline void gone(void *user_data)
{
    ((struct bytes *)user_data)->destroyed++;
}

#endif
