package Snow;

# libsnow from Perl: rows by next, errors that are objects, closures as callbacks. Declares Snow::Client,
# Snow::Query, Snow::Rows and Snow::Error.

use strict;
use warnings;
use FFI::Platypus 1.00;
use JSON::PP ();

our $VERSION = '0.1.0';
use constant { ABI_VERSION => 0, HANDLED => 1397641047, DONE => 410, CALLBACK_FAILED => 214 };

my $json = JSON::PP->new->utf8->canonical->allow_nonref;
my $path = $ENV{SNOW_LIBRARY} || 'libsnow.so.0';
my $ffi  = FFI::Platypus->new(api => 1, lib => $path);

sub _load {
    my $found = $ffi->find_symbol('snow_abi_version')
        or die "libsnow was not found as $path: install it where the loader of the system looks "
        . "(ldconfig -p lists what it knows), or set SNOW_LIBRARY to its path\n";
    my $abi = $ffi->function($found => [] => 'uint32')->call;
    die "$path has the binary interface $abi, and Snow.pm is for " . ABI_VERSION
        . ": take both from the same version of libsnow\n"
        if $abi != ABI_VERSION;

    $ffi->type('(opaque, opaque)->sint32' => 'token_fn');
    # Of each function its result and its parameters; e is the error, the last of them.
    my %functions = (
        version => 'string', status_name => 'string sint32',
        error_status => 'sint32 opaque', error_message => 'string opaque', error_instance_message => 'string opaque',
        error_detail => 'string opaque', error_http_status => 'sint32 opaque', error_method => 'string opaque',
        error_path => 'string opaque', error_is_retryable => 'sint32 opaque',
        error_retry_after_ms => 'sint64 opaque', error_maybe_applied => 'sint32 opaque', error_free => 'void opaque',
        token_from_json => 'opaque string e', token_json => 'string opaque opaque', token_free => 'void opaque',
        client_new_basic => 'opaque string string string e',
        client_new_oauth => 'opaque string string string opaque e',
        set_token_callback => 'sint32 opaque opaque opaque opaque e',
        client_login => 'sint32 opaque string string e', client_set_token => 'sint32 opaque opaque e',
        client_token => 'opaque opaque e', client_free => 'void opaque',
        query_parse => 'opaque string e', query_where => 'sint32 opaque string sint32 string e',
        query_order_by => 'sint32 opaque string e', query_fields => 'sint32 opaque string e',
        query_limit => 'sint32 opaque uint64 e', query_display_value => 'sint32 opaque sint32 e',
        query_free => 'void opaque',
        record_from_json => 'opaque string size_t e', record_json => 'string opaque opaque', record_free => 'void opaque',
        cursor_next => 'sint32 opaque opaque* e', cursor_free => 'void opaque',
        table_get => 'opaque opaque string string opaque e', table_list => 'opaque opaque string opaque e',
        table_create => 'opaque opaque string opaque opaque e',
        table_update => 'opaque opaque string string opaque opaque e',
        table_delete => 'sint32 opaque string string opaque e',
    );
    for my $name (keys %functions) {
        my ($result, @parameters) = map { $_ eq 'e' ? 'opaque*' : $_ } split / /, $functions{$name};
        $ffi->attach(["snow_$name" => "_$name"] => \@parameters => $result);
    }
}
_load();

# Texts are characters in Perl and UTF-8 in libsnow.
sub _in { my ($text) = @_; utf8::encode($text) if defined $text; $text }
sub _out { my ($text) = @_; utf8::decode($text) if defined $text; $text }

# What a callback died of, inside the call that is under way.
our $died;

# A function whose last parameter is an error, which is thrown; or what a callback died of meanwhile.
sub _call {
    my ($name, @arguments) = @_;
    my ($error, $inner);
    my $result = do {
        local $died;
        my $value = __PACKAGE__->can("_$name")->(@arguments, \$error);
        $inner = $died;
        $value;
    };
    return $result unless $error;
    my $reason = Snow::Error->_new($error);
    die $inner && $reason->status == CALLBACK_FAILED ? $$inner : $reason;
}

# What a function makes of a handle, which is freed.
sub _with {
    my ($noun, $handle, $use) = @_;
    my @result;
    my $done = eval { @result = $use->($handle); 1 };
    my $reason = $@;
    __PACKAGE__->can("_${noun}_free")->($handle);
    die $reason unless $done;
    return $result[0];
}

sub _fields { $json->decode(_record_json($_[0], undef)) }
sub _taken { _with(record => $_[0], \&_fields) }

package Snow::Error;

use overload '""' => sub { $_[0]{message} }, bool => sub { 1 }, fallback => 1;

# What went wrong, as libsnow says it: snow.h under "Errors" tells each field, which has a method here.
sub _new {
    my ($class, $error) = @_;
    my %self = map { my $ask = Snow->can("_error_$_"); ($_ => Snow::_out($ask->($error))) }
        qw(status message instance_message detail http_status method path is_retryable retry_after_ms maybe_applied);
    $self{status_name} = Snow::_status_name($self{status});
    Snow::_error_free($error);
    return bless \%self, $class;
}

for my $field (qw(status status_name message instance_message detail http_status method path is_retryable
    retry_after_ms maybe_applied)) {
    no strict 'refs';
    *$field = sub { $_[0]{$field} };
}

package Snow::Query;

my %operators = (
    '=' => 1, '!=' => 2, '<' => 3, '<=' => 4, '>' => 5, '>=' => 6, STARTSWITH => 10, ENDSWITH => 11, LIKE => 12,
    'NOT LIKE' => 13, ISEMPTY => 14, ISNOTEMPTY => 15,
);

# Which rows, in what order and form. Each method returns the query; a call says what is wrong with it.
# new($encoded) takes conditions as ServiceNow encodes them.
sub new {
    my ($class, $encoded) = @_;
    return bless { encoded => $encoded // '', steps => [] }, $class;
}

sub _step { my $self = shift; push @{ $self->{steps} }, [@_]; $self }

# The operator as ServiceNow writes it: =, !=, STARTSWITH, LIKE, ...
sub where {
    my ($self, $field, $operator, $value) = @_;
    my $op = $operators{$operator}
        // die "operator $operator: accepted are " . join(', ', sort keys %operators) . "\n";
    return $self->_step(query_where => Snow::_in($field), $op, Snow::_in($value));
}

sub order_by { my ($self, $field) = @_; $self->_step(query_order_by => Snow::_in($field)) }
sub fields { my ($self, @names) = @_; $self->_step(query_fields => Snow::_in(join ',', @names)) }
sub limit { my ($self, $rows) = @_; $self->_step(query_limit => $rows) }
sub display_value { $_[0]->_step(query_display_value => 1) }

sub _with {
    my ($self, $use) = @_;
    return $use->(undef) unless $self;
    return Snow::_with(query => Snow::_call(query_parse => Snow::_in($self->{encoded})), sub {
        my ($handle) = @_;
        for my $step (@{ $self->{steps} }) {
            my ($name, @arguments) = @$step;
            Snow::_call($name, $handle, @arguments);
        }
        return $use->($handle);
    });
}

package Snow::Client;

# One instance. It is freed with the object.
sub _made { my ($class, $handle) = @_; bless { handle => $handle, closures => [] }, $class }
sub basic { my ($class, @arguments) = @_; $class->_made(Snow::_call(client_new_basic => map { Snow::_in($_) } @arguments[0 .. 2])) }

# A token is a hash from before, as the token callback was given it; undef where there is none yet.
sub oauth {
    my ($class, $instance, $client_id, $client_secret, $token) = @_;
    my @arguments = map { Snow::_in($_) } $instance, $client_id, $client_secret;
    return _with_token($token, sub { $class->_made(Snow::_call(client_new_oauth => @arguments, $_[0])) });
}

sub DESTROY { my ($self) = @_; local $@; Snow::_client_free(delete $self->{handle}) }

# Has each new token told, before the call that needed it goes on. What it dies of comes out of that call.
sub on_token {
    my ($self, $told) = @_;
    my $closure = $ffi->closure(sub {
        my ($user_data, $token) = @_;
        local $@;
        return Snow::HANDLED if eval { $told->($json->decode(Snow::_token_json($token, undef))); 1 };
        my $reason = $@;
        $died = \$reason;
        return 0;
    });
    # libsnow may call it as long as the client lives.
    push @{ $self->{closures} }, $closure;
    Snow::_call(set_token_callback => $self->{handle}, $ffi->cast(token_fn => 'opaque', $closure), undef, undef);
    return $self;
}

sub login { my ($self, $user, $password) = @_; Snow::_call(client_login => $self->{handle}, Snow::_in($user), Snow::_in($password)); $self }
sub set_token { my ($self, $token) = @_; _with_token($token, sub { Snow::_call(client_set_token => $self->{handle}, $_[0]) }); $self }
sub token { my ($self) = @_; Snow::_with(token => Snow::_call(client_token => $self->{handle}), sub { $json->decode(Snow::_token_json($_[0], undef)) }) }

sub get {
    my ($self, $table, $sys_id, $query) = @_;
    return Snow::_taken(Snow::Query::_with($query, sub {
        Snow::_call(table_get => $self->{handle}, Snow::_in($table), Snow::_in($sys_id), $_[0]);
    }));
}

# The rows of a table as they come: while (my $row = $rows->next) { ... }
sub list {
    my ($self, $table, $query) = @_;
    my $cursor = Snow::Query::_with($query, sub { Snow::_call(table_list => $self->{handle}, Snow::_in($table), $_[0]) });
    return bless { cursor => $cursor, client => $self }, 'Snow::Rows';
}

sub create {
    my ($self, $table, $fields) = @_;
    return _with_record($fields, sub { Snow::_call(table_create => $self->{handle}, Snow::_in($table), $_[0], undef) });
}

sub update {
    my ($self, $table, $sys_id, $fields) = @_;
    return _with_record($fields, sub {
        Snow::_call(table_update => $self->{handle}, Snow::_in($table), Snow::_in($sys_id), $_[0], undef);
    });
}

sub delete {
    my ($self, $table, $sys_id) = @_;
    Snow::_call(table_delete => $self->{handle}, Snow::_in($table), Snow::_in($sys_id), undef);
    return;
}

sub _with_token {
    my ($token, $use) = @_;
    return $use->(undef) unless $token;
    return Snow::_with(token => Snow::_call(token_from_json => $json->encode($token)), $use);
}

sub _with_record {
    my ($fields, $use) = @_;
    my $text = $json->encode($fields);
    my $record = Snow::_call(record_from_json => $text, length $text);
    return Snow::_with(record => $record, sub { Snow::_taken($use->($_[0])) });
}

package Snow::Rows;

# The next row as a hash; undef at the end.
sub next {
    my ($self) = @_;
    my $row;
    return undef if Snow::_call(cursor_next => $self->{cursor}, \$row) == Snow::DONE;
    return Snow::_fields($row);
}

sub DESTROY { my ($self) = @_; local $@; Snow::_cursor_free(delete $self->{cursor}) }

1;
