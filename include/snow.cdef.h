/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* Generated from src/ffi by build.rs; do not edit. */

/* snow.h for parsers without a preprocessor, such as ffi.cdef() of LuaJIT and cdef() of Python's
   cffi. What the functions do is said there. SNOW_ABI_VERSION is for snow_abi_version(), and a length
   of (uint64_t)-1 is SNOW_LENGTH_UNKNOWN, which no enumeration can hold. */

enum {
    SNOW_ABI_VERSION = 0,
};

/* Arrow C data and stream interface */

enum {
    ARROW_FLAG_DICTIONARY_ORDERED = 1,
    ARROW_FLAG_NULLABLE = 2,
    ARROW_FLAG_MAP_KEYS_SORTED = 4,
};

struct ArrowSchema {
    const char *format;
    const char *name;
    const char *metadata;
    int64_t flags;
    int64_t n_children;
    struct ArrowSchema **children;
    struct ArrowSchema *dictionary;
    void (*release)(struct ArrowSchema *);
    void *private_data;
};

struct ArrowArray {
    int64_t length;
    int64_t null_count;
    int64_t offset;
    int64_t n_buffers;
    int64_t n_children;
    const void **buffers;
    struct ArrowArray **children;
    struct ArrowArray *dictionary;
    void (*release)(struct ArrowArray *);
    void *private_data;
};

struct ArrowArrayStream {
    int (*get_schema)(struct ArrowArrayStream *, struct ArrowSchema *out);
    int (*get_next)(struct ArrowArrayStream *, struct ArrowArray *out);
    const char *(*get_last_error)(struct ArrowArrayStream *);
    void (*release)(struct ArrowArrayStream *);
    void *private_data;
};

/* Status codes and version */

enum {
    SNOW_OK = 0,
    SNOW_NULL_ARGUMENT = 1,
    SNOW_INVALID_UTF8 = 2,
    SNOW_INVALID_ARGUMENT = 3,
    SNOW_UNKNOWN_OPTION = 4,
    SNOW_INVALID_HANDLE = 5,
    SNOW_FILE = 6,
    SNOW_NETWORK = 100,
    SNOW_NAME_RESOLUTION = 101,
    SNOW_CONNECT = 102,
    SNOW_TLS = 103,
    SNOW_PROXY = 104,
    SNOW_CUT_BODY = 105,
    SNOW_REDIRECT = 106,
    SNOW_CORRUPT = 107,
    SNOW_UNAUTHENTICATED = 210,
    SNOW_NO_TOKEN = 211,
    SNOW_TOKEN_REFUSED = 212,
    SNOW_TOKEN_ANSWER = 213,
    SNOW_CALLBACK_FAILED = 214,
    SNOW_LOGIN_PAGE = 215,
    SNOW_HTTP_STATUS = 310,
    SNOW_BAD_REQUEST = 311,
    SNOW_FORBIDDEN = 312,
    SNOW_NOT_FOUND = 313,
    SNOW_RATE_LIMITED = 314,
    SNOW_NOT_EXECUTED = 315,
    SNOW_TRANSACTION_CANCELLED = 316,
    SNOW_PARTIAL_RESULT = 317,
    SNOW_HIBERNATING = 318,
    SNOW_UNAVAILABLE = 319,
    SNOW_SERVER_ERROR = 320,
    SNOW_UNEXPECTED_ANSWER = 321,
    SNOW_MULTIPLE = 322,
    SNOW_INCOMPLETE = 323,
    SNOW_QUERY_IGNORED = 324,
    SNOW_NO_DICTIONARY = 325,
    SNOW_DONE = 410,
    SNOW_CANCELLED = 411,
    SNOW_TIMEOUT = 412,
    SNOW_BUSY = 413,
    SNOW_CLOSED = 414,
    SNOW_NO_MEMORY = 415,
    SNOW_INTERNAL = 900,
};

typedef int32_t snow_status;

const char *snow_version(void);

uint32_t snow_version_number(void);

uint32_t snow_abi_version(void);

const char *snow_status_name(snow_status status);

/* Errors */

typedef struct snow_error snow_error;

snow_status snow_error_status(const snow_error *error);

const char *snow_error_message(const snow_error *error);

const char *snow_error_instance_message(const snow_error *error);

const char *snow_error_detail(const snow_error *error);

int32_t snow_error_http_status(const snow_error *error);

const char *snow_error_method(const snow_error *error);

const char *snow_error_path(const snow_error *error);

int32_t snow_error_is_retryable(const snow_error *error);

int64_t snow_error_retry_after_ms(const snow_error *error);

int32_t snow_error_maybe_applied(const snow_error *error);

int32_t snow_error_callback_value(const snow_error *error);

void snow_error_free(snow_error *error);

/* Sessions */

typedef struct snow_session snow_session;

snow_session *snow_session_new(snow_error **error);

snow_status snow_session_set_basic_auth(snow_session *session,
                                        const char *user,
                                        const char *password,
                                        snow_error **error);

snow_status snow_session_set_bearer_token(snow_session *session,
                                          const char *token,
                                          snow_error **error);

snow_status snow_session_set_api_key(snow_session *session,
                                     const char *key,
                                     snow_error **error);

snow_status snow_session_set_oauth(snow_session *session,
                                   const char *client_id,
                                   const char *client_secret,
                                   snow_error **error);

snow_status snow_session_set_client_credentials(snow_session *session,
                                                const char *client_id,
                                                const char *client_secret,
                                                snow_error **error);

snow_status snow_session_set_oauth_basic(snow_session *session,
                                         int32_t basic,
                                         snow_error **error);

snow_status snow_session_set_token_file(snow_session *session,
                                        const char *path,
                                        snow_error **error);

snow_status snow_session_set_tls_verify(snow_session *session,
                                        int32_t verify,
                                        snow_error **error);

snow_status snow_session_set_ca_file(snow_session *session,
                                     const char *path,
                                     snow_error **error);

snow_status snow_session_set_client_certificate(snow_session *session,
                                                const char *path,
                                                const char *key_path,
                                                const char *password,
                                                snow_error **error);

snow_status snow_session_set_proxy(snow_session *session,
                                   const char *proxy,
                                   snow_error **error);

snow_status snow_session_set_proxy_auth(snow_session *session,
                                        const char *user,
                                        const char *password,
                                        snow_error **error);

snow_status snow_session_set_allow_http(snow_session *session,
                                        int32_t allow,
                                        snow_error **error);

snow_status snow_session_set_header(snow_session *session,
                                    const char *name,
                                    const char *value,
                                    snow_error **error);

snow_status snow_session_set_user_agent(snow_session *session,
                                        const char *user_agent,
                                        snow_error **error);

snow_status snow_session_set_cookies(snow_session *session,
                                     int32_t keep,
                                     snow_error **error);

snow_status snow_session_set_timeouts(snow_session *session,
                                      uint32_t connect_ms,
                                      uint32_t total_ms,
                                      snow_error **error);

snow_status snow_session_set_retry(snow_session *session,
                                   uint32_t retries,
                                   uint32_t max_wait_ms,
                                   snow_error **error);

snow_status snow_session_set_max_in_flight(snow_session *session,
                                           uint32_t calls,
                                           snow_error **error);

snow_status snow_session_set(snow_session *session,
                             const char *name,
                             const char *value,
                             snow_error **error);

const char *snow_session_option_name(size_t index);

void snow_session_free(snow_session *session);

/* Tokens */

typedef struct snow_token snow_token;

snow_token *snow_token_from_json(const char *json, snow_error **error);

snow_token *snow_token_from_refresh_token(const char *refresh_token,
                                          snow_error **error);

snow_token *snow_token_load(const char *path, snow_error **error);

snow_status snow_token_save(const snow_token *token,
                            const char *path,
                            snow_error **error);

const char *snow_token_json(const snow_token *token, size_t *length);

const char *snow_token_access_token(const snow_token *token);

const char *snow_token_refresh_token(const snow_token *token);

int64_t snow_token_expires_at(const snow_token *token);

void snow_token_free(snow_token *token);

/* Clients */

enum {
    SNOW_HANDLED = 1397641047,
};

typedef struct snow_client snow_client;

typedef int32_t (*snow_token_fn)(void *user_data, const snow_token *token);

typedef void (*snow_destroy_fn)(void *user_data);

snow_client *snow_client_new(const char *instance,
                             const snow_session *session,
                             snow_error **error);

snow_client *snow_client_new_basic(const char *instance,
                                   const char *user,
                                   const char *password,
                                   snow_error **error);

snow_client *snow_client_new_oauth(const char *instance,
                                   const char *client_id,
                                   const char *client_secret,
                                   const snow_token *token,
                                   snow_error **error);

const char *snow_client_url(const snow_client *client);

snow_status snow_set_token_callback(snow_client *client,
                                    snow_token_fn callback,
                                    void *user_data,
                                    snow_destroy_fn destroy,
                                    snow_error **error);

snow_status snow_client_login(snow_client *client,
                              const char *user,
                              const char *password,
                              snow_error **error);

snow_status snow_client_set_token(snow_client *client,
                                  const snow_token *token,
                                  snow_error **error);

snow_token *snow_client_token(const snow_client *client, snow_error **error);

snow_status snow_client_close(snow_client *client,
                              uint32_t timeout_ms,
                              snow_error **error);

void snow_client_free(snow_client *client);

/* Queries */

enum {
    SNOW_EQ = 1,
    SNOW_NE = 2,
    SNOW_LT = 3,
    SNOW_LE = 4,
    SNOW_GT = 5,
    SNOW_GE = 6,
    SNOW_IN = 7,
    SNOW_NOT_IN = 8,
    SNOW_BETWEEN = 9,
    SNOW_STARTS_WITH = 10,
    SNOW_ENDS_WITH = 11,
    SNOW_CONTAINS = 12,
    SNOW_NOT_CONTAINS = 13,
    SNOW_IS_EMPTY = 14,
    SNOW_IS_NOT_EMPTY = 15,
    SNOW_EMPTY_STRING = 16,
    SNOW_ANYTHING = 17,
    SNOW_SAME_AS = 18,
    SNOW_NOT_SAME_AS = 19,
    SNOW_GT_FIELD = 20,
    SNOW_LT_FIELD = 21,
    SNOW_GE_FIELD = 22,
    SNOW_LE_FIELD = 23,
    SNOW_MORE_THAN = 24,
    SNOW_LESS_THAN = 25,
    SNOW_ON = 26,
    SNOW_NOT_ON = 27,
    SNOW_DATE_PART = 28,
    SNOW_RELATIVE_GT = 29,
    SNOW_RELATIVE_LT = 30,
    SNOW_RELATIVE_GE = 31,
    SNOW_RELATIVE_LE = 32,
    SNOW_RELATIVE_EE = 33,
    SNOW_DYNAMIC = 34,
    SNOW_IN_HIERARCHY = 35,
    SNOW_IN_HIERARCHY_DYNAMIC = 36,
    SNOW_INSTANCE_OF = 37,
    SNOW_DOES_NOT_HAVE = 38,
    SNOW_DISPLAY_FALSE = 0,
    SNOW_DISPLAY_TRUE = 1,
    SNOW_DISPLAY_ALL = 2,
};

typedef struct snow_query snow_query;

typedef int32_t snow_operator;

typedef int32_t snow_display;

snow_query *snow_query_new(snow_error **error);

snow_query *snow_query_parse(const char *encoded, snow_error **error);

snow_status snow_query_where(snow_query *query,
                             const char *field,
                             snow_operator op,
                             const char *value,
                             snow_error **error);

snow_status snow_query_where_int(snow_query *query,
                                 const char *field,
                                 snow_operator op,
                                 int64_t value,
                                 snow_error **error);

snow_status snow_query_where_bool(snow_query *query,
                                  const char *field,
                                  snow_operator op,
                                  int32_t value,
                                  snow_error **error);

snow_status snow_query_where_time(snow_query *query,
                                  const char *field,
                                  snow_operator op,
                                  int64_t unix_seconds,
                                  snow_error **error);

snow_status snow_query_where_in(snow_query *query,
                                const char *field,
                                const char *const *values,
                                size_t count,
                                snow_error **error);

snow_status snow_query_where_not_in(snow_query *query,
                                    const char *field,
                                    const char *const *values,
                                    size_t count,
                                    snow_error **error);

snow_status snow_query_where_between(snow_query *query,
                                     const char *field,
                                     const char *low,
                                     const char *high,
                                     snow_error **error);

snow_status snow_query_where_between_times(snow_query *query,
                                           const char *field,
                                           int64_t low,
                                           int64_t high,
                                           snow_error **error);

snow_status snow_query_where_script(snow_query *query,
                                    const char *field,
                                    snow_operator op,
                                    const char *script,
                                    snow_error **error);

snow_status snow_query_where_text(snow_query *query,
                                  const char *words,
                                  snow_error **error);

snow_status snow_query_where_related(snow_query *query,
                                     const char *reference,
                                     snow_operator op,
                                     uint32_t count,
                                     const snow_query *conditions,
                                     snow_error **error);

snow_status snow_query_where_join(snow_query *query,
                                  const char *field,
                                  const char *other,
                                  const snow_query *conditions,
                                  snow_error **error);

snow_status snow_query_or(snow_query *query, snow_error **error);

snow_status snow_query_new_query(snow_query *query, snow_error **error);

snow_status snow_query_raw(snow_query *query,
                           const char *encoded,
                           snow_error **error);

snow_status snow_query_order_by(snow_query *query,
                                const char *field,
                                snow_error **error);

snow_status snow_query_order_by_desc(snow_query *query,
                                     const char *field,
                                     snow_error **error);

snow_status snow_query_group_by(snow_query *query,
                                const char *field,
                                snow_error **error);

snow_status snow_query_fields(snow_query *query,
                              const char *fields,
                              snow_error **error);

snow_status snow_query_limit(snow_query *query, uint64_t rows, snow_error **error);

snow_status snow_query_offset(snow_query *query, uint64_t rows, snow_error **error);

snow_status snow_query_page_size(snow_query *query,
                                 uint32_t rows,
                                 snow_error **error);

snow_status snow_query_display_value(snow_query *query,
                                     snow_display form,
                                     snow_error **error);

snow_status snow_query_exclude_reference_link(snow_query *query,
                                              int32_t exclude,
                                              snow_error **error);

snow_status snow_query_view(snow_query *query,
                            const char *view,
                            snow_error **error);

snow_status snow_query_no_count(snow_query *query,
                                int32_t without,
                                snow_error **error);

snow_status snow_query_category(snow_query *query,
                                const char *category,
                                snow_error **error);

snow_status snow_query_no_domain(snow_query *query,
                                 int32_t all,
                                 snow_error **error);

snow_status snow_query_input_display_value(snow_query *query,
                                           int32_t display,
                                           snow_error **error);

snow_status snow_query_suppress_auto_sys_field(snow_query *query,
                                               int32_t suppress,
                                               snow_error **error);

snow_status snow_query_set(snow_query *query,
                           const char *name,
                           const char *value,
                           snow_error **error);

const char *snow_query_encoded(snow_query *query, snow_error **error);

snow_query *snow_query_clone(const snow_query *query, snow_error **error);

void snow_query_free(snow_query *query);

/* Records */

typedef struct snow_record snow_record;

snow_record *snow_record_new(snow_error **error);

snow_record *snow_record_from_json(const char *json,
                                   size_t length,
                                   snow_error **error);

snow_status snow_record_set(snow_record *record,
                            const char *field,
                            const char *value,
                            snow_error **error);

const char *snow_record_get(const snow_record *record,
                            const char *field,
                            size_t *length);

const char *snow_record_display(const snow_record *record,
                                const char *field,
                                size_t *length);

const char *snow_record_link(const snow_record *record, const char *field);

size_t snow_record_field_count(const snow_record *record);

const char *snow_record_field_name(const snow_record *record, size_t index);

const char *snow_record_json(const snow_record *record, size_t *length);

snow_record *snow_record_clone(const snow_record *record, snow_error **error);

void snow_record_free(snow_record *record);

/* Cursors */

typedef struct snow_cursor snow_cursor;

snow_status snow_cursor_next(snow_cursor *cursor,
                             const snow_record **row,
                             snow_error **error);

int64_t snow_cursor_total(const snow_cursor *cursor);

uint64_t snow_cursor_fetched(const snow_cursor *cursor);

snow_status snow_cursor_cancel(const snow_cursor *cursor, snow_error **error);

void snow_cursor_free(snow_cursor *cursor);

/* Tables */

enum {
    SNOW_CREATED_UNKNOWN = 0,
    SNOW_CREATED_NEW = 1,
    SNOW_CREATED_FOUND = 2,
    SNOW_CREATED_UNDER_ANOTHER_KEY = 3,
};

typedef int32_t snow_created;

snow_record *snow_table_get(snow_client *client,
                            const char *table,
                            const char *sys_id,
                            const snow_query *query,
                            snow_error **error);

snow_cursor *snow_table_list(snow_client *client,
                             const char *table,
                             const snow_query *query,
                             snow_error **error);

snow_record *snow_table_first(snow_client *client,
                              const char *table,
                              const snow_query *query,
                              snow_error **error);

snow_record *snow_table_one(snow_client *client,
                            const char *table,
                            const snow_query *query,
                            snow_error **error);

snow_status snow_table_count(snow_client *client,
                             const char *table,
                             const snow_query *query,
                             uint64_t *count,
                             snow_error **error);

snow_record *snow_table_create(snow_client *client,
                               const char *table,
                               const snow_record *record,
                               const snow_query *query,
                               snow_error **error);

snow_record *snow_table_create_once(snow_client *client,
                                    const char *table,
                                    const snow_record *record,
                                    const snow_query *query,
                                    snow_created *created,
                                    snow_error **error);

snow_record *snow_table_update(snow_client *client,
                               const char *table,
                               const char *sys_id,
                               const snow_record *record,
                               const snow_query *query,
                               snow_error **error);

snow_record *snow_table_replace(snow_client *client,
                                const char *table,
                                const char *sys_id,
                                const snow_record *record,
                                const snow_query *query,
                                snow_error **error);

snow_status snow_table_delete(snow_client *client,
                              const char *table,
                              const char *sys_id,
                              const snow_query *query,
                              snow_error **error);

snow_record *snow_table_update_one(snow_client *client,
                                   const char *table,
                                   const snow_query *query,
                                   const snow_record *record,
                                   snow_error **error);

snow_status snow_table_delete_one(snow_client *client,
                                  const char *table,
                                  const snow_query *query,
                                  snow_error **error);

/* Exports */

enum {
    SNOW_ORDER_ANY = 1,
    SNOW_ORDER_SYS_ID = 2,
    SNOW_ORDER_QUERY = 3,
    SNOW_EXPORT_EXPECTED = 1,
    SNOW_EXPORT_RECEIVED = 2,
    SNOW_EXPORT_HIDDEN = 3,
    SNOW_EXPORT_HALVED = 4,
    SNOW_EXPORT_RETRIED = 5,
    SNOW_EXPORT_REQUESTS = 6,
    SNOW_EXPORT_BYTES = 7,
    SNOW_EXPORT_MISFITS = 8,
};

typedef struct snow_export snow_export;

typedef struct snow_shards snow_shards;

typedef int32_t snow_order;

typedef int32_t (*snow_export_progress_fn)(void *user_data,
                                           uint64_t rows,
                                           uint64_t bytes,
                                           uint64_t expected,
                                           uint64_t elapsed_ms);

typedef int32_t snow_export_counter;

snow_export *snow_export_new(snow_client *client,
                             const char *table,
                             const snow_query *query,
                             snow_error **error);

snow_status snow_export_set_connections(snow_export *export_,
                                        uint32_t connections,
                                        snow_error **error);

snow_status snow_export_set_order(snow_export *export_,
                                  snow_order order,
                                  snow_error **error);

snow_status snow_export_set_progress_callback(snow_export *export_,
                                              snow_export_progress_fn callback,
                                              void *user_data,
                                              snow_destroy_fn destroy,
                                              snow_error **error);

snow_cursor *snow_export_rows(snow_export *export_, snow_error **error);

int64_t snow_export_count(const snow_export *export_, snow_export_counter counter);

void snow_export_free(snow_export *export_);

snow_shards *snow_table_shards(snow_client *client,
                               const char *table,
                               const snow_query *query,
                               uint32_t count,
                               snow_error **error);

uint32_t snow_shards_count(const snow_shards *shards);

const char *snow_shards_query(const snow_shards *shards,
                              uint32_t index,
                              size_t *length);

void snow_shards_free(snow_shards *shards);

/* Arrow */

snow_status snow_table_arrow(snow_client *client,
                             const char *table,
                             const snow_query *query,
                             struct ArrowArrayStream *out,
                             snow_error **error);

snow_status snow_export_arrow(snow_export *export_,
                              struct ArrowArrayStream *out,
                              snow_error **error);

snow_status snow_export_set_all_text(snow_export *export_,
                                     int32_t all_text,
                                     snow_error **error);

/* Requests */

typedef struct snow_request snow_request;

typedef int32_t (*snow_read_fn)(void *user_data,
                                void *buffer,
                                size_t size,
                                size_t *count);

snow_request *snow_request_new(const char *method,
                               const char *path,
                               snow_error **error);

snow_status snow_request_set_param(snow_request *request,
                                   const char *name,
                                   const char *value,
                                   snow_error **error);

snow_status snow_request_set_query(snow_request *request,
                                   const snow_query *query,
                                   snow_error **error);

snow_status snow_request_set_header(snow_request *request,
                                    const char *name,
                                    const char *value,
                                    snow_error **error);

snow_status snow_request_set_body(snow_request *request,
                                  const void *body,
                                  size_t length,
                                  const char *content_type,
                                  snow_error **error);

snow_status snow_request_set_record(snow_request *request,
                                    const snow_record *record,
                                    snow_error **error);

snow_status snow_request_set_body_file(snow_request *request,
                                       const char *path,
                                       const char *content_type,
                                       snow_error **error);

snow_status snow_request_set_body_reader(snow_request *request,
                                         uint64_t length,
                                         snow_read_fn callback,
                                         void *user_data,
                                         snow_destroy_fn destroy,
                                         const char *content_type,
                                         snow_error **error);

snow_status snow_request_set_timeout(snow_request *request,
                                     uint32_t timeout_ms,
                                     snow_error **error);

void snow_request_free(snow_request *request);

/* Responses */

typedef struct snow_response snow_response;

snow_response *snow_client_send(snow_client *client,
                                const snow_request *request,
                                snow_error **error);

snow_response *snow_client_open(snow_client *client,
                                const snow_request *request,
                                snow_error **error);

int32_t snow_response_status(const snow_response *response);

const char *snow_response_header(const snow_response *response, const char *name);

size_t snow_response_header_count(const snow_response *response);

const char *snow_response_header_name(const snow_response *response, size_t index);

const char *snow_response_header_value(const snow_response *response, size_t index);

snow_status snow_response_check(const snow_response *response, snow_error **error);

const char *snow_response_body(const snow_response *response,
                               size_t *length,
                               snow_error **error);

snow_status snow_response_read(snow_response *response,
                               void *buffer,
                               size_t size,
                               size_t *count,
                               snow_error **error);

const char *snow_response_result(const snow_response *response,
                                 size_t *length,
                                 snow_error **error);

snow_status snow_response_record_count(const snow_response *response,
                                       size_t *count,
                                       snow_error **error);

const snow_record *snow_response_record(const snow_response *response,
                                        size_t index,
                                        snow_error **error);

const snow_record *snow_response_one(const snow_response *response,
                                     snow_error **error);

void snow_response_free(snow_response *response);

/* Attachments */

typedef struct snow_upload snow_upload;

typedef int32_t (*snow_progress_fn)(void *user_data, uint64_t bytes, int64_t total);

typedef int32_t (*snow_write_fn)(void *user_data, const void *bytes, size_t length);

snow_cursor *snow_attachment_list(snow_client *client,
                                  const char *table,
                                  const char *sys_id,
                                  const snow_query *query,
                                  snow_error **error);

snow_record *snow_attachment_get(snow_client *client,
                                 const char *sys_id,
                                 snow_error **error);

snow_record *snow_attachment_upload_file(snow_client *client,
                                         const char *table,
                                         const char *sys_id,
                                         const char *path,
                                         snow_error **error);

snow_status snow_attachment_download_file(snow_client *client,
                                          const char *sys_id,
                                          const char *path,
                                          snow_error **error);

snow_status snow_attachment_download_file_with_progress(snow_client *client,
                                                        const char *sys_id,
                                                        const char *path,
                                                        snow_progress_fn callback,
                                                        void *user_data,
                                                        snow_destroy_fn destroy,
                                                        snow_error **error);

snow_response *snow_attachment_download(snow_client *client,
                                        const char *sys_id,
                                        snow_error **error);

snow_status snow_attachment_download_to(snow_client *client,
                                        const char *sys_id,
                                        snow_write_fn callback,
                                        void *user_data,
                                        snow_destroy_fn destroy,
                                        snow_error **error);

snow_response *snow_attachment_open(snow_client *client,
                                    const char *sys_id,
                                    snow_error **error);

snow_status snow_attachment_rename(snow_client *client,
                                   const char *sys_id,
                                   const char *file_name,
                                   snow_error **error);

snow_status snow_attachment_delete(snow_client *client,
                                   const char *sys_id,
                                   snow_error **error);

snow_upload *snow_upload_new(const char *table,
                             const char *sys_id,
                             snow_error **error);

snow_status snow_upload_set_file(snow_upload *upload,
                                 const char *path,
                                 snow_error **error);

snow_status snow_upload_set_bytes(snow_upload *upload,
                                  const void *bytes,
                                  size_t length,
                                  snow_error **error);

snow_status snow_upload_set_reader(snow_upload *upload,
                                   uint64_t length,
                                   snow_read_fn callback,
                                   void *user_data,
                                   snow_destroy_fn destroy,
                                   snow_error **error);

snow_status snow_upload_set_file_name(snow_upload *upload,
                                      const char *file_name,
                                      snow_error **error);

snow_status snow_upload_set_content_type(snow_upload *upload,
                                         const char *content_type,
                                         snow_error **error);

snow_status snow_upload_set_multipart(snow_upload *upload,
                                      int32_t multipart,
                                      snow_error **error);

snow_status snow_upload_set_progress(snow_upload *upload,
                                     snow_progress_fn callback,
                                     void *user_data,
                                     snow_destroy_fn destroy,
                                     snow_error **error);

snow_record *snow_upload_send(snow_client *client,
                              const snow_upload *upload,
                              snow_error **error);

void snow_upload_free(snow_upload *upload);

/* Logs and statistics */

enum {
    SNOW_LOG_OFF = 0,
    SNOW_LOG_ERROR = 1,
    SNOW_LOG_WARNING = 2,
    SNOW_LOG_INFO = 3,
    SNOW_STATISTIC_REQUESTS = 1,
    SNOW_STATISTIC_FAILURES = 2,
    SNOW_STATISTIC_RETRIES = 3,
    SNOW_STATISTIC_TOKEN_REQUESTS = 4,
    SNOW_STATISTIC_BYTES_SENT = 5,
    SNOW_STATISTIC_BYTES_RECEIVED = 6,
    SNOW_STATISTIC_CONNECTIONS = 7,
    SNOW_STATISTIC_IN_FLIGHT = 8,
};

typedef int32_t snow_log_level;

typedef void (*snow_log_fn)(void *user_data, snow_log_level level, const char *line);

typedef int32_t snow_statistic;

snow_status snow_set_log_callback(snow_client *client,
                                  snow_log_level level,
                                  snow_log_fn callback,
                                  void *user_data,
                                  snow_destroy_fn destroy,
                                  snow_error **error);

snow_status snow_client_log_line(const snow_client *client,
                                 char *buffer,
                                 size_t size,
                                 snow_log_level *level,
                                 snow_error **error);

int64_t snow_client_statistic(const snow_client *client, snow_statistic statistic);

/* Diagnosis */

typedef struct snow_diagnosis snow_diagnosis;

snow_diagnosis *snow_client_diagnose(snow_client *client,
                                     const char *table,
                                     snow_error **error);

int32_t snow_diagnosis_is_ok(const snow_diagnosis *diagnosis);

const char *snow_diagnosis_text(const snow_diagnosis *diagnosis, size_t *length);

const char *snow_diagnosis_json(const snow_diagnosis *diagnosis, size_t *length);

void snow_diagnosis_free(snow_diagnosis *diagnosis);
