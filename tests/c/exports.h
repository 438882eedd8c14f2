/*
 * Exports that are checked while they are read: no row comes twice, and in which order they come.
 */

#ifndef SNOW_TESTS_EXPORTS_H
#define SNOW_TESTS_EXPORTS_H

#include "check.h"
#include "control.h"

#define KEY_SIZE 33

/* Keys of rows, growing. */
struct keys {
    char (*all)[KEY_SIZE];
    size_t count, room;
};

static inline void keys_add(struct keys *keys, const char *key)
{
    if (keys->count == keys->room) {
        keys->room = keys->room ? keys->room * 2 : 1024;
        keys->all = realloc(keys->all, keys->room * KEY_SIZE);
        control_must(keys->all != NULL, "no memory");
    }
    snprintf(keys->all[keys->count++], KEY_SIZE, "%s", key ? key : "");
}

static inline int keys_compare(const void *one, const void *other)
{
    return strcmp((const char *)one, (const char *)other);
}

static inline void keys_sort(struct keys *keys)
{
    qsort(keys->all, keys->count, KEY_SIZE, keys_compare);
}

static inline int keys_have(const struct keys *sorted, const char *key)
{
    return bsearch(key, sorted->all, sorted->count, KEY_SIZE, keys_compare) != NULL;
}

/* Sorts the keys; how many of them are there twice. */
static inline size_t keys_doubled(struct keys *keys)
{
    size_t i, doubled = 0;
    keys_sort(keys);
    for (i = 1; i < keys->count; i++)
        doubled += strcmp(keys->all[i - 1], keys->all[i]) == 0;
    return doubled;
}

static inline void keys_free(struct keys *keys)
{
    free(keys->all);
    memset(keys, 0, sizeof *keys);
}

/* Takes the rows that are left, beside the keys that are there, and returns how it ended. */
static inline snow_status keys_read(struct keys *keys, snow_cursor *cursor, snow_error **error)
{
    const snow_record *row;
    snow_status status;
    while ((status = snow_cursor_next(cursor, &row, error)) == SNOW_OK)
        keys_add(keys, snow_record_get(row, "sys_id", NULL));
    CHECK(row == NULL);
    return status;
}

/* As keys_read(), of an export that begins here. */
static inline snow_status export_read(snow_export *export, struct keys *keys, snow_error **error)
{
    snow_status status;
    size_t before = keys->count;
    snow_cursor *cursor = snow_export_rows(export, error);
    CHECK(cursor != NULL);
    status = keys_read(keys, cursor, error);
    CHECK_NUMBER(keys->count - before, snow_cursor_fetched(cursor));
    snow_cursor_free(cursor);
    return status;
}

#endif
