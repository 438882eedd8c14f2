/* Queries, records and rows: what snow.R calls to read and write a table. */
#include "snow_r.h"

/* A query of what snow.R makes: encoded conditions, a list of conditions (field, operator number, value), fields to
 * order by, names of fields, a limit, and whether display values are wanted. NULL is none. */
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

        /* With display values a reference comes without the key. */
        if (!value)
            value = snow_record_display(record, name, NULL);
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

    if (!error)
        cursor = snow_table_list(R_ExternalPtrAddr(client), text(table), query, &error);
    snow_query_free(query);
    return owned_or(cursor, free_cursor, client, error);
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
