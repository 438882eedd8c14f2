/* Exports a table to a file, whatever its size, over several connections at once.
 *
 * Shows:  an export and its progress, on a terminal as a bar with the rate and the time that
 *         is left; rows as CSV or as JSON; a file that is there whole or not at all.
 * Usage:  SNOW_INSTANCE=... SNOW_USER=... SNOW_PASSWORD=... \
 *         ./10_export incident number,state,short_description incidents.csv
 *         A file whose name ends in .csv becomes CSV, one in .ndjson a JSON object a line.
 */
#include <snow.h>
#include <inttypes.h>
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

static void put_line(FILE *file, const snow_record *row, char **fields, size_t count)
{
    const char *value;
    size_t i;

    for (i = 0; i < count; i++) {
        value = row ? snow_record_get(row, fields[i], NULL) : fields[i];
        if (i > 0)
            putc(',', file);
        /* A line with nothing in it is no row to most readers. */
        if (count == 1 && !(value && *value))
            fputs("\"\"", file);
        else
            put_value(file, value);
    }
    fputs("\r\n", file);
}

/* Cuts the list at its commas and blanks; returns how many names it holds, room for them or not. */
static size_t split(char *list, char **fields, size_t room)
{
    size_t count = 0;
    char *name;

    for (name = strtok(list, ", \t\r\n"); name; name = strtok(NULL, ", \t\r\n"), count++)
        if (count < room)
            fields[count] = name;
    return count;
}

static int ends_in(const char *name, const char *end)
{
    size_t length = strlen(name), rest = strlen(end);

    return length >= rest && strcmp(name + length - rest, end) == 0;
}

/* Called at most ten times a second, on the thread that takes the rows. */
static int32_t show_progress(void *user_data, uint64_t rows, uint64_t bytes, uint64_t expected,
                             uint64_t elapsed_ms)
{
    static const char full[] = "##############################";
    const int width = (int)sizeof full - 1;
    double share = expected ? (double)rows / (double)expected : 0;
    double rate = elapsed_ms ? (double)rows * 1000 / (double)elapsed_ms : 0;
    int filled = (int)((share < 1 ? share : 1) * width);

    (void)user_data;
    fprintf(stderr, "\r[%.*s%*s] %3d %%  %" PRIu64 " of %" PRIu64 " rows  %.1f MB  %.0f rows/s",
            filled, full, width - filled, "", (int)(share * 100), rows, expected,
            (double)bytes / 1e6, rate);
    if (rate > 0 && expected > rows)
        fprintf(stderr, "  %.0f s left", (double)(expected - rows) / rate);
    fputs("\033[K", stderr);
    fflush(stderr);
    return SNOW_HANDLED;
}

int main(int argc, char **argv)
{
    char *fields[256], partial[4096];
    snow_error *error = NULL;
    snow_client *client = NULL;
    snow_query *query = NULL;
    snow_export *export = NULL;
    snow_cursor *cursor = NULL;
    const snow_record *row;
    snow_status status = SNOW_OK;
    FILE *file = NULL;
    size_t count;
    int is_csv = argc == 4 && ends_in(argv[3], ".csv");

    if (argc != 4 || (!is_csv && !ends_in(argv[3], ".ndjson"))) {
        fprintf(stderr, "usage: 10_export TABLE FIELD,FIELD,... FILE.csv|FILE.ndjson\n");
        return EXIT_FAILURE;
    }
    /* Two exports to one file, as when the last one still runs, must not write into each other's. */
    if (snprintf(partial, sizeof partial, "%s.%ld.partial", argv[3], (long)getpid())
        >= (int)sizeof partial) {
        fprintf(stderr, "10_export: the name of the file is too long\n");
        return EXIT_FAILURE;
    }

    client = snow_client_new_basic(getenv("SNOW_INSTANCE"), getenv("SNOW_USER"),
                                   getenv("SNOW_PASSWORD"), &error);
    query = client ? snow_query_new(&error) : NULL;
    if (!query
        || snow_query_fields(query, argv[2], &error)
        || snow_query_exclude_reference_link(query, 1, &error))
        goto done;
    count = split(argv[2], fields, sizeof fields / sizeof *fields);
    if (is_csv && (count == 0 || count > sizeof fields / sizeof *fields)) {
        fprintf(stderr, "10_export: a CSV file takes the names of 1 to %zu fields\n",
                sizeof fields / sizeof *fields);
        goto done;
    }
    export = snow_export_new(client, argv[1], query, &error);
    if (!export
        || (isatty(STDERR_FILENO)
            && snow_export_set_progress_callback(export, show_progress, NULL, NULL, &error)))
        goto done;
    cursor = snow_export_rows(export, &error);
    if (!cursor)
        goto done;
    file = fopen(partial, "wb");
    if (!file) {
        perror(partial);
        goto done;
    }

    if (is_csv)
        put_line(file, NULL, fields, count);
    while (!ferror(file) && (status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK) {
        if (is_csv)
            put_line(file, row, fields, count);
        else
            fprintf(file, "%s\n", snow_record_json(row, NULL));
    }
    /* A disk may be found full only when what is still held back is written. */
    if (!error && (ferror(file) || fflush(file) != 0 || fsync(fileno(file)) != 0)) {
        perror(partial);
        status = SNOW_FILE;
    }
    if (isatty(STDERR_FILENO))
        putc('\n', stderr);
    if (status == SNOW_DONE)
        fprintf(stderr,
                "%" PRId64 " rows came, %" PRId64 " were expected, %" PRId64
                " are hidden from this user; %" PRId64 " requests\n",
                snow_export_count(export, SNOW_EXPORT_RECEIVED),
                snow_export_count(export, SNOW_EXPORT_EXPECTED),
                snow_export_count(export, SNOW_EXPORT_HIDDEN),
                snow_export_count(export, SNOW_EXPORT_REQUESTS));

done:
    if (error)
        fprintf(stderr, "10_export: %s\n", snow_error_message(error));
    /* An export that broke off, and a disk that is full, leave no file behind. */
    if (file && fclose(file) != 0 && status == SNOW_DONE) {
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
    snow_export_free(export);
    snow_query_free(query);
    snow_client_free(client);
    return status == SNOW_DONE ? EXIT_SUCCESS : EXIT_FAILURE;
}
