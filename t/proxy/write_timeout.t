# SPDX-License-Identifier: Apache-2.0
# A service's write_timeout, where its read_timeout is another: an upstream that takes a body's beginning and no more.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use IO::Select ();
use IO::Socket::INET ();
use Socket qw(SOL_SOCKET SO_RCVBUF);
use Time::HiRes qw(time);

use constant BODY_BYTES => 20_000_000; # more than kernels keep for a reader that does not read

# An upstream that reads heads and nothing else, with little room for what follows; it answers a GET, and who asks it to.
my $upstream = IO::Socket::INET->new(Listen => 16, LocalAddr => '127.0.0.1') or die "socket: $!";
setsockopt $upstream, SOL_SOCKET, SO_RCVBUF, 4096 or die "setsockopt: $!";
my $pid = fork // die "fork: $!";
if ($pid == 0) {
    my @kept;
    while (my $socket = $upstream->accept) {
        my $head = '';
        while ($head !~ /\r\n\r\n\z/) { sysread($socket, $head, 1, length $head) or last }
        my $answer = $head =~ /\AGET / ? 'ok' : $head =~ /^X-Answer: (\w+)/mi ? $1 : undef;
        push @kept, $socket and next if !defined $answer;
        select undef, undef, undef, 1 if $answer eq 'late';
        syswrite $socket, "HTTP/1.1 200 OK\r\nContent-Length: @{[ length $answer ]}\r\nConnection: close\r\n\r\n$answer";
    }
    exit;
}
END { local $?; if ($pid) { kill TERM => $pid; waitpid $pid, 0 } }
my $url = 'http://127.0.0.1:' . $upstream->sockport;

# Send `bytes` on an own connection, reading what comes meanwhile, until it matches `until` or `wait` seconds are over.
sub send_while_reading {
    my ($bytes, $until, $wait) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => GatewayTest::proxy_port(), Timeout => 10) or die "connect: $!";
    my ($readers, $writers, $end) = (IO::Select->new($socket), IO::Select->new($socket), time + $wait);
    my ($sent, $got) = (0, '');
    $socket->blocking(0);
    while ($got !~ $until && (my $left = $end - time) > 0) {
        my ($readable, $writable) = IO::Select->select($readers, $sent < length $bytes ? $writers : undef, undef, $left);
        if (@{ $readable // [] }) {
            last unless sysread $socket, $got, 65536, length $got;
        }
        $sent += syswrite($socket, $bytes, 1 << 16, $sent) // 0 if @{ $writable // [] };
    }
    return $got;
}

my %service = (url => $url, retries => 0, read_timeout => 60_000);
my $quick = new_route(new_service(%service, write_timeout => 300));

# The bound is far from both timeouts: no machine takes 40 s longer than the one, and the other cannot be over.
my $upload = "POST /$quick->{name}/x HTTP/1.1\r\nHost: x\r\nContent-Length: @{[ BODY_BYTES ]}\r\n\r\n" . 'b' x BODY_BYTES;
my $got = send_while_reading($upload . "GET /$quick->{name}/after HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    qr/\r\n\r\nok\z/, 40);
like $got, qr{\AHTTP/1\.1 504 .*\r\n\r\nThe upstream server is timing out\n}s, 'a body that nobody takes: 504 when the write timeout is over';
like $got, qr{timing out\nHTTP/1\.1 200 .*\r\n\r\nok\z}s, 'and the connection lives on, the rest of the body set aside';
is call(GET => "/$quick->{name}/x")->content, 'ok', 'so does the gateway';
is call(POST => "/$quick->{name}/x", [ 'text/plain', 'short' ], 'X-Answer' => 'late')->content, 'late',
    'what is taken at once may be answered later than that';
done_testing();
