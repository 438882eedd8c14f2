/* Says which records in several ways, and shows the text that goes to the instance.
 *
 * Shows:  AND, OR, groups, lists, ranges, times, dot-walks; values that hold a `^`; a text
 *         that a list of the user interface gave, and one more condition in it; a query that
 *         is refused, since an instance would quietly ignore what is wrong with it.
 * Usage:  SNOW_INSTANCE=... SNOW_USER=... SNOW_PASSWORD=... ./07_queries
 */
#include <snow.h>
#include <stdio.h>
#include <stdlib.h>

static int show(snow_client *client, snow_query *query, snow_error **error)
{
    uint64_t count;
    const char *encoded = snow_query_encoded(query, error);

    if (!encoded || snow_table_count(client, "incident", query, &count, error))
        return -1;
    printf("%4llu  %s\n", (unsigned long long)count, encoded);
    return 0;
}

int main(void)
{
    const char *states[] = { "1", "2", "3" };
    snow_error *error = NULL;
    snow_client *client = NULL;
    snow_query *open = NULL, *urgent = NULL, *text = NULL, *list = NULL;
    int exit_code = EXIT_FAILURE;

    client = snow_client_new_basic(getenv("SNOW_INSTANCE"), getenv("SNOW_USER"),
                                   getenv("SNOW_PASSWORD"), &error);
    if (!client)
        goto done;

    /* Open, and assigned to somebody whose department is IT or to nobody. */
    open = snow_query_new(&error);
    if (!open
        || snow_query_where_in(open, "state", states, 3, &error)
        || snow_query_where(open, "assigned_to.department.name", SNOW_EQ, "IT", &error)
        || snow_query_or(open, &error)
        || snow_query_where(open, "assigned_to", SNOW_IS_EMPTY, NULL, &error)
        || show(client, open, &error))
        goto done;

    /* Priority 1 or 2; or else escalated, since 2020. */
    urgent = snow_query_new(&error);
    if (!urgent
        || snow_query_where_between(urgent, "priority", "1", "2", &error)
        || snow_query_new_query(urgent, &error)
        || snow_query_where_int(urgent, "escalation", SNOW_GE, 1, &error)
        || snow_query_where_time(urgent, "opened_at", SNOW_GE, 1577836800, &error)
        || show(client, urgent, &error))
        goto done;

    /* A `^` separates conditions, so in a value it is escaped. */
    text = snow_query_new(&error);
    if (!text
        || snow_query_where(text, "short_description", SNOW_CONTAINS, "2^10 files", &error)
        || show(client, text, &error))
        goto done;

    /* The text of a list, as its address has it; what is added holds for both its halves. */
    list = snow_query_parse("active=true^NQstate=3^ORDERBYDESCnumber^EQ", &error);
    if (!list
        || snow_query_where(list, "caller_id", SNOW_NE, NULL, &error)
        || show(client, list, &error))
        goto done;

    if (snow_query_where(text, "state^ORactive", SNOW_EQ, "true", &error) != SNOW_OK) {
        printf("refused: %s\n", snow_error_message(error));
        snow_error_free(error);
        error = NULL;
        exit_code = EXIT_SUCCESS;
    }

done:
    if (error)
        fprintf(stderr, "07_queries: %s\n", snow_error_message(error));
    snow_error_free(error);
    snow_query_free(list);
    snow_query_free(text);
    snow_query_free(urgent);
    snow_query_free(open);
    snow_client_free(client);
    return exit_code;
}
