/*
 * A token that is freed while another thread writes it to a file: that call goes on with the token it has.
 * The argument is an empty folder.
 */
#include "check.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

/* As long as one may be (64 KiB with the rest): writing it out takes longer than waking a thread. */
#define LENGTH (63u << 10)

static char path[4096];

static void *save(void *token)
{
    snow_error *error;
    CHECK_STATUS(SNOW_OK, snow_token_save(token, path, &error), error);
    snow_error_free(error);
    return NULL;
}

static void saved_whole(const char *access_token)
{
    snow_error *error;
    snow_token *token = snow_token_load(path, &error);
    if (CHECK(token != NULL))
        CHECK(strcmp(access_token, snow_token_access_token(token)) == 0);
    else
        fprintf(stderr, "    %s\n", snow_error_message(error));
    snow_error_free(error);
    snow_token_free(token);
}

int main(int count, char **arguments)
{
    static const char before[] = "{\"access_token\":\"", after[] = "\"}";
    char *json = malloc(LENGTH + sizeof before + sizeof after), *access_token = malloc(LENGTH + 1);
    char event[4096];
    snow_token *token;
    snow_error *error;
    pthread_t thread;
    int folder = inotify_init();
    if (count < 2 || !json || !access_token || folder < 0)
        return 2;
    snprintf(path, sizeof path, "%s/token.json", arguments[1]);
    CHECK(inotify_add_watch(folder, arguments[1], IN_CREATE) >= 0);
    memset(access_token, 'x', LENGTH);
    access_token[LENGTH] = '\0';
    sprintf(json, "%s%s%s", before, access_token, after);
    token = snow_token_from_json(json, &error);
    CHECK(token != NULL);

    CHECK_NUMBER(0, pthread_create(&thread, NULL, save, token));
    /* The other thread has made its file, so it is in the call. */
    CHECK(read(folder, event, sizeof event) > 0);
    snow_token_free(token);
    CHECK_NUMBER(0, pthread_join(thread, NULL));
    saved_whole(access_token);

    close(folder);
    free(access_token);
    free(json);
    return check_result();
}
