/* Reaches an instance through a session of one's own: CA file, proxy, header, time limits.
 *
 * Shows:  how each thing is set, and that a session is copied into its clients.
 * Usage:  SNOW_INSTANCE=https://... SNOW_USER=... SNOW_PASSWORD=... ./02_session
 *         SNOW_CA_FILE, SNOW_PROXY, SNOW_PROXY_USER and SNOW_PROXY_PASSWORD are optional.
 */
#include <snow.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    const char *ca_file = getenv("SNOW_CA_FILE");
    const char *proxy = getenv("SNOW_PROXY");
    const char *proxy_user = getenv("SNOW_PROXY_USER");
    snow_error *error = NULL;
    snow_session *session = NULL;
    snow_client *client = NULL;
    uint64_t count;
    int exit_code = EXIT_FAILURE;

    session = snow_session_new(&error);
    if (!session
        || snow_session_set_basic_auth(session, getenv("SNOW_USER"), getenv("SNOW_PASSWORD"),
                                       &error)
        || snow_session_set_user_agent(session, "acme-monitor/1.4", &error)
        || snow_session_set_header(session, "X-Acme-Route", "emea", &error)
        || snow_session_set_timeouts(session, 5000, 90000, &error))
        goto done;
    /* The authorities in the file are trusted in place of those of the system. */
    if (ca_file && snow_session_set_ca_file(session, ca_file, &error))
        goto done;
    if (proxy && snow_session_set_proxy(session, proxy, &error))
        goto done;
    if (proxy_user
        && snow_session_set_proxy_auth(session, proxy_user, getenv("SNOW_PROXY_PASSWORD"),
                                       &error))
        goto done;

    client = snow_client_new(getenv("SNOW_INSTANCE"), session, &error);
    if (!client || snow_table_count(client, "incident", NULL, &count, &error))
        goto done;
    printf("The instance holds %llu incidents.\n", (unsigned long long)count);
    exit_code = EXIT_SUCCESS;

done:
    if (error)
        fprintf(stderr, "02_session: %s\n", snow_error_message(error));
    snow_error_free(error);
    snow_client_free(client);
    snow_session_free(session);
    return exit_code;
}
