# SPDX-License-Identifier: Apache-2.0
# Graceful restarts while every child still sends an answer that takes long: those go on, and new requests do not wait.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayBurst;
use GatewayNode;
use GatewayTest;
use IO::Select ();
use IO::Socket::INET ();

plan skip_all => 'which child has a connection is read from /proc' unless GatewayNode::can_find_children();
my $node = GatewayNode->start(GatewayNode::own_database(), threads => 16);
my $service = $node->admin_ok(POST => '/services', { name => 'svc', url => upstream() });
$node->admin_ok(POST => '/routes', { name => 'any', paths => ['/'], service => { id => $service->{id} } });
sub ready { my $res = $node->admin(GET => '/status'); return map { $_->{pid} } grep { $_->{state} eq 'ready' } $res->code == 200 ? @{ json_of($res)->{gateway}{children} } : () }

# Connections on which an answer of some minutes has begun, until each of these children sends one.
sub begin_long {
    my (%idle, @sockets) = map { $_ => 1 } @_;
    while (%idle) {
        push @sockets, my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $node->{proxy_port}) || die "connect: $!";
        $socket->syswrite("GET /do/stream/3000/100 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        delete $idle{ $node->await_child_of($socket) };
        sysread $socket, my $head, 12;
        die "no answer: $head" if $head ne 'HTTP/1.1 200';
    }
    return @sockets;
}

my @long;
eventually { ready() == 2 } 'two children';
for my $round (1 .. 3) {
    my %old = map { $_ => 1 } ready();
    push @long, begin_long(keys %old);
    $node->graceful;
    eventually { grep { !$old{$_} } ready() } "round $round: new children serve", 30;
    is_deeply codes_of(burst($node->{proxy_port}, '/echo')), { 200 => 24 }, "round $round: new requests are answered";
}
# Whatever has come so far is read; more comes.
sub goes_on {
    my ($socket) = @_;
    for (1 .. 2) {
        my $more = IO::Select->new($socket);
        return 0 unless $more->can_read(20);
        return 0 unless sysread $socket, my $bytes, 1 << 20;
    }
    return 1;
}
is scalar(grep { !goes_on($_) } @long), 0, 'the long answers of all generations go on';

done_testing;
