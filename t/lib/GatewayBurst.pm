# SPDX-License-Identifier: Apache-2.0
# GatewayBurst.pm - the same request on many fresh connections at once, so that every child of a server gets some.
package GatewayBurst;
use strict;
use warnings FATAL => 'all';
use Exporter 'import';
use IO::Select ();
use IO::Socket::INET ();
use POSIX ();
use Time::HiRes qw(time);

our @EXPORT = qw(burst burst_from codes_of kept_connections ask_kept);

# burst($port, $path, connections => 24, seconds => 30, headers => { name => value }): one string for each connection,
# what came back until it was closed ("" when nothing did). All are open before the first one asks, unless `eager`:
# httpd's system lets only so many (ListenBacklog) be open without a word.
sub burst {
    my ($port, $path, %o) = @_;
    my %headers = %{ $o{headers} // {} };
    my $bytes = join '', "GET $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n",
        (map { "$_: $headers{$_}\r\n" } sort keys %headers), "\r\n";
    my @sockets = map {
        my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 60) or die "connect: $!";
        $socket->syswrite($bytes) if $o{eager};
        $socket;
    } 1 .. $o{connections} // 24;
    $o{eager} or $_->syswrite($bytes) for @sockets;
    my %answer = map { $_ => '' } @sockets;
    my ($reading, $until) = (IO::Select->new(@sockets), time + ($o{seconds} // 30));
    while ($reading->count && (my $left = $until - time) > 0) {
        for my $socket ($reading->can_read($left)) {
            $reading->remove($socket) unless sysread $socket, $answer{$socket}, 65536, length $answer{$socket};
        }
    }
    return map { $answer{$_} } @sockets;
}

# The same from so many processes at once: how often each status came.
sub burst_from {
    my ($processes, @burst) = @_;
    my (@answers, %codes);
    for (1 .. $processes) {
        my $pid = open(my $answer, '-|') // die "fork: $!";
        push @answers, $answer and next if $pid;
        my $own = eval { codes_of(burst(@burst)) } // { "died: $@" =~ s/\s+/-/gr => 1 };
        syswrite STDOUT, join '', map { "$_ $own->{$_}\n" } sort keys %$own;
        POSIX::_exit(0);
    }
    for my $answer (@answers) {
        while (<$answer>) { /^(\S+) (\d+)$/ and $codes{$1} += $2 }
        close $answer;
    }
    return \%codes;
}

# Connections that a child has accepted each, and keeps: they have asked for $path once.
sub kept_connections {
    my ($port, $path, $n) = @_;
    my @sockets = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die "connect: $!" } 1 .. $n;
    $_->syswrite("GET $path HTTP/1.1\r\nHost: localhost\r\n\r\n") for @sockets;
    for my $socket (@sockets) {
        my $got = '';
        until ($got =~ /\r\n\r\n/ && (!($got =~ /^content-length: (\d+)/mi) || length($got) >= $1 + index($got, "\r\n\r\n") + 4)) {
            sysread $socket, $got, 65536, length $got or die 'a connection was not kept';
        }
    }
    return @sockets;
}

# Send a last request on each, call $between, then read: what came back, as burst does. A server may close a connection
# that it kept, at any time (httpd does when it has no idle threads); what it did not answer is asked anew, as every
# client does (RFC 9112, 9.3.1).
sub ask_kept {
    my ($path, $between, @sockets) = @_;
    my $bytes = "GET $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    my $port = $sockets[0]->peerport;
    local $SIG{PIPE} = 'IGNORE';
    $_->syswrite($bytes) for @sockets;
    $between->();
    my @answers = map { my $socket = $_; local $/; scalar <$socket> // '' } @sockets;
    return map { $_ ne '' ? $_ : burst($port, $path, connections => 1) } @answers;
}

# How often each status came: { 200 => 24 }. "none": no answer.
sub codes_of {
    my %count;
    $count{ /^HTTP\/1\.1 (\d+)/ ? $1 : 'none' }++ for @_;
    return \%count;
}

1;
