package Snow::Library;

# The functions and constants of snow.h, as snow.cdef.h declares them.

use strict;
use warnings;
use FFI::Platypus 1.00;
use File::Basename qw(dirname);
use overload ();
use Scalar::Util qw(looks_like_number);

my $path = $ENV{SNOW_LIBRARY} || 'libsnow.so.0';
my $ffi = FFI::Platypus->new(api => 1, lib => $path);
our (%constants, %functions);
# What is taken for a type; half of what has 64 bits, since a float just above that is out of its range.
my $half = ~0 >> 1;
my %ranges = (int32_t => [-2**31, 2**31 - 1], uint32_t => [0, 0xFFFFFFFF], int64_t => [-$half, $half],
    uint64_t => [0, $half], size_t => [0, $half]);

sub _load {
    my $file = dirname(__FILE__) . '/snow.cdef.h';
    open my $input, '<', $file or die "$file: $!\n";
    my $declarations = do { local $/; <$input> };
    %constants = $declarations =~ /^ +(SNOW_\w+) = (\d+),/gm;

    my $found = $ffi->find_symbol('snow_abi_version')
        or die "libsnow was not found as $path: install it where the loader of the system looks "
        . "(ldconfig -p lists what it knows), or set SNOW_LIBRARY to its path\n";
    my $abi = $ffi->function($found => [] => 'uint32')->call;
    die "$path has the binary interface $abi, and snow.cdef.h is for $constants{SNOW_ABI_VERSION}: "
        . "take both from the same version of libsnow\n"
        if $abi != $constants{SNOW_ABI_VERSION};

    $ffi->type('(opaque, opaque)->sint32' => 'token_fn');
    while ($declarations =~ /^typedef int32_t (\w+);/gm) {
        $ffi->type(sint32 => $1);
        $ranges{$1} = $ranges{int32_t};
    }
    while ($declarations =~ /^([\w *]+?) ?(snow_\w+)\(([^;]*)\);/gm) {
        my ($result, $name, $parameters) = ($1, $2, $3);
        my (@types, @names);
        for (split /,/, $parameters) {
            push @types, _type($1) and push @names, $2 if /(\S.*?)(?: |(?<=\*))(\w+)$/s;
        }
        my ($noun) = $result =~ /^(snow_\w+) \*$/;
        $ffi->find_symbol($name)
            or die "$path has no $name(), so it is no libsnow, or an older one than snow.cdef.h is for: "
            . "take both from the same version of libsnow\n";
        $functions{$name} = {
            run => $ffi->function($name => \@types => _type($result)),
            names => \@names,
            texts => [grep { $types[$_] eq 'string' } 0 .. $#types],
            # What has its length beside it may hold anything.
            ended => [grep { $types[$_] eq 'string' && ($types[$_ + 1] // '') ne 'size_t' } 0 .. $#types],
            ranges => { map { exists $ranges{ $types[$_] } ? ($_ => $ranges{ $types[$_] }) : () } 0 .. $#types },
            frees => $noun && "${noun}_free",
        };
    }
}

# What Platypus calls a type of C.
sub _type {
    my ($type) = @_;
    return 'string' if $type eq 'const char *';
    return 'opaque*' if $type =~ /\*\*$/;
    return "$1*" if $type =~ /^(size_t|uint64_t|snow_created) \*$/;
    return 'opaque' if $type =~ /\*$|_fn$/;
    return $type;
}
_load();

# A function that has no error. Texts are characters in Perl and UTF-8 in libsnow.
sub ask {
    my $function = $functions{ shift @_ };
    my $result = $function->{run}->call(_arguments($function, @_));
    utf8::decode($result) if defined $result;
    return $result;
}

sub _arguments {
    my ($function, @given) = @_;
    _check($function, @given);
    my @arguments = map { ref $_ eq 'Snow::Handle' ? $_->{pointer} : $_ } @given;
    utf8::encode($_) for grep { defined } @arguments[@{ $function->{texts} }];
    return @arguments;
}

# Refuses what C would take for another value: a text that would end at its NUL, a reference whose text is an address,
# a number that its type does not hold.
sub _check {
    my ($function, @arguments) = @_;
    my $names = $function->{names};
    for (@{ $function->{ended} }) {
        my $text = $arguments[$_] // next;
        die "$names->[$_]: it is a reference (", ref $text, "); accepted are texts and numbers\n"
            if ref $text && !overload::Method($text, '""');
        die "$names->[$_]: it holds a NUL character\n" if $text =~ /\0/;
    }
    for my $index (keys %{ $function->{ranges} }) {
        my ($value, $least, $most) = ($arguments[$index] // 'undef', @{ $function->{ranges}{$index} });
        next if looks_like_number($value) && $value >= $least && $value <= $most && $value == int $value;
        die "$names->[$index]: it is $value; accepted are whole numbers from $least to $most\n";
    }
}

# What a callback died of, inside the call that is under way.
our $died;

# A function whose last parameter is an error, which is thrown; or what a callback died of meanwhile. What it makes is
# an object, whose end frees it.
sub call {
    my ($name, @given) = @_;
    my $function = $functions{$name};
    my $error = bless { frees => 'snow_error_free' }, 'Snow::Handle';
    my $made = bless { frees => $function->{frees} }, 'Snow::Handle';
    my @arguments = _arguments($function, @given, \$error->{pointer});
    my $inner = do {
        local ($died, $@);
        # In one statement: a signal handler that dies comes after it, and what was made is an object's by then.
        $made->{pointer} = $function->{run}->call(@arguments);
        # Platypus leaves in $@ what a handler died of on the way into a callback.
        $died // ($@ ? \(my $other = $@) : undef);
    };
    if ($error->{pointer}) {
        my $reason = Snow::Error->_new($error);
        die $inner && $reason->status == $constants{SNOW_CALLBACK_FAILED} ? $$inner : $reason;
    }
    return $made if $function->{frees};
    my $result = $made->{pointer};
    utf8::decode($result) if defined $result;
    return $result;
}

# A function for libsnow to call, which takes the pointer to a token; it must live as long as the client.
sub token_callback {
    my ($told) = @_;
    my $closure = $ffi->closure(sub {
        local $@;
        return $constants{SNOW_HANDLED} if eval { $told->($_[1]); 1 };
        my $reason = $@;
        $died = \$reason;
        return 0;
    });
    return ($closure, $ffi->cast(token_fn => 'opaque', $closure));
}

package Snow::Handle;

sub DESTROY {
    my ($self) = @_;
    local $@;
    # At the end of a program, what this needs may have ended before.
    return if ${^GLOBAL_PHASE} eq 'DESTRUCT' || !$self->{frees} || !$self->{pointer};
    Snow::Library::ask($self->{frees}, $self->{pointer});
}

# A copy, as dclone() makes one, would free the same.
sub STORABLE_freeze { die "a client or a record has no copy\n" }

1;
