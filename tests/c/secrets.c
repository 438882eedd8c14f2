/*
 * No secret is left behind: not in what the library tells, and not in this program's memory once the handles
 * are freed. Argument: `read` for tokens, `held` for secrets that are never sent, `sent` for those that are.
 * The instance is SNOW_INSTANCE.
 *
 * The secrets stand here with every byte XORed, so that the search finds no copy of the program's own. Under a
 * memory tool, which keeps what is freed, there is no search.
 */
#define _DEFAULT_SOURCE
#include "check.h"
#include "control.h"
#include "footprint.h"

#include <fcntl.h>
#include <sys/mman.h>

#define KEY 0x5a
/*
 * A secret is looked for without its beginning, which is lost where memory is freed: malloc writes its lists there.
 * What is left is longer than any register: the dynamic linker saves those on the stack when a function is first
 * called, whatever they hold. As a whole it fills a block of malloc's: a copy with a NUL after it needs a larger one, so
 * it does not take the place of one without that was freed.
 */
#define LENGTH 120
#define BEGINNING 32
#define LONGEST 512
#define ROOM (4u << 20)

static const char *instance;
static snow_error *error;

/* ---- secrets ---- */

struct secret {
    const char *what;
    unsigned char masked[LONGEST];
    size_t length;
};

/* In plain for one call, and wiped by the next. */
static char plain[LONGEST];

static void wipe(void)
{
    volatile char *byte = plain;
    while (byte < plain + sizeof plain)
        *byte++ = 0;
}

/* A secret that nobody else has: letters from a number that changes. */
static void invent(struct secret *secret, const char *what)
{
    static unsigned long state = 12345;
    secret->what = what;
    for (secret->length = 0; secret->length < LENGTH; secret->length++) {
        state = state * 6364136223846793005UL + 1442695040888963407UL;
        secret->masked[secret->length] = (unsigned char)('a' + (state >> 40) % 26) ^ KEY;
    }
}

static const char *shown(const struct secret *secret)
{
    size_t i;
    wipe();
    for (i = 0; i < secret->length; i++)
        plain[i] = (char)(secret->masked[i] ^ KEY);
    return plain;
}

static size_t count_in(const struct secret *secret, const unsigned char *bytes, size_t length)
{
    const unsigned char *end = secret->masked + BEGINNING;
    size_t at, i, wanted = secret->length - BEGINNING, count = 0;
    for (at = 0; at + wanted <= length; at++) {
        for (i = 0; i < wanted && bytes[at + i] == (end[i] ^ KEY); i++)
            ;
        count += i == wanted;
    }
    return count;
}

static void is_not_in(const struct secret *secret, const char *text)
{
    check_subject = secret->what;
    CHECK(text == NULL || count_in(secret, (const unsigned char *)text, strlen(text)) == 0);
    check_subject = "";
}

/* How often it stands in this process's memory: in all that can be read, but for the reading's own room. */
static size_t count_in_memory(const struct secret *secret)
{
    static unsigned char *room;
    size_t count = 0;
    char line[512];
    FILE *maps;
    int memory = open("/proc/self/mem", O_RDONLY);
    wipe();
    if (!room)
        room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    maps = fopen("/proc/self/maps", "r");
    control_must(memory >= 0 && maps != NULL && room != MAP_FAILED, "its memory cannot be read");
    while (fgets(line, sizeof line, maps)) {
        unsigned long from, to;
        char rights[8];
        control_must(sscanf(line, "%lx-%lx %7s", &from, &to, rights) == 3, line);
        if (rights[0] != 'r' || strstr(line, "[v") || from == (unsigned long)room)
            continue;
        while (from < to) {
            size_t want = to - from < ROOM ? to - from : ROOM;
            ssize_t got = pread(memory, room, want, (off_t)from);
            if (got <= 0)
                break;
            count += count_in(secret, room, (size_t)got);
            /* What lies across the border is looked at with the next piece. */
            from += (size_t)got < to - from ? (size_t)got - LONGEST : (size_t)got;
        }
    }
    fclose(maps);
    close(memory);
    memset(room, 0, ROOM);
    return count;
}

/* What the search looks for can be found. */
static void is_found(const struct secret *secret)
{
    if (memory_is_its_own())
        CHECK(count_in_memory(secret) > 0);
}

static void is_left(const struct secret *secret, size_t most)
{
    size_t count = memory_is_its_own() ? count_in_memory(secret) : 0;
    if (getenv("SNOW_SHOW_COUNTS"))
        printf("%s: %lu\n", secret->what, (unsigned long)count);
    check_subject = secret->what;
    if (!CHECK(count <= most))
        fprintf(stderr, "    %lu copies, at most %lu\n", (unsigned long)count, (unsigned long)most);
    check_subject = "";
}

/* ---- what the library tells ---- */

static struct secret *all[16];
static size_t all_count;

static void tells_none(const char *text)
{
    size_t i;
    for (i = 0; i < all_count; i++)
        is_not_in(all[i], text);
}

static void error_tells_none(void)
{
    if (!CHECK(error != NULL))
        return;
    tells_none(snow_error_message(error));
    tells_none(snow_error_detail(error));
    tells_none(snow_error_instance_message(error));
    tells_none(snow_error_path(error));
    snow_error_free(error);
    error = NULL;
}

static int lines;

static void hear(void *user_data, snow_log_level level, const char *line)
{
    (void)user_data, (void)level;
    lines++;
    tells_none(line);
}

static void plant(struct secret *secret, const char *what)
{
    invent(secret, what);
    all[all_count++] = secret;
}

#define SUCCEEDS(call) CHECK_STATUS(SNOW_OK, (call), error)

static snow_client *client_of(snow_session *session)
{
    snow_client *client = snow_client_new(instance, session, &error);
    control_must(client != NULL, "no client");
    SUCCEEDS(snow_set_log_callback(client, SNOW_LOG_INFO, hear, NULL, NULL, &error));
    snow_session_free(session);
    return client;
}

/* ---- tokens that are read ---- */

/* Looked for at once: what is done next takes the memory of what was read. */
static void freed_and_gone(snow_token *token, const struct secret *access, const struct secret *refresh)
{
    control_must(token != NULL, snow_error_message(error));
    is_found(access);
    snow_token_free(token);
    is_left(access, 0);
    is_left(refresh, 0);
}

static void tokens(void)
{
    static struct secret access, refresh;
    char json[2 * LONGEST];
    snow_token *token;
    invent(&access, "access token that was read");
    invent(&refresh, "refresh token that was read");
    strcpy(json, "{\"access_token\":\"");
    strcat(strcat(json, shown(&access)), "\",\"refresh_token\":\"");
    strcat(strcat(json, shown(&refresh)), "\"}");
    wipe();
    token = snow_token_from_json(json, &error);
    SUCCEEDS(snow_token_save(token, "token.json", &error));
    memset(json, 0, sizeof json);
    freed_and_gone(token, &access, &refresh);
    freed_and_gone(snow_token_load("token.json", &error), &access, &refresh);
    remove("token.json");
}

/* ---- secrets that are held, and refused ---- */

static void held(void)
{
    static struct secret password, proxy, key, bearer, client, header, access, refresh;
    char json[2 * LONGEST];
    snow_session *session = snow_session_new(&error);
    snow_client *user, *application;
    snow_token *token, *copy;
    plant(&password, "password");
    plant(&proxy, "proxy password");
    plant(&key, "API key");
    plant(&bearer, "bearer token");
    plant(&client, "client secret");
    plant(&header, "header of a gateway");
    plant(&access, "access token");
    plant(&refresh, "refresh token");

    SUCCEEDS(snow_session_set_header(session, "X-Gateway-Key", shown(&header), &error));
    SUCCEEDS(snow_session_set_proxy(session, "http://127.0.0.1:1", &error));
    SUCCEEDS(snow_session_set_proxy_auth(session, "user", shown(&proxy), &error));
    SUCCEEDS(snow_session_set_api_key(session, shown(&key), &error));
    SUCCEEDS(snow_session_set_bearer_token(session, shown(&bearer), &error));
    SUCCEEDS(snow_session_set_basic_auth(session, "user", shown(&password), &error));
    /* In the handle now, and in no place of this program's. */
    is_found(&password);
    is_found(&header);
    user = client_of(session);

    session = snow_session_new(&error);
    SUCCEEDS(snow_session_set_oauth(session, "client", shown(&client), &error));
    application = client_of(session);
    strcpy(json, "{\"expires_in\":1800,\"access_token\":\"");
    strcat(strcat(json, shown(&access)), "\",\"refresh_token\":\"");
    strcat(strcat(json, shown(&refresh)), "\"}");
    token = snow_token_from_json(json, &error);
    SUCCEEDS(snow_token_save(token, "token.json", &error));
    memset(json, 0, sizeof json);
    SUCCEEDS(snow_client_set_token(application, token, &error));
    copy = snow_client_token(application, &error);
    CHECK_TEXT(snow_token_json(token, NULL), snow_token_json(copy, NULL));
    snow_token_free(copy);
    copy = snow_token_load("token.json", &error);
    CHECK_TEXT(snow_token_json(token, NULL), snow_token_json(copy, NULL));
    snow_token_free(copy);
    is_found(&access);

    /* What is refused is not shown. */
    session = snow_session_new(&error);
    strcat((char *)shown(&key), "\n");
    CHECK(snow_session_set_api_key(session, plain, &error) == SNOW_INVALID_ARGUMENT);
    error_tells_none();
    CHECK(snow_session_set(session, "bearer_token", plain, &error) == SNOW_INVALID_ARGUMENT);
    error_tells_none();
    CHECK(snow_session_set(session, shown(&key), "", &error) == SNOW_UNKNOWN_OPTION);
    error_tells_none();
    strcpy(json, "http://user:");
    CHECK(snow_session_set_proxy(session, strcat(strcat(json, shown(&proxy)), "@a:1"), &error)
          == SNOW_INVALID_ARGUMENT);
    error_tells_none();
    strcpy(json, "{\"access_token\":\"");
    CHECK(snow_token_from_json(strcat(json, shown(&access)), &error) == NULL);
    error_tells_none();
    memset(json, 0, sizeof json);
    snow_session_free(session);

    snow_token_free(token);
    snow_client_free(application);
    snow_client_free(user);
    remove("token.json");
    while (all_count > 0)
        is_left(all[--all_count], 0);
}

/* ---- secrets that are sent ---- */

static void call(snow_client *client)
{
    snow_record_free(snow_table_first(client, "incident", NULL, &error));
    error_tells_none();
}

/*
 * A header that was sent has been in the buffer that hyper writes heads from, and is left there when the
 * connection ends: once for each connection, and no more of it, whatever the number of calls.
 */
static void sent(void)
{
    static struct secret password, key, bearer, client;
    snow_session *session = snow_session_new(&error);
    snow_client *one;
    int i;
    plant(&password, "password");
    plant(&key, "API key");
    plant(&bearer, "bearer token");
    plant(&client, "client secret");

    SUCCEEDS(snow_session_set_basic_auth(session, "nobody", shown(&password), &error));
    one = client_of(session);
    for (i = 0; i < 5; i++)
        call(one);
    snow_client_free(one);

    session = snow_session_new(&error);
    SUCCEEDS(snow_session_set_api_key(session, shown(&key), &error));
    one = client_of(session);
    for (i = 0; i < 5; i++)
        call(one);
    snow_client_free(one);

    session = snow_session_new(&error);
    SUCCEEDS(snow_session_set_bearer_token(session, shown(&bearer), &error));
    one = client_of(session);
    for (i = 0; i < 5; i++)
        call(one);
    snow_client_free(one);

    session = snow_session_new(&error);
    SUCCEEDS(snow_session_set_oauth(session, "client", shown(&client), &error));
    one = client_of(session);
    for (i = 0; i < 5; i++) {
        CHECK(snow_client_login(one, "nobody", shown(&password), &error) != SNOW_OK);
        error_tells_none();
    }
    snow_client_free(one);

    CHECK(lines >= 20);
    is_left(&key, 1);
    is_left(&bearer, 1);
    /* What oauth2 makes of them is its own, for each sign-in. */
    is_left(&password, 5);
    is_left(&client, 5);
}

int main(int count, char **arguments)
{
    instance = getenv("SNOW_INSTANCE");
    if (count == 2 && strcmp(arguments[1], "read") == 0)
        tokens();
    else if (count == 2 && strcmp(arguments[1], "held") == 0)
        held();
    else if (count == 2 && strcmp(arguments[1], "sent") == 0)
        sent();
    else
        return 2;
    return check_result();
}
