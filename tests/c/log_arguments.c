/* What a caller can get wrong with logs and statistics. */
#include "check.h"
#include "refusal.h"

#include <limits.h>

static void count(void *user_data)
{
    ++*(int *)user_data;
}

static void never(void *user_data, snow_log_level level, const char *line)
{
    (void)user_data, (void)level, (void)line;
    CHECK(!"a callback that was refused is not called");
}

int main(void)
{
    static const snow_log_level no_levels[] = {-1, 4, INT_MAX, INT_MIN};
    snow_client *client = snow_client_new_basic("http://127.0.0.1:1", "a", "b", NULL);
    char line[8];
    int destroyed = 0;
    size_t i;
    REFUSES(SNOW_NULL_ARGUMENT, "client",
            snow_set_log_callback(NULL, SNOW_LOG_INFO, never, &destroyed, count, where));
    CHECK_NUMBER(2, destroyed);
    for (i = 0; i < sizeof no_levels / sizeof *no_levels; i++)
        REFUSES(SNOW_INVALID_ARGUMENT, "level",
                snow_set_log_callback(client, no_levels[i], never, NULL, NULL, where));
    REFUSES(SNOW_NULL_ARGUMENT, "client", snow_client_log_line(NULL, line, 8, NULL, where));
    REFUSES(SNOW_NULL_ARGUMENT, "buffer", snow_client_log_line(client, NULL, 8, NULL, where));
    REFUSES(SNOW_INVALID_ARGUMENT, "size", snow_client_log_line(client, line, 0, NULL, where));
    CHECK_NUMBER(-1, snow_client_statistic(NULL, SNOW_STATISTIC_REQUESTS));
    snow_client_free(client);
    return check_result();
}
