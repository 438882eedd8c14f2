/* Exports a table to a CSV file, whatever its size, with a line of progress.
 *
 * Shows:  a cursor over everything; a file that is there whole or not at all.
 * Usage:  SNOW_INSTANCE=... SNOW_USER=... SNOW_PASSWORD=... \
 *         ./10_export_csv incident number,state,short_description incidents.csv
 */
#include <snow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* RFC 4180: a value that holds a comma, a quote or a line break is quoted. */
static void put_value(FILE *file, const char *value)
{
    if (!value)
        return;
    if (!strpbrk(value, ",\"\r\n")) {
        fputs(value, file);
        return;
    }
    putc('"', file);
    for (; *value; value++) {
        if (*value == '"')
            putc('"', file);
        putc(*value, file);
    }
    putc('"', file);
}

static void put_row(FILE *file, const snow_record *row, char **fields, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (i > 0)
            putc(',', file);
        put_value(file, row ? snow_record_get(row, fields[i], NULL) : fields[i]);
    }
    fputs("\r\n", file);
}

/* Cuts the list at its commas; returns how many names it holds. */
static size_t split(char *list, char **fields, size_t room)
{
    size_t count = 0;
    char *name;

    for (name = strtok(list, ","); name && count < room; name = strtok(NULL, ","))
        fields[count++] = name;
    return count;
}

/* On a terminal the line is written over; elsewhere only the last one is worth a line. */
static void show_progress(const snow_cursor *cursor, int last)
{
    int terminal = isatty(STDERR_FILENO);

    if (!terminal && !last)
        return;
    fprintf(stderr, "%s%llu of %lld rows%s", terminal ? "\r" : "",
            (unsigned long long)snow_cursor_fetched(cursor),
            (long long)snow_cursor_total(cursor), last ? "\n" : "");
    fflush(stderr);
}

int main(int argc, char **argv)
{
    char *fields[256], partial[4096];
    snow_error *error = NULL;
    snow_client *client = NULL;
    snow_query *query = NULL;
    snow_cursor *cursor = NULL;
    const snow_record *row;
    snow_status status = SNOW_OK;
    FILE *file = NULL;
    size_t count;

    if (argc != 4 || strlen(argv[3]) + sizeof ".partial" > sizeof partial) {
        fprintf(stderr, "usage: 10_export_csv TABLE FIELD,FIELD,... FILE\n");
        return EXIT_FAILURE;
    }
    sprintf(partial, "%s.partial", argv[3]);

    client = snow_client_new_basic(getenv("SNOW_INSTANCE"), getenv("SNOW_USER"),
                                   getenv("SNOW_PASSWORD"), &error);
    query = client ? snow_query_new(&error) : NULL;
    if (!query
        || snow_query_fields(query, argv[2], &error)
        || snow_query_exclude_reference_link(query, 1, &error))
        goto done;
    cursor = snow_table_list(client, argv[1], query, &error);
    if (!cursor)
        goto done;
    file = fopen(partial, "wb");
    if (!file) {
        perror(partial);
        goto done;
    }

    count = split(argv[2], fields, sizeof fields / sizeof *fields);
    put_row(file, NULL, fields, count);
    while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK) {
        put_row(file, row, fields, count);
        if (snow_cursor_fetched(cursor) % 1000 == 0)
            show_progress(cursor, 0);
    }
    show_progress(cursor, 1);

done:
    if (error)
        fprintf(stderr, "10_export_csv: %s\n", snow_error_message(error));
    /* An export that broke off, and a disk that is full, leave no file behind. */
    if (file && (ferror(file) | fclose(file)) != 0) {
        perror(partial);
        status = SNOW_FILE;
    }
    if (file && status == SNOW_DONE && rename(partial, argv[3]) != 0) {
        perror(argv[3]);
        status = SNOW_FILE;
    }
    if (file && status != SNOW_DONE)
        remove(partial);
    snow_error_free(error);
    snow_cursor_free(cursor);
    snow_query_free(query);
    snow_client_free(client);
    return status == SNOW_DONE ? EXIT_SUCCESS : EXIT_FAILURE;
}
