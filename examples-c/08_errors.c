/* Meets an error of each kind and shows all that is known of it.
 *
 * Shows:  acting on the status, the instance's own words, what is worth trying again.
 * Usage:  SNOW_INSTANCE=... SNOW_USER=... SNOW_PASSWORD=... ./08_errors
 */
#include <snow.h>
#include <stdio.h>
#include <stdlib.h>

/* What a program does differently is decided by the status; the message is for people. */
static const char *advice(const snow_error *error)
{
    if (snow_error_is_retryable(error))
        return "try again later";
    switch (snow_error_status(error)) {
    case SNOW_UNAUTHENTICATED:
        return "ask for the password again";
    case SNOW_FORBIDDEN:
        return "ask the administrator for a role";
    case SNOW_NOT_FOUND:
        return "go on without it";
    case SNOW_HIBERNATING:
        return "wake the instance on the developer site";
    default:
        return "give up";
    }
}

static void explain(snow_error *error)
{
    const char *detail = snow_error_detail(error);

    printf("%s: %s\n", snow_status_name(snow_error_status(error)), snow_error_message(error));
    if (snow_error_http_status(error))
        printf("  %s %s answered %d\n", snow_error_method(error), snow_error_path(error),
               (int)snow_error_http_status(error));
    else if (snow_error_path(error))
        printf("  %s %s: no answer\n", snow_error_method(error), snow_error_path(error));
    if (detail)
        printf("  the instance says: %s\n", detail);
    printf("  advice: %s\n", advice(error));
    snow_error_free(error);
}

int main(void)
{
    const char *instance = getenv("SNOW_INSTANCE");
    snow_error *error = NULL;
    snow_client *client = NULL, *stranger = NULL;
    snow_record *record = NULL;

    client = snow_client_new_basic(instance, getenv("SNOW_USER"), getenv("SNOW_PASSWORD"),
                                   &error);
    if (client)
        stranger = snow_client_new_basic(instance, "nobody", "wrong", &error);
    if (!stranger) {
        explain(error);
        snow_client_free(client);
        return EXIT_FAILURE;
    }

    record = snow_table_get(client, "incident", "00000000000000000000000000000000", NULL, &error);
    if (!record)
        explain(error);
    snow_record_free(record);

    record = snow_table_first(client, "no_such_table", NULL, &error);
    if (!record)
        explain(error);
    snow_record_free(record);

    record = snow_table_first(stranger, "incident", NULL, &error);
    if (!record)
        explain(error);
    snow_record_free(record);

    /* A slip is refused before anything is sent. */
    record = snow_table_get(client, "incident", "INC0010001/../..", NULL, &error);
    if (!record)
        explain(error);
    snow_record_free(record);

    snow_client_free(stranger);
    snow_client_free(client);
    return EXIT_SUCCESS;
}
