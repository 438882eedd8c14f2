/*
 * What a worker of a crowd wrote, as far as it can know: what the instance must hold in the end. A row that a
 * call made is there; one that a call may have made, or may have deleted, is there once or not at all; any
 * other is not there. The changes of a row count as the instance counts them.
 */
#ifndef SNOW_TESTS_LEDGER_H
#define SNOW_TESTS_LEDGER_H

#include "check.h"
#include "control.h"

#define LEDGER_ROWS 16

struct row {
    char text[32], sys_id[33];
    int is_sure, changed, maybe_changed, seen;
    /* What the last change wrote, where it is sure. */
    char description[32];
};

struct ledger {
    /* Those that are there, and those that may be. */
    struct row rows[LEDGER_ROWS], *unsure;
    int count, unsure_count, unsure_room;
    /* Files of the worker's own record: those that are there, and those that may be. */
    int files, maybe_files;
};

static inline void ledger_is_unsure(struct ledger *ledger, const struct row *row)
{
    if (ledger->unsure_count == ledger->unsure_room) {
        ledger->unsure_room = ledger->unsure_room ? 2 * ledger->unsure_room : 16;
        ledger->unsure =
            (struct row *)realloc(ledger->unsure, (size_t)ledger->unsure_room * sizeof *ledger->unsure);
        control_must(ledger->unsure != NULL, "no memory");
    }
    ledger->unsure[ledger->unsure_count] = *row;
    ledger->unsure[ledger->unsure_count++].is_sure = 0;
}

/* A row of this text was made (with this key), or may have been (without one). */
static inline void ledger_made(struct ledger *ledger, const char *text, const char *sys_id)
{
    struct row row;
    memset(&row, 0, sizeof row);
    snprintf(row.text, sizeof row.text, "%s", text);
    row.is_sure = sys_id != NULL;
    snprintf(row.sys_id, sizeof row.sys_id, "%s", sys_id ? sys_id : "");
    if (sys_id)
        ledger->rows[ledger->count++] = row;
    else
        ledger_is_unsure(ledger, &row);
}

/* This row was deleted, or may have been. */
static inline void ledger_deleted(struct ledger *ledger, int index, int maybe)
{
    if (maybe)
        ledger_is_unsure(ledger, &ledger->rows[index]);
    ledger->rows[index] = ledger->rows[--ledger->count];
}

/* A row that the instance has, by its text; NULL for one that nobody made. */
static inline struct row *ledger_find(struct ledger *ledger, const char *text)
{
    int i;
    for (i = 0; i < ledger->count; i++)
        if (strcmp(ledger->rows[i].text, text) == 0)
            return &ledger->rows[i];
    for (i = 0; i < ledger->unsure_count; i++)
        if (strcmp(ledger->unsure[i].text, text) == 0)
            return &ledger->unsure[i];
    return NULL;
}

/* Notes a row that the instance has, with the times that it was changed and what it holds. */
static inline void ledger_sees(struct ledger *ledger, const char *text, int changes, const char *description)
{
    struct row *row = ledger_find(ledger, text);
    check_subject = text;
    if (CHECK(row != NULL)) {
        CHECK_NUMBER(1, ++row->seen);
        CHECK(changes >= row->changed && changes <= row->changed + row->maybe_changed);
        if (row->maybe_changed == 0)
            CHECK_TEXT(row->description, description);
    }
    check_subject = "";
}

/* All that must be there was seen; how many of those that may be there were. */
static inline int ledger_closes(const struct ledger *ledger)
{
    int i, there = 0;
    for (i = 0; i < ledger->count; i++) {
        check_subject = ledger->rows[i].text;
        CHECK_NUMBER(1, ledger->rows[i].seen);
        check_subject = "";
    }
    for (i = 0; i < ledger->unsure_count; i++)
        there += ledger->unsure[i].seen;
    return there;
}

#endif
