/* Attaches a file to a new incident, lists what hangs on it, and fetches the file again.
 *
 * Shows:  an upload with its progress; the metadata of attachments; a download that is there whole
 *         or not at all.
 * Usage:  SNOW_INSTANCE=... SNOW_USER=... SNOW_PASSWORD=... ./12_attachments FILE COPY
 */
#include <snow.h>
#include <stdio.h>
#include <stdlib.h>

/* A field that an access control hides is not there, and its value is NULL. */
static const char *text(const char *value)
{
    return value ? value : "(hidden)";
}

/* Runs on this thread, at most ten times a second and at the end. Anything but SNOW_HANDLED would cancel
 * the upload. */
static int32_t show_progress(void *user_data, uint64_t bytes, int64_t total)
{
    (void)user_data;
    fprintf(stderr, "%llu of %lld bytes\n", (unsigned long long)bytes, (long long)total);
    return SNOW_HANDLED;
}

int main(int argc, char **argv)
{
    snow_error *error = NULL;
    snow_client *client = NULL;
    snow_record *fields = NULL, *incident = NULL, *attached = NULL;
    snow_upload *upload = NULL;
    snow_cursor *cursor = NULL;
    const snow_record *row;
    const char *sys_id;
    snow_status status;
    int exit_code = EXIT_FAILURE;

    if (argc != 3) {
        fprintf(stderr, "usage: 12_attachments FILE COPY\n");
        return EXIT_FAILURE;
    }
    client = snow_client_new_basic(getenv("SNOW_INSTANCE"), getenv("SNOW_USER"),
                                   getenv("SNOW_PASSWORD"), &error);
    if (!client)
        goto done;
    fields = snow_record_new(&error);
    if (!fields || snow_record_set(fields, "short_description", "Disk full on db01", &error))
        goto done;
    incident = snow_table_create(client, "incident", fields, NULL, &error);
    if (!incident)
        goto done;
    sys_id = snow_record_get(incident, "sys_id", NULL);

    /* Where no progress is wanted, snow_attachment_upload_file() is all it takes. */
    upload = snow_upload_new("incident", sys_id, &error);
    if (!upload || snow_upload_set_file(upload, argv[1], &error)
        || snow_upload_set_progress(upload, show_progress, NULL, NULL, &error))
        goto done;
    attached = snow_upload_send(client, upload, &error);
    if (!attached)
        goto done;

    cursor = snow_attachment_list(client, "incident", sys_id, NULL, &error);
    if (!cursor)
        goto done;
    while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
        printf("%s has %s: %s, %s bytes\n", text(snow_record_get(incident, "number", NULL)),
               text(snow_record_get(row, "file_name", NULL)),
               text(snow_record_get(row, "content_type", NULL)),
               text(snow_record_get(row, "size_bytes", NULL)));
    if (status != SNOW_DONE)
        goto done;

    if (snow_attachment_download_file(client, snow_record_get(attached, "sys_id", NULL),
                                      argv[2], &error))
        goto done;
    printf("fetched as %s\n", argv[2]);
    exit_code = EXIT_SUCCESS;

done:
    if (error)
        fprintf(stderr, "12_attachments: %s\n", snow_error_message(error));
    snow_error_free(error);
    snow_cursor_free(cursor);
    snow_record_free(attached);
    snow_upload_free(upload);
    snow_record_free(incident);
    snow_record_free(fields);
    snow_client_free(client);
    return exit_code;
}
