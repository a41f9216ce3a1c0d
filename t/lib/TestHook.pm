# SPDX-License-Identifier: Apache-2.0
# TestHook.pm - an authorization service of a test's own: HTTP/1.1 with kept connections, a process for each. What it
# says is a function's affair; what it was asked stands in a log. It ends with the object.
package TestHook;
use strict;
use warnings FATAL => 'all';
use Fcntl qw(:flock);
use File::Temp ();
use IO::Socket::IP ();
use JSON ();
use POSIX ();
use Time::HiRes qw(sleep);

use constant IDLE_S => 120;

# start(sub { my ($asked) = @_; ... }, port => N, tls => [CERT, KEY]). $asked: { method, target, headers (by lower-case
# name), text, json, connection, request }. The function returns a status, [status, { headers }, body], or a reference
# to the very bytes to send, after which the connection is closed; or it does not return for a while.
sub start {
    my ($class, $answer, %o) = @_;
    my $listener = IO::Socket::IP->new(LocalHost => '127.0.0.1', LocalPort => $o{port} // 0, Listen => 128, ReuseAddr => 1)
        or die "socket: $@";
    my $self = bless { port => 0 + $listener->sockport, log => File::Temp->new, owner => $$, tls => $o{tls} }, $class;

    $self->{pid} = fork // die "fork: $!";
    if ($self->{pid} == 0) {
        setpgrp 0, 0; # its connections end with it
        $SIG{$_} = 'DEFAULT' for qw(TERM INT);
        $SIG{CHLD} = 'IGNORE';
        $SIG{PIPE} = 'IGNORE';
        eval { serve($self, $listener, $answer) };
        POSIX::_exit(0);
    }
    return $self;
}

sub url { my ($self, $path) = @_; return ($self->{tls} ? 'https' : 'http') . "://127.0.0.1:$self->{port}" . ($path // '/') }

# What it was asked so far, oldest first.
sub asked {
    my ($self) = @_;
    open my $in, '<', $self->{log}->filename or die "log: $!";
    return map { JSON->new->utf8->decode($_) } <$in>;
}

sub forget { truncate $_[0]{log}->filename, 0 }

sub serve {
    my ($self, $listener, $answer) = @_;
    my ($parent, $connection) = ($self->{owner}, 0);

    while (getppid() == $parent) {
        vec(my $r = '', fileno $listener, 1) = 1;
        next if select($r, undef, undef, 1) <= 0;
        my $socket = $listener->accept or next;
        $connection++;
        my $pid = fork // next;
        if ($pid == 0) {
            $listener->close;
            eval { serve_connection($self, $socket, $connection, $answer, getppid()) };
            POSIX::_exit(0);
        }
        $socket->close;
    }
}

sub serve_connection {
    my ($self, $socket, $connection, $answer, $parent) = @_;

    if ($self->{tls}) {
        require IO::Socket::SSL;
        IO::Socket::SSL->start_SSL($socket, SSL_server => 1, SSL_cert_file => $self->{tls}[0], SSL_key_file => $self->{tls}[1])
            or return;
    }
    my $c = { socket => $socket, buffer => '', parent => $parent };
    for (my $n = 1; my $asked = read_question($c); $n++) {
        @$asked{qw(connection request)} = ($connection, $n);
        write_log($self, $asked);
        my $said = $answer->($asked);
        if (ref $said eq 'SCALAR') {
            put($c, $$said);
            return $socket->close;
        }
        my ($status, $headers, $body) = ref $said ? @$said : ($said, {}, '');
        $body //= '';
        put($c, "HTTP/1.1 $status Said\r\nContent-Length: " . length($body) . "\r\n"
                . join('', map { "$_: $headers->{$_}\r\n" } sort keys %$headers) . "\r\n$body") or return;
    }
}

sub read_question {
    my ($c) = @_;
    until ($c->{buffer} =~ /\r\n\r\n/) { fill($c) or return }
    my ($head, $rest) = split /\r\n\r\n/, $c->{buffer}, 2;
    my ($line, @lines) = split /\r\n/, $head;
    my %headers = map { /^([^:]+):\s*(.*)$/ ? (lc $1 => $2) : () } @lines;
    $c->{buffer} = $rest;
    while (length $c->{buffer} < ($headers{'content-length'} // 0)) { fill($c) or return }
    my $text = substr $c->{buffer}, 0, $headers{'content-length'} // 0, '';
    my ($method, $target) = split / /, $line;
    return { method => $method, target => $target, headers => \%headers, text => $text, line => $line,
             json => scalar eval { JSON->new->utf8->decode($text) } };
}

sub fill {
    my ($c) = @_;
    my $waited = 0;
    until ($c->{socket}->can('pending') && $c->{socket}->pending) {
        vec(my $r = '', fileno $c->{socket}, 1) = 1;
        last if select($r, undef, undef, 1) > 0;
        return 0 if ++$waited > IDLE_S || getppid() != $c->{parent};
    }
    return sysread $c->{socket}, $c->{buffer}, 65536, length $c->{buffer};
}

sub put {
    my ($c, $bytes) = @_;
    while (length $bytes) {
        my $n = syswrite($c->{socket}, $bytes) // return 0;
        substr($bytes, 0, $n, '');
    }
    return 1;
}

sub write_log {
    my ($self, $asked) = @_;
    my %line = %$asked;
    $line{text} = unpack 'H*', $line{text};
    open my $out, '>>', $self->{log}->filename or return;
    flock $out, LOCK_EX;
    print $out JSON->new->utf8->canonical->encode(\%line), "\n";
    close $out;
}

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill TERM => -$pid or kill TERM => $pid;
    waitpid $pid, 0;
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $@, $!);
    $self->stop if $self->{owner} == $$;
}

1;
