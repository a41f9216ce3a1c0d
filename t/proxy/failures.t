# SPDX-License-Identifier: Apache-2.0
# Upstreams that refuse, hang, talk nonsense or stop halfway: the client always gets an answer, also on a kept-alive
# connection and over HTTP/2, and its connection lives on.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;
use Curl qw(curl has_http2);
use TestUpstream;

use constant { INVALID => 'An invalid response was received from the upstream server', SLOW => 'The upstream server is timing out' };

my $node = GatewayNode->start(proxy_extra => 'GwHeaders server_tokens latency_tokens X-Kong-Upstream-Status X-Kong-Request-Id');
my $id = 0;

# A route of the node: (path), to a service with these fields.
sub node_route {
    my %f = @_;
    my $name = unique('f');
    my $service = $node->admin_ok(POST => '/services', { name => $name, url => upstream(), retries => 0, %f });
    $node->admin_ok(POST => '/routes', { name => $name, paths => ["/$name"], service => { id => $service->{id} } });
    return "/$name";
}

my $plain = node_route();
my $slow  = node_route(read_timeout => 300);
my $dead  = node_route(url => 'http://127.0.0.1:' . TestUpstream::free_port());
my $lost  = node_route(url => 'http://no-such-host.invalid');

# An upstream whose answer has this header line.
sub header_row { my ($line) = @_; return [ "answers with `@{[ $line =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ger ]}'", "$plain/do/rawheader/" . unpack('H*', $line), 502, INVALID ] }

# [what the upstream does, path, status, message, status of HEAD where it is another]
my @failures = (
    [ 'refuses the connection',         "$dead/x",              502, INVALID ],
    [ 'closes without an answer',       "$plain/do/close",      502, INVALID ],
    [ 'resets the connection',          "$plain/do/reset",      502, INVALID ],
    [ 'answers garbage',                "$plain/do/garbage",    502, INVALID ],
    [ 'answers with an odd status',     "$plain/do/badstatus",  502, INVALID ],
    [ 'stops in the status line',       "$plain/do/halfstatus", 502, INVALID ],
    [ 'stops in the headers',           "$plain/do/halfheaders", 502, INVALID ],
    [ 'begins with a bad chunk',        "$plain/do/badchunk",   502, INVALID, 200 ],
    (map { header_row($_) } 'Content-Length: abc', 'Content-Length: -2', 'Content-Length : 2', 'Bad Header: x', 'X[a]: a',
        "X-\xc3\xa9: a", ': x', "X-C: a\x01b", "X-D: a\x7fb", "Set-Cookie: a=\x01", "Location: /a\x01b", "Content-Type: a/b; x=\"\x01\""),
    [ 'takes too long',                 "$slow/do/slow/2000",   504, SLOW ],
    [ 'has a name without an address',  "$lost/x",              503, 'name resolution failed' ],
);

sub ask_for { my ($path, @headers) = @_; return join "\r\n", "GET $path HTTP/1.1", 'Host: x', @headers, '', '' }

for (@failures) {
    my ($title, $path, $status, $message, $head_status) = @$_;
    my $logged = () = $node->log_text =~ /\[gw:error\].*GW15[23]0/g;

    my $res = $node->call(GET => $path, Accept => 'application/json');
    is $res->code, $status, "an upstream that $title: $status";
    is eval { json_of($res)->{message} }, $message, "an upstream that $title: $message";
    unlike $res->header('Server') // '', qr/Apache/, "an upstream that $title: our Server";
    is $res->header('X-Kong-Upstream-Status'), undef, "an upstream that $title: no status is said to be the upstream's";
    my @lines = grep { /\[gw:error\].*GW15[23]0/ } split /\n/, $node->log_text;
    is @lines, $logged + 1, "an upstream that $title: one line in the log";
    like $lines[-1], qr{upstream: "http://[^"]*@{[ $path =~ s{\A/[^/]+}{}r ]}"}, "an upstream that $title: with its URL";

    # The third request of three on one connection, and one after it.
    my $raw = raw_request(ask_for("$plain/1") . ask_for("$plain/2") . ask_for($path) . ask_for("$plain/3", 'Connection: close'),
        port => $node->{proxy_port});
    my @statuses = $raw =~ m{^HTTP/1\.1 (\d+)}mg;
    # httpd ends a connection with each 503 of its own.
    is "@statuses", "200 200 $status" . ($status == 503 ? '' : ' 200'), "an upstream that $title: on a kept-alive connection";

    my $head = raw_request("HEAD $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", port => $node->{proxy_port});
    like $head, qr{\AHTTP/1\.1 @{[ $head_status // $status ]} .*\r\n\r\n\z}s, "an upstream that $title: HEAD has no body";
}

SKIP: {
    skip 'curl without HTTP/2', scalar @failures if !has_http2();
    for (@failures) {
        my ($title, $path, $status) = @$_;
        my @urls = map { "https://127.0.0.1:$node->{tls_port}$_" } "$plain/1", $path, "$plain/2";
        my $got = curl(join ' ', '-k --http2', q(-w ' %{http_code}/%{http_version}'), map { "-o /dev/null $_" } @urls);
        is $got, " 200/2 $status/2 200/2", "an upstream that $title: over HTTP/2, the connection lives on";
    }
}

# Half an answer cannot be taken back: the client must be able to see that it is half.
my $half = raw_request(ask_for("$plain/do/half/10"), port => $node->{proxy_port});
like $half, qr{\AHTTP/1\.1 200 .*\nContent-Length: 1000\r\n.*\r\n\r\nh{10}\z}s, 'half a body: shorter than told, and closed';
my $halfchunked = raw_request(ask_for("$plain/do/halfchunked"), port => $node->{proxy_port});
like $halfchunked, qr{5\r\nhello\r\n\z}, 'half a chunked body: no last chunk, and closed';

# Formats
is $node->call(GET => "$dead/x", Accept => 'text/plain')->content, INVALID . "\n", 'the error is plain when plain is asked for';
is $node->call(GET => "$dead/x")->header('Content-Type'), 'text/plain; charset=utf-8', 'and when nothing is asked for';
is $node->call(GET => "$lost/x")->header('Content-Type'), 'application/json; charset=utf-8', 'a name without address is told in JSON';

# A connect that is never answered: a listener that does not accept, its queue full.
my $deaf = IO::Socket::IP->new(LocalHost => '127.0.0.1', LocalPort => 0, Listen => 1) or die $@;
my @queued = map { IO::Socket::IP->new(PeerHost => '127.0.0.1', PeerPort => $deaf->sockport, Blocking => 0) } 1 .. 8;
select undef, undef, undef, 0.2;
my $mute = node_route(url => 'http://127.0.0.1:' . $deaf->sockport, connect_timeout => 300);
my $res = $node->call(GET => "$mute/x");
is $res->code, 504, 'a connect that is never answered: 504';
is $res->content, SLOW . "\n", 'with its text';
done_testing();
