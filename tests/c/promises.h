/*
 * A program that keeps several promises, one each time it runs: its argument says which.
 */

#ifndef SNOW_TESTS_PROMISES_H
#define SNOW_TESTS_PROMISES_H

#include "check.h"

#include <unistd.h>

/* Ends the program where a call hangs, as one does that waits for itself. */
#define HANGS_AFTER_S 300

struct promise {
    const char *name;
    void (*keep)(void);
};

#define PROMISE(name) { #name, name }

/* Keeps the promise of this name, and returns what main() does. */
static inline int keep_promise(const struct promise *promises, size_t count, const char *name)
{
    size_t i;
    for (i = 0; name && i < count; i++)
        if (strcmp(name, promises[i].name) == 0) {
            alarm(HANGS_AFTER_S);
            promises[i].keep();
            return check_result();
        }
    fprintf(stderr, "no such promise: %s\n", name ? name : "none was named");
    return 2;
}

#define KEEP_PROMISE(promises, name) keep_promise(promises, sizeof promises / sizeof *promises, name)

#endif
