/*
 * What never becomes an answer: nobody listens, a name that does not resolve, a certificate that cannot be
 * trusted, a proxy that refuses. For each and for each kind of call: the status, and that nothing was sent.
 *
 * It takes SNOW_INSTANCE, instances that cannot be trusted, and a proxy that refuses.
 */

#include "failing_calls.h"

struct door {
    const char *name, *address, *ca_file, *proxy;
    snow_status status;
    int http_status;
    int retryable;
};

/* Nothing was sent, so a write surely did not happen. */
static void knock(const struct door *door)
{
    snow_error *error = NULL;
    snow_session *session = snow_session_new(NULL);
    snow_client *client;
    int call;
    CHECK_STATUS(SNOW_OK, snow_session_set_basic_auth(session, USER, PASSWORD, &error), error);
    CHECK_STATUS(SNOW_OK, snow_session_set_proxy(session, door->proxy, &error), error);
    if (*door->proxy)
        CHECK_STATUS(SNOW_OK, snow_session_set_proxy_auth(session, USER, PASSWORD, &error), error);
    if (door->ca_file)
        CHECK_STATUS(SNOW_OK, snow_session_set_ca_file(session, door->ca_file, &error), error);
    client = snow_client_new(door->address, session, &error);
    for (call = LIST; call < CALLS; call++) {
        char subject[256];
        snow_cursor *list = NULL;
        snprintf(subject, sizeof subject, "%s, %s", door->name, methods[call]);
        check_subject = subject;
        error = failing(client, (enum call)call, &list);
        CHECK_STATUS(door->status, snow_error_status(error), error);
        CHECK_NUMBER(door->http_status, snow_error_http_status(error));
        CHECK_NUMBER(door->retryable, snow_error_is_retryable(error));
        CHECK_NUMBER(0, snow_error_maybe_applied(error));
        CHECK_NUMBER(NOT_SAID, snow_error_retry_after_ms(error));
        CHECK_TEXT(methods[call], snow_error_method(error));
        CHECK_TEXT(paths[call], snow_error_path(error));
        check_no_secret(error);
        snow_error_free(error);
        snow_cursor_free(list);
    }
    check_subject = "";
    snow_client_free(client);
    snow_session_free(session);
}

/* The address of a port that nobody listens on: it was free a moment ago. */
static const char *closed_port(void)
{
    static char address[64];
    struct sockaddr_in at;
    socklen_t length = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    memset(&at, 0, sizeof at);
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    control_must(bind(listener, (struct sockaddr *)&at, sizeof at) == 0, "no free port");
    control_must(getsockname(listener, (struct sockaddr *)&at, &length) == 0, "no address");
    close(listener);
    snprintf(address, sizeof address, "http://127.0.0.1:%d", ntohs(at.sin_port));
    return address;
}

static void connections(void)
{
    const char *https = getenv("SNOW_HTTPS_INSTANCE"), *ca_file = getenv("SNOW_CA_FILE");
    const char *misnamed = getenv("SNOW_MISNAMED_INSTANCE");
    const char *misnamed_ca_file = getenv("SNOW_MISNAMED_CA_FILE");
    const char *proxy = getenv("SNOW_PROXY");
    const char *closed = closed_port();
    char https_to_http[64];
    size_t i;
    struct door doors[] = {
        {"refused", NULL, NULL, "", SNOW_CONNECT, 0, 1},
        {"no such host", "https://nosuchhost.invalid", NULL, "", SNOW_NAME_RESOLUTION, 0, 1},
        {"https to http", NULL, NULL, "", SNOW_TLS, 0, 0},
        {"untrusted authority", NULL, NULL, "", SNOW_TLS, 0, 0},
        {"another authority", NULL, NULL, "", SNOW_TLS, 0, 0},
        {"another name", NULL, NULL, "", SNOW_TLS, 0, 0},
        {"407 to a request", NULL, NULL, NULL, SNOW_PROXY, 407, 0},
        {"407 to a tunnel", NULL, NULL, NULL, SNOW_PROXY, 0, 0},
        {"no proxy there", NULL, NULL, NULL, SNOW_CONNECT, 0, 1},
    };
    snprintf(https_to_http, sizeof https_to_http, "https%s", instance + strlen("http"));
    doors[0].address = closed;
    doors[2].address = https_to_http;
    doors[3].address = https;
    doors[4].address = https;
    doors[4].ca_file = misnamed_ca_file;
    doors[5].address = misnamed;
    doors[5].ca_file = misnamed_ca_file;
    doors[6].address = instance;
    doors[6].proxy = proxy;
    doors[7].address = https;
    doors[7].ca_file = ca_file;
    doors[7].proxy = proxy;
    doors[8].address = instance;
    doors[8].proxy = closed;
    for (i = 0; i < sizeof doors / sizeof *doors; i++)
        knock(&doors[i]);
    CHECK_NUMBER(0, control_count(instance, ""));
}

int main(void)
{
    instance = getenv("SNOW_INSTANCE");
    connections();
    return check_result();
}
