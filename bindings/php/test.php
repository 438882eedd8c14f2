<?php
// What the example does not show: a prefork server, and what callbacks throw.
require __DIR__ . '/snow.php';

use Snow\{Client, Error, Library, Query};

set_error_handler(fn ($kind, $said, $file, $line) => throw new ErrorException($said, 0, $kind, $file, $line));

function check(bool $truth, mixed $said = null): void
{
    $truth || throw new LogicException(var_export($said, true));
}

function thrown(callable $call): Throwable
{
    try {
        $call();
    } catch (Throwable $thrown) {
        return $thrown;
    }
    throw new LogicException('nothing was thrown');
}

$client = Client::oauth(getenv('SNOW_INSTANCE'), 'snow-client', 'snow-secret');
$told = 0;
$client->onToken(function () use (&$told) {
    $told++;
});
$client->login('admin', 'admin');
$ended = ['expires_at' => 1] + $client->token();

// Prefork: each child goes on with the client that was made before, and may renew its token.
$children = [];
for ($child = 0; $child < 4; $child++) {
    $process = pcntl_fork();
    if ($process === 0) {
        try {
            check(count(iterator_to_array($client->list('incident', (new Query())->limit(5)))) === 5);
            check($told === 1, $told);
            $client->setToken($ended);
            check(count(iterator_to_array($client->list('incident', (new Query())->limit(5)))) === 5);
            check($told === 2, $told);
        } catch (Throwable $thrown) {
            fwrite(STDERR, "in a child: $thrown\n");
            exit(1);
        }
        exit(0);
    }
    $children[] = $process;
}
foreach ($children as $process) {
    pcntl_waitpid($process, $status);
    check(pcntl_wifexited($status) && pcntl_wexitstatus($status) === 0, $status);
}
check(count(iterator_to_array($client->list('incident'))) >= 75 && $told === 1);

// What a callback throws, and that it may call the client.
$mine = new DomainException('the disk is full');
$client->onToken(fn () => throw $mine);
gc_collect_cycles();
$client->setToken($ended);
check(thrown(fn () => $client->get('incident', '0')) === $mine);
$client->onToken(fn () => $client->get('incident', '0'));
$client->setToken($ended);
check(thrown(fn () => $client->delete('incident', '0'))->method === 'GET');

$made = $client->create('incident', ['short_description' => 'naïve 😀']);
check($made['short_description'] === 'naïve 😀', $made);
check($client->update('incident', $made['sys_id'], ['state' => 2])['state'] === '2');
$display = (new Query('active=true'))->fields('state')->displayValue();
check($client->get('incident', $made['sys_id'], $display) === ['state' => 'In Progress']);
$client->delete('incident', $made['sys_id']);
$gone = thrown(fn () => $client->get('incident', $made['sys_id']));
check([$gone->status, $gone->httpStatus, $gone->path, $gone->retryable, $gone->maybeApplied, $gone->retryAfterMs]
    === [313, 404, "/api/now/table/incident/{$made['sys_id']}", false, false, -1], $gone);
check(thrown(fn () => (new Query())->where('active', '~')) instanceof InvalidArgumentException);
check(str_contains(thrown(fn () => $client->get('incident', '0', (new Query())->where('a^b', '=', 1)))->getMessage(), 'field'));
$count = Library::functions()->new('uint64_t');
Library::call('snow_table_count', $client->handle, 'incident', null, FFI::addr($count));
check($count->cdata >= 75);
foreach ($client->list('incident') as $row) {
    check(isset($row['sys_id']));
    break;
}

$at = new DateTimeImmutable('2026-01-02 05:04:05.9+02:00');
$made = $client->create('incident', ['short_description' => $at, 'opened_at' => $at]);
check($made['short_description'] === '2026-01-02 03:04:05' && $made['opened_at'] === '2026-01-02 03:04:05', $made);
foreach ([$at, DateTime::createFromImmutable($at)] as $time) {
    $query = (new Query())->where('opened_at', '=', $time)->where('short_description', '=', $time);
    check(count(iterator_to_array($client->list('incident', $query), false)) === 1);
}

// A NUL would end a text, and another number come of one, without a word.
function refused(callable $call): string
{
    $thrown = thrown($call);
    return $thrown instanceof InvalidArgumentException ? $thrown->getMessage() : throw $thrown;
}

$kept = $client->create('incident', ['short_description' => "with a NUL: \0"]);
$said = refused(fn () => $client->delete('incident', "{$kept['sys_id']}\0' OR 1"));
check($said === 'sys_id: it holds a NUL character', $said);
check($client->get('incident', $kept['sys_id'])['short_description'] === "with a NUL: \0");
foreach ([1e-7, INF, NAN] as $number) {
    $said = refused(fn () => (new Query())->where('number', '=', $number));
    check($said === "value: it is $number; accepted are numbers that need no exponent", $said);
}
// One that needs none is written without, and a handle is freed once.
$large = $client->create('incident', ['short_description' => '100000000000000000000', 'description' => '0.25']);
$query = (new Query("sys_id={$large['sys_id']}"))->where('short_description', '=', 1e20)->where('description', '=', 0.25);
check(count(iterator_to_array($client->list('incident', $query), false)) === 1);
$client->delete('incident', $large['sys_id']);
check(thrown(fn () => clone $client->handle) instanceof \Error);

foreach ([
    (new Query())->where('number', 'STARTSWITH', "INC\0nonsense"), (new Query())->fields("number\0"),
    new Query("active=true\0"), (new Query())->limit(-1), (new Query())->limit(2.7),
] as $wrong) {
    refused(fn () => $client->get('incident', $kept['sys_id'], $wrong));
}
check(count(iterator_to_array($client->list('incident', (new Query())->limit(2.0)), false)) === 2);
$said = refused(fn () => Library::call('snow_query_page_size', (new Query())->made(), 2 ** 32));
check($said === 'rows: it is 4294967296; accepted is 0 to 4294967295', $said);
foreach (['snow_query_display_value' => [2 ** 32 + 1], 'snow_query_no_count' => [-2 ** 32 + 1],
    'snow_query_where_int' => ['number', Library::functions()->SNOW_EQ, 1e30]] as $name => $arguments) {
    $said = refused(fn () => Library::call($name, (new Query())->made(), ...$arguments));
    check(preg_match('/^(form|without|value): it is [^ ]+; accepted is -/', $said) === 1, $said);
}
Library::call('snow_query_where_int', (new Query())->made(), 'number', Library::functions()->SNOW_EQ, PHP_INT_MIN);
$request = Library::made('snow_request_new', 'POST', '/api/now/table/incident');
Library::call('snow_request_set_body', $request, "\0", 1, 'application/octet-stream');

// A signal handler that throws does so when the call is over, and neither in its callback nor before its answer is had.
$listener = stream_socket_server('tcp://127.0.0.1:0');
$server = pcntl_fork();
if ($server === 0) {
    // Nobody waits for what it has open, should the test die first.
    fclose(STDOUT);
    fclose(STDERR);
    pcntl_alarm(600);
    $answers = [
        'POST' => '{"access_token":"a","refresh_token":"r","expires_in":1800}',
        'GET' => '{"result":{"sys_id":"0","description":"' . str_repeat('x', 500_000) . '"}}',
    ];
    while ($connection = stream_socket_accept($listener, 600)) {
        for ($length = 0, $head = ''; ($line = fgets($connection)) !== "\r\n"; $head .= $line) {
            $length = preg_match('/^content-length: (\d+)/i', $line, $said) ? (int) $said[1] : $length;
        }
        $length === 0 || stream_get_contents($connection, $length);
        $answer = $answers[strtok($head, ' ')];
        posix_kill(posix_getppid(), SIGUSR1);
        fwrite($connection, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
            . strlen($answer) . "\r\n\r\n$answer");
        fclose($connection);
    }
    exit;
}
pcntl_async_signals(true);
pcntl_signal(SIGUSR1, fn () => throw new DomainException('too late'));
$slow = Client::oauth('http://' . stream_socket_get_name($listener, false), 'id', 'secret');
$told = 0;
$slow->onToken(function () use (&$told) {
    $told++;
});
check(thrown(fn () => $slow->login('admin', 'admin'))->getMessage() === 'too late' && $told === 1);
$memory = fn () => (int) preg_replace('/.*VmRSS:\s+(\d+).*/s', '$1', file_get_contents('/proc/self/status'));
for ($time = 0; $time < 60; $time++) {
    check(thrown(fn () => $slow->get('incident', '0'))->getMessage() === 'too late');
    $before = $time === 20 ? $memory() : $before ?? 0;
}
check($memory() < $before + 8_000, $memory() - $before);
pcntl_async_signals(false);
pcntl_signal(SIGUSR1, SIG_DFL);
posix_kill($server, SIGKILL);
pcntl_waitpid($server, $status);

// What PHP logs of an error shows no secret, also as it is without a php.ini.
ini_set('zend.exception_ignore_args', '0');
foreach ([
    fn () => Client::basic('no instance', 'admin', 'a-secret'),
    fn () => Client::oauth('no instance', 'id', 'a-secret'),
    fn () => Client::oauth(getenv('SNOW_INSTANCE'), 'snow-client', 'snow-secret')->login('admin', 'a-secret'),
    fn () => $client->setToken(['refresh' => 'a-secret']),
    fn () => $client->login('admin', "a-secret\0"),
] as $fails) {
    $thrown = thrown($fails);
    $shown = $thrown . print_r(array_column($thrown->getTrace(), 'args'), true);
    check(!str_contains($shown, 'a-secret'), $shown);
}

// Nor does what a callback throws, whose trace goes through the call of C: a password, a token, and a pointer to what
// is gone by then.
$failing = Client::oauth(getenv('SNOW_INSTANCE'), 'snow-client', 'snow-secret');
foreach ([
    fn (array $token) => throw new DomainException('the disk is full', 0, new TypeError('why')),
    fn (array $token) => intdiv(1, 0),
] as $told) {
    $failing->onToken($told);
    for ($each = thrown(fn () => $failing->login('admin', 'admin')); $each !== null; $each = $each->getPrevious()) {
        check(count($each->getTrace()) > 2 && array_column($each->getTrace(), 'args') === []);
    }
}
