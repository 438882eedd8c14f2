/* Signs in with a user and a password and shows the newest incidents.
 *
 * Shows:  a client, a query, a cursor, and one place where everything ends.
 * Usage:  SNOW_INSTANCE=dev12345 SNOW_USER=admin SNOW_PASSWORD=... ./01_basic_auth
 */
#include <snow.h>
#include <stdio.h>
#include <stdlib.h>

/* A field that an access control hides is not there, and its value is NULL. */
static const char *text(const char *value)
{
    return value ? value : "";
}

int main(void)
{
    snow_error *error = NULL;
    snow_client *client = NULL;
    snow_query *query = NULL;
    snow_cursor *cursor = NULL;
    const snow_record *row;
    snow_status status;
    int exit_code = EXIT_FAILURE;

    client = snow_client_new_basic(getenv("SNOW_INSTANCE"), getenv("SNOW_USER"),
                                   getenv("SNOW_PASSWORD"), &error);
    if (!client)
        goto done;

    query = snow_query_new(&error);
    if (!query
        || snow_query_where(query, "active", SNOW_EQ, "true", &error)
        || snow_query_order_by_desc(query, "sys_created_on", &error)
        || snow_query_fields(query, "number,short_description,caller_id", &error)
        || snow_query_display_value(query, SNOW_DISPLAY_TRUE, &error)
        || snow_query_limit(query, 5, &error))
        goto done;

    cursor = snow_table_list(client, "incident", query, &error);
    if (!cursor)
        goto done;
    while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
        printf("%s  %s  %s\n", text(snow_record_get(row, "number", NULL)),
               text(snow_record_display(row, "caller_id", NULL)),
               text(snow_record_display(row, "short_description", NULL)));
    if (status == SNOW_DONE)
        exit_code = EXIT_SUCCESS;

done:
    if (error)
        fprintf(stderr, "01_basic_auth: %s\n", snow_error_message(error));
    snow_error_free(error);
    snow_cursor_free(cursor);
    snow_query_free(query);
    snow_client_free(client);
    return exit_code;
}
