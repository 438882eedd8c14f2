/* Says what keeps a client from working, and what to do about it.
 *
 * Shows:  a diagnosis, with one table that is to be read.
 * Usage:  SNOW_INSTANCE=... SNOW_USER=... SNOW_PASSWORD=... ./14_doctor [TABLE]
 */
#include <snow.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    snow_error *error = NULL;
    snow_client *client = NULL;
    snow_diagnosis *diagnosis = NULL;
    int exit_code = EXIT_FAILURE;

    client = snow_client_new_basic(getenv("SNOW_INSTANCE"), getenv("SNOW_USER"),
                                   getenv("SNOW_PASSWORD"), &error);
    if (!client)
        goto done;
    diagnosis = snow_client_diagnose(client, argc > 1 ? argv[1] : "incident", &error);
    if (!diagnosis)
        goto done;

    fputs(snow_diagnosis_text(diagnosis, NULL), stdout);
    if (snow_diagnosis_is_ok(diagnosis))
        exit_code = EXIT_SUCCESS;

done:
    if (error)
        fprintf(stderr, "14_doctor: %s\n", snow_error_message(error));
    snow_error_free(error);
    snow_diagnosis_free(diagnosis);
    snow_client_free(client);
    return exit_code;
}
