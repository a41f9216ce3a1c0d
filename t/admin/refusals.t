# SPDX-License-Identifier: Apache-2.0
# What httpd refuses at the Admin API's own host before anybody of ours sees it: what is no request, or could be read as
# two, is answered as the Admin API answers, and nothing is executed. Other hosts keep httpd's pages.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;
use AdminTest;

my ($plain, $mixed) = GatewayNode::free_ports(2);
my $node = GatewayNode->start(threads => 8, admin_extra => "<Location /plugins>\nRequire all denied\n</Location>\nErrorDocument 405 \"ours\"\n",
    extra => "Listen 127.0.0.1:$plain\n<VirtualHost *:$plain>\n</VirtualHost>\n"
        . "Listen 127.0.0.1:$mixed\n<VirtualHost *:$mixed>\n<Location /gw/services>\nSetHandler gw-admin\nRequire all denied\n</Location>\n</VirtualHost>\n");
my $port = $node->{admin_port};
$node->admin_ok(PUT => '/services/victim', { host => 'before' });

sub head_of { my ($got) = @_; return $got =~ /\A(.*?\r\n)\r\n(.*)\z/s ? ($1, $2) : ('', '') }

# The answer to these bytes: status, JSON, and the connection closed.
sub is_refused {
    my ($bytes, $status, $message, $name) = @_;
    my $began = time;
    my ($head, $body) = head_of(raw_request($bytes, port => $port, wait => 20));
    cmp_ok time - $began, '<', 18, "$name: the connection is closed";
    like $head, qr{\AHTTP/1\.[01] $status }, "$name: $status";
    like $head, qr{^Content-Type: application/json; charset=utf-8\r$}m, "$name: JSON";
    like $head, qr{^Server: mod_gw/}m, "$name: Server";
    like $head, qr{^Cache-Control: no-store\r$}m, "$name: for no cache";
    like $head, qr{^X-Kong-Admin-Latency: \d+\r$}m, "$name: latency";
    unlike $head, qr{^(?:Via|X-Kong-Request-Id|X-Kong-Response-Latency):}mi, "$name: nothing of the proxy's";
    is $body, qq({"message":"$message"}), "$name: body, and one answer";
}

my $host = "Host: localhost\r\n";
my $get = "GET /services HTTP/1.1\r\n$host";
for (
    [ 'GET /' . 'a' x 140_000 . " HTTP/1.1\r\n$host\r\n", 414, 'URI too long', 'a request line too long' ],
    [ "${get}X: " . 'a' x 140_000 . "\r\n\r\n", 400, 'Bad request', 'a header too long' ],
    [ $get . join('', map { "X-$_: 1\r\n" } 1 .. 2000) . "\r\n", 400, 'Bad request', 'too many headers' ],
    [ "GET /services HTTP/1.1\r\n\r\n", 400, 'Bad request', 'no Host' ],
    [ "$get$host\r\n", 400, 'Bad request', 'two Hosts' ],
    [ "GET /services HTTP/1.1\r\nHost: a b\r\n\r\n", 400, 'Bad request', 'a Host that is none' ],
    [ "${get}X Y: 1\r\n\r\n", 400, 'Bad request', 'a blank in a header\'s name' ],
    [ "${get}no colon\r\n\r\n", 400, 'Bad request', 'a header without a colon' ],
    [ "${get}Expect: miracles\r\n\r\n", 417, 'Expectation failed', 'another expectation' ],
    [ "GET /services HTTP/1.1 x\r\n$host\r\n", 400, 'Bad request', 'a line of four words' ],
) {
    is_refused(@$_);
}

my $put = "PUT /services/victim HTTP/1.1\r\n${host}Content-Type: application/json\r\n";
my $body = '{"host":"after"}';
my $chunked = sprintf "%x\r\n%s\r\n0\r\n\r\n", length $body, $body;
my $length = length $body;
for (
    [ "Content-Length: $length\r\nTransfer-Encoding: chunked\r\n\r\n$chunked", 'both framings' ],
    [ "Transfer-Encoding: chunked\r\nContent-Length: $length\r\n\r\n$chunked", 'both, in the other order' ],
    [ "Content-Length: $length\r\nContent-Length: 99\r\n\r\n$body", 'two Content-Lengths' ],
    [ "Content-Length: +$length\r\n\r\n$body", 'a Content-Length with a sign' ],
    [ "Content-Length: x\r\n\r\n$body", 'a Content-Length that is no number' ],
    [ "Transfer-Encoding: identity, chunked\r\n\r\n$chunked", 'more than chunked' ],
    [ "Transfer-Encoding: chunked\r\n\r\nzz\r\n$body\r\n0\r\n\r\n", 'a chunk without a size' ],
) {
    my ($rest, $name) = @$_;
    is_refused("$put$rest", 400, 'Bad request', $name);
    is $node->admin_ok(GET => '/services/victim')->{host}, 'before', "$name: it is not executed";
}
is_refused("PUT /services/victim HTTP/1.0\r\n${host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n$chunked", 400, 'Bad request', 'chunks in HTTP/1.0');
is $node->admin_ok(GET => '/services/victim')->{host}, 'before', 'chunks in HTTP/1.0: it is not executed';
like raw_request("${put}Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n$chunked", port => $port), qr{^HTTP/1.1 200 }, 'chunks alone are taken';
is $node->admin_ok(GET => '/services/victim')->{host}, 'after', 'and the body is read';

# ---- what has a place ----
my $res = $node->admin(GET => '/plugins', undef, Accept => 'text/html');
is $res->code, 403, 'httpd refuses';
is $res->header('Content-Type'), 'application/json; charset=utf-8', 'in JSON, whatever is asked for';
is $res->content, '{"message":"Forbidden"}', 'as the Admin API would';
is $node->admin(PUT => '/services')->content, '{"message":"Method not allowed"}', 'what it refuses itself, it answers itself';

# ---- other hosts ----
for ([ $plain, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 'an ordinary host' ], [ $mixed, "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 'a host with the Admin API somewhere in it' ],
    [ $mixed, "GET /none HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 'a path beside it' ]) {
    my ($at, $bytes, $name) = @$_;
    my $got = raw_request($bytes, port => $at);
    like $got, qr{^Content-Type: text/html}mi, "$name keeps httpd's page";
    unlike $got, qr/"message"/, "$name: not ours";
}
like raw_request("GET /gw/services HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", port => $mixed), qr/\r\n\r\n\{"message":"Forbidden"\}\z/, 'its own path there';
done_testing;
