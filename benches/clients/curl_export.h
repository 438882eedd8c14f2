/*
 * An export with libcurl, as C programs are written: whole pages in memory, each thread the next page that
 * nobody has. read_page() is the parser's part: it adds to *length that of each short_description, and
 * returns the number of rows.
 */

#ifndef SNOW_BENCH_CURL_EXPORT_H
#define SNOW_BENCH_CURL_EXPORT_H

#include "curl_client.h"
#include "measure.h"

#include <pthread.h>

struct page_reader;
static struct page_reader *page_reader_new(void);
static size_t read_page(struct page_reader *reader, struct body *body, unsigned long long *length);

static const char *export_url, *export_table;
static long export_rows, export_page, export_next;

struct exported {
    pthread_t thread;
    unsigned long long rows, length;
};

static void *export_pages(void *argument)
{
    struct exported *exported = (struct exported *)argument;
    struct page_reader *reader = page_reader_new();
    struct body body = { NULL, 0, 0 };
    struct curl_slist *headers = NULL;
    CURL *curl = curl_client(&body, &headers);
    char url[512];
    long offset;

    while ((offset = __atomic_fetch_add(&export_next, export_page, __ATOMIC_RELAXED)) < export_rows) {
        snprintf(url, sizeof url,
                 "%s/api/now/table/%s?sysparm_query=ORDERBYsys_id&sysparm_limit=%ld&sysparm_offset=%ld",
                 export_url, export_table, export_page, offset);
        curl_easy_setopt(curl, CURLOPT_URL, url);
        curl_call(curl, &body, 200);
        exported->rows += read_page(reader, &body, &exported->length);
    }
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    free(body.bytes);
    return NULL;
}

/* Arguments: URL TABLE ROWS PAGE THREADS. */
static int curl_export(char **arguments)
{
    static struct exported exported[64];
    unsigned long long rows = 0, length = 0;
    int threads = atoi(arguments[5]), i;

    export_url = arguments[1];
    export_table = arguments[2];
    export_rows = atol(arguments[3]);
    export_page = atol(arguments[4]);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    measure_begin();
    for (i = 1; i < threads; i++)
        if (pthread_create(&exported[i].thread, NULL, export_pages, &exported[i]) != 0)
            return EXIT_FAILURE;
    export_pages(&exported[0]);
    for (i = 0; i < threads; i++) {
        if (i > 0)
            pthread_join(exported[i].thread, NULL);
        rows += exported[i].rows;
        length += exported[i].length;
    }
    measure_end(rows, length);
    return EXIT_SUCCESS;
}

#endif
