/*
 * A token file and processes that end in the middle, wait, or fork. One argument: which promise; the
 * instance is SNOW_INSTANCE. The processes are this program again, as a worker.
 */
#include "gate.h"
#include "processes.h"
#include "promises.h"

#define PROCESSES 8

/* A worker that has the lock, and whose token call has come to the gate. */
static void start_at_the_gate(struct worker *worker, const char *task, enum stop stop)
{
    control_do(instance, "POST", "/-/tokens/expire", "");
    gate_close(instance, stop);
    start_worker(worker, task, gate.url);
    release(worker);
    gate_await();
    CHECK(access(PATH ".new", F_OK) == 0);
}

static void killed_before_the_instance_is_asked(void)
{
    struct worker killed, workers[PROCESSES];
    int i;
    sign_in();
    start_at_the_gate(&killed, "call", BEFORE_THE_INSTANCE);
    for (i = 0; i < PROCESSES; i++) {
        start_worker(&workers[i], "call", instance);
        release(&workers[i]);
    }
    CHECK_NUMBER(0, refreshes());
    kill_worker(&killed);
    for (i = 0; i < PROCESSES; i++)
        expect(&workers[i], SNOW_OK);
    CHECK_NUMBER(1, refreshes());
    CHECK(access(PATH ".new", F_OK) != 0);
    gate_open(0);
}

static void killed_before_the_answer_arrives(void)
{
    struct worker killed;
    snow_error *error = NULL;
    snow_token *before, *after;
    snow_client *client = client_with_file(instance, 0);
    sign_in();
    before = snow_token_load(PATH, &error);
    start_at_the_gate(&killed, "call", BEFORE_THE_ANSWER);
    kill_worker(&killed);
    gate_open(0);
    CHECK_NUMBER(1, refreshes());

    /* The only good refresh token is gone: each one is told so, at once, until somebody signs in. */
    run_worker("call", SNOW_TOKEN_REFUSED);
    CHECK(strstr(said, "an earlier renewal ended") && strstr(said, "sign in again"));
    run_worker("call", SNOW_TOKEN_REFUSED);
    CHECK(strstr(said, "an earlier renewal ended") && strstr(said, "sign in again"));
    after = snow_token_load(PATH, &error);
    CHECK_TEXT(snow_token_json(before, NULL), snow_token_json(after, NULL));
    CHECK(strstr(said, snow_token_refresh_token(before)) == NULL);
    CHECK_STATUS(SNOW_OK, snow_client_login(client, "admin", "admin", &error), error);
    run_worker("call", SNOW_OK);
    CHECK(access(PATH ".new", F_OK) != 0);

    /* Where refresh tokens are not rotated, as by default, nothing is lost. */
    rotate(0);
    start_at_the_gate(&killed, "call", BEFORE_THE_ANSWER);
    kill_worker(&killed);
    gate_open(0);
    run_worker("call", SNOW_OK);

    /* A refusal without such a past does not tell of one. */
    control_do(instance, "POST", "/-/tokens/revoke", "");
    run_worker("call", SNOW_TOKEN_REFUSED);
    CHECK(!strstr(said, "an earlier renewal ended") && strstr(said, "sign in again"));
    snow_token_free(before);
    snow_token_free(after);
    snow_client_free(client);
}

/* Makes the token endpoint answer so, once. */
static void token_answer(const char *answer)
{
    char fault[512];
    snprintf(fault, sizeof fault, "{\"path\":\"" TOKEN_CALL "\",\"count\":1,\"fault\":{\"kind\":\"answer\",%s}}",
             answer);
    control_do(instance, "POST", "/-/faults", fault);
}

/* What fails while the token is renewed; whether the instance may have issued one is known by the file beside it. */
static void whether_a_token_may_be_lost_is_kept(void)
{
    static const struct {
        const char *answer;
        snow_status expected;
        int is_in_doubt;
    } answers[] = {
        { "\"status\":429,\"body\":\"\"", SNOW_RATE_LIMITED, 0 },
        { "\"status\":202,\"body\":\"\"", SNOW_NOT_EXECUTED, 0 },
        { "\"status\":400,\"body\":\"{\\\"error\\\":\\\"invalid_grant\\\"}\"", SNOW_TOKEN_REFUSED, 0 },
        { "\"status\":500,\"body\":\"{\\\"error\\\":\\\"server_error\\\"}\"", SNOW_TOKEN_REFUSED, 1 },
        { "\"status\":503,\"body\":\"\"", SNOW_UNAVAILABLE, 1 },
        { "\"status\":200,\"body\":\"{\"", SNOW_TOKEN_ANSWER, 1 },
    };
    struct worker worker;
    size_t i;
    for (i = 0; i < sizeof answers / sizeof *answers; i++) {
        check_subject = answers[i].answer;
        sign_in();
        control_do(instance, "POST", "/-/tokens/expire", "");
        token_answer(answers[i].answer);
        run_worker("call", answers[i].expected);
        CHECK_NUMBER(answers[i].is_in_doubt, access(PATH ".new", F_OK) == 0);
        /* It stays so until there is a token. */
        control_do(instance, "POST", "/-/tokens/revoke", "");
        run_worker("call", SNOW_TOKEN_REFUSED);
        CHECK_NUMBER(answers[i].is_in_doubt, strstr(said, "an earlier renewal ended") != NULL);
        CHECK_NUMBER(answers[i].is_in_doubt, access(PATH ".new", F_OK) == 0);
    }
    check_subject = "";

    /* Where no connection stands, nothing was asked. */
    sign_in();
    rewrite_token(1);
    start_worker(&worker, "call", "http://127.0.0.1:1");
    release(&worker);
    expect(&worker, SNOW_CONNECT);
    CHECK(access(PATH ".new", F_OK) != 0);
}

/* When the file was last changed, so many seconds after 1970. */
static void set_time(const char *path, long seconds)
{
    struct timespec times[2] = { { 0, 0 }, { 0, 0 } };
    times[0].tv_sec = times[1].tv_sec = seconds;
    control_must(utimensat(AT_FDCWD, path, times, 0) == 0, path);
}

/* The new token is on disk, and the file still is the old one. */
static void what_came_and_was_not_put_in_place(void)
{
    struct worker worker;
    sign_in();
    start_at_the_gate(&worker, "call", BEFORE_THE_ANSWER);
    control_must(rename(PATH, "aside") == 0 && mkdir(PATH, 0700) == 0, "a folder in its place");
    gate_open(1);
    expect(&worker, SNOW_FILE);
    control_must(rmdir(PATH) == 0 && rename("aside", PATH) == 0, "as it was");
    CHECK(access(PATH ".new", F_OK) == 0);
    run_worker("call", SNOW_OK);
    CHECK(access(PATH ".new", F_OK) != 0);
    CHECK_NUMBER(1, refreshes());

    /* But not where somebody has put another token there since. */
    write_file(PATH ".new", "{\"access_token\":\"stale\",\"refresh_token\":\"stale\"}");
    set_time(PATH ".new", 1000);
    control_do(instance, "POST", "/-/tokens/expire", "");
    run_worker("call", SNOW_OK);
    CHECK_NUMBER(2, refreshes());
}

/* Spins for some microseconds: a kill comes at another moment each time. */
static void spin(long microseconds)
{
    struct timespec began, now;
    clock_gettime(CLOCK_MONOTONIC, &began);
    do
        clock_gettime(CLOCK_MONOTONIC, &now);
    while ((now.tv_sec - began.tv_sec) * 1000000 + (now.tv_nsec - began.tv_nsec) / 1000 <
           microseconds);
}

static void killed_at_any_time(void)
{
    enum { KILLS = 24 };
    int i;
    srand((unsigned)getpid());
    sign_in();
    for (i = 0; i < KILLS; i++) {
        struct worker killed, next;
        snow_token *token;
        char line[1024];
        int status = -1, before = refreshes();
        rotate(i % 2);
        control_do(instance, "POST", "/-/tokens/expire", "");
        start_worker(&killed, "calls", instance);
        release(&killed);
        while (access(PATH ".new", F_OK) != 0 && refreshes() == before)
            ;
        spin(rand() % 8000);
        kill_worker(&killed);

        token = snow_token_load(PATH, NULL);
        CHECK(snow_token_access_token(token) && snow_token_refresh_token(token));
        snow_token_free(token);
        start_worker(&next, "call", instance);
        release(&next);
        control_must(fgets(line, sizeof line, next.from) && sscanf(line, "%d", &status) == 1, "says");
        CHECK(status == SNOW_OK || (i % 2 && status == SNOW_TOKEN_REFUSED &&
                                    strstr(line, "sign in again") != NULL));
        kill_worker(&next);
        if (status != SNOW_OK)
            sign_in();
    }
}

/* --- waiting -------------------------------------------------------------------------------- */

static void *call_until_it_is_cancelled(void *client)
{
    snow_error *error = NULL;
    CHECK_STATUS(SNOW_CANCELLED, call((snow_client *)client, &error), error);
    CHECK(strstr(snow_error_message(error), "another process") != NULL);
    snow_error_free(error);
    return NULL;
}

static void waiting_ends(void)
{
    struct worker worker;
    pthread_t thread;
    snow_error *error = NULL;
    snow_client *hurried = client_with_file(instance, 500), *patient = client_with_file(instance, 0);
    snow_token *token = some_token();
    sign_in();
    CHECK_STATUS(SNOW_OK, call(hurried, &error), error);
    CHECK_STATUS(SNOW_OK, call(patient, &error), error);
    start_at_the_gate(&worker, "call", BEFORE_THE_INSTANCE);

    CHECK_STATUS(SNOW_TIMEOUT, call(hurried, &error), error);
    CHECK(strstr(snow_error_message(error), "another process") != NULL);
    snow_error_free(error);
    CHECK_STATUS(SNOW_TIMEOUT, snow_client_login(hurried, "admin", "admin", &error), error);
    snow_error_free(error);
    CHECK_STATUS(SNOW_TIMEOUT, snow_client_set_token(hurried, token, &error), error);
    snow_error_free(error);

    control_must(pthread_create(&thread, NULL, call_until_it_is_cancelled, patient) == 0, "thread");
    /* It has met its 401, and no longer waits for the instance. */
    while (snow_client_statistic(patient, SNOW_STATISTIC_FAILURES) == 0)
        sched_yield();
    CHECK_STATUS(SNOW_TIMEOUT, snow_client_close(patient, 0, &error), error);
    snow_error_free(error);
    pthread_join(thread, NULL);

    gate_open(1);
    expect(&worker, SNOW_OK);
    CHECK_STATUS(SNOW_OK, call(hurried, &error), error);
    CHECK_NUMBER(1, refreshes());
    snow_token_free(token);
    snow_client_free(hurried);
    snow_client_free(patient);
}

/* --- fork ----------------------------------------------------------------------------------- */

static pid_t child_of(struct worker *worker)
{
    char line[32];
    long child = 0;
    control_must(fgets(line, sizeof line, worker->from) && sscanf(line, "%ld", &child) == 1, "child");
    return (pid_t)child;
}

/* A child that lives on when its parent is killed in the middle of a renewal. */
static void a_child_does_not_hold_the_lock(void)
{
    struct worker worker;
    pid_t child;
    sign_in();
    start_at_the_gate(&worker, "fork", BEFORE_THE_INSTANCE);
    child = child_of(&worker);
    kill_worker(&worker);
    gate_open(0);
    run_worker("call", SNOW_OK);
    CHECK_NUMBER(1, refreshes());
    CHECK_NUMBER(0, kill(child, SIGKILL));
}

/* A child that needs the token that a thread of its parent is getting. */
static void a_child_that_calls_meanwhile(void)
{
    struct worker worker;
    sign_in();
    start_at_the_gate(&worker, "fork-and-call", BEFORE_THE_INSTANCE);
    child_of(&worker);
    gate_open(1);
    expect(&worker, SNOW_OK);
    CHECK_NUMBER(1, refreshes());
}

/* A child that needs it, and whose parent had the lock when it was forked and never gives it back. */
static void a_child_whose_parent_is_killed_meanwhile(void)
{
    struct worker worker;
    snow_token *before;
    char line[32];
    sign_in();
    /* The parent's own call reaches the instance, too. */
    rotate(0);
    before = snow_token_load(PATH, NULL);
    start_at_the_gate(&worker, "fork-and-call", BEFORE_THE_INSTANCE);
    child_of(&worker);
    CHECK_NUMBER(0, kill(worker.pid, SIGKILL));
    CHECK_NUMBER(worker.pid, waitpid(worker.pid, NULL, 0));
    gate_open(1);
    /* The child has the other end. */
    while (fgets(line, sizeof line, worker.from))
        ;
    CHECK(!token_is_on_file(before));
    CHECK(access(PATH ".new", F_OK) != 0);
    fclose(worker.from);
    close(worker.to);
    snow_token_free(before);
}

static const struct promise promises[] = {
    PROMISE(killed_before_the_instance_is_asked),
    PROMISE(killed_before_the_answer_arrives),
    PROMISE(whether_a_token_may_be_lost_is_kept),
    PROMISE(what_came_and_was_not_put_in_place),
    PROMISE(killed_at_any_time),
    PROMISE(waiting_ends),
    PROMISE(a_child_does_not_hold_the_lock),
    PROMISE(a_child_that_calls_meanwhile),
    PROMISE(a_child_whose_parent_is_killed_meanwhile),
};

int main(int argc, char **argv)
{
    instance = getenv("SNOW_INSTANCE");
    program = argv[0];
    if (argc == 4 && strcmp(argv[1], "worker") == 0)
        return work(argv[2], argv[3]);
    return KEEP_PROMISE(promises, argv[1]);
}
