<?php
// Signs in, lists, creates, meets an error and renews its token.
//   SNOW_INSTANCE=... SNOW_CLIENT_ID=... SNOW_CLIENT_SECRET=... SNOW_USER=... SNOW_PASSWORD=... php example.php
require __DIR__ . '/snow.php';

$client = Snow\Client::oauth(getenv('SNOW_INSTANCE'), getenv('SNOW_CLIENT_ID'), getenv('SNOW_CLIENT_SECRET'));
$tokens = [];
$client->onToken(function (array $token) use (&$tokens) {
    $tokens[] = $token; // The place to store it.
});
$client->login(getenv('SNOW_USER'), getenv('SNOW_PASSWORD'));
echo 'signed in, token ', count($tokens), "\n";

$query = (new Snow\Query())->where('active', '=', true)->orderBy('number')->fields('number')->limit(3);
foreach ($client->list('incident', $query) as $row) {
    echo $row['number'], "\n";
}

$made = $client->create('incident', ['short_description' => 'Disk full on db01']);
echo "opened: {$made['short_description']}\n";

try {
    $client->get('incident', 'nobody');
} catch (Snow\Error $error) {
    echo "{$error->statusName}, HTTP {$error->httpStatus}: {$error->instanceMessage}\n";
}

$client->setToken(['expires_at' => 1] + $tokens[0]); // Its time is over.
$client->get('incident', $made['sys_id']);
echo 'renewed, token ', count($tokens), "\n";
