#!/usr/bin/perl
# What the example does not show: forks, characters, and what callbacks die of.
use strict;
use warnings FATAL => 'all';
use utf8;
use FindBin;
use IO::Socket::INET;
use Storable qw(dclone);
use lib "$FindBin::Bin/lib";
use Snow;

sub check { my ($truth, $said) = @_; die 'not so: ' . ($said // '') . ' line ' . (caller)[2] . "\n" unless $truth }
sub died { my ($call) = @_; eval { $call->(); 1 } and die 'did not die, line ' . (caller)[2] . "\n"; $@ }

my $client = Snow::Client->oauth($ENV{SNOW_INSTANCE}, 'snow-client', 'snow-secret');
my $told = 0;
$client->on_token(sub { $told++ })->login('admin', 'admin');
my $ended = { %{ $client->token }, expires_at => 1 };

sub count {
    my $rows = $client->list('incident', Snow::Query->new->limit(5));
    my $count = 0;
    $count++ while $rows->next;
    return $count;
}

# A child goes on with the client that was made before, and may renew its token.
my @children;
for (1 .. 3) {
    my $child = fork // die "fork: $!";
    if ($child == 0) {
        $client->set_token($ended);
        exit(count() == 5 && $told == 2 ? 0 : 1);
    }
    push @children, $child;
}
for my $child (@children) {
    waitpid $child, 0;
    check($? == 0, $?);
}
check(count() == 5 && $told == 1);

my $mine = ['the disk is full'];
$client->on_token(sub { die $mine });
$client->set_token($ended);
check(died(sub { $client->get('incident', '0') }) == $mine);
$client->on_token(sub { $client->get('incident', '0') });
$client->set_token($ended);
check(died(sub { $client->delete('incident', '0') })->method eq 'GET');

my $made = $client->create('incident', { short_description => 'naïve 😀' });
check($made->{short_description} eq 'naïve 😀', $made->{short_description});
check($client->update('incident', $made->{sys_id}, { state => 2 })->{state} eq '2');
my $display = Snow::Query->new('active=true')->where('short_description', '=', 'naïve 😀')->fields('state')->display_value;
check($client->list('incident', $display)->next->{state} eq 'In Progress');
$client->delete('incident', $made->{sys_id});
my $gone = died(sub { $client->get('incident', $made->{sys_id}) });
check($gone->status == 313 && $gone->http_status == 404 && $gone->path eq "/api/now/table/incident/$made->{sys_id}");
check(!$gone->is_retryable && !$gone->maybe_applied && $gone->retry_after_ms == -1 && "$gone" =~ /no such record/);
check(died(sub { Snow::Query->new->where('active', '~', 1) }) =~ /accepted are/);
check(died(sub { $client->list('incident', Snow::Query->new->where('a^b', '=', 1)) }) =~ /field/);

$client->call(snow_table_count => 'incident', undef, \my $count);
check($count >= 75, $count);

# A NUL would end a text, and another number come of one, without a word.
my $kept = $client->create('incident', { short_description => "with a NUL: \0" });
check(died(sub { $client->delete('incident', "$kept->{sys_id}\0' OR 1") }) eq "sys_id: it holds a NUL character\n", $@);
check($client->get('incident', $kept->{sys_id})->{short_description} eq "with a NUL: \0");
check(died(sub { $client->list('incident', Snow::Query->new("active=true\0")) }) =~ /NUL/);
check(died(sub { $client->list('incident', Snow::Query->new->where('number', 'STARTSWITH', "INC\0x")) }) =~ /^value: .*NUL/);
check(died(sub { $client->delete('incident', [$kept->{sys_id}]) }) =~ /^sys_id: it is a reference \(ARRAY\); /);
for my $rows (-1, 2.7, '2 rows', undef, 2**64, 'inf', 'nan') {
    check(died(sub { $client->list('incident', Snow::Query->new->limit($rows)) }) =~ /^rows: .*accepted/, $rows);
}
for my $number (2**32 + 1, -2**32, 0.5) {
    my $query = Snow::Query->new->_step(no_count => $number);
    check(died(sub { $client->list('incident', $query) }) =~ /^without: it is .*accepted/, $number);
}
check(defined $client->list('incident', Snow::Query->new->limit($_))->next) for 2**53, '3', 1e3;

# A copy of a client would free it a second time.
check(died(sub { dclone(Snow::Client->basic('dev12345', 'admin', 'admin')) }) =~ /no copy/, $@);

# A signal handler that dies comes at the end of the call, whose answer it does not lose: each had half a megabyte.
sub memory { open my $file, '<', '/proc/self/status' or die $!; local $/; <$file> =~ /VmRSS:\s+(\d+)/; $1 }
my $silent = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) or die $!;
my $server = fork // die "fork: $!";
if ($server == 0) {
    # Nobody waits for what it has open, should the test die first.
    close STDOUT;
    close STDERR;
    alarm 600;
    while (my $connection = $silent->accept) {
        my $is_for_a_token = <$connection> =~ /^POST/;
        my $length = 0;
        while (<$connection>) {
            $length = $1 if /^content-length: (\d+)/i;
            last if $_ eq "\r\n";
        }
        read($connection, my $form, $length);
        my $body = $is_for_a_token ? '{"access_token":"a","refresh_token":"r","expires_in":1800}'
            : '{"result":{"sys_id":"0","description":"' . 'x' x 500_000 . '"}}';
        kill ALRM => getppid;
        print $connection "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ",
            length $body, "\r\n\r\n$body";
    }
}
my $slow = Snow::Client->basic('http://127.0.0.1:' . $silent->sockport, 'a', 'b');
local $SIG{ALRM} = sub { die "too late\n" };
my $before;
for my $time (1 .. 60) {
    check(died(sub { $slow->get('incident', '0') }) eq "too late\n", $@);
    $before = memory() if $time == 20;
}
check(memory() < $before + 8_000, memory() - $before);
# Or on the way into a callback.
my $told_late = Snow::Client->oauth('http://127.0.0.1:' . $silent->sockport, 'id', 'secret')->on_token(sub { });
{
    local $SIG{__WARN__} = sub { };    # Of Platypus.
    check(died(sub { $told_late->login('admin', 'admin') }) eq "too late\n", $@);
}
kill KILL => $server;
waitpid $server, 0;

# Rows keep their client.
my $rows = $client->list('incident');
undef $client;
check($rows->next->{sys_id});
