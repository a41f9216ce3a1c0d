# SPDX-License-Identifier: Apache-2.0
# FakeClock.pm - a clock that a test sets for a server of its own (libfaketime): GatewayNode->start(env => $clock->env).
package FakeClock;
use strict;
use warnings FATAL => 'all';
use File::Temp ();

my ($library) = glob '/usr/lib/*/faketime/libfaketimeMT.so.1 /usr/lib*/faketime/libfaketimeMT.so.1';

# Why make returns nothing here; undef when it does not.
sub why_not {
    return 'no libfaketime' unless defined $library && -e $library;
    return 'two preloaded libraries that know of each other nothing' if $ENV{GW_SANITIZED};
    return undef;
}

# One that is right.
sub make {
    my ($class) = @_;
    return undef if why_not();
    my $self = bless { dir => File::Temp->newdir }, $class;
    $self->{file} = "$self->{dir}/clock";
    $self->set('+0');
    return $self;
}

# By how many seconds it is wrong: '+3600', '-7200'.
sub set {
    my ($self, $shift) = @_;
    my $file = $self->{file};
    open my $out, '>', "$file.new" or die "$file.new: $!";
    print $out "$shift\n";
    close $out or die "$file.new: $!";
    rename "$file.new", $file or die "$file: $!";
}

sub env {
    my ($self) = @_;
    return { LD_PRELOAD => $library, FAKETIME_TIMESTAMP_FILE => $self->{file}, FAKETIME_NO_CACHE => 1, DONT_FAKE_MONOTONIC => 1 };
}

1;
