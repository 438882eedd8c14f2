/*
 * What C tests check with: a failed check is printed and counted, and the program goes on to the next,
 * so that one run tells all that is wrong. main() returns check_result().
 */

#ifndef SNOW_TESTS_CHECK_H
#define SNOW_TESTS_CHECK_H

#include <snow.h>

#include <stdio.h>
#include <string.h>

static int check_failures;

/* What the checks are about, where the line alone does not tell, as in a loop over a table. */
static const char *check_subject = "";

/* The condition holds. */
#define CHECK(condition) check_that((condition) != 0, #condition, __FILE__, __LINE__)

/* Two numbers are the same; both are printed where they are not. */
#define CHECK_NUMBER(expected, actual) \
    check_number((long long)(expected), (long long)(actual), #actual, __FILE__, __LINE__)

/* Two texts are the same; either may be NULL. */
#define CHECK_TEXT(expected, actual) check_text((expected), (actual), #actual, __FILE__, __LINE__)

/* A call gives this status, and its error object the same one. `error` is read after the call. */
#define CHECK_STATUS(expected, call, error)                                                  \
    do {                                                                                     \
        snow_status check_got = (call);                                                      \
        check_status((expected), check_got, (error), #call, __FILE__, __LINE__);             \
    } while (0)

/* The message of an error begins with the name of the argument that it is about. */
#define CHECK_ARGUMENT(argument, error) \
    check_argument((argument), snow_error_message(error), __FILE__, __LINE__)

static inline int check_that(int holds, const char *what, const char *file, int line)
{
    if (!holds) {
        check_failures++;
        fprintf(stderr, "%s:%d: %s%s%s\n", file, line, check_subject, *check_subject ? ": " : "",
                what);
    }
    return holds;
}

static inline int check_number(long long expected, long long actual, const char *what,
                               const char *file, int line)
{
    if (expected == actual)
        return 1;
    check_that(0, what, file, line);
    fprintf(stderr, "    is %lld, not %lld\n", actual, expected);
    return 0;
}

static inline int check_text(const char *expected, const char *actual, const char *what,
                             const char *file, int line)
{
    if (expected == actual || (expected && actual && strcmp(expected, actual) == 0))
        return 1;
    check_that(0, what, file, line);
    fprintf(stderr, "    is  %s\n    not %s\n", actual ? actual : "NULL",
            expected ? expected : "NULL");
    return 0;
}

static inline int check_status(snow_status expected, snow_status actual, const snow_error *error,
                               const char *what, const char *file, int line)
{
    int is_failure = actual != SNOW_OK && actual != SNOW_DONE;
    snow_status in_error = snow_error_status(error);
    if (actual == expected && in_error == (is_failure ? actual : SNOW_OK))
        return 1;
    check_that(0, what, file, line);
    fprintf(stderr, "    gives %s and an error of %s, not %s: %s\n", snow_status_name(actual),
            snow_status_name(in_error), snow_status_name(expected), snow_error_message(error));
    return 0;
}

static inline int check_argument(const char *argument, const char *message, const char *file,
                                 int line)
{
    size_t length = strlen(argument);
    if (strncmp(message, argument, length) == 0 && strncmp(message + length, ": ", 2) == 0)
        return 1;
    check_that(0, "the message names the argument", file, line);
    fprintf(stderr, "    does not begin with \"%s: \": %s\n", argument, message);
    return 0;
}

/* What main() returns. */
static inline int check_result(void)
{
    if (check_failures)
        fprintf(stderr, "%d checks failed\n", check_failures);
    return check_failures ? 1 : 0;
}

#endif
