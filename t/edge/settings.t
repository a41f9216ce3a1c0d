# SPDX-License-Identifier: Apache-2.0
# Directives that act: what a request sees of a value, beside what it sees of another one. (What httpd says of values
# that it does not take: directives.t.)
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use TestUpstream;
use Tokens qw(token);

# One child each: what one child remembers another one does not.
my $one_child = "StartServers 1\nServerLimit 1\nMaxRequestWorkers 16\nMaxSpareThreads 16\n";
my %node = (
    set => GatewayNode->start(GatewayNode->own_database, threads => 16, extra => <<"CONF"),
${one_child}GwReplayBuffer 1000
GwCacheTTL 1
GwCacheMissTTL 0
GwTokenCacheEntries 0
GwApiVersion 2.8.1
GwAdminHost gw.example.com ops.example.com
GwAdminOrigin https://ops.example.com http://localhost:3000
CONF
    other => GatewayNode->start(GatewayNode->own_database, threads => 16, extra => <<"CONF"),
${one_child}GwReplayBuffer 0
GwCacheMissTTL 3600
CONF
);
my $upstream = TestUpstream->start;
my %consumer;
for my $node (values %node) {
    $node->admin_ok(POST => '/services', { name => 'api', url => $upstream->url });
    $node->admin_ok(POST => '/services/api/routes', { name => $_, paths => ["/$_"] }) for qw(open keys tokens);
    $node->admin_ok(POST => '/routes/keys/plugins', { name => 'key-auth' });
    $node->admin_ok(POST => '/routes/tokens/plugins', { name => 'jwt' });
    $consumer{$node} = $node->admin_ok(POST => '/consumers', { username => 'alice' })->{id};
    $node->admin_ok(POST => '/consumers/alice/key-auth', { key => 'known' });
    $node->admin_ok(POST => '/consumers/alice/jwt', { key => 'issuer', secret => 'hers' });
}

# ---- GwReplayBuffer: bodies that are kept for another attempt ----
for (
    [ set   => 'PUT of more than 1000 bytes',                PUT => 5000,  502, 1 ],
    [ set   => 'PUT of less',                                PUT => 500,   200, 3 ],
    [ other => 'PUT of anything, where nothing is kept',     PUT => 1,     502, 1 ],
    [ other => 'GET, of which nothing needs to be kept',     GET => undef, 200, 3 ],
) {
    my ($name, $title, $method, $bytes, $status, $arrived) = @$_;
    my $key = unique('k');
    my $res = $node{$name}->call($method, "/open/do/fail/$key/2/close", defined $bytes ? [ 'text/plain', 'b' x $bytes ] : ());
    is $res->code, $status, "$title: $status";
    is scalar(grep { index($_->{path}, "/$key/") > 0 } $upstream->requests), $arrived, "$title: attempts that arrived";
}

# ---- GwCacheMissTTL, GwCacheTTL: rows that are changed by a hand that raises no event ----
sub code_of { my ($node, $key) = @_; return $node->call(GET => '/keys', apikey => $key)->code }

my $id = '00000000-0000-4000-8000-00000000000c';
for ([ set => 200, '0: it is not remembered that a key does not exist' ], [ other => 401, '3600: it is remembered' ]) {
    my ($name, $status, $title) = @$_;
    my $node = $node{$name};
    is code_of($node, 'late'), 401, "$name: a key that does not exist";
    $node->change_silently("INSERT INTO keyauth_credentials (id, created_at, consumer_id, key)
        VALUES ('$id', 1, '$consumer{$node}', 'late')"); # nobody says so
    is code_of($node, 'late'), $status, "GwCacheMissTTL $title";
}
for my $node (@node{qw(other set)}) {
    is code_of($node, 'known'), 200, 'a key that is known';
    $node->change_silently("DELETE FROM keyauth_credentials WHERE key = 'known'");
}
eventually { code_of($node{set}, 'known') == 401 } 'GwCacheTTL 1: it is unknown when its time is over';
is code_of($node{other}, 'known'), 200, 'by default it is known until somebody says so';

# ---- GwTokenCacheEntries 0: nothing is remembered, and nothing needs to be ----
my $token = token(claims => { iss => 'issuer' }, key => 'hers');
my $forged = token(claims => { iss => 'issuer' }, key => 'not hers');
is $node{set}->call(GET => '/tokens', Authorization => "Bearer $_->[0]")->code, $_->[1], $_->[2] for
    [ $token, 200, 'GwTokenCacheEntries 0: a token' ], [ $token, 200, 'the same again' ], [ $forged, 401, 'one that is signed by another' ],
    [ $token, 200, 'and again' ];

# ---- GwApiVersion ----
is $node{set}->admin_ok(GET => '/')->{version}, '2.8.1', 'GwApiVersion is what clients are told';
is $node{other}->admin_ok(GET => '/')->{version}, '3.4.1', 'and has a default';
is $node{set}->admin(GET => '/')->header('Server'), $node{other}->admin(GET => '/')->header('Server'), 'Server tells the program itself';

# ---- GwAdminHost, GwAdminOrigin ----
for (
    [ set   => 'gw.example.com',       200 ],
    [ set   => 'ops.example.com:8001', 200 ],
    [ set   => 'x.gw.example.com',     421 ],
    [ set   => 'evil.example.com',     421 ],
    [ other => 'gw.example.com',       421 ],
) {
    my ($name, $host, $status) = @$_;
    my $res = $node{$name}->admin(GET => '/services', undef, Host => $host);
    is $res->code, $status, "$name: Host: $host: $status";
    is json_of($res)->{message}, 'Unknown host', "$name: Host: $host: why" if $status == 421;
}
for (
    [ set   => 'https://ops.example.com',      200 ],
    [ set   => 'http://localhost:3000',        200 ],
    [ set   => 'http://ops.example.com',       403 ],
    [ set   => 'https://ops.example.com:8443', 403 ],
    [ set   => 'https://evil.example.com',     403 ],
    [ other => 'https://ops.example.com',      403 ],
) {
    my ($name, $origin, $status) = @$_;
    my $res = $node{$name}->admin(GET => '/services', undef, Origin => $origin, 'Sec-Fetch-Site' => 'cross-site');
    is $res->code, $status, "$name: Origin: $origin: $status";
    is $res->header('Access-Control-Allow-Origin'), $status == 200 ? $origin : undef, "$name: Origin: $origin: who may read it";
    is json_of($res)->{message}, 'Cross-site request refused', "$name: Origin: $origin: why" if $status == 403;
}
done_testing();
