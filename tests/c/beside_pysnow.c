/*
 * What docs/pysnow.md shows beside pysnow's own code: the numbers of all active incidents of SNOW_INSTANCE.
 */
#include <snow.h>

#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    const char *instance = getenv("SNOW_INSTANCE"), *password = getenv("SNOW_PASSWORD");
    snow_error *error = NULL;

    snow_client *client = snow_client_new_basic(instance, "admin", password, &error);
    snow_query *query = snow_query_new(&error);
    snow_query_where(query, "active", SNOW_EQ, "true", &error);
    snow_query_fields(query, "number", &error);
    snow_cursor *cursor = snow_table_list(client, "incident", query, &error);
    const snow_record *row;
    while (snow_cursor_next(cursor, &row, &error) == SNOW_OK) {
        const char *number = snow_record_get(row, "number", NULL);
        puts(number ? number : "hidden from this user");
    }

    snow_cursor_free(cursor);
    snow_query_free(query);
    snow_client_free(client);
    snow_error_free(error);
    return 0;
}
