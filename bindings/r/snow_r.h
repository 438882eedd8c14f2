/* What snow.c and table.c share: values of R for C, and back. */
#ifndef SNOW_R_H
#define SNOW_R_H

#include <R.h>
#include <Rinternals.h>
#include <snow.h>

/* The first text of a character vector; NULL where there is none, which the library refuses by the argument's name. */
const char *text(SEXP value);

SEXP string(const char *value);

/* A failure as a list, which R makes a condition of. The error is freed. */
SEXP failure(snow_error *error);

/* NULL of R, or the failure. */
SEXP null_or(snow_error *error);

/* A handle that is freed with the value, which also keeps another alive; or the failure. */
SEXP owned_or(void *handle, R_CFinalizer_t release, SEXP kept, snow_error *error);

#endif
