# SPDX-License-Identifier: Apache-2.0
# GatewayLoad.pm - work that goes on in processes of its own while a test does something to a gateway: each process
# repeats one step until it is told to stop, and each of its results is kept.
package GatewayLoad;
use strict;
use warnings FATAL => 'all';
use File::Temp ();
use IO::Socket::INET ();
use POSIX ();
use Time::HiRes qw(time sleep);

# start($processes, sub { my ($n) = @_; ...; return RESULT }): a result is a line of text; $n counts the steps of a
# process, from 1. Dies with its reason when a step dies.
sub start {
    my ($class, $processes, $step) = @_;
    my $self = bless { owner => $$, workers => [] }, $class;
    for my $number (1 .. $processes) {
        my $out = File::Temp->new;
        my $pid = fork // die "fork: $!";
        if (!$pid) {
            my $is_over = 0;
            $SIG{TERM} = sub { $is_over = 1 };
            open my $results, '>', $out->filename or POSIX::_exit(1);
            $results->autoflush(1);
            for (my $n = 1; !$is_over && getppid() == $self->{owner}; $n++) {
                print $results eval { $step->($n, $number) } // "died: $@" =~ s/\n/ /gr, "\n";
            }
            POSIX::_exit(0);
        }
        push @{ $self->{workers} }, { pid => $pid, out => $out };
    }
    return $self;
}

sub results {
    my ($self) = @_;
    return map { open my $in, '<', $_->{out}->filename or die "results: $!"; my @lines = <$in>; chomp @lines; @lines } @{ $self->{workers} };
}

# Wait until `n` more steps were taken by all together: something has happened meanwhile.
sub wait_for_steps {
    my ($self, $n, $seconds) = @_;
    my ($want, $until) = ($n + scalar $self->results, time + ($seconds // 30));
    while ((my @done = $self->results) < $want) {
        die 'the load stands still: ' . join(', ', @done > 3 ? @done[-3 .. -1] : @done) . "\n" if time > $until;
        sleep 0.02;
    }
}

# Let the steps that have begun end; all results.
sub stop {
    my ($self) = @_;
    kill TERM => $_->{pid} for @{ $self->{workers} };
    waitpid $_->{pid}, 0 for @{ $self->{workers} };
    $self->{owner} = 0;
    return $self->results;
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $@, $!);
    $self->stop if $self->{owner} == $$;
}

# One request on a connection of its own: its status, or what happened instead.
sub fresh_request {
    my ($port, $bytes, $seconds) = @_;
    my $sock = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 10) or return 'no connection';
    my ($got, $until) = ('', time + ($seconds // 20));
    $sock->syswrite($bytes) or return 'cannot send';
    while ((my $left = $until - time) > 0) {
        vec(my $r = '', fileno $sock, 1) = 1;
        if (!select $r, undef, undef, $left) {
            next if $!{EINTR};
            return 'no answer in time';
        }
        my $n = sysread $sock, $got, 65536, length $got;
        next if !defined $n && $!{EINTR};
        last unless $n;
    }
    return 'half an answer' if length $got && $got !~ /\r\n\r\n/;
    return $got =~ m{\AHTTP/1\.1 (\d+) } ? $1 : length $got ? 'garbage' : 'closed';
}
sub fresh_get { my ($port, $path) = @_; return fresh_request($port, "GET $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") }
sub fresh_post {
    my ($port, $path, $body) = @_;
    return fresh_request($port, "POST $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: "
            . length($body) . "\r\n\r\n$body");
}

# How often each result came.
sub tally { my %n; $n{$_}++ for @_; return \%n }

1;
