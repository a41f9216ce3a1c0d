# SPDX-License-Identifier: Apache-2.0
# What an upstream is asked: Host, hop-by-hop headers, methods, bodies, kinds of clients.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;

my $service = new_service();
my $plain   = new_route($service);
my $keeping = new_route($service, preserve_host => JSON::true());
my $port    = $ENV{GW_UPSTREAM_PORT};

# One request on a connection of its own, as bytes; returns (status line, headers as text, body).
sub ask {
    my ($line, @rest) = @_;
    my $body = ref $rest[-1] ? ${ pop @rest } : '';
    my $raw = raw_request(join("\r\n", $line, @rest, '', $body), wait => 10);
    my ($head, $got) = split /\r\n\r\n/, $raw, 2;
    my ($status, $headers) = split /\r\n/, $head // '', 2;
    return ($status // '', $headers // '', $got // '');
}

sub seen {
    my ($status, undef, $body) = ask(@_);
    return $status =~ / 200 / ? JSON->new->latin1->decode($body) : { status => $status, headers => {} };
}

my @close = ('Connection: close');

# Host
is seen("GET /$plain->{name}/ HTTP/1.1", 'Host: shop.example:99', @close)->{headers}{host}, "127.0.0.1:$port",
    'Host: the service\'s own';
is seen("GET /$keeping->{name}/ HTTP/1.1", 'Host: Shop.example:99', @close)->{headers}{host}, 'Shop.example:99',
    'Host: the client\'s, with its port, by preserve_host';
is seen("GET /$keeping->{name}/ HTTP/1.0")->{headers}{host}, "127.0.0.1:$port",
    'Host: the service\'s when the client sent none';
is seen("GET http://abs.example:5/$keeping->{name}/ HTTP/1.1", 'Host: other', @close)->{headers}{host}, 'abs.example:5',
    'Host: an absolute target counts';
my $anywhere = new_route(new_service(url => "http://0.0.0.0:$port"));
is seen("GET /$anywhere->{name}/ HTTP/1.1", 'Host: x', @close)->{headers}{host}, "0.0.0.0:$port", '0.0.0.0 is this machine';

# Hop by hop
my $hop = seen("GET /$plain->{name}/ HTTP/1.1", 'Host: x', 'Connection: close, X-Drop', 'X-Drop: 1', 'X-Keep: 1', 'Keep-Alive: 5',
    'Proxy: evil', 'Proxy-Connection: close', 'TE: deflate, trailers', 'Trailer: X', 'Upgrade: h9', 'Close: shop',
    'Proxy-Authorization: Basic abc', 'Max-Forwards: 0')->{headers};
is_deeply [ map { $hop->{$_} } qw(x-drop keep-alive proxy proxy-connection trailer upgrade) ], [ (undef) x 6 ],
    'hop-by-hop headers stay here';
is $hop->{te}, 'trailers', 'TE: only trailers goes on';
is $hop->{close}, 'shop', 'a header called Close is none of Connection\'s';
is $hop->{'x-keep'}, 1, 'ordinary headers go on';
is $hop->{'proxy-authorization'}, 'Basic abc', 'so does Proxy-Authorization';
is $hop->{'max-forwards'}, 0, 'and Max-Forwards, which nobody answers here';
is lc $hop->{connection}, 'keep-alive', 'connections to the upstream are kept';
like $hop->{'x-kong-request-id'}, qr/\A[0-9a-f]{32}\z/, 'the request id goes along';
is seen("GET /$plain->{name}/ HTTP/1.1", 'Host: x', 'TE: deflate', @close)->{headers}{te}, undef, 'TE without trailers: none';
is seen("GET /$plain->{name}/ HTTP/1.1", 'Host: x', 'Max-Forwards: nonsense', @close)->{headers}{'max-forwards'}, 'nonsense',
    'Max-Forwards is the upstream\'s affair';

# Methods
for my $method (qw(GET POST PUT PATCH DELETE OPTIONS PROPFIND BREW)) {
    is seen("$method /$plain->{name}/ HTTP/1.1", 'Host: x', @close)->{method}, $method, "$method arrives";
}
my ($status, $headers, $body) = ask("HEAD /$plain->{name}/do/bytes/777 HTTP/1.1", 'Host: x', @close);
like $status, qr/ 200 /, 'HEAD is answered';
like $headers, qr/^Content-Length: 777\r?$/mi, 'with the upstream\'s length';
is $body, '', 'without a body';
($status) = ask("TRACE /$plain->{name}/ HTTP/1.1", 'Host: x', @close);
like $status, qr/ 405 /, 'TRACE is refused';
($status) = ask("OPTIONS /$plain->{name}/ HTTP/1.1", 'Host: x', 'Max-Forwards: 0', @close);
like $status, qr/ 200 /, 'OPTIONS with Max-Forwards: 0 goes to the upstream';

# Bodies
is seen("POST /$plain->{name}/ HTTP/1.1", 'Host: x', 'Content-Length: 5', @close, \'hello')->{body}, 'hello', 'a body with a length';
my $chunked = seen("POST /$plain->{name}/ HTTP/1.1", 'Host: x', 'Transfer-Encoding: chunked', @close, \"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n");
is $chunked->{body}, 'hello!', 'a chunked body';
is seen("GET /$plain->{name}/ HTTP/1.1", 'Host: x', 'Content-Length: 2', @close, \'hi')->{body}, 'hi', 'a GET may have one';
is seen("POST /$plain->{name}/ HTTP/1.1", 'Host: x', 'Content-Length: 0', @close)->{headers}{'content-length'}, 0,
    'an empty one has its length';

# 100-continue is answered here: the upstream never sees it.
my $expecting = raw_request("POST /$plain->{name}/ HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
    until => qr/\r\n\r\n/);
like $expecting, qr{\AHTTP/1.1 100 }, 'a client that waits for 100 gets it';
is seen("POST /$plain->{name}/ HTTP/1.1", 'Host: x', 'Expect: 100-continue', 'Content-Length: 3', @close, \'abc')->{status},
    'HTTP/1.1 100 Continue', 'before the answer';

# Clients
my $pipelined = raw_request(join('', map { "GET /$plain->{name}/p$_ HTTP/1.1\r\nHost: x\r\n\r\n" } 1 .. 4)
        . "GET /$plain->{name}/p5 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
my @order = $pipelined =~ m{"path":"/p(\d)"}g;
is "@order", '1 2 3 4 5', 'pipelined requests are answered in order';
my $old = raw_request("GET /$plain->{name}/do/stream/3 HTTP/1.0\r\n\r\n");
like $old, qr{\AHTTP/1\.[01] 200 .*\r\n\r\nchunk 1\nchunk 2\nchunk 3\n\z}s, 'a HTTP/1.0 client gets a streamed answer unchunked';
unlike $old, qr/^Transfer-Encoding/mi, 'and no Transfer-Encoding';
like raw_request("GET /$plain->{name}/do/early HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), qr{^HTTP/1.1 200 }m,
    '103 before an answer does no harm';
like raw_request("GET /$plain->{name}/do/http10 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), qr/old times\n/,
    'an upstream of HTTP/1.0 is understood';
is call(GET => "/$plain->{name}/do/status/503/busy")->content, 'busy', 'an upstream\'s own error goes through as it is';
done_testing();
