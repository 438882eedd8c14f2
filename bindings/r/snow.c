/* What R calls of snow.h: each function takes and gives values of R, and a client is an external pointer. */
#include "snow_r.h"
#include <stdio.h>

SEXP snow_r_check(void)
{
    char said[200];

    if (snow_abi_version() != SNOW_ABI_VERSION)
        snprintf(said, sizeof said,
            "the libsnow that was loaded has the binary interface %u, and snow.c was compiled with the snow.h of %u: "
            "compile it anew, or install the libsnow that it was compiled with",
            (unsigned)snow_abi_version(), (unsigned)SNOW_ABI_VERSION);
    else if (snow_version_number() < SNOW_VERSION_NUMBER)
        snprintf(said, sizeof said,
            "the libsnow that was loaded is %s, and snow.c was compiled with the snow.h of %s: install that version "
            "or a newer one", snow_version(), SNOW_VERSION_STRING);
    else
        return R_NilValue;
    return string(said);
}

static void free_client(SEXP pointer)
{
    snow_client_free(R_ExternalPtrAddr(pointer));
    R_ClearExternalPtr(pointer);
}

SEXP snow_r_close(SEXP client)
{
    free_client(client);
    return R_NilValue;
}

SEXP snow_r_basic(SEXP instance, SEXP user, SEXP password)
{
    snow_error *error = NULL;
    snow_client *client = snow_client_new_basic(text(instance), text(user), text(password), &error);

    return owned_or(client, free_client, R_NilValue, error);
}

SEXP snow_r_oauth(SEXP instance, SEXP client_id, SEXP client_secret, SEXP token)
{
    snow_error *error = NULL;
    snow_token *stored = Rf_isNull(token) ? NULL : snow_token_from_json(text(token), &error);
    snow_client *client = NULL;

    if (!error)
        client = snow_client_new_oauth(text(instance), text(client_id), text(client_secret), stored, &error);
    snow_token_free(stored);
    return owned_or(client, free_client, R_NilValue, error);
}

SEXP snow_r_login(SEXP client, SEXP user, SEXP password)
{
    snow_error *error = NULL;

    (void)snow_client_login(R_ExternalPtrAddr(client), text(user), text(password), &error);
    return null_or(error);
}

SEXP snow_r_set_token(SEXP client, SEXP token)
{
    snow_error *error = NULL;
    snow_token *stored = snow_token_from_json(text(token), &error);

    if (stored)
        (void)snow_client_set_token(R_ExternalPtrAddr(client), stored, &error);
    snow_token_free(stored);
    return null_or(error);
}

SEXP snow_r_token(SEXP client)
{
    snow_error *error = NULL;
    snow_token *token = snow_client_token(R_ExternalPtrAddr(client), &error);
    SEXP made = PROTECT(error ? failure(error) : string(snow_token_json(token, NULL)));

    snow_token_free(token);
    UNPROTECT(1);
    return made;
}

/* The condition that a callback of R's stopped with, until a failure takes it. */
static SEXP raised;

static void forget_raised(void)
{
    if (raised)
        R_ReleaseObject(raised);
    raised = NULL;
}

struct call {
    SEXP function;
    const snow_token *token;
};

/* The function comes wrapped in tryCatch() by snow.R, and gives NULL or the condition that it stopped with. */
static void call_function(void *data)
{
    const struct call *call = data;
    SEXP token = PROTECT(string(snow_token_json(call->token, NULL)));
    SEXP expression = PROTECT(Rf_lang2(call->function, token));
    SEXP result = PROTECT(Rf_eval(expression, R_GlobalEnv));

    forget_raised();
    if (!Rf_isNull(result)) {
        R_PreserveObject(result);
        raised = result;
    }
    UNPROTECT(3);
}

/* R's longjmp must not pass the frames of the library: what tryCatch() does not see, R_ToplevelExec() stops. */
static int32_t told(void *user_data, const snow_token *token)
{
    struct call call = {user_data, token};

    forget_raised();
    return R_ToplevelExec(call_function, &call) && !raised ? SNOW_HANDLED : 0;
}

static void release(void *user_data)
{
    R_ReleaseObject(user_data);
}

SEXP snow_r_on_token(SEXP client, SEXP function)
{
    snow_error *error = NULL;

    R_PreserveObject(function);
    (void)snow_set_token_callback(R_ExternalPtrAddr(client), told, function, release, &error);
    return null_or(error);
}

const char *text(SEXP value)
{
    if (!Rf_isString(value) || Rf_xlength(value) == 0 || STRING_ELT(value, 0) == NA_STRING)
        return NULL;
    return Rf_translateCharUTF8(STRING_ELT(value, 0));
}

SEXP string(const char *value)
{
    SEXP made = PROTECT(Rf_allocVector(STRSXP, 1));

    SET_STRING_ELT(made, 0, value ? Rf_mkCharCE(value, CE_UTF8) : NA_STRING);
    UNPROTECT(1);
    return made;
}

SEXP failure(snow_error *error)
{
    static const char *names[] = {"message", "status", "status_name", "instance_message", "detail",
        "http_status", "method", "path", "retryable", "retry_after_ms", "maybe_applied", "parent", ""};
    SEXP made = PROTECT(Rf_mkNamed(VECSXP, names));

    SET_VECTOR_ELT(made, 0, string(snow_error_message(error)));
    SET_VECTOR_ELT(made, 1, Rf_ScalarInteger(snow_error_status(error)));
    SET_VECTOR_ELT(made, 2, string(snow_status_name(snow_error_status(error))));
    SET_VECTOR_ELT(made, 3, string(snow_error_instance_message(error)));
    SET_VECTOR_ELT(made, 4, string(snow_error_detail(error)));
    SET_VECTOR_ELT(made, 5, Rf_ScalarInteger(snow_error_http_status(error)));
    SET_VECTOR_ELT(made, 6, string(snow_error_method(error)));
    SET_VECTOR_ELT(made, 7, string(snow_error_path(error)));
    SET_VECTOR_ELT(made, 8, Rf_ScalarLogical(snow_error_is_retryable(error)));
    SET_VECTOR_ELT(made, 9, Rf_ScalarReal((double)snow_error_retry_after_ms(error)));
    SET_VECTOR_ELT(made, 10, Rf_ScalarLogical(snow_error_maybe_applied(error)));
    if (raised && snow_error_status(error) == SNOW_CALLBACK_FAILED)
        SET_VECTOR_ELT(made, 11, raised);
    forget_raised();
    Rf_setAttrib(made, R_ClassSymbol, Rf_mkString("snow_failure"));
    snow_error_free(error);
    UNPROTECT(1);
    return made;
}

SEXP null_or(snow_error *error)
{
    return error ? failure(error) : R_NilValue;
}

SEXP owned_or(void *handle, R_CFinalizer_t free_handle, SEXP kept, snow_error *error)
{
    SEXP pointer;

    if (error)
        return failure(error);
    pointer = PROTECT(R_MakeExternalPtr(handle, R_NilValue, kept));
    R_RegisterCFinalizerEx(pointer, free_handle, TRUE);
    UNPROTECT(1);
    return pointer;
}
