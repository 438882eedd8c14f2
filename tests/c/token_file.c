/*
 * One token for many processes: renewed once, whoever is killed, and whole at any time. One argument:
 * which promise; the instance is SNOW_INSTANCE. The processes are this program again, as a worker.
 */
#include "processes.h"
#include "promises.h"

#define PROCESSES 8

/* --- one refresh ---------------------------------------------------------------------------- */

static void one_refresh(int64_t expires_at)
{
    struct worker workers[PROCESSES];
    int i, before = refreshes();
    if (expires_at)
        rewrite_token(expires_at);
    else
        control_do(instance, "POST", "/-/tokens/expire", "");
    for (i = 0; i < PROCESSES; i++)
        start_worker(&workers[i], "call", instance);
    for (i = 0; i < PROCESSES; i++)
        release(&workers[i]);
    for (i = 0; i < PROCESSES; i++)
        expect(&workers[i], SNOW_OK);
    CHECK_NUMBER(before + 1, refreshes());
}

/* Eight processes, and a refresh token that is good once. */
static void one_refresh_for_all_processes(void)
{
    sign_in();
    one_refresh(1);
    one_refresh((int64_t)time(NULL) + 10);
    /* The token looks good, and each process may learn from a 401 that it is not. */
    one_refresh(0);
    /* Whoever comes later finds a good token. */
    run_worker("call", SNOW_OK);
    CHECK_NUMBER(3, refreshes());
    CHECK(access(PATH ".new", F_OK) != 0);
}

static void *call_at_once(void *barrier)
{
    snow_client *client = client_with_file(instance, 0);
    pthread_barrier_wait((pthread_barrier_t *)barrier);
    call_on_a_thread(client);
    snow_client_free(client);
    return NULL;
}

/* Within a process a lock between processes excludes nobody. */
static void one_refresh_for_all_clients_of_a_process(void)
{
    pthread_t threads[PROCESSES];
    pthread_barrier_t barrier;
    int i;
    sign_in();
    rewrite_token(1);
    pthread_barrier_init(&barrier, NULL, PROCESSES);
    for (i = 0; i < PROCESSES; i++)
        control_must(pthread_create(&threads[i], NULL, call_at_once, &barrier) == 0, "thread");
    for (i = 0; i < PROCESSES; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&barrier);
    CHECK_NUMBER(1, refreshes());
}

/* --- whole at any time ---------------------------------------------------------------------- */

static void the_file_is_whole_at_any_time(void)
{
    enum { RENEWALS = 10 };
    struct worker workers[PROCESSES];
    int i, read = 0;
    sign_in();
    for (i = 0; i < PROCESSES; i++) {
        start_worker(&workers[i], "calls", instance);
        release(&workers[i]);
    }
    for (i = 1; i <= RENEWALS; i++) {
        control_do(instance, "POST", "/-/tokens/expire", "");
        while (refreshes() < i) {
            snow_error *error = NULL;
            snow_token *token = snow_token_load(PATH, &error);
            CHECK_STATUS(SNOW_OK, token ? SNOW_OK : snow_error_status(error), error);
            CHECK(snow_token_access_token(token) && snow_token_refresh_token(token));
            snow_error_free(error);
            snow_token_free(token);
            read++;
        }
    }
    for (i = 0; i < PROCESSES; i++)
        stop(&workers[i]);
    for (i = 0; i < PROCESSES; i++)
        expect(&workers[i], SNOW_OK);
    CHECK(read > 0);
    /* Were one spent twice, all would have ended; and nobody asked without need. */
    CHECK_NUMBER(RENEWALS, refreshes());
}

/* --- files that cannot be used -------------------------------------------------------------- */

static void refuse_file(const char *because)
{
    snow_error *error = NULL;
    snow_session *session = snow_session_new(&error);
    check_subject = because;
    CHECK_STATUS(SNOW_FILE, snow_session_set_token_file(session, PATH, &error), error);
    CHECK_ARGUMENT("path", error);
    CHECK(strstr(snow_error_message(error), because) != NULL);
    CHECK(strstr(snow_error_message(error), "s3cret") == NULL);
    snow_error_free(error);
    CHECK_STATUS(SNOW_FILE, snow_session_set(session, "token_file", PATH, &error), error);
    CHECK_ARGUMENT("value", error);
    snow_error_free(error);
    snow_session_free(session);
    check_subject = "";
}

static void a_file_that_cannot_be_used(void)
{
    static const char *const contents[][2] = {
        { "{\"access_token\":\"s3cret", "it is not a JSON object" },
        { "s3cret", "it is not a JSON object" },
        { "{\"access_token\":[\"s3cret\"]}", "its access_token is not text" },
        { "{\"password\":\"s3cret\"}", "neither an access_token nor a refresh_token" },
        { "{\"access_token\":\"s3cret\\n\"}", "its access_token holds a character that no header may hold" },
        { "\xff s3cret", "it is not UTF-8" },
    };
    size_t i;
    snow_error *error = NULL;
    snow_session *session;
    snow_client *client;
    snow_token *token;
    for (i = 0; i < sizeof contents / sizeof *contents; i++) {
        write_file(PATH, contents[i][0]);
        refuse_file(contents[i][1]);
        expect_content(PATH, contents[i][0]);
    }
    write_file(PATH, "{\"access_token\":\"s3cret\"}");
    chmod(PATH, 0640);
    refuse_file("is open to other users (mode 0640); close it with chmod 600");
    chmod(PATH, 0602);
    refuse_file("mode 0602");
    rename(PATH, "elsewhere");
    control_must(symlink("elsewhere", PATH) == 0, "symlink");
    refuse_file("is a symbolic link");
    unlink(PATH);
    control_must(mkfifo(PATH, 0600) == 0, "mkfifo");
    refuse_file("is not a regular file");
    unlink(PATH);
    mkdir(PATH, 0700);
    refuse_file("is not a regular file");
    rmdir(PATH);

    session = snow_session_new(&error);
    if (geteuid() == 0) {
        write_file(PATH, "{\"access_token\":\"s3cret\"}");
        control_must(chown(PATH, 1, 1) == 0, "chown");
        refuse_file("belongs to user 1, and this process runs as user 0");
        unlink(PATH);
    } else {
        CHECK_STATUS(SNOW_FILE, snow_session_set_token_file(session, "/etc/passwd", &error), error);
        CHECK(strstr(snow_error_message(error), "belongs to user 0") != NULL);
        snow_error_free(error);
    }

    /* A file that goes bad later is left as it is, whatever is to be written. */
    client = client_with_file(instance, 0);
    write_file(PATH, "not a token");
    CHECK_STATUS(SNOW_FILE, call(client, &error), error);
    snow_error_free(error);
    CHECK_STATUS(SNOW_FILE, snow_client_login(client, "admin", "admin", &error), error);
    CHECK(strstr(snow_error_message(error), "it is left as it is") != NULL);
    snow_error_free(error);
    token = some_token();
    CHECK_STATUS(SNOW_FILE, snow_client_set_token(client, token, &error), error);
    snow_token_free(token);
    snow_error_free(error);
    CHECK(snow_client_token(client, &error) == NULL);
    CHECK_NUMBER(SNOW_FILE, snow_error_status(error));
    snow_error_free(error);
    expect_content(PATH, "not a token");
    CHECK_NUMBER(0, control_count(instance, TOKEN_CALL));
    unlink(PATH);

    /* Neither is a lock that is something else followed or waited for. */
    unlink(PATH ".lock");
    control_must(symlink("elsewhere", PATH ".lock") == 0, "symlink");
    CHECK_STATUS(SNOW_FILE, snow_client_login(client, "admin", "admin", &error), error);
    snow_error_free(error);
    unlink(PATH ".lock");
    CHECK_NUMBER(0, control_count(instance, TOKEN_CALL));
    snow_client_free(client);

    /* A folder in which nothing can be made, even by root. */
    CHECK_STATUS(SNOW_OK, snow_session_set_oauth(session, "id", "secret", &error), error);
    CHECK_STATUS(SNOW_OK, snow_session_set_token_file(session, "/proc/token.json", &error), error);
    client = snow_client_new(instance, session, &error);
    CHECK_STATUS(SNOW_FILE, snow_client_login(client, "admin", "admin", &error), error);
    CHECK(strstr(snow_error_message(error), "/proc/token.json.lock") != NULL);
    snow_error_free(error);
    snow_client_free(client);

    /* It needs a way to sign in that has tokens. */
    CHECK_STATUS(SNOW_OK, snow_session_set_basic_auth(session, "a", "b", &error), error);
    CHECK(snow_client_new(instance, session, &error) == NULL);
    CHECK_NUMBER(SNOW_INVALID_ARGUMENT, snow_error_status(error));
    CHECK_ARGUMENT("session", error);
    snow_error_free(error);
    snow_session_free(session);

    /* No room: found out while nothing is lost. */
    sign_in();
    control_do(instance, "POST", "/-/tokens/expire", "");
    run_worker("without-room", SNOW_FILE);
    CHECK_NUMBER(0, refreshes());
    /* What is left there would say that a token may have been issued. */
    CHECK(access(PATH ".new", F_OK) != 0);
    run_worker("call", SNOW_OK);
    CHECK_NUMBER(1, refreshes());
}

/* --- what is put in the file ---------------------------------------------------------------- */

static int told;

static int32_t count_token(void *user_data, const snow_token *token)
{
    (void)user_data;
    /* It is in the file by now, and the file is free. */
    CHECK(token_is_on_file(token));
    told++;
    return SNOW_HANDLED;
}

static void what_is_put_in_the_file(void)
{
    snow_error *error = NULL;
    struct stat facts;
    snow_token *token;
    snow_client *client = client_with_file(instance, 0), *other = client_with_file(instance, 0);
    CHECK_STATUS(SNOW_OK, snow_set_token_callback(client, count_token, NULL, NULL, &error), error);

    /* No token, and no file: nothing is made. */
    CHECK_STATUS(SNOW_NO_TOKEN, call(client, &error), error);
    CHECK(strstr(snow_error_message(error), PATH) != NULL);
    snow_error_free(error);
    CHECK(access(PATH, F_OK) != 0 && access(PATH ".lock", F_OK) != 0);

    /* An empty one is as good as none. */
    write_file(PATH, "");
    CHECK_STATUS(SNOW_NO_TOKEN, call(client, &error), error);
    snow_error_free(error);

    /* A sign-in. */
    umask(0);
    CHECK_STATUS(SNOW_OK, snow_client_login(client, "admin", "admin", &error), error);
    CHECK_NUMBER(1, told);
    CHECK_NUMBER(0, stat(PATH, &facts));
    CHECK_NUMBER(0600, facts.st_mode & 07777);
    token = snow_client_token(client, &error);
    CHECK_NUMBER(strlen(snow_token_json(token, NULL)), facts.st_size);
    snow_token_free(token);
    CHECK_NUMBER(0, stat(PATH ".lock", &facts));
    CHECK_NUMBER(0600, facts.st_mode & 07777);
    CHECK(access(PATH ".new", F_OK) != 0);

    /* Another client has it without asking. */
    token = snow_client_token(other, &error);
    CHECK(token_is_on_file(token));
    snow_token_free(token);
    CHECK_STATUS(SNOW_OK, call(other, &error), error);
    CHECK_NUMBER(1, control_count(instance, TOKEN_CALL));

    /* A renewal by the other, which this one takes over without being told. */
    control_do(instance, "POST", "/-/tokens/expire", "");
    CHECK_STATUS(SNOW_OK, call(other, &error), error);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    CHECK_NUMBER(1, refreshes());
    CHECK_NUMBER(1, told);

    /* Two behind: the one that is taken over has ended as well. */
    control_do(instance, "POST", "/-/tokens/expire", "");
    CHECK_STATUS(SNOW_OK, call(other, &error), error);
    control_do(instance, "POST", "/-/tokens/expire", "");
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    CHECK_NUMBER(3, refreshes());
    CHECK_NUMBER(2, told);

    /* A token of the caller's, which the other one comes to use. */
    token = some_token();
    CHECK_STATUS(SNOW_OK, snow_client_set_token(client, token, &error), error);
    CHECK(token_is_on_file(token));
    CHECK_NUMBER(2, told);
    snow_token_free(token);

    /* Refused for good, until somebody signs in again. */
    control_do(instance, "DELETE", "/-/requests", "");
    CHECK_STATUS(SNOW_TOKEN_REFUSED, call(client, &error), error);
    CHECK(strstr(snow_error_message(error), "some-") == NULL);
    snow_error_free(error);
    CHECK_STATUS(SNOW_TOKEN_REFUSED, call(client, &error), error);
    snow_error_free(error);
    CHECK_NUMBER(1, control_count(instance, TOKEN_CALL));
    CHECK_STATUS(SNOW_OK, snow_client_login(other, "admin", "admin", &error), error);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    CHECK_NUMBER(2, control_count(instance, TOKEN_CALL));

    /* Somebody took the file away: the end of the token is the end. */
    unlink(PATH);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    control_do(instance, "POST", "/-/tokens/expire", "");
    CHECK_STATUS(SNOW_NO_TOKEN, call(client, &error), error);
    snow_error_free(error);
    snow_client_free(client);
    snow_client_free(other);
}

/* An answer that is no token, though it looks like one: nothing is put in the file, and the next sign-in works. */
static void an_empty_token_is_none(void)
{
    snow_error *error = NULL;
    snow_client *client = client_with_file(instance, 0);
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"" TOKEN_CALL "\",\"count\":1,\"fault\":{\"kind\":\"answer\",\"status\":200,"
               "\"headers\":[[\"Content-Type\",\"application/json\"]],\"body\":\"{\\\"access_token\\\":\\\"\\\","
               "\\\"token_type\\\":\\\"Bearer\\\",\\\"expires_in\\\":1800}\"}}");
    CHECK_STATUS(SNOW_TOKEN_ANSWER, snow_client_login(client, "admin", "admin", &error), error);
    snow_error_free(error);
    CHECK(access(PATH, F_OK) != 0);
    CHECK_STATUS(SNOW_NO_TOKEN, call(client, &error), error);
    snow_error_free(error);
    CHECK_STATUS(SNOW_OK, snow_client_login(client, "admin", "admin", &error), error);
    CHECK_STATUS(SNOW_OK, call(client, &error), error);
    snow_client_free(client);
}

/* Beside the file stand others, whose names are longer. */
static void a_name_that_leaves_no_room_for_others(void)
{
    static const struct { size_t length; snow_status expected; } names[] = {
        { 255, SNOW_FILE }, { 251, SNOW_FILE }, { 250, SNOW_OK }, { 256, SNOW_FILE } };
    snow_error *error = NULL;
    snow_session *session = snow_session_new(&error);
    snow_client *client;
    size_t i;
    CHECK_STATUS(SNOW_OK, snow_session_set_oauth(session, getenv("SNOW_CLIENT_ID"),
                                                 getenv("SNOW_CLIENT_SECRET"), &error), error);
    for (i = 0; i < sizeof names / sizeof *names; i++) {
        char name[300];
        memset(name, 'n', names[i].length);
        name[names[i].length] = '\0';
        CHECK_STATUS(names[i].expected, snow_session_set_token_file(session, name, &error), error);
        if (names[i].expected != SNOW_OK) {
            CHECK_ARGUMENT("path", error);
            CHECK(strstr(snow_error_message(error), "too long") != NULL);
            snow_error_free(error);
            error = NULL;
            continue;
        }
        client = snow_client_new(instance, session, &error);
        CHECK_STATUS(SNOW_OK, snow_client_login(client, "admin", "admin", &error), error);
        CHECK_STATUS(SNOW_OK, call(client, &error), error);
        snow_client_free(client);
    }
    snow_session_free(session);
}

static const struct promise promises[] = {
    PROMISE(one_refresh_for_all_processes),
    PROMISE(one_refresh_for_all_clients_of_a_process),
    PROMISE(the_file_is_whole_at_any_time),
    PROMISE(a_file_that_cannot_be_used),
    PROMISE(what_is_put_in_the_file),
    PROMISE(an_empty_token_is_none),
    PROMISE(a_name_that_leaves_no_room_for_others),
};

int main(int argc, char **argv)
{
    instance = getenv("SNOW_INSTANCE");
    program = argv[0];
    if (argc == 4 && strcmp(argv[1], "worker") == 0)
        return work(argv[2], argv[3]);
    return KEEP_PROMISE(promises, argv[1]);
}
