/*
 * What ends the data of a callback may call libsnow, also with the handle that the callback was set on. No
 * instance is needed.
 */
#include "check.h"

static snow_error *error;
static int destroyed;

static int32_t never(void *user_data, void *buffer, size_t size, size_t *count)
{
    (void)user_data, (void)buffer, (void)size, (void)count;
    return 0;
}

static int32_t untold(void *user_data, uint64_t bytes, int64_t total)
{
    (void)user_data, (void)bytes, (void)total;
    return 0;
}

static int32_t unseen(void *user_data, uint64_t rows, uint64_t bytes, uint64_t expected, uint64_t elapsed_ms)
{
    (void)user_data, (void)rows, (void)bytes, (void)expected, (void)elapsed_ms;
    return 0;
}

static void with_request(void *request)
{
    snow_error *inner;
    destroyed++;
    CHECK_STATUS(SNOW_OK, snow_request_set_timeout(request, 1000, &inner), inner);
    snow_error_free(inner);
}

static void with_upload(void *upload)
{
    snow_error *inner;
    destroyed++;
    CHECK_STATUS(SNOW_OK, snow_upload_set_multipart(upload, 1, &inner), inner);
    snow_error_free(inner);
}

static void with_export(void *export)
{
    snow_error *inner;
    destroyed++;
    CHECK_STATUS(SNOW_OK, snow_export_set_connections(export, 1, &inner), inner);
    snow_error_free(inner);
}

/* Sets the same callback again, whose data ends in the middle of that. */
static void again(void *client)
{
    destroyed++;
    CHECK_STATUS(SNOW_OK, snow_set_token_callback(client, NULL, NULL, NULL, NULL), NULL);
}

static int32_t tell_token(void *user_data, const snow_token *token)
{
    (void)user_data, (void)token;
    return SNOW_HANDLED;
}

/* Another callback, and other content, take the place of what was set. */
static void what_is_replaced(snow_client *client)
{
    snow_request *request = snow_request_new("POST", "/api/x", &error);
    snow_upload *upload = snow_upload_new("incident", "46d44a23a9fe19810012d100cca80666", &error);
    snow_export *export = snow_export_new(client, "incident", NULL, &error);

    CHECK_STATUS(SNOW_OK,
                 snow_request_set_body_reader(request, 1, never, request, with_request, "text/plain", &error),
                 error);
    CHECK_STATUS(SNOW_OK, snow_request_set_body(request, "a", 1, "text/plain", &error), error);
    CHECK_NUMBER(1, destroyed);

    CHECK_STATUS(SNOW_OK, snow_upload_set_reader(upload, 1, never, upload, with_upload, &error), error);
    CHECK_STATUS(SNOW_OK, snow_upload_set_bytes(upload, "a", 1, &error), error);
    CHECK_NUMBER(2, destroyed);
    CHECK_STATUS(SNOW_OK, snow_upload_set_progress(upload, untold, upload, with_upload, &error), error);
    CHECK_STATUS(SNOW_OK, snow_upload_set_progress(upload, NULL, NULL, NULL, &error), error);
    CHECK_NUMBER(3, destroyed);

    CHECK_STATUS(SNOW_OK, snow_export_set_progress_callback(export, unseen, export, with_export, &error),
                 error);
    CHECK_STATUS(SNOW_OK, snow_export_set_progress_callback(export, NULL, NULL, NULL, &error), error);
    CHECK_NUMBER(4, destroyed);

    CHECK_STATUS(SNOW_OK, snow_set_token_callback(client, tell_token, client, again, &error), error);
    CHECK_STATUS(SNOW_OK, snow_set_token_callback(client, tell_token, NULL, NULL, &error), error);
    CHECK_NUMBER(5, destroyed);

    snow_export_free(export);
    snow_upload_free(upload);
    snow_request_free(request);
}

/* A setter that fails ends the data before it returns, and leaves the handle to it. */
static void what_is_refused(void)
{
    snow_request *request = snow_request_new("POST", "/api/x", &error);
    snow_status status;
    destroyed = 0;
    status = snow_request_set_body_reader(request, 1, never, request, with_request, "", &error);
    CHECK_STATUS(SNOW_INVALID_ARGUMENT, status, error);
    CHECK_NUMBER(1, destroyed);
    snow_error_free(error);
    snow_request_free(request);
}

int main(void)
{
    snow_client *client = snow_client_new_oauth("http://127.0.0.1:1", "id", "secret", NULL, &error);
    CHECK(client != NULL);
    what_is_replaced(client);
    what_is_refused();
    snow_client_free(client);
    return check_result();
}
