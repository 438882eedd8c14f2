/*
 * A process that runs out of memory: what the caller gives and what an instance answers is refused where there is
 * none for it, and the same client goes on. The instance is a thread of this process.
 */
#define _DEFAULT_SOURCE
#include "check.h"
#include "clients.h"
#include "control.h"

#include <pthread.h>
#include <sys/resource.h>

#define SYS_ID "0123456789abcdef0123456789abcdef"
#define MIB (1024L * 1024)
/* So much there is, once memory is short, and so much is asked for: no allocator has that left over. */
#define LEFT (16 * MIB)
#define LARGE (100 * MIB)

static snow_error *error;

/* ---- the instance ---- */

static char piece[65536];

static int send_all(int stream, const char *bytes, size_t count)
{
    while (count > 0) {
        ssize_t sent = send(stream, bytes, count, MSG_NOSIGNAL);
        if (sent <= 0)
            return 0;
        bytes += sent;
        count -= (size_t)sent;
    }
    return 1;
}

/* A head, and so much of a body that begins like this; each piece of it after a prefix. */
static int answer(int stream, const char *headers, const char *beginning, long length, const char *prefix,
                  size_t prefix_length)
{
    char head[512];
    long left = length - (long)strlen(beginning);
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\n%sContent-Length: %ld\r\n\r\n%s", headers, length, beginning);
    if (!send_all(stream, head, strlen(head)))
        return 0;
    while (left > 0) {
        long count = left < (long)sizeof piece - 1 ? left : (long)sizeof piece - 1;
        if (!send_all(stream, prefix, prefix_length) || !send_all(stream, piece, (size_t)count))
            return 0;
        left -= count;
    }
    return 1;
}

#define JSON "Content-Type: application/json\r\n"
#define GZIP "\x1f\x8b\x08\0\0\0\0\0\0\x03"
/* What a block of 65535 bytes begins with that are not packed. */
#define STORED "\0\xff\xff\0\0"

static int answer_to(int stream, const char *request)
{
    const long endless = 400 * MIB;
    if (strstr(request, "/small"))
        return answer(stream, JSON, "{\"result\":[]}", 13, "", 0);
    if (strstr(request, "/large"))
        return answer(stream, JSON, "{\"result\":\"", LARGE, "", 0);
    if (strstr(request, "/attachment"))
        return answer(stream, "X-Attachment-Metadata: {}\r\n", "", endless, "", 0);
    if (strstr(request, "/table"))
        return answer(stream, JSON, "{\"result\":[{\"a\":\"", endless, "", 0);
    if (strstr(request, "/gzip")) {
        char head[] = "HTTP/1.1 200 OK\r\n" JSON "Content-Encoding: gzip\r\nConnection: close\r\n\r\n" GZIP;
        long sent;
        if (!send_all(stream, head, sizeof head - 1))
            return 0;
        for (sent = 0; sent < endless; sent += (long)sizeof piece - 1)
            if (!send_all(stream, STORED, sizeof STORED - 1) || !send_all(stream, piece, sizeof piece - 1))
                return 0;
        return 0;
    }
    return answer(stream, JSON, "", endless, "", 0);
}

static void *serve(void *listener)
{
    static char request[65536];
    for (;;) {
        int stream = accept(*(int *)listener, NULL, NULL);
        size_t length = 0;
        if (stream < 0)
            return NULL;
        for (;;) {
            ssize_t got = read(stream, request + length, sizeof request - 1 - length);
            if (got <= 0)
                break;
            length += (size_t)got;
            request[length] = '\0';
            if (!strstr(request, "\r\n\r\n"))
                continue;
            length = 0;
            if (!answer_to(stream, request))
                break;
        }
        close(stream);
    }
}

/* ---- the host ---- */

static void leave(long bytes)
{
    struct rlimit limit;
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "r");
    control_must(statm && fscanf(statm, "%lu", &pages) == 1, "statm");
    fclose(statm);
    getrlimit(RLIMIT_AS, &limit);
    limit.rlim_cur = bytes < 0 ? limit.rlim_max : pages * (unsigned long)sysconf(_SC_PAGESIZE) + (unsigned long)bytes;
    control_must(setrlimit(RLIMIT_AS, &limit) == 0, "a limit");
}

static snow_request *get(const char *path)
{
    snow_request *request = snow_request_new("GET", path, NULL);
    CHECK(request != NULL);
    return request;
}

/* It failed for want of memory, says so in words that help, and the client goes on. */
static void check_no_memory(snow_client *client, snow_status status, const char *words)
{
    snow_request *small = get("/api/small");
    snow_response *response;
    CHECK_NUMBER(SNOW_NO_MEMORY, status);
    CHECK_NUMBER(SNOW_NO_MEMORY, snow_error_status(error));
    if (!CHECK(strstr(snow_error_message(error), words) != NULL))
        fprintf(stderr, "    %s\n", snow_error_message(error));
    CHECK(!snow_error_is_retryable(error) && !snow_error_maybe_applied(error));
    snow_error_free(error);
    response = snow_client_send(client, small, &error);
    if (!CHECK(response != NULL))
        fprintf(stderr, "    %s\n", snow_error_message(error));
    CHECK_STATUS(SNOW_OK, snow_response_check(response, &error), error);
    snow_response_free(response);
    snow_request_free(small);
}

static void what_the_caller_gives(snow_client *client, const char *text, const snow_record *large)
{
    snow_request *request = get("/api/small");
    snow_upload *upload = snow_upload_new("incident", SYS_ID, &error);
    snow_record *record = snow_record_new(&error);
    check_subject = "a body";
    check_no_memory(client, snow_request_set_body(request, text, LARGE, "text/plain", &error), "body: ");
    check_subject = "an attachment";
    check_no_memory(client, snow_upload_set_bytes(upload, text, LARGE, &error), "bytes: ");
    check_subject = "a value";
    check_no_memory(client, snow_record_set(record, "description", text, &error), "value: ");
    check_subject = "JSON";
    CHECK(snow_record_from_json(text, LARGE, &error) == NULL);
    check_no_memory(client, snow_error_status(error), "json: ");
    check_subject = "a record";
    CHECK_STATUS(SNOW_OK, snow_request_set_record(request, large, &error), error);
    CHECK(snow_client_send(client, request, &error) == NULL);
    check_no_memory(client, snow_error_status(error), "record: ");
    check_subject = "";
    snow_record_free(record);
    snow_upload_free(upload);
    snow_request_free(request);
}

static void what_the_instance_answers(snow_client *client)
{
    static const char *const paths[] = {"/api/endless", "/api/gzip"};
    snow_cursor *cursor;
    const snow_record *row;
    size_t i;
    for (i = 0; i < sizeof paths / sizeof *paths; i++) {
        snow_request *request = get(paths[i]);
        check_subject = paths[i];
        CHECK(snow_client_send(client, request, &error) == NULL);
        check_no_memory(client, snow_error_status(error), "piece by piece");
        snow_request_free(request);
    }
    check_subject = "a record";
    CHECK(snow_table_get(client, "incident", SYS_ID, NULL, &error) == NULL);
    check_no_memory(client, snow_error_status(error), "memory");
    check_subject = "a row of a list";
    cursor = snow_table_list(client, "incident", NULL, &error);
    check_no_memory(client, snow_cursor_next(cursor, &row, &error), "memory");
    snow_cursor_free(cursor);
    check_subject = "an attachment";
    CHECK(snow_attachment_download(client, SYS_ID, &error) == NULL);
    check_no_memory(client, snow_error_status(error), "memory");
    check_subject = "";
}

int main(void)
{
    struct sockaddr_in at;
    socklen_t size = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    char address[64], *text = malloc(LARGE + 1);
    pthread_t thread;
    snow_client *client;
    snow_request *request = get("/api/large");
    snow_response *response;
    snow_record *large = snow_record_new(&error), *known;
    memset(piece, 'x', sizeof piece);
    memset(text, 'x', LARGE);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + LARGE - 2, "\"}", 2);
    text[LARGE] = '\0';
    memset(&at, 0, sizeof at);
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    control_must(bind(listener, (struct sockaddr *)&at, sizeof at) == 0, "bind");
    control_must(listen(listener, 8) == 0, "listen");
    control_must(getsockname(listener, (struct sockaddr *)&at, &size) == 0, "name");
    pthread_create(&thread, NULL, serve, &listener);
    snprintf(address, sizeof address, "http://127.0.0.1:%d", ntohs(at.sin_port));
    client = client_basic(address, "admin", "admin");
    response = snow_client_send(client, request, &error);
    CHECK(response != NULL);
    CHECK_STATUS(SNOW_OK, snow_record_set(large, "description", text, &error), error);
    known = snow_record_from_json(text, LARGE, &error);
    CHECK(known != NULL);

    leave(LEFT);
    what_the_caller_gives(client, text, large);
    check_subject = "a record that was read";
    check_no_memory(client, snow_record_set(known, "b", "1", &error), "record: ");
    what_the_instance_answers(client);
    check_subject = "a copy of a body";
    CHECK(snow_response_body(response, NULL, &error) == NULL);
    check_no_memory(client, snow_error_status(error), "snow_response_read()");
    check_subject = "";

    leave(-1);
    CHECK(snow_response_body(response, NULL, &error) != NULL);
    CHECK_STATUS(SNOW_OK, snow_record_set(known, "b", "1", &error), error);
    snow_record_free(known);
    CHECK_STATUS(SNOW_OK, snow_request_set_body(request, text, LARGE, "text/plain", &error), error);
    snow_response_free(response);
    snow_request_free(request);
    snow_record_free(large);
    snow_client_free(client);
    shutdown(listener, SHUT_RDWR);
    pthread_join(thread, NULL);
    close(listener);
    free(text);
    return check_result();
}
