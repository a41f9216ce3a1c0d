# SPDX-License-Identifier: Apache-2.0
# A websocket passes through: the upgrade, frames in both directions, the end from either side; behind TLS and past a
# guard too.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use IO::Socket::INET ();
use MIME::Base64 ();

my $route = new_route(new_service());

# Ask for an upgrade on this connection: (it, the head of the answer).
sub ask_upgrade {
    my ($socket, $name, @more) = @_;
    syswrite $socket, join "\r\n", "GET /$name/chat?room=1 HTTP/1.1", 'Host: x', 'Upgrade: websocket', 'Connection: Upgrade',
        'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13', @more, '', '';
    my $head = '';
    while ($head !~ /\r\n\r\n/) { sysread($socket, $head, 1, length $head) or last }
    return ($socket, $head);
}

sub connect_to { my ($port) = @_; return IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 10) // die "connect: $!" }
sub open_socket { return ask_upgrade(connect_to(GatewayTest::proxy_port()), $route->{name}, @_) }

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
        # TLS may have taken from the connection what nobody has read yet.
        last unless $socket->can('pending') && $socket->pending || select $r, undef, undef, 10;
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

like raw_request(join "\r\n", "GET /$route->{name}/chat HTTP/1.0", 'Host: x', 'Upgrade: websocket', 'Connection: Upgrade',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version: 13', '', ''), qr{\AHTTP/1\.[01] 200 .*"path"}s,
    'HTTP/1.0 knows no upgrade: an ordinary answer';

# ---- past a guard, in the clear and behind TLS: on a node of its own, which has a port for TLS ----
my $node = GatewayNode->start;
$node->admin_ok(POST => '/services', { name => 'chat', url => upstream() });
$node->admin_ok(POST => '/services/chat/routes', { name => $_, paths => ["/$_"] }) for qw(open guarded);
$node->admin_ok(POST => '/routes/guarded/plugins', { name => 'key-auth' });
$node->admin_ok(POST => '/consumers', { username => 'alice' });
$node->admin_ok(POST => '/consumers/alice/key-auth', { key => 'alices' });

sub talks {
    my ($name, $connect, $path, @headers) = @_;
    my ($socket, $head) = ask_upgrade($connect->(), $path, @headers);
    like $head, qr{\AHTTP/1\.1 101 }, "$name: upgraded";
    syswrite $socket, frame(1, 'hello');
    is read_exactly($socket, 7), "\x81\x05hello", "$name: a text comes back";
    my $bytes = frame(2, $long);
    my $sent = 0;
    while ($sent < length $bytes) { $sent += syswrite($socket, $bytes, 16384, $sent) // die "write: $!" }
    is read_exactly($socket, 10 + length $long), "\x82\x7f" . pack('Q>', length $long) . $long, "$name: a long message comes back whole";
    syswrite $socket, frame(8, pack 'n', 1000);
    is read_exactly($socket, 4), "\x88\x02" . pack('n', 1000), "$name: a goodbye too";
    is read_exactly($socket, 1), '', "$name: and then the connection ends";
}

sub is_guarded {
    my ($name, $connect) = @_;
    my (undef, $head) = ask_upgrade($connect->(), 'guarded');
    like $head, qr{\AHTTP/1\.1 401 }, "$name: without a key there is no upgrade";
    (undef, $head) = ask_upgrade($connect->(), 'guarded', 'apikey: nobodys');
    like $head, qr{\AHTTP/1\.1 401 }, "$name: nor with a wrong one";
    talks("$name: with a key", $connect, 'guarded', 'apikey: alices');
}

is_guarded('guarded', sub { connect_to($node->{proxy_port}) });
SKIP: {
    skip 'IO::Socket::SSL is needed', 1 if !eval { require IO::Socket::SSL };
    my $connect = sub {
        return IO::Socket::SSL->new(PeerAddr => '127.0.0.1', PeerPort => $node->{tls_port}, Timeout => 10, SSL_verify_mode => 0)
            // die "connect: $!";
    };
    talks('behind TLS', $connect, 'open');
    is_guarded('guarded, behind TLS', $connect);
}
done_testing();
