/*
 * The control endpoint of a local instance that speaks plain http: faults, settings, and the journal of
 * what it was sent. Over a socket of its own, so that a test of the library does not depend on it.
 *
 * A control call that fails ends the program: nothing that follows would mean anything.
 */

#ifndef SNOW_TESTS_CONTROL_H
#define SNOW_TESTS_CONTROL_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static inline void control_must(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "control: %s\n", what);
        exit(2);
    }
}

/* A connection to "http://ADDRESS:PORT" of IPv4. */
static inline int control_connect(const char *instance)
{
    char address[64];
    int port;
    struct sockaddr_in to;
    int stream = socket(AF_INET, SOCK_STREAM, 0);
    memset(&to, 0, sizeof to);
    control_must(sscanf(instance, "http://%63[0-9.]:%d", address, &port) == 2, instance);
    to.sin_family = AF_INET;
    to.sin_port = htons((unsigned short)port);
    control_must(inet_pton(AF_INET, address, &to.sin_addr) == 1, address);
    control_must(stream >= 0 && connect(stream, (struct sockaddr *)&to, sizeof to) == 0, instance);
    return stream;
}

/* Calls the instance and returns the body of its answer, which the caller frees. */
static inline char *control(const char *instance, const char *method, const char *path,
                            const char *body)
{
    int stream = control_connect(instance);
    size_t room = 1024 + strlen(path) + strlen(body), length = 0;
    char *text = (char *)malloc(room), *content;
    ssize_t got;
    control_must(text != NULL, "no memory");
    /* HTTP/1.0, so that the answer ends where the connection does and comes in one piece. */
    snprintf(text, room,
             "%s %s HTTP/1.0\r\nHost: control\r\nContent-Type: application/json\r\n"
             "Content-Length: %lu\r\n\r\n%s",
             method, path, (unsigned long)strlen(body), body);
    control_must(write(stream, text, strlen(text)) == (ssize_t)strlen(text), "cannot send");
    while ((got = read(stream, text + length, room - length - 1)) > 0) {
        length += (size_t)got;
        if (room - length < 1024) {
            text = (char *)realloc(text, room *= 2);
            control_must(text != NULL, "no memory");
        }
    }
    close(stream);
    control_must(got == 0, "the answer broke off");
    text[length] = '\0';
    content = strstr(text, "\r\n\r\n");
    control_must(content && strstr(text, " 200 ") && strstr(text, " 200 ") < content, text);
    memmove(text, content + 4, strlen(content + 4) + 1);
    return text;
}

/* Calls the instance for the effect alone. */
static inline void control_do(const char *instance, const char *method, const char *path,
                              const char *body)
{
    free(control(instance, method, path, body));
}

/* How many requests the instance was sent whose path begins so. */
static inline int control_count(const char *instance, const char *path)
{
    char where[256];
    char *journal, *entry;
    int count = 0;
    snprintf(where, sizeof where, "/-/requests?path=%s", path);
    journal = control(instance, "GET", where, "");
    for (entry = journal; (entry = strstr(entry, "\"number\":")) != NULL; entry++)
        count++;
    free(journal);
    return count;
}

#endif
