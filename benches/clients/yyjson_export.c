/* Exports a table with libcurl and yyjson. */
#include "curl_export.h"

#include <yyjson.h>

static struct page_reader *page_reader_new(void)
{
    return NULL;
}

static size_t read_page(struct page_reader *reader, struct body *body, unsigned long long *length)
{
    yyjson_doc *page = yyjson_read(body->bytes, body->length, 0);
    yyjson_val *rows = yyjson_obj_get(yyjson_doc_get_root(page), "result"), *row;
    size_t index, count;

    (void)reader;
    yyjson_arr_foreach(rows, index, count, row)
        *length += yyjson_get_len(yyjson_obj_get(row, "short_description"));
    yyjson_doc_free(page);
    return count;
}

int main(int argc, char **argv)
{
    return argc == 6 ? curl_export(argv) : EXIT_FAILURE;
}
