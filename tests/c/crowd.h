/*
 * A worker of a crowd and its calls. Each is made with what the worker wrote before, and judged by it; how it
 * may end depends on what struck it: a fault of the instance, or another thread.
 */
#ifndef SNOW_TESTS_CROWD_H
#define SNOW_TESTS_CROWD_H

#include "ledger.h"

#include <pthread.h>

#define STATUSES 1000

struct worker {
    int number;
    uint32_t random;
    unsigned long texts;
    struct ledger ledger;
    /* The record that its files hang on. */
    char holder[33];
    snow_client *client;
    snow_error *error;
    int owns_client;
    unsigned long statuses[STATUSES];

    /* What other threads reach, under the lock. */
    pthread_mutex_t lock;
    snow_cursor *cursor;
    int is_disturbed, is_closed;
    const char *call;
    unsigned long calls;

    /* What its log callback may free: this thread is in a call with it. */
    snow_cursor *cursor_in_use;
    int cursor_is_freed, client_is_freed;
};

static inline uint32_t draw(struct worker *worker, uint32_t below)
{
    worker->random ^= worker->random << 13;
    worker->random ^= worker->random >> 17;
    worker->random ^= worker->random << 5;
    return worker->random % below;
}

static inline void new_text(struct worker *worker, char *text, size_t room)
{
    snprintf(text, room, "crowd %03d %lu", worker->number, worker->texts++);
}

/* How a call may end that nobody but the instance's faults has struck. */
static inline int is_of_a_fault(snow_status status)
{
    return status == SNOW_NETWORK || status == SNOW_CUT_BODY || status == SNOW_NOT_EXECUTED ||
           status == SNOW_RATE_LIMITED || status == SNOW_UNAVAILABLE;
}

/* The status of the call that was just made; whether it may have happened in spite of it. */
static inline snow_status ended(struct worker *worker, int *maybe)
{
    snow_status status = snow_error_status(worker->error);
    const int maybe_applied = snow_error_maybe_applied(worker->error);
    int is_disturbed;
    pthread_mutex_lock(&worker->lock);
    is_disturbed = worker->is_disturbed || worker->cursor_is_freed;
    pthread_mutex_unlock(&worker->lock);
    worker->statuses[status < STATUSES ? status : STATUSES - 1]++;
    check_subject = worker->call;
    /* A delete that is made again may find that it has happened. */
    if (!CHECK(status == SNOW_OK || status == SNOW_DONE || is_of_a_fault(status) ||
               (is_disturbed && (status == SNOW_CANCELLED || status == SNOW_CLOSED)) ||
               (status == SNOW_NOT_FOUND && maybe && maybe_applied)))
        fprintf(stderr, "    %s: %s\n", snow_status_name(status), snow_error_message(worker->error));
    CHECK(maybe || !maybe_applied);
    check_subject = "";
    if (maybe)
        *maybe = maybe_applied;
    snow_error_free(worker->error);
    worker->error = NULL;
    return status;
}

/* A query for the rows of this worker. */
static inline snow_query *own_rows(struct worker *worker)
{
    char encoded[128];
    snow_query *query;
    snprintf(encoded, sizeof encoded, "short_descriptionSTARTSWITHcrowd %03d ", worker->number);
    query = snow_query_parse(encoded, NULL);
    snow_query_fields(query, "sys_id,short_description,description,sys_mod_count", NULL);
    snow_query_page_size(query, 5, NULL);
    return query;
}

static inline snow_record *with(const char *field, const char *text)
{
    snow_record *record = snow_record_new(NULL);
    snow_record_set(record, field, text, NULL);
    return record;
}

static inline struct row *some_row(struct worker *worker)
{
    const int count = worker->ledger.count;
    return count ? &worker->ledger.rows[draw(worker, (uint32_t)count)] : NULL;
}

/* ---- the calls ---- */

static void create(struct worker *worker)
{
    char text[32];
    const int once = draw(worker, 3) == 0;
    int maybe;
    snow_record *fields, *made;
    if (worker->ledger.count == LEDGER_ROWS)
        return;
    new_text(worker, text, sizeof text);
    fields = with("short_description", text);
    made = once ? snow_table_create_once(worker->client, "incident", fields, NULL, NULL, &worker->error)
                : snow_table_create(worker->client, "incident", fields, NULL, &worker->error);
    if (ended(worker, &maybe) == SNOW_OK || maybe)
        ledger_made(&worker->ledger, text, made ? snow_record_get(made, "sys_id", NULL) : NULL);
    snow_record_free(made);
    snow_record_free(fields);
}

static void update(struct worker *worker)
{
    struct row *row = some_row(worker);
    char text[32];
    int maybe;
    snow_record *fields, *changed;
    if (!row)
        return;
    new_text(worker, text, sizeof text);
    fields = with("description", text);
    changed = snow_table_update(worker->client, "incident", row->sys_id, fields, NULL, &worker->error);
    if (ended(worker, &maybe) == SNOW_OK) {
        row->changed++;
        snprintf(row->description, sizeof row->description, "%s", text);
        /* One that may have happened may happen late, between this one and its answer. */
        if (row->maybe_changed == 0)
            CHECK_TEXT(text, snow_record_get(changed, "description", NULL));
        CHECK_TEXT(row->text, snow_record_get(changed, "short_description", NULL));
    } else if (maybe) {
        row->maybe_changed++;
    }
    snow_record_free(changed);
    snow_record_free(fields);
}

static void delete(struct worker *worker)
{
    struct row *row = some_row(worker);
    int maybe;
    if (!row || worker->ledger.count < LEDGER_ROWS / 2)
        return;
    snow_table_delete(worker->client, "incident", row->sys_id, NULL, &worker->error);
    if (ended(worker, &maybe) == SNOW_OK || maybe)
        ledger_deleted(&worker->ledger, (int)(row - worker->ledger.rows), maybe);
}

static void get(struct worker *worker)
{
    const struct row *row = some_row(worker);
    snow_record *got;
    if (!row)
        return;
    got = snow_table_get(worker->client, "incident", row->sys_id, NULL, &worker->error);
    if (ended(worker, NULL) == SNOW_OK) {
        CHECK_TEXT(row->text, snow_record_get(got, "short_description", NULL));
        if (row->maybe_changed == 0)
            CHECK_TEXT(row->description, snow_record_get(got, "description", NULL));
    }
    snow_record_free(got);
}

static void count(struct worker *worker)
{
    const struct ledger *ledger = &worker->ledger;
    uint64_t rows = 0;
    snow_query *query = own_rows(worker);
    snow_table_count(worker->client, "incident", query, &rows, &worker->error);
    if (ended(worker, NULL) == SNOW_OK)
        CHECK(rows >= (uint64_t)ledger->count && rows <= (uint64_t)(ledger->count + ledger->unsure_count));
    snow_query_free(query);
}

/* All rows of this worker, page after page, which others may cancel and free meanwhile. */
static void list(struct worker *worker)
{
    snow_query *query = own_rows(worker);
    const snow_record *row;
    snow_cursor *cursor = snow_table_list(worker->client, "incident", query, &worker->error);
    snow_status status;
    int rows = 0;
    /* A client that was closed before makes no cursor. */
    if (cursor) {
        pthread_mutex_lock(&worker->lock);
        worker->cursor = cursor;
        pthread_mutex_unlock(&worker->lock);
        do {
            worker->cursor_in_use = cursor;
            status = snow_cursor_next(cursor, &row, &worker->error);
            worker->cursor_in_use = NULL;
            /* What was freed meanwhile lends no row any more. */
            if (status == SNOW_OK && !worker->cursor_is_freed) {
                const char *text = snow_record_get(row, "short_description", NULL);
                CHECK(ledger_find(&worker->ledger, text) != NULL);
                rows++;
            }
        } while (status == SNOW_OK && !worker->cursor_is_freed);
        pthread_mutex_lock(&worker->lock);
        worker->cursor = NULL;
        pthread_mutex_unlock(&worker->lock);
        if (status == SNOW_DONE)
            CHECK(rows >= worker->ledger.count && rows <= worker->ledger.count + worker->ledger.unsure_count);
    }
    ended(worker, NULL);
    if (!worker->cursor_is_freed)
        snow_cursor_free(cursor);
    snow_query_free(query);
}

/* A file goes up, comes down as it went, and is deleted. */
static void attachment(struct worker *worker)
{
    static const char content[] = "what a file of a worker in a crowd holds";
    snow_upload *upload = snow_upload_new("incident", worker->holder, NULL);
    snow_record *attached;
    int maybe, is_deleted = 0;
    snow_upload_set_bytes(upload, content, sizeof content, NULL);
    snow_upload_set_file_name(upload, "crowd.txt", NULL);
    attached = snow_upload_send(worker->client, upload, &worker->error);
    if (ended(worker, &maybe) == SNOW_OK) {
        const char *key = snow_record_get(attached, "sys_id", NULL);
        size_t length = 0;
        if (!worker->client_is_freed) {
            snow_response *response = snow_attachment_download(worker->client, key, &worker->error);
            if (ended(worker, NULL) == SNOW_OK) {
                const char *body = snow_response_body(response, &length, NULL);
                CHECK(length == sizeof content && memcmp(body, content, length) == 0);
            }
            snow_response_free(response);
        }
        if (!worker->client_is_freed) {
            snow_attachment_delete(worker->client, key, &worker->error);
            is_deleted = ended(worker, &maybe) == SNOW_OK;
        }
        if (!is_deleted && !maybe)
            worker->ledger.files++;
    }
    worker->ledger.maybe_files += maybe;
    snow_record_free(attached);
    snow_upload_free(upload);
}

static void request(struct worker *worker)
{
    snow_request *request = snow_request_new("GET", "/api/now/table/sys_user", NULL);
    snow_response *response;
    snow_request_set_param(request, "sysparm_query", "user_name=admin", NULL);
    response = snow_client_send(worker->client, request, &worker->error);
    if (ended(worker, NULL) == SNOW_OK && snow_response_check(response, &worker->error) == SNOW_OK)
        CHECK_TEXT("admin", snow_record_get(snow_response_one(response, NULL), "user_name", NULL));
    else if (worker->error)
        ended(worker, NULL);
    snow_response_free(response);
    snow_request_free(request);
}

static const struct kind {
    const char *name;
    void (*make)(struct worker *worker);
} kinds[] = {
    {"create", create}, {"create", create}, {"update", update}, {"update", update},         {"delete", delete},
    {"get", get},       {"get", get},       {"count", count},   {"list", list},             {"list", list},
    {"request", request}, {"attachment", attachment},
};

#define KINDS (sizeof kinds / sizeof *kinds)

#endif
