/*
 * A write that the other side breaks off in its middle, in a process that would die of a SIGPIPE: it must
 * not. The server is SNOW_INSTANCE.
 */
#include "check.h"

#include <signal.h>
#include <stdlib.h>

#define LENGTH (20u * 1000 * 1000)

int main(void)
{
    snow_error *error = NULL;
    snow_client *client = snow_client_new(getenv("SNOW_INSTANCE"), NULL, &error);
    snow_record *record = snow_record_new(&error), *created;
    char *large = malloc(LENGTH + 1);
    sigset_t pending;
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    memset(large, 'x', LENGTH);
    large[LENGTH] = '\0';
    CHECK_STATUS(SNOW_OK, snow_record_set(record, "description", large, &error), error);
    created = snow_table_create(client, "incident", record, NULL, &error);
    CHECK(created == NULL);
    CHECK_NUMBER(SNOW_NETWORK, snow_error_status(error));
    /* What it has is torn, and no request. */
    CHECK_NUMBER(0, snow_error_maybe_applied(error));
    /* Nothing is left for later either. */
    CHECK(sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 0);
    snow_error_free(error);
    snow_record_free(record);
    snow_client_free(client);
    free(large);
    return check_result();
}
