<?php
declare(strict_types=1);

/** libsnow from PHP: rows by foreach, errors thrown, closures as callbacks. */
namespace Snow;

use FFI;

/** The functions of snow.h. */
final class Library
{
    private const ABI_VERSION = 0;
    private const DECLARATIONS = <<<'C'
        typedef int32_t snow_status;
        typedef int32_t snow_operator;
        typedef int32_t snow_display;
        typedef struct snow_error snow_error;
        typedef struct snow_token snow_token;
        typedef struct snow_client snow_client;
        typedef struct snow_query snow_query;
        typedef struct snow_record snow_record;
        typedef struct snow_cursor snow_cursor;
        typedef int32_t (*snow_token_fn)(void *user_data, const snow_token *token);
        typedef void (*snow_destroy_fn)(void *user_data);
        const char *snow_version(void);
        const char *snow_status_name(snow_status status);
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
        void snow_error_free(snow_error *error);
        snow_token *snow_token_from_json(const char *json, snow_error **error);
        const char *snow_token_json(const snow_token *token, size_t *length);
        void snow_token_free(snow_token *token);
        snow_client *snow_client_new_basic(const char *instance, const char *user, const char *password, snow_error **error);
        snow_client *snow_client_new_oauth(const char *instance, const char *client_id, const char *client_secret, const snow_token *token, snow_error **error);
        snow_status snow_set_token_callback(snow_client *client, snow_token_fn callback, void *user_data, snow_destroy_fn destroy, snow_error **error);
        snow_status snow_client_login(snow_client *client, const char *user, const char *password, snow_error **error);
        snow_status snow_client_set_token(snow_client *client, const snow_token *token, snow_error **error);
        snow_token *snow_client_token(const snow_client *client, snow_error **error);
        void snow_client_free(snow_client *client);
        snow_query *snow_query_parse(const char *encoded, snow_error **error);
        snow_status snow_query_where(snow_query *query, const char *field, snow_operator op, const char *value, snow_error **error);
        snow_status snow_query_order_by(snow_query *query, const char *field, snow_error **error);
        snow_status snow_query_fields(snow_query *query, const char *fields, snow_error **error);
        snow_status snow_query_limit(snow_query *query, uint64_t rows, snow_error **error);
        snow_status snow_query_display_value(snow_query *query, snow_display form, snow_error **error);
        void snow_query_free(snow_query *query);
        snow_record *snow_record_from_json(const char *json, size_t length, snow_error **error);
        const char *snow_record_json(const snow_record *record, size_t *length);
        void snow_record_free(snow_record *record);
        snow_status snow_cursor_next(snow_cursor *cursor, const snow_record **row, snow_error **error);
        void snow_cursor_free(snow_cursor *cursor);
        snow_record *snow_table_get(snow_client *client, const char *table, const char *sys_id, const snow_query *query, snow_error **error);
        snow_cursor *snow_table_list(snow_client *client, const char *table, const snow_query *query, snow_error **error);
        snow_record *snow_table_create(snow_client *client, const char *table, const snow_record *record, const snow_query *query, snow_error **error);
        snow_record *snow_table_update(snow_client *client, const char *table, const char *sys_id, const snow_record *record, const snow_query *query, snow_error **error);
        snow_status snow_table_delete(snow_client *client, const char *table, const char *sys_id, const snow_query *query, snow_error **error);
        C;

    private static ?FFI $functions = null;

    public static function functions(): FFI
    {
        return self::$functions ??= self::load(getenv('SNOW_LIBRARY') ?: 'libsnow.so.0');
    }

    private static function load(string $path): FFI
    {
        try {
            $abi = FFI::cdef('uint32_t snow_abi_version(void);', $path)->snow_abi_version();
        } catch (FFI\Exception $reason) {
            throw new \RuntimeException("libsnow was not found as $path: install it where the loader of the system "
                . 'looks (ldconfig -p lists what it knows), or set SNOW_LIBRARY to its path', 0, $reason);
        }
        if ($abi !== self::ABI_VERSION) {
            throw new \RuntimeException("$path has the binary interface $abi, and snow.php is for "
                . self::ABI_VERSION . ': take both from the same version of libsnow');
        }
        return FFI::cdef(self::DECLARATIONS, $path);
    }

    /** What a callback threw, inside the call that is under way. */
    public static ?\Throwable $thrown = null;

    /** A function whose last parameter is an error, which is thrown; or what a callback threw meanwhile. */
    public static function call(string $name, mixed ...$arguments): mixed
    {
        $snow = self::functions();
        $error = $snow->new('snow_error *');
        $before = self::$thrown;
        self::$thrown = null;
        $result = $snow->$name(...$arguments, ...[FFI::addr($error)]);
        $thrown = self::$thrown;
        self::$thrown = $before;
        if (!FFI::isNull($error)) {
            $reason = new Error($error);
            throw $thrown && $reason->statusName === 'SNOW_CALLBACK_FAILED' ? $thrown : $reason;
        }
        return $result;
    }

    /** What a function makes of a handle, which is freed; null is none. */
    public static function with(string $noun, mixed $handle, callable $use): mixed
    {
        try {
            return $use($handle);
        } finally {
            self::functions()->{"snow_{$noun}_free"}($handle);
        }
    }

    public static function fields(mixed $record): array
    {
        return json_decode(self::functions()->snow_record_json($record, null), true, flags: JSON_THROW_ON_ERROR);
    }

    public static function token(mixed $token): array
    {
        return json_decode(self::functions()->snow_token_json($token, null), true, flags: JSON_THROW_ON_ERROR);
    }
}

/** What went wrong, as libsnow says it: snow.h under "Errors" tells each field. */
final class Error extends \RuntimeException
{
    public readonly int $status;
    public readonly string $statusName;
    public readonly ?string $instanceMessage, $detail, $method, $path;
    public readonly int $httpStatus, $retryAfterMs;
    public readonly bool $retryable, $maybeApplied;

    /** Takes an error of libsnow's, which is freed. */
    public function __construct(FFI\CData $error)
    {
        $snow = Library::functions();
        $this->status = $snow->snow_error_status($error);
        parent::__construct($snow->snow_error_message($error), $this->status);
        $this->statusName = $snow->snow_status_name($this->status);
        $this->instanceMessage = $snow->snow_error_instance_message($error);
        $this->detail = $snow->snow_error_detail($error);
        $this->method = $snow->snow_error_method($error);
        $this->path = $snow->snow_error_path($error);
        $this->httpStatus = $snow->snow_error_http_status($error);
        $this->retryAfterMs = $snow->snow_error_retry_after_ms($error);
        $this->retryable = $snow->snow_error_is_retryable($error) === 1;
        $this->maybeApplied = $snow->snow_error_maybe_applied($error) === 1;
        $snow->snow_error_free($error);
    }
}

/** Which rows, in what order and form. Each method returns the query; a call says what is wrong with it. */
final class Query
{
    private const OPERATORS = [
        '=' => 1, '!=' => 2, '<' => 3, '<=' => 4, '>' => 5, '>=' => 6, 'STARTSWITH' => 10, 'ENDSWITH' => 11,
        'LIKE' => 12, 'NOT LIKE' => 13, 'ISEMPTY' => 14, 'ISNOTEMPTY' => 15,
    ];
    private array $steps = [];

    /** @param string $encoded conditions as ServiceNow encodes them; see also where() */
    public function __construct(private readonly string $encoded = '')
    {
    }

    /** @param string $operator as ServiceNow writes it: =, !=, STARTSWITH, LIKE, ... */
    public function where(string $field, string $operator, string|int|bool|null $value = null): self
    {
        $op = self::OPERATORS[$operator] ?? throw new \InvalidArgumentException(
            "operator $operator: accepted are " . implode(', ', array_keys(self::OPERATORS)));
        $text = is_bool($value) ? ($value ? 'true' : 'false') : ($value === null ? null : (string) $value);
        return $this->step('where', $field, $op, $text);
    }

    public function orderBy(string $field): self
    {
        return $this->step('order_by', $field);
    }

    public function fields(string ...$names): self
    {
        return $this->step('fields', implode(',', $names));
    }

    public function limit(int $rows): self
    {
        return $this->step('limit', $rows);
    }

    /** Display values in place of the stored ones. */
    public function displayValue(): self
    {
        return $this->step('display_value', 1);
    }

    private function step(string $what, mixed ...$arguments): self
    {
        $this->steps[] = ["snow_query_$what", $arguments];
        return $this;
    }

    /** What a function makes of the query as libsnow has it. */
    public static function with(?self $query, callable $use): mixed
    {
        if ($query === null) {
            return $use(null);
        }
        return Library::with('query', Library::call('snow_query_parse', $query->encoded), function ($handle) use ($query, $use) {
            foreach ($query->steps as [$name, $arguments]) {
                Library::call($name, $handle, ...$arguments);
            }
            return $use($handle);
        });
    }
}

/** One instance. It is freed with the object. */
final class Client
{
    /** Callbacks of libsnow's must outlive their client. */
    private array $callbacks = [];

    private function __construct(private readonly FFI\CData $handle)
    {
    }

    public function __destruct()
    {
        Library::functions()->snow_client_free($this->handle);
    }

    public static function basic(string $instance, string $user, #[\SensitiveParameter] string $password): self
    {
        return new self(Library::call('snow_client_new_basic', $instance, $user, $password));
    }

    /** @param ?array $token one from before, as the token callback was given it; null where there is none yet */
    public static function oauth(string $instance, string $clientId, #[\SensitiveParameter] string $clientSecret,
        #[\SensitiveParameter] ?array $token = null): self
    {
        return self::withToken($token, fn ($stored) =>
            new self(Library::call('snow_client_new_oauth', $instance, $clientId, $clientSecret, $stored)));
    }

    /** Has each new token told, before the call that needed it goes on. What it throws comes out of that call. */
    public function onToken(callable $told): void
    {
        $callback = function ($userData, $token) use ($told): int {
            try {
                $told(Library::token($token));
                return 1397641047;
            } catch (\Throwable $thrown) {
                Library::$thrown = $thrown;
                return 0;
            }
        };
        $this->callbacks[] = $callback;
        Library::call('snow_set_token_callback', $this->handle, $callback, null, null);
    }

    public function login(string $user, #[\SensitiveParameter] string $password): void
    {
        Library::call('snow_client_login', $this->handle, $user, $password);
    }

    public function setToken(#[\SensitiveParameter] array $token): void
    {
        self::withToken($token, fn ($stored) => Library::call('snow_client_set_token', $this->handle, $stored));
    }

    public function token(): array
    {
        return Library::with('token', Library::call('snow_client_token', $this->handle), Library::token(...));
    }

    public function get(string $table, string $sysId, ?Query $query = null): array
    {
        return Query::with($query, fn ($which) =>
            self::taken(Library::call('snow_table_get', $this->handle, $table, $sysId, $which)));
    }

    /** The rows of a table as they come. @return \Generator<array> */
    public function list(string $table, ?Query $query = null): \Generator
    {
        $cursor = Query::with($query, fn ($which) => Library::call('snow_table_list', $this->handle, $table, $which));
        try {
            $row = Library::functions()->new('const snow_record *');
            while (Library::call('snow_cursor_next', $cursor, FFI::addr($row)) !== 410) {
                yield Library::fields($row);
            }
        } finally {
            Library::functions()->snow_cursor_free($cursor);
        }
    }

    public function create(string $table, array $fields): array
    {
        return self::withRecord($fields, fn ($record) =>
            Library::call('snow_table_create', $this->handle, $table, $record, null));
    }

    public function update(string $table, string $sysId, array $fields): array
    {
        return self::withRecord($fields, fn ($record) =>
            Library::call('snow_table_update', $this->handle, $table, $sysId, $record, null));
    }

    public function delete(string $table, string $sysId): void
    {
        Library::call('snow_table_delete', $this->handle, $table, $sysId, null);
    }

    private static function withToken(?array $token, callable $use): mixed
    {
        if ($token === null) {
            return $use(null);
        }
        $json = json_encode($token, JSON_THROW_ON_ERROR);
        return Library::with('token', Library::call('snow_token_from_json', $json), $use);
    }

    private static function withRecord(array $fields, callable $use): array
    {
        $json = json_encode((object) $fields, JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE);
        return Library::with('record', Library::call('snow_record_from_json', $json, strlen($json)),
            fn ($record) => self::taken($use($record)));
    }

    private static function taken(FFI\CData $record): array
    {
        return Library::with('record', $record, Library::fields(...));
    }
}
