/*
 * Tables as Arrow, taken through the C stream interface: types from the dictionary, values, what does not fit,
 * and how streams end. Argument: how many incidents the instance SNOW_INSTANCE holds. Its table u_types has a
 * column for each type, and three rows: values that fit, none, and some that do not fit.
 */
#include "clients.h"
#include "control.h"
#include "footprint.h"

#include <errno.h>
#include <pthread.h>

static const char *instance;
static snow_client *client;
static snow_error *error;
static int64_t total;
static int threads_of_main;

/* What a stream gave: its schema, and all its batches. */
struct table {
    struct ArrowSchema schema;
    struct ArrowArray batches[4096];
    int count;
    int64_t rows;
};

static struct table *table_of(struct ArrowArrayStream *stream)
{
    struct table *table = (struct table *)calloc(1, sizeof *table);
    CHECK_NUMBER(0, stream->get_schema(stream, &table->schema));
    CHECK_TEXT("+s", table->schema.format);
    for (;;) {
        struct ArrowArray *batch = &table->batches[table->count];
        if (stream->get_next(stream, batch) != 0) {
            CHECK_TEXT("", stream->get_last_error(stream));
            break;
        }
        if (!batch->release)
            break;
        CHECK(batch->length > 0);
        CHECK_NUMBER(table->schema.n_children, batch->n_children);
        table->rows += batch->length;
        table->count++;
        control_must(table->count < 4096, "more batches than there is room for");
    }
    return table;
}

static void table_free(struct table *table)
{
    int i;
    for (i = 0; i < table->count; i++)
        table->batches[i].release(&table->batches[i]);
    table->schema.release(&table->schema);
    free(table);
}

/* The stream is read and released. */
static struct table *table_read(struct ArrowArrayStream *stream)
{
    struct table *table = table_of(stream);
    stream->release(stream);
    CHECK(stream->release == NULL);
    return table;
}

static int column_of(const struct table *table, const char *name)
{
    int i;
    for (i = 0; i < table->schema.n_children; i++)
        if (strcmp(table->schema.children[i]->name, name) == 0)
            return i;
    control_must(0, name);
    return -1;
}

static int bit(const void *bits, int64_t at)
{
    return ((const unsigned char *)bits)[at / 8] >> at % 8 & 1;
}

/* A value of the first batch as text, by what its format says; "NULL" where there is none. */
static const char *shown(const struct table *table, const char *name, int64_t row)
{
    static char text[256];
    int column = column_of(table, name);
    const char *format = table->schema.children[column]->format;
    const struct ArrowArray *array = table->batches[0].children[column];
    int64_t at = row + array->offset;
    const void *values = array->buffers[1];
    if (array->buffers[0] && !bit(array->buffers[0], at))
        return "NULL";
    if (strcmp(format, "u") == 0) {
        const int32_t *ends = (const int32_t *)values;
        snprintf(text, sizeof text, "%.*s", (int)(ends[at + 1] - ends[at]),
                 (const char *)array->buffers[2] + ends[at]);
    } else if (strcmp(format, "b") == 0) {
        snprintf(text, sizeof text, "%s", bit(values, at) ? "true" : "false");
    } else if (strcmp(format, "g") == 0) {
        snprintf(text, sizeof text, "%.17g", ((const double *)values)[at]);
    } else if (strcmp(format, "tdD") == 0) {
        snprintf(text, sizeof text, "%d", (int)((const int32_t *)values)[at]);
    } else if (strcmp(format, "d:38,10") == 0) {
        /* The upper half is the sign alone in what is tested here. */
        const int64_t *halves = (const int64_t *)values + 2 * at;
        CHECK_NUMBER(halves[0] < 0 ? -1 : 0, halves[1]);
        snprintf(text, sizeof text, "%lld", (long long)halves[0]);
    } else {
        snprintf(text, sizeof text, "%lld", (long long)((const int64_t *)values)[at]);
    }
    return text;
}

static snow_query *query_of(const char *encoded, const char *fields)
{
    snow_query *query = snow_query_parse(encoded, &error);
    CHECK(query != NULL);
    CHECK_STATUS(SNOW_OK, snow_query_fields(query, fields, &error), error);
    return query;
}

/* Takes the query. */
static snow_export *export_of(const char *table, snow_query *query)
{
    snow_export *export = snow_export_new(client, table, query, &error);
    CHECK(export != NULL);
    snow_query_free(query);
    return export;
}

/* Takes the query. */
static struct table *read_all(const char *name, snow_query *query)
{
    struct ArrowArrayStream stream;
    CHECK_STATUS(SNOW_OK, snow_table_arrow(client, name, query, &stream, &error), error);
    snow_query_free(query);
    return table_read(&stream);
}

/* The call gave no stream, with this status. */
static void none(snow_status expected, snow_status status, const struct ArrowArrayStream *stream)
{
    CHECK_STATUS(expected, status, error);
    CHECK(stream->release == NULL);
    snow_error_free(error);
    error = NULL;
}

static const struct type {
    const char *name, *format, *fits, *empty, *misfit;
} types[] = {
    { "string", "u", "text, \xc3\xbc""ber \xf0\x9f\xa6\x89", "", "" },
    { "integer", "l", "-42", "NULL", "NULL" },
    { "longint", "l", "9223372036854775807", "NULL", "NULL" },
    { "decimal", "d:38,10", "125000000000", "NULL", "NULL" },
    { "currency", "d:38,10", "-1000000", "NULL", "NULL" },
    { "percent_complete", "d:38,10", "995000000000", "NULL", "NULL" },
    { "float", "g", "0.10000000000000001", "NULL", "NULL" },
    { "boolean", "b", "true", "NULL", "NULL" },
    { "glide_date", "tdD", "19782", "NULL", "NULL" },
    { "glide_date_time", "tsu:UTC", "-1000000", "NULL", "NULL" },
    { "due_date", "tsu:UTC", "1769940000000000", "NULL", "NULL" },
    { "glide_time", "ttu", "36001000000", "NULL", "NULL" },
    { "glide_duration", "tDu", "176400000000", "NULL", "NULL" },
    { "reference", "u", "5137153cc611227c000bbd1bd8cd2005", "NULL", "NULL" },
    { "glide_list", "u", "a,b", "", "" },
};

enum { TYPES = sizeof types / sizeof *types };

/* The instance took the columns for what their values look like. */
static void name_the_types(void)
{
    int i;
    for (i = 0; i < TYPES; i++) {
        char encoded[128];
        snow_query *query;
        snow_record *changed, *changes = snow_record_new(&error);
        snprintf(encoded, sizeof encoded, "name=u_types^element=u_%s", types[i].name);
        query = query_of(encoded, "");
        CHECK_STATUS(SNOW_OK, snow_record_set(changes, "internal_type", types[i].name, &error), error);
        changed = snow_table_update_one(client, "sys_dictionary", query, changes, &error);
        CHECK(changed != NULL);
        snow_record_free(changed);
        snow_record_free(changes);
        snow_query_free(query);
    }
}

static void every_type_has_its_column(void)
{
    struct ArrowArrayStream stream;
    struct table *table;
    char fields[1024] = "", name[64];
    int i, misfits = 0;
    snow_export *export;
    for (i = 0; i < TYPES; i++) {
        strcat(strcat(fields, "u_"), types[i].name);
        strcat(fields, i + 1 < TYPES ? "," : "");
        misfits += strcmp(types[i].misfit, "NULL") == 0 && strcmp(types[i].name, "reference") != 0;
    }
    export = export_of("u_types", query_of("ORDERBYu_name", fields));
    CHECK_STATUS(SNOW_OK, snow_export_arrow(export, &stream, &error), error);
    table = table_read(&stream);
    CHECK_NUMBER(3, table->rows);
    CHECK_NUMBER(1, table->count);
    CHECK_NUMBER(TYPES, table->schema.n_children);
    CHECK_NUMBER(misfits, snow_export_count(export, SNOW_EXPORT_MISFITS));
    for (i = 0; i < TYPES; i++) {
        check_subject = types[i].name;
        snprintf(name, sizeof name, "u_%s", types[i].name);
        CHECK_TEXT(name, table->schema.children[i]->name);
        CHECK_TEXT(types[i].format, table->schema.children[i]->format);
        CHECK_NUMBER(ARROW_FLAG_NULLABLE, table->schema.children[i]->flags);
        CHECK_TEXT(types[i].fits, shown(table, name, 0));
        CHECK_TEXT(types[i].empty, shown(table, name, 1));
        CHECK_TEXT(types[i].misfit, shown(table, name, 2));
    }
    check_subject = "";
    table_free(table);

    /* As text, nothing is left out. */
    CHECK_STATUS(SNOW_OK, snow_export_set_all_text(export, 1, &error), error);
    control_do(instance, "DELETE", "/-/requests", "");
    CHECK_STATUS(SNOW_OK, snow_export_arrow(export, &stream, &error), error);
    CHECK_NUMBER(0, control_count(instance, "/api"));
    table = table_read(&stream);
    CHECK_NUMBER(0, snow_export_count(export, SNOW_EXPORT_MISFITS));
    for (i = 0; i < TYPES; i++)
        CHECK_TEXT("u", table->schema.children[i]->format);
    CHECK_TEXT("12.50", shown(table, "u_decimal", 0));
    CHECK_TEXT("", shown(table, "u_reference", 1));
    CHECK_TEXT("2 days", shown(table, "u_glide_duration", 2));
    table_free(table);
    snow_export_free(export);
}

/* Fields of the table, of the one it extends, of every table, and of those that it refers to. */
static void fields_have_the_type_of_where_they_are_from(void)
{
    static const char *const expected[][2] = {
        { "number", "u" },          { "sys_id", "u" },
        { "sys_mod_count", "l" },   { "opened_at", "tsu:UTC" },
        { "active", "b" },          { "caller_id", "u" },
        { "caller_id.active", "b" }, { "caller_id.name", "u" },
        { "caller_id.manager.sys_created_on", "tsu:UTC" },
    };
    const int count = sizeof expected / sizeof *expected;
    char fields[512] = "number,number";
    struct table *table;
    int i;
    for (i = 1; i < count; i++)
        strcat(strcat(fields, ","), expected[i][0]);
    table = read_all("incident", query_of("caller_idISNOTEMPTY", fields));
    CHECK_NUMBER(count, table->schema.n_children);
    for (i = 0; i < count && i < table->schema.n_children; i++) {
        CHECK_TEXT(expected[i][0], table->schema.children[i]->name);
        CHECK_TEXT(expected[i][1], table->schema.children[i]->format);
    }
    CHECK(table->rows > 0);
    CHECK(strcmp(shown(table, "caller_id.active", 0), "NULL") != 0);
    CHECK_NUMBER(32, strlen(shown(table, "caller_id", 0)));
    table_free(table);
}

static void all_fields_come_where_none_is_named(void)
{
    struct table *table = read_all("incident", NULL);
    int i;
    CHECK_NUMBER(total, table->rows);
    CHECK_TEXT("tsu:UTC", table->schema.children[column_of(table, "sys_updated_on")]->format);
    CHECK_TEXT("u", table->schema.children[column_of(table, "caller_id")]->format);
    for (i = 1; i < table->schema.n_children; i++)
        CHECK(strcmp(table->schema.children[i - 1]->name, table->schema.children[i]->name) < 0);
    table_free(table);
}

static void display_values_are_what_the_query_says(void)
{
    char name[64], state[64];
    struct table *table;
    snow_query *query = query_of("caller_idISNOTEMPTY^ORDERBYnumber", "caller_id,sys_mod_count");
    CHECK_STATUS(SNOW_OK, snow_query_display_value(query, SNOW_DISPLAY_ALL, &error), error);
    table = read_all("incident", query);
    CHECK_NUMBER(4, table->schema.n_children);
    CHECK_TEXT("caller_id", table->schema.children[0]->name);
    CHECK_TEXT("caller_id.display_value", table->schema.children[1]->name);
    CHECK_TEXT("l", table->schema.children[2]->format);
    CHECK_TEXT("sys_mod_count.display_value", table->schema.children[3]->name);
    CHECK_TEXT("u", table->schema.children[3]->format);
    CHECK_NUMBER(32, strlen(shown(table, "caller_id", 0)));
    snprintf(name, sizeof name, "%s", shown(table, "caller_id.display_value", 0));
    CHECK(strchr(name, ' ') != NULL);
    snprintf(state, sizeof state, "%s", shown(table, "sys_mod_count", 0));
    CHECK_TEXT(state, shown(table, "sys_mod_count.display_value", 0));
    table_free(table);

    query = query_of("caller_idISNOTEMPTY^ORDERBYnumber", "caller_id,sys_mod_count");
    CHECK_STATUS(SNOW_OK, snow_query_display_value(query, SNOW_DISPLAY_TRUE, &error), error);
    table = read_all("incident", query);
    CHECK_NUMBER(2, table->schema.n_children);
    CHECK_TEXT("u", table->schema.children[1]->format);
    CHECK_TEXT(name, shown(table, "caller_id", 0));
    table_free(table);
}

static void no_row_is_no_batch(void)
{
    struct table *table = read_all("incident", query_of("number=none", "number,active"));
    CHECK_NUMBER(0, table->count);
    CHECK_NUMBER(2, table->schema.n_children);
    table_free(table);
}

static void a_limit_ends_it(void)
{
    static const int limits[] = { 1, 49, 51, 333 };
    int i;
    for (i = 0; i < 4; i++) {
        struct table *table;
        snow_query *query = query_of("", "number");
        CHECK_STATUS(SNOW_OK, snow_query_page_size(query, 50, &error), error);
        CHECK_STATUS(SNOW_OK, snow_query_limit(query, (uint64_t)limits[i], &error), error);
        table = read_all("incident", query);
        CHECK_NUMBER(limits[i], table->rows);
        table_free(table);
    }
}

/* Columns of which no row shows anything take room in a batch and none in the answer. */
static void a_batch_has_no_more_than_a_million_cells(void)
{
    char fields[4096] = "number";
    snow_query *query;
    snow_export *export;
    struct ArrowArrayStream stream;
    struct table *table;
    size_t i, length = strlen(fields);
    for (i = 0; i < 600; i++)
        length += (size_t)sprintf(fields + length, ",u%zu", i);
    query = query_of("", fields);
    CHECK_STATUS(SNOW_OK, snow_query_display_value(query, SNOW_DISPLAY_ALL, &error), error);
    export = export_of("incident", query);
    CHECK_STATUS(SNOW_OK, snow_export_set_all_text(export, 1, &error), error);
    CHECK_STATUS(SNOW_OK, snow_export_set_connections(export, 1, &error), error);
    CHECK_STATUS(SNOW_OK, snow_export_arrow(export, &stream, &error), error);
    table = table_read(&stream);
    snow_export_free(export);
    CHECK_NUMBER(total, table->rows);
    CHECK_NUMBER(1202, table->schema.n_children);
    for (i = 0; i < (size_t)table->count; i++)
        CHECK(table->batches[i].length * table->schema.n_children <= 1 << 20);
    table_free(table);
}

static void hide(const char *rule)
{
    char json[256];
    snprintf(json, sizeof json,
             "{\"kind\":\"acl\",\"operation\":\"read\",\"roles\":[\"nobody\"],"
             "\"admin_overrides\":false,%s}", rule);
    control_do(instance, "POST", "/-/rules", json);
}

/* Of the dictionary's columns only those that match are there for anybody. */
static void show_only_columns(const char *query)
{
    char json[256];
    snprintf(json, sizeof json,
             "{\"kind\":\"acl\",\"operation\":\"read\",\"roles\":[],\"admin_overrides\":false,"
             "\"table\":\"sys_dictionary\",\"query\":\"%s\"}", query);
    control_do(instance, "POST", "/-/rules", json);
}

/* A type is never guessed: what the dictionary does not show is an error, and text can be had. */
static void without_the_dictionary_there_is_text(void)
{
    static const char *const rules[] = {
        "\"table\":\"sys_db_object\"",
        "\"table\":\"sys_dictionary\"",
        "\"table\":\"sys_dictionary\",\"field\":\"internal_type\"",
    };
    struct ArrowArrayStream stream;
    struct table *table;
    snow_query *unknown = query_of("", "number,no_such_field");
    snow_query *astray = query_of("", "number.name");
    int i;
    none(SNOW_NO_DICTIONARY, snow_table_arrow(client, "incident", unknown, &stream, &error), &stream);
    none(SNOW_NO_DICTIONARY, snow_table_arrow(client, "incident", astray, &stream, &error), &stream);
    none(SNOW_NO_DICTIONARY, snow_table_arrow(client, "no_such_table", NULL, &stream, &error), &stream);
    snow_query_free(unknown);
    snow_query_free(astray);
    for (i = 0; i < 3; i++) {
        snow_export *export = export_of("incident", query_of("", "number,active"));
        check_subject = rules[i];
        hide(rules[i]);
        none(SNOW_NO_DICTIONARY, snow_export_arrow(export, &stream, &error), &stream);
        none(SNOW_NO_DICTIONARY, snow_table_arrow(client, "incident", NULL, &stream, &error), &stream);
        CHECK_STATUS(SNOW_OK, snow_export_set_all_text(export, 1, &error), error);
        CHECK_STATUS(SNOW_OK, snow_export_arrow(export, &stream, &error), error);
        table = table_read(&stream);
        CHECK_NUMBER(total, table->rows);
        table_free(table);
        snow_export_free(export);
        control_do(instance, "DELETE", "/-/rules", "");
    }
    check_subject = "";
}

/* All fields of incidents are refused, with this in the error. */
static void not_all(const char *problem)
{
    struct ArrowArrayStream stream;
    CHECK_STATUS(SNOW_NO_DICTIONARY, snow_table_arrow(client, "incident", NULL, &stream, &error), error);
    CHECK(stream.release == NULL);
    CHECK(strstr(snow_error_message(error), problem) != NULL);
    snow_error_free(error);
    error = NULL;
}

/* An access control hides without a word, and hides no column so: where all fields are asked for, each has one, or
   there is an error. */
static void no_column_is_lost(void)
{
    struct ArrowArrayStream stream;
    struct ArrowArray batch;
    struct table *table;
    int64_t columns;
    int i;

    table = read_all("incident", NULL);
    columns = table->schema.n_children;
    table_free(table);

    /* What it extends is another table, hidden or not. What the nearer tables have is known. */
    hide("\"table\":\"sys_db_object\",\"field\":\"super_class\"");
    not_all("sys_db_object does not show this user what table incident extends");
    table = read_all("incident", query_of("", "caller_id"));
    CHECK_NUMBER(total, table->rows);
    table_free(table);
    control_do(instance, "DELETE", "/-/rules", "");

    show_only_columns("name=incident");
    not_all("does not show field sys_id to this user");
    control_do(instance, "DELETE", "/-/rules", "");

    /* A single one is found out when rows come with it, and is not passed over when they are asked for again. */
    show_only_columns("element!=location");
    CHECK_STATUS(SNOW_OK, snow_table_arrow(client, "incident", NULL, &stream, &error), error);
    for (i = 0; i < 2; i++) {
        CHECK_NUMBER(EIO, stream.get_next(&stream, &batch));
        CHECK(strstr(stream.get_last_error(&stream), "does not show field location") != NULL);
        CHECK(strstr(stream.get_last_error(&stream), "(SNOW_NO_DICTIONARY)") != NULL);
    }
    stream.release(&stream);
    table = read_all("incident", query_of("", "number,state"));
    CHECK_NUMBER(total, table->rows);
    table_free(table);
    control_do(instance, "DELETE", "/-/rules", "");

    /* Tags are known of any table. */
    show_only_columns("element!=sys_tags");
    table = read_all("incident", NULL);
    CHECK_NUMBER(columns, table->schema.n_children);
    CHECK_TEXT("u", table->schema.children[column_of(table, "sys_tags")]->format);
    table_free(table);
    control_do(instance, "DELETE", "/-/rules", "");
}

/* Sets which table a table extends, as the dictionary has it; the key of that row. */
static const char *extends(const char *name, const char *parent)
{
    static char key[40];
    char condition[64];
    snow_query *query;
    snow_record *changed, *changes = snow_record_new(&error);
    CHECK_STATUS(SNOW_OK, snow_record_set(changes, "super_class", parent, &error), error);
    snprintf(condition, sizeof condition, "name=%s", name);
    query = query_of(condition, "sys_id");
    changed = snow_table_update_one(client, "sys_db_object", query, changes, &error);
    CHECK(changed != NULL);
    snprintf(key, sizeof key, "%s", snow_record_get(changed, "sys_id", NULL));
    snow_record_free(changed);
    snow_record_free(changes);
    snow_query_free(query);
    return key;
}

/* Tables that extend one another in a circle are those of the circle, and of a chain without an end none. */
static void tables_that_extend_without_an_end(void)
{
    struct ArrowArrayStream stream;
    struct table *table = read_all("incident", NULL);
    snow_query *own = query_of("name=incident", "super_class");
    snow_record *row = snow_table_one(client, "sys_db_object", own, &error);
    int64_t columns = table->schema.n_children;
    char task[40], parent[40];
    int i;
    table_free(table);
    CHECK(row != NULL);
    snprintf(task, sizeof task, "%s", snow_record_get(row, "super_class", NULL));
    snow_record_free(row);
    snow_query_free(own);

    snprintf(parent, sizeof parent, "%s", extends("incident", task));
    extends("task", parent);
    table = read_all("incident", NULL);
    CHECK_NUMBER(columns, table->schema.n_children);
    table_free(table);

    for (i = 0; i < 60; i++) {
        char name[32];
        snow_record *created, *link = snow_record_new(&error);
        snprintf(name, sizeof name, "u_link_%d", i);
        CHECK_STATUS(SNOW_OK, snow_record_set(link, "name", name, &error), error);
        CHECK_STATUS(SNOW_OK, snow_record_set(link, "super_class", i == 0 ? "" : parent, &error), error);
        created = snow_table_create(client, "sys_db_object", link, NULL, &error);
        CHECK(created != NULL);
        snprintf(parent, sizeof parent, "%s", snow_record_get(created, "sys_id", NULL));
        snow_record_free(created);
        snow_record_free(link);
    }
    extends("task", parent);
    none(SNOW_NO_DICTIONARY, snow_table_arrow(client, "incident", NULL, &stream, &error), &stream);
    extends("task", "");
    table = read_all("incident", NULL);
    CHECK_NUMBER(columns, table->schema.n_children);
    table_free(table);
}

/* A field that an access control hides is NULL, and a row of which nothing is left is not there. */
static void what_is_hidden_is_null_or_not_there(void)
{
    struct table *table;
    hide("\"table\":\"incident\",\"field\":\"short_description\"");
    table = read_all("incident", query_of("", "number,short_description"));
    CHECK_NUMBER(total, table->rows);
    CHECK_TEXT("NULL", shown(table, "short_description", 0));
    table_free(table);
    control_do(instance, "DELETE", "/-/rules", "");
}

/* A row of which nothing is shown is in no batch, and counts as hidden. */
static void rows_without_fields_are_not_there(void)
{
    struct ArrowArrayStream stream;
    struct table *table;
    snow_export *export = export_of("incident", query_of("", "number"));
    CHECK_STATUS(SNOW_OK, snow_export_set_connections(export, 1, &error), error);
    CHECK_STATUS(SNOW_OK, snow_export_set_all_text(export, 1, &error), error);
    CHECK_STATUS(SNOW_OK, snow_export_arrow(export, &stream, &error), error);
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"/api/now/table/incident\",\"fault\":{\"kind\":\"answer\",\"status\":200,"
               "\"headers\":[[\"Content-Type\",\"application/json\"],[\"X-Total-Count\",\"6\"]],"
               "\"body\":\"{\\\"result\\\":[{},{\\\"number\\\":\\\"INC1\\\"},{},{},"
               "{\\\"number\\\":\\\"INC2\\\"},{}]}\"}}");
    table = table_read(&stream);
    CHECK_NUMBER(2, table->rows);
    CHECK_TEXT("INC1", shown(table, "number", 0));
    CHECK_TEXT("INC2", shown(table, "number", 1));
    CHECK_NUMBER(2, snow_export_count(export, SNOW_EXPORT_RECEIVED));
    CHECK_NUMBER(4, snow_export_count(export, SNOW_EXPORT_HIDDEN));
    table_free(table);
    snow_export_free(export);
}

static void *release(void *stream)
{
    ((struct ArrowArrayStream *)stream)->release((struct ArrowArrayStream *)stream);
    return NULL;
}

/* A stream that is released early, on any thread, ends what is under way; a batch outlives it, and the client. */
static void an_early_release_leaves_nothing(void)
{
    struct ArrowArrayStream stream;
    struct table table = { 0 };
    pthread_t other;
    snow_client *own = client_basic(instance, "admin", "admin");
    snow_query *query = query_of("", "number");
    CHECK_STATUS(SNOW_OK, snow_query_page_size(query, 20, &error), error);
    CHECK_STATUS(SNOW_OK, snow_table_arrow(own, "incident", query, &stream, &error), error);
    snow_query_free(query);
    snow_client_free(own);
    CHECK_NUMBER(0, stream.get_schema(&stream, &table.schema));
    CHECK_NUMBER(0, stream.get_next(&stream, &table.batches[0]));
    control_must(pthread_create(&other, NULL, release, &stream) == 0, "a thread");
    pthread_join(other, NULL);
    CHECK(stream.release == NULL);
    threads_end(threads_of_main);
    CHECK(strncmp(shown(&table, "number", 0), "INC", 3) == 0);
    table.batches[0].release(&table.batches[0]);
    table.schema.release(&table.schema);

    /* One that was never read from has asked for no row. */
    control_do(instance, "DELETE", "/-/requests", "");
    CHECK_STATUS(SNOW_OK, snow_table_arrow(client, "incident", NULL, &stream, &error), error);
    stream.release(&stream);
    CHECK_NUMBER(0, control_count(instance, "/api/now/table/incident"));
}

/* What a stream fails with is a sentence that ends in the name of the status; it goes on where it broke. */
static void an_error_is_told_and_the_stream_goes_on(void)
{
    struct ArrowArrayStream stream;
    struct ArrowArray batch;
    int64_t rows = 0;
    int code;
    snow_query *query = query_of("", "number");
    CHECK_STATUS(SNOW_OK, snow_query_page_size(query, 50, &error), error);
    CHECK_STATUS(SNOW_OK, snow_table_arrow(client, "incident", query, &stream, &error), error);
    snow_query_free(query);
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"/api/now/table/incident\",\"after\":5,\"count\":0,"
               "\"fault\":{\"kind\":\"gateway\",\"status\":503}}");
    while ((code = stream.get_next(&stream, &batch)) == 0 && batch.release) {
        rows += batch.length;
        batch.release(&batch);
    }
    CHECK_NUMBER(EIO, code);
    CHECK(strstr(stream.get_last_error(&stream), "(SNOW_UNAVAILABLE)") != NULL);
    CHECK(rows < total);
    control_do(instance, "DELETE", "/-/faults", "");
    while ((code = stream.get_next(&stream, &batch)) == 0 && batch.release) {
        rows += batch.length;
        batch.release(&batch);
    }
    CHECK_NUMBER(0, code);
    CHECK_NUMBER(total, rows);
    stream.release(&stream);
}

/* Rows that were there all the time and did not come are an error at the end, and no short table. */
static void rows_that_do_not_come_are_missed(void)
{
    struct ArrowArrayStream stream;
    struct ArrowArray batch;
    int64_t rows = 0;
    int code;
    snow_export *export;
    snow_query *query = query_of("", "number");
    CHECK_STATUS(SNOW_OK, snow_query_page_size(query, 50, &error), error);
    export = export_of("incident", query);
    CHECK_STATUS(SNOW_OK, snow_export_set_order(export, SNOW_ORDER_SYS_ID, &error), error);
    CHECK_STATUS(SNOW_OK, snow_export_set_connections(export, 1, &error), error);
    CHECK_STATUS(SNOW_OK, snow_export_arrow(export, &stream, &error), error);
    snow_export_free(export);
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"/api/now/table/incident\",\"after\":3,\"count\":1,\"fault\":{\"kind\":\"answer\","
               "\"status\":200,\"headers\":[[\"Content-Type\",\"application/json\"],"
               "[\"X-Total-Count\",\"0\"]],\"body\":\"{\\\"result\\\":[]}\"}}");
    while ((code = stream.get_next(&stream, &batch)) == 0 && batch.release) {
        rows += batch.length;
        batch.release(&batch);
    }
    CHECK_NUMBER(EIO, code);
    CHECK(strstr(stream.get_last_error(&stream), "(SNOW_INCOMPLETE)") != NULL);
    CHECK(rows > 0 && rows < total);
    stream.release(&stream);
    control_do(instance, "DELETE", "/-/faults", "");
}

/* Pages that break off give each of their rows once, whatever was gathered when they broke. */
static void broken_pages_give_each_row_once(void)
{
    struct table *table;
    snow_client *once = client;
    snow_query *query = query_of("", "number");
    client = snow_client_new_basic(instance, "admin", "admin", &error);
    CHECK_STATUS(SNOW_OK, snow_query_page_size(query, 100, &error), error);
    control_do(instance, "POST", "/-/faults",
               "{\"path\":\"/api/now/table/incident\",\"after\":2,\"count\":3,"
               "\"fault\":{\"kind\":\"partial\",\"variant\":\"a\",\"rows\":7}}");
    table = read_all("incident", query);
    CHECK_NUMBER(total, table->rows);
    table_free(table);
    control_do(instance, "DELETE", "/-/faults", "");
    snow_client_free(client);
    client = once;
}

struct progress {
    pthread_t thread;
    uint64_t rows;
    int is_refusing;
};

static int32_t progress(void *user_data, uint64_t rows, uint64_t bytes, uint64_t expected,
                        uint64_t elapsed_ms)
{
    struct progress *seen = (struct progress *)user_data;
    (void)bytes, (void)expected, (void)elapsed_ms;
    CHECK(pthread_equal(seen->thread, pthread_self()));
    seen->rows = rows;
    return seen->is_refusing ? 7 : SNOW_HANDLED;
}

static void progress_is_told_to_the_consumer(void)
{
    struct ArrowArrayStream stream;
    struct ArrowArray batch;
    struct progress seen = { 0 };
    struct table *table;
    snow_export *export = export_of("incident", query_of("ORDERBYnumber", "number"));
    seen.thread = pthread_self();
    CHECK_STATUS(SNOW_OK, snow_export_set_progress_callback(export, progress, &seen, NULL, &error), error);
    CHECK_STATUS(SNOW_OK, snow_export_arrow(export, &stream, &error), error);
    table = table_read(&stream);
    CHECK_NUMBER(total, table->rows);
    CHECK_NUMBER(total, seen.rows);
    CHECK_TEXT("INC0000001", shown(table, "number", 0));
    table_free(table);
    seen.is_refusing = 1;
    CHECK_STATUS(SNOW_OK, snow_export_arrow(export, &stream, &error), error);
    snow_export_free(export);
    CHECK_NUMBER(EIO, stream.get_next(&stream, &batch));
    CHECK(strstr(stream.get_last_error(&stream), "(SNOW_CALLBACK_FAILED)") != NULL);
    stream.release(&stream);
}

int main(int argc, char **argv)
{
    instance = getenv("SNOW_INSTANCE");
    control_must(argc == 2, "how many incidents there are");
    total = atoi(argv[1]);
    threads_of_main = thread_count();
    client = client_basic(instance, "admin", "admin");
    name_the_types();
    every_type_has_its_column();
    fields_have_the_type_of_where_they_are_from();
    all_fields_come_where_none_is_named();
    display_values_are_what_the_query_says();
    no_row_is_no_batch();
    a_limit_ends_it();
    a_batch_has_no_more_than_a_million_cells();
    without_the_dictionary_there_is_text();
    no_column_is_lost();
    tables_that_extend_without_an_end();
    what_is_hidden_is_null_or_not_there();
    rows_without_fields_are_not_there();
    an_early_release_leaves_nothing();
    an_error_is_told_and_the_stream_goes_on();
    rows_that_do_not_come_are_missed();
    broken_pages_give_each_row_once();
    progress_is_told_to_the_consumer();
    snow_client_free(client);
    threads_end(threads_of_main);
    return check_result();
}
