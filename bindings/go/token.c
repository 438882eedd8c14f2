#include <snow.h>
#include "_cgo_export.h"

static int32_t told(void *user_data, const snow_token *token)
{
    return snowGoToken((uintptr_t)user_data, (snow_token *)token);
}

static void destroyed(void *user_data)
{
    snowGoDestroy((uintptr_t)user_data);
}

/* A handle of Go's is a number, which must not be in a pointer of Go's. */
snow_status snow_go_set_token_callback(snow_client *client, uintptr_t handle, snow_error **error)
{
    return snow_set_token_callback(client, told, (void *)handle, destroyed, error);
}
