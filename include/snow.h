/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Generated from src/ffi by build.rs; do not edit. */

#ifndef SNOW_H
#define SNOW_H

#include <stddef.h>
#include <stdint.h>

/**
 * @file snow.h
 * libsnow, the ServiceNow client for every language.
 *
 * Introduction
 * ============
 *
 * A ServiceNow instance holds tables of records and serves them over REST. With
 * this library a program makes a client for an instance and reads, writes and
 * moves what it holds: one record, or ten million of them. What is hard about that
 * is done inside: tokens that end, pages that shift while they are read, HTML
 * where JSON should be.
 *
 *     to reach an instance            Sessions, Clients; Tokens for OAuth
 *     to say which records            Queries
 *     to read and write them          Records, Cursors, Tables
 *     to read whole tables            Exports, Arrow
 *     to move files                   Attachments
 *     to call any other path          Requests, Responses
 *     to see what goes on             Logs and statistics
 *     to find out why nothing does    Diagnosis
 *     to learn what went wrong        Status codes, Errors
 *
 * It is not a framework: there is nothing to initialise, no thread of its own
 * while nothing is under way, no output, no signal handler.
 *
 * Quick start
 * ===========
 *
 * @code{.c}
 * #include <snow.h>
 * #include <stdio.h>
 * #include <stdlib.h>
 *
 * int main(void)
 * {
 *     snow_error *error = NULL;
 *     snow_record *incident = NULL;
 *     snow_client *client =
 *         snow_client_new_basic("dev12345", "admin", getenv("SNOW_PASSWORD"), &error);
 *     if (client)
 *         incident = snow_table_first(client, "incident", NULL, &error);
 *     if (incident)
 *         printf("%s\n", snow_record_json(incident, NULL));
 *     else
 *         fprintf(stderr, "%s\n", snow_error_message(error));
 *     snow_record_free(incident);
 *     snow_client_free(client);
 *     snow_error_free(error);
 *     return 0;
 * }
 * @endcode
 *
 *     cc first.c $(pkg-config --cflags --libs snow)
 *
 * Rules
 * =====
 *
 * They hold for every function; a comment repeats one only where it differs.
 *
 * - Names: `snow_<noun>_<verb>`. A noun is an opaque handle, or an API: table, attachment.
 * - Ownership: what a function named `_new`, `_from`, `_load` or `_clone` returns, and
 *   every other handle that is not `const`, is yours until you pass it to the
 *   noun's `_free`. A `const` handle is lent. No function takes ownership of an
 *   argument: what it needs later it copies.
 * - Freeing: NULL does nothing. It never blocks, does no I/O, and is legal in any order, on
 *   any thread, and inside callbacks: a client may be freed before its cursors, and
 *   any handle while another thread is in a call with it, which goes on. What must not be
 *   is a call that begins with a handle that is being freed or was.
 * - Strings: in and out they are UTF-8 with a NUL at the end. What is returned is
 *   borrowed from its handle, and never to be freed by itself.
 * - NULL where it is not allowed, text that is not UTF-8, a handle that is none or was
 *   freed (as far as that can be told): each gives a status and a message that names the
 *   argument, and nothing happens.
 * - Errors: a function that makes or lends something returns it, or NULL; any other that
 *   can fail returns a status. Its last parameter receives an error object, or NULL on
 *   success; it is written on every call and never read, and may be NULL itself.
 * - What a comment does not repeat: a function that takes a handle can give
 *   #SNOW_INVALID_HANDLE, and #SNOW_BUSY where the handle is for one thread at a time and
 *   another call is using it; one without an error parameter gives what it gives for NULL
 *   then. Any function can give #SNOW_INTERNAL. Section "Tables" says what "whatever a call
 *   can fail with" is.
 * - Threads: a client serves any number of threads at once, and so does what never
 *   changes, such as a token. Every other handle is for one thread at a time. The
 *   comment of each says which. A thread that pthread_cancel() is to end while it is in a
 *   call, or in a callback, ends after the call (Linux).
 * - Callbacks run on a thread that is at that moment inside a libsnow call, with no lock
 *   held, and may call libsnow. They must not jump out of themselves, be it by a C++
 *   exception, longjmp or pthread_exit().
 * - Fork: after fork() a child goes on with its client, on connections of its own.
 *   A cursor, and an answer that is still coming in, belong to the process that made them,
 *   and so does a call: a child that its callback makes must not return from that.
 * - Versions: see snow_abi_version(). Within one, functions and statuses are added
 *   and never changed.
 */

/**
 * @addtogroup snow_library
 * @{
 */

/// The version of this header: 1 of 1.2.3.
#define SNOW_VERSION_MAJOR 0

/// The version of this header: 2 of 1.2.3.
#define SNOW_VERSION_MINOR 1

/// The version of this header: 3 of 1.2.3.
#define SNOW_VERSION_PATCH 0

/// The version of this header as a number, to compare with snow_version_number().
#define SNOW_VERSION_NUMBER \
    (SNOW_VERSION_MAJOR * 1000000 + SNOW_VERSION_MINOR * 1000 + SNOW_VERSION_PATCH)

/// The version of this header as a text, to compare with snow_version().
#define SNOW_VERSION_STRING "0.1.0"

/// The binary interface that this header describes, to compare with snow_abi_version().
#define SNOW_ABI_VERSION 0

/** @} */

/** @cond compiler support */
#ifndef SNOW_API
#  define SNOW_API
#endif
#ifndef SNOW_MUST_USE
#  if defined(__GNUC__)
#    define SNOW_MUST_USE __attribute__((warn_unused_result))
#  else
#    define SNOW_MUST_USE
#  endif
#endif
/** @endcond */

#ifdef __cplusplus
extern "C" {
#endif

/** @cond definitions of others */
/*
 * The Arrow C data and stream interfaces, as https://arrow.apache.org/docs/format/CStreamInterface.html gives
 * them to copy. They never change.
 */
#ifndef ARROW_C_DATA_INTERFACE
#define ARROW_C_DATA_INTERFACE

#define ARROW_FLAG_DICTIONARY_ORDERED 1
#define ARROW_FLAG_NULLABLE 2
#define ARROW_FLAG_MAP_KEYS_SORTED 4

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

#endif /* ARROW_C_DATA_INTERFACE */

#ifndef ARROW_C_STREAM_INTERFACE
#define ARROW_C_STREAM_INTERFACE

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

#endif /* ARROW_C_STREAM_INTERFACE */
/** @endcond */

/**
 * @defgroup snow_library 1. Status codes and version
 *
 * Every function that can fail tells a status: #SNOW_OK, or a number that says
 * what kind of failure it was. The numbers come in classes and are never reused:
 *
 *     1 to 99    the caller's mistake; the message names the argument
 *     100 to 199 the transport: no connection, TLS, proxy, a broken answer
 *     200 to 299 signing in
 *     300 to 399 the instance
 *     400 to 499 the state of a handle or a call: no more rows, cancelled, too late
 *     900 to 999 libsnow itself
 *
 * A later version may add statuses; treat one that you do not know by its class.
 * @{
 */

/// What became of a call: #SNOW_OK, #SNOW_DONE, or the kind of failure.
typedef int32_t snow_status;

/// The call did what it was asked for.
#define SNOW_OK 0

/// A pointer that must not be NULL is NULL.
#define SNOW_NULL_ARGUMENT 1

/// A string is not UTF-8.
#define SNOW_INVALID_UTF8 2

/// An argument has a value that cannot be used; the message says which values can.
#define SNOW_INVALID_ARGUMENT 3

/// No option has this name.
#define SNOW_UNKNOWN_OPTION 4

/// A handle is of another kind than the function takes, or was freed before.
#define SNOW_INVALID_HANDLE 5

/// A file that the caller named cannot be read or written.
#define SNOW_FILE 6

/// The connection broke, or the network failed in a way that has no status of its own.
#define SNOW_NETWORK 100

/// The name of the host could not be resolved.
#define SNOW_NAME_RESOLUTION 101

/// No connection could be made: refused, unreachable, not within the connect time limit, or
/// for want of file descriptors or threads.
#define SNOW_CONNECT 102

/// The TLS handshake failed: the certificate is not trusted, or the two sides share no version.
#define SNOW_TLS 103

/// The proxy refused, cannot connect to the instance now, or asks for other credentials; or the
/// environment names one that cannot be used.
#define SNOW_PROXY 104

/// The answer broke off before its end. Of what a call gives as a whole nothing is used.
#define SNOW_CUT_BODY 105

/// The instance answered with a redirect, which is never followed.
#define SNOW_REDIRECT 106

/// What arrived is not what was sent: an attachment's size or hash is another.
#define SNOW_CORRUPT 107

/// The instance refuses the credentials (HTTP 401).
#define SNOW_UNAUTHENTICATED 210

/// The client has no token and no grant to get one: sign in or set a token first.
#define SNOW_NO_TOKEN 211

/// The token endpoint refuses the grant; the detail holds its `error` and `error_description`.
#define SNOW_TOKEN_REFUSED 212

/// The token endpoint answered with something that is not a token.
#define SNOW_TOKEN_ANSWER 213

/// A callback of the caller's, whichever, did not report success; its value is in the error.
#define SNOW_CALLBACK_FAILED 214

/// A login or single-sign-on page came in place of an answer.
#define SNOW_LOGIN_PAGE 215

/// An HTTP status that has no status of its own here.
#define SNOW_HTTP_STATUS 310

/// The instance cannot make sense of the request, such as for an unknown table (HTTP 400), or
/// one whose URL is too long (also HTTP 414).
#define SNOW_BAD_REQUEST 311

/// An access control, business rule or data policy forbids it (HTTP 403).
#define SNOW_FORBIDDEN 312

/// No such record, or none that this user may see (HTTP 404, or a query without rows). A 404 of a
/// server that is no instance is #SNOW_UNEXPECTED_ANSWER.
#define SNOW_NOT_FOUND 313

/// Too many requests; the error tells how long to wait if the instance did (HTTP 429).
#define SNOW_RATE_LIMITED 314

/// The instance dropped the request without executing it (HTTP 202 without a body, from an API
/// that never answers so itself: those of tables, attachments, imports, statistics and
/// batches under `/api/now`). From any other it is a success.
#define SNOW_NOT_EXECUTED 315

/// The instance cancelled the transaction, mostly for its execution time.
#define SNOW_TRANSACTION_CANCELLED 316

/// An answer that began well holds an error; none of its rows is used.
#define SNOW_PARTIAL_RESULT 317

/// The developer instance hibernates; it must be woken on the developer site.
#define SNOW_HIBERNATING 318

/// The instance or its gateway is out of service (HTTP 502, 503, 504 or an outage page).
#define SNOW_UNAVAILABLE 319

/// The instance failed (HTTP 500).
#define SNOW_SERVER_ERROR 320

/// The answer is not what this request is answered with: not JSON, or without a `result`.
#define SNOW_UNEXPECTED_ANSWER 321

/// More than one record matches where exactly one is asked for.
#define SNOW_MULTIPLE 322

/// An export ended, and rows are missing that the instance still has.
#define SNOW_INCOMPLETE 323

/// The instance leaves out a part of the query, and so gives other rows than were asked for.
#define SNOW_QUERY_IGNORED 324

/// The instance's dictionary shows this user no type for a column that is to have one.
#define SNOW_NO_DICTIONARY 325

/// There is no further row; not a failure.
#define SNOW_DONE 410

/// The operation was cancelled by the caller.
#define SNOW_CANCELLED 411

/// The total time limit of the call ran out.
#define SNOW_TIMEOUT 412

/// Another call is using this single-user handle right now, on another thread or around a
/// callback.
#define SNOW_BUSY 413

/// The client is closed.
#define SNOW_CLOSED 414

/// There is no memory for what the caller gives or the instance answers: a body, a record made
/// from JSON, the value of a field, or an answer that is held whole. Bodies and answers can go
/// piece by piece instead. All else is taken to be small: where there is no memory for a copy
/// of a query, a parameter, a header or any other text, or of what a record lends, the process
/// ends.
#define SNOW_NO_MEMORY 415

/// A defect of libsnow itself, caught at its boundary.
#define SNOW_INTERNAL 900

/// The version of the library that is running, such as `"0.1.0"`.
///
/// #SNOW_VERSION_STRING is the version of the header that was compiled against.
///
/// @return A static text; never NULL.
/// @since 0.1
SNOW_API const char *snow_version(void);

/// The version of the library that is running as a number:
/// major * 1000000 + minor * 1000 + patch.
///
/// @return The number, to compare with #SNOW_VERSION_NUMBER.
/// @since 0.1
SNOW_API uint32_t snow_version_number(void);

/// The version of the binary interface: the number in the name `libsnow.so.N`.
///
/// @return The number, to compare with #SNOW_ABI_VERSION.
/// @since 0.1
SNOW_API uint32_t snow_abi_version(void);

/// The name of a status, such as `"SNOW_NOT_FOUND"`.
///
/// @param status  Any number.
/// @return A static text; `"SNOW_UNKNOWN"` for a number that this version does not know.
/// @since 0.1
SNOW_API
const char *snow_status_name(snow_status status);
/** @} */

/**
 * @defgroup snow_error 2. Errors
 *
 * A function that fails writes an error object to its last parameter, unless that
 * is NULL, and returns the error's status (or NULL, where it would have returned a
 * handle). On success it writes NULL there.
 *
 *     snow_error *error;
 *     if (snow_client_login(client, user, password, &error) != SNOW_OK) {
 *         fprintf(stderr, "%s\n", snow_error_message(error));
 *         snow_error_free(error);
 *     }
 *
 * Every function here takes NULL, so an error can be asked without a check. The
 * texts are borrowed: they live as long as the error. None of them holds a
 * password, a token, or the query of a URL.
 * @{
 */

/// Why a call failed. For one thread at a time.
typedef struct snow_error snow_error;

/// The kind of failure.
///
/// @param error  May be NULL.
/// @return The status, #SNOW_OK for NULL.
/// @since 0.1
SNOW_API snow_status snow_error_status(const snow_error *error);

/// One line for a person: what failed, and how.
///
/// @param error  May be NULL.
/// @return Borrowed until the error is freed; `""` for NULL.
/// @since 0.1
SNOW_API const char *snow_error_message(const snow_error *error);

/// The instance's own `error.message`, such as `"Operation Failed"`.
///
/// @param error  May be NULL.
/// @return Borrowed until the error is freed; NULL where the instance gave none.
/// @since 0.1
SNOW_API const char *snow_error_instance_message(const snow_error *error);

/// The instance's own `error.detail`; from the token endpoint, its `error` and
/// `error_description`.
///
/// @param error  May be NULL.
/// @return Borrowed until the error is freed; NULL where the instance gave none.
/// @since 0.1
SNOW_API const char *snow_error_detail(const snow_error *error);

/// The HTTP status of the answer that the error tells of.
///
/// @param error  May be NULL.
/// @return Such as 404; 0 where it tells of none: no answer came, or one that is well and
///         has not what the call looks for, as with #SNOW_MULTIPLE.
/// @since 0.1
SNOW_API
int32_t snow_error_http_status(const snow_error *error);

/// The HTTP method of the request that the error tells of, which need not have been sent:
/// it is told too where its file cannot be read, or its client is closed.
///
/// @param error  May be NULL.
/// @return Such as `"GET"`, borrowed until the error is freed; NULL where the error tells
///         of no request.
/// @since 0.1
SNOW_API
const char *snow_error_method(const snow_error *error);

/// The path of that request, without its query.
///
/// @param error  May be NULL.
/// @return Such as `"/api/now/table/incident"`, borrowed until the error is freed;
///         NULL where the error tells of no request.
/// @since 0.1
SNOW_API const char *snow_error_path(const snow_error *error);

/// Whether the same call may succeed when it is made again later, and is safe to
/// make again.
///
/// @param error  May be NULL.
/// @return 1 if so, else 0.
/// @since 0.1
SNOW_API int32_t snow_error_is_retryable(const snow_error *error);

/// How long the instance asks to wait before the next request (`Retry-After`).
///
/// @param error  May be NULL.
/// @return Milliseconds; -1 where the instance did not say.
/// @since 0.1
SNOW_API int64_t snow_error_retry_after_ms(const snow_error *error);

/// Whether a write may have happened in spite of the error, as when the answer to it
/// was lost.
///
/// @param error  May be NULL.
/// @return 1 if so; 0 if it surely did not happen, or was no write.
/// @since 0.1
SNOW_API
int32_t snow_error_maybe_applied(const snow_error *error);

/// What a callback of yours returned, where that is why the call failed
/// (#SNOW_CALLBACK_FAILED).
///
/// @param error  May be NULL.
/// @return The callback's value; 0 for every other error.
/// @since 0.1
SNOW_API int32_t snow_error_callback_value(const snow_error *error);

/// Frees an error.
///
/// @param error  NULL does nothing.
/// @since 0.1
SNOW_API void snow_error_free(snow_error *error);
/** @} */

/**
 * @defgroup snow_session 3. Sessions
 *
 * A session is how to reach an instance: credentials, TLS, proxy, headers, time
 * limits. It is made once, set up, and copied into each client that is made from
 * it; what is set later does not reach clients made before. For plain cases
 * snow_client_new_basic() and snow_client_new_oauth() need no session at all.
 *
 *     snow_session *session = snow_session_new(&error);
 *     snow_session_set_basic_auth(session, user, password, &error);
 *     snow_session_set_ca_file(session, "/etc/acme/ca.pem", &error);
 *     snow_client *client = snow_client_new("acme.example.com", session, &error);
 *     snow_session_free(session);
 *
 * A session speaks for all it does: the calls of the token endpoint use the same
 * TLS, proxy, headers and time limits as every other call.
 * @{
 */

/// How to reach an instance. For one thread at a time.
typedef struct snow_session snow_session;

/// Makes a session with every option at its default and no credentials.
///
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The session; release it with snow_session_free(). NULL only for want of a
///         working library (#SNOW_INTERNAL).
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_session *snow_session_new(snow_error **error);

/// Signs in with a user's name and password (HTTP Basic).
///
/// Replaces whatever way to sign in the session had.
///
/// @param session     Must not be NULL.
/// @param user        Copied; must not be NULL or empty, nor hold a colon, which HTTP
///                    Basic cannot carry.
/// @param password    Copied; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_session_set_basic_auth(snow_session *session,
                                        const char *user,
                                        const char *password,
                                        snow_error **error);

/// Signs in with an access token that somebody else keeps fresh.
///
/// Replaces whatever way to sign in the session had.
///
/// @param session     Must not be NULL.
/// @param token       Copied; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_session_set_bearer_token(snow_session *session,
                                          const char *token,
                                          snow_error **error);

/// Signs in with an API key (header `x-sn-apikey`).
///
/// Replaces whatever way to sign in the session had.
///
/// @param session     Must not be NULL.
/// @param key         Copied; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_session_set_api_key(snow_session *session,
                                     const char *key,
                                     snow_error **error);

/// Signs in with OAuth tokens of an entry of the instance's application registry.
///
/// The token comes from snow_client_login(), snow_client_set_token() or the file of
/// snow_session_set_token_file(), and is renewed by its refresh token. Replaces whatever way
/// to sign in the session had.
///
/// @param session        Must not be NULL.
/// @param client_id      Copied; must not be NULL or empty.
/// @param client_secret  Copied; must not be NULL; `""` for a public client.
/// @param[out] error     Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @see snow_session_set_oauth_basic() for where the id and secret are sent
/// @since 0.1
SNOW_API
snow_status snow_session_set_oauth(snow_session *session,
                                   const char *client_id,
                                   const char *client_secret,
                                   snow_error **error);

/// Signs the application itself in (OAuth, grant `client_credentials`): a token is
/// asked for when it is first needed, and again whenever it ends. No user, no refresh
/// token.
///
/// The instance must allow the grant (property
/// `glide.oauth.inbound.client.credential.grant_type.enabled`) and have an application
/// user; while it does not, each call asks again. Replaces whatever way to sign in the
/// session had.
///
/// @param session        Must not be NULL.
/// @param client_id      Copied; must not be NULL or empty.
/// @param client_secret  Copied; must not be NULL.
/// @param[out] error     Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_session_set_client_credentials(snow_session *session,
                                                const char *client_id,
                                                const char *client_secret,
                                                snow_error **error);

/// Sends the OAuth client id and secret in an `Authorization: Basic` header to the
/// token endpoint, encoded as RFC 6749 (2.3.1) has it. Default is 0: in the body, as
/// ServiceNow documents.
///
/// @param session     Must not be NULL.
/// @param basic       1 for the header, 0 for the body.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_session_set_oauth_basic(snow_session *session,
                                         int32_t basic,
                                         snow_error **error);

/// Keeps the OAuth token in a file, for any number of processes and hosts that share it:
/// workers of a server, jobs of a scheduler, a command that is run again and again.
///
/// The file holds what snow_token_save() writes and pysnow's users have. A client without
/// a token reads it on its first call. A new token, by a renewal, by snow_client_login()
/// or by snow_client_set_token(), is put there before it is used. Where several processes
/// find the token due, one renews it, under a lock, and the others take that one over: a
/// refresh token that is good for one use is used once. Waiting for another process is
/// part of the call, ends with its time limit (#SNOW_TIMEOUT) and can be cancelled.
///
/// One file is for one instance, one OAuth client and one user. Two files come to stand
/// beside it: `PATH.lock`, which is never to be deleted, and `PATH.new`, while a token is
/// asked for. So the process must be allowed to write to the folder, and nobody else
/// should be. A process that is killed lets go of the lock at once, and leaves the old
/// token or the new one, whole. Only where it is killed, its connection breaks, or it waits
/// no longer (its time is over, the call was cancelled, the client closed) after the
/// instance issued a token and before that was received is the token lost; an instance that
/// rotates refresh tokens then refuses the old one, and each process gets
/// #SNOW_TOKEN_REFUSED, with a message that says so, until somebody signs in again. Where
/// the file is deleted, the processes get #SNOW_NO_TOKEN when their token ends. The lock is
/// a POSIX record lock, which NFS passes on to its server (with `nolock` it holds on one
/// machine alone); within one process it relies on a single copy of libsnow.
///
/// @param session     Must not be NULL; must sign in with OAuth by the time a client is
///                    made from it.
/// @param path        Path of the file; copied; must not be NULL or empty. Its folder must be
///                    there; the file need not, and an empty one counts for none. The file
///                    must be this user's and closed to all others (mode 0600).
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT, or
///         #SNOW_FILE where the folder is not there, or where the name is too long for
///         `.lock` after it, the file is a symbolic link, belongs to another user, is open
///         to others, or holds something else than a token, which is never replaced. All
///         this is looked at again whenever the file is used: a call that needs another token
///         gives #SNOW_FILE then, also for want of space or rights, and before a token
///         is asked for. Should the file not be written all the same, the token stays
///         in use and the callback is told of it, but the call gives #SNOW_FILE.
/// @since 0.1
SNOW_API
snow_status snow_session_set_token_file(snow_session *session,
                                        const char *path,
                                        snow_error **error);

/// Whether the instance's certificate is checked. Default is 1.
///
/// With 0 anyone on the way can read the credentials, whatever snow_session_set_ca_file()
/// says. With 1 again that file's authorities count again.
///
/// @param session     Must not be NULL.
/// @param verify      1 to check, 0 to accept any certificate.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_session_set_tls_verify(snow_session *session,
                                        int32_t verify,
                                        snow_error **error);

/// Trusts the authorities in a PEM file in place of those of the system.
///
/// The file is read now. It may be a pipe, such as a shell's `<(...)`, which is read to
/// its end and waited for without a time limit.
///
/// @param session     Must not be NULL.
/// @param path        Path of the file; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT, or
///         #SNOW_FILE where the file cannot be read, is larger than 16 MiB or holds no
///         certificate.
/// @since 0.1
SNOW_API
snow_status snow_session_set_ca_file(snow_session *session,
                                     const char *path,
                                     snow_error **error);

/// Shows a certificate to a server that asks for one (mutual TLS): one that the instance
/// takes in place of a password, or one that a gateway before it asks for.
///
/// The files are read now; they may be pipes, as for snow_session_set_ca_file(). The
/// certificate goes along with whatever way to sign in the session has, and is shown to
/// the token endpoint too. By name, as `client_certificate`, it is one file that holds the
/// key too and has no password.
///
/// @param session     Must not be NULL.
/// @param path        Path of a PEM file with the certificate and, after it, those of the
///                    authorities between it and one that the server knows; or of a
///                    PKCS#12 file (`.p12`, `.pfx`). Must not be NULL or empty.
/// @param key_path    Path of a PEM file with the private key: PKCS#8, plain or encrypted,
///                    PKCS#1 or SEC1. NULL where it is in the file of `path`.
/// @param password    What protects the PKCS#12 file or the encrypted key; only read now.
///                    NULL where nothing does.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8; #SNOW_FILE where a file cannot
///         be read, is larger than 16 MiB or holds nothing that can be used;
///         #SNOW_INVALID_ARGUMENT where a path is empty, the password is missing or wrong, or
///         `key_path` is given beside a PKCS#12 file.
/// @since 0.1
SNOW_API
snow_status snow_session_set_client_certificate(snow_session *session,
                                                const char *path,
                                                const char *key_path,
                                                const char *password,
                                                snow_error **error);

/// Goes through a proxy.
///
/// By default the environment decides (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`,
/// `NO_PROXY`), except for loopback, which never goes through a proxy of the
/// environment's. A variable that names no proxy that can be used is an error of each
/// call (#SNOW_PROXY); where `REQUEST_METHOD` is set, as in a CGI program, none counts.
///
/// @param session     Must not be NULL.
/// @param proxy       `http://host:port`, `socks5://host:port` (the instance's name is
///                    resolved here) or `socks5h://host:port` (it is resolved by the
///                    proxy); `""` for no proxy at all. Copied; must not be NULL, nor
///                    hold a user or password, which snow_session_set_proxy_auth() sets.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_session_set_proxy(snow_session *session,
                                   const char *proxy,
                                   snow_error **error);

/// What the proxy asks for. Set the proxy first: setting it again forgets this.
///
/// @param session     Must not be NULL.
/// @param user        Sent as it is, `%` and all. Copied; must not be NULL or empty, nor
///                    hold a colon, nor be longer than 255 bytes for SOCKS.
/// @param password    As `user`, but may be empty and hold colons.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, or #SNOW_INVALID_ARGUMENT,
///         also where the session has no proxy yet.
/// @since 0.1
SNOW_API
snow_status snow_session_set_proxy_auth(snow_session *session,
                                        const char *user,
                                        const char *password,
                                        snow_error **error);

/// Whether plain http may be used to other machines than this one, which sends the
/// credentials in the clear. Default is 0.
///
/// @param session     Must not be NULL.
/// @param allow       1 to allow it, 0 not to.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_session_set_allow_http(snow_session *session,
                                        int32_t allow,
                                        snow_error **error);

/// Sends a header with every request, also those to the token endpoint: for gateways
/// that ask for one.
///
/// The same name again replaces it; there are at most 1,000. Headers that libsnow itself
/// decides (`Authorization`, `x-sn-apikey`, `Accept`, `Content-Type`, `User-Agent` and
/// their like) are refused, and `X-HTTP-Method-Override`, which goes with single requests.
///
/// @param session     Must not be NULL.
/// @param name        Copied; must not be NULL.
/// @param value       Copied; must not be NULL; `""` removes the header again.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_session_set_header(snow_session *session,
                                    const char *name,
                                    const char *value,
                                    snow_error **error);

/// The `User-Agent` of every request. Default is `libsnow/` and its version.
///
/// @param session     Must not be NULL.
/// @param user_agent  Copied; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_session_set_user_agent(snow_session *session,
                                        const char *user_agent,
                                        snow_error **error);

/// Whether cookies are kept between calls, at most 50 on a connection and each of at most
/// 4,096 bytes. Default is 0.
///
/// An instance runs the requests of one cookie session one after the other, and drops
/// those that queue up (#SNOW_NOT_EXECUTED). With 1, calls that overlap still never
/// share a cookie: each connection keeps its own.
///
/// @param session     Must not be NULL.
/// @param keep        1 to keep them, 0 not to.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_session_set_cookies(snow_session *session,
                                     int32_t keep,
                                     snow_error **error);

/// How long a call may take.
///
/// Connecting counts toward the total. An instance cancels a table transaction after
/// 60 seconds, so a total below that gives up earlier than the instance would.
///
/// The requests of a call that makes several, such as snow_table_update_one(), have the total
/// together; a write among them has what is left. These have it each: the pages of a list, an
/// attachment that is asked for again where it broke off, the parts of snow_table_shards(),
/// what is read of the dictionary before an Arrow stream, the checks of
/// snow_client_diagnose(), and the look-up of snow_table_create_once().
///
/// An export asks again for a page that does not come in that time, with half the rows; it
/// ends with #SNOW_TIMEOUT once no row has come for four times the total, or five where the
/// last request begins just before that.
///
/// @param session     Must not be NULL.
/// @param connect_ms  Milliseconds to wait for a connection; not 0. Default is 30000.
/// @param total_ms    Milliseconds for a whole call: signing in, sending, waiting,
///                    reading; not 0. Default is 120000.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_session_set_timeouts(snow_session *session,
                                      uint32_t connect_ms,
                                      uint32_t total_ms,
                                      snow_error **error);

/// How often a call is made again when it fails, and how long it waits before.
///
/// What is made again is what surely did not happen (no connection, #SNOW_RATE_LIMITED,
/// #SNOW_NOT_EXECUTED), and what does no more when it happens twice: reads and DELETE. A
/// POST, PATCH or PUT that may have happened is never made again: a comment that is sent
/// twice is there twice, by PUT too. A call that the instance had to cancel for its length
/// is tried once more. What the instance refuses or fails at by itself (400, 403, 404, 500) is
/// its answer, and not asked for again.
///
/// The waits are random, at most 250 ms at first, and twice that with each; where the
/// instance says how long to wait (`Retry-After`, `X-RateLimit-Reset`), they begin there;
/// a moment that it names is held against its own clock (`Date`), not this machine's.
/// A wait that would be longer than the limit, or than the time that is left to the call,
/// is not begun: the error comes at once, and snow_error_retry_after_ms() tells.
///
/// @param session      Must not be NULL.
/// @param retries      How many times at most, after the first; 0 makes each call once.
///                     Default is 3.
/// @param max_wait_ms  The longest wait in milliseconds; not 0. Default is 30000.
/// @param[out] error   Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_session_set_retry(snow_session *session,
                                   uint32_t retries,
                                   uint32_t max_wait_ms,
                                   snow_error **error);

/// How many calls of one client may be under way at the same moment, over all threads.
/// Others wait for their turn, under their own time limit; a request for a token goes before
/// them.
///
/// An instance serves about four calls of all integrations together, queues some, and
/// refuses the rest (#SNOW_RATE_LIMITED). When it does, half as many calls of the client as
/// were under way may be from then on, and one more whenever that many went well, whatever
/// is set here. An answer that you read piece by piece does not count for that.
///
/// A page of an export whose rows wait until you take those before them does not count
/// either, from then on until its end: a call that you make meanwhile could wait for it else.
///
/// A response from snow_client_open() is under way until its body has ended or it is freed;
/// so is a transfer while it calls back, so with 1 such a callback cannot make a call, nor
/// can a log callback that is told of it. A call that waits for its turn takes no connection
/// and no file descriptor.
///
/// @param session     Must not be NULL.
/// @param calls       0 for as many as there are, which is the default.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_session_set_max_in_flight(snow_session *session,
                                           uint32_t calls,
                                           snow_error **error);

/// Sets an option by its name, from text: for configuration files, and for languages
/// that would rather have one function than many.
///
/// Truth values are `true` and `false`, times are in milliseconds. What an option
/// means stands at its own function.
///
/// @param session     Must not be NULL.
/// @param name        Name of the option, as snow_session_option_name() lists them; must
///                    not be NULL.
/// @param value       Its value; copied; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_UNKNOWN_OPTION (the
///         message lists all names), #SNOW_INVALID_ARGUMENT for what is no value of the
///         option, or as the option's own function.
/// @since 0.1
SNOW_API
snow_status snow_session_set(snow_session *session,
                             const char *name,
                             const char *value,
                             snow_error **error);

/// The names that snow_session_set() knows, one by one.
///
/// @param index  0 for the first.
/// @return A static text; NULL after the last.
/// @since 0.1
SNOW_API const char *snow_session_option_name(size_t index);

/// Frees a session. Clients made from it go on.
///
/// @param session  NULL does nothing.
/// @since 0.1
SNOW_API void snow_session_free(snow_session *session);
/** @} */

/**
 * @defgroup snow_token 4. Tokens
 *
 * An OAuth token: the access token that signs calls in, the refresh token that renews
 * it, and when it ends. To keep it between runs, write it to a file:
 *
 *     static int32_t save_token(void *path, const snow_token *token)
 *     {
 *         return snow_token_save(token, path, NULL) == SNOW_OK ? SNOW_HANDLED : 0;
 *     }
 *
 * The file holds the JSON that pysnow's users already have: what the token endpoint
 * answers, and `expires_at`, the Unix time at which the access token ends. Files that
 * were written from pysnow's tokens load as they are.
 * @{
 */

/// An OAuth token; never changes. Thread-safe.
typedef struct snow_token snow_token;

/// Makes a token from JSON, as snow_token_json() gives it and as pysnow's users keep it.
///
/// An access token, which can stand in a header, or a refresh token must be there;
/// everything else may be missing. As JSON a token has at most 64 KiB.
///
/// @param json        A JSON object; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The token; release it with snow_token_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_UTF8, or #SNOW_INVALID_ARGUMENT, whose message names the member
///         that cannot be used and never shows its value.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_token *snow_token_from_json(const char *json,
                                 snow_error **error);

/// Makes a token of which only the refresh token is known; the first call gets the
/// access token.
///
/// @param refresh_token  Copied; must not be NULL or empty. As JSON the token has at most
///                       64 KiB.
/// @param[out] error     Receives the error on failure; may be NULL.
/// @return The token; release it with snow_token_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_UTF8 or #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_token *snow_token_from_refresh_token(const char *refresh_token,
                                          snow_error **error);

/// Reads a token from a file.
///
/// @param path        Path of the file, or of a pipe, which is read to its end and waited
///                    for without a time limit; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The token; release it with snow_token_free(). NULL with #SNOW_FILE where the
///         file cannot be read, is not UTF-8 or is larger than 64 KiB, else as
///         snow_token_from_json().
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_token *snow_token_load(const char *path,
                            snow_error **error);

/// Writes a token to a file that only its owner may read (mode 0600).
///
/// The file is replaced whole: whoever reads it, and whatever happens meanwhile, finds
/// the old token or the new one.
///
/// @param token       Must not be NULL.
/// @param path        Path of the file; must not be NULL or empty. Of a symbolic link it is the
///                    file that it leads to which is replaced.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT, or
///         #SNOW_FILE where the file cannot be written, or what is there is no regular file,
///         such as a device; it is as it was.
/// @since 0.1
SNOW_API
snow_status snow_token_save(const snow_token *token,
                            const char *path,
                            snow_error **error);

/// The token as JSON: a secret, to be kept like a password.
///
/// @param token        May be NULL.
/// @param[out] length  Receives its length in bytes without the NUL; may be NULL.
/// @return Borrowed until the token is freed; NULL for NULL.
/// @since 0.1
SNOW_API const char *snow_token_json(const snow_token *token, size_t *length);

/// The access token.
///
/// @param token  May be NULL.
/// @return Borrowed until the token is freed; NULL where there is none yet.
/// @since 0.1
SNOW_API const char *snow_token_access_token(const snow_token *token);

/// The refresh token.
///
/// @param token  May be NULL.
/// @return Borrowed until the token is freed; NULL where the grant gave none.
/// @since 0.1
SNOW_API const char *snow_token_refresh_token(const snow_token *token);

/// When the access token ends.
///
/// @param token  May be NULL.
/// @return Seconds since 1970 (UTC); -1 where it is not known.
/// @since 0.1
SNOW_API int64_t snow_token_expires_at(const snow_token *token);

/// Frees a token.
///
/// @param token  NULL does nothing, and so does a token that a callback was lent.
/// @since 0.1
SNOW_API void snow_token_free(snow_token *token);
/** @} */

/**
 * @defgroup snow_client 5. Clients
 *
 * A client stands for one instance and one way to sign in. It keeps connections open
 * and a token fresh, and serves any number of threads at once.
 *
 *     snow_client *client =
 *         snow_client_new_basic("dev12345", "admin", password, &error);
 *     ...
 *     snow_client_free(client);
 *
 * With OAuth a token is got once and kept:
 *
 *     snow_client *client =
 *         snow_client_new_oauth("dev12345", client_id, client_secret, NULL, &error);
 *     snow_set_token_callback(client, save_token, path, NULL, &error);
 *     snow_client_login(client, user, password, &error);
 *
 * or in a file that libsnow looks after, for this process and others:
 *
 *     snow_session_set_oauth(session, client_id, client_secret, &error);
 *     snow_session_set_token_file(session, "/var/lib/acme/token.json", &error);
 *     snow_client *client = snow_client_new("dev12345", session, &error);
 *
 * and from then on renewed by itself: 30 seconds before it ends, and once when the
 * instance refuses it (HTTP 401). However many threads need it, one of them asks, tells
 * the callback, and the others go on with what it got. Renewing it early takes half of a
 * call's time at most, unless the instance has replaced a refresh token before: what it
 * answers may be the only good one. Where it comes to nothing, the call uses the token
 * that is still good.
 * @{
 */

/// What a callback returns when it has done its work. Every other value is failure: an
/// exception in a host language comes back as 0 or as garbage, never as this.
#define SNOW_HANDLED 1397641047

/// A client of one instance. Thread-safe: one client serves all threads.
typedef struct snow_client snow_client;

/// Is told of a new token.
///
/// Runs on a thread that is at that moment inside a call of this client, never on a
/// thread of libsnow's, and with no lock held: it may call libsnow, also on the same
/// client. Calls for two tokens never overlap, and come in the order in which the tokens
/// were issued.
///
/// @param user_data  As given to snow_set_token_callback().
/// @param token      Borrowed until the callback returns.
/// @return #SNOW_HANDLED; any other value stops the call that needed the token with
///         #SNOW_CALLBACK_FAILED. The token stays in use all the same.
typedef int32_t (*snow_token_fn)(void *user_data, const snow_token *token);

/// Ends what `user_data` points to. Called exactly once, on the thread that ends the use, never on
/// one of libsnow's. It may call libsnow, also with the handle that the callback was set on, unless
/// that is being freed.
///
/// @param user_data  As given beside it.
typedef void (*snow_destroy_fn)(void *user_data);

/// Makes a client for an instance. No traffic happens yet; the first call connects.
///
/// @param instance    Name (`"dev12345"`), host (`"acme.service-now.com"`,
///                    `"127.0.0.1:8080"`) or URL without a path
///                    (`"https://dev12345.service-now.com"`); must not be NULL. Plain
///                    http is for loopback, or as snow_session_set_allow_http() says.
/// @param session     Copied; NULL for a session with every option at its default.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The client; release it with snow_client_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_UTF8 or #SNOW_INVALID_ARGUMENT, also where the session has a token
///         file and does not sign in with OAuth.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_client *snow_client_new(const char *instance,
                             const snow_session *session,
                             snow_error **error);

/// Makes a client that signs in with a user's name and password (HTTP Basic).
///
/// @param instance    As for snow_client_new().
/// @param user        Copied; must not be NULL or empty, nor hold a colon.
/// @param password    Copied; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The client; release it with snow_client_free(). NULL as for snow_client_new().
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_client *snow_client_new_basic(const char *instance,
                                   const char *user,
                                   const char *password,
                                   snow_error **error);

/// Makes a client that signs in with OAuth tokens.
///
/// @param instance       As for snow_client_new().
/// @param client_id      Id of the entry in the instance's application registry; copied;
///                       must not be NULL or empty.
/// @param client_secret  Its secret; copied; must not be NULL.
/// @param token          A token kept from before; copied; NULL where there is none yet:
///                       sign in with snow_client_login() then.
/// @param[out] error     Receives the error on failure; may be NULL.
/// @return The client; release it with snow_client_free(). NULL as for snow_client_new().
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_client *snow_client_new_oauth(const char *instance,
                                   const char *client_id,
                                   const char *client_secret,
                                   const snow_token *token,
                                   snow_error **error);

/// The address of the instance that the client calls. The page of a record is that with
/// `/nav_to.do?uri=incident.do?sys_id=` and its key after it, its REST address that with
/// `/api/now/table/incident/` and its key.
///
/// @param client  May be NULL.
/// @return Such as `"https://dev12345.service-now.com"`, borrowed until the client is freed;
///         NULL for NULL.
/// @since 0.1
SNOW_API
const char *snow_client_url(const snow_client *client);

/// Tells a callback of each token that the instance issues to this client, by a sign-in
/// or a renewal, before the call that needed it goes on: the place to store it. With
/// snow_session_set_token_file() it is in the file by then; of a token that another process
/// has put there, and this client took over, the callback is not told.
///
/// A token can always be read without a callback, with snow_client_token().
///
/// @param client      Must not be NULL; its session must sign in with OAuth.
/// @param callback    NULL to tell nobody any more.
/// @param user_data   Handed to the callback; may be NULL.
/// @param destroy     Called once with `user_data` when it is no longer needed: when
///                    another callback takes its place, when the client ends, or when
///                    this very call fails; may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_set_token_callback(snow_client *client,
                                    snow_token_fn callback,
                                    void *user_data,
                                    snow_destroy_fn destroy,
                                    snow_error **error);

/// Signs a user in by name and password with OAuth (grant `password`), puts the token in
/// the token file if there is one, and tells the token callback. The password is not kept.
///
/// One `POST /oauth_token.do`.
///
/// @param client      Must not be NULL; its session must sign in with OAuth.
/// @param user        Must not be NULL or empty.
/// @param password    Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; #SNOW_TOKEN_REFUSED where the instance refuses (its words are in
///         snow_error_detail()); #SNOW_TOKEN_ANSWER where it answers nonsense;
///         #SNOW_CALLBACK_FAILED where the callback fails; #SNOW_FILE as
///         snow_session_set_token_file() says; #SNOW_BUSY inside that callback;
///         #SNOW_CLOSED, #SNOW_CANCELLED, #SNOW_TIMEOUT; the transport's (100s) and the
///         instance's (300s); #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, and
///         #SNOW_INVALID_ARGUMENT, also where the session does not sign in with OAuth.
/// @since 0.1
SNOW_API
snow_status snow_client_login(snow_client *client,
                              const char *user,
                              const char *password,
                              snow_error **error);

/// Uses a token from now on, such as one that was stored. The callback is not told. With
/// snow_session_set_token_file() the token is put in the file first; where that fails, the
/// client goes on with the token that it had.
///
/// @param client      Must not be NULL; its session must sign in with OAuth.
/// @param token       Copied; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT, #SNOW_CLOSED; with a token
///         file also #SNOW_FILE, and #SNOW_TIMEOUT or #SNOW_CANCELLED while another process
///         is changing it.
/// @since 0.1
SNOW_API
snow_status snow_client_set_token(snow_client *client,
                                  const snow_token *token,
                                  snow_error **error);

/// A copy of the token now in use; where the client has none yet, of that in its token file.
///
/// @param client      Must not be NULL; its session must sign in with OAuth.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The token; release it with snow_token_free(). NULL with #SNOW_NO_TOKEN where
///         there is none yet, or with #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT,
///         #SNOW_FILE.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_token *snow_client_token(const snow_client *client,
                              snow_error **error);

/// Closes a client: new calls are refused with #SNOW_CLOSED, those under way get some time
/// to end, and so does what their callbacks call; then they are cancelled
/// (#SNOW_CANCELLED). When it returns, its connections are closed and no thread works for
/// this client any more, but for one that may still be waiting for a name server, and calls
/// that cannot be told to end: those that are inside a callback of yours, or wait for a
/// file (a pipe). It waits two seconds more for these and then gives #SNOW_TIMEOUT;
/// #SNOW_STATISTIC_IN_FLIGHT says how many there are, each ends when its callback returns,
/// and closing once more waits for them.
/// Not needed before snow_client_free(), which waits for nothing.
///
/// @param client      Must not be NULL.
/// @param timeout_ms  Milliseconds to wait for calls that are under way; 0 cancels them
///                    at once.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK where all had ended in time; #SNOW_TIMEOUT where calls had to be
///         cancelled: the client is closed all the same; #SNOW_BUSY inside a callback of a
///         call of this client, which it would wait for: the client is not closed;
///         #SNOW_NULL_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_client_close(snow_client *client,
                              uint32_t timeout_ms,
                              snow_error **error);

/// Frees a client. Calls that are under way on it, and cursors made from it, go on.
///
/// @param client  NULL does nothing.
/// @since 0.1
SNOW_API void snow_client_free(snow_client *client);
/** @} */

/**
 * @defgroup snow_query 6. Queries
 *
 * A query tells which rows of a table, in what order, which of their fields, and in
 * what form. It is built condition by condition and sent as ServiceNow's encoded query.
 *
 *     snow_query *query = snow_query_new(&error);
 *     snow_query_where(query, "active", SNOW_EQ, "true", &error);
 *     snow_query_where(query, "priority", SNOW_LE, "2", &error);
 *     snow_query_or(query, &error);
 *     snow_query_where(query, "escalation", SNOW_GT, "0", &error);
 *     snow_query_order_by_desc(query, "opened_at", &error);
 *
 * reads `active=true^priority<=2^ORescalation>0^ORDERBYDESCopened_at`: active, and of
 * high priority or escalated, the newest first. There are no brackets in an encoded
 * query: an OR joins the one condition before it, and snow_query_new_query() begins
 * another group, of which one must hold as a whole.
 *
 * Beside its conditions a query has options. Each goes with the calls that it belongs to,
 * and with no other; one that is at its default is not sent:
 *
 *     limit                                           lists and exports
 *     offset                                          lists and first
 *     order, page size, no count, category            lists, exports, first and one
 *     fields, display value, reference links, view    those, get, and what a write gives back
 *     input display value, automatic fields           create, update, replace
 *     domains                                         all of these, and delete
 *     snow_query_set()                                all of these, and count
 * @{
 */

/// Which rows, in what order, which fields, in what form. For one thread at a time.
typedef struct snow_query snow_query;

/// How a field is compared: one of the constants below.
typedef int32_t snow_operator;

/// In what form values come: one of the constants below.
typedef int32_t snow_display;

/// Equal. With an empty value: the field is empty.
#define SNOW_EQ 1

/// Not equal; also matches rows in which the field is empty. With an empty value: it is
/// not empty.
#define SNOW_NE 2

/// Less than, or earlier than.
#define SNOW_LT 3

/// Less than or equal, or not later than.
#define SNOW_LE 4

/// Greater than, or later than.
#define SNOW_GT 5

/// Greater than or equal, or not earlier than.
#define SNOW_GE 6

/// One of a list.
#define SNOW_IN 7

/// None of a list.
#define SNOW_NOT_IN 8

/// From a lower to an upper bound, both included.
#define SNOW_BETWEEN 9

/// Begins with a text; of a reference, its display value does.
#define SNOW_STARTS_WITH 10

/// Ends with a text; of a reference, its display value does.
#define SNOW_ENDS_WITH 11

/// Holds a text. There are no wildcards.
#define SNOW_CONTAINS 12

/// Does not hold a text.
#define SNOW_NOT_CONTAINS 13

/// Null or empty. Takes no value.
#define SNOW_IS_EMPTY 14

/// Neither null nor empty. Takes no value.
#define SNOW_IS_NOT_EMPTY 15

/// The empty text, but not null. Takes no value.
#define SNOW_EMPTY_STRING 16

/// Always true. Takes no value.
#define SNOW_ANYTHING 17

/// Equal to another field of the row. The value is that field, for dates also
/// `field@unit`.
#define SNOW_SAME_AS 18

/// Not equal to another field of the row. The value is that field, for dates also
/// `field@unit`.
#define SNOW_NOT_SAME_AS 19

/// Greater than another field. The value is that field.
#define SNOW_GT_FIELD 20

/// Less than another field. The value is that field.
#define SNOW_LT_FIELD 21

/// Greater than or equal to another field. The value is that field.
#define SNOW_GE_FIELD 22

/// Less than or equal to another field. The value is that field.
#define SNOW_LE_FIELD 23

/// Further than a span of time from another date field. The value is
/// `field@unit@before@n` or `field@unit@after@n`.
#define SNOW_MORE_THAN 24

/// Nearer than a span of time to another date field. The value is `field@unit@before@n`
/// or `field@unit@after@n`.
#define SNOW_LESS_THAN 25

/// Within a day or another stretch of time. The value is a day (`2026-02-01`), a preset
/// (`Today`, `Last 7 days`), or `label@start@end`.
#define SNOW_ON 26

/// Outside a day or another stretch of time. The value is that of #SNOW_ON.
#define SNOW_NOT_ON 27

/// By a part of the date, such as each Monday. The value is
/// ``Monday@javascript:gs.datePart('dayofweek','monday','EE')``.
#define SNOW_DATE_PART 28

/// Later than a time relative to now. The value is `@hour@ago@1` or `@day@ahead@7`.
#define SNOW_RELATIVE_GT 29

/// Earlier than a time relative to now. The value is that of #SNOW_RELATIVE_GT.
#define SNOW_RELATIVE_LT 30

/// Not earlier than a time relative to now. The value is that of #SNOW_RELATIVE_GT.
#define SNOW_RELATIVE_GE 31

/// Not later than a time relative to now. The value is that of #SNOW_RELATIVE_GT.
#define SNOW_RELATIVE_LE 32

/// At a time relative to now. The value is that of #SNOW_RELATIVE_GT.
#define SNOW_RELATIVE_EE 33

/// By a dynamic filter option, such as "Me". The value is the option's `sys_id`.
#define SNOW_DYNAMIC 34

/// Below a node of a hierarchy. The value is `hierarchy@node`, two ids.
#define SNOW_IN_HIERARCHY 35

/// Below a node that a dynamic filter option names. The value is `hierarchy@option`,
/// two ids.
#define SNOW_IN_HIERARCHY_DYNAMIC 36

/// Of a class or of one derived from it; for `sys_class_name`. The value is a table
/// name.
#define SNOW_INSTANCE_OF 37

/// Without a tag; for `sys_tags.<id>`. The value is the tag's `sys_id`.
#define SNOW_DOES_NOT_HAVE 38

/// Stored values: `"2"`, `"46d44a23a9fe19810012d100cca80666"`, times in UTC.
#define SNOW_DISPLAY_FALSE 0

/// Display values: `"In Progress"`, `"Beth Anglin"`, times in the zone and form of the
/// user who calls.
#define SNOW_DISPLAY_TRUE 1

/// Both: snow_record_get() gives the stored value, snow_record_display() the other.
#define SNOW_DISPLAY_ALL 2

/// Makes a query that selects every row of a table, with every field, as stored values.
///
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The query; release it with snow_query_free(). NULL only for want of a working
///         library (#SNOW_INTERNAL).
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_query *snow_query_new(snow_error **error);

/// Reads a query from its text: one copied from a list of the user interface, a bookmark,
/// a script.
///
/// snow_query_encoded() gives the same text, byte for byte, until something is added; and
/// conditions, orders, fields and limits are added as to any other query. A condition that
/// is added must hold beside the whole text: where that has `^NQ`, it goes into each of
/// its branches. `ORDERBY`, `GROUPBY` and `^EQ` then stand at the end.
///
/// What an instance would drop, and so answer with more rows, is refused: a condition
/// without a field, a known operator or the value it needs, `^OR` or `^NQ` without a
/// condition on each side, an `RLQUERY` without its end, a `JOIN` inside another. The message
/// says at which byte.
/// A text whose conditions are to be sent as they are is for snow_query_raw().
///
/// @param encoded     The text, not URL-encoded; must not be NULL; `""` selects every row.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The query; release it with snow_query_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_UTF8 or #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_query *snow_query_parse(const char *encoded,
                             snow_error **error);

/// Adds a condition: field, operator, value.
///
/// Conditions are joined by AND. A `^` in the value is escaped; what has no escape is
/// refused, since an instance drops what it does not understand and answers with more rows.
///
/// @param query       Must not be NULL.
/// @param field       Name of a field, also across references (`"caller_id.department.name"`);
///                    must not be NULL.
/// @param op          One of the #SNOW_EQ constants; #SNOW_IN, #SNOW_NOT_IN and
///                    #SNOW_BETWEEN have functions of their own.
/// @param value       The text to compare with, or the expression that the operator says;
///                    NULL for the operators that take no value, and with #SNOW_EQ and
///                    #SNOW_NE for "is empty" and "is not empty".
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_where(snow_query *query,
                             const char *field,
                             snow_operator op,
                             const char *value,
                             snow_error **error);

/// Adds a condition with a whole number.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param op          As for snow_query_where().
/// @param value       The number to compare with.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_where_int(snow_query *query,
                                 const char *field,
                                 snow_operator op,
                                 int64_t value,
                                 snow_error **error);

/// Adds a condition with a truth value. On an instance, "not true" also matches rows in
/// which the field is empty.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param op          #SNOW_EQ or #SNOW_NE.
/// @param value       1 for true, 0 for false.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_where_bool(snow_query *query,
                                  const char *field,
                                  snow_operator op,
                                  int32_t value,
                                  snow_error **error);

/// Adds a condition with a point in time, written in UTC.
///
/// Some instances read times in the zone of the user who calls: give that user the zone GMT.
///
/// @param query         Must not be NULL.
/// @param field         As for snow_query_where().
/// @param op            One of the six comparisons, #SNOW_EQ to #SNOW_GE.
/// @param unix_seconds  Seconds since 1970 (UTC), within the years 1 to 9999.
/// @param[out] error    Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_where_time(snow_query *query,
                                  const char *field,
                                  snow_operator op,
                                  int64_t unix_seconds,
                                  snow_error **error);

/// Adds a condition: the field is one of a list of values.
///
/// The list goes in the URL, of which an instance takes about 8000 bytes with the headers:
/// that is some 200 keys. More are #SNOW_BAD_REQUEST, so ask with a part of them at a time.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param values      The values; none may be NULL, or hold a comma, for which there is no
///                    escape.
/// @param count       How many they are; not 0.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_where_in(snow_query *query,
                                const char *field,
                                const char *const *values,
                                size_t count,
                                snow_error **error);

/// Adds a condition: the field is none of a list of values.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param values      The values; none may be NULL, or hold a comma, for which there is no
///                    escape.
/// @param count       How many they are; not 0.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_where_not_in(snow_query *query,
                                    const char *field,
                                    const char *const *values,
                                    size_t count,
                                    snow_error **error);

/// Adds a condition: the field is within a range, both bounds included.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param low         Lower bound; must not be NULL or empty, or hold an `@`, for which there
///                    is no escape.
/// @param high        Upper bound; as `low`. Where both are numbers, or both dates or times,
///                    not less than that; of other texts the instance decides, and of bounds
///                    that it finds the wrong way round no row is between.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_where_between(snow_query *query,
                                     const char *field,
                                     const char *low,
                                     const char *high,
                                     snow_error **error);

/// Adds a condition: the field is within a stretch of time, both ends included, written
/// in UTC.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param low         Its beginning, in seconds since 1970 (UTC).
/// @param high        Its end, likewise; not before `low`.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_where_between_times(snow_query *query,
                                           const char *field,
                                           int64_t low,
                                           int64_t high,
                                           snow_error **error);

/// Adds a condition whose value the instance works out, such as
/// `gs.daysAgoStart(7)`. The script runs on the instance: never build it from text that is
/// not yours.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param op          As for snow_query_where().
/// @param script      JavaScript, without `javascript:` before it; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_where_script(snow_query *query,
                                    const char *field,
                                    snow_operator op,
                                    const char *script,
                                    snow_error **error);

/// Adds a condition: all of some words stand anywhere in the record, by the table's text
/// index (`123TEXTQUERY321`).
///
/// @param query       Must not be NULL.
/// @param words       Must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_where_text(snow_query *query,
                                  const char *words,
                                  snow_error **error);

/// Adds a condition: so many records of another table refer to the row (`RLQUERY`).
/// `"incident.problem_id"`, #SNOW_GE, 1 are the problems that have an incident.
///
/// @param query       Must not be NULL.
/// @param reference   The other table and its field that refers to this one, with a dot
///                    between; must not be NULL.
/// @param op          #SNOW_EQ, #SNOW_LT, #SNOW_LE, #SNOW_GT or #SNOW_GE.
/// @param count       The number of records to compare with.
/// @param conditions  Which records count; NULL for all. Copied. Its conditions only, in
///                    one group, none of them on a further table.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_where_related(snow_query *query,
                                     const char *reference,
                                     snow_operator op,
                                     uint32_t count,
                                     const snow_query *conditions,
                                     snow_error **error);

/// Adds a condition: a record of another table has the value of a field (`JOIN`).
/// `"sys_user.sys_id"` and `"sys_user_grmember.user"` are the users who are in a group.
///
/// @param query       Must not be NULL.
/// @param field       The table that is asked and its field, with a dot between; must not
///                    be NULL.
/// @param other       The other table and its field, likewise.
/// @param conditions  One condition on the record of the other table; NULL for none.
///                    Copied.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_where_join(snow_query *query,
                                  const char *field,
                                  const char *other,
                                  const snow_query *conditions,
                                  snow_error **error);

/// Makes the next condition an alternative of the one before (`^OR`): that one or the
/// next must hold, beside all other conditions.
///
/// @param query       Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT, the last where there
///         is no condition before it, or a text of several: of those the OR would join
///         the last one only.
/// @since 0.1
SNOW_API
snow_status snow_query_or(snow_query *query,
                          snow_error **error);

/// Begins another group of conditions (`^NQ`). A row is selected if all conditions of
/// one group hold.
///
/// @param query       Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT, the last where the
///         group that would end is empty.
/// @since 0.1
SNOW_API
snow_status snow_query_new_query(snow_query *query,
                                 snow_error **error);

/// Adds an encoded query as text, such as one copied from a list in the user interface.
/// All of it must hold beside the other conditions of the group.
///
/// Its conditions are neither checked nor escaped: never build it from text that is not yours.
/// Its `ORDERBY` and `GROUPBY` go to the end of the query. Refused is what cannot stand beside
/// others: a control character, `^OR` or `^NQ` without a condition on each side, an `RLQUERY`
/// without its end, and after snow_query_or() more than one condition. To have a text checked,
/// and given back as it was, see snow_query_parse().
///
/// @param query       Must not be NULL.
/// @param encoded     Must not be NULL; `""` adds nothing.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_raw(snow_query *query,
                           const char *encoded,
                           snow_error **error);

/// Orders rows by a field, upward; the next call orders those that are equal.
///
/// Without any order rows come by `sys_id`, which is how they are read fastest and most
/// safely.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_order_by(snow_query *query,
                                const char *field,
                                snow_error **error);

/// Orders rows by a field, downward; the next call orders those that are equal.
///
/// Without any order rows come by `sys_id`, which is how they are read fastest and most
/// safely.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_order_by_desc(snow_query *query,
                                     const char *field,
                                     snow_error **error);

/// Groups rows by a field (`GROUPBY`), as a list of the user interface does that is opened
/// with the text of snow_query_encoded(). The Table API does not group, so lists are read
/// without it.
///
/// @param query       Must not be NULL.
/// @param field       As for snow_query_where().
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_group_by(snow_query *query,
                                const char *field,
                                snow_error **error);

/// Chooses which fields rows have. Default is all.
///
/// Lists without an order of their own always read `sys_id` along.
///
/// @param query       Must not be NULL.
/// @param fields      Names with commas between, also across references
///                    (`"number,caller_id.name"`); replaces those chosen before; `""` for
///                    all; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_fields(snow_query *query,
                              const char *fields,
                              snow_error **error);

/// Ends a list after so many rows in all, however many pages that takes. Default is no
/// limit.
///
/// @param query       Must not be NULL.
/// @param rows        Not 0.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_limit(snow_query *query,
                             uint64_t rows,
                             snow_error **error);

/// Skips so many rows first. Default is 0.
///
/// @param query       Must not be NULL.
/// @param rows        Any number.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_offset(snow_query *query,
                              uint64_t rows,
                              snow_error **error);

/// Reads so many rows with each request. Default is 1000.
///
/// @param query       Must not be NULL.
/// @param rows        1 to 10000.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_page_size(snow_query *query,
                                 uint32_t rows,
                                 snow_error **error);

/// Chooses between stored values, display values and both.
///
/// @param query       Must not be NULL.
/// @param form        #SNOW_DISPLAY_FALSE (default), #SNOW_DISPLAY_TRUE or
///                    #SNOW_DISPLAY_ALL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_display_value(snow_query *query,
                                     snow_display form,
                                     snow_error **error);

/// Whether references come without their link, which is many bytes fewer.
/// Default is 0.
///
/// @param query       Must not be NULL.
/// @param exclude     1 for without, 0 for with.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_exclude_reference_link(snow_query *query,
                                              int32_t exclude,
                                              snow_error **error);

/// Asks for the fields of a view of the user interface. snow_query_fields() wins over
/// it.
///
/// @param query       Must not be NULL.
/// @param view        Name of the view; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_view(snow_query *query,
                            const char *view,
                            snow_error **error);

/// Whether a list goes without a count of its rows (`sysparm_no_count`), which is a query
/// of its own on the instance. Default is 0.
///
/// snow_cursor_total() then gives -1, unless a page comes short: what is left is counted then
/// all the same, to tell the end of the list from rows that this user may not see, and that
/// is told where it is all of the list.
///
/// @param query       Must not be NULL.
/// @param without     1 for without, 0 for with.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_no_count(snow_query *query,
                                int32_t without,
                                snow_error **error);

/// Lets a list be read from a replica of the database: the one that the instance has for a
/// category of queries (`sysparm_query_category`).
///
/// @param query       Must not be NULL.
/// @param category    Name of the category; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_category(snow_query *query,
                                const char *category,
                                snow_error **error);

/// Whether records of every domain are reached (`sysparm_query_no_domain`), by reads and
/// writes alike. Default is 0: those of the user's own domains. The user needs the role
/// `admin` or `query_no_domain_table_api`.
///
/// @param query       Must not be NULL.
/// @param all         1 for every domain, 0 for the user's own.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_no_domain(snow_query *query,
                                 int32_t all,
                                 snow_error **error);

/// Whether the values that a write gives are display values
/// (`sysparm_input_display_value`): references by name, choices by label, times in the zone
/// and form of the user who calls. Default is 0: stored values, times in UTC. Of a record
/// that was read the display values are sent then, and those of a field that came without
/// one are refused. Reads have no use for it.
///
/// @param query       Must not be NULL.
/// @param display     1 for display values, 0 for stored values.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_input_display_value(snow_query *query,
                                           int32_t display,
                                           snow_error **error);

/// Whether the instance leaves the fields alone that it fills by itself on a write: who
/// created and changed the record, and when (`sysparm_suppress_auto_sys_field`). Default is
/// 0: it fills them. Reads have no use for it.
///
/// @param query       Must not be NULL.
/// @param suppress    1 to leave them, 0 to let them be filled.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_query_suppress_auto_sys_field(snow_query *query,
                                               int32_t suppress,
                                               snow_error **error);

/// Adds a parameter of the Table API that has no function of its own here to every call
/// that is made with this query, as it is.
///
/// @param query       Must not be NULL.
/// @param name        Such as `"sysparm_restrict_domain"`; the same name again replaces it. Must
///                    not be NULL, and begin with `sysparm_`: the name of a field would
///                    filter nothing beside the query.
/// @param value       Copied; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, or #SNOW_INVALID_ARGUMENT, also
///         for a parameter that has a function of its own.
/// @since 0.1
SNOW_API
snow_status snow_query_set(snow_query *query,
                           const char *name,
                           const char *value,
                           snow_error **error);

/// The conditions and the order as the encoded query that is sent as `sysparm_query`. Lists
/// add an order by `sys_id` to it, and leave its `GROUPBY` out.
///
/// @param query       Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return Borrowed until the query is changed or freed. NULL with #SNOW_NULL_ARGUMENT, or
///         #SNOW_INVALID_ARGUMENT where the query is unfinished (it ends in
///         snow_query_or() or snow_query_new_query()).
/// @since 0.1
SNOW_API
const char *snow_query_encoded(snow_query *query,
                               snow_error **error);

/// Makes a copy, conditions and options alike: the way from one query to several that begin
/// with it, or to one for each thread.
///
/// @param query       Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The copy; release it with snow_query_free(). NULL with #SNOW_NULL_ARGUMENT.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_query *snow_query_clone(const snow_query *query,
                             snow_error **error);

/// Frees a query. Cursors made from it go on.
///
/// @param query  NULL does nothing.
/// @since 0.1
SNOW_API void snow_query_free(snow_query *query);
/** @} */

/**
 * @defgroup snow_record 7. Records
 *
 * A record is one row: read from an instance, or built to be sent to one.
 *
 * A field can have three texts: its stored value, its display value, and for a reference the link
 * to the record that it refers to. Which of them an instance sends is chosen by
 * snow_query_display_value().
 *
 *                         snow_record_get()   snow_record_display()   snow_record_link()
 *     SNOW_DISPLAY_FALSE  value               of a scalar, its value  of a reference
 *     SNOW_DISPLAY_TRUE   of a scalar, text   display value           of a reference
 *     SNOW_DISPLAY_ALL    value               display value           of a reference
 *
 * A field that is absent (not asked for, or hidden from this user) gives NULL; a field that is
 * empty gives `""`.
 *
 * A record that was read can be written again, changed or not. Its stored values are sent,
 * or with snow_query_input_display_value() its display values: those of #SNOW_DISPLAY_ALL
 * go either way. A field that came without the one that is to be sent is
 * #SNOW_INVALID_ARGUMENT, and nothing is sent: a time as it is displayed would be stored as
 * one of another zone. That holds for the fields of the Table API, whose form a record
 * remembers; one that is set, or made from JSON, is sent as it is. With #SNOW_DISPLAY_TRUE
 * name the fields: of a journal its history is displayed, and would be added to it.
 *
 *     snow_record *changes = snow_record_new(&error);
 *     snow_record_set(changes, "state", "6", &error);
 *     snow_record_set(changes, "close_notes", "Restarted.", &error);
 * @{
 */

/// One row. For one thread at a time.
typedef struct snow_record snow_record;

/// Makes a record without fields.
///
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record; release it with snow_record_free(). NULL only for want of a
///         working library (#SNOW_INTERNAL).
/// @since 0.1
SNOW_API SNOW_MUST_USE snow_record *snow_record_new(snow_error **error);

/// Makes a record from a JSON object, or from an answer that holds one
/// (`{"result":{...}}`).
///
/// @param json        The JSON in UTF-8; need not end in a NUL; may be NULL if `length`
///                    is 0, which is no JSON.
/// @param length      Its length in bytes.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record; release it with snow_record_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_ARGUMENT where it is not one JSON object, or has more than 65,536
///         fields, 127 levels or 256 MiB, or #SNOW_NO_MEMORY where there is none for the copy.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_record *snow_record_from_json(const char *json,
                                   size_t length,
                                   snow_error **error);

/// Sets a field to a text, in place of the value that it has.
///
/// Texts that the record has lent stay until it is freed. To send many records in a loop,
/// make each anew rather than reading and setting one again and again.
///
/// @param record      Must not be NULL, and not one that a cursor or a response lends: clone
///                    that first.
/// @param field       Name of the field; must not be NULL.
/// @param value       Copied; must not be NULL; `""` empties the field.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT,
///         #SNOW_NO_MEMORY where there is none for the copy.
/// @since 0.1
SNOW_API
snow_status snow_record_set(snow_record *record,
                            const char *field,
                            const char *value,
                            snow_error **error);

/// The stored value of a field.
///
/// A number or truth value gives its JSON text; an object with neither value nor display
/// value, or a list, gives its JSON.
///
/// What is lent is a copy, which stays with the record. Where there is no memory for it the
/// process ends: NULL would pass for a field that is absent.
///
/// @param record       May be NULL.
/// @param field        Name of the field, also across references
///                     (`"caller_id.name"`, where the query asked for it).
/// @param[out] length  Receives its length in bytes without the NUL, since a value may
///                     hold a NUL itself; may be NULL.
/// @return Borrowed until the record is freed, or for a row of a cursor until the next
///         one; NULL where the field is absent, is null, or came without its value
///         (#SNOW_DISPLAY_TRUE), and where an argument cannot be used.
/// @since 0.1
SNOW_API
const char *snow_record_get(const snow_record *record,
                            const char *field,
                            size_t *length);

/// The display value of a field; of a scalar that came without one, the scalar.
///
/// @param record       May be NULL.
/// @param field        Name of the field.
/// @param[out] length  Receives its length in bytes without the NUL, as of
///                     snow_record_get(); may be NULL.
/// @return Borrowed as by snow_record_get(); NULL where the field is absent or null, came
///         without its display value, and where an argument cannot be used.
/// @since 0.1
SNOW_API
const char *snow_record_display(const snow_record *record,
                                const char *field,
                                size_t *length);

/// The link of a reference: the REST address of the record that it refers to.
///
/// Its host need not be the one that the client calls.
///
/// @param record  May be NULL.
/// @param field   Name of the field.
/// @return Borrowed as by snow_record_get(); NULL where the field is absent, empty or no
///         reference, came without its link, and where an argument cannot be used.
/// @since 0.1
SNOW_API
const char *snow_record_link(const snow_record *record,
                             const char *field);

/// How many fields the record has.
///
/// @param record  May be NULL.
/// @return The number; 0 for NULL.
/// @since 0.1
SNOW_API size_t snow_record_field_count(const snow_record *record);

/// The name of a field by its place, in the order in which the instance sent them.
///
/// @param record  May be NULL.
/// @param index   0 for the first.
/// @return Borrowed as by snow_record_get(); NULL after the last one.
/// @since 0.1
SNOW_API
const char *snow_record_field_name(const snow_record *record,
                                   size_t index);

/// The record as a JSON object: a copy, which there must be memory for, as for
/// snow_record_get().
///
/// @param record       May be NULL.
/// @param[out] length  Receives its length in bytes without the NUL; may be NULL.
/// @return Borrowed as by snow_record_get(); NULL for NULL.
/// @since 0.1
SNOW_API const char *snow_record_json(const snow_record *record, size_t *length);

/// Makes a copy: the way to keep a row of a cursor.
///
/// @param record      Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The copy; release it with snow_record_free(). NULL with
///         #SNOW_NULL_ARGUMENT.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_record *snow_record_clone(const snow_record *record,
                               snow_error **error);

/// Frees a record.
///
/// @param record  NULL does nothing, and so does a row that a cursor lends.
/// @since 0.1
SNOW_API void snow_record_free(snow_record *record);
/** @} */

/**
 * @defgroup snow_cursor 8. Cursors
 *
 * A cursor gives the rows that a query matches, one by one, however many there are. It
 * fetches page after page, the next one while you read this one, and never holds more
 * than two.
 *
 *     snow_cursor *cursor = snow_table_list(client, "incident", query, &error);
 *     const snow_record *row;
 *     snow_status status;
 *     while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
 *         puts(snow_record_json(row, NULL));
 *     if (status != SNOW_DONE)
 *         fprintf(stderr, "%s\n", snow_error_message(error));
 *     snow_cursor_free(cursor);
 *
 * Without an order of its own a query is read by key (`sys_id`): no row that is there
 * throughout is skipped or doubled while others come and go. With an order it has to be
 * read by offset, where rows that come or go meanwhile can shift others across the
 * border between two pages.
 * @{
 */

/// The rows that a query matches. For one thread at a time, but for snow_cursor_cancel(),
/// which any thread may call. Belongs to the process that made it.
typedef struct snow_cursor snow_cursor;

/// Goes to the next row.
///
/// After an error the cursor stands where it was: calling again tries the same page
/// again.
///
/// @param cursor      Must not be NULL.
/// @param[out] row    Receives the row, borrowed until the next call or until the cursor
///                    is freed; NULL where there is none. Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK with a row; #SNOW_DONE after the last one, which is no error;
///         #SNOW_CANCELLED after snow_cursor_cancel(); #SNOW_CLOSED in a forked child;
///         #SNOW_UNEXPECTED_ANSWER where the instance gives more rows than were asked for, or
///         not in the order of their keys where they are read by key: to go on would lose
///         some; and whatever a call can fail with.
/// @since 0.1
SNOW_API
snow_status snow_cursor_next(snow_cursor *cursor,
                             const snow_record **row,
                             snow_error **error);

/// How many rows the query matches, as the instance counts them. Rows that this user may
/// not see are among them, so fewer can come.
///
/// @param cursor  May be NULL.
/// @return The number, 0 where none does; -1 for NULL, before the first row is asked for,
///         and where the instance does not count.
/// @since 0.1
SNOW_API
int64_t snow_cursor_total(const snow_cursor *cursor);

/// How many rows the cursor has given so far.
///
/// @param cursor  May be NULL.
/// @return The number; 0 for NULL.
/// @since 0.1
SNOW_API uint64_t snow_cursor_fetched(const snow_cursor *cursor);

/// Ends the cursor, from any thread: the call that is waiting for a row, and every later
/// one, gives #SNOW_CANCELLED. Does not wait for that.
///
/// @param cursor      Must not be NULL, and not be freed before this returns.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_cursor_cancel(const snow_cursor *cursor,
                               snow_error **error);

/// Frees a cursor, and the row that it lends. What it has under way is ended, not waited
/// for.
///
/// @param cursor  NULL does nothing.
/// @since 0.1
SNOW_API
void snow_cursor_free(snow_cursor *cursor);
/** @} */

/**
 * @defgroup snow_table 9. Tables
 *
 * The records of a table: read one, list many, count, create, change, delete. Which
 * records a query names is said in section "Queries", what comes back in "Records".
 *
 *     snow_record *incident = snow_record_new(&error);
 *     snow_record_set(incident, "short_description", "Disk full on db01", &error);
 *     snow_record *created = snow_table_create(client, "incident", incident, NULL, &error);
 *     puts(snow_record_json(created, NULL));
 *
 * "Whatever a call can fail with" is this: the transport (100s: #SNOW_CONNECT,
 * #SNOW_TLS, #SNOW_CUT_BODY ...), signing in (200s: #SNOW_UNAUTHENTICATED,
 * #SNOW_TOKEN_REFUSED ...), the instance (300s: #SNOW_FORBIDDEN, #SNOW_RATE_LIMITED,
 * #SNOW_HIBERNATING ...), #SNOW_TIMEOUT, #SNOW_CANCELLED, #SNOW_CLOSED and #SNOW_NO_MEMORY,
 * #SNOW_FILE where the session has a token file, and the caller's mistakes:
 * #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT, #SNOW_INVALID_HANDLE,
 * #SNOW_BUSY.
 * @{
 */

/// What became of a record, as snow_table_create_once() tells it.
typedef int32_t snow_created;

/// Nothing is known: the call failed.
#define SNOW_CREATED_UNKNOWN 0

/// It was created, under the key that was asked for.
#define SNOW_CREATED_NEW 1

/// It is there under that key already: by this very call, whose answer was lost, or by an
/// earlier one with the same `sys_id`.
#define SNOW_CREATED_FOUND 2

/// It was created, but the instance gave it another key than was asked for, or which key it
/// has could not be read. Then an answer that is lost leaves open what became of the record.
#define SNOW_CREATED_UNDER_ANOTHER_KEY 3

/// Reads one record.
///
/// `GET /api/now/table/{table}/{sys_id}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param sys_id      Its key: 32 hexadecimal digits, or the name that some system records
///                    have for one; must not be NULL or empty.
/// @param query       In what form: fields, display value, links, view, domains; its
///                    conditions do not count. NULL for stored values of all fields.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record; release it with snow_record_free(). NULL with #SNOW_NOT_FOUND where
///         there is none or this user may not see it, #SNOW_BAD_REQUEST where there is no
///         such table, or whatever a call can fail with.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_record *snow_table_get(snow_client *client,
                            const char *table,
                            const char *sys_id,
                            const snow_query *query,
                            snow_error **error);

/// Begins to read all records that a query matches. No traffic happens before the first
/// row is asked for.
///
/// `GET /api/now/table/{table}`, as often as it takes.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param query       Copied; NULL for every row.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The cursor; release it with snow_cursor_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_UTF8 or #SNOW_INVALID_ARGUMENT.
/// @see snow_cursor_next()
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_cursor *snow_table_list(snow_client *client,
                             const char *table,
                             const snow_query *query,
                             snow_error **error);

/// Reads the first record that a query matches, in the order of the query, after those that
/// its offset skips.
///
/// `GET /api/now/table/{table}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param query       NULL for every row.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record; release it with snow_record_free(). NULL with #SNOW_NOT_FOUND where
///         none does, or whatever a call can fail with.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_record *snow_table_first(snow_client *client,
                              const char *table,
                              const snow_query *query,
                              snow_error **error);

/// Reads the one record that a query matches: the only one of all, whatever limit and offset
/// the query has.
///
/// `GET /api/now/table/{table}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param query       NULL for every row.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record; release it with snow_record_free(). NULL with #SNOW_NOT_FOUND where
///         none does, #SNOW_MULTIPLE where more than one does, or whatever a call can fail with.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_record *snow_table_one(snow_client *client,
                            const char *table,
                            const snow_query *query,
                            snow_error **error);

/// Counts the records that a query matches. The instance counts before it looks at row
/// access, so a list may hold fewer.
///
/// `GET /api/now/stats/{table}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param query       NULL for every row; of all others than its conditions only
///                    snow_query_set() counts.
/// @param[out] count  Receives the number, 0 on failure; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; #SNOW_FORBIDDEN where this user may not read the table as a whole; or
///         whatever a call can fail with.
/// @since 0.1
SNOW_API
snow_status snow_table_count(snow_client *client,
                             const char *table,
                             const snow_query *query,
                             uint64_t *count,
                             snow_error **error);

/// Creates a record. One that may have been created is never sent again by itself.
///
/// `POST /api/now/table/{table}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param record      Its fields; must not be NULL. A `sys_id` among them becomes the key.
/// @param query       In what form the record comes back, and how the values given are meant:
///                    display values, automatic fields; its conditions do not count. NULL
///                    for stored values, and of all fields.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record as the instance stored it; release it with snow_record_free(). NULL
///         with #SNOW_FORBIDDEN where an access control, business rule or data policy
///         refuses it, or whatever a call can fail with; snow_error_maybe_applied() tells
///         whether it may have been created in spite of the error.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_record *snow_table_create(snow_client *client,
                               const char *table,
                               const snow_record *record,
                               const snow_query *query,
                               snow_error **error);

/// Creates a record, and finds out what became of it when the answer is lost: by its key,
/// which is made before it is sent.
///
/// Keep the key (set the field `sys_id` yourself), call again with it after any error, and
/// no second record is created.
///
/// `POST /api/now/table/{table}`, and `GET /api/now/table/{table}/{sys_id}` where that is
/// needed.
///
/// @param client        Must not be NULL.
/// @param table         Name of the table, such as `"incident"`; must not be NULL.
/// @param record        Its fields; must not be NULL. Its `sys_id` is the key: 32 hexadecimal
///                      digits in lower case, and nothing else is taken; without one, a
///                      random key is made.
/// @param query         As for snow_table_create(); may be NULL. `sys_id` comes along with the
///                      fields that it asks for.
/// @param[out] created  Receives what became of it: a `SNOW_CREATED_` constant; may be NULL.
/// @param[out] error    Receives the error on failure; may be NULL.
/// @return The record as the instance stored it; release it with snow_record_free(). NULL as
///         for snow_table_create(), and with #SNOW_INVALID_ARGUMENT where `sys_id` is no such
///         key; snow_error_maybe_applied() is 1 where even the look-up could not tell, because
///         it failed or found nothing.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_record *snow_table_create_once(snow_client *client,
                                    const char *table,
                                    const snow_record *record,
                                    const snow_query *query,
                                    snow_created *created,
                                    snow_error **error);

/// Changes the fields given and leaves the others.
///
/// `PATCH /api/now/table/{table}/{sys_id}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param sys_id      Its key: 32 hexadecimal digits, or the name that some system records
///                    have for one; must not be NULL or empty.
/// @param record      The fields to change; must not be NULL.
/// @param query       As for snow_table_create(); may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record as the instance stored it; release it with snow_record_free(). NULL
///         with #SNOW_FORBIDDEN where an access control, business rule or data policy
///         refuses it, #SNOW_NOT_FOUND where there is no such record, or whatever a call can
///         fail with; snow_error_maybe_applied() tells whether it may have been changed in
///         spite of the error.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_record *snow_table_update(snow_client *client,
                               const char *table,
                               const char *sys_id,
                               const snow_record *record,
                               const snow_query *query,
                               snow_error **error);

/// As snow_table_update() with PUT, which some networks want. On a table the instance
/// treats both alike: fields that are not given stay as they are.
///
/// `PUT /api/now/table/{table}/{sys_id}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param sys_id      Its key: 32 hexadecimal digits, or the name that some system records
///                    have for one; must not be NULL or empty.
/// @param record      The fields to change; must not be NULL.
/// @param query       As for snow_table_create(); may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record as the instance stored it; release it with snow_record_free(). NULL
///         with #SNOW_FORBIDDEN where an access control, business rule or data policy
///         refuses it, #SNOW_NOT_FOUND where there is no such record, or whatever a call can
///         fail with; snow_error_maybe_applied() tells whether it may have been changed in
///         spite of the error.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_record *snow_table_replace(snow_client *client,
                                const char *table,
                                const char *sys_id,
                                const snow_record *record,
                                const snow_query *query,
                                snow_error **error);

/// Deletes a record.
///
/// `DELETE /api/now/table/{table}/{sys_id}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param sys_id      Its key: 32 hexadecimal digits, or the name that some system records
///                    have for one; must not be NULL or empty.
/// @param query       Whether domains matter; nothing else of it counts. May be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; #SNOW_NOT_FOUND where there is no such record, #SNOW_FORBIDDEN where it
///         may not be deleted; or whatever a call can fail with.
/// @since 0.1
SNOW_API
snow_status snow_table_delete(snow_client *client,
                              const char *table,
                              const char *sys_id,
                              const snow_query *query,
                              snow_error **error);

/// Changes the one record that a query matches: looks it up, asks whether the instance
/// leaves a condition out, as it does with a field that it does not know, and changes the
/// record by its key. What cannot be asked about are words that are searched for, as by
/// snow_query_where_text(), tags, scripts inside a join, and a term of snow_query_raw() with
/// an operator that libsnow does not know: where the instance leaves one of these out, the
/// record need not be the one that was meant.
///
/// `GET /api/now/table/{table}`, and `PATCH /api/now/table/{table}/{sys_id}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param query       Must not be NULL, and must have a condition: without one it matches
///                    whatever happens to be the only row. What it says of form counts
///                    for the record that comes back; its limit and offset do not count.
/// @param record      The fields to change; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record as the instance stored it; release it with snow_record_free(). NULL
///         with #SNOW_FORBIDDEN where an access control, business rule or data policy
///         refuses it, #SNOW_NOT_FOUND or #SNOW_MULTIPLE where not exactly one record matches,
///         #SNOW_QUERY_IGNORED where the instance leaves out a condition, so that another one
///         may match (nothing is changed then), or whatever a call can fail with;
///         snow_error_maybe_applied() tells whether it may have been changed in spite of the
///         error.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_record *snow_table_update_one(snow_client *client,
                                   const char *table,
                                   const snow_query *query,
                                   const snow_record *record,
                                   snow_error **error);

/// Deletes the one record that a query matches, which is found as
/// snow_table_update_one() finds it.
///
/// `GET /api/now/table/{table}`, and `DELETE /api/now/table/{table}/{sys_id}`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param query       As for snow_table_update_one().
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; #SNOW_NOT_FOUND or #SNOW_MULTIPLE where not exactly one record matches,
///         #SNOW_QUERY_IGNORED where the instance leaves out a condition (nothing is deleted
///         then); or as snow_table_delete().
/// @since 0.1
SNOW_API
snow_status snow_table_delete_one(snow_client *client,
                                  const char *table,
                                  const snow_query *query,
                                  snow_error **error);
/** @} */

/**
 * @defgroup snow_export 10. Exports
 *
 * An export reads all rows of a table that a query matches, over several connections at
 * once. It is what snow_table_list() is, for tables of any size: as fast as the instance
 * gives rows, in little memory, and held against the instance's own count at the end.
 *
 *     snow_export *export = snow_export_new(client, "incident", query, &error);
 *     snow_cursor *cursor = snow_export_rows(export, &error);
 *     const snow_record *row;
 *     snow_status status;
 *     while ((status = snow_cursor_next(cursor, &row, &error)) == SNOW_OK)
 *         puts(snow_record_json(row, NULL));
 *     if (status == SNOW_DONE)
 *         printf("%lld rows\n", (long long)snow_export_count(export, SNOW_EXPORT_RECEIVED));
 *     snow_cursor_free(cursor);
 *     snow_export_free(export);
 *
 * Each connection has a thread of libsnow's, which runs no callback of yours. Rows wait
 * until you take them, and only so many that memory does not grow with the table: if you
 * are slow, the instance waits.
 *
 * While rows are created, changed and deleted during an export, no row that is there
 * throughout is left out or given twice. A row that comes to be meanwhile may be among
 * those given or not.
 *
 * A page that breaks off, or that the instance cancels because it takes too long, is asked
 * for again from where it broke, with half the rows.
 * @{
 */

/// An export that is to be made, and the counts of the one that was begun last. For one
/// thread at a time; snow_export_count() may be called beside the cursor it counts.
typedef struct snow_export snow_export;

/// The parts of a table, each as an encoded query; never changes. Thread-safe.
typedef struct snow_shards snow_shards;

/// In what order an export gives its rows.
typedef int32_t snow_order;

/// Is told how far an export is: at most ten times a second, and at its end.
///
/// Runs on the thread that takes the rows, inside that call and with no lock held: it may
/// call libsnow, also on the same client.
///
/// @param user_data   As given beside it.
/// @param rows        Rows that came, as #SNOW_EXPORT_RECEIVED.
/// @param bytes       Bytes of all rows that came, as #SNOW_EXPORT_BYTES.
/// @param expected    Rows that the instance counted, as #SNOW_EXPORT_EXPECTED; 0 as long as
///                    it has not. In any order this grows in the first moments, while each
///                    connection counts its part.
/// @param elapsed_ms  Milliseconds since the first row was asked for.
/// @return #SNOW_HANDLED to go on; any other value ends the call that takes the rows with
///         #SNOW_CALLBACK_FAILED. The export goes on with the next such call.
typedef int32_t (*snow_export_progress_fn)(void *user_data,
                                           uint64_t rows,
                                           uint64_t bytes,
                                           uint64_t expected,
                                           uint64_t elapsed_ms);

/// Something that an export counts.
typedef int32_t snow_export_counter;

/// As they come, which is the fastest.
#define SNOW_ORDER_ANY 1

/// By `sys_id`. Rows of several pages are read ahead, and wait for those before them.
#define SNOW_ORDER_SYS_ID 2

/// As the query says. The keys of all rows are read first, in this order, and kept until the
/// end: some 30 bytes a row. A row that changes its place meanwhile is given where it was or
/// at the end, and one that matches no longer when its turn comes is not given; but where the
/// conditions are so long that a URL has no room for them beside the keys of 20 rows, it is.
#define SNOW_ORDER_QUERY 3

/// Rows that the instance counted at the beginning. Those that this user may not see are
/// among them. With a limit of the query, no more than that.
#define SNOW_EXPORT_EXPECTED 1

/// Rows that came. With a limit of the query, no more than that.
#define SNOW_EXPORT_RECEIVED 2

/// Rows that the instance counts and does not give to this user, by access control.
#define SNOW_EXPORT_HIDDEN 3

/// How many times a page broke off and was asked for again with half the rows.
#define SNOW_EXPORT_HALVED 4

/// How many times a page broke off and was asked for again.
#define SNOW_EXPORT_RETRIED 5

/// Requests that were made, those that were made again among them: for rows, for keys, and
/// to count.
#define SNOW_EXPORT_REQUESTS 6

/// Bytes of the rows that came, as JSON text, unpacked; also of those that a limit leaves out.
#define SNOW_EXPORT_BYTES 7

/// Values that did not fit the type of their Arrow column, and are NULL there.
#define SNOW_EXPORT_MISFITS 8

/// Makes an export of the rows that a query matches. No traffic happens before the first
/// row is asked for.
///
/// `GET /api/now/table/{table}`, as often as it takes, on each connection.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param query       Copied; NULL for every row. Its page size is that of each connection;
///                    its offset must be 0; with a limit any rows that match are given, so
///                    many of them, but in the query's own order not before those that
///                    come first in that.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The export; release it with snow_export_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_UTF8 or #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_export *snow_export_new(snow_client *client,
                             const char *table,
                             const snow_query *query,
                             snow_error **error);

/// Sets how many connections read at once. The default of 4 is as many requests as one
/// node of an instance works for at a time by default; more keep other integrations
/// waiting.
///
/// @param export_      Must not be NULL.
/// @param connections  From 1 to 64.
/// @param[out] error   Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_export_set_connections(snow_export *export_,
                                        uint32_t connections,
                                        snow_error **error);

/// Sets the order of the rows. Default is the query's where it has one, else any.
///
/// @param export_     Must not be NULL.
/// @param order       A `SNOW_ORDER_` constant.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_export_set_order(snow_export *export_,
                                  snow_order order,
                                  snow_error **error);

/// Tells a callback how far the export is. It holds for what is begun after this.
///
/// @param export_     Must not be NULL.
/// @param callback    NULL to tell nobody.
/// @param user_data   Handed to the callback; may be NULL.
/// @param destroy     Called once with `user_data` when it is no longer needed: when another
///                    callback has taken its place and when the export and what it began are
///                    freed, or when this very call fails; may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_export_set_progress_callback(snow_export *export_,
                                              snow_export_progress_fn callback,
                                              void *user_data,
                                              snow_destroy_fn destroy,
                                              snow_error **error);

/// Begins the export: its rows, one by one. From here on snow_export_count() counts these.
///
/// What was begun before goes on beside it, as long as its cursor or stream is there.
///
/// Of the cursor's functions all work: snow_cursor_cancel() ends the export from any
/// thread, freeing it early does as well. snow_cursor_next() gives #SNOW_INCOMPLETE in
/// place of #SNOW_DONE where rows did not come that the instance still has. After an error
/// the next call goes on where it broke.
///
/// An instance leaves a part out of a query, without a word, where it does not know the
/// field or the table of a related list or a join, where the user may not read it, or where
/// it runs no scripts, and gives more rows; some give no row at all instead. A query with
/// conditions is therefore tried before the first row and after the last, with one that no
/// row can match, and where no row came, with one that each row matches:
/// snow_cursor_next() gives #SNOW_QUERY_IGNORED, and the message names the part. Not noticed
/// is where words cannot be searched for, where a tag does not exist, a script inside a join,
/// a dynamic filter or hierarchy that does not exist while each row has the field, and a term
/// of snow_query_raw() with an operator that libsnow does not know.
///
/// An export reads by `sys_id`. A database view has none, a script that fills a table may take
/// no notice of it, and some users may not read it: rows would come more than once. Where rows
/// make that doubtful the instance is asked, and snow_cursor_next() gives #SNOW_QUERY_IGNORED;
/// such a table can be read as a list in an order of its own, where rows that change meanwhile
/// may slip by or come twice, or as an export, not in the query's own order, with a
/// limit that is no more than its page size.
///
/// @param export_     Must not be NULL; it may be freed before the cursor.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The cursor; release it with snow_cursor_free(). NULL with
///         #SNOW_NULL_ARGUMENT.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_cursor *snow_export_rows(snow_export *export_,
                              snow_error **error);

/// How many of something there were so far, and in all once the export has ended:
/// expected, received and hidden rows tell whether it is complete, and what it took.
///
/// @param export_  May be NULL.
/// @param counter  A `SNOW_EXPORT_` constant.
/// @return The number; -1 for NULL, and for what is no such constant.
/// @since 0.1
SNOW_API
int64_t snow_export_count(const snow_export *export_,
                          snow_export_counter counter);

/// Frees an export. What it began goes on, and belongs to the cursor or the stream.
///
/// @param export_  NULL does nothing.
/// @since 0.1
SNOW_API void snow_export_free(snow_export *export_);

/// Divides the rows that a query matches into parts of about the same size, so that workers,
/// also on several machines, can share an export. Each part is an encoded query, for
/// snow_query_parse(), or for snow_query_raw() where `query` has a term of that function with
/// an operator that libsnow does not know; together they match each row once, also rows that
/// come to be later.
///
/// Two requests find out whether the table can be asked for by `sys_id`, one counts the rows,
/// and one for each part but the last finds the key at which it ends: `GET
/// /api/now/table/{table}`. With fewer rows than parts, and where access control
/// hides the rows that were looked for, parts may be empty.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table; must not be NULL.
/// @param query       NULL for every row. Its conditions are part of each query; its order,
///                    its fields and all else are not, and are for each worker to set. It
///                    must have no limit and no offset.
/// @param count       How many parts, from 1 to 1000.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The parts; release them with snow_shards_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT, #SNOW_QUERY_IGNORED for a table that
///         has no `sys_id` to ask for, such as a database view, or whatever a read can fail
///         with.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_shards *snow_table_shards(snow_client *client,
                               const char *table,
                               const snow_query *query,
                               uint32_t count,
                               snow_error **error);

/// How many parts there are.
///
/// @param shards  May be NULL.
/// @return As many as were asked for; 0 for NULL.
/// @since 0.1
SNOW_API uint32_t snow_shards_count(const snow_shards *shards);

/// One of the parts, as an encoded query.
///
/// @param shards       May be NULL.
/// @param index        From 0.
/// @param[out] length  Receives the length in bytes, without the NUL; may be NULL.
/// @return Borrowed until the parts are freed; NULL where there is no such part.
/// @since 0.1
SNOW_API
const char *snow_shards_query(const snow_shards *shards,
                              uint32_t index,
                              size_t *length);

/// Frees the parts.
///
/// @param shards  NULL does nothing.
/// @since 0.1
SNOW_API void snow_shards_free(snow_shards *shards);
/** @} */

/**
 * @defgroup snow_arrow 11. Arrow
 *
 * A table as Arrow: columns in the memory layout that pandas, Polars, DuckDB, Spark and
 * databases share, so that they take it over without a copy. It comes as an
 * `ArrowArrayStream` of the Arrow C stream interface, whose definitions stand above.
 *
 *     struct ArrowArrayStream stream;
 *     struct ArrowArray batch;
 *     if (snow_table_arrow(client, "incident", query, &stream, &error) == SNOW_OK) {
 *         while (stream.get_next(&stream, &batch) == 0 && batch.release) {
 *             ...
 *             batch.release(&batch);
 *         }
 *         stream.release(&stream);
 *     }
 *
 * There is a column for each field that the query asks for, in that order, or for each
 * field of the table by its name. Their types come from the instance's dictionary
 * (`sys_db_object`, `sys_dictionary`), through all tables that the table extends; a
 * dot-walk (`caller_id.email`) has the type of its last part:
 *
 *     integer, longint, auto_increment, order_index   int64
 *     decimal, currency, price, percent_complete      decimal128(38, 10): no cent is lost
 *     float                                           double
 *     boolean                                         bool
 *     glide_date, date                                date32
 *     glide_date_time, datetime, due_date             timestamp in microseconds, UTC
 *     glide_time, time                                time64 in microseconds
 *     glide_duration, timer                           duration in microseconds
 *     reference, document_id, GUID                    utf8: the key, NULL where there is none
 *     everything else                                 utf8, as it is stored
 *
 * An empty value is NULL in every column but text, where it stays an empty text: an
 * instance does not tell the two apart. A field that an access control hides is NULL in
 * any column. A value that does not fit its type is NULL, and counted by
 * #SNOW_EXPORT_MISFITS: it is not guessed at.
 *
 * The query's display value decides what is in the columns. With #SNOW_DISPLAY_FALSE it
 * is the stored value. With #SNOW_DISPLAY_ALL each field has a second column after
 * the first, `caller_id.display_value` beside `caller_id`: text, as this user sees it. For
 * few such names a dot-walk (`caller_id.name`) costs the instance less. With
 * #SNOW_DISPLAY_TRUE there are display values alone, and all columns are text.
 *
 * To read the dictionary a user needs read access to both tables. Without it, or where it
 * does not show a field, the call that makes the stream gives #SNOW_NO_DICTIONARY: give the
 * rights, correct the name, or name the fields and ask for text
 * (snow_export_set_all_text()), which reads no dictionary. Where the query names no field,
 * that goes for all that the table extends and for `sys_id` too; and where a row comes with
 * a field that the dictionary did not show, the stream ends with that status, which names
 * the field, rather than without it.
 *
 * The stream reads as it is taken from, in little memory. Its functions are for one
 * thread at a time, whichever; so is its release, which ends what is under way. The stream
 * outlives the client, and batches outlive both. Callbacks run inside `get_next`, on the
 * thread that calls it. Where that fails it gives `EIO`, and `get_last_error` a sentence
 * with the name of the status at its end, such as `SNOW_INCOMPLETE` where rows did not
 * come that the instance still has; called again, it goes on where it broke.
 * @{
 */

/// Reads all records that a query matches, as Arrow.
///
/// As snow_export_new() and snow_export_arrow(), on four connections. What an
/// export counts cannot be asked for here, misfits among it.
///
/// `GET /api/now/table/{table}`, as often as it takes, after the dictionary's
/// `GET /api/now/table/sys_db_object` and `GET /api/now/table/sys_dictionary`.
///
/// @param client      Must not be NULL; it may be freed before the stream.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param query       Copied; NULL for every row and field. Its offset must be 0.
/// @param[out] out    Receives the stream, which is yours until its `release` is called; on
///                    failure its `release` is NULL. What it held before is not looked at.
///                    Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; #SNOW_NO_DICTIONARY; #SNOW_INVALID_ARGUMENT, also for a query with
///         a view and without fields; and whatever a call can fail with.
/// @since 0.1
SNOW_API
snow_status snow_table_arrow(snow_client *client,
                             const char *table,
                             const snow_query *query,
                             struct ArrowArrayStream *out,
                             snow_error **error);

/// Begins the export, as Arrow: with its connections, its order and its progress. From here
/// on snow_export_count() counts this one.
///
/// The dictionary is read before this returns, and rows when the first batch is asked for.
///
/// @param export_     Must not be NULL; it may be freed before the stream.
/// @param[out] out    Receives the stream, which is yours until its `release` is called; on
///                    failure its `release` is NULL. What it held before is not looked at.
///                    Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; #SNOW_NO_DICTIONARY; #SNOW_INVALID_ARGUMENT for a query with a view and
///         without fields; and whatever a call can fail with.
/// @since 0.1
SNOW_API
snow_status snow_export_arrow(snow_export *export_,
                              struct ArrowArrayStream *out,
                              snow_error **error);

/// Sets whether every Arrow column is text, and holds what the instance sent: empty texts
/// among it, and NULL for what it did not send. Default is 0: each has the type that the
/// dictionary names. With 1 the dictionary is read only where the query names no fields.
///
/// @param export_     Must not be NULL.
/// @param all_text    0 or 1.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_export_set_all_text(snow_export *export_,
                                     int32_t all_text,
                                     snow_error **error);
/** @} */

/**
 * @defgroup snow_request 12. Requests
 *
 * Any call of the REST API: scripted APIs, and what has no function of its own here.
 * A request is built, sent, and can be sent again.
 *
 *     snow_request *request =
 *         snow_request_new("POST", "/api/x_acme/tickets/close", &error);
 *     snow_request_set_param(request, "reason", "solved", &error);
 *     snow_request_set_body(request, json, strlen(json), "application/json", &error);
 *     snow_response *response = snow_client_send(client, request, &error);
 *     if (response && snow_response_check(response, &error) == SNOW_OK) {
 *         const char *result = snow_response_result(response, NULL, &error);
 *         if (result)
 *             puts(result);
 *     }
 *
 * It is signed in, timed and kept to the instance like every other call: a path leads to
 * no other host, and the header that signs in is not the caller's to set.
 * @{
 */

/// The length of a body that is known only when it has been read.
#define SNOW_LENGTH_UNKNOWN UINT64_MAX

/// A call of the REST API, described. For one thread at a time; it can be sent by several
/// one after the other.
typedef struct snow_request snow_request;

/// Gives the next bytes of a body.
///
/// Runs on the thread that is inside the call that sends the request, with no lock held:
/// it may call libsnow, also on the same client.
///
/// @param user_data   As given beside it.
/// @param buffer      To be filled.
/// @param size        How many bytes fit into the buffer.
/// @param[out] count  Receives how many bytes were filled in; 0 at the end of the body, and
///                    whenever it is called after that.
/// @return #SNOW_HANDLED; any other value ends the call with #SNOW_CALLBACK_FAILED, and
///         what the instance has of the body by then is torn.
typedef int32_t (*snow_read_fn)(void *user_data,
                                void *buffer,
                                size_t size,
                                size_t *count);

/// Makes a request without parameters, headers or body.
///
/// @param method      `"GET"`, `"POST"`, `"PUT"`, `"PATCH"`, `"DELETE"` ..., in capitals;
///                    must not be NULL.
/// @param path        The path on the instance, such as `"/api/now/table/incident"`; must
///                    not be NULL. It begins with one slash and holds no `?`, `#`,
///                    backslash, control character, two slashes together or segment of
///                    dots. What is percent-encoded in it stays so.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The request; release it with snow_request_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_UTF8 or #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_request *snow_request_new(const char *method,
                               const char *path,
                               snow_error **error);

/// Sets a parameter of the URL, such as `sysparm_limit`. The same name again replaces it.
///
/// @param request     Must not be NULL.
/// @param name        Must not be NULL or empty.
/// @param value       Must not be NULL; encoded as need be.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_request_set_param(snow_request *request,
                                   const char *name,
                                   const char *value,
                                   snow_error **error);

/// Takes everything that a query says as parameters: `sysparm_query`, `sysparm_fields`,
/// `sysparm_limit` and so on, for the Table API and for those that follow it. It takes the
/// place of a query that was set before; other parameters stay. The page size says nothing
/// here: a request is one page, of as many rows as the limit says.
///
/// @param request     Must not be NULL.
/// @param query       Copied; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_request_set_param().
/// @since 0.1
SNOW_API
snow_status snow_request_set_query(snow_request *request,
                                   const snow_query *query,
                                   snow_error **error);

/// Sets a header of this request, at most 1,000, in place of the session's of that name.
/// Without an `Accept` header of its own a request accepts JSON, and snow_response_check()
/// takes anything else for a failure; with one it goes by that, and takes more than it names
/// where `application/json` is not in it.
///
/// @param request     Must not be NULL.
/// @param name        Must not be NULL; `Authorization`, `x-sn-apikey`, `Host`,
///                    `Content-Length` and the like are refused, and
///                    `X-HTTP-Method-Override` where the method is not POST: a call that
///                    is made again must be known by its method.
/// @param value       Must not be NULL; `""` removes the header.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_request_set_param().
/// @since 0.1
SNOW_API
snow_status snow_request_set_header(snow_request *request,
                                    const char *name,
                                    const char *value,
                                    snow_error **error);

/// Sends these bytes as the body.
///
/// @param request       Must not be NULL.
/// @param body          Copied; may be NULL where the length is 0.
/// @param length        Of the body, in bytes.
/// @param content_type  Such as `"application/json"`; must not be NULL or empty.
/// @param[out] error    Receives the error on failure; may be NULL.
/// @return As snow_request_set_param(); #SNOW_NO_MEMORY where there is none for the copy.
/// @since 0.1
SNOW_API
snow_status snow_request_set_body(snow_request *request,
                                  const void *body,
                                  size_t length,
                                  const char *content_type,
                                  snow_error **error);

/// Sends the fields of a record as a JSON body: their stored values, or with
/// `sysparm_input_display_value=true`, set before or after, their display values. A field
/// that has none fails snow_client_send() with #SNOW_INVALID_ARGUMENT, before anything is
/// sent.
///
/// @param request     Must not be NULL.
/// @param record      Copied; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_request_set_body().
/// @since 0.1
SNOW_API
snow_status snow_request_set_record(snow_request *request,
                                    const snow_record *record,
                                    snow_error **error);

/// Sends the content of a file as the body, piece by piece. The file is opened whenever
/// the request is sent, and looked at no earlier; one that is no regular file, cannot be
/// read or changes its size meanwhile gives #SNOW_FILE there.
///
/// @param request       Must not be NULL.
/// @param path          Must not be NULL or empty.
/// @param content_type  As for snow_request_set_body().
/// @param[out] error    Receives the error on failure; may be NULL.
/// @return As snow_request_set_param().
/// @since 0.1
SNOW_API
snow_status snow_request_set_body_file(snow_request *request,
                                       const char *path,
                                       const char *content_type,
                                       snow_error **error);

/// Sends what a callback gives as the body, piece by piece. Such a request can be sent
/// once, and is not repeated where the instance refuses the token: that is renewed for the
/// next call.
///
/// @param request       Must not be NULL.
/// @param length        Of the body, in bytes; what the callback gives must be as much.
///                      #SNOW_LENGTH_UNKNOWN sends it in chunks.
/// @param callback      Must not be NULL.
/// @param user_data     Handed to the callback; may be NULL.
/// @param destroy       Called once with `user_data` when it is no longer needed: after the
///                      request was sent, when another body takes its place, when the
///                      request is freed, or when this very call fails; may be NULL.
/// @param content_type  As for snow_request_set_body().
/// @param[out] error    Receives the error on failure; may be NULL.
/// @return As snow_request_set_param().
/// @since 0.1
SNOW_API
snow_status snow_request_set_body_reader(snow_request *request,
                                         uint64_t length,
                                         snow_read_fn callback,
                                         void *user_data,
                                         snow_destroy_fn destroy,
                                         const char *content_type,
                                         snow_error **error);

/// How long this request may take, in place of what the session says; where a body goes
/// or comes piece by piece, how long until the next piece moves.
///
/// @param request     Must not be NULL.
/// @param timeout_ms  In milliseconds; not 0.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_request_set_param().
/// @since 0.1
SNOW_API
snow_status snow_request_set_timeout(snow_request *request,
                                     uint32_t timeout_ms,
                                     snow_error **error);

/// Frees a request.
///
/// @param request  NULL does nothing.
/// @since 0.1
SNOW_API void snow_request_free(snow_request *request);
/** @} */

/**
 * @defgroup snow_response 13. Responses
 *
 * The answer to a request: its status, headers and body, and the records in it.
 *
 *     snow_response *response = snow_client_send(client, request, &error);
 *     size_t count;
 *     if (response && snow_response_record_count(response, &count, &error) == SNOW_OK)
 *         for (size_t i = 0; i < count; i++) {
 *             const snow_record *row = snow_response_record(response, i, NULL);
 *             puts(snow_record_json(row, NULL));
 *         }
 *     snow_response_free(response);
 *
 * An answer is asked for its records or its result only where it is a success; else these
 * functions give the error that snow_response_check() gives. How they read the `result` of
 * the answer:
 *
 *     result        snow_response_record_count()   snow_response_one()   snow_response_result()
 *     [] or 204     0                              SNOW_NOT_FOUND        "[]"; 204: see below
 *     [{...}], {}   1                              the record            its JSON
 *     more          as many                        SNOW_MULTIPLE         its JSON
 *     text, number  SNOW_UNEXPECTED_ANSWER         as before             its JSON
 *     null, none    SNOW_UNEXPECTED_ANSWER         as before             SNOW_UNEXPECTED_ANSWER
 *     and an error  SNOW_PARTIAL_RESULT            as before             as before
 * @{
 */

/// The answer to a request. For one thread at a time.
typedef struct snow_response snow_response;

/// Sends a request and waits for the whole answer, whatever it says: a refusal is an
/// answer too, and snow_response_check() tells it from a success. One of more than 256 MiB
/// is #SNOW_UNEXPECTED_ANSWER here, as in every call that holds an answer whole, and one that
/// there is no memory for is #SNOW_NO_MEMORY; for those there is snow_client_open().
///
/// @param client      Must not be NULL.
/// @param request     Must not be NULL; it can be sent again, unless its body comes from a
///                    callback.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The answer; release it with snow_response_free(). NULL where none came: the
///         transport's statuses (100s); those of getting a token (200s, and the instance's,
///         300s, where the token endpoint gives no token for now); #SNOW_FILE,
///         #SNOW_CALLBACK_FAILED, #SNOW_UNEXPECTED_ANSWER, #SNOW_NO_MEMORY, #SNOW_TIMEOUT,
///         #SNOW_CANCELLED, #SNOW_CLOSED, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_response *snow_client_send(snow_client *client,
                                const snow_request *request,
                                snow_error **error);

/// As snow_client_send(), but returns when the answer begins. Its body is read with
/// snow_response_read() while it comes in, however long it is.
///
/// @param client      Must not be NULL.
/// @param request     Must not be NULL; it can be sent again, unless its body comes from a
///                    callback.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_client_send(). The answer keeps a connection to itself until its body
///         has ended or it is freed, and belongs to the process that asked for it.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_response *snow_client_open(snow_client *client,
                                const snow_request *request,
                                snow_error **error);

/// The HTTP status.
///
/// @param response  May be NULL.
/// @return The status, such as 200; 0 for NULL.
/// @since 0.1
SNOW_API int32_t snow_response_status(const snow_response *response);

/// A header, by its name.
///
/// @param response  May be NULL.
/// @param name      In any case; may be NULL.
/// @return The value of the first header of that name, borrowed until the response is
///         freed; NULL where there is none, or none that is UTF-8.
/// @since 0.1
SNOW_API
const char *snow_response_header(const snow_response *response,
                                 const char *name);

/// How many headers there are.
///
/// @param response  May be NULL.
/// @return The number; 0 for NULL.
/// @since 0.1
SNOW_API size_t snow_response_header_count(const snow_response *response);

/// The name of a header, in small letters.
///
/// @param response  May be NULL.
/// @param index     From 0 to below snow_response_header_count().
/// @return The name, borrowed until the response is freed; NULL where there is none.
/// @since 0.1
SNOW_API
const char *snow_response_header_name(const snow_response *response,
                                      size_t index);

/// The value of a header.
///
/// @param response  May be NULL.
/// @param index     From 0 to below snow_response_header_count().
/// @return The value, borrowed until the response is freed; NULL where there is none.
/// @since 0.1
SNOW_API
const char *snow_response_header_value(const snow_response *response,
                                       size_t index);

/// Whether the answer is a success, and if it is none, why.
///
/// A success is empty, JSON, or what an `Accept` header of the request's own lets it be. One
/// with `application/json` in it takes what it names beside that; one without takes any
/// type, since many an API answers with another than it was asked for. An HTML page is a
/// success only where that header names `text/html`, or all of `text`, or any type and
/// nothing else, and even then the page of an instance that hibernates, an outage or a
/// login is none. JSON must be whole, and must not hold an `error` or a `status` of
/// `failure`: an instance says so behind rows that it has sent. A `result` is not asked for
/// here. Of a response from snow_client_open() a success is not looked into, and the body
/// of a failure is read for what it says, in the time that a call has, and is gone then. Nor
/// is the content of an attachment looked into, which may say anything.
///
/// @param response    Must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; the instance's statuses (300s), #SNOW_UNAUTHENTICATED,
///         #SNOW_LOGIN_PAGE, #SNOW_REDIRECT, #SNOW_PROXY; #SNOW_TLS where a page says that
///         https or another client certificate is wanted; #SNOW_NO_MEMORY where there is none
///         to read the JSON; those of snow_response_read(); #SNOW_NULL_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_response_check(const snow_response *response,
                                snow_error **error);

/// The whole body, inflated, with a NUL after it. The first call copies it; to read a large
/// one without that, use snow_response_read().
///
/// @param response     Must not be NULL, and not come from snow_client_open().
/// @param[out] length  Receives the length in bytes, 0 on failure; may be NULL.
/// @param[out] error   Receives the error on failure; may be NULL.
/// @return The body, borrowed until the response is freed; NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_ARGUMENT, or #SNOW_NO_MEMORY where there is none for the copy.
/// @since 0.1
SNOW_API
const char *snow_response_body(const snow_response *response,
                               size_t *length,
                               snow_error **error);

/// Reads what comes next of the body: of a response from snow_client_open() while it comes
/// in, for as long as it takes.
///
/// @param response    Must not be NULL.
/// @param buffer      Receives the bytes; must not be NULL.
/// @param size        How many fit into it; not 0.
/// @param[out] count  Receives how many there are, 0 at the end and on failure; must not be
///                    NULL. Fewer than fit is not the end.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK with at least one byte; #SNOW_DONE at the end, which is no error;
///         #SNOW_CUT_BODY where the body breaks off; #SNOW_UNEXPECTED_ANSWER where it is packed
///         as nobody asked; #SNOW_TIMEOUT where nothing comes for as long as the call may
///         take; #SNOW_CANCELLED, #SNOW_CLOSED, also in a forked child; #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_response_read(snow_response *response,
                               void *buffer,
                               size_t size,
                               size_t *count,
                               snow_error **error);

/// The `result` of the answer as JSON text, whatever it is.
///
/// @param response     Must not be NULL, and not come from snow_client_open().
/// @param[out] length  Receives the length in bytes without the NUL, 0 on failure; may be
///                     NULL.
/// @param[out] error   Receives the error on failure; may be NULL.
/// @return The text, borrowed until the response is freed; NULL with #SNOW_UNEXPECTED_ANSWER
///         where the answer holds no `result` (204 among them), with what
///         snow_response_check() gives, #SNOW_PARTIAL_RESULT, #SNOW_NO_MEMORY or
///         #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
const char *snow_response_result(const snow_response *response,
                                 size_t *length,
                                 snow_error **error);

/// How many records the answer holds: the rows of a list, or the one that is its `result`.
///
/// @param response    Must not be NULL, and not come from snow_client_open().
/// @param[out] count  Receives the number, 0 on failure; must not be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; what snow_response_check() gives; #SNOW_PARTIAL_RESULT where the list
///         ends in an error; #SNOW_UNEXPECTED_ANSWER where there is no `result`, or one that
///         is no record; #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_response_record_count(const snow_response *response,
                                       size_t *count,
                                       snow_error **error);

/// A record of the answer.
///
/// @param response    Must not be NULL, and not come from snow_client_open().
/// @param index       From 0; 0 is the first.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record, borrowed until the response is freed; NULL with #SNOW_NOT_FOUND where
///         there is none of that index, or as snow_response_record_count().
/// @since 0.1
SNOW_API
const snow_record *snow_response_record(const snow_response *response,
                                        size_t index,
                                        snow_error **error);

/// The one record of the answer.
///
/// @param response    Must not be NULL, and not come from snow_client_open().
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record, borrowed until the response is freed; NULL with #SNOW_NOT_FOUND where
///         there is none, #SNOW_MULTIPLE where there are several, or as
///         snow_response_record_count().
/// @since 0.1
SNOW_API
const snow_record *snow_response_one(const snow_response *response,
                                     snow_error **error);

/// Frees a response, and the records that it lends. The rest of a body that is still coming
/// in is given up.
///
/// @param response  NULL does nothing.
/// @since 0.1
SNOW_API
void snow_response_free(snow_response *response);
/** @} */

/**
 * @defgroup snow_attachment 14. Attachments
 *
 * The files that hang on records. What an instance tells of one is a record of
 * `sys_attachment`: `file_name`, `content_type`, `size_bytes`, `table_name`,
 * `table_sys_id` and so on.
 *
 *     snow_record *attached = snow_attachment_upload_file(client, "incident", sys_id,
 *                                                         "disk.log", &error);
 *     if (attached)
 *         puts(snow_record_json(attached, NULL));
 *     snow_record_free(attached);
 *     if (snow_attachment_download_file(client, attachment, "copy.log", &error))
 *         fprintf(stderr, "%s\n", snow_error_message(error));
 *
 * A file is never in memory as a whole, unless you ask for it there. What the session
 * says of time holds from one piece to the next, not for the whole of a file.
 *
 * After a transfer both ends are held against each other, by size and, where the
 * instance tells it, by SHA-256; where they differ the call gives #SNOW_CORRUPT. A page
 * in place of a file (hibernating, login) is an error and never taken for the file.
 *
 * A `snow_upload` says more of an upload than where the file is: another name, a media
 * type, content from memory or from a callback, a form in place of a raw body, who is
 * told how far it is.
 * @{
 */

/// A file to be attached to a record, described. For one thread at a time; it can be sent
/// by several one after the other.
typedef struct snow_upload snow_upload;

/// Is told how far a transfer is: at most ten times a second, and once when all bytes
/// have moved.
///
/// Runs on the thread that is inside the transfer, with no lock held: it may call libsnow,
/// also on the same client.
///
/// @param user_data  As given beside it.
/// @param bytes      How many bytes of the file have moved.
/// @param total      How many it has; -1 where that is not known; in the last call it
///                   is.
/// @return #SNOW_HANDLED to go on; any other value cancels the transfer, which gives
///         #SNOW_CALLBACK_FAILED and leaves nothing behind, neither here nor there.
typedef int32_t (*snow_progress_fn)(void *user_data, uint64_t bytes, int64_t total);

/// Takes the next bytes of a download.
///
/// Runs on the thread that is inside the download, with no lock held: it may call libsnow,
/// also on the same client.
///
/// @param user_data  As given beside it.
/// @param bytes      Borrowed until the callback returns.
/// @param length     How many there are; not 0.
/// @return #SNOW_HANDLED; any other value ends the download with #SNOW_CALLBACK_FAILED.
typedef int32_t (*snow_write_fn)(void *user_data, const void *bytes, size_t length);

/// The metadata of attachments: of one record, of all records of a table, or of all.
///
/// `GET /api/now/attachment`, page after page. An attachment hangs on the table under
/// whose name it was uploaded, which may be the record's own or one that it extends.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; NULL for any.
/// @param sys_id      Key of the record; NULL for any.
/// @param query       Which of these, in what order, which fields; a query on
///                    `sys_attachment`. NULL for all.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return A cursor; release it with snow_cursor_free(). NULL with #SNOW_INVALID_ARGUMENT,
///         #SNOW_NULL_ARGUMENT or #SNOW_INVALID_UTF8. No traffic happens before the first row
///         is asked for.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_cursor *snow_attachment_list(snow_client *client,
                                  const char *table,
                                  const char *sys_id,
                                  const snow_query *query,
                                  snow_error **error);

/// The metadata of an attachment.
///
/// `GET /api/now/attachment/{sys_id}`.
///
/// @param client      Must not be NULL.
/// @param sys_id      Of the attachment; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The record; release it with snow_record_free(). NULL with #SNOW_NOT_FOUND where
///         there is none or this user may not see it, or whatever a call can fail with.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_record *snow_attachment_get(snow_client *client,
                                 const char *sys_id,
                                 snow_error **error);

/// Attaches a file to a record, under its own name and with the media type that the name
/// suggests. For more to say there is snow_upload_new().
///
/// `POST /api/now/attachment/file`.
///
/// @param client      Must not be NULL.
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param sys_id      Key of the record; must not be NULL or empty.
/// @param path        The file; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_upload_send().
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_record *snow_attachment_upload_file(snow_client *client,
                                         const char *table,
                                         const char *sys_id,
                                         const char *path,
                                         snow_error **error);

/// Writes the content of an attachment to a file.
///
/// `GET /api/now/attachment/{sys_id}/file`. A file that is there already is replaced, and
/// only when all of the content is there and right: until then it goes to a file of another
/// name in the same folder, which is gone if the download fails. The new file has the mode
/// and group of the one that it replaces, so that a private one stays private; the group is
/// allowed nothing where its files are not this user's to make. Where nothing was there the
/// umask decides. Where the content breaks off it is asked for again, see
/// snow_session_set_retry(); progress begins again then.
///
/// @param client      Must not be NULL.
/// @param sys_id      Of the attachment; must not be NULL or empty.
/// @param path        The file; must not be NULL or empty. What is there and is no regular
///                    file is refused; of a symbolic link, what it leads to is replaced.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; #SNOW_NOT_FOUND where there is no such attachment or this user may not
///         see it, #SNOW_FILE where the file cannot be written, #SNOW_CUT_BODY,
///         #SNOW_CORRUPT, or whatever a call can fail with.
/// @since 0.1
SNOW_API
snow_status snow_attachment_download_file(snow_client *client,
                                          const char *sys_id,
                                          const char *path,
                                          snow_error **error);

/// As snow_attachment_download_file(), and tells how far it is.
///
/// @param client      Must not be NULL.
/// @param sys_id      Of the attachment; must not be NULL or empty.
/// @param path        The file; must not be NULL or empty.
/// @param callback    Must not be NULL.
/// @param user_data   Handed to the callback; may be NULL.
/// @param destroy     Called once with `user_data` before this call returns; may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_attachment_download_file(); #SNOW_CALLBACK_FAILED where the callback
///         cancels it.
/// @since 0.1
SNOW_API
snow_status snow_attachment_download_file_with_progress(snow_client *client,
                                                        const char *sys_id,
                                                        const char *path,
                                                        snow_progress_fn callback,
                                                        void *user_data,
                                                        snow_destroy_fn destroy,
                                                        snow_error **error);

/// The content of an attachment, in memory.
///
/// `GET /api/now/attachment/{sys_id}/file`. Where the content breaks off it is asked for
/// again, see snow_session_set_retry().
///
/// @param client      Must not be NULL.
/// @param sys_id      Of the attachment; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The content as the body of a response, see snow_response_body(); release it with
///         snow_response_free(). Its header `Content-Type` is the media type. NULL with the
///         statuses of snow_attachment_download_file() but #SNOW_FILE.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_response *snow_attachment_download(snow_client *client,
                                        const char *sys_id,
                                        snow_error **error);

/// Hands the content of an attachment to a callback, piece by piece. Whether it was whole
/// and right is known when this returns, and not before.
///
/// `GET /api/now/attachment/{sys_id}/file`. Where the content breaks off it is not asked for
/// again: what was handed over cannot be taken back.
///
/// @param client      Must not be NULL.
/// @param sys_id      Of the attachment; must not be NULL or empty.
/// @param callback    Must not be NULL.
/// @param user_data   Handed to the callback; may be NULL.
/// @param destroy     Called once with `user_data` before this call returns; may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_attachment_download_file() but #SNOW_FILE; #SNOW_CALLBACK_FAILED where the
///         callback ends it.
/// @since 0.1
SNOW_API
snow_status snow_attachment_download_to(snow_client *client,
                                        const char *sys_id,
                                        snow_write_fn callback,
                                        void *user_data,
                                        snow_destroy_fn destroy,
                                        snow_error **error);

/// Begins to read the content of an attachment, which snow_response_read() gives while it
/// comes in.
///
/// `GET /api/now/attachment/{sys_id}/file`.
///
/// @param client      Must not be NULL.
/// @param sys_id      Of the attachment; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return A response as of snow_client_open(); release it with snow_response_free(). In
///         place of #SNOW_DONE snow_response_read() gives #SNOW_CORRUPT where the content
///         was not what it should be. NULL with #SNOW_NOT_FOUND where there is no such
///         attachment or this user may not see it, or whatever a call can fail with.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_response *snow_attachment_open(snow_client *client,
                                    const char *sys_id,
                                    snow_error **error);

/// Gives an attachment another file name. Its media type stays.
///
/// `PATCH /api/now/attachment/{sys_id}`.
///
/// @param client      Must not be NULL.
/// @param sys_id      Of the attachment; must not be NULL or empty.
/// @param file_name   Must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; #SNOW_NOT_FOUND where there is no such attachment, #SNOW_FORBIDDEN where
///         it may not be renamed, or not so; or whatever a call can fail with.
/// @since 0.1
SNOW_API
snow_status snow_attachment_rename(snow_client *client,
                                   const char *sys_id,
                                   const char *file_name,
                                   snow_error **error);

/// Deletes an attachment, in one request.
///
/// `DELETE /api/now/attachment/{sys_id}`.
///
/// @param client      Must not be NULL.
/// @param sys_id      Of the attachment; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK; #SNOW_NOT_FOUND where there is no such attachment, #SNOW_FORBIDDEN where
///         it may not be deleted; or whatever a call can fail with.
/// @since 0.1
SNOW_API
snow_status snow_attachment_delete(snow_client *client,
                                   const char *sys_id,
                                   snow_error **error);

/// Makes an upload to a record, which needs content before it is sent.
///
/// @param table       Name of the table, such as `"incident"`; must not be NULL.
/// @param sys_id      Key of the record; must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The upload; release it with snow_upload_free(). NULL with #SNOW_NULL_ARGUMENT,
///         #SNOW_INVALID_UTF8 or #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_upload *snow_upload_new(const char *table,
                             const char *sys_id,
                             snow_error **error);

/// Sends the content of a file, in place of other content. The file is opened whenever the
/// upload is sent, and looked at no earlier; its name is that of the attachment unless
/// snow_upload_set_file_name() gives another.
///
/// @param upload      Must not be NULL.
/// @param path        Must not be NULL or empty.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_upload_set_file(snow_upload *upload,
                                 const char *path,
                                 snow_error **error);

/// Sends these bytes, in place of other content. Needs snow_upload_set_file_name().
///
/// @param upload      Must not be NULL.
/// @param bytes       Copied; may be NULL where the length is 0.
/// @param length      How many there are.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_upload_set_file(); #SNOW_NO_MEMORY where there is none for the copy.
/// @since 0.1
SNOW_API
snow_status snow_upload_set_bytes(snow_upload *upload,
                                  const void *bytes,
                                  size_t length,
                                  snow_error **error);

/// Sends what a callback gives, in place of other content. Such an upload can be sent once,
/// and is not repeated where the instance refuses the token: that is renewed for the next
/// call. Needs snow_upload_set_file_name().
///
/// @param upload      Must not be NULL.
/// @param length      In bytes; what the callback gives must be as much.
///                    #SNOW_LENGTH_UNKNOWN sends it in chunks.
/// @param callback    Must not be NULL.
/// @param user_data   Handed to the callback; may be NULL.
/// @param destroy     Called once with `user_data` when it is no longer needed: after the
///                    upload was sent, when other content takes its place, when the upload
///                    is freed, or when this very call fails; may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_upload_set_file().
/// @since 0.1
SNOW_API
snow_status snow_upload_set_reader(snow_upload *upload,
                                   uint64_t length,
                                   snow_read_fn callback,
                                   void *user_data,
                                   snow_destroy_fn destroy,
                                   snow_error **error);

/// The name of the attachment, in place of that of the file.
///
/// @param upload      Must not be NULL.
/// @param file_name   Must not be NULL or empty; any text, encoded as need be.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_upload_set_file().
/// @since 0.1
SNOW_API
snow_status snow_upload_set_file_name(snow_upload *upload,
                                      const char *file_name,
                                      snow_error **error);

/// The media type of the attachment, in place of the one that its name suggests
/// (`application/octet-stream` where it suggests none).
///
/// @param upload        Must not be NULL.
/// @param content_type  Such as `"text/csv"`; must not be NULL or empty.
/// @param[out] error    Receives the error on failure; may be NULL.
/// @return As snow_upload_set_file().
/// @since 0.1
SNOW_API
snow_status snow_upload_set_content_type(snow_upload *upload,
                                         const char *content_type,
                                         snow_error **error);

/// Whether the file is sent as the last part of a form (`multipart/form-data`) and not as
/// the body itself, which is the default. The attachment is the same; some networks let
/// only one of the two pass.
///
/// @param upload      Must not be NULL.
/// @param multipart   1 for a form, 0 for the body itself. A form cannot say a name that
///                    holds `%22`, `%0D` or `%0A`, which stand for a quote and the ends of
///                    lines there; snow_upload_send() refuses it.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_upload_set_file().
/// @since 0.1
SNOW_API
snow_status snow_upload_set_multipart(snow_upload *upload,
                                      int32_t multipart,
                                      snow_error **error);

/// Who is told how far the upload is. Bytes count when they are handed to the connection,
/// which may hold a few of them. Where the upload is made again, see
/// snow_session_set_retry(), progress begins again.
///
/// @param upload      Must not be NULL.
/// @param callback    NULL for nobody, as at the beginning.
/// @param user_data   Handed to the callback; may be NULL.
/// @param destroy     Called once with `user_data` when it is no longer needed: when another
///                    callback takes its place, when the upload is freed, or when this very
///                    call fails; may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return As snow_upload_set_file().
/// @since 0.1
SNOW_API
snow_status snow_upload_set_progress(snow_upload *upload,
                                     snow_progress_fn callback,
                                     void *user_data,
                                     snow_destroy_fn destroy,
                                     snow_error **error);

/// Sends an upload. Another attachment of the same name stays beside the new one.
///
/// `POST /api/now/attachment/file`, or as a form `POST /api/now/attachment/upload`.
///
/// @param client      Must not be NULL.
/// @param upload      Must not be NULL; it can be sent again, unless its content comes from
///                    a callback.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The metadata of the attachment; release it with snow_record_free(). NULL with
///         #SNOW_NOT_FOUND where there is no such record; #SNOW_FORBIDDEN where nothing may
///         be attached to it, or no file of that kind; #SNOW_BAD_REQUEST where the file is
///         too large; #SNOW_FILE where it is no regular file, cannot be read, or changes its
///         size while it is sent; #SNOW_CALLBACK_FAILED; #SNOW_CORRUPT where the instance
///         stored something else than was sent, under the key that the message names; or
///         whatever a call can fail with. Nothing is attached unless
///         snow_error_maybe_applied() says so.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_record *snow_upload_send(snow_client *client,
                              const snow_upload *upload,
                              snow_error **error);

/// Frees an upload.
///
/// @param upload  NULL does nothing.
/// @since 0.1
SNOW_API void snow_upload_free(snow_upload *upload);
/** @} */

/**
 * @defgroup snow_log 15. Logs and statistics
 *
 * What a client does, for a log and for whoever watches it.
 *
 *     static void print(void *file, snow_log_level level, const char *line)
 *     {
 *         fprintf(file, "%d %s\n", (int)level, line);
 *     }
 *     ...
 *     snow_set_log_callback(client, SNOW_LOG_INFO, print, stderr, NULL, &error);
 *
 * A line tells of one request: its method and path, the HTTP status or what failed, how
 * long it took, which attempt it was, what an answer is a failure of that does not look it,
 * and the instance's transaction id. It holds no parameter, no header and no body:
 *
 *     GET /api/now/table/incident 200 in 31 ms, attempt 1, transaction 2f41c1bd1b3
 *     GET /api/now/table/incident 200 in 12 ms, attempt 1, SNOW_HIBERNATING
 *     GET /api/now/table/incident SNOW_CUT_BODY on its way: the answer broke off: ...
 *     POST /oauth_token.do SNOW_CONNECT in 2 ms, attempt 1: no connection could be made: ...
 *     GET /api/now/table/incident is made again in 180 ms, after SNOW_RATE_LIMITED
 * @{
 */

/// How much is told.
typedef int32_t snow_log_level;

/// Is told of a line.
///
/// Runs on a thread that is at that moment inside a call of this client, never on a thread
/// of libsnow's, and with no lock held, on several threads at once where several are in a
/// call. It may call libsnow; what it calls is not told of.
///
/// @param user_data  As given to snow_set_log_callback().
/// @param level      What the line is about, from #SNOW_LOG_ERROR to #SNOW_LOG_INFO.
/// @param line       One line without its end, borrowed until the callback returns.
typedef void (*snow_log_fn)(void *user_data, snow_log_level level, const char *line);

/// Something that a client counts.
typedef int32_t snow_statistic;

/// Nothing.
#define SNOW_LOG_OFF 0

/// Requests that failed, as #SNOW_STATISTIC_FAILURES counts them.
#define SNOW_LOG_ERROR 1

/// What is made again, as well.
#define SNOW_LOG_WARNING 2

/// Every request.
#define SNOW_LOG_INFO 3

/// Requests that were made, those for tokens and those that were made again among them.
#define SNOW_STATISTIC_REQUESTS 1

/// Requests that brought no answer, one that broke off, or one that is no success: by its
/// HTTP status, a page in place of JSON, or a 202 that says that it was dropped. What was
/// cancelled is not in it, nor what only the JSON of a 200 tells, such as an error after the
/// first rows, or what a call misses in an answer that is well.
#define SNOW_STATISTIC_FAILURES 2

/// Requests that were made again after a failure.
#define SNOW_STATISTIC_RETRIES 3

/// Requests for a token: sign-ins and renewals.
#define SNOW_STATISTIC_TOKEN_REQUESTS 4

/// Bytes of bodies that were sent.
#define SNOW_STATISTIC_BYTES_SENT 5

/// Bytes of bodies that were received, as they were packed.
#define SNOW_STATISTIC_BYTES_RECEIVED 6

/// Connections that were made.
#define SNOW_STATISTIC_CONNECTIONS 7

/// Calls that are under way now.
#define SNOW_STATISTIC_IN_FLIGHT 8

/// Takes note of what the client does, and tells a callback of it.
///
/// A list fetches pages ahead on a thread of libsnow's; what is said of those waits until a
/// thread is in a call again. Without a callback every line waits, to be read with
/// snow_client_log_line().
///
/// @param client      Must not be NULL.
/// @param level       How much, a `SNOW_LOG_` constant; #SNOW_LOG_OFF to take no note, which
///                    is the default.
/// @param callback    NULL to tell nobody.
/// @param user_data   Handed to the callback; may be NULL.
/// @param destroy     Called once with `user_data` when it is no longer needed: when another
///                    callback takes its place, when the client ends, or when this very call
///                    fails; may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK, #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_set_log_callback(snow_client *client,
                                  snow_log_level level,
                                  snow_log_fn callback,
                                  void *user_data,
                                  snow_destroy_fn destroy,
                                  snow_error **error);

/// Takes the line that waits longest, where there is no callback to be told. At most 1,024
/// lines wait; one more says how many there were beside those.
///
/// @param client      Must not be NULL.
/// @param buffer      Receives the line, with a NUL; one that does not fit is cut. Must not
///                    be NULL.
/// @param size        Bytes that fit into the buffer; not 0. 1,024 hold most lines.
/// @param[out] level  Receives what the line is about; may be NULL.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return #SNOW_OK with a line; #SNOW_DONE where none waits, which is no error;
///         #SNOW_NULL_ARGUMENT, #SNOW_INVALID_ARGUMENT.
/// @since 0.1
SNOW_API
snow_status snow_client_log_line(const snow_client *client,
                                 char *buffer,
                                 size_t size,
                                 snow_log_level *level,
                                 snow_error **error);

/// How many of something there were since the client was made; in a forked child, since the
/// fork. Costs next to nothing, and can be asked at any time from any thread.
///
/// @param client     May be NULL.
/// @param statistic  A `SNOW_STATISTIC_` constant.
/// @return The number; -1 for NULL, and for what is no such constant.
/// @since 0.1
SNOW_API
int64_t snow_client_statistic(const snow_client *client,
                              snow_statistic statistic);
/** @} */

/**
 * @defgroup snow_diagnosis 16. Diagnosis
 *
 * A diagnosis tells what keeps a client from working, and what to do about it: whether the
 * name of the instance resolves, whether it takes connections and its certificate is trusted,
 * which proxy is used, whether it signs the client in and as whom, whether a table may be
 * read, which rate rule counts the calls, and whether the clocks agree.
 *
 *     snow_diagnosis *diagnosis = snow_client_diagnose(client, "incident", &error);
 *     fputs(snow_diagnosis_text(diagnosis, NULL), stdout);
 *     snow_diagnosis_free(diagnosis);
 * @{
 */

/// What was found; never changes. Thread-safe.
typedef struct snow_diagnosis snow_diagnosis;

/// Looks for what keeps a client from working. What is wrong with the instance, or the way to
/// it, is what the diagnosis tells, and no failure of this function.
///
/// First the name, a connection and the TLS handshake, without credentials and for as long as
/// the session's time limit for connecting each; then at most three calls and a sign-in:
/// `GET /api/now/table/sys_user`, `sys_user_has_role` and the table named.
///
/// @param client      Must not be NULL.
/// @param table       A table that the client is to read, such as `"incident"`; NULL to look
///                    at none.
/// @param[out] error  Receives the error on failure; may be NULL.
/// @return The diagnosis; release it with snow_diagnosis_free(). NULL with
///         #SNOW_NULL_ARGUMENT, #SNOW_INVALID_UTF8, #SNOW_INVALID_ARGUMENT where `table` can
///         be no name of a table, #SNOW_CLOSED, #SNOW_CANCELLED.
/// @since 0.1
SNOW_API
SNOW_MUST_USE
snow_diagnosis *snow_client_diagnose(snow_client *client,
                                     const char *table,
                                     snow_error **error);

/// Whether nothing is in the way of the client.
///
/// @param diagnosis  May be NULL.
/// @return 1 if no check failed, else 0; 0 for NULL.
/// @since 0.1
SNOW_API int32_t snow_diagnosis_is_ok(const snow_diagnosis *diagnosis);

/// The diagnosis for a person: a line for each check (passed, FAILED, not checked), and one
/// below it where there is something to do.
///
/// @param diagnosis    May be NULL.
/// @param[out] length  Receives its length in bytes without the NUL; may be NULL.
/// @return Borrowed until the diagnosis is freed; NULL for NULL.
/// @since 0.1
SNOW_API
const char *snow_diagnosis_text(const snow_diagnosis *diagnosis,
                                size_t *length);

/// The diagnosis for a program: `{"instance", "ok", "checks": [...]}`, where each check has a
/// `name` (`name_resolution`, `connect`, `proxy`, `tls`, `sign_in`, `user`, `table`,
/// `rate_rules`, `clock`), an `outcome` (`passed`, `failed`, `not_checked`), a `finding`, an
/// `advice` or null, and `facts`: `addresses` of the name resolution, `url` of the proxy,
/// `version`, `issuer`, `expires` of TLS, `status` (such as `"SNOW_FORBIDDEN"`) of a sign-in
/// or a table that failed, `user_name`, `time_zone`, `roles` of the user, `limit`, `reset`,
/// `rule` of rate rules, `ahead_seconds` of the clock.
///
/// @param diagnosis    May be NULL.
/// @param[out] length  Receives its length in bytes without the NUL; may be NULL.
/// @return Borrowed until the diagnosis is freed; NULL for NULL.
/// @since 0.1
SNOW_API
const char *snow_diagnosis_json(const snow_diagnosis *diagnosis,
                                size_t *length);

/// Frees a diagnosis.
///
/// @param diagnosis  NULL does nothing.
/// @since 0.1
SNOW_API void snow_diagnosis_free(snow_diagnosis *diagnosis);
/** @} */

#ifdef __cplusplus
}
#endif

#endif /* SNOW_H */
