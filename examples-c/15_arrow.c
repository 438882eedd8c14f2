/* Reads a table as columns, in the layout that pandas, Polars, DuckDB and databases share.
 *
 * Shows:  the Arrow C stream interface: the schema, batch after batch, what to release; numbers
 *         and texts of a column.
 * Usage:  SNOW_INSTANCE=... SNOW_USER=... SNOW_PASSWORD=... ./15_arrow
 */
#include <snow.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Whether there is a value: a bit for each, from the lowest; no bits at all where none is NULL. */
static int is_valid(const struct ArrowArray *column, int64_t i)
{
    const uint8_t *bits = (const uint8_t *)column->buffers[0];

    return !bits || bits[(column->offset + i) / 8] >> ((column->offset + i) % 8) & 1;
}

/* How often the first column, a number of 64 bits, is 1. */
static int64_t count_ones(const struct ArrowArray *batch)
{
    const struct ArrowArray *column = batch->children[0];
    const int64_t *values = (const int64_t *)column->buffers[1] + column->offset;
    int64_t i, count = 0;

    for (i = 0; i < column->length; i++)
        count += is_valid(column, i) && values[i] == 1;
    return count;
}

/* A text of the second column: it goes from one offset to the next. */
static void show_text(const struct ArrowArray *batch, int64_t i)
{
    const struct ArrowArray *column = batch->children[1];
    const int32_t *offsets = (const int32_t *)column->buffers[1] + column->offset;
    const char *texts = (const char *)column->buffers[2];

    printf("%.*s\n", (int)(offsets[i + 1] - offsets[i]), texts + offsets[i]);
}

int main(void)
{
    struct ArrowArrayStream stream = { NULL, NULL, NULL, NULL, NULL };
    struct ArrowSchema schema;
    struct ArrowArray batch;
    snow_error *error = NULL;
    snow_client *client = NULL;
    snow_query *query = NULL;
    int64_t i, rows = 0, ones = 0;
    int failed, exit_code = EXIT_FAILURE;

    client = snow_client_new_basic(getenv("SNOW_INSTANCE"), getenv("SNOW_USER"),
                                   getenv("SNOW_PASSWORD"), &error);
    query = client ? snow_query_new(&error) : NULL;
    if (!query
        || snow_query_fields(query, "priority,number,opened_at", &error)
        || snow_table_arrow(client, "incident", query, &stream, &error))
        goto done;

    if (stream.get_schema(&stream, &schema) != 0)
        goto done;
    for (i = 0; i < schema.n_children; i++)
        printf("%s is %s\n", schema.children[i]->name, schema.children[i]->format);
    schema.release(&schema);

    while ((failed = stream.get_next(&stream, &batch)) == 0 && batch.release) {
        if (rows == 0 && batch.length > 0)
            show_text(&batch, 0);
        rows += batch.length;
        ones += count_ones(&batch);
        batch.release(&batch);
    }
    if (failed)
        goto done;
    printf("%" PRId64 " rows, %" PRId64 " of priority 1\n", rows, ones);
    exit_code = EXIT_SUCCESS;

done:
    if (error)
        fprintf(stderr, "15_arrow: %s\n", snow_error_message(error));
    else if (exit_code != EXIT_SUCCESS)
        fprintf(stderr, "15_arrow: %s\n", stream.get_last_error(&stream));
    if (stream.release)
        stream.release(&stream);
    snow_error_free(error);
    snow_query_free(query);
    snow_client_free(client);
    return exit_code;
}
