/*
 * Processes that share a token file: this program again, as a worker. A worker makes its client, says
 * "ready", waits until it is released, and says in the end how its calls went.
 */
#ifndef SNOW_TESTS_PROCESSES_H
#define SNOW_TESTS_PROCESSES_H

#include "check.h"
#include "control.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define PATH "token.json"
#define TOKEN_CALL "/oauth_token.do"

static const char *instance;
static const char *program;

/* --- what both sides do --------------------------------------------------------------------- */

/* Its calls may take `total_ms`, or as long as usual where that is 0. */
static inline snow_client *client_with_file(const char *address, uint32_t total_ms)
{
    snow_error *error = NULL;
    snow_client *client;
    snow_session *session = snow_session_new(&error);
    CHECK_STATUS(SNOW_OK,
                 snow_session_set_oauth(session, getenv("SNOW_CLIENT_ID"),
                                        getenv("SNOW_CLIENT_SECRET"), &error),
                 error);
    CHECK_STATUS(SNOW_OK, snow_session_set_retry(session, 0, 1, &error), error);
    CHECK_STATUS(SNOW_OK, snow_session_set_token_file(session, PATH, &error), error);
    if (total_ms)
        CHECK_STATUS(SNOW_OK, snow_session_set_timeouts(session, 30000, total_ms, &error), error);
    client = snow_client_new(address, session, &error);
    control_must(client != NULL, snow_error_message(error));
    snow_session_free(session);
    return client;
}

static inline snow_status call(snow_client *client, snow_error **error)
{
    snow_record *record = snow_table_first(client, "incident", NULL, error);
    snow_record_free(record);
    return record ? SNOW_OK : snow_error_status(*error);
}

/* --- the worker ----------------------------------------------------------------------------- */

static inline int is_told_to_stop(void)
{
    char letter = 0;
    return read(STDIN_FILENO, &letter, 1) == 0;
}

static inline void *call_on_a_thread(void *client)
{
    snow_error *error = NULL;
    CHECK_STATUS(SNOW_OK, call((snow_client *)client, &error), error);
    snow_error_free(error);
    return NULL;
}

/* Forks while a thread of this process asks for a token, and says who the child is. */
static inline void fork_meanwhile(snow_client *client, int child_calls)
{
    pthread_t thread;
    pid_t child;
    int status = 0;
    control_must(pthread_create(&thread, NULL, call_on_a_thread, client) == 0, "thread");
    while (access(PATH ".new", F_OK) != 0)
        sched_yield();
    child = fork();
    if (child == 0) {
        if (!child_calls)
            for (;;)
                pause();
        alarm(60);
        /* Success is another program: a leak checker would look through what the parent's threads hold. */
        if (call(client, NULL) == SNOW_OK)
            execl("/bin/true", "true", (char *)NULL);
        _exit(1);
    }
    printf("%ld\n", (long)child);
    fflush(stdout);
    pthread_join(thread, NULL);
    CHECK_NUMBER(child, waitpid(child, &status, 0));
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static inline int work(const char *task, const char *address)
{
    char letter = 0;
    snow_error *error = NULL;
    snow_status status;
    snow_client *client = client_with_file(address, 0);
    if (strcmp(task, "without-room") == 0) {
        struct rlimit room = { 4096, 4096 };
        signal(SIGXFSZ, SIG_IGN);
        control_must(setrlimit(RLIMIT_FSIZE, &room) == 0, "setrlimit");
    }
    printf("ready\n");
    fflush(stdout);
    control_must(read(STDIN_FILENO, &letter, 1) == 1, "the test is gone");
    if (strncmp(task, "fork", 4) == 0)
        fork_meanwhile(client, strcmp(task, "fork-and-call") == 0);
    status = call(client, &error);
    if (strcmp(task, "calls") == 0) {
        fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK);
        /* A token may end between its renewal and the call, and then the call fails. */
        while ((status == SNOW_OK || status == SNOW_UNAUTHENTICATED) && !is_told_to_stop()) {
            snow_error_free(error);
            status = call(client, &error);
        }
        if (status == SNOW_UNAUTHENTICATED)
            status = SNOW_OK;
    }
    printf("%d %s\n", (int)status, snow_error_message(error));
    snow_error_free(error);
    snow_client_free(client);
    return check_result();
}

/* --- the test ------------------------------------------------------------------------------- */

struct worker {
    pid_t pid;
    int to;
    FILE *from;
};

static inline void start_worker(struct worker *worker, const char *task, const char *address)
{
    char line[16];
    int in[2], out[2];
    control_must(pipe(in) == 0 && pipe(out) == 0, "pipe");
    /* Another worker must not hold them open. */
    fcntl(in[1], F_SETFD, FD_CLOEXEC);
    fcntl(out[0], F_SETFD, FD_CLOEXEC);
    worker->pid = fork();
    control_must(worker->pid >= 0, "fork");
    if (worker->pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        close(in[0]);
        close(out[1]);
        execl(program, program, "worker", task, address, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    worker->to = in[1];
    worker->from = fdopen(out[0], "r");
    control_must(fgets(line, sizeof line, worker->from) && strcmp(line, "ready\n") == 0, "worker");
}

static inline void release(struct worker *worker)
{
    control_must(write(worker->to, "g", 1) == 1, "the worker is gone");
}

/* Ends a worker that goes on until it is told to stop. */
static inline void stop(struct worker *worker)
{
    close(worker->to);
    worker->to = -1;
}

/* The worker ends, and says this; what more it says stays in `said`. */
static char said[1024];

static inline void expect(struct worker *worker, snow_status expected)
{
    int status = 0, code = -1;
    *said = '\0';
    if (!fgets(said, sizeof said, worker->from) || sscanf(said, "%d", &code) != 1)
        code = -1;
    CHECK_TEXT(expected ? snow_status_name(expected) : "SNOW_OK",
               code == 0 ? "SNOW_OK" : snow_status_name(code));
    if (code != (int)expected)
        fprintf(stderr, "    %s", said);
    fclose(worker->from);
    if (worker->to >= 0)
        close(worker->to);
    CHECK_NUMBER(worker->pid, waitpid(worker->pid, &status, 0));
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* The worker ends now, in the middle of whatever it does. */
static inline void kill_worker(struct worker *worker)
{
    CHECK_NUMBER(0, kill(worker->pid, SIGKILL));
    CHECK_NUMBER(worker->pid, waitpid(worker->pid, NULL, 0));
    fclose(worker->from);
    close(worker->to);
}

static inline void run_worker(const char *task, snow_status expected)
{
    struct worker worker;
    start_worker(&worker, task, instance);
    release(&worker);
    expect(&worker, expected);
}

/* How many refreshes the instance granted. */
static inline int refreshes(void)
{
    int count = -1;
    char *counters = control(instance, "GET", "/-/counters", "");
    const char *place = strstr(counters, "\"refreshes\":");
    control_must(place && sscanf(place + 12, "%d", &count) == 1, counters);
    free(counters);
    return count;
}

/* How the instance treats a refresh token that was used. */
static inline void rotate(int rotates)
{
    control_do(instance, "PATCH", "/-/settings",
               rotates ? "{\"rotate_refresh_tokens\":true}" : "{\"rotate_refresh_tokens\":false}");
}

/* A file with a first token, of an instance whose refresh tokens are good for one use. */
static inline void sign_in(void)
{
    snow_error *error = NULL;
    snow_client *client = client_with_file(instance, 0);
    rotate(1);
    CHECK_STATUS(SNOW_OK, snow_client_login(client, "admin", "admin", &error), error);
    snow_client_free(client);
}

static inline void write_file(const char *path, const char *content)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    control_must(file >= 0, path);
    control_must(write(file, content, strlen(content)) == (ssize_t)strlen(content), path);
    close(file);
}

static inline void expect_content(const char *path, const char *content)
{
    char got[1024] = { 0 };
    int file = open(path, O_RDONLY);
    CHECK(file >= 0 && read(file, got, sizeof got - 1) >= 0);
    close(file);
    CHECK_TEXT(content, got);
}

/* The token in the file, but as if it ended then. */
static inline void rewrite_token(int64_t expires_at)
{
    char json[1024];
    snow_error *error = NULL;
    snow_token *token = snow_token_load(PATH, &error);
    control_must(token != NULL, snow_error_message(error));
    snprintf(json, sizeof json,
             "{\"access_token\":\"%s\",\"refresh_token\":\"%s\",\"expires_in\":1800,"
             "\"expires_at\":%lld}",
             snow_token_access_token(token), snow_token_refresh_token(token),
             (long long)expires_at);
    write_file(PATH, json);
    snow_token_free(token);
}

/* A token that no instance knows. */
static inline snow_token *some_token(void)
{
    return snow_token_from_json("{\"access_token\":\"some-access\",\"refresh_token\":\"some-refresh\"}",
                                NULL);
}

static inline int token_is_on_file(const snow_token *token)
{
    snow_token *stored = snow_token_load(PATH, NULL);
    int is = stored && token && strcmp(snow_token_json(stored, NULL), snow_token_json(token, NULL)) == 0;
    snow_token_free(stored);
    return is;
}

#endif
