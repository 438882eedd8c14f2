/*
 * What a caller can get wrong with exports. The instance is SNOW_INSTANCE, and is sent nothing.
 */
#include "check.h"
#include "refusal.h"


static snow_client *client;
static snow_export *export;
static struct ArrowArrayStream stream;
static int destroyed;

static int32_t never_told(void *user_data, uint64_t rows, uint64_t bytes, uint64_t expected,
                          uint64_t elapsed_ms)
{
    (void)user_data, (void)rows, (void)bytes, (void)expected, (void)elapsed_ms;
    CHECK(!"an export that never begins has no progress");
    return 0;
}

static void never_released(struct ArrowArrayStream *garbage_in_it)
{
    (void)garbage_in_it;
    CHECK(!"what was in the place of a stream is none");
}

static void null(void)
{
    const snow_status null = SNOW_NULL_ARGUMENT;
    MAKES_NOTHING(null, "client", snow_export_new(NULL, "incident", NULL, where));
    MAKES_NOTHING(null, "table", snow_export_new(client, NULL, NULL, where));
    REFUSES(null, "export", snow_export_set_connections(NULL, 4, where));
    REFUSES(null, "export", snow_export_set_order(NULL, SNOW_ORDER_ANY, where));
    MAKES_NOTHING(null, "export", snow_export_rows(NULL, where));
    REFUSES(null, "export",
            snow_export_set_progress_callback(NULL, never_told, &destroyed, count_destroyed, where));
    CHECK_NUMBER(2, destroyed);
    REFUSES(null, "export", snow_export_set_all_text(NULL, 1, where));
    stream.release = never_released;
    REFUSES(null, "export", snow_export_arrow(NULL, &stream, where));
    CHECK(stream.release == NULL);
    REFUSES(null, "out", snow_export_arrow(export, NULL, where));
    REFUSES(null, "client", snow_table_arrow(NULL, "incident", NULL, &stream, where));
    REFUSES(null, "table", snow_table_arrow(client, NULL, NULL, &stream, where));
    REFUSES(null, "out", snow_table_arrow(client, "incident", NULL, NULL, where));
    CHECK_NUMBER(-1, snow_export_count(NULL, SNOW_EXPORT_RECEIVED));
    snow_export_free(NULL);
    MAKES_NOTHING(null, "client", snow_table_shards(NULL, "incident", NULL, 2, where));
    MAKES_NOTHING(null, "table", snow_table_shards(client, NULL, NULL, 2, where));
    CHECK_NUMBER(0, snow_shards_count(NULL));
    CHECK(snow_shards_query(NULL, 0, NULL) == NULL);
    snow_shards_free(NULL);
}

static void values(void)
{
    const snow_status invalid = SNOW_INVALID_ARGUMENT;
    static const int32_t unknown[] = { -1, 0, 4, 1000 };
    size_t i;
    snow_query *query = snow_query_new(&error);
    MAKES_NOTHING(SNOW_INVALID_UTF8, "table", snow_export_new(client, BAD, NULL, where));
    MAKES_NOTHING(invalid, "table", snow_export_new(client, "", NULL, where));
    MAKES_NOTHING(invalid, "table", snow_export_new(client, "incident?", NULL, where));
    CHECK_STATUS(SNOW_OK, snow_query_offset(query, 1, &error), error);
    MAKES_NOTHING(invalid, "query", snow_export_new(client, "incident", query, where));
    REFUSES(invalid, "query", snow_table_arrow(client, "incident", query, &stream, where));
    MAKES_NOTHING(invalid, "query", snow_table_shards(client, "incident", query, 2, where));
    snow_query_free(query);
    query = snow_query_new(&error);
    snow_query_limit(query, 10, NULL);
    MAKES_NOTHING(invalid, "query", snow_table_shards(client, "incident", query, 2, where));
    MAKES_NOTHING(SNOW_INVALID_UTF8, "table", snow_table_shards(client, BAD, NULL, 2, where));
    MAKES_NOTHING(invalid, "table", snow_table_shards(client, "", NULL, 2, where));
    MAKES_NOTHING(invalid, "count", snow_table_shards(client, "incident", NULL, 0, where));
    MAKES_NOTHING(invalid, "count", snow_table_shards(client, "incident", NULL, 1001, where));
    snow_query_free(query);
    query = snow_query_new(&error);
    CHECK_STATUS(SNOW_OK, snow_query_view(query, "mobile", &error), error);
    REFUSES(invalid, "query", snow_table_arrow(client, "incident", query, &stream, where));
    snow_query_free(query);
    REFUSES(SNOW_INVALID_UTF8, "table", snow_table_arrow(client, BAD, NULL, &stream, where));
    REFUSES(invalid, "table", snow_table_arrow(client, "incident?", NULL, &stream, where));
    REFUSES(invalid, "all_text", snow_export_set_all_text(export, 2, where));
    REFUSES(invalid, "connections", snow_export_set_connections(export, 0, where));
    REFUSES(invalid, "connections", snow_export_set_connections(export, 65, where));
    for (i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        REFUSES(invalid, "order", snow_export_set_order(export, unknown[i], where));
        CHECK_NUMBER(unknown[i] == 4 ? 0 : -1, snow_export_count(export, unknown[i]));
    }
    CHECK_NUMBER(-1, snow_export_count(export, 99));
}

static void handles(void)
{
    const snow_status invalid = SNOW_INVALID_HANDLE;
    snow_export *wrong = (snow_export *)client;
    MAKES_NOTHING(invalid, "client", snow_export_new((snow_client *)export, "incident", NULL, where));
    MAKES_NOTHING(invalid, "query", snow_export_new(client, "incident", (snow_query *)export, where));
    MAKES_NOTHING(invalid, "client", snow_table_shards((snow_client *)export, "incident", NULL, 2, where));
    CHECK_NUMBER(0, snow_shards_count((snow_shards *)client));
    CHECK(snow_shards_query((snow_shards *)client, 0, NULL) == NULL);
    REFUSES(invalid, "export", snow_export_set_connections(wrong, 4, where));
    REFUSES(invalid, "export", snow_export_set_order(wrong, SNOW_ORDER_ANY, where));
    REFUSES(invalid, "export", snow_export_set_progress_callback(wrong, never_told, NULL, NULL, where));
    MAKES_NOTHING(invalid, "export", snow_export_rows(wrong, where));
    REFUSES(invalid, "export", snow_export_arrow(wrong, &stream, where));
    REFUSES(invalid, "export", snow_export_set_all_text(wrong, 1, where));
    REFUSES(invalid, "client",
            snow_table_arrow((snow_client *)export, "incident", NULL, &stream, where));
    REFUSES(invalid, "query",
            snow_table_arrow(client, "incident", (snow_query *)export, &stream, where));
    CHECK_NUMBER(-1, snow_export_count(wrong, SNOW_EXPORT_RECEIVED));
}

int main(void)
{
    const char *instance = getenv("SNOW_INSTANCE");
    client = snow_client_new_basic(instance, "admin", "admin", &error);
    export = snow_export_new(client, "incident", NULL, &error);
    CHECK(export != NULL);
    null();
    values();
    handles();
    CHECK_NUMBER(0, control_count(instance, "/api"));
    snow_export_free(export);
    snow_client_free(client);
    return check_result();
}
