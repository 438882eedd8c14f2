/* Writes a log line for each request, and counts for a monitoring agent.
 *
 * Shows:  a log callback; what a client counts.
 * Usage:  SNOW_INSTANCE=... SNOW_USER=... SNOW_PASSWORD=... ./13_log
 */
#include <snow.h>
#include <stdio.h>
#include <stdlib.h>

static void print(void *file, snow_log_level level, const char *line)
{
    static const char *const names[] = {"", "error", "warning", "info"};
    fprintf(file, "%s: %s\n", names[level], line);
}

int main(void)
{
    snow_error *error = NULL;
    snow_client *client = NULL;
    snow_record *record = NULL;
    int exit_code = EXIT_FAILURE;

    client = snow_client_new_basic(getenv("SNOW_INSTANCE"), getenv("SNOW_USER"),
                                   getenv("SNOW_PASSWORD"), &error);
    if (!client || snow_set_log_callback(client, SNOW_LOG_INFO, print, stdout, NULL, &error))
        goto done;

    record = snow_table_first(client, "incident", NULL, &error);
    if (!record)
        goto done;
    snow_record_free(record);
    /* There is no such record, and the log says so too. */
    record = snow_table_get(client, "incident", "00000000000000000000000000000000", NULL, NULL);

    printf("%lld requests, %lld failed, %lld made again, %lld bytes received.\n",
           (long long)snow_client_statistic(client, SNOW_STATISTIC_REQUESTS),
           (long long)snow_client_statistic(client, SNOW_STATISTIC_FAILURES),
           (long long)snow_client_statistic(client, SNOW_STATISTIC_RETRIES),
           (long long)snow_client_statistic(client, SNOW_STATISTIC_BYTES_RECEIVED));
    exit_code = EXIT_SUCCESS;

done:
    if (error)
        fprintf(stderr, "13_log: %s\n", snow_error_message(error));
    snow_error_free(error);
    snow_record_free(record);
    snow_client_free(client);
    return exit_code;
}
