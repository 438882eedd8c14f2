/* What R calls of snow.h: each function takes and gives values of R, and a client is an external pointer. */
#include <R.h>
#include <Rinternals.h>
#include <snow.h>
#include <string.h>

/* The condition that a callback of R's stopped with, until a failure takes it. */
static SEXP raised;

static void forget_raised(void)
{
    if (raised)
        R_ReleaseObject(raised);
    raised = NULL;
}

static const char *text(SEXP value)
{
    return Rf_isNull(value) ? NULL : Rf_translateCharUTF8(STRING_ELT(value, 0));
}

static SEXP string(const char *value)
{
    SEXP made = PROTECT(Rf_allocVector(STRSXP, 1));

    SET_STRING_ELT(made, 0, value ? Rf_mkCharCE(value, CE_UTF8) : NA_STRING);
    UNPROTECT(1);
    return made;
}

/* A failure as a list, which R makes a condition of. */
static SEXP failure(snow_error *error)
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

static void free_client(SEXP pointer)
{
    snow_client_free(R_ExternalPtrAddr(pointer));
    R_ClearExternalPtr(pointer);
}

static SEXP client_or(snow_client *client, snow_error *error)
{
    SEXP pointer;

    if (error)
        return failure(error);
    pointer = PROTECT(R_MakeExternalPtr(client, R_NilValue, R_NilValue));
    R_RegisterCFinalizerEx(pointer, free_client, TRUE);
    UNPROTECT(1);
    return pointer;
}

static SEXP null_or(snow_error *error)
{
    return error ? failure(error) : R_NilValue;
}

/* The fields of a record as a named character vector. */
static SEXP fields(const snow_record *record)
{
    const size_t count = snow_record_field_count(record);
    SEXP values = PROTECT(Rf_allocVector(STRSXP, (R_xlen_t)count));
    SEXP names = PROTECT(Rf_allocVector(STRSXP, (R_xlen_t)count));
    size_t index;

    for (index = 0; index < count; index++) {
        const char *name = snow_record_field_name(record, index);
        const char *value = snow_record_get(record, name, NULL);

        SET_STRING_ELT(names, (R_xlen_t)index, Rf_mkCharCE(name, CE_UTF8));
        SET_STRING_ELT(values, (R_xlen_t)index, value ? Rf_mkCharCE(value, CE_UTF8) : NA_STRING);
    }
    Rf_setAttrib(values, R_NamesSymbol, names);
    UNPROTECT(2);
    return values;
}

static SEXP fields_or(snow_record *record, snow_error *error)
{
    SEXP made = PROTECT(error ? failure(error) : fields(record));

    snow_record_free(record);
    UNPROTECT(1);
    return made;
}

SEXP snow_r_check(void)
{
    char said[200];

    if (snow_abi_version() == SNOW_ABI_VERSION && snow_version_number() >= SNOW_VERSION_NUMBER)
        return R_NilValue;
    if (snow_abi_version() == SNOW_ABI_VERSION)
        snprintf(said, sizeof said,
            "the libsnow that was loaded is %s, and snow.c was compiled with the snow.h of %s: install that version "
            "or a newer one", snow_version(), SNOW_VERSION_STRING);
    else
        snprintf(said, sizeof said,
            "the libsnow that was loaded has the binary interface %u, and snow.c was compiled with the snow.h of %u: "
            "compile it anew, or install the libsnow that it was compiled with",
            (unsigned)snow_abi_version(), (unsigned)SNOW_ABI_VERSION);
    return string(said);
}

SEXP snow_r_basic(SEXP instance, SEXP user, SEXP password)
{
    snow_error *error = NULL;
    snow_client *client = snow_client_new_basic(text(instance), text(user), text(password), &error);

    return client_or(client, error);
}

SEXP snow_r_oauth(SEXP instance, SEXP client_id, SEXP client_secret, SEXP token)
{
    snow_error *error = NULL;
    snow_token *stored = Rf_isNull(token) ? NULL : snow_token_from_json(text(token), &error);
    snow_client *client = NULL;

    if (!error)
        client = snow_client_new_oauth(text(instance), text(client_id), text(client_secret), stored, &error);
    snow_token_free(stored);
    return client_or(client, error);
}

struct call {
    SEXP function;
    const char *token;
};

static SEXP call_function(void *data)
{
    const struct call *call = data;
    SEXP expression = PROTECT(Rf_lang2(call->function, string(call->token)));
    SEXP result = Rf_eval(expression, R_GlobalEnv);

    UNPROTECT(1);
    return result;
}

/* The function comes wrapped in tryCatch() by snow.R, and gives NULL or the condition that it stopped with: R's
 * longjmp must not pass the frames of the library. What tryCatch() does not see, R_ToplevelExec() stops. */
struct guarded {
    struct call call;
    SEXP result;
};

static void guarded_call(void *data)
{
    struct guarded *guarded = data;

    guarded->result = call_function(&guarded->call);
    if (!Rf_isNull(guarded->result))
        R_PreserveObject(guarded->result);
}

static int32_t told(void *user_data, const snow_token *token)
{
    struct guarded guarded = {{(SEXP)user_data, snow_token_json(token, NULL)}, R_NilValue};

    forget_raised();
    if (!R_ToplevelExec(guarded_call, &guarded))
        return 0;
    if (Rf_isNull(guarded.result))
        return SNOW_HANDLED;
    raised = guarded.result;
    return 0;
}

static void release(void *user_data)
{
    R_ReleaseObject((SEXP)user_data);
}

SEXP snow_r_on_token(SEXP client, SEXP function)
{
    snow_error *error = NULL;

    R_PreserveObject(function);
    (void)snow_set_token_callback(R_ExternalPtrAddr(client), told, function, release, &error);
    return null_or(error);
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

/* A query of a list with where (a list of texts: field, operator number, value), and the rest by name. */
static snow_query *query_of(SEXP description, snow_error **error)
{
    snow_query *query;
    SEXP where, order, names, limit;
    R_xlen_t index;

    *error = NULL;
    if (Rf_isNull(description))
        return NULL;
    query = snow_query_parse(text(VECTOR_ELT(description, 0)), error);
    where = VECTOR_ELT(description, 1);
    for (index = 0; !*error && index < Rf_xlength(where); index++) {
        SEXP each = VECTOR_ELT(where, index);

        (void)snow_query_where(query, text(VECTOR_ELT(each, 0)), Rf_asInteger(VECTOR_ELT(each, 1)),
            text(VECTOR_ELT(each, 2)), error);
    }
    order = VECTOR_ELT(description, 2);
    for (index = 0; !*error && index < Rf_xlength(order); index++)
        (void)snow_query_order_by(query, Rf_translateCharUTF8(STRING_ELT(order, index)), error);
    names = VECTOR_ELT(description, 3);
    if (!*error && !Rf_isNull(names))
        (void)snow_query_fields(query, text(names), error);
    limit = VECTOR_ELT(description, 4);
    if (!*error && !Rf_isNull(limit))
        (void)snow_query_limit(query, (uint64_t)Rf_asReal(limit), error);
    if (!*error && Rf_asLogical(VECTOR_ELT(description, 5)))
        (void)snow_query_display_value(query, SNOW_DISPLAY_TRUE, error);
    return query;
}

SEXP snow_r_get(SEXP client, SEXP table, SEXP sys_id, SEXP description)
{
    snow_error *error = NULL;
    snow_query *query = query_of(description, &error);
    snow_record *record = NULL;

    if (!error)
        record = snow_table_get(R_ExternalPtrAddr(client), text(table), text(sys_id), query, &error);
    snow_query_free(query);
    return fields_or(record, error);
}

static void free_cursor(SEXP pointer)
{
    snow_cursor_free(R_ExternalPtrAddr(pointer));
    R_ClearExternalPtr(pointer);
}

SEXP snow_r_list(SEXP client, SEXP table, SEXP description)
{
    snow_error *error = NULL;
    snow_query *query = query_of(description, &error);
    snow_cursor *cursor = NULL;
    SEXP pointer;

    if (!error)
        cursor = snow_table_list(R_ExternalPtrAddr(client), text(table), query, &error);
    snow_query_free(query);
    if (error)
        return failure(error);
    pointer = PROTECT(R_MakeExternalPtr(cursor, R_NilValue, client));
    R_RegisterCFinalizerEx(pointer, free_cursor, TRUE);
    UNPROTECT(1);
    return pointer;
}

/* The next row, or NULL at the end. */
SEXP snow_r_next(SEXP cursor)
{
    snow_error *error = NULL;
    const snow_record *row = NULL;

    (void)snow_cursor_next(R_ExternalPtrAddr(cursor), &row, &error);
    if (error)
        return failure(error);
    return row ? fields(row) : R_NilValue;
}

static snow_record *record_of(SEXP values, snow_error **error)
{
    SEXP names = Rf_getAttrib(values, R_NamesSymbol);
    snow_record *record = snow_record_new(error);
    R_xlen_t index;

    for (index = 0; record && !*error && index < Rf_xlength(values); index++)
        (void)snow_record_set(record, Rf_translateCharUTF8(STRING_ELT(names, index)),
            Rf_translateCharUTF8(STRING_ELT(values, index)), error);
    return record;
}

/* Makes a record, or changes the one of a sys_id. */
SEXP snow_r_write(SEXP client, SEXP table, SEXP sys_id, SEXP values)
{
    snow_error *error = NULL;
    snow_record *made = NULL, *sent = record_of(values, &error);
    snow_client *handle = R_ExternalPtrAddr(client);

    if (!error)
        made = Rf_isNull(sys_id) ? snow_table_create(handle, text(table), sent, NULL, &error)
                                 : snow_table_update(handle, text(table), text(sys_id), sent, NULL, &error);
    snow_record_free(sent);
    return fields_or(made, error);
}

SEXP snow_r_delete(SEXP client, SEXP table, SEXP sys_id)
{
    snow_error *error = NULL;

    (void)snow_table_delete(R_ExternalPtrAddr(client), text(table), text(sys_id), NULL, &error);
    return null_or(error);
}

SEXP snow_r_close(SEXP pointer)
{
    free_client(pointer);
    return R_NilValue;
}
