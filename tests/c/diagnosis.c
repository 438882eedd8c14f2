/* Prints the JSON of a diagnosis: diagnosis [TABLE]; the instance and who signs in are in the environment. */
#include "check.h"

#include <stdlib.h>

int main(int count, char **arguments)
{
    snow_error *error;
    snow_session *session = snow_session_new(&error);
    snow_client *client;
    snow_diagnosis *diagnosis;
    size_t length = 0;
    /* Without a user there are no credentials. */
    if (*getenv("SNOW_USER"))
        snow_session_set_basic_auth(session, getenv("SNOW_USER"), getenv("SNOW_PASSWORD"), &error);
    snow_session_set_allow_http(session, 1, &error);
    if (getenv("SNOW_CA_FILE"))
        snow_session_set_ca_file(session, getenv("SNOW_CA_FILE"), &error);
    if (getenv("SNOW_CLIENT_CERTIFICATE"))
        snow_session_set_client_certificate(session, getenv("SNOW_CLIENT_CERTIFICATE"), NULL, NULL, &error);
    client = snow_client_new(getenv("SNOW_INSTANCE"), session, &error);
    snow_session_free(session);
    diagnosis = snow_client_diagnose(client, count == 2 ? arguments[1] : NULL, &error);
    CHECK(diagnosis != NULL && error == NULL);
    if (diagnosis) {
        const char *text = snow_diagnosis_text(diagnosis, &length);
        CHECK_NUMBER(strlen(text), length);
        CHECK_NUMBER(strstr(text, "FAILED") == NULL, snow_diagnosis_is_ok(diagnosis));
        /* Where the password is the name, the name is told. */
        CHECK(*getenv("SNOW_USER") == '\0' || strcmp(getenv("SNOW_USER"), getenv("SNOW_PASSWORD")) == 0 ||
              strstr(text, getenv("SNOW_PASSWORD")) == NULL);
        puts(snow_diagnosis_json(diagnosis, NULL));
    }
    snow_diagnosis_free(diagnosis);
    CHECK_NUMBER(SNOW_OK, snow_client_close(client, 1000, NULL));
    CHECK(snow_client_diagnose(client, NULL, &error) == NULL);
    CHECK_NUMBER(SNOW_CLOSED, snow_error_status(error));
    snow_error_free(error);
    snow_client_free(client);
    return check_result();
}
