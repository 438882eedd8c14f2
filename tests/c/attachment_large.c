/*
 * Moves a file of many MiB both ways and twice, and says how much memory that took: from a callback up
 * and down to a callback, then from file to file. The instance is SNOW_INSTANCE; the arguments are a
 * folder and how many MiB. The most that resident memory may grow is 16 MiB, whatever the file.
 */
#include "attachments.h"
#include "footprint.h"

#include <time.h>

#define MIB (1024UL * 1024)
#define MOST_KIB (16 * 1024)

/* The most memory that was ever resident, in KiB. */
static long high_water(void)
{
    char line[256];
    long kib = -1;
    FILE *status = fopen("/proc/self/status", "r");
    control_must(status != NULL, "/proc/self/status");
    while (fgets(line, sizeof line, status))
        sscanf(line, "VmHWM: %ld", &kib);
    fclose(status);
    control_must(kib > 0, "VmHWM");
    return kib;
}

/* A byte of the content, by its place: no two MiB are the same. */
static unsigned char byte_at(uint64_t place)
{
    return (unsigned char)(place * 31 + (place >> 20) * 7);
}

struct stream {
    uint64_t place, size;
};

static int32_t generate(void *user_data, void *buffer, size_t size, size_t *count)
{
    struct stream *stream = user_data;
    unsigned char *to = buffer;
    uint64_t left = stream->size - stream->place;
    size_t i;
    *count = left < size ? (size_t)left : size;
    for (i = 0; i < *count; i++)
        to[i] = byte_at(stream->place + i);
    stream->place += *count;
    return SNOW_HANDLED;
}

static int32_t compare(void *user_data, const void *bytes, size_t length)
{
    struct stream *stream = user_data;
    const unsigned char *from = bytes;
    size_t i, wrong = 0;
    for (i = 0; i < length; i++)
        wrong += from[i] != byte_at(stream->place + i);
    stream->place += length;
    return wrong ? 0 : SNOW_HANDLED;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void tell(const char *what, double began)
{
    printf("%s: %.1f s, VmHWM %ld KiB\n", what, seconds() - began, high_water());
}

int main(int count, char **arguments)
{
    uint64_t size;
    struct stream up = {0, 0}, down = {0, 0};
    struct key key;
    struct stat file;
    snow_upload *upload;
    snow_record *record;
    double began;
    long before;
    attachments_begin(count, arguments);
    control_must(count == 3, "needs a folder and how many MiB");
    up.size = down.size = size = strtoul(arguments[2], NULL, 10) * MIB;

    /* A small one of each, so that what is set up once counts before. */
    key = key_of(upload_of("warm.txt", "abc", 3));
    CHECK_STATUS(SNOW_OK, snow_attachment_download_file(client, key.text, in_folder("copy"), &error), error);
    before = high_water();
    printf("before: VmHWM %ld KiB\n", before);

    began = seconds();
    upload = upload_to(incident);
    snow_upload_set_file_name(upload, "large.bin", &error);
    CHECK_STATUS(SNOW_OK, snow_upload_set_reader(upload, size, generate, &up, NULL, &error), error);
    key = key_of(upload);
    tell("from a callback up", began);
    began = seconds();
    CHECK_STATUS(SNOW_OK, snow_attachment_download_to(client, key.text, compare, &down, NULL, &error), error);
    CHECK_NUMBER(size, down.place);
    tell("down to a callback", began);
    CHECK_STATUS(SNOW_OK, snow_attachment_delete(client, key.text, &error), error);

    /* A file with nothing in it takes no room here. */
    write_file(in_folder("sparse.bin"), "", 0);
    CHECK_NUMBER(0, truncate(in_folder("sparse.bin"), (off_t)size));
    began = seconds();
    record = snow_attachment_upload_file(client, "incident", incident, in_folder("sparse.bin"), &error);
    if (!CHECK(record != NULL))
        fprintf(stderr, "    %s\n", snow_error_message(error));
    tell("from a file up", began);
    began = seconds();
    CHECK_STATUS(SNOW_OK,
                 snow_attachment_download_file(client, snow_record_get(record, "sys_id", NULL),
                                               in_folder("copy"), &error),
                 error);
    CHECK_NUMBER(0, stat(in_folder("copy"), &file));
    CHECK_NUMBER(size, file.st_size);
    tell("down to a file", began);
    snow_record_free(record);
    CHECK_NUMBER(2, files());

    printf("growth: %ld KiB for %lu MiB, four times\n", high_water() - before, (unsigned long)(size / MIB));
    if (memory_is_its_own())
        CHECK(high_water() - before < MOST_KIB);
    snow_client_free(client);
    return check_result();
}
