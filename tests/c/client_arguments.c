/*
 * What a caller can get wrong with sessions, tokens and clients: each call gives its status, an error whose
 * message begins with the name of the argument, and nothing happens.
 */
#include "check.h"
#include "refusal.h"

#include <sys/stat.h>

static snow_session *session;
static snow_client *client, *oauth_client;
static snow_token *token;
static int destroyed;

static int32_t handle_token(void *user_data, const snow_token *new_token)
{
    (void)user_data;
    (void)new_token;
    return SNOW_HANDLED;
}

static void null_in_functions_without_an_error(void)
{
    size_t length = 7;
    CHECK_TEXT(NULL, snow_token_json(NULL, NULL));
    CHECK_TEXT(NULL, snow_token_json(NULL, &length));
    CHECK_NUMBER(0, length);
    CHECK(snow_token_json(token, NULL) != NULL);
    CHECK_TEXT(NULL, snow_token_access_token(NULL));
    CHECK_TEXT(NULL, snow_token_access_token(token));
    CHECK_TEXT(NULL, snow_token_refresh_token(NULL));
    CHECK_TEXT("refresh", snow_token_refresh_token(token));
    CHECK_NUMBER(-1, snow_token_expires_at(NULL));
    CHECK_NUMBER(-1, snow_token_expires_at(token));
    CHECK_TEXT(NULL, snow_session_option_name(SIZE_MAX));
}

static void null_in_sessions(void)
{
    const snow_status null = SNOW_NULL_ARGUMENT;
    REFUSES(null, "session", snow_session_set_basic_auth(NULL, "user", "password", where));
    REFUSES(null, "user", snow_session_set_basic_auth(session, NULL, "password", where));
    REFUSES(null, "password", snow_session_set_basic_auth(session, "user", NULL, where));
    REFUSES(null, "session", snow_session_set_bearer_token(NULL, "token", where));
    REFUSES(null, "token", snow_session_set_bearer_token(session, NULL, where));
    REFUSES(null, "session", snow_session_set_api_key(NULL, "key", where));
    REFUSES(null, "key", snow_session_set_api_key(session, NULL, where));
    REFUSES(null, "session", snow_session_set_oauth(NULL, "id", "secret", where));
    REFUSES(null, "client_id", snow_session_set_oauth(session, NULL, "secret", where));
    REFUSES(null, "client_secret", snow_session_set_oauth(session, "id", NULL, where));
    REFUSES(null, "session", snow_session_set_client_credentials(NULL, "id", "secret", where));
    REFUSES(null, "client_id", snow_session_set_client_credentials(session, NULL, "s", where));
    REFUSES(null, "client_secret", snow_session_set_client_credentials(session, "i", NULL, where));
    REFUSES(null, "session", snow_session_set_oauth_basic(NULL, 1, where));
    REFUSES(null, "session", snow_session_set_tls_verify(NULL, 1, where));
    REFUSES(null, "session", snow_session_set_ca_file(NULL, "ca.pem", where));
    REFUSES(null, "path", snow_session_set_ca_file(session, NULL, where));
    REFUSES(null, "session", snow_session_set_token_file(NULL, "token.json", where));
    REFUSES(null, "path", snow_session_set_token_file(session, NULL, where));
    REFUSES(null, "session",
            snow_session_set_client_certificate(NULL, "own.pem", NULL, NULL, where));
    REFUSES(null, "path", snow_session_set_client_certificate(session, NULL, NULL, NULL, where));
    REFUSES(null, "session", snow_session_set_proxy(NULL, "http://127.0.0.1:1", where));
    REFUSES(null, "proxy", snow_session_set_proxy(session, NULL, where));
    REFUSES(null, "session", snow_session_set_proxy_auth(NULL, "user", "password", where));
    REFUSES(null, "user", snow_session_set_proxy_auth(session, NULL, "password", where));
    REFUSES(null, "password", snow_session_set_proxy_auth(session, "user", NULL, where));
    REFUSES(null, "session", snow_session_set_header(NULL, "x-name", "value", where));
    REFUSES(null, "name", snow_session_set_header(session, NULL, "value", where));
    REFUSES(null, "value", snow_session_set_header(session, "x-name", NULL, where));
    REFUSES(null, "session", snow_session_set_user_agent(NULL, "agent", where));
    REFUSES(null, "user_agent", snow_session_set_user_agent(session, NULL, where));
    REFUSES(null, "session", snow_session_set_timeouts(NULL, 1, 1, where));
    REFUSES(null, "session", snow_session_set_retry(NULL, 1, 1, where));
    REFUSES(null, "session", snow_session_set_max_in_flight(NULL, 1, where));
    REFUSES(null, "session", snow_session_set_cookies(NULL, 1, where));
    REFUSES(null, "session", snow_session_set_allow_http(NULL, 1, where));
    REFUSES(null, "session", snow_session_set(NULL, "cookies", "true", where));
    REFUSES(null, "name", snow_session_set(session, NULL, "true", where));
    REFUSES(null, "value", snow_session_set(session, "cookies", NULL, where));
}

static void null_in_tokens_and_clients(const char *instance)
{
    const snow_status null = SNOW_NULL_ARGUMENT;
    MAKES_NOTHING(null, "json", snow_token_from_json(NULL, where));
    MAKES_NOTHING(null, "refresh_token", snow_token_from_refresh_token(NULL, where));
    MAKES_NOTHING(null, "path", snow_token_load(NULL, where));
    REFUSES(null, "token", snow_token_save(NULL, "token.json", where));
    REFUSES(null, "path", snow_token_save(token, NULL, where));

    MAKES_NOTHING(null, "instance", snow_client_new(NULL, session, where));
    MAKES_NOTHING(null, "instance", snow_client_new_basic(NULL, "user", "password", where));
    MAKES_NOTHING(null, "user", snow_client_new_basic(instance, NULL, "password", where));
    MAKES_NOTHING(null, "password", snow_client_new_basic(instance, "user", NULL, where));
    MAKES_NOTHING(null, "instance", snow_client_new_oauth(NULL, "id", "secret", token, where));
    MAKES_NOTHING(null, "client_id", snow_client_new_oauth(instance, NULL, "s", token, where));
    MAKES_NOTHING(null, "client_secret", snow_client_new_oauth(instance, "i", NULL, token, where));

    destroyed = 0;
    REFUSES(null, "client",
            snow_set_token_callback(NULL, handle_token, &destroyed, count_destroyed, where));
    CHECK_NUMBER(2, destroyed);
    SUCCEEDS(snow_set_token_callback(oauth_client, NULL, NULL, NULL, where));
    REFUSES(null, "client", snow_client_login(NULL, "user", "password", where));
    REFUSES(null, "user", snow_client_login(oauth_client, NULL, "password", where));
    REFUSES(null, "password", snow_client_login(oauth_client, "user", NULL, where));
    REFUSES(null, "client", snow_client_set_token(NULL, token, where));
    REFUSES(null, "token", snow_client_set_token(oauth_client, NULL, where));
    MAKES_NOTHING(null, "client", snow_client_token(NULL, where));
    REFUSES(null, "client", snow_client_close(NULL, 0, where));
}

static void bad_utf8_in_sessions_tokens_and_clients(const char *instance)
{
    const snow_status bad = SNOW_INVALID_UTF8;
    REFUSES(bad, "user", snow_session_set_basic_auth(session, BAD, "password", where));
    REFUSES(bad, "password", snow_session_set_basic_auth(session, "user", BAD, where));
    REFUSES(bad, "token", snow_session_set_bearer_token(session, BAD, where));
    REFUSES(bad, "key", snow_session_set_api_key(session, BAD, where));
    REFUSES(bad, "client_id", snow_session_set_oauth(session, BAD, "secret", where));
    REFUSES(bad, "client_secret", snow_session_set_oauth(session, "id", BAD, where));
    REFUSES(bad, "client_id", snow_session_set_client_credentials(session, BAD, "secret", where));
    REFUSES(bad, "client_secret", snow_session_set_client_credentials(session, "id", BAD, where));
    REFUSES(bad, "path", snow_session_set_ca_file(session, BAD, where));
    REFUSES(bad, "path", snow_session_set_token_file(session, BAD, where));
    REFUSES(bad, "path", snow_session_set_client_certificate(session, BAD, NULL, NULL, where));
    REFUSES(bad, "key_path", snow_session_set_client_certificate(session, "x", BAD, NULL, where));
    REFUSES(bad, "password", snow_session_set_client_certificate(session, "x", NULL, BAD, where));
    REFUSES(bad, "proxy", snow_session_set_proxy(session, BAD, where));
    REFUSES(bad, "user", snow_session_set_proxy_auth(session, BAD, "password", where));
    REFUSES(bad, "password", snow_session_set_proxy_auth(session, "user", BAD, where));
    REFUSES(bad, "name", snow_session_set_header(session, BAD, "value", where));
    REFUSES(bad, "value", snow_session_set_header(session, "x-name", BAD, where));
    REFUSES(bad, "user_agent", snow_session_set_user_agent(session, BAD, where));
    REFUSES(bad, "name", snow_session_set(session, BAD, "true", where));
    REFUSES(bad, "value", snow_session_set(session, "cookies", BAD, where));

    MAKES_NOTHING(bad, "json", snow_token_from_json(BAD, where));
    MAKES_NOTHING(bad, "refresh_token", snow_token_from_refresh_token(BAD, where));
    MAKES_NOTHING(bad, "path", snow_token_load(BAD, where));
    REFUSES(bad, "path", snow_token_save(token, BAD, where));

    MAKES_NOTHING(bad, "instance", snow_client_new(BAD, NULL, where));
    MAKES_NOTHING(bad, "instance", snow_client_new_basic(BAD, "user", "password", where));
    MAKES_NOTHING(bad, "user", snow_client_new_basic(instance, BAD, "password", where));
    MAKES_NOTHING(bad, "password", snow_client_new_basic(instance, "user", BAD, where));
    MAKES_NOTHING(bad, "instance", snow_client_new_oauth(BAD, "id", "secret", NULL, where));
    MAKES_NOTHING(bad, "client_id", snow_client_new_oauth(instance, BAD, "secret", NULL, where));
    MAKES_NOTHING(bad, "client_secret", snow_client_new_oauth(instance, "id", BAD, NULL, where));
    REFUSES(bad, "user", snow_client_login(oauth_client, BAD, "password", where));
    REFUSES(bad, "password", snow_client_login(oauth_client, "user", BAD, where));
}

static void names_of_instances(void)
{
    static const char *const absurd[] = {
        "",
        " ",
        "dev 12345",
        "dev12345\n",
        "https://https://dev12345.service-now.com",
        "https://",
        "ftp://dev12345.service-now.com",
        "//dev12345.service-now.com",
        "https:///dev12345.service-now.com",
        "dev12345/api",
        "https://dev12345.service-now.com/api/now",
        "https://dev12345.service-now.com?sysparm_query=active",
        "https://dev12345.service-now.com#top",
        "admin:pass@dev12345",
        "https://admin:pass@dev12345.service-now.com",
        "http://dev12345.service-now.com",
        "http://192.0.2.1:8080",
        "http://127.0.0.1.example.com",
        "dev12345.service-now.com:99999",
        "https://{instance}.service-now.com",
        "dev\"12345",
        "dev%2212345.service-now.com",
        "..",
    };
    size_t i;
    for (i = 0; i < sizeof absurd / sizeof *absurd; i++) {
        check_subject = absurd[i];
        MAKES_NOTHING(SNOW_INVALID_ARGUMENT, "instance", snow_client_new(absurd[i], NULL, where));
        MAKES_NOTHING(SNOW_INVALID_ARGUMENT, "instance",
                      snow_client_new_basic(absurd[i], "user", "password", where));
        MAKES_NOTHING(SNOW_INVALID_ARGUMENT, "instance",
                      snow_client_new_oauth(absurd[i], "id", "secret", NULL, where));
    }
}

static void values_of_sessions(void)
{
    const snow_status invalid = SNOW_INVALID_ARGUMENT;
    static const char *const ours[] = {"Authorization", "accept", "Content-Type", "USER-AGENT",
                                       "Host", "Content-Length", "Transfer-Encoding", "X-SN-ApiKey",
                                       "X-HTTP-Method-Override", "Proxy-Authorization", "Expect"};
    static const char *const no_names[] = {"", " ", "x name", "x:name", "x\r\nname", "\xc4\x85"};
    static const char *const no_files[] = {"nowhere.p12", ".", "/dev/null", "/proc/self/cmdline"};
    static const char *const no_proxies[] = {
        "127.0.0.1:3128",        "https//proxy",
        "ftp://proxy:21",        "http://",
        "http://proxy:99999",    "http://proxy:3128/path",
        "http://proxy:3128?a=b", "http://user:s3cret@proxy:3128",
        "socks4://proxy:1080",   "http://user@proxy:3128",
        "http://{proxy}:3128",   "socks5h://{proxy}:1080",
    };
    char long_name[257] = {0};
    size_t i;
    REFUSES(invalid, "user", snow_session_set_basic_auth(session, "", "password", where));
    REFUSES(invalid, "user", snow_session_set_basic_auth(session, "a:b", "password", where));
    REFUSES(invalid, "token", snow_session_set_bearer_token(session, "", where));
    REFUSES(invalid, "token", snow_session_set_bearer_token(session, "a\r\nb", where));
    REFUSES(invalid, "key", snow_session_set_api_key(session, "", where));
    REFUSES(invalid, "key", snow_session_set_api_key(session, "a\nb", where));
    REFUSES(invalid, "client_id", snow_session_set_oauth(session, "", "secret", where));
    REFUSES(invalid, "client_id", snow_session_set_client_credentials(session, "", "s", where));
    REFUSES(invalid, "user_agent", snow_session_set_user_agent(session, "", where));
    REFUSES(invalid, "user_agent", snow_session_set_user_agent(session, "a\r\nb", where));
    REFUSES(invalid, "connect_ms", snow_session_set_timeouts(session, 0, 1, where));
    REFUSES(invalid, "total_ms", snow_session_set_timeouts(session, 1, 0, where));
    REFUSES(invalid, "max_wait_ms", snow_session_set_retry(session, 1, 0, where));
    REFUSES(invalid, "user", snow_session_set_proxy_auth(session, "user", "password", where));
    SUCCEEDS(snow_session_set_proxy(session, "", where));
    REFUSES(invalid, "user", snow_session_set_proxy_auth(session, "user", "password", where));
    SUCCEEDS(snow_session_set_proxy(session, "http://127.0.0.1:1", where));
    REFUSES(invalid, "user", snow_session_set_proxy_auth(session, "", "password", where));
    /* SOCKS has one byte for the length of either. */
    memset(long_name, 'u', sizeof long_name - 1);
    SUCCEEDS(snow_session_set_proxy_auth(session, long_name, long_name, where));
    SUCCEEDS(snow_session_set_proxy(session, "socks5h://127.0.0.1:1", where));
    REFUSES(invalid, "user", snow_session_set_proxy_auth(session, long_name, "password", where));
    REFUSES(invalid, "password", snow_session_set_proxy_auth(session, "user", long_name, where));
    long_name[255] = '\0';
    SUCCEEDS(snow_session_set_proxy_auth(session, long_name, long_name, where));
    for (i = 0; i < sizeof no_proxies / sizeof *no_proxies; i++) {
        REFUSES(invalid, "proxy", snow_session_set_proxy(session, no_proxies[i], where));
        snow_session_set_proxy(session, no_proxies[i], &error);
        CHECK(strstr(snow_error_message(error), "s3cret") == NULL);
        snow_error_free(error);
    }
    for (i = 0; i < sizeof ours / sizeof *ours; i++)
        REFUSES(invalid, "name", snow_session_set_header(session, ours[i], "value", where));
    for (i = 0; i < sizeof no_names / sizeof *no_names; i++)
        REFUSES(invalid, "name", snow_session_set_header(session, no_names[i], "value", where));
    REFUSES(invalid, "value", snow_session_set_header(session, "x-name", "a\r\nb: c", where));
    REFUSES(SNOW_FILE, "path", snow_session_set_ca_file(session, "nowhere.pem", where));
    REFUSES(SNOW_FILE, "path", snow_session_set_ca_file(session, ".", where));
    REFUSES(SNOW_FILE, "path", snow_session_set_ca_file(session, "/dev/null", where));
    REFUSES(SNOW_FILE, "path", snow_session_set_token_file(session, ".", where));
    REFUSES(SNOW_FILE, "path", snow_session_set_token_file(session, "nowhere/token", where));
    REFUSES(SNOW_FILE, "path", snow_session_set_token_file(session, "/dev/null", where));
    for (i = 0; i < sizeof no_files / sizeof *no_files; i++)
        REFUSES(SNOW_FILE, "path",
                snow_session_set_client_certificate(session, no_files[i], NULL, NULL, where));
}

static void truth_values(void)
{
    static const int32_t no_truths[] = {2, -1, INT32_MAX, INT32_MIN};
    const snow_status invalid = SNOW_INVALID_ARGUMENT;
    size_t i;
    for (i = 0; i < sizeof no_truths / sizeof *no_truths; i++) {
        int32_t no = no_truths[i];
        REFUSES(invalid, "basic", snow_session_set_oauth_basic(session, no, where));
        REFUSES(invalid, "verify", snow_session_set_tls_verify(session, no, where));
        REFUSES(invalid, "keep", snow_session_set_cookies(session, no, where));
        REFUSES(invalid, "allow", snow_session_set_allow_http(session, no, where));
    }
}

/* What an option of a session cannot be, by its name. */
static const char *bad_value(const char *option)
{
    static const char *const bad[][2] = {
        {"allow_http", "yes"},     {"api_key", ""},   {"bearer_token", ""},
        {"ca_file", "nowhere.pem"}, {"client_certificate", "nowhere.pem"},
        {"connect_timeout_ms", "-1"}, {"cookies", "1"},
        {"max_in_flight", "-1"},   {"retries", ""},   {"retry_max_wait_ms", "0"},
        {"oauth_basic", ""},       {"proxy", "ftp://proxy"}, {"tls_verify", "False"},
        {"token_file", "nowhere/token"}, {"total_timeout_ms", "1.5"}, {"user_agent", ""},
    };
    size_t i;
    for (i = 0; i < sizeof bad / sizeof *bad; i++)
        if (strcmp(bad[i][0], option) == 0)
            return bad[i][1];
    return NULL;
}

static void options_by_name(void)
{
    static const char *const unknown[] = {"", "Cookies", "cookies ", "timeout", "password"};
    static const char *const no_times[] = {"", "0", "-1", "1.5", "1s", "4294967296", " 1"};
    const char *option;
    size_t i;
    for (i = 0; (option = snow_session_option_name(i)) != NULL; i++) {
        const char *value = bad_value(option);
        int is_file = strcmp(option, "ca_file") == 0 || strcmp(option, "client_certificate") == 0
                      || strcmp(option, "token_file") == 0;
        snow_status expected = is_file ? SNOW_FILE : SNOW_INVALID_ARGUMENT;
        check_subject = option;
        if (CHECK(value != NULL))
            REFUSES(expected, "value", snow_session_set(session, option, value, where));
    }
    CHECK(i > 0);
    for (i = 0; i < sizeof unknown / sizeof *unknown; i++)
        REFUSES(SNOW_UNKNOWN_OPTION, "name", snow_session_set(session, unknown[i], "true", where));
    for (i = 0; i < sizeof no_times / sizeof *no_times; i++)
        REFUSES(SNOW_INVALID_ARGUMENT, "value",
                snow_session_set(session, "total_timeout_ms", no_times[i], where));

    /* The names that there are stand in the refusal of one that is not. */
    CHECK_STATUS(SNOW_UNKNOWN_OPTION, snow_session_set(session, "?", "", &error), error);
    for (i = 0; (option = snow_session_option_name(i)) != NULL; i++)
        CHECK(strstr(snow_error_message(error), option) != NULL);
    snow_error_free(error);
}

static void tokens_that_are_none(void)
{
    static const char *const json[] = {
        "",
        "s3cret",
        "[]",
        "\"s3cret\"",
        "{\"access_token\":\"s3cret\"",
        "{\"access_token\":\"s3cret\"} trailing",
        "{}",
        "{\"access_token\":\"\",\"other\":\"s3cret\"}",
        "{\"access_token\":null}",
        "{\"access_token\":[\"s3cret\"]}",
        "{\"access_token\":{\"s3cret\":1}}",
        "{\"access_token\":\"s3cret\\ntoken\"}",
        "{\"access_token\":\"s3cret\\u0000token\"}",
        "{\"access_token\":\"s3cret\\u007f\"}",
        "{\"access_token\":\"s3cret\xc3\xa4\"}",
        "{\"access_token\":\"s3cret\\r\\nx: y\",\"refresh_token\":\"s3cret\"}",
        "{\"refresh_token\":5}",
        "{\"access_token\":\"s3cret\",\"refresh_token\":true}",
        "{\"access_token\":\"s3cret\",\"scope\":5}",
        "{\"access_token\":\"s3cret\",\"scope\":[5]}",
        "{\"access_token\":\"s3cret\",\"token_type\":5}",
        "{\"access_token\":\"s3cret\",\"expires_at\":\"s3cret\"}",
        "{\"access_token\":\"s3cret\",\"expires_at\":-1}",
        "{\"access_token\":\"s3cret\",\"expires_in\":1e300}",
        "{\"access_token\":\"s3cret\",\"expires_in\":[]}",
    };
    size_t i;
    for (i = 0; i < sizeof json / sizeof *json; i++) {
        snow_token *made;
        FILE *file = fopen("no-token.json", "w");
        MAKES_NOTHING(SNOW_INVALID_ARGUMENT, "json", snow_token_from_json(json[i], where));
        check_subject = json[i];
        made = snow_token_from_json(json[i], &error);
        CHECK(made == NULL && strstr(snow_error_message(error), "s3cret") == NULL);
        CHECK(snow_error_detail(error) == NULL && snow_error_instance_message(error) == NULL);
        snow_error_free(error);
        if (CHECK(file != NULL)) {
            fputs(json[i], file);
            fclose(file);
        }
        MAKES_NOTHING(SNOW_INVALID_ARGUMENT, "path", snow_token_load("no-token.json", where));
        made = snow_token_load("no-token.json", &error);
        CHECK(made == NULL && strstr(snow_error_message(error), "s3cret") == NULL);
        snow_error_free(error);
    }
    check_subject = "";
    MAKES_NOTHING(SNOW_INVALID_ARGUMENT, "refresh_token", snow_token_from_refresh_token("", where));
    MAKES_NOTHING(SNOW_FILE, "path", snow_token_load("nowhere.json", where));
    MAKES_NOTHING(SNOW_FILE, "path", snow_token_load(".", where));
    REFUSES(SNOW_FILE, "path", snow_token_save(token, "nowhere/token.json", where));
    REFUSES(SNOW_FILE, "path", snow_token_save(token, ".", where));
}

/* What can be no file is refused for what it is, by whatever function it is given. */
static void paths_that_lead_nowhere(void)
{
    static const char *const by_name[] = {"ca_file", "client_certificate", "token_file"};
    static char long_path[1024 * 1024];
    const snow_status invalid = SNOW_INVALID_ARGUMENT;
    size_t i;
    REFUSES(invalid, "path", snow_session_set_ca_file(session, "", where));
    REFUSES(invalid, "path", snow_session_set_client_certificate(session, "", NULL, NULL, where));
    REFUSES(invalid, "path", snow_session_set_token_file(session, "", where));
    MAKES_NOTHING(invalid, "path", snow_token_load("", where));
    REFUSES(invalid, "path", snow_token_save(token, "", where));
    CHECK_STATUS(invalid, snow_token_save(token, "", &error), error);
    CHECK_TEXT("path: it is empty; accepted is the path of a file", snow_error_message(error));
    snow_error_free(error);

    memset(long_path, 'x', sizeof long_path - 1);
    REFUSES(SNOW_FILE, "path", snow_session_set_ca_file(session, long_path, where));
    REFUSES(SNOW_FILE, "path", snow_session_set_client_certificate(session, long_path, NULL, NULL, where));
    REFUSES(SNOW_FILE, "path", snow_session_set_token_file(session, long_path, where));
    MAKES_NOTHING(SNOW_FILE, "path", snow_token_load(long_path, where));
    REFUSES(SNOW_FILE, "path", snow_token_save(token, long_path, where));
    CHECK_STATUS(SNOW_FILE, snow_token_save(token, long_path, &error), error);
    CHECK(strlen(snow_error_message(error)) < 200 && strstr(snow_error_message(error), "(1048575 bytes)"));
    snow_error_free(error);

    for (i = 0; i < sizeof by_name / sizeof *by_name; i++) {
        REFUSES(invalid, "value", snow_session_set(session, by_name[i], "", where));
        REFUSES(SNOW_FILE, "value", snow_session_set(session, by_name[i], long_path, where));
    }
}

/* A file with this text and then spaces, so long. */
static void write_long_file(const char *path, const char *text, size_t length)
{
    FILE *file = fopen(path, "w");
    CHECK(file && fprintf(file, "%-*s", (int)length, text) == (int)length);
    if (file)
        fclose(file);
}

/* As a shell's <(...) gives one. */
static void a_token_from_a_pipe(void)
{
    static const char json[] = "{\"access_token\":\"a\"}";
    char path[64];
    int ends[2];
    snow_token *loaded;
    CHECK_NUMBER(0, pipe(ends));
    CHECK_NUMBER(sizeof json - 1, write(ends[1], json, sizeof json - 1));
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    loaded = snow_token_load(path, &error);
    CHECK_TEXT("a", snow_token_access_token(loaded));
    snow_token_free(loaded);
    close(ends[0]);
}

/* Whatever is named by mistake, a disk or a file without an end, it is not all read. */
static void files_that_are_too_large(void)
{
    static const char large[] = "large.file", json[] = "{\"access_token\":\"a\"}";
    enum { TOKEN = 64 * 1024, CERTIFICATES = 16 * 1024 * 1024 };
    snow_token *loaded;
    write_long_file(large, json, TOKEN);
    loaded = snow_token_load(large, &error);
    CHECK_TEXT("a", snow_token_access_token(loaded));
    snow_token_free(loaded);
    write_long_file(large, json, TOKEN + 1);
    MAKES_NOTHING(SNOW_FILE, "path", snow_token_load(large, where));
    CHECK_NUMBER(0, chmod(large, 0600));
    REFUSES(SNOW_FILE, "path", snow_session_set_token_file(session, large, where));
    write_long_file(large, "", CERTIFICATES + 1);
    CHECK_STATUS(SNOW_FILE, snow_session_set_ca_file(session, large, &error), error);
    CHECK_TEXT("path: cannot use large.file: it is larger than 16777216 bytes", snow_error_message(error));
    snow_error_free(error);
    CHECK_STATUS(SNOW_FILE, snow_session_set_client_certificate(session, large, NULL, NULL, &error), error);
    CHECK_TEXT("path: cannot use large.file: it is larger than 16777216 bytes", snow_error_message(error));
    snow_error_free(error);
    remove(large);
}

static void clients_that_do_not_sign_in_with_oauth(void)
{
    const snow_status invalid = SNOW_INVALID_ARGUMENT;
    destroyed = 0;
    REFUSES(invalid, "client",
            snow_set_token_callback(client, handle_token, &destroyed, count_destroyed, where));
    CHECK_NUMBER(2, destroyed);
    REFUSES(invalid, "client", snow_client_login(client, "user", "password", where));
    REFUSES(invalid, "client", snow_client_set_token(client, token, where));
    MAKES_NOTHING(invalid, "client", snow_client_token(client, where));
    REFUSES(invalid, "user", snow_client_login(oauth_client, "", "password", where));
}

int main(void)
{
    const char *instance = getenv("SNOW_INSTANCE");
    begin(&error);
    session = snow_session_new(where);
    CHECK(session && !error);
    begin(&error);
    client = snow_client_new_basic(instance, "admin", "admin", where);
    CHECK(client && !error);
    begin(&error);
    oauth_client = snow_client_new_oauth(instance, "snow-client", "snow-secret", NULL, where);
    CHECK(oauth_client && !error);
    begin(&error);
    token = snow_token_from_refresh_token("refresh", where);
    CHECK(token && !error);

    null_in_functions_without_an_error();
    null_in_sessions();
    null_in_tokens_and_clients(instance);
    bad_utf8_in_sessions_tokens_and_clients(instance);
    names_of_instances();
    values_of_sessions();
    truth_values();
    options_by_name();
    tokens_that_are_none();
    a_token_from_a_pipe();
    paths_that_lead_nowhere();
    files_that_are_too_large();
    clients_that_do_not_sign_in_with_oauth();

    check_nothing_was_sent(instance);
    snow_token_free(token);
    snow_client_free(oauth_client);
    snow_client_free(client);
    snow_session_free(session);
    return check_result();
}
