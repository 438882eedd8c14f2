/*
 * Calls that are refused for an argument: each gives its status, and an error whose message begins with
 * the name of the argument. Every one is made twice: with an error pointer that holds garbage before, and
 * without one.
 */

#ifndef SNOW_TESTS_REFUSAL_H
#define SNOW_TESTS_REFUSAL_H

#include "check.h"
#include "control.h"

/* What is no UTF-8, and must never be shown in a message. */
#define BAD "bad\xff\xfe"

/* Where the call under test writes its error. */
static snow_error *error, **where;

static inline void *garbage(void)
{
    static char nothing;
    return &nothing;
}

static inline void begin(snow_error **place)
{
    error = garbage();
    where = place;
}

static inline void refused(snow_status expected, const char *argument, const char *call, int line)
{
    int garbage_left = error == garbage();
    check_subject = call;
    if (!check_that(!garbage_left, "the error is written", __FILE__, line))
        return;
    check_status(expected, snow_error_status(error), error, call, __FILE__, line);
    check_argument(argument, snow_error_message(error), __FILE__, line);
    check_that(strchr(snow_error_message(error), '\n') == NULL, "the message is one line", __FILE__,
               line);
    check_that(snow_error_method(error) == NULL && snow_error_path(error) == NULL &&
                   snow_error_http_status(error) == 0,
               "no request was made", __FILE__, line);
    check_that(!snow_error_is_retryable(error) && !snow_error_maybe_applied(error) &&
                   snow_error_retry_after_ms(error) == -1,
               "nothing happened, and it would be refused again", __FILE__, line);
    snow_error_free(error);
    check_subject = "";
}

/* A call that returns a status is refused. */
#define REFUSES(expected, argument, call)                         \
    do {                                                          \
        snow_status got;                                          \
        begin(&error);                                            \
        got = (call);                                             \
        check_number((expected), got, #call, __FILE__, __LINE__); \
        refused((expected), (argument), #call, __LINE__);         \
        begin(NULL);                                              \
        got = (call);                                             \
        check_number((expected), got, #call, __FILE__, __LINE__); \
    } while (0)

/* A call that makes or lends something is refused, and gives NULL. */
#define MAKES_NOTHING(expected, argument, call)           \
    do {                                                  \
        const void *made;                                 \
        begin(&error);                                    \
        made = (call);                                    \
        CHECK(made == NULL);                              \
        refused((expected), (argument), #call, __LINE__); \
        begin(NULL);                                      \
        made = (call);                                    \
        CHECK(made == NULL);                              \
    } while (0)

/* A call succeeds, and writes NULL where its error would be. */
#define SUCCEEDS(call)                                           \
    do {                                                         \
        begin(&error);                                           \
        check_number(SNOW_OK, (call), #call, __FILE__, __LINE__); \
        CHECK(error == NULL);                                    \
    } while (0)

/* What a callback that is refused ends with: its user data is a count. */
static inline void count_destroyed(void *user_data)
{
    ++*(int *)user_data;
}

/* However much was refused, the instance was sent nothing. */
static inline void check_nothing_was_sent(const char *instance)
{
    char *sent = control(instance, "GET", "/-/requests", "");
    CHECK_TEXT("[]", sent);
    free(sent);
}

#endif
