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
