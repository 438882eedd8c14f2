/* What the clients made of libcurl share: a handle as its users set it up, and a body in memory. */

#ifndef SNOW_BENCH_CURL_CLIENT_H
#define SNOW_BENCH_CURL_CLIENT_H

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct body {
    char *bytes;
    size_t length, room;
};

static size_t keep(char *bytes, size_t size, size_t count, void *user_data)
{
    struct body *body = (struct body *)user_data;

    size *= count;
    if (body->length + size > body->room) {
        body->room = (body->length + size) * 2;
        body->bytes = (char *)realloc(body->bytes, body->room);
        if (!body->bytes)
            abort();
    }
    memcpy(body->bytes + body->length, bytes, size);
    body->length += size;
    return size;
}

static CURL *curl_client(struct body *body, struct curl_slist **headers)
{
    CURL *curl = curl_easy_init();

    *headers = curl_slist_append(*headers, "Accept: application/json");
    *headers = curl_slist_append(*headers, "Content-Type: application/json");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, *headers);
    curl_easy_setopt(curl, CURLOPT_ACCEPT_ENCODING, "gzip");
    curl_easy_setopt(curl, CURLOPT_USERPWD, "admin:admin");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, body);
    if (getenv("BENCH_CA_FILE"))
        curl_easy_setopt(curl, CURLOPT_CAINFO, getenv("BENCH_CA_FILE"));
    return curl;
}

/* Sends the request that is set up, and wants this status. */
static void curl_call(CURL *curl, struct body *body, long wanted)
{
    CURLcode code;
    long status = 0;

    body->length = 0;
    code = curl_easy_perform(curl);
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (code != CURLE_OK || status != wanted) {
        fprintf(stderr, "status %ld: %s\n", status, curl_easy_strerror(code));
        exit(EXIT_FAILURE);
    }
}

#endif
