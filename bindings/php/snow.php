<?php
declare(strict_types=1);

/** libsnow from PHP: rows by foreach, errors thrown, closures as callbacks. */
namespace Snow;

use FFI;

require_once __DIR__ . '/Library.php';

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

/** Times as an instance writes them, in UTC: JSON would have them as objects, which are empty to an instance. */
function written(mixed $value): mixed
{
    return $value instanceof \DateTimeInterface ? gmdate('Y-m-d H:i:s', $value->getTimestamp()) : $value;
}

/** The text of a value in a condition: a number without an exponent, which an instance does not read. */
function condition(string|int|float|bool|\DateTimeInterface|null $value): ?string
{
    if ($value === null || is_bool($value)) {
        return $value === null ? null : ($value ? 'true' : 'false');
    }
    $text = is_float($value) && floor($value) === $value ? sprintf('%.0F', $value) : (string) written($value);
    if (is_float($value) && preg_match('/[a-z]/i', $text)) {
        throw new \InvalidArgumentException("value: it is $value; accepted are numbers that need no exponent");
    }
    return $text;
}

/** Which rows, in what order and form. Each method returns the query; a call says what is wrong with it. */
final class Query
{
    private const OPERATORS = [
        '=' => 'EQ', '!=' => 'NE', '<' => 'LT', '<=' => 'LE', '>' => 'GT', '>=' => 'GE',
        'STARTSWITH' => 'STARTS_WITH', 'ENDSWITH' => 'ENDS_WITH', 'LIKE' => 'CONTAINS', 'NOT LIKE' => 'NOT_CONTAINS',
        'ISEMPTY' => 'IS_EMPTY', 'ISNOTEMPTY' => 'IS_NOT_EMPTY',
    ];
    private array $steps = [];

    /** @param string $encoded conditions as ServiceNow encodes them; see also where() */
    public function __construct(private readonly string $encoded = '')
    {
    }

    /** @param string $operator as ServiceNow writes it: =, !=, STARTSWITH, LIKE, ... */
    public function where(string $field, string $operator,
        string|int|float|bool|\DateTimeInterface|null $value = null): self
    {
        $name = self::OPERATORS[$operator] ?? throw new \InvalidArgumentException(
            "operator $operator: accepted are " . implode(', ', array_keys(self::OPERATORS)));
        return $this->step('where', $field, Library::functions()->{"SNOW_$name"}, condition($value));
    }

    public function orderBy(string $field): self
    {
        return $this->step('order_by', $field);
    }

    public function fields(string ...$names): self
    {
        return $this->step('fields', implode(',', $names));
    }

    /** A fraction is refused, which PHP would cut off if this took none. */
    public function limit(int|float $rows): self
    {
        return $this->step('limit', $rows);
    }

    /** Display values in place of the stored ones. */
    public function displayValue(): self
    {
        return $this->step('display_value', Library::functions()->SNOW_DISPLAY_TRUE);
    }

    private function step(string $what, mixed ...$arguments): self
    {
        $this->steps[] = ["snow_query_$what", $arguments];
        return $this;
    }

    /** The query as libsnow has it. */
    public function made(): Handle
    {
        $query = Library::made('snow_query_parse', $this->encoded);
        foreach ($this->steps as [$name, $arguments]) {
            Library::call($name, $query, ...$arguments);
        }
        return $query;
    }
}

/** One instance. It is freed with the object. */
final class Client
{
    /** Callbacks of libsnow's must outlive their client. */
    private array $callbacks = [];

    private function __construct(public readonly Handle $handle)
    {
    }

    public static function basic(string $instance, string $user, #[\SensitiveParameter] string $password): self
    {
        return new self(Library::made('snow_client_new_basic', $instance, $user, $password));
    }

    /** @param ?array $token one from before, as the token callback was given it; null where there is none yet */
    public static function oauth(string $instance, string $clientId, #[\SensitiveParameter] string $clientSecret,
        #[\SensitiveParameter] ?array $token = null): self
    {
        $stored = $token === null ? null : self::stored($token);
        return new self(Library::made('snow_client_new_oauth', $instance, $clientId, $clientSecret, $stored));
    }

    /** Has each new token told, before the call that needed it goes on. What it throws comes out of that call. */
    public function onToken(callable $told): void
    {
        $callback = function ($userData, $token) use ($told): int {
            try {
                $told(Library::json('snow_token_json', $token));
                return Library::functions()->SNOW_HANDLED;
            } catch (\Throwable $thrown) {
                Library::$thrown = self::withoutArguments($thrown);
                return 0;
            }
        };
        $this->callbacks[] = $callback;
        Library::call('snow_set_token_callback', $this->handle, $callback, null, null);
    }

    /** Its trace goes through the call of C, whose arguments are secrets, and a pointer to what is gone by then. */
    private static function withoutArguments(\Throwable $thrown): \Throwable
    {
        for ($each = $thrown; $each !== null; $each = $each->getPrevious()) {
            $trace = new \ReflectionProperty($each instanceof \Error ? \Error::class : \Exception::class, 'trace');
            $bare = fn (array $frame): array => array_diff_key($frame, ['args' => null]);
            $trace->setValue($each, array_map($bare, $each->getTrace()));
        }
        return $thrown;
    }

    public function login(string $user, #[\SensitiveParameter] string $password): void
    {
        Library::call('snow_client_login', $this->handle, $user, $password);
    }

    public function setToken(#[\SensitiveParameter] array $token): void
    {
        Library::call('snow_client_set_token', $this->handle, self::stored($token));
    }

    public function token(): array
    {
        return Library::json('snow_token_json', Library::made('snow_client_token', $this->handle));
    }

    public function get(string $table, string $sysId, ?Query $query = null): array
    {
        return self::record('snow_table_get', $this->handle, $table, $sysId, $query?->made());
    }

    /** The rows of a table as they come. @return \Generator<array> */
    public function list(string $table, ?Query $query = null): \Generator
    {
        $cursor = Library::made('snow_table_list', $this->handle, $table, $query?->made());
        $row = Library::functions()->new('const snow_record *');
        while (Library::call('snow_cursor_next', $cursor, FFI::addr($row)) !== Library::functions()->SNOW_DONE) {
            yield Library::json('snow_record_json', $row);
        }
    }

    public function create(string $table, array $fields): array
    {
        return self::record('snow_table_create', $this->handle, $table, self::sent($fields), null);
    }

    public function update(string $table, string $sysId, array $fields): array
    {
        return self::record('snow_table_update', $this->handle, $table, $sysId, self::sent($fields), null);
    }

    public function delete(string $table, string $sysId): void
    {
        Library::call('snow_table_delete', $this->handle, $table, $sysId, null);
    }

    private static function record(string $name, mixed ...$arguments): array
    {
        return Library::json('snow_record_json', Library::made($name, ...$arguments));
    }

    private static function sent(array $fields): Handle
    {
        $json = json_encode((object) array_map(written(...), $fields), JSON_THROW_ON_ERROR | JSON_UNESCAPED_UNICODE);
        return Library::made('snow_record_from_json', $json, strlen($json));
    }

    private static function stored(#[\SensitiveParameter] array $token): Handle
    {
        return Library::made('snow_token_from_json', json_encode($token, JSON_THROW_ON_ERROR));
    }
}
