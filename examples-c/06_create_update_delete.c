/* Opens an incident, works on it, resolves it and deletes it again.
 *
 * Shows:  records that are built and records that come back; what may have happened when a
 *         write fails.
 * Usage:  SNOW_INSTANCE=... SNOW_USER=... SNOW_PASSWORD=... ./06_create_update_delete
 */
#include <snow.h>
#include <stdio.h>
#include <stdlib.h>

/* A field that an access control hides is not there, and its value is NULL. */
static const char *text(const char *value)
{
    return value ? value : "(hidden)";
}

int main(void)
{
    snow_error *error = NULL;
    snow_client *client = NULL;
    snow_record *fields = NULL, *changes = NULL;
    snow_record *created = NULL, *updated = NULL;
    const char *sys_id;
    int exit_code = EXIT_FAILURE;

    client = snow_client_new_basic(getenv("SNOW_INSTANCE"), getenv("SNOW_USER"),
                                   getenv("SNOW_PASSWORD"), &error);
    if (!client)
        goto done;

    fields = snow_record_new(&error);
    if (!fields
        || snow_record_set(fields, "short_description", "Disk full on db01", &error)
        || snow_record_set(fields, "urgency", "1", &error))
        goto done;
    created = snow_table_create(client, "incident", fields, NULL, &error);
    if (!created)
        goto done;
    printf("Opened %s.\n", text(snow_record_get(created, "number", NULL)));

    sys_id = snow_record_get(created, "sys_id", NULL);
    changes = snow_record_new(&error);
    if (!changes
        || snow_record_set(changes, "state", "6", &error)
        || snow_record_set(changes, "close_notes", "Logs rotated.", &error))
        goto done;
    updated = snow_table_update(client, "incident", sys_id, changes, NULL, &error);
    if (!updated)
        goto done;
    printf("Its state is now %s.\n", text(snow_record_get(updated, "state", NULL)));

    if (snow_table_delete(client, "incident", sys_id, NULL, &error))
        goto done;
    printf("Deleted it.\n");
    exit_code = EXIT_SUCCESS;

done:
    if (error)
        fprintf(stderr, "06_create_update_delete: %s%s\n", snow_error_message(error),
                snow_error_maybe_applied(error) ? " (it may have been done all the same)" : "");
    snow_error_free(error);
    snow_record_free(updated);
    snow_record_free(created);
    snow_record_free(changes);
    snow_record_free(fields);
    snow_client_free(client);
    return exit_code;
}
