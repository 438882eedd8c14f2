<?php
declare(strict_types=1);

namespace Snow;

use FFI;

/** The functions and constants of snow.h, which snow.cdef.h declares. */
final class Library
{
    private static ?FFI $functions = null;
    private static string $declarations;
    /** What a callback threw, inside the call that is under way. */
    public static ?\Throwable $thrown = null;

    public static function functions(): FFI
    {
        return self::$functions ??= self::load(getenv('SNOW_LIBRARY') ?: 'libsnow.so.0');
    }

    private static function load(string $path): FFI
    {
        $declarations = @file_get_contents(__DIR__ . '/snow.cdef.h') ?: throw new \RuntimeException(
            'snow.cdef.h, of the folder include, must lie beside ' . __FILE__);
        preg_match('/SNOW_ABI_VERSION = (\d+)/', $declarations, $wanted);
        try {
            $abi = FFI::cdef('uint32_t snow_abi_version(void);', $path)->snow_abi_version();
        } catch (FFI\Exception $reason) {
            throw new \RuntimeException("libsnow was not found as $path: install it where the loader of the system "
                . 'looks (ldconfig -p lists what it knows), or set SNOW_LIBRARY to its path', 0, $reason);
        }
        if ($abi !== (int) $wanted[1]) {
            throw new \RuntimeException("$path has the binary interface $abi, and snow.cdef.h is for $wanted[1]: "
                . 'take both from the same version of libsnow');
        }
        try {
            self::$declarations = $declarations;
            return FFI::cdef($declarations, $path);
        } catch (FFI\Exception $reason) {
            throw new \RuntimeException("$path is no libsnow, or an older one than snow.cdef.h is for: take both from "
                . "the same version of libsnow ({$reason->getMessage()})", 0, $reason);
        }
    }

    /** A function whose last parameter is an error, which is thrown; or what a callback threw meanwhile. */
    public static function call(string $name, #[\SensitiveParameter] mixed ...$arguments): mixed
    {
        return self::run($name, $arguments, fn ($result) => $result);
    }

    private static function run(string $name, #[\SensitiveParameter] array $arguments, callable $taken): mixed
    {
        $snow = self::functions();
        foreach ($arguments as $index => $each) {
            if (is_string($each) ? str_contains($each, "\0") : is_int($each) || is_float($each)) {
                self::check($name, $index, $each);
            }
        }
        // Handles live on in $arguments until the call is over.
        $given = array_map(fn ($each) => $each instanceof Handle ? $each->pointer : $each, $arguments);
        $error = $snow->new('snow_error *');
        $before = self::$thrown;
        self::$thrown = null;
        // A signal handler that throws has to wait: PHP would end the program where it throws on the way into a callback,
        // and nobody has yet what the call made.
        $async = function_exists('pcntl_async_signals') && pcntl_async_signals(false);
        try {
            $made = $taken($snow->$name(...$given, ...[FFI::addr($error)]));
            $thrown = self::$thrown;
            if (!FFI::isNull($error)) {
                $reason = new Error($error);
                throw $thrown && $reason->status === $snow->SNOW_CALLBACK_FAILED ? $thrown : $reason;
            }
        } finally {
            self::$thrown = $before;
            if ($async) {
                pcntl_async_signals(true);
                pcntl_signal_dispatch();
            }
        }
        return $made;
    }

    /** Refuses what C would take for another value: a text that would end at its NUL, a number cut to its type. */
    private static function check(string $name, int $index, #[\SensitiveParameter] string|int|float $value): void
    {
        preg_match("/\\b$name\\(([^;]*)\\);/", self::$declarations, $declared);
        $parameters = explode(',', $declared[1] ?? '');
        preg_match('/(\S.*?)(\w+)$/s', $parameters[$index] ?? '', $parameter);
        [, $type, $argument] = $parameter + ['', '', "argument $index of $name()"];
        // What has its length beside it may hold anything.
        $counted = str_contains($parameters[$index + 1] ?? '', 'size_t ');
        if (is_string($value) && $type === 'const char *' && !$counted) {
            throw new \InvalidArgumentException("$argument: it holds a NUL character");
        }
        if (is_float($value) && $value !== floor($value)) {
            throw new \InvalidArgumentException("$argument: $value is no whole number");
        }
        $ranges = ['size_t ' => [0, PHP_INT_MAX], 'uint64_t ' => [0, PHP_INT_MAX], 'uint32_t ' => [0, 0xFFFFFFFF],
            'int64_t ' => [PHP_INT_MIN, PHP_INT_MAX]];
        // The typedefs of numbers are int32_t.
        [$least, $most] = $ranges[$type] ?? [-2 ** 31, 2 ** 31 - 1];
        if (!is_string($value) && !str_ends_with($type, '*') && ($value < $least || $value > $most)) {
            throw new \InvalidArgumentException("$argument: it is $value; accepted is $least to $most");
        }
    }

    /** What a function makes. */
    public static function made(string $name, #[\SensitiveParameter] mixed ...$arguments): Handle
    {
        return self::run($name, $arguments, fn ($made) => $made === null ? null : new Handle($made));
    }

    /** What a function gives as JSON. */
    public static function json(string $name, Handle|FFI\CData $from): array
    {
        $pointer = $from instanceof Handle ? $from->pointer : $from;
        return json_decode(self::functions()->$name($pointer, null), true, flags: JSON_THROW_ON_ERROR);
    }
}

/** What libsnow made, which is freed with the object. */
final class Handle
{
    public function __construct(public readonly FFI\CData $pointer)
    {
    }

    /** A copy would be freed too. */
    private function __clone()
    {
    }

    public function __destruct()
    {
        $noun = substr(FFI::typeof($this->pointer)->getPointerType()->getName(), strlen('struct '));
        Library::functions()->{"{$noun}_free"}($this->pointer);
    }
}
