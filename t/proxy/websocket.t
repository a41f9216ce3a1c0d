# SPDX-License-Identifier: Apache-2.0
# A websocket passes through: the upgrade, frames in both directions, the end from either side.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use IO::Socket::INET ();
use MIME::Base64 ();

my $route = new_route(new_service());

sub open_socket {
    my (@more) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => GatewayTest::proxy_port(), Timeout => 10) or die "connect: $!";
    syswrite $socket, join "\r\n", "GET /$route->{name}/chat?room=1 HTTP/1.1", 'Host: x', 'Upgrade: websocket', 'Connection: Upgrade',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13', @more, '', '';
    my $head = '';
    while ($head !~ /\r\n\r\n/) { sysread($socket, $head, 1, length $head) or last }
    return ($socket, $head);
}

sub frame {
    my ($opcode, $payload) = @_;
    my $n = length $payload;
    my $length = $n < 126 ? pack('C', 128 | $n) : $n < 65536 ? pack('Cn', 254, $n) : pack('CQ>', 255, $n);
    return pack('C', 128 | $opcode) . $length . 'mask' . ($payload ^ substr('mask' x (1 + $n / 4), 0, $n));
}

sub read_exactly {
    my ($socket, $n) = @_;
    my $got = '';
    while (length $got < $n) {
        vec(my $r = '', fileno $socket, 1) = 1;
        last unless select $r, undef, undef, 10;
        sysread($socket, $got, $n - length $got, length $got) or last;
    }
    return $got;
}

my ($socket, $head) = open_socket();
like $head, qr{\AHTTP/1\.1 101 }, 'the upgrade is answered by the upstream';
like $head, qr/^Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r$/mi, 'with its own key';
like $head, qr/^Upgrade: websocket\r$/mi, 'Upgrade';
syswrite $socket, frame(1, 'hello');
is read_exactly($socket, 7), "\x81\x05hello", 'a text comes back';
syswrite $socket, frame(9, 'ping');
is read_exactly($socket, 6), "\x8a\x04ping", 'a ping gets its pong';
my $long = join '', map { chr(65 + $_ % 26) } 1 .. 300_000;
syswrite $socket, frame(2, $long);
is read_exactly($socket, 10 + length $long), "\x82\x7f" . pack('Q>', length $long) . $long, 'a long message comes back whole';
syswrite $socket, frame(8, pack 'n', 1000);
is read_exactly($socket, 4), "\x88\x02" . pack('n', 1000), 'a goodbye too';
is read_exactly($socket, 1), '', 'and then the connection ends';

my @many = map { (open_socket())[0] } 1 .. 4;
syswrite $many[$_], frame(1, "socket $_") for 0 .. 3;
is read_exactly($many[$_], 10), "\x81\x08socket $_", "sockets side by side: $_" for reverse 0 .. 3;
is call(GET => "/$route->{name}/x")->code, 200, 'ordinary requests go on meanwhile';

(undef, $head) = open_socket('X-Consumer-ID: root');
like $head, qr/ 101 /, 'a forged identity does no harm here';
done_testing();
