/* Signs an application in by itself, without any user's password.
 *
 * Shows:  OAuth's client_credentials grant: the token is asked for when it is first needed
 *         and whenever it ends. The instance must allow the grant.
 * Usage:  SNOW_INSTANCE=... SNOW_CLIENT_ID=... SNOW_CLIENT_SECRET=... ./05_client_credentials
 */
#include <snow.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    snow_error *error = NULL;
    snow_session *session = NULL;
    snow_client *client = NULL;
    uint64_t count;
    int exit_code = EXIT_FAILURE;

    session = snow_session_new(&error);
    if (!session
        || snow_session_set_client_credentials(session, getenv("SNOW_CLIENT_ID"),
                                               getenv("SNOW_CLIENT_SECRET"), &error))
        goto done;
    client = snow_client_new(getenv("SNOW_INSTANCE"), session, &error);
    if (!client || snow_table_count(client, "incident", NULL, &count, &error))
        goto done;
    printf("The application sees %llu incidents.\n", (unsigned long long)count);
    exit_code = EXIT_SUCCESS;

done:
    if (error)
        fprintf(stderr, "05_client_credentials: %s\n", snow_error_message(error));
    snow_error_free(error);
    snow_client_free(client);
    snow_session_free(session);
    return exit_code;
}
