/* Exports a table with libsnow.  Arguments: URL TABLE ROWS PAGE CONNECTIONS; it finds out ROWS itself. */
#include "measure.h"
#include "snow_client.h"

int main(int argc, char **argv)
{
    snow_error *error = NULL;
    snow_client *client;
    snow_query *query;
    snow_export *export;
    snow_cursor *cursor;
    const snow_record *row;
    snow_status status;
    unsigned long long rows = 0, length = 0;
    size_t text;

    if (argc != 6)
        return EXIT_FAILURE;
    client = client_new(argv[1]);
    measure_begin();
    query = snow_query_new(&error);
    if (!query || snow_query_page_size(query, (uint32_t)atoi(argv[4]), &error))
        fail(error);
    export = snow_export_new(client, argv[2], query, &error);
    if (!export || snow_export_set_connections(export, (uint32_t)atoi(argv[5]), &error))
        fail(error);
    cursor = snow_export_rows(export, &error);
    if (!cursor)
        fail(error);
    while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK) {
        if (snow_record_get(row, "short_description", &text))
            length += text;
        rows++;
    }
    if (status != SNOW_DONE)
        fail(error);
    snow_cursor_free(cursor);
    snow_export_free(export);
    snow_query_free(query);
    measure_end(rows, length);
    snow_client_free(client);
    return EXIT_SUCCESS;
}
