# SPDX-License-Identifier: Apache-2.0
# Quickstart.pm - gateways of build/quickstart for the tests of what README.md tells people to type: each in a folder of
# its own, on free ports, with what GW_BUILD_DIR has; stopped when the test ends.
package Quickstart;
use strict;
use warnings FATAL => 'all';
use Exporter 'import';
use File::Temp ();
use FindBin;
use IO::Socket::INET;
use Test::More;

our @EXPORT = qw($top $work node quickstart attach walk code);
our $top = "$FindBin::Bin/..";
our $work = File::Temp::tempdir('gw-commands-XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $work;

sub free_ports {
    my @s = map { IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die $! } 1 .. shift;
    return map { $_->sockport } @s;
}

# The environment of a gateway that lives in that folder.
my @started;
sub node {
    my ($dir) = @_;
    my %env = (GW_DIR => "$work/$dir", GW_BUILD_DIR => $ENV{GW_BUILD_DIR});
    @env{qw(GW_PORT GW_TLS_PORT GW_ADMIN_PORT GW_ADMIN_TLS_PORT)} = free_ports(4);
    push @started, \%env;
    return \%env;
}

sub quickstart {
    my ($env, @args) = @_;
    local @ENV{ keys %$env } = values %$env;
    my $text = qx($top/build/quickstart @args 2>&1);
    return wantarray ? ($text, $? >> 8) : $text;
}
END { local $?; quickstart($_, 'stop') for @started }

sub code { return qx(curl -sk -o /dev/null -w '%{http_code}' @_) }

sub walk {
    my ($text, $name) = @_;
    my @lines = grep { /^curl / } split /\n/, $text;
    is scalar @lines, 8, "$name: a walk of eight lines is printed";
    my @got = map { qx($_ -o /dev/null -w '%{http_code}') } @lines;
    is "@got", '201 201 200 201 401 201 201 200', "$name: pasted, it answers as it should";
}

# One in the foreground, as in a terminal: a group of processes of its own, and what they write.
sub attach {
    my ($env, @args) = @_;
    pipe my $out, my $in or die $!;
    my $pid = fork // die $!;
    if (!$pid) {
        close $out;
        open STDOUT, '>&', $in;
        open STDERR, '>&', $in;
        setpgrp;
        @ENV{ keys %$env } = values %$env;
        $SIG{INT} = 'DEFAULT'; # whatever we were started with: no shell traps what it found ignored
        exec "$top/build/quickstart", '--foreground', @args;
    }
    close $in;
    return bless { pid => $pid, out => $out, text => '' };
}

# What it has written up to the walk's last line, or until nobody is left who could write.
sub read_walk {
    my ($self) = @_;
    my $out = $self->{out};
    while (my $line = <$out>) {
        $self->{text} .= $line;
        last if $line =~ /open-sesame'$/;
    }
    return $self->{text};
}

sub ctrl_c { my ($self) = @_; return kill INT => -$self->{pid} }

# What it has written in all, once nobody is left who could write, and its status.
sub ended {
    my ($self) = @_;
    my $out = $self->{out};
    local $/;
    $self->{text} .= <$out> // '';
    waitpid $self->{pid}, 0;
    return ($self->{text}, $? & 127 ? "signal $?" : $? >> 8);
}

1;
