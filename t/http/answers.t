# SPDX-License-Identifier: Apache-2.0
# What the gateway says itself: error bodies by Accept, its headers on answers of its own and of upstreams, https-only
# routes, and httpd behind it (Fallthrough).
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use Http2;
use TestUpstream;

my $nowhere = '/' . unique('nowhere');
my $version = qr{mod_gw/\d+\.\d+\S*};

# ---- error bodies ----
my %format = (
    json  => [ 'application/json; charset=utf-8', "{\n  \"message\":\"%s\"\n}" ],
    html  => [ 'text/html; charset=utf-8', "<!doctype html>\n<html>\n  <head>\n    <meta charset=\"utf-8\">\n    <title>Error</title>\n"
            . "  </head>\n  <body>\n    <h1>Error</h1>\n    <p>%s.</p>\n  </body>\n</html>\n" ],
    xml   => [ 'application/xml; charset=utf-8',
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<error>\n  <message>%s</message>\n</error>\n" ],
    plain => [ 'text/plain; charset=utf-8', "%s\n" ],
);
sub is_error {
    my ($res, $status, $format, $message, $name) = @_;
    is $res->code, $status, "$name: $status";
    is $res->header('Content-Type'), $format{$format}[0], "$name: type";
    is $res->content, sprintf($format{$format}[1], $message), "$name: body";
}
my $no_route = 'no Route matched with those values';
for ([ undef,                                     'json',  'no Accept' ],
     [ 'application/json',                        'json',  'JSON' ],
     [ 'text/html',                               'html',  'HTML' ],
     [ 'application/xml',                         'xml',   'XML' ],
     [ 'text/plain',                              'plain', 'plain text' ],
     [ 'TEXT/HTML',                               'html',  'in any case' ],
     [ '*/*',                                     'json',  'anything' ],
     [ 'application/*',                           'json',  'any application' ],
     [ 'text/*',                                  'plain', 'any text' ],
     [ 'image/png',                               'json',  'what we do not speak' ],
     [ 'text/html, application/xml',              'html',  'the first of equals' ],
     [ 'text/plain;q=0.5, application/xml;q=0.9', 'xml',   'the higher q' ],
     [ 'text/plain;q=0.5, application/xml',       'xml',   'no q is one' ],
     [ 'text/html;q=0, text/plain;q=0.001',       'plain', 'q=0 is no' ],
     [ 'text/html;level=1;q=0.3, text/plain;q=0.2', 'html', 'other parameters' ],
     [ 'text/html;q=x, text/plain;q=0.1',         'plain', 'a q that cannot be read' ],
     [ 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8', 'html', 'a browser' ],
     [ ',,;q=1,',                                 'json',  'nonsense' ],
     [ '',                                        'json',  'nothing' ]) {
    my ($accept, $format, $name) = @$_;
    is_error(call(GET => $nowhere, defined $accept ? (Accept => $accept) : ()), 404, $format, $no_route, $name);
}
my $head = call(HEAD => $nowhere, Accept => 'text/html');
is $head->code, 404, 'HEAD: 404';
is $head->content, '', 'without a body';
is $head->header('Content-Type'), 'text/html; charset=utf-8', 'of the type that GET has';

my $bare = new_route(undef);
is_error(call(GET => $bare->{paths}[0]), 503, 'json', 'no Service found with those values', 'a route without service');
my $disabled = new_service(enabled => JSON::false());
is_error(call(GET => new_route($disabled)->{paths}[0]), 404, 'json', $no_route, 'a disabled service');
my $dead = new_service(url => 'http://127.0.0.1:' . TestUpstream::free_port(), retries => 0);
my $dead_path = new_route($dead)->{paths}[0];
my $bad_gateway = 'An invalid response was received from the upstream server';
is_error(call(GET => $dead_path), 502, 'plain', $bad_gateway, 'a dead upstream, no Accept');
is_error(call(GET => $dead_path, Accept => 'application/xml'), 502, 'xml', $bad_gateway, 'a dead upstream, XML wanted');
is_error(call(POST => $dead_path, {}, 'Content-Type' => 'application/json'), 502, 'json', $bad_gateway, 'a dead upstream, JSON sent');
is_error(call(GET => $_), 400, 'plain', 'Bad request', $_) for '/%zz', '/%00', '/..', "$bare->{paths}[0]/..%2fx";
is_error(call(GET => '/%00', Accept => 'application/json'), 400, 'json', 'Bad request', 'a path that is none, JSON wanted');
is_error(call(TRACE => $nowhere), 405, 'json', 'Method not allowed', 'TRACE');
my $unresolved = new_service(url => 'http://does-not-exist.invalid', retries => 0);
is_error(call(GET => new_route($unresolved)->{paths}[0]), 503, 'json', 'name resolution failed', 'a host that is none');
my $grpc = call(POST => $nowhere, [ 'application/grpc', '' ]);
is_error($grpc, 404, 'json', $no_route, 'gRPC is HTTP/2: the type of a body alone is nothing');
is $grpc->header('grpc-status'), undef, 'with no status of its own';

# ---- headers ----
sub headers_of {
    my ($res) = @_;
    return join ' ', map { my $v = $res->header($_); !defined $v ? '-' : $v =~ /^$version$/ ? 'us' : $v =~ /^\d+$/ ? 'ms' : $v =~ /^[0-9a-f]{32}$/ ? 'id' : $v }
        qw(Via Server X-Kong-Upstream-Latency X-Kong-Proxy-Latency X-Kong-Response-Latency X-Kong-Request-Id);
}
my $service = new_service();
my $path = new_route($service)->{paths}[0];
is headers_of(call(GET => $path)), 'us upstream ms ms - id', 'proxied: Via, the upstream\'s Server, two latencies, an id';
is headers_of(call(GET => "$path/do/status/503/x")), 'us upstream ms ms - id', 'an error of the upstream too';
is headers_of(call(HEAD => $path)), 'us upstream ms ms - id', 'HEAD too';
like call(GET => "$path/do/header/Via/1.1%20other")->header('Via'), qr{^1\.1(?:%20| )other, $version$}, 'Via is added to';
is headers_of(call(GET => $dead_path)), 'us us ms ms - id', '502 after an attempt: Via, Server of ours';
is headers_of(call(GET => new_route($unresolved)->{paths}[0])), '- us - - ms id', '503 of a host that is none: nothing was proxied';
is headers_of(call(GET => $nowhere)), '- us - - ms id', '404: Server of ours, the time it took';
is headers_of(call(GET => '/%zz')), '- us - - ms id', '400 too';
is headers_of(call(GET => $bare->{paths}[0])), '- us - - ms id', '503 too';
my $raw = raw_request("GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\nAccept: text/html\r\n\r\n");
like $raw, qr{\AHTTP/1\.1 400 .*\r\nServer: $version\r\n.*<p>Bad request\.</p>}s, 'a malformed request too';
isnt call(GET => $path)->header('X-Kong-Request-Id'), call(GET => $path)->header('X-Kong-Request-Id'), 'each has its own id';
my $res = call(GET => $path, 'X-Kong-Request-Id' => 'mine');
is json_of($res)->{headers}{'x-kong-request-id'}, $res->header('X-Kong-Request-Id'), 'the upstream sees the same, whatever the client says';

# ---- https only ----
my %secure = map { $_ => new_route($service, protocols => ['https'], https_redirect_status_code => $_) } 426, 301, 302, 307, 308;
my $upgrade = call(GET => $secure{426}{paths}[0], Accept => 'text/plain');
is_error($upgrade, 426, 'plain', 'Please use HTTPS protocol', '426');
is $upgrade->header('Upgrade'), 'TLS/1.2, HTTP/1.1', 'with Upgrade';
like $upgrade->header('Connection'), qr/\bUpgrade\b/, 'named in Connection';
for my $code (301, 302, 307, 308) {
    my $target = "$secure{$code}{paths}[0]/../$secure{$code}{name}/%61?b=%2f&c";
    my $raw = raw_request("GET $target HTTP/1.1\r\nHost: Shop.test:81\r\nConnection: close\r\n\r\n");
    like $raw, qr{\AHTTP/1\.1 $code }, "https only: $code";
    my ($location) = $raw =~ /^Location: (.*)\r$/m;
    is lc $location, lc "https://shop.test$target", "$code: to the same target, as it came, without the port";
    like $raw, qr{\r\n\r\n\z}, "$code: no body";
    is arrived("$secure{$code}{name}"), 0, "$code: the upstream is not asked";
}
my $moved = $secure{301}{paths}[0];
$raw = raw_request("GET $moved HTTP/1.0\r\n\r\n");
like $raw, qr{^Location: https://[^/\r\n]+\Q$moved\E\r$}m, 'without a Host: to a name of ours';
is call(GET => $secure{426}{paths}[0], 'X-Forwarded-Proto' => 'https')->code, 426, 'a stranger\'s X-Forwarded-Proto does not do';

# ---- a node that says little and trusts us: GwHeaders off, GwTrustedProxies, TLS ----
my $quiet = GatewayNode->start(GatewayNode::own_database(), proxy_extra => "GwHeaders off\nGwTrustedProxies 127.0.0.0/8");
my $s = $quiet->admin_ok(POST => '/services', { url => upstream() });
$quiet->admin_ok(POST => '/routes', { paths => ['/secure'], protocols => ['https'], service => { id => $s->{id} } });
$quiet->admin_ok(POST => '/routes', { paths => ['/plain'], protocols => ['http'], service => { id => $s->{id} } });
is headers_of($quiet->call(GET => '/plain')), '- upstream - - - -', 'GwHeaders off: proxied, only the upstream\'s Server';
my $silent = $quiet->call(GET => '/nowhere');
is $silent->code, 404, 'GwHeaders off: 404';
unlike headers_of($silent), qr/\b(?:us|ms|id)\b/, 'without a word of ours';
is $quiet->call(GET => '/secure')->code, 426, 'https only';
is $quiet->call(GET => '/secure', 'X-Forwarded-Proto' => 'https')->code, 200, 'a trusted proxy\'s word for it does';
is $quiet->call(GET => '/secure', 'X-Forwarded-Proto' => 'http')->code, 426, 'whatever the word is';
my $tls = "https://127.0.0.1:$quiet->{tls_port}";
is h2($tls, '/secure')->code, 200, 'so does TLS';
is h2($tls, '/plain')->code, 200, 'a route for http is served over TLS too';
my $h2 = h2($quiet->proxy_url, '/secure');
is $h2->code, 426, 'over HTTP/2 without TLS it is 426';
ok !defined $h2->header('Upgrade') && !defined $h2->header('Connection'), 'without headers that HTTP/2 does not have';
is h2($quiet->proxy_url, '/nowhere', Accept => 'text/plain')->content, "$no_route\n", 'error bodies over HTTP/2';
my $rpc = h2($quiet->proxy_url, '/nowhere', 'Content-Type' => 'application/grpc', -method => 'POST');
is join(' ', $rpc->code, map { $rpc->header($_) } qw(grpc-status grpc-message)), "404 5 $no_route", 'and for gRPC';
is $rpc->content, '', 'which has none';

my $some = GatewayNode->start(proxy_extra => 'GwHeaders X-Kong-Upstream-Status Via');
$s = $some->admin_ok(POST => '/services', { url => upstream() });
$some->admin_ok(POST => '/routes', { paths => ['/p'], service => { id => $s->{id} } });
is headers_of($some->call(GET => '/p')), 'us upstream - - - -', 'GwHeaders NAME: only those named';
is $some->call(GET => '/p/do/status/418')->header('X-Kong-Upstream-Status'), 418, 'X-Kong-Upstream-Status when asked for';

# ---- Fallthrough: what no route takes is httpd's ----
my $docs = File::Temp->newdir('gw-docs-XXXXXX', TMPDIR => 1);
chmod 0755, "$docs";
GatewayNode::copy_text(__FILE__, "$docs/page.txt", sub { "a page\n" });
my $both = GatewayNode->start(GatewayNode::own_database(), proxy_extra => "GwRouter Fallthrough\nDocumentRoot $docs\nTraceEnable on");
is $both->call(GET => '/page.txt')->content, "a page\n", 'a page of httpd\'s own';
my $missing = $both->call(GET => '/missing');
is $missing->code, 404, 'what neither has';
unlike $missing->content, qr/no Route matched/, 'is httpd\'s affair';
is $both->call(OPTIONS => '/page.txt')->code, 200, 'OPTIONS is httpd\'s too';
is $both->call(TRACE => '/page.txt')->code, 405, 'TRACE is not';
$s = $both->admin_ok(POST => '/services', { url => upstream() });
my $r = $both->admin_ok(POST => '/routes', { paths => ['/page'], service => { id => $s->{id} } });
is json_of($both->call(GET => '/page.txt'))->{path}, '/.txt', 'a route wins over a file at once';
$both->admin_ok(POST => "/routes/$r->{id}/plugins", { name => 'key-auth' });
is $both->call(GET => $_)->code, 401, "$_: its plugins hold" for '/page.txt', '//page.txt', '/%70age.txt', '/x/../page.txt';
$both->admin_ok(DELETE => "/routes/$r->{id}");
is $both->call(GET => '/page.txt')->content, "a page\n", 'without the route it is the file again';
done_testing;
