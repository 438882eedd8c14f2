/* Gets the first OAuth token for a user and keeps it in a file.
 *
 * Shows:  the password grant; a token file that only its owner can read, in the JSON that
 *         pysnow's users already have. The password is needed this once.
 * Usage:  SNOW_INSTANCE=... SNOW_CLIENT_ID=... SNOW_CLIENT_SECRET=... SNOW_USER=...
 *         SNOW_PASSWORD=... ./03_oauth_login token.json
 */
#include <snow.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    snow_error *error = NULL;
    snow_client *client = NULL;
    snow_token *token = NULL;
    int exit_code = EXIT_FAILURE;

    if (argc != 2) {
        fprintf(stderr, "usage: 03_oauth_login TOKEN_FILE\n");
        return EXIT_FAILURE;
    }
    client = snow_client_new_oauth(getenv("SNOW_INSTANCE"), getenv("SNOW_CLIENT_ID"),
                                   getenv("SNOW_CLIENT_SECRET"), NULL, &error);
    if (!client
        || snow_client_login(client, getenv("SNOW_USER"), getenv("SNOW_PASSWORD"), &error))
        goto done;
    token = snow_client_token(client, &error);
    if (!token || snow_token_save(token, argv[1], &error))
        goto done;
    printf("The token is in %s; it %s.\n", argv[1],
           snow_token_refresh_token(token) ? "can be renewed" : "cannot be renewed");
    exit_code = EXIT_SUCCESS;

done:
    if (error)
        fprintf(stderr, "03_oauth_login: %s\n", snow_error_message(error));
    snow_error_free(error);
    snow_token_free(token);
    snow_client_free(client);
    return exit_code;
}
