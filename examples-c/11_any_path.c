/* Calls a REST path that has no function of its own, and reads a long answer as it comes.
 *
 * Shows:  requests with parameters, headers and bodies; answers with their status, headers,
 *         result and records; a body that is read piece by piece. With JSON it is a POST, made once.
 * Usage:  SNOW_INSTANCE=... SNOW_USER=... SNOW_PASSWORD=... ./11_any_path PATH [JSON]
 */
#include <snow.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
    snow_error *error = NULL;
    snow_client *client = NULL;
    snow_request *request = NULL;
    snow_response *response = NULL, *streamed = NULL;
    const char *type, *result;
    char piece[4096];
    size_t length, total = 0;
    snow_status status;
    int exit_code = EXIT_FAILURE;

    if (argc < 2) {
        fprintf(stderr, "usage: 11_any_path PATH [JSON]\n");
        return EXIT_FAILURE;
    }
    client = snow_client_new_basic(getenv("SNOW_INSTANCE"), getenv("SNOW_USER"),
                                   getenv("SNOW_PASSWORD"), &error);
    if (!client)
        goto done;

    request = snow_request_new(argc > 2 ? "POST" : "GET", argv[1], &error);
    if (!request || snow_request_set_param(request, "sysparm_limit", "3", &error))
        goto done;
    if (argc > 2
        && snow_request_set_body(request, argv[2], strlen(argv[2]), "application/json", &error))
        goto done;
    response = snow_client_send(client, request, &error);
    if (!response)
        goto done;
    type = snow_response_header(response, "content-type");
    printf("%d, %s\n", (int)snow_response_status(response), type ? type : "of no type");
    if (snow_response_check(response, &error))
        goto done;
    result = snow_response_result(response, NULL, &error);
    if (!result)
        goto done;
    printf("%.60s%s\n", result, strlen(result) > 60 ? "..." : "");

    /* The same again, without ever holding all of the answer. A POST would be done twice. */
    if (argc > 2) {
        exit_code = EXIT_SUCCESS;
        goto done;
    }
    streamed = snow_client_open(client, request, &error);
    if (!streamed || snow_response_check(streamed, &error))
        goto done;
    while ((status = snow_response_read(streamed, piece, sizeof piece, &length, &error)) == SNOW_OK)
        total += length;
    if (status != SNOW_DONE)
        goto done;
    printf("%zu bytes, piece by piece.\n", total);
    exit_code = EXIT_SUCCESS;

done:
    if (error)
        fprintf(stderr, "11_any_path: %s\n", snow_error_message(error));
    snow_error_free(error);
    snow_response_free(streamed);
    snow_response_free(response);
    snow_request_free(request);
    snow_client_free(client);
    return exit_code;
}
