/* Works with a stored OAuth token, which is renewed by itself and stored again each time.
 *
 * Shows:  the token callback. It runs on the thread that is inside a call, before that call
 *         goes on, so no call goes on with a token that is not in the file.
 * Usage:  SNOW_INSTANCE=... SNOW_CLIENT_ID=... SNOW_CLIENT_SECRET=... \
 *         ./04_oauth_refresh token.json
 */
#include <snow.h>
#include <stdio.h>
#include <stdlib.h>

/* A field that an access control hides is not there, and its value is NULL. */
static const char *text(const char *value)
{
    return value ? value : "(hidden)";
}

static int32_t save_token(void *user_data, const snow_token *token)
{
    const char *path = (const char *)user_data;
    snow_error *error = NULL;

    /* The call fails for what is returned here; why, only this error knows. */
    if (snow_token_save(token, path, &error) != SNOW_OK) {
        fprintf(stderr, "04_oauth_refresh: %s\n", snow_error_message(error));
        snow_error_free(error);
        return 0;
    }
    printf("A new token is in %s.\n", path);
    return SNOW_HANDLED;
}

int main(int argc, char **argv)
{
    snow_error *error = NULL;
    snow_token *token = NULL;
    snow_client *client = NULL;
    snow_record *incident = NULL;
    int exit_code = EXIT_FAILURE;

    if (argc != 2) {
        fprintf(stderr, "usage: 04_oauth_refresh TOKEN_FILE\n");
        return EXIT_FAILURE;
    }
    token = snow_token_load(argv[1], &error);
    if (!token)
        goto done;
    client = snow_client_new_oauth(getenv("SNOW_INSTANCE"), getenv("SNOW_CLIENT_ID"),
                                   getenv("SNOW_CLIENT_SECRET"), token, &error);
    if (!client || snow_set_token_callback(client, save_token, argv[1], NULL, &error))
        goto done;

    incident = snow_table_first(client, "incident", NULL, &error);
    if (!incident)
        goto done;
    printf("Signed in by token: %s.\n", text(snow_record_get(incident, "number", NULL)));
    exit_code = EXIT_SUCCESS;

done:
    if (error)
        fprintf(stderr, "04_oauth_refresh: %s\n", snow_error_message(error));
    snow_error_free(error);
    snow_record_free(incident);
    snow_client_free(client);
    snow_token_free(token);
    return exit_code;
}
