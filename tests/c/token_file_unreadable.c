/*
 * A system that fails while a token file is used, at each call in turn: the token is there all the same when it
 * is over. One argument: which promise; the instance is SNOW_INSTANCE.
 */
#define _GNU_SOURCE
#include "failing_files.h"
#include "processes.h"
#include "promises.h"

/* More than a call makes. */
#define MOST_CALLS 80

/* A process got the only good token and ended before it stood in the file, which holds the one that was spent. */
static void leave_a_token_beside(void)
{
    struct timespec before[2] = {{1000, 0}, {1000, 0}};
    snow_token *spent;
    sign_in();
    rewrite_token(1);
    spent = snow_token_load(PATH, NULL);
    run_worker("call", SNOW_OK);
    control_must(rename(PATH, PATH ".new") == 0, "as it was left");
    CHECK_STATUS(SNOW_OK, snow_token_save(spent, PATH, NULL), NULL);
    control_must(utimensat(AT_FDCWD, PATH, before, 0) == 0, PATH);
    snow_token_free(spent);
}

/* Fails each call in turn; whatever comes of it, the next call has a token, and so has the next process. */
static void each_call_fails(void (*prepare)(void))
{
    snow_error *error = NULL;
    int call_number, was_failed = 1, failures = 0;
    for (call_number = 1; was_failed && call_number < MOST_CALLS; call_number++) {
        snow_client *client;
        prepare();
        client = client_with_file(instance, 0);
        fail_call(call_number);
        if (call(client, &error) != SNOW_OK) {
            failures++;
            CHECK_STATUS(SNOW_FILE, snow_error_status(error), error);
            CHECK(strstr(snow_error_message(error), "Input/output error") != NULL);
        }
        was_failed = fail_no_more();
        snow_error_free(error);
        error = NULL;
        CHECK_STATUS(SNOW_OK, call(client, &error), error);
        snow_error_free(error);
        error = NULL;
        snow_client_free(client);
        run_worker("call", SNOW_OK);
    }
    CHECK(!was_failed && failures > 0);
}

static void what_was_left_is_not_lost(void)
{
    each_call_fails(leave_a_token_beside);
}

static void a_token_that_has_ended(void)
{
    sign_in();
    rewrite_token(1);
}

static void what_was_issued_is_not_lost(void)
{
    each_call_fails(a_token_that_has_ended);
}

static const struct promise promises[] = {
    PROMISE(what_was_left_is_not_lost),
    PROMISE(what_was_issued_is_not_lost),
};

int main(int argc, char **argv)
{
    instance = getenv("SNOW_INSTANCE");
    program = argv[0];
    if (argc == 4 && strcmp(argv[1], "worker") == 0)
        return work(argv[2], argv[3]);
    return KEEP_PROMISE(promises, argv[1]);
}
