#!/usr/bin/perl
# Signs in, lists, creates, meets an error and renews its token.
#   SNOW_INSTANCE=... SNOW_CLIENT_ID=... SNOW_CLIENT_SECRET=... SNOW_USER=... SNOW_PASSWORD=... perl example.pl
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Snow;

my $client = Snow::Client->oauth(@ENV{qw(SNOW_INSTANCE SNOW_CLIENT_ID SNOW_CLIENT_SECRET)});
my @tokens;
$client->on_token(sub { push @tokens, @_ });    # The place to store it.
$client->login(@ENV{qw(SNOW_USER SNOW_PASSWORD)});
printf "signed in, token %d\n", scalar @tokens;

my $query = Snow::Query->new->where('active', '=', 'true')->order_by('number')->fields('number')->limit(3);
my $rows = $client->list('incident', $query);
while (my $row = $rows->next) {
    print "$row->{number}\n";
}

my $made = $client->create('incident', { short_description => 'Disk full on db01' });
print "opened: $made->{short_description}\n";

if (!eval { $client->get('incident', 'nobody'); 1 }) {
    my $error = $@;
    die $error unless ref $error && $error->isa('Snow::Error');
    printf "%s, HTTP %d: %s\n", $error->status_name, $error->http_status, $error->instance_message;
}

$client->set_token({ %{ $tokens[0] }, expires_at => 1 });    # Its time is over.
$client->get('incident', $made->{sys_id});
printf "renewed, token %d\n", scalar @tokens;
