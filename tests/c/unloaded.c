/*
 * A host that loads the library and lets it go, again and again, as one does with plugins; every so often it
 * makes a call in between. The library stays where it is (it is linked with nodelete: threads may be on their
 * way out of it), and nothing grows. This program is not linked with it: SNOW_LIBRARY is where it is, the
 * instance is SNOW_INSTANCE, and the arguments are how many times, and how many of them are to a call.
 */
#include "check.h"
#include "control.h"
#include "footprint.h"

#include <dlfcn.h>

static struct {
    snow_client *(*client_new_basic)(const char *, const char *, const char *, snow_error **);
    snow_status (*table_count)(snow_client *, const char *, const snow_query *, uint64_t *, snow_error **);
    void (*client_free)(snow_client *);
} snow;

/* A pointer to a function is not a pointer to an object in C, but dlsym() gives one for the other. */
static void find(void *library, const char *name, void *place)
{
    void *found = dlsym(library, name);
    control_must(found != NULL, name);
    memcpy(place, &found, sizeof found);
}

static void make_a_call(void *library)
{
    snow_client *client;
    uint64_t count = 0;
    find(library, "snow_client_new_basic", &snow.client_new_basic);
    find(library, "snow_table_count", &snow.table_count);
    find(library, "snow_client_free", &snow.client_free);
    client = snow.client_new_basic(getenv("SNOW_INSTANCE"), "admin", "admin", NULL);
    CHECK_NUMBER(SNOW_OK, snow.table_count(client, "incident", NULL, &count, NULL));
    CHECK_NUMBER(75, count);
    snow.client_free(client);
}

int main(int argc, char **argv)
{
    const char *path = getenv("SNOW_LIBRARY");
    int rounds, calls_are, i, descriptors = 0, tasks = 0, calls = 0;
    long kib = 0;
    control_must(argc == 3 && path, "needs SNOW_LIBRARY, rounds and how many are to a call");
    rounds = atoi(argv[1]);
    calls_are = atoi(argv[2]);
    for (i = 0; i < rounds; i++) {
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        control_must(library != NULL, dlerror());
        if (i % calls_are == 0) {
            make_a_call(library);
            calls++;
        }
        CHECK_NUMBER(0, dlclose(library));
        /* The first calls of a process fill what all later ones use. */
        if (i == rounds / 4) {
            descriptors = entries("/proc/self/fd");
            tasks = thread_count();
            kib = resident_kib();
        }
    }
    CHECK_NUMBER(descriptors, entries("/proc/self/fd"));
    CHECK_NUMBER(tasks, thread_count());
    /* A client that were left behind takes more than 50 KiB, and one goes with each call. */
    if (memory_is_its_own())
        CHECK(resident_kib() - kib < 50L * calls * 3 / 4);
    printf("loaded %d times, %d calls, %ld KiB more in memory\n", rounds, calls, resident_kib() - kib);
    return check_result();
}
