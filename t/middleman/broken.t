# SPDX-License-Identifier: Apache-2.0
# middleman: hooks that give no answer, or a mad one. As configured, in bounded time; nobody is let through who was not
# meant to be.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use Time::HiRes qw(time sleep);
use GatewayBurst;
use GatewayNode;
use GatewayTest;
use TestHook;
use TestUpstream;

my %answers = (
    nothing => sub { sleep 60 },
    close => sub { \'' },
    drip => sub { \("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc") },
    garbage => sub { \"this is no HTTP at all\r\n\r\n" },
    http09 => sub { \'{"allow":true}' },
    halfstatus => sub { \'HTTP/1.' },
    badstatus => sub { \"HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n" },
    switching => sub { \"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n" },
    badlength => sub { \"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n" },
    badchunk => sub { \"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" },
    headers => sub { \("HTTP/1.1 200 OK\r\n" . join('', map { "X-$_: " . ('h' x 1000) . "\r\n" } 1 .. 200) . "Content-Length: 0\r\n\r\n") },
    header => sub { \("HTTP/1.1 200 OK\r\nX-Long: " . ('h' x 500_000) . "\r\nContent-Length: 0\r\n\r\n") },
    gigabyte => sub { \("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" . ('g' x 8_000_000)) },
    endless => sub { \("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" . ("10000\r\n" . ('g' x 65536) . "\r\n") x 100) },
    deny_gigabyte => sub { \("HTTP/1.1 403 No\r\nContent-Length: 1000000000\r\n\r\n" . ('g' x 8_000_000)) },
    # answers, if odd ones
    redirect => sub { [ 302, { Location => $_[0]{target} }, '{"go":"away"}' ] },
    crlf => sub { \"HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\rX-Evil: 1\r\nWWW-Authenticate: Bearer\r\n X-Evil: 2\r\nX-User: a\rb\r\nContent-Length: 0\r\n\r\n" },
    interim => sub { \"HTTP/1.1 100 Continue\r\nWWW-Authenticate: x\r\n\r\nHTTP/1.1 103 Early\r\nX-User: y\r\n\r\nHTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n" },
    noreason => sub { \"HTTP/1.1 204\r\n\r\n" },
    chunked => sub { \"HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"why\":\"\r\n3\r\nx\"}\r\n0\r\n\r\n" },
    nolength => sub { \"HTTP/1.1 402 Pay\r\n\r\n{\"pay\":1}" },
    old => sub { \"HTTP/1.0 200 OK\r\n\r\n" },
    busy => sub { [ 503, {}, '{"busy":true}' ] },
);
my $hook = TestHook->start(sub { my ($name) = $_[0]{target} =~ m{/(\w+)}; return $answers{$name}->($_[0]) });
my $service = new_service();
my $route = new_route($service);
my $path = $route->{paths}[0];
my $plugin = add_plugin("/services/$service->{id}", middleman => { url => $hook->url('/noreason'), breaker_failures => 0 });
sub configure { return admin_ok(PATCH => "/plugins/$plugin->{id}", { config => {@_} }) }
my $unavailable = '{"message":"Authorization service unavailable"}';

# ---- no answer ----
for my $name (qw(nothing drip close garbage http09 halfstatus badstatus switching badlength badchunk headers header gigabyte endless deny_gigabyte)) {
    my $timeout = $name =~ /nothing|drip/ ? 300 : 20000;
    configure(url => $hook->url("/$name"), on_error => 'deny', timeout => $timeout);
    my $began = time;
    my $res = call(GET => $path);
    is $res->code, 503, "$name: deny";
    is $res->content, $unavailable, "$name: says so";
    is $res->header('Content-Type'), 'application/json; charset=utf-8', "$name: plain JSON";
    configure(on_error => 'allow');
    is call(GET => $path)->code, 200, "$name: allow";
    cmp_ok time - $began, '<', 15, "$name: both in time";
}

# ---- nobody there, no such name ----
for my $url ('http://127.0.0.1:' . TestUpstream::free_port() . '/', 'http://no-such-host.invalid/', 'http://127.0.0.1:1/') {
    configure(url => $url, on_error => 'deny', timeout => 5000);
    is call(GET => $path)->code, 503, "$url: deny";
    is call(POST => $path, [ 'text/plain', 'x' x 200_000 ])->code, 503, "$url: deny a long body";
    configure(on_error => 'allow');
    like call(POST => $path, [ 'text/plain', 'x' x 200_000 ])->content, qr/"body_length":200000/, "$url: allow, the body arrives whole";
}

# ---- odd answers ----
configure(on_error => 'allow', timeout => 20000, upstream_headers => ['X-User']);
for (
    [ redirect => 302, '{"go":"away"}' ], [ interim => 401, '{}' ], [ chunked => 403, '{"why":"x"}' ],
    [ nolength => 402, '{"pay":1}' ], [ noreason => 200 ], [ old => 200 ], [ busy => 503, '{"busy":true}' ],
) {
    my ($name, $status, $body) = @$_;
    configure(url => $hook->url("/$name"));
    $hook->forget;
    my $res = call(GET => $path);
    is $res->code, $status, "$name: $status";
    is $res->content, $body, "$name: body" if defined $body;
    is $res->header('WWW-Authenticate'), undef, "$name: nothing of interim answers";
    is $hook->asked, 1, "$name: asked once, nothing is followed";
}
configure(url => $hook->url('/crlf'));
my $raw = raw_request("GET $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
like $raw, qr/^HTTP\/1\.1 401 /, 'line breaks in headers: the status counts';
unlike $raw, qr/X-Evil|WWW-Authenticate/i, 'the headers do not';

# ---- no proxies of the environment ----
{
    my $proxy = 'http://127.0.0.1:' . TestUpstream::free_port();
    my $node = GatewayNode->start(GatewayNode::own_database(), threads => 16,
        env => { map { $_ => $proxy } qw(http_proxy HTTP_PROXY https_proxy HTTPS_PROXY all_proxy ALL_PROXY) });
    $node->admin_ok(POST => '/services', { name => 's', url => upstream() });
    $node->admin_ok(POST => '/services/s/routes', { paths => ['/s'] });
    $node->admin_ok(POST => '/services/s/plugins', { name => 'middleman', config => { url => $hook->url('/noreason') } });
    $hook->forget;
    is $node->call(GET => '/s')->code, 200, 'proxies of the environment are not asked';
    is $hook->asked, 1, 'the hook is, itself';
}

# ---- a hook that is stopped and comes back ----
configure(url => $hook->url('/noreason'), on_error => 'deny');
is call(GET => $path)->code, 200, 'it answers';
my $port = $hook->{port};
$hook->stop;
is call(GET => $path)->code, 503, 'stopped: 503';
$hook = TestHook->start(sub { 200 }, port => $port);
is call(GET => $path)->code, 200, 'back: 200 at once, without a breaker';

# ---- the breaker ----
$hook->stop;
configure(breaker_failures => 3, breaker_reset => 3600_000, timeout => 20000);
# each child counts for itself, and a kept connection stays with one; nobody is let through meanwhile
is_deeply { map { %{ codes_of(burst(GatewayTest::proxy_port(), $path, connections => 24)) } } 1 .. 5 }, { 503 => 24 }, 'down: 503 by every child';
is_deeply { map { call(GET => $path)->code => 1 } 1 .. 40 }, { 503 => 1 }, 'down: 503, before and after the breaker opens';
$hook = TestHook->start(sub { 200 }, port => $port);
is call(GET => $path)->code, 503, 'open: still 503 though the hook is back' for 1 .. 5;
is $hook->asked, 0, 'it is left alone';
configure(breaker_reset => 50);
is call(GET => $path)->code, 200, 'a changed row begins anew';
$hook->stop;
call(GET => $path) for 1 .. 40;
$hook = TestHook->start(sub { 200 }, port => $port);
my $answered = 0;
eventually { $answered = call(GET => $path)->code == 200 ? $answered + 1 : 0; $answered >= 30 } 'after breaker_reset it is asked again, by all children';

done_testing;
