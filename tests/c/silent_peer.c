/*
 * What the system is told about a connection: how it notices a peer that is gone without a word, while nothing is
 * sent and while something is. The instance is SNOW_INSTANCE.
 */
#define _DEFAULT_SOURCE
#include "check.h"
#include "control.h"

#include <netinet/tcp.h>

#define DESCRIPTORS 256

/* This process's connection to the instance, which a call has left open. */
static int connection_to(const char *instance)
{
    const int port = atoi(strrchr(instance, ':') + 1);
    int descriptor, found = -1, count = 0;
    for (descriptor = 0; descriptor < DESCRIPTORS; descriptor++) {
        struct sockaddr_in peer;
        socklen_t length = sizeof peer;
        if (getpeername(descriptor, (struct sockaddr *)&peer, &length) == 0 && peer.sin_family == AF_INET
            && ntohs(peer.sin_port) == port) {
            found = descriptor;
            count++;
        }
    }
    control_must(count == 1, "there is one connection to the instance");
    return found;
}

static int option(int socket, int level, int name)
{
    int value = -1;
    socklen_t length = sizeof value;
    control_must(getsockopt(socket, level, name, &value, &length) == 0, "an option");
    return value;
}

int main(void)
{
    const char *instance = getenv("SNOW_INSTANCE");
    snow_error *error = NULL;
    snow_client *client = snow_client_new_basic(instance, "admin", "admin", &error);
    uint64_t count;
    int connection;
    CHECK_STATUS(SNOW_OK, snow_table_count(client, "incident", NULL, &count, &error), error);
    connection = connection_to(instance);
    /* Three questions, 15 seconds apart, after 15 seconds in which nothing came. */
    CHECK(option(connection, SOL_SOCKET, SO_KEEPALIVE) != 0);
    CHECK_NUMBER(15, option(connection, IPPROTO_TCP, TCP_KEEPIDLE));
    CHECK_NUMBER(15, option(connection, IPPROTO_TCP, TCP_KEEPINTVL));
    CHECK_NUMBER(3, option(connection, IPPROTO_TCP, TCP_KEEPCNT));
    /* And 30 seconds in which what was sent is not taken. */
    CHECK_NUMBER(30000, option(connection, IPPROTO_TCP, TCP_USER_TIMEOUT));
    snow_client_free(client);
    return check_result();
}
