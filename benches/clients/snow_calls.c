/* Reads or creates records with libsnow, one client for all threads. */
#include "calls.h"
#include "snow_client.h"

struct caller {
    const char *table, *sys_id;
};

static snow_client *client;

static struct caller *caller_new(const char *url, const char *table, const char *sys_id)
{
    struct caller *caller = (struct caller *)calloc(1, sizeof *caller);

    (void)url;
    caller->table = table;
    caller->sys_id = sys_id;
    return caller;
}

static size_t call(struct caller *caller, int creates)
{
    snow_error *error = NULL;
    snow_record *fields = NULL, *record;
    size_t length = 0;

    if (creates) {
        fields = snow_record_new(&error);
        if (!fields
            || snow_record_set(fields, "short_description", "Disk full on db01", &error)
            || snow_record_set(fields, "urgency", "2", &error))
            fail(error);
        record = snow_table_create(client, caller->table, fields, NULL, &error);
    } else {
        record = snow_table_get(client, caller->table, caller->sys_id, NULL, &error);
    }
    if (!record || !snow_record_get(record, "short_description", &length))
        fail(error);
    snow_record_free(record);
    snow_record_free(fields);
    return length;
}

int main(int argc, char **argv)
{
    if (argc != 7)
        return EXIT_FAILURE;
    client = client_new(argv[2]);
    return calls(argv);
}
