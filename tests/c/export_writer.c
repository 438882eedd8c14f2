/*
 * Exports of a table that others write to all the while: rows are created, changed, so that they change their
 * place in the order, and deleted. A row that is there throughout comes once, at every order. One argument:
 * how many incidents the instance SNOW_INSTANCE holds.
 */
#include "clients.h"
#include "exports.h"

#include <pthread.h>
#include <sched.h>

static const char *instance;
static struct keys before; /* sorted */

/* What the writer did. Only it writes here until it has ended. */
static struct keys deleted;
static unsigned created, changed;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Whether it has written in every way, and is to end. */
static int has_written, is_over;

static int is_set(const int *flag)
{
    int value;
    pthread_mutex_lock(&lock);
    value = *flag;
    pthread_mutex_unlock(&lock);
    return value;
}

static void set(int *flag, int value)
{
    pthread_mutex_lock(&lock);
    *flag = value;
    pthread_mutex_unlock(&lock);
}

static void *write_all_the_while(void *unused)
{
    snow_error *error;
    snow_client *client = client_basic(instance, "admin", "admin");
    snow_record *record = snow_record_new(&error);
    unsigned long place = 12345;
    (void)unused;
    while (!is_set(&is_over)) {
        char text[32];
        snow_record *written;
        const char *key;
        place = (place * 1103515245u + 12345u) & 0x7fffffffu;
        key = before.all[place % before.count];
        snprintf(text, sizeof text, "%lu", place);
        snow_record_set(record, "short_description", text, &error);
        if (place % 3 == 0) {
            written = snow_table_create(client, "incident", record, NULL, &error);
            CHECK(written != NULL);
            snow_record_free(written);
            created++;
        } else if (place % 3 == 1) {
            written = snow_table_update(client, "incident", key, record, NULL, &error);
            CHECK(written != NULL || snow_error_status(error) == SNOW_NOT_FOUND);
            snow_record_free(written);
            snow_error_free(error);
            changed++;
        } else {
            snow_status status = snow_table_delete(client, "incident", key, NULL, &error);
            CHECK(status == SNOW_OK || status == SNOW_NOT_FOUND);
            snow_error_free(error);
            keys_add(&deleted, key);
        }
        if (created > 0 && changed > 0 && deleted.count > 0)
            set(&has_written, 1);
    }
    snow_record_free(record);
    snow_client_free(client);
    return NULL;
}

static void read_while_others_write(snow_client *client, snow_order order)
{
    struct keys came = { 0 };
    snow_error *error;
    snow_query *query = snow_query_new(&error);
    snow_export *export;
    snow_cursor *cursor;
    const snow_record *row;
    pthread_t writer;
    size_t i, missing = 0;

    CHECK_STATUS(SNOW_OK, snow_query_fields(query, "short_description", &error), error);
    /* Everything is there already, or comes by the same query. */
    export = snow_export_new(client, "incident", query, &error);
    keys_free(&before);
    keys_free(&deleted);
    created = changed = 0;
    has_written = is_over = 0;
    CHECK_STATUS(SNOW_DONE, export_read(export, &before, &error), error);
    CHECK_NUMBER(0, keys_doubled(&before));
    snow_export_free(export);

    CHECK_STATUS(SNOW_OK, snow_query_order_by(query, "short_description", &error), error);
    export = snow_export_new(client, "incident", query, &error);
    CHECK_STATUS(SNOW_OK, snow_export_set_order(export, order, &error), error);
    CHECK_NUMBER(0, pthread_create(&writer, NULL, write_all_the_while, NULL));
    cursor = snow_export_rows(export, &error);
    CHECK_STATUS(SNOW_OK, snow_cursor_next(cursor, &row, &error), error);
    keys_add(&came, snow_record_get(row, "sys_id", NULL));
    /* Few rows may have come before anything was written. */
    while (!is_set(&has_written))
        sched_yield();
    CHECK_STATUS(SNOW_DONE, keys_read(&came, cursor, &error), error);
    snow_cursor_free(cursor);
    set(&is_over, 1);
    CHECK_NUMBER(0, pthread_join(writer, NULL));

    keys_sort(&deleted);
    CHECK_NUMBER(0, keys_doubled(&came));
    for (i = 0; i < before.count; i++)
        missing += !keys_have(&came, before.all[i]) && !keys_have(&deleted, before.all[i]);
    CHECK_NUMBER(0, missing);
    printf("order %d: %lu rows before, %lu came; %u created, %u changed, %lu deleted meanwhile; "
           "expected %lld, hidden %lld\n",
           (int)order, (unsigned long)before.count, (unsigned long)came.count, created, changed,
           (unsigned long)deleted.count, (long long)snow_export_count(export, SNOW_EXPORT_EXPECTED),
           (long long)snow_export_count(export, SNOW_EXPORT_HIDDEN));
    keys_free(&came);
    snow_export_free(export);
    snow_query_free(query);
    snow_error_free(error);
}

int main(int count, char **arguments)
{
    snow_client *client;
    instance = getenv("SNOW_INSTANCE");
    if (!instance || count < 2)
        return 2;
    client = client_basic(instance, "admin", "admin");
    read_while_others_write(client, SNOW_ORDER_ANY);
    CHECK(before.count == strtoul(arguments[1], NULL, 10));
    read_while_others_write(client, SNOW_ORDER_SYS_ID);
    read_while_others_write(client, SNOW_ORDER_QUERY);
    keys_free(&before);
    keys_free(&deleted);
    snow_client_free(client);
    return check_result();
}
