package Snow;

use strict;
use warnings;
use JSON::PP ();
use Snow::Library;

our $VERSION = '0.1.0';

# Of ASCII alone, as many bytes as characters.
my $json = JSON::PP->new->ascii->canonical->allow_nonref;

sub _call { Snow::Library::call(@_) }
sub _record { $json->decode(Snow::Library::ask(snow_record_json => $_[0], undef)) }
sub _token { $json->decode(Snow::Library::ask(snow_token_json => $_[0], undef)) }

package Snow::Error;

use overload '""' => sub { $_[0]{message} }, bool => sub { 1 }, fallback => 1;

# What went wrong, as libsnow says it: snow.h under "Errors" tells each field, which has a method here.
my @fields = qw(status message instance_message detail http_status method path is_retryable retry_after_ms
    maybe_applied);

sub _new {
    my ($class, $error) = @_;
    my %self = map { ($_ => Snow::Library::ask("snow_error_$_", $error)) } @fields;
    $self{status_name} = Snow::Library::ask(snow_status_name => $self{status});
    return bless \%self, $class;
}

for my $field (@fields, 'status_name') {
    no strict 'refs';
    *$field = sub { $_[0]{$field} };
}

package Snow::Query;

my %operators = (
    '=' => 'EQ', '!=' => 'NE', '<' => 'LT', '<=' => 'LE', '>' => 'GT', '>=' => 'GE', STARTSWITH => 'STARTS_WITH',
    ENDSWITH => 'ENDS_WITH', LIKE => 'CONTAINS', 'NOT LIKE' => 'NOT_CONTAINS', ISEMPTY => 'IS_EMPTY',
    ISNOTEMPTY => 'IS_NOT_EMPTY',
);

sub new {
    my ($class, $encoded) = @_;
    return bless { encoded => $encoded // '', steps => [] }, $class;
}

sub where {
    my ($self, $field, $operator, $value) = @_;
    my $name = $operators{$operator}
        // die "operator $operator: accepted are " . join(', ', sort keys %operators) . "\n";
    return $self->_step(where => $field, $Snow::Library::constants{"SNOW_$name"}, $value);
}

sub order_by { my ($self, $field) = @_; $self->_step(order_by => $field) }
sub fields { my ($self, @names) = @_; $self->_step(fields => join ',', @names) }
sub limit { my ($self, $rows) = @_; $self->_step(limit => $rows) }
sub display_value { $_[0]->_step(display_value => $Snow::Library::constants{SNOW_DISPLAY_TRUE}) }

sub _step {
    my ($self, $name, @arguments) = @_;
    push @{ $self->{steps} }, ["snow_query_$name", @arguments];
    return $self;
}

# The query as libsnow has it.
sub _made {
    my ($self) = @_;
    return undef unless $self;
    my $query = Snow::_call(snow_query_parse => $self->{encoded});
    for my $step (@{ $self->{steps} }) {
        my ($name, @arguments) = @$step;
        Snow::_call($name, $query, @arguments);
    }
    return $query;
}

package Snow::Client;

sub basic {
    my ($class, $instance, $user, $password) = @_;
    return $class->_made(snow_client_new_basic => $instance, $user, $password);
}

sub oauth {
    my ($class, $instance, $client_id, $client_secret, $token) = @_;
    return $class->_made(snow_client_new_oauth => $instance, $client_id, $client_secret, $token && _stored($token));
}

sub _made {
    my ($class, @call) = @_;
    return bless { handle => Snow::_call(@call), closures => [] }, $class;
}

sub on_token {
    my ($self, $told) = @_;
    my ($closure, $pointer) = Snow::Library::token_callback(sub { $told->(Snow::_token($_[0])) });
    push @{ $self->{closures} }, $closure;
    $self->call(snow_set_token_callback => $pointer, undef, undef);
    return $self;
}

sub login { my ($self, $user, $password) = @_; $self->call(snow_client_login => $user, $password); $self }
sub set_token { my ($self, $token) = @_; $self->call(snow_client_set_token => _stored($token)); $self }
sub token { my ($self) = @_; Snow::_token($self->call('snow_client_token')) }

sub get {
    my ($self, $table, $sys_id, $query) = @_;
    return Snow::_record($self->call(snow_table_get => $table, $sys_id, Snow::Query::_made($query)));
}

sub list {
    my ($self, $table, $query) = @_;
    my $cursor = $self->call(snow_table_list => $table, Snow::Query::_made($query));
    return bless { cursor => $cursor, client => $self }, 'Snow::Rows';
}

sub create {
    my ($self, $table, $fields) = @_;
    return Snow::_record($self->call(snow_table_create => $table, _sent($fields), undef));
}

sub update {
    my ($self, $table, $sys_id, $fields) = @_;
    return Snow::_record($self->call(snow_table_update => $table, $sys_id, _sent($fields), undef));
}

sub delete { my ($self, $table, $sys_id) = @_; $self->call(snow_table_delete => $table, $sys_id, undef); return }

sub call {
    my ($self, $name, @arguments) = @_;
    return Snow::_call($name, $self->{handle}, @arguments);
}

sub _stored { Snow::_call(snow_token_from_json => $json->encode($_[0])) }
sub _sent { my $text = $json->encode($_[0]); Snow::_call(snow_record_from_json => $text, length $text) }

package Snow::Rows;

sub next {
    my ($self) = @_;
    my $status = Snow::_call(snow_cursor_next => $self->{cursor}, \my $row);
    return $status == $Snow::Library::constants{SNOW_DONE} ? undef : Snow::_record($row);
}

1;

__END__

=encoding UTF-8

=head1 NAME

Snow - libsnow from Perl

=head1 SYNOPSIS

    my $client = Snow::Client->basic('dev12345', 'admin', $ENV{SNOW_PASSWORD});
    my $query = Snow::Query->new->where('active', '=', 'true')->order_by('number')->limit(10);
    my $rows = $client->list('incident', $query);
    while (my $row = $rows->next) {
        print "$row->{number} $row->{short_description}\n";
    }

=head1 METHODS

Each object is freed when it ends. What fails dies with a C<Snow::Error>, which has C<status>, C<status_name>,
C<message>, C<instance_message>, C<detail>, C<http_status>, C<method>, C<path>, C<is_retryable>, C<retry_after_ms>
and C<maybe_applied>: F<snow.h> under "Errors" tells each. A text with a NUL in it, a negative number and a
fraction are refused with a text that names the argument. A token and a record are hashes.

=over

=item C<< Snow::Client->basic($instance, $user, $password) >>

=item C<< Snow::Client->oauth($instance, $client_id, $client_secret, $token) >>

The token is one from before, as the token callback was given it; without it, C<< login($user, $password) >> gets one.

=item C<< $client->on_token($told) >>, C<< token >>, C<< set_token($token) >>

Has each new token told, before the call that needed it goes on. What C<$told> dies of comes out of that call.

=item C<< $client->get($table, $sys_id, $query) >>, C<create>, C<update>, C<delete>

C<< create($table, $fields) >> and C<< update($table, $sys_id, $fields) >> give the record that came of it.

=item C<< $client->list($table, $query)->next >>

The next row; undef at the end.

=item C<< $client->call($name, @arguments) >>

Any other function of F<snow.h> that begins with a client and ends with an error.

=item C<< Snow::Query->new($encoded) >>

Which rows, in what order and form. Conditions may be given as ServiceNow encodes them. Each method returns the query,
and a call says what is wrong with it: C<< where($field, $operator, $value) >>, whose operator is written as ServiceNow
does (C<=>, C<!=>, C<STARTSWITH>, C<LIKE> and so on), C<order_by>, C<fields(@names)>, C<limit>, and C<display_value> for
display values in place of the stored ones.

=back

=cut
