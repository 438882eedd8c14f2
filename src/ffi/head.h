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
#define SNOW_VERSION_MAJOR @MAJOR@

/// The version of this header: 2 of 1.2.3.
#define SNOW_VERSION_MINOR @MINOR@

/// The version of this header: 3 of 1.2.3.
#define SNOW_VERSION_PATCH @PATCH@

/// The version of this header as a number, to compare with snow_version_number().
#define SNOW_VERSION_NUMBER \
    (SNOW_VERSION_MAJOR * 1000000 + SNOW_VERSION_MINOR * 1000 + SNOW_VERSION_PATCH)

/// The version of this header as a text, to compare with snow_version().
#define SNOW_VERSION_STRING "@MAJOR@.@MINOR@.@PATCH@"

/// The binary interface that this header describes, to compare with snow_abi_version().
#define SNOW_ABI_VERSION @ABI@

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
@ARROW@
/** @endcond */

