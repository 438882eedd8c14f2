/*
 * The ways to connect: how a session signs in, whom it trusts, through what it goes, and what it sends
 * along. Arguments: which way, and whether options are set by their functions or by name. What the
 * instance and the proxies saw of it is checked by the driver.
 *
 * SNOW_INSTANCE is the address; SNOW_CA_FILE its authority, where it speaks https; SNOW_PROXY, with
 * SNOW_PROXY_USER and SNOW_PROXY_PASSWORD, the proxy.
 */

#include "check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define USER "admin"
#define PASSWORD "admin"
#define CLIENT_ID "snow-client"
#define CLIENT_SECRET "snow-secret"

static const char *instance;
static int by_name;
static snow_error *error;

#define SUCCEEDS(call) CHECK_STATUS(SNOW_OK, (call), error)

/* ---- sessions ---- */

static int truth(const char *value)
{
    return strcmp(value, "true") == 0;
}

/* What snow_session_set() does, with the option's own function. */
static snow_status set_by_function(snow_session *session, const char *option, const char *value)
{
    uint32_t ms = (uint32_t)strtoul(value, NULL, 10);
    if (strcmp(option, "allow_http") == 0)
        return snow_session_set_allow_http(session, truth(value), &error);
    if (strcmp(option, "api_key") == 0)
        return snow_session_set_api_key(session, value, &error);
    if (strcmp(option, "bearer_token") == 0)
        return snow_session_set_bearer_token(session, value, &error);
    if (strcmp(option, "ca_file") == 0)
        return snow_session_set_ca_file(session, value, &error);
    if (strcmp(option, "client_certificate") == 0)
        return snow_session_set_client_certificate(session, value, NULL, NULL, &error);
    if (strcmp(option, "connect_timeout_ms") == 0)
        return snow_session_set_timeouts(session, ms, 120000, &error);
    if (strcmp(option, "cookies") == 0)
        return snow_session_set_cookies(session, truth(value), &error);
    if (strcmp(option, "max_in_flight") == 0)
        return snow_session_set_max_in_flight(session, ms, &error);
    if (strcmp(option, "retries") == 0)
        return snow_session_set_retry(session, ms, 30000, &error);
    if (strcmp(option, "retry_max_wait_ms") == 0)
        return snow_session_set_retry(session, 3, ms, &error);
    if (strcmp(option, "oauth_basic") == 0)
        return snow_session_set_oauth_basic(session, truth(value), &error);
    if (strcmp(option, "proxy") == 0)
        return snow_session_set_proxy(session, value, &error);
    if (strcmp(option, "tls_verify") == 0)
        return snow_session_set_tls_verify(session, truth(value), &error);
    if (strcmp(option, "token_file") == 0)
        return snow_session_set_token_file(session, value, &error);
    if (strcmp(option, "total_timeout_ms") == 0)
        return snow_session_set_timeouts(session, 30000, ms, &error);
    if (strcmp(option, "user_agent") == 0)
        return snow_session_set_user_agent(session, value, &error);
    CHECK(!"an option that this program knows");
    return SNOW_UNKNOWN_OPTION;
}

static void set(snow_session *session, const char *option, const char *value)
{
    check_subject = option;
    if (by_name)
        SUCCEEDS(snow_session_set(session, option, value, &error));
    else
        SUCCEEDS(set_by_function(session, option, value));
    check_subject = "";
}

/* A session that trusts nobody but the instance's own authority. */
static snow_session *new_session(void)
{
    snow_session *session = snow_session_new(&error);
    const char *ca_file = getenv("SNOW_CA_FILE");
    CHECK(session != NULL);
    if (ca_file)
        set(session, "ca_file", ca_file);
    return session;
}

static snow_session *basic_session(void)
{
    snow_session *session = new_session();
    SUCCEEDS(snow_session_set_basic_auth(session, USER, PASSWORD, &error));
    return session;
}

static snow_session *oauth_session(void)
{
    snow_session *session = new_session();
    SUCCEEDS(snow_session_set_oauth(session, CLIENT_ID, CLIENT_SECRET, &error));
    return session;
}

/* ---- calls ---- */

/* A client of a session, which ends here. */
static snow_client *client_of(snow_session *session)
{
    snow_client *client = snow_client_new(instance, session, &error);
    if (!CHECK(client != NULL))
        fprintf(stderr, "    %s\n", snow_error_message(error));
    snow_session_free(session);
    return client;
}

/* One call succeeds. */
static void works(snow_client *client)
{
    snow_record *incident = snow_table_first(client, "incident", NULL, &error);
    if (CHECK(incident != NULL))
        CHECK(snow_record_get(incident, "number", NULL) != NULL);
    else
        fprintf(stderr, "    %s\n", snow_error_message(error));
    snow_record_free(incident);
    snow_error_free(error);
    error = NULL;
}

/* One call fails so. */
static void fails(snow_client *client, snow_status expected)
{
    snow_record *incident = snow_table_first(client, "incident", NULL, &error);
    CHECK(incident == NULL);
    CHECK_STATUS(expected, snow_error_status(error), error);
    CHECK(strstr(snow_error_message(error), "secret") == NULL);
    snow_error_free(error);
    error = NULL;
}

/* ---- signing in ---- */

static void basic(void)
{
    snow_client *client = client_of(basic_session());
    snow_session *session = new_session();
    works(client);
    snow_client_free(client);
    SUCCEEDS(snow_session_set_basic_auth(session, USER, "not the password", &error));
    client = client_of(session);
    fails(client, SNOW_UNAUTHENTICATED);
    snow_client_free(client);
}

/* As in the quick start: no session, and the authorities of the system. */
static void quick_start(void)
{
    snow_client *client = snow_client_new_basic(instance, USER, PASSWORD, &error);
    works(client);
    snow_client_free(client);
}

static void bearer_token(void)
{
    snow_client *client = client_of(oauth_session());
    snow_session *session = new_session();
    snow_token *token;
    SUCCEEDS(snow_client_login(client, USER, PASSWORD, &error));
    token = snow_client_token(client, &error);
    set(session, "bearer_token", snow_token_access_token(token));
    snow_client_free(client);
    client = client_of(session);
    works(client);
    snow_client_free(client);
    snow_token_free(token);
}

static void api_key(void)
{
    snow_session *session = new_session();
    snow_record *incident;
    snow_client *client;
    set(session, "api_key", "key-of-a-test");
    client = client_of(session);
    /* Whether the instance knows the key is not the question. */
    incident = snow_table_first(client, "incident", NULL, &error);
    CHECK(incident != NULL || snow_error_status(error) == SNOW_UNAUTHENTICATED);
    snow_record_free(incident);
    snow_error_free(error);
    snow_client_free(client);
}

static int32_t save_token(void *path, const snow_token *token)
{
    return snow_token_save(token, path, NULL) == SNOW_OK ? SNOW_HANDLED : 0;
}

/* A token is got once, kept in a file, and used by the next run. */
static void password_grant(void)
{
    char path[] = "token.json";
    struct stat status;
    snow_client *client = client_of(oauth_session());
    snow_token *token, *kept;
    SUCCEEDS(snow_set_token_callback(client, save_token, path, NULL, &error));
    SUCCEEDS(snow_client_login(client, USER, PASSWORD, &error));
    works(client);
    token = snow_client_token(client, &error);
    snow_client_free(client);

    CHECK(stat(path, &status) == 0 && (status.st_mode & 0777) == 0600);
    kept = snow_token_load(path, &error);
    CHECK_TEXT(snow_token_json(token, NULL), snow_token_json(kept, NULL));
    client = client_of(oauth_session());
    SUCCEEDS(snow_client_set_token(client, kept, &error));
    works(client);
    snow_client_free(client);
    snow_token_free(kept);
    snow_token_free(token);
}

/* The refresh token alone is enough. */
static void refresh_token(void)
{
    snow_client *client = client_of(oauth_session());
    snow_token *token, *renewing, *renewed;
    SUCCEEDS(snow_client_login(client, USER, PASSWORD, &error));
    token = snow_client_token(client, &error);
    snow_client_free(client);

    renewing = snow_token_from_refresh_token(snow_token_refresh_token(token), &error);
    client = client_of(oauth_session());
    SUCCEEDS(snow_client_set_token(client, renewing, &error));
    works(client);
    renewed = snow_client_token(client, &error);
    CHECK(snow_token_access_token(renewed) != NULL);
    CHECK_TEXT(snow_token_refresh_token(token), snow_token_refresh_token(renewed));
    snow_client_free(client);
    snow_token_free(renewed);
    snow_token_free(renewing);
    snow_token_free(token);
}

/* The application signs itself in, when a token is first needed. */
static void client_credentials(void)
{
    snow_session *session = new_session();
    snow_client *client;
    snow_token *token;
    SUCCEEDS(snow_session_set_client_credentials(session, CLIENT_ID, CLIENT_SECRET, &error));
    client = client_of(session);
    CHECK(snow_client_token(client, &error) == NULL);
    CHECK_NUMBER(SNOW_NO_TOKEN, snow_error_status(error));
    snow_error_free(error);
    works(client);
    works(client);
    token = snow_client_token(client, &error);
    CHECK(snow_token_access_token(token) != NULL);
    CHECK_TEXT(NULL, snow_token_refresh_token(token));
    snow_token_free(token);
    snow_client_free(client);
}

/* The id and secret of the application in a header of the token call. */
static void oauth_basic(void)
{
    snow_session *session = oauth_session();
    snow_client *client;
    set(session, "oauth_basic", "true");
    client = client_of(session);
    SUCCEEDS(snow_client_login(client, USER, PASSWORD, &error));
    works(client);
    snow_client_free(client);
}

/* ---- trust ---- */

static void any_certificate(void)
{
    snow_session *session = snow_session_new(&error);
    snow_client *strict, *lax, *strict_again;
    SUCCEEDS(snow_session_set_basic_auth(session, USER, PASSWORD, &error));
    strict = snow_client_new(instance, session, &error);
    set(session, "tls_verify", "false");
    lax = snow_client_new(instance, session, &error);
    set(session, "tls_verify", "true");
    strict_again = client_of(session);
    if (strncmp(instance, "https:", 6) == 0) {
        fails(strict, SNOW_TLS);
        fails(strict_again, SNOW_TLS);
    }
    works(lax);
    snow_client_free(strict);
    snow_client_free(strict_again);
    snow_client_free(lax);
}

/* Who turns the checking off and on again trusts whom he trusted before, and nobody else. */
static void ca_file_again(void)
{
    snow_session *session = basic_session();
    snow_client *client;
    set(session, "tls_verify", "false");
    set(session, "tls_verify", "true");
    client = client_of(session);
    works(client);
    snow_client_free(client);
}

/* Plain http to another machine is refused where it is not allowed. */
static void allow_http(void)
{
    snow_session *session = snow_session_new(&error);
    snow_client *client = snow_client_new("http://instance.invalid", session, &error);
    CHECK(client == NULL);
    CHECK_NUMBER(SNOW_INVALID_ARGUMENT, snow_error_status(error));
    snow_error_free(error);
    set(session, "allow_http", "true");
    client = snow_client_new("http://instance.invalid", session, &error);
    CHECK(client != NULL && error == NULL);
    snow_client_free(client);
    snow_session_free(session);
}

/* ---- what goes along ---- */

static void headers(void)
{
    snow_session *session = oauth_session();
    snow_client *client, *without;
    set(session, "user_agent", "acme-sync/7");
    SUCCEEDS(snow_session_set_header(session, "X-Gateway-Key", "first", &error));
    SUCCEEDS(snow_session_set_header(session, "x-gateway-key", "gateway-key", &error));
    SUCCEEDS(snow_session_set_header(session, "X-Tenant", "acme", &error));
    client = snow_client_new(instance, session, &error);
    SUCCEEDS(snow_client_login(client, USER, PASSWORD, &error));
    works(client);
    /* What is set later does not reach the client that is there. */
    SUCCEEDS(snow_session_set_header(session, "X-Gateway-Key", "", &error));
    without = client_of(session);
    SUCCEEDS(snow_client_login(without, USER, PASSWORD, &error));
    works(client);
    snow_client_free(without);
    snow_client_free(client);
}

static void cookies_by_default(void)
{
    snow_client *client = client_of(basic_session());
    works(client);
    works(client);
    snow_client_free(client);
}

static void cookies(void)
{
    snow_session *session = basic_session();
    snow_client *client;
    set(session, "cookies", "true");
    client = client_of(session);
    works(client);
    works(client);
    snow_client_free(client);
}

/* ---- time limits ---- */

/* The instance is silent. */
static void total_timeout(void)
{
    snow_session *session = basic_session();
    snow_client *client;
    set(session, "total_timeout_ms", "500");
    client = client_of(session);
    fails(client, SNOW_TIMEOUT);
    snow_client_free(client);
}

/* A machine that does not take the connection: its queue holds one, and that is in it. */
static void connect_timeout(void)
{
    char address[64];
    struct sockaddr_in at;
    socklen_t length = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0), queued = socket(AF_INET, SOCK_STREAM, 0);
    snow_session *session = snow_session_new(&error);
    snow_client *client;
    memset(&at, 0, sizeof at);
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(bind(listener, (struct sockaddr *)&at, sizeof at) == 0 && listen(listener, 0) == 0);
    CHECK(getsockname(listener, (struct sockaddr *)&at, &length) == 0);
    CHECK(connect(queued, (struct sockaddr *)&at, sizeof at) == 0);
    snprintf(address, sizeof address, "http://127.0.0.1:%d", ntohs(at.sin_port));
    set(session, "connect_timeout_ms", "300");
    client = snow_client_new(address, session, &error);
    CHECK(snow_table_first(client, "incident", NULL, &error) == NULL);
    CHECK_STATUS(SNOW_CONNECT, snow_error_status(error), error);
    CHECK_NUMBER(1, snow_error_is_retryable(error));
    snow_error_free(error);
    snow_client_free(client);
    snow_session_free(session);
    close(queued);
    close(listener);
}

/* ---- proxies ---- */

static snow_session *through_proxy(snow_session *session)
{
    const char *user = getenv("SNOW_PROXY_USER");
    set(session, "proxy", getenv("SNOW_PROXY"));
    set(session, "allow_http", "true");
    if (user)
        SUCCEEDS(snow_session_set_proxy_auth(session, user, getenv("SNOW_PROXY_PASSWORD"), &error));
    return session;
}

/* The token call goes the same way as every other. */
static void proxy(void)
{
    snow_client *client = client_of(through_proxy(oauth_session()));
    SUCCEEDS(snow_client_login(client, USER, PASSWORD, &error));
    works(client);
    snow_client_free(client);
}

static void proxy_refuses(void)
{
    snow_client *client = client_of(through_proxy(basic_session()));
    fails(client, SNOW_PROXY);
    snow_client_free(client);
}

/* A name that has no address here, and that the proxy was not asked for. */
static void proxy_without_a_name(void)
{
    snow_client *client = client_of(through_proxy(basic_session()));
    fails(client, SNOW_NAME_RESOLUTION);
    snow_client_free(client);
}

/* As the environment says. */
static void environment(void)
{
    snow_session *session = basic_session();
    snow_client *client;
    set(session, "allow_http", "true");
    client = client_of(session);
    works(client);
    snow_client_free(client);
}

static void environment_fails(snow_status status, const char *words)
{
    snow_session *session = basic_session();
    snow_client *client;
    set(session, "allow_http", "true");
    client = client_of(session);
    CHECK(snow_table_first(client, "incident", NULL, &error) == NULL);
    CHECK_STATUS(status, snow_error_status(error), error);
    if (!CHECK(strstr(snow_error_message(error), words) != NULL))
        fprintf(stderr, "    %s\n", snow_error_message(error));
    snow_error_free(error);
    error = NULL;
    snow_client_free(client);
}

/* SNOW_NAMED is the variable whose fault it is. */
static void environment_names_none(void)
{
    char words[64];
    snprintf(words, sizeof words, "%s, in the environment, names no proxy", getenv("SNOW_NAMED"));
    environment_fails(SNOW_PROXY, words);
}

/* The name has no address here. */
static void environment_does_not_count(void)
{
    environment_fails(SNOW_NAME_RESOLUTION, "instance.invalid");
}

/* No proxy at all, whatever the environment says. */
static void no_proxy(void)
{
    snow_session *session = basic_session();
    snow_client *client;
    set(session, "proxy", getenv("SNOW_PROXY"));
    set(session, "proxy", "");
    client = client_of(session);
    works(client);
    snow_client_free(client);
}

/* ---- options ---- */

/* Each option that there is can be set both ways. */
static void options(void)
{
    static const char *const values[][2] = {
        {"ca_file", "SNOW_CA_FILE"}, {"client_certificate", "SNOW_CLIENT_CERTIFICATE"},
        {"connect_timeout_ms", "1"}, {"total_timeout_ms", "1"},
        {"proxy", ""}, {"max_in_flight", "0"}, {"retries", "0"}, {"retry_max_wait_ms", "1"},
    };
    const char *option;
    size_t i, j;
    for (i = 0; (option = snow_session_option_name(i)) != NULL; i++) {
        snow_session *session = snow_session_new(&error);
        const char *value = "true";
        for (j = 0; j < sizeof values / sizeof *values; j++)
            if (strcmp(values[j][0], option) == 0)
                value = values[j][1];
        set(session, option, strncmp(value, "SNOW_", 5) == 0 ? getenv(value) : value);
        snow_session_free(session);
    }
    CHECK(i > 0);
}

static const struct {
    const char *name;
    void (*go)(void);
} ways[] = {
    {"basic", basic},
    {"quick-start", quick_start},
    {"bearer-token", bearer_token},
    {"api-key", api_key},
    {"password-grant", password_grant},
    {"refresh-token", refresh_token},
    {"client-credentials", client_credentials},
    {"oauth-basic", oauth_basic},
    {"any-certificate", any_certificate},
    {"ca-file-again", ca_file_again},
    {"allow-http", allow_http},
    {"headers", headers},
    {"cookies-by-default", cookies_by_default},
    {"cookies", cookies},
    {"total-timeout", total_timeout},
    {"connect-timeout", connect_timeout},
    {"proxy", proxy},
    {"proxy-refuses", proxy_refuses},
    {"proxy-without-a-name", proxy_without_a_name},
    {"environment", environment},
    {"environment-names-none", environment_names_none},
    {"environment-does-not-count", environment_does_not_count},
    {"no-proxy", no_proxy},
    {"options", options},
};

int main(int count, char **arguments)
{
    size_t i;
    instance = getenv("SNOW_INSTANCE");
    by_name = count == 3 && strcmp(arguments[2], "by-name") == 0;
    for (i = 0; i < sizeof ways / sizeof *ways; i++) {
        if (count == 3 && strcmp(ways[i].name, arguments[1]) == 0) {
            ways[i].go();
            return check_result();
        }
    }
    fprintf(stderr, "usage: connect WAY by-function|by-name\n");
    return 2;
}
