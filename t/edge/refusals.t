# SPDX-License-Identifier: Apache-2.0
# What the gateway answers by itself: formats, messages, headers; methods and paths that are refused.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;

my $service = new_service();
my $open = new_route($service, strip_path => \0);
my ($path) = @{ $open->{paths} };

# ---- no route: the four formats ----
my $text = 'no Route matched with those values';
for (
    [ undef, 'application/json; charset=utf-8', qq({\n  "message":"$text"\n}) ],
    [ '*/*', 'application/json; charset=utf-8', qq({\n  "message":"$text"\n}) ],
    [ 'text/plain', 'text/plain; charset=utf-8', "$text\n" ],
    [ 'application/xml', 'application/xml; charset=utf-8',
        qq(<?xml version="1.0" encoding="UTF-8"?>\n<error>\n  <message>$text</message>\n</error>\n) ],
    [ 'text/html,application/xhtml+xml,*/*;q=0.8', 'text/html; charset=utf-8',
        qq(<!doctype html>\n<html>\n  <head>\n    <meta charset="utf-8">\n    <title>Error</title>\n  </head>\n  <body>\n)
        . qq(    <h1>Error</h1>\n    <p>$text.</p>\n  </body>\n</html>\n) ],
) {
    my ($accept, $type, $body) = @$_;
    my $res = call(GET => '/nowhere', defined $accept ? (Accept => $accept) : ());
    my $name = 'Accept: ' . ($accept // '(none)');
    is $res->code, 404, "$name: status";
    is $res->header('Content-Type'), $type, "$name: type";
    is $res->content, $body, "$name: body";
}
my $res = call(HEAD => '/nowhere');
is $res->code, 404, 'HEAD: status';
is $res->content, '', 'HEAD: no body';
is $res->header('Content-Length'), 52, 'HEAD: the length it would have';

# ---- headers ----
like $res->header('Server'), qr{^mod_gw/\d}, 'Server is ours on what we answer';
like $res->header('X-Kong-Response-Latency'), qr/^\d+$/, 'response latency';
like $res->header('X-Kong-Request-Id'), qr/^[0-9a-f]{32}$/, 'request id';
is $res->header($_), undef, "no $_" for qw(Via X-Kong-Proxy-Latency X-Kong-Upstream-Latency Expires);
$res = call(GET => $path);
is $res->code, 200, 'proxied';
like $res->header('Via'), qr{mod_gw/\d}, 'Via on what is proxied';
like $res->header($_), qr/^\d+$/, $_ for qw(X-Kong-Proxy-Latency X-Kong-Upstream-Latency);
is $res->header($_), undef, "no $_ on what is proxied" for qw(X-Kong-Response-Latency X-Kong-Upstream-Status Expires);
unlike $res->header('Server') // '', qr/mod_gw/, 'Server is the upstream\'s';
my %ids = map { call(GET => '/nowhere')->header('X-Kong-Request-Id') => 1 } 1 .. 50;
is scalar keys %ids, 50, 'no request id twice';

# ---- a route without a service, routes for https ----
my $lonely = new_route(undef);
$res = call(GET => $lonely->{paths}[0]);
is $res->code, 503, 'no service: status';
is json_of($res)->{message}, 'no Service found with those values', 'no service: message';

my $tls = new_route($service, protocols => ['https']);
$res = call(GET => $tls->{paths}[0]);
is $res->code, 426, 'https only: status';
is json_of($res)->{message}, 'Please use HTTPS protocol', 'https only: message';
is $res->header('Upgrade'), 'TLS/1.2, HTTP/1.1', 'https only: Upgrade';
like $res->header('Connection'), qr/Upgrade/, 'https only: Connection';
for my $code (301, 302, 307, 308) {
    my $moved = new_route($service, protocols => ['https'], https_redirect_status_code => $code);
    $res = call(GET => "$moved->{paths}[0]/a%20b?x=%20&y", Host => 'shop.example:8000');
    is $res->code, $code, "redirect $code: status";
    is $res->header('Location'), "https://shop.example$moved->{paths}[0]/a%20b?x=%20&y", "redirect $code: where";
    is $res->content, '', "redirect $code: no body";
}

# ---- methods, targets, paths ----
for (
    [ "TRACE $path HTTP/1.1", 405, 'TRACE' ],
    [ 'OPTIONS * HTTP/1.1', 405, 'OPTIONS *' ],
    [ 'CONNECT 127.0.0.1:443 HTTP/1.1', 405, 'CONNECT' ],
    [ "GET http://other.example$path?x HTTP/1.1", 200, 'an absolute target' ],
    [ "GET $path/%00 HTTP/1.1", 400, 'NUL' ],
    [ "GET $path/%zz HTTP/1.1", 400, 'a broken escape' ],
    [ "GET $path/%0a HTTP/1.1", 400, 'a control character' ],
    [ "GET $path/../../../x HTTP/1.1", 400, 'above the root' ],
    [ "GET $path/%2e%2e/%2e%2e/%2e%2e/x HTTP/1.1", 400, 'above the root, encoded' ],
    [ "GET $path/..%2f..%2fx HTTP/1.1", 400, 'above the root for a careless upstream' ],
    [ "GET $path/..%2fnowhere HTTP/1.1", 400, 'on no route for a careless upstream' ],
    [ "GET $path/..%5cnowhere HTTP/1.1", 400, 'the same with a backslash' ],
    [ "GET $path/..;x/nowhere HTTP/1.1", 400, 'the same with a parameter' ],
    [ "GET $path/a%2fb;c HTTP/1.1", 200, 'ambiguous, but on the same route' ],
    [ "GET /x/..$path HTTP/1.1", 200, 'dot segments are resolved first' ],
    [ "GET /$path HTTP/1.1", 200, 'two slashes are one' ],
    [ "BAD LINE", 400, 'no request line' ],
) {
    my ($line, $want, $name) = @$_;
    my $got = raw_request("$line\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    is +($got =~ m{^HTTP/1\.1 (\d+)})[0], $want, $name;
    next if $want == 200;
    like $got, qr/"message":"(?:Bad request|Method not allowed)"|\r\n\r\nBad request\n/, "$name: our words";
    like $got, qr/^Allow: .*GET/m, "$name: Allow" if $want == 405;
}
my $got = raw_request("GET /$path HTTP/1.1\r\nHost: localhost\r\nBad\x00Header: 1\r\n\r\n");
like $got, qr{^HTTP/1\.1 400 .*\r\n\r\nBad request\n$}s, 'a bad header, before Accept was read: plain text';
$got = raw_request("GET $path HTTP/1.1\r\nHost: localhost\r\nX-Big: " . 'x' x 140000 . "\r\nConnection: close\r\n\r\n");
like $got, qr{^HTTP/1\.1 400 .*Bad request}s, 'a header beyond every limit';
$got = raw_request('GET /' . 'x' x 140000 . " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
like $got, qr{^HTTP/1\.1 414 .*URI too long}s, 'a target beyond every limit';

# The bytes that are routed are the bytes that are sent, and the query is not touched.
for my $case ([ "$path/a%20b", "$path/a%20b" ], [ "$path/%7Ea", "$path/~a" ], [ "$path/a\\b", "$path/a%5Cb" ],
    [ "$path/a%2fb", "$path/a%2Fb" ], [ "$path?", "$path?" ], [ "$path?a=%2f+b&&c", "$path?a=%2f+b&&c" ],
    [ "$path//a/./b/../c", "$path/a/c" ]) {
    my ($sent, $want) = @$case;
    my $body = raw_request("GET $sent HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    like $body, qr/\Q"$want"\E/, "$sent arrives as $want";
}
done_testing();
