/*
 * A crowd: so many threads make so many calls each, of every kind, half of them on a client that all share
 * and half on clients of their own. Meanwhile the instance breaks some of the answers, tokens end, and other
 * threads cancel cursors, close clients, and free cursors and clients that are in a call. Every call ends as
 * it may; in the end the instance holds what was said to be written, once, and of what may have been written
 * at most that; nothing is left open.
 *
 * The instance is SNOW_INSTANCE; the arguments are how many threads, and how many calls each.
 */
#include "crowd.h"
#include "footprint.h"

#include <time.h>
#include <unistd.h>

/* So long a call may take before it counts as hanging: more than its time limit. */
#define HANGS_AFTER_S 150
#define TIME_LIMIT_MS 120000

static const char *instance;
static snow_client *shared;
static struct worker *workers;
static int threads, calls_each;

/* Work that is left, for those who disturb it. */
static pthread_mutex_t progress_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t progress = PTHREAD_COND_INITIALIZER;
static int at_work;
/* What the process has in memory with half of the calls made, and with all, in KiB. */
static long at_half, at_end;
static unsigned long cancelled, closed, cursors_freed, clients_freed, tokens_ended;

/* ---- clients ---- */

static snow_client *client_with(uint32_t retries, int signs_in)
{
    snow_error *error = NULL;
    snow_session *session = snow_session_new(NULL);
    snow_client *client;
    if (signs_in)
        snow_session_set_oauth(session, "snow-client", "snow-secret", NULL);
    else
        snow_session_set_basic_auth(session, "admin", "admin", NULL);
    snow_session_set_retry(session, retries, 5, NULL);
    snow_session_set_timeouts(session, 30000, TIME_LIMIT_MS, NULL);
    client = snow_client_new(instance, session, &error);
    control_must(client != NULL, snow_error_message(error));
    snow_session_free(session);
    if (signs_in)
        control_must(snow_client_login(client, "admin", "admin", &error) == SNOW_OK,
                     snow_error_message(error));
    return client;
}

/* ---- frees by another thread, while a call is inside ---- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    snow_cursor *cursor;
    snow_client *client;
    int is_over;
} to_free = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void *free_for_others(void *unused)
{
    pthread_mutex_lock(&to_free.lock);
    while (!to_free.is_over) {
        snow_cursor_free(to_free.cursor);
        snow_client_free(to_free.client);
        to_free.cursor = NULL;
        to_free.client = NULL;
        pthread_cond_broadcast(&to_free.changed);
        pthread_cond_wait(&to_free.changed, &to_free.lock);
    }
    pthread_mutex_unlock(&to_free.lock);
    return unused;
}

/* Has a handle freed by that thread, and waits for it. */
static void hand_over(snow_cursor *cursor, snow_client *client)
{
    pthread_mutex_lock(&to_free.lock);
    while (to_free.cursor || to_free.client)
        pthread_cond_wait(&to_free.changed, &to_free.lock);
    to_free.cursor = cursor;
    to_free.client = client;
    pthread_cond_broadcast(&to_free.changed);
    while ((cursor && to_free.cursor == cursor) || (client && to_free.client == client))
        pthread_cond_wait(&to_free.changed, &to_free.lock);
    pthread_mutex_unlock(&to_free.lock);
}

/* A line for each request of an own client, on the thread that is in the call. */
static void disturb_itself(void *user_data, snow_log_level level, const char *line)
{
    struct worker *worker = user_data;
    snow_cursor *cursor = NULL;
    snow_client *client = NULL;
    (void)level;
    (void)line;
    pthread_mutex_lock(&worker->lock);
    if (worker->cursor_in_use && !worker->cursor_is_freed && draw(worker, 10) == 0) {
        cursor = worker->cursor_in_use;
        worker->cursor = NULL;
        worker->cursor_is_freed = 1;
    }
    if (!worker->client_is_freed && draw(worker, 50) == 0) {
        client = worker->client;
        worker->client_is_freed = 1;
    }
    pthread_mutex_unlock(&worker->lock);
    if (cursor || client)
        hand_over(cursor, client);
}

/* ---- disturbances by a thread of their own ---- */

static void disturb(struct worker *worker, int closes)
{
    pthread_mutex_lock(&worker->lock);
    if (closes && worker->owns_client && !worker->client_is_freed && !worker->is_closed) {
        worker->is_disturbed = worker->is_closed = 1;
        snow_client_close(worker->client, 0, NULL);
        closed++;
    } else if (worker->cursor) {
        worker->is_disturbed = 1;
        CHECK_NUMBER(SNOW_OK, snow_cursor_cancel(worker->cursor, NULL));
        cancelled++;
    }
    pthread_mutex_unlock(&worker->lock);
}

static void *disturb_others(void *unused)
{
    struct worker dice = {.random = 2463534242u};
    unsigned long turn;
    const struct timespec pace = {0, 1000000};
    for (turn = 1;; turn++) {
        int is_over;
        pthread_mutex_lock(&progress_lock);
        is_over = at_work == 0;
        pthread_mutex_unlock(&progress_lock);
        if (is_over)
            return unused;
        disturb(&workers[draw(&dice, (uint32_t)threads)], turn % 10 == 0);
        if (turn % 2000 == 0) {
            control_do(instance, "POST", "/-/tokens/expire", "");
            tokens_ended++;
        }
        nanosleep(&pace, NULL);
    }
}

/* ---- the workers ---- */

static void begin(struct worker *worker)
{
    pthread_mutex_lock(&worker->lock);
    if (worker->owns_client && (!worker->client || worker->client_is_freed || worker->is_closed)) {
        if (!worker->client_is_freed)
            snow_client_free(worker->client);
        else
            clients_freed++;
        worker->client = client_with(2, 0);
        snow_set_log_callback(worker->client, SNOW_LOG_INFO, disturb_itself, worker, NULL, NULL);
        worker->client_is_freed = worker->is_closed = 0;
    }
    cursors_freed += worker->cursor_is_freed;
    worker->is_disturbed = worker->cursor_is_freed = 0;
    pthread_mutex_unlock(&worker->lock);
}

static void *work(void *argument)
{
    struct worker *worker = argument;
    int i;
    for (i = 0; i < calls_each; i++) {
        const struct kind *kind = &kinds[draw(worker, KINDS)];
        begin(worker);
        pthread_mutex_lock(&worker->lock);
        worker->call = kind->name;
        worker->calls++;
        pthread_mutex_unlock(&worker->lock);
        kind->make(worker);
    }
    begin(worker);
    /* Nobody closes it any more from here on: its place may be another worker's next. */
    pthread_mutex_lock(&worker->lock);
    if (worker->owns_client) {
        snow_client_free(worker->client);
        worker->client_is_freed = 1;
    }
    pthread_mutex_unlock(&worker->lock);
    pthread_mutex_lock(&progress_lock);
    at_work--;
    pthread_cond_signal(&progress);
    pthread_mutex_unlock(&progress_lock);
    return NULL;
}

/* Waits for the workers; ends the program where one of them does not get on. */
static void watch(void)
{
    unsigned long *calls = calloc((size_t)threads, sizeof *calls);
    time_t *since = calloc((size_t)threads, sizeof *since);
    control_must(calls && since, "no memory");
    pthread_mutex_lock(&progress_lock);
    while (at_work > 0) {
        struct timespec until;
        unsigned long made = 0;
        int i;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec++;
        if (pthread_cond_timedwait(&progress, &progress_lock, &until) == 0)
            continue;
        for (i = 0; i < threads; i++) {
            struct worker *worker = &workers[i];
            pthread_mutex_lock(&worker->lock);
            if (worker->calls != calls[i] || worker->calls == (unsigned long)calls_each) {
                calls[i] = worker->calls;
                since[i] = until.tv_sec;
            } else if (until.tv_sec - since[i] > HANGS_AFTER_S) {
                fprintf(stderr, "a call hangs: %s\n", worker->call);
                abort();
            }
            made += worker->calls;
            pthread_mutex_unlock(&worker->lock);
        }
        if (!at_half && made >= (unsigned long)threads * (unsigned long)calls_each / 2)
            at_half = resident_kib();
    }
    pthread_mutex_unlock(&progress_lock);
    at_end = resident_kib();
    free(calls);
    free(since);
}

/* ---- the whole ---- */

static void arm_faults(void)
{
    static const char *const faults[] = {
        "{\"kind\":\"reset_before\"}", "{\"kind\":\"reset_after\"}",  "{\"kind\":\"not_executed\"}",
        "{\"kind\":\"cut\",\"at\":\"seed\"}", "{\"kind\":\"rate_limited\"}", "{\"kind\":\"gateway\",\"status\":503}",
    };
    size_t i;
    for (i = 0; i < sizeof faults / sizeof *faults; i++) {
        char order[256];
        snprintf(order, sizeof order, "{\"path\":\"/api\",\"count\":0,\"percent\":1,\"fault\":%s}", faults[i]);
        control_do(instance, "POST", "/-/faults", order);
    }
}

/* Disarms them; how many there were. */
static unsigned long faults_injected(void)
{
    unsigned long hits = 0;
    char *list = control(instance, "GET", "/-/faults", ""), *place;
    for (place = list; (place = strstr(place, "\"hits\":")) != NULL; place++)
        hits += strtoul(place + 7, NULL, 10);
    free(list);
    control_do(instance, "DELETE", "/-/faults", "");
    return hits;
}

/* A record to hang files on, for each worker. */
static void furnish(void)
{
    snow_client *steady = client_with(3, 0);
    int i;
    for (i = 0; i < threads; i++) {
        snow_record *fields = with("short_description", "holder");
        snow_record *made = snow_table_create(steady, "incident", fields, NULL, NULL);
        control_must(made != NULL, "no record to hang files on");
        snprintf(workers[i].holder, sizeof workers[i].holder, "%s", snow_record_get(made, "sys_id", NULL));
        snow_record_free(made);
        snow_record_free(fields);
        workers[i].number = i;
        workers[i].random = 2654435761u * (uint32_t)(i + 1);
        workers[i].owns_client = i % 2;
        workers[i].client = i % 2 ? NULL : shared;
        pthread_mutex_init(&workers[i].lock, NULL);
    }
    snow_client_free(steady);
}

static void run(void)
{
    pthread_t *crowd = calloc((size_t)threads, sizeof *crowd), disturber, reaper;
    int i;
    control_must(crowd != NULL, "no memory");
    at_work = threads;
    pthread_create(&reaper, NULL, free_for_others, NULL);
    for (i = 0; i < threads; i++)
        control_must(pthread_create(&crowd[i], NULL, work, &workers[i]) == 0, "thread");
    pthread_create(&disturber, NULL, disturb_others, NULL);
    watch();
    pthread_join(disturber, NULL);
    for (i = 0; i < threads; i++)
        pthread_join(crowd[i], NULL);
    pthread_mutex_lock(&to_free.lock);
    to_free.is_over = 1;
    pthread_cond_broadcast(&to_free.changed);
    pthread_mutex_unlock(&to_free.lock);
    pthread_join(reaper, NULL);
    free(crowd);
}

/* Holds what was said to be written against what the instance has. */
static int hold_against_the_instance(void)
{
    snow_client *steady = client_with(3, 0);
    snow_error *error = NULL;
    const snow_record *row;
    int i, there = 0;
    for (i = 0; i < threads; i++) {
        struct worker *worker = &workers[i];
        snow_query *query = own_rows(worker);
        snow_cursor *cursor;
        int files = 0;
        snow_query_page_size(query, 1000, NULL);
        cursor = snow_table_list(steady, "incident", query, &error);
        while (snow_cursor_next(cursor, &row, &error) == SNOW_OK)
            ledger_sees(&worker->ledger, snow_record_get(row, "short_description", NULL),
                        atoi(snow_record_get(row, "sys_mod_count", NULL)),
                        snow_record_get(row, "description", NULL));
        CHECK_NUMBER(SNOW_OK, snow_error_status(error));
        there += ledger_closes(&worker->ledger);
        snow_cursor_free(cursor);
        snow_query_free(query);
        cursor = snow_attachment_list(steady, "incident", worker->holder, NULL, &error);
        while (snow_cursor_next(cursor, &row, &error) == SNOW_OK)
            files++;
        CHECK_NUMBER(SNOW_OK, snow_error_status(error));
        CHECK(files >= worker->ledger.files && files <= worker->ledger.files + worker->ledger.maybe_files);
        snow_cursor_free(cursor);
    }
    snow_client_free(steady);
    return there;
}

static void tell(unsigned long faults, int there)
{
    unsigned long statuses[STATUSES] = {0}, calls = 0, rows = 0, unsure = 0;
    int i, status;
    for (i = 0; i < threads; i++) {
        for (status = 0; status < STATUSES; status++) {
            statuses[status] += workers[i].statuses[status];
            calls += workers[i].statuses[status];
        }
        rows += (unsigned long)workers[i].ledger.count;
        unsure += (unsigned long)workers[i].ledger.unsure_count;
    }
    printf("%lu calls of %d threads; %lu faults injected, %lu cursors cancelled, %lu clients closed,\n"
           "%lu cursors and %lu clients freed inside a call, tokens ended %lu times;\n"
           "rows: %lu must be there and are; of %lu that may be, %d are\n",
           calls, threads, faults, cancelled, closed, cursors_freed, clients_freed, tokens_ended, rows, unsure, there);
    if (at_half)
        printf("in memory: %ld KiB with half of them made, %ld KiB with all\n", at_half, at_end);
    for (status = 0; status < STATUSES; status++)
        if (statuses[status])
            printf("%10lu %s\n", statuses[status], status ? snow_status_name(status) : "SNOW_OK");
}

int main(int argc, char **argv)
{
    int descriptors, tasks, there, i;
    unsigned long faults;
    instance = getenv("SNOW_INSTANCE");
    control_must(instance && argc == 3, "needs SNOW_INSTANCE, threads and calls");
    threads = atoi(argv[1]);
    calls_each = atoi(argv[2]);
    workers = calloc((size_t)threads, sizeof *workers);
    control_must(workers != NULL, "no memory");
    /* The first call of a process leaves a pair of descriptors for all that follow. */
    snow_client_free(client_with(0, 1));
    descriptors = entries("/proc/self/fd");
    tasks = thread_count();
    shared = client_with(2, 1);
    furnish();
    arm_faults();
    run();
    faults = faults_injected();
    CHECK_NUMBER(SNOW_OK, snow_client_close(shared, 60000, NULL));
    snow_client_free(shared);
    there = hold_against_the_instance();
    tell(faults, there);
    /* What the ledgers and the allocator take by then, and not a KiB for each call. */
    if (calls_each >= 1000)
        CHECK(at_end < at_half + 16 * 1024);
    CHECK_NUMBER(descriptors, entries("/proc/self/fd"));
    CHECK_NUMBER(tasks, thread_count());
    for (i = 0; i < threads; i++) {
        free(workers[i].ledger.unsure);
        pthread_mutex_destroy(&workers[i].lock);
    }
    free(workers);
    return check_result();
}
