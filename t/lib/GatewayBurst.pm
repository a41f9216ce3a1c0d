# SPDX-License-Identifier: Apache-2.0
# GatewayBurst.pm - the same request on many fresh connections at once, so that every child of a server gets some.
package GatewayBurst;
use strict;
use warnings FATAL => 'all';
use Exporter 'import';
use IO::Select ();
use IO::Socket::INET ();
use Time::HiRes qw(time);

our @EXPORT = qw(burst codes_of);

# burst($port, $path, connections => 24, seconds => 30, headers => { name => value }): one string for each connection,
# what came back until it was closed ("" when nothing did).
sub burst {
    my ($port, $path, %o) = @_;
    my %headers = %{ $o{headers} // {} };
    my $bytes = join '', "GET $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n",
        (map { "$_: $headers{$_}\r\n" } sort keys %headers), "\r\n";
    my @sockets = map {
        IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 10) or die "connect: $!"
    } 1 .. $o{connections} // 24;
    $_->syswrite($bytes) for @sockets;
    my %answer = map { $_ => '' } @sockets;
    my ($reading, $until) = (IO::Select->new(@sockets), time + ($o{seconds} // 30));
    while ($reading->count && (my $left = $until - time) > 0) {
        for my $socket ($reading->can_read($left)) {
            $reading->remove($socket) unless sysread $socket, $answer{$socket}, 65536, length $answer{$socket};
        }
    }
    return map { $answer{$_} } @sockets;
}

# How often each status came: { 200 => 24 }. "none": no answer.
sub codes_of {
    my %count;
    $count{ /^HTTP\/1\.1 (\d+)/ ? $1 : 'none' }++ for @_;
    return \%count;
}

1;
