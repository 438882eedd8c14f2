/* Exports a table with libcurl and simdjson, on demand: only what is asked for is looked at. */
#include "curl_export.h"

#include <simdjson.h>

struct page_reader {
    simdjson::ondemand::parser parser;
};

static struct page_reader *page_reader_new(void)
{
    return new page_reader;
}

static size_t read_page(struct page_reader *reader, struct body *body, unsigned long long *length)
{
    size_t count = 0;
    char padding[simdjson::SIMDJSON_PADDING] = { 0 };

    keep(padding, 1, sizeof padding, body);
    simdjson::padded_string_view view(body->bytes, body->length - sizeof padding, body->room);
    simdjson::ondemand::document page = reader->parser.iterate(view);
    for (simdjson::ondemand::object row : page["result"].get_array()) {
        *length += std::string_view(row["short_description"]).size();
        count++;
    }
    return count;
}

int main(int argc, char **argv)
{
    return argc == 6 ? curl_export(argv) : EXIT_FAILURE;
}
