/*
 * A system that fails while an attachment is written to a file: it is told, and what stood there stands there
 * still, for whom it did. The instance is SNOW_INSTANCE; the argument is an empty folder.
 */
#define _GNU_SOURCE
#include "failing_files.h"
#include "transfers.h"

/* More than a download makes. */
#define MOST_CALLS 50

static unsigned mode_of(const char *name)
{
    struct stat facts;
    control_must(lstat(in_folder(name), &facts) == 0, name);
    return (unsigned)facts.st_mode & (S_IFMT | 0777);
}

/* A call that fails is told of, or did not matter: never does a private file become one for all. */
static void a_private_file_stays_private(const struct key *key)
{
    int call, failed_calls = 0, failures = 0;
    for (call = 1; call < MOST_CALLS; call++) {
        snow_status status;
        write_file(in_folder("old"), "as it was", 9);
        control_must(chmod(in_folder("old"), 0600) == 0, "chmod");
        fail_call(call);
        status = snow_attachment_download_file(client, key->text, in_folder("old"), &error);
        failed_calls += fail_no_more();
        if (status == SNOW_OK) {
            CHECK(file_holds(in_folder("old"), large, sizeof large));
        } else {
            failures++;
            CHECK(strstr(snow_error_message(error), "Input/output error") != NULL);
            CHECK_NUMBER(SNOW_FILE, failed());
            CHECK(file_holds(in_folder("old"), "as it was", 9));
        }
        CHECK_NUMBER(S_IFREG | 0600, mode_of("old"));
        CHECK_NUMBER(1, files());
        if (failed_calls < call)
            break;
    }
    CHECK(call < MOST_CALLS && failures > 0);
    remove(in_folder("old"));
}

/* What a link leads to is not known then, and the link must not be what is replaced. */
static void a_link_stays_one(const struct key *key)
{
    control_must(symlink("file", in_folder("link")) == 0, "a link to a file that is not there");
    fail_call(1);
    CHECK_NUMBER(SNOW_FILE, snow_attachment_download_file(client, key->text, in_folder("link"), &error));
    CHECK(fail_no_more());
    failed();
    CHECK_NUMBER(S_IFLNK | 0777, mode_of("link"));
    CHECK_NUMBER(1, files());
    CHECK_STATUS(SNOW_OK, snow_attachment_download_file(client, key->text, in_folder("link"), &error), error);
    CHECK_NUMBER(S_IFLNK | 0777, mode_of("link"));
    CHECK(file_holds(in_folder("file"), large, sizeof large));
    remove(in_folder("link"));
    remove(in_folder("file"));
}

/* A file system that writes later tells of a quota only when it is asked whether it has written. */
static void what_is_not_written_is_no_success(const struct key *key)
{
    write_file(in_folder("old"), "as it was", 9);
    fsync_error = EDQUOT;
    CHECK_NUMBER(SNOW_FILE, snow_attachment_download_file(client, key->text, in_folder("old"), &error));
    fsync_error = 0;
    failed();
    CHECK(file_holds(in_folder("old"), "as it was", 9));
    CHECK_NUMBER(1, files());
    remove(in_folder("old"));
}

int main(int count, char **arguments)
{
    struct key key;
    transfers_begin(count, arguments);
    key = key_of(upload_of("a.bin", large, sizeof large));
    a_private_file_stays_private(&key);
    a_link_stays_one(&key);
    what_is_not_written_is_no_success(&key);
    snow_client_free(client);
    return check_result();
}
