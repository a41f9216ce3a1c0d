# SPDX-License-Identifier: Apache-2.0
# Upstreams in other places: a declarative document, targets with TLS, websockets, a name with several services.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;
use TestUpstream;

my $up = TestUpstream->start;

# ---- declarative ----
my $node = GatewayNode->start(threads => 16, extra => 'GwDeclarativeConfig none');
my $res = $node->admin(POST => '/config', {
    _format_version => '3.0',
    upstreams => [ { name => 'books', healthchecks => { passive => { unhealthy => { http_failures => 1 } } },
        targets => [ { target => "127.0.0.1:$up->{port}" }, { target => '127.0.0.1:1', weight => 0 } ] } ],
    services => [ { name => 'books', host => 'books', routes => [ { name => 'books', paths => ['/books'] } ] } ],
});
is $res->code, 201, 'a document with an upstream and its targets' or diag $res->content;
is $node->call(GET => '/books')->code, 200, 'is served';
is $node->admin(POST => '/upstreams/books/targets', { target => 'x:1' })->code, 405, 'rows cannot be written then';
is $node->admin(PUT => "/upstreams/books/targets/127.0.0.1:$up->{port}/unhealthy")->code, 204, 'but health can';
is $node->call(GET => '/books')->code, 503, 'and counts';
undef $node;

# ---- TLS to targets ----
my ($cert, $key, $dir) = TestUpstream::certificate('DNS:localhost', 'IP:127.0.0.1');
my ($other_cert, $other_key, $other_dir) = TestUpstream::certificate('DNS:elsewhere.example');
my $foreign = TestUpstream->start(tls => [ $other_cert, $other_key ]);
my $tls = TestUpstream->start(tls => [ $cert, $key ]);
{
    system("cat $cert $other_cert > $dir/both.pem") == 0 or die 'cat';
    local $ENV{SSL_CERT_FILE} = "$dir/both.pem";
    $node = GatewayNode->start(threads => 16);
}
my ($by_name, $by_address) = (unique('up'), unique('up'));
for ([ $by_name, 'localhost' ], [ $by_address, '127.0.0.1' ]) {
    my ($name, $host) = @$_;
    $node->admin_ok(POST => '/upstreams', { name => $name });
    $node->admin_ok(POST => "/upstreams/$name/targets", { target => "$host:$tls->{port}" });
    my $service = $node->admin_ok(POST => '/services', { name => $name, url => "https://$name/", tls_verify => JSON::false() });
    $node->admin_ok(POST => '/routes', { name => $name, paths => ["/$name"], service => { id => $service->{id} } });
    my $res = $node->call(GET => "/$name");
    is $res->code, 200, "https to $host";
    is json_of($res)->{headers}{host}, "$host:$tls->{port}", 'Host is the target';
    is json_of($res)->{tls}{sni} // '', $host eq 'localhost' ? 'localhost' : '', 'SNI is its name; an address has none';
    $node->admin_ok(PATCH => "/services/$service->{id}", { tls_verify => JSON::true() });
    is $node->call(GET => "/$name")->code, 200, 'tls_verify: the certificate speaks of the target';
    $node->admin_ok(DELETE => "/upstreams/$name/targets/$host:$tls->{port}");
    $node->admin_ok(POST => "/upstreams/$name/targets", { target => "$host:$foreign->{port}" });
    is $node->call(GET => "/$name")->code, 502, 'one that speaks of somebody else is refused';
}

# ---- two services, one upstream ----
my $name = unique('up');
admin_ok(POST => '/upstreams', { name => $name });
admin_ok(POST => "/upstreams/$name/targets", { target => "127.0.0.1:$up->{port}" });
my @routes = map { new_route(new_service(url => "http://$name$_")) } '/one', '/two';
is_deeply [ map { json_of(call(GET => "/$_->{name}/x"))->{path} } @routes ], [ '/one/x', '/two/x' ], 'each with its own path';
is json_of(call(GET => "/$routes[0]{name}/x%20y?q=1%2F2"))->{target}, '/one/x%20y?q=1%2F2', 'paths and queries go as they are';
my $answer = raw_request("GET /$routes[0]{name}/ HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        . "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", until => qr/\r\n\r\n/);
like $answer, qr{^HTTP/1\.1 101 }, 'websockets';
done_testing();
