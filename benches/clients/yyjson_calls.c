/* Reads or creates records with libcurl and yyjson, one handle a thread. */
#include "calls.h"
#include "curl_client.h"

#include <yyjson.h>

struct caller {
    CURL *curl;
    struct body body;
    struct curl_slist *headers;
    char get[512], create[512];
};

static struct caller *caller_new(const char *url, const char *table, const char *sys_id)
{
    struct caller *caller = (struct caller *)calloc(1, sizeof *caller);

    caller->curl = curl_client(&caller->body, &caller->headers);
    snprintf(caller->get, sizeof caller->get, "%s/api/now/table/%s/%s", url, table, sys_id);
    snprintf(caller->create, sizeof caller->create, "%s/api/now/table/%s", url, table);
    return caller;
}

static size_t field_length(const struct body *body)
{
    yyjson_doc *answer = yyjson_read(body->bytes, body->length, 0);
    yyjson_val *record = yyjson_obj_get(yyjson_doc_get_root(answer), "result");
    size_t length = yyjson_get_len(yyjson_obj_get(record, "short_description"));

    yyjson_doc_free(answer);
    return length;
}

static char *incident(size_t *length)
{
    yyjson_mut_doc *document = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *record = yyjson_mut_obj(document);
    char *json;

    yyjson_mut_doc_set_root(document, record);
    yyjson_mut_obj_add_str(document, record, "short_description", "Disk full on db01");
    yyjson_mut_obj_add_str(document, record, "urgency", "2");
    json = yyjson_mut_write(document, 0, length);
    yyjson_mut_doc_free(document);
    return json;
}

static size_t call(struct caller *caller, int creates)
{
    char *json = NULL;
    size_t length;

    if (creates) {
        json = incident(&length);
        curl_easy_setopt(caller->curl, CURLOPT_URL, caller->create);
        curl_easy_setopt(caller->curl, CURLOPT_POSTFIELDSIZE, (long)length);
        curl_easy_setopt(caller->curl, CURLOPT_POSTFIELDS, json);
    } else {
        curl_easy_setopt(caller->curl, CURLOPT_URL, caller->get);
    }
    curl_call(caller->curl, &caller->body, creates ? 201 : 200);
    free(json);
    return field_length(&caller->body);
}

int main(int argc, char **argv)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
    return argc == 7 ? calls(argv) : EXIT_FAILURE;
}
