/*
 * A gate in front of a local instance: a call of the token endpoint stops there, before the instance is
 * asked or before its answer is handed over, until the test lets it go on. Everything else passes.
 */
#ifndef SNOW_TESTS_GATE_H
#define SNOW_TESTS_GATE_H

#include "control.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>

#define GATE_CONNECTIONS 64

enum stop { BEFORE_THE_INSTANCE = 1, BEFORE_THE_ANSWER };

struct gate_connection {
    int client;
    pthread_t thread;
};

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    const char *instance;
    int listener;
    pthread_t thread;
    char url[64];
    enum stop stop;
    int arrived;
    int opened;
    int passes;
    struct gate_connection connections[GATE_CONNECTIONS];
} gate = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER, .listener = -1 };

/* Waits until the gate is opened; whether what waits may go on. */
static int gate_wait(void)
{
    int passes;
    pthread_mutex_lock(&gate.lock);
    gate.arrived++;
    pthread_cond_broadcast(&gate.changed);
    while (!gate.opened)
        pthread_cond_wait(&gate.changed, &gate.lock);
    passes = gate.passes;
    pthread_mutex_unlock(&gate.lock);
    return passes;
}

/* Hands over what came; whether more may come. */
static int gate_hand_over(int from, int to, enum stop here, int *is_token_call)
{
    char bytes[16384];
    ssize_t length = read(from, bytes, sizeof bytes);
    if (length <= 0)
        return 0;
    if (here == BEFORE_THE_INSTANCE && length > 5)
        *is_token_call |= strncmp(bytes, "POST /oauth_token.do", 20) == 0;
    if (*is_token_call && here == gate.stop && !gate_wait())
        return 0;
    return write(to, bytes, (size_t)length) == length;
}

static void *gate_serve(void *argument)
{
    const struct gate_connection *connection = (const struct gate_connection *)argument;
    int client = connection->client, server = control_connect(gate.instance);
    int is_token_call = 0, goes_on = 1;
    while (goes_on) {
        struct pollfd ends[2] = { { 0, POLLIN, 0 }, { 0, POLLIN, 0 } };
        ends[0].fd = client;
        ends[1].fd = server;
        poll(ends, 2, -1);
        if (ends[0].revents)
            goes_on = gate_hand_over(client, server, BEFORE_THE_INSTANCE, &is_token_call);
        if (goes_on && ends[1].revents)
            goes_on = gate_hand_over(server, client, BEFORE_THE_ANSWER, &is_token_call);
    }
    /* Closed by the listener, which may still want to end it. */
    shutdown(client, SHUT_RDWR);
    close(server);
    return NULL;
}

/* Takes connections until the gate's socket is shut down; then ends them all. */
static void *gate_listen(void *unused)
{
    int count = 0, i;
    for (;;) {
        struct gate_connection *connection = &gate.connections[count];
        connection->client = accept(gate.listener, NULL, NULL);
        if (connection->client < 0)
            break;
        control_must(++count < GATE_CONNECTIONS, "too many connections at the gate");
        control_must(pthread_create(&connection->thread, NULL, gate_serve, connection) == 0, "thread");
    }
    for (i = 0; i < count; i++) {
        shutdown(gate.connections[i].client, SHUT_RDWR);
        pthread_join(gate.connections[i].thread, NULL);
        close(gate.connections[i].client);
    }
    return unused;
}

static void gate_open(int passes);

/* No thread is left for a leak checker to stumble over. */
static void gate_end(void)
{
    gate_open(0);
    shutdown(gate.listener, SHUT_RDWR);
    pthread_join(gate.thread, NULL);
    close(gate.listener);
}

/* Sets the gate up, once; what arrives from now on stops there. */
static void gate_close(const char *instance, enum stop stop)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    pthread_mutex_lock(&gate.lock);
    gate.stop = stop;
    gate.arrived = gate.opened = 0;
    pthread_mutex_unlock(&gate.lock);
    if (gate.listener >= 0)
        return;
    signal(SIGPIPE, SIG_IGN);
    gate.instance = instance;
    gate.listener = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    control_must(bind(gate.listener, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    control_must(listen(gate.listener, 64) == 0, "listen");
    control_must(getsockname(gate.listener, (struct sockaddr *)&address, &length) == 0, "name");
    snprintf(gate.url, sizeof gate.url, "http://127.0.0.1:%d", ntohs(address.sin_port));
    control_must(pthread_create(&gate.thread, NULL, gate_listen, NULL) == 0, "thread");
    atexit(gate_end);
}

/* Waits until a token call has stopped at the gate. */
static void gate_await(void)
{
    pthread_mutex_lock(&gate.lock);
    while (!gate.arrived)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
}

/* Lets what waits go on, or come to nothing. */
static void gate_open(int passes)
{
    pthread_mutex_lock(&gate.lock);
    gate.opened = 1;
    gate.passes = passes;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
}

#endif
