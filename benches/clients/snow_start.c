/* Loads libsnow and makes the first client. It is not linked with it. */
#include "measure.h"

#include <dlfcn.h>

typedef void *(*new_basic_fn)(const char *, const char *, const char *, void **);

int main(void)
{
    void *library, *error = NULL;
    new_basic_fn new_basic;

    measure_begin();
    library = dlopen("libsnow.so.0", RTLD_NOW);
    if (!library)
        return EXIT_FAILURE;
    *(void **)&new_basic = dlsym(library, "snow_client_new_basic");
    if (!new_basic("dev12345", "admin", "admin", &error))
        return EXIT_FAILURE;
    measure_end(1, 0);
    return EXIT_SUCCESS;
}
