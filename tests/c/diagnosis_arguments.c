/* What a caller can get wrong with a diagnosis. */
#include "check.h"
#include "refusal.h"

int main(void)
{
    snow_client *client = snow_client_new_basic("http://127.0.0.1:1", "a", "b", NULL);
    size_t length = 7;
    MAKES_NOTHING(SNOW_NULL_ARGUMENT, "client", snow_client_diagnose(NULL, "incident", where));
    MAKES_NOTHING(SNOW_INVALID_ARGUMENT, "table", snow_client_diagnose(client, "../x", where));
    MAKES_NOTHING(SNOW_INVALID_UTF8, "table", snow_client_diagnose(client, "\xff", where));
    CHECK_NUMBER(0, snow_diagnosis_is_ok(NULL));
    CHECK(snow_diagnosis_text(NULL, &length) == NULL);
    CHECK(snow_diagnosis_json(NULL, NULL) == NULL);
    snow_diagnosis_free(NULL);
    snow_client_free(client);
    return check_result();
}
