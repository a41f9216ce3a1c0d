# SPDX-License-Identifier: Apache-2.0
# Sessions on all children and all nodes: the cookie opens everywhere as soon as it has left, a logout ends it
# everywhere, and neither a restart nor a generated secret comes in between. SQLite serves one node of several children.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use Browser;
use GatewayBurst;
use GatewayNode;
use GatewayTest;
use IO::Socket::INET;

my @database = is_postgres() ? GatewayNode::own_database() : ();
my @nodes = map { GatewayNode->start(@database, threads => 16) } 1 .. (is_postgres() ? 2 : 1);
my ($here, $there) = @nodes[0, -1];
my $n = 16;

my ($fiona, $anonymous) = map { $here->admin_ok(POST => '/consumers', { username => $_ }) } qw(fiona anonymous);
$here->admin_ok(POST => '/consumers/fiona/key-auth', { key => 'open_sesame' });
for my $storage (qw(cookie kong)) {
    my $service = $here->admin_ok(POST => '/services', { name => $storage, url => upstream() });
    $here->admin_ok(POST => '/routes', { name => $storage, paths => ["/$storage"], service => { id => $service->{id} } });
    my @plugins = (
        { name => 'session', config => { storage => $storage, cookie_secure => JSON::false() } }, # without a secret
        { name => 'key-auth', config => { anonymous => $anonymous->{id} } },
        { name => 'request-termination', config => { status_code => 403 }, consumer => { id => $anonymous->{id} } },
    );
    $here->admin_ok(POST => "/services/$storage/plugins", $_) for @plugins;
}
# Not before every child of every node knows all of it.
sub codes { my ($node, $path, %headers) = @_; return codes_of(burst($node->{proxy_port}, $path, connections => $n, headers => \%headers)) }
for my $node (@nodes) {
    for my $storage (qw(cookie kong)) {
        eventually { (codes($node, "/$storage")->{403} // 0) == $n && (codes($node, "/$storage", apikey => 'open_sesame')->{200} // 0) == $n }
            "$storage: a node is ready";
    }
}

for my $storage (qw(cookie kong)) {
    my $browser = Browser->new($here->proxy_url);
    is $browser->go(GET => "/$storage")->code, 403, "$storage: a stranger";
    for my $round (1 .. 5) {
        is $browser->go(GET => "/$storage?apikey=open_sesame")->code, 200, "$storage: login on one node ($round)";
        my $cookie = $browser->cookie('session');
        is_deeply codes($there, "/$storage", Cookie => "session=$cookie"), { 200 => $n }, "$storage: at once good on each child of the other";
        is $browser->at($there->proxy_url)->go(GET => "/$storage")->code, 200, "$storage: in the browser too";
        is $browser->at($there->proxy_url)->go(DELETE => "/$storage?session_logout=1")->code, 200, "$storage: logout there";
        is_deeply codes($there, "/$storage", Cookie => "session=$cookie"), { 403 => $n }, "$storage: the old cookie is dead there at once";
        my $dead = 0; # one look may meet one child alone
        eventually { $dead = (codes($here, "/$storage", Cookie => "session=$cookie")->{403} // 0) == $n ? $dead + 1 : 0; $dead >= 3 } "$storage: and soon here";
        is_deeply codes($here, "/$storage", Cookie => "session=$cookie"), { 403 => $n }, "$storage: for good";
        is $browser->go(GET => "/$storage")->code, 403, "$storage: a stranger again";
    }
}

# Time for a renewal, and requests with one cookie at all nodes at once: one session, whoever was the quickest.
$here->admin_ok(POST => '/services', { name => 'renewing', url => upstream() });
$here->admin_ok(POST => '/services/renewing/routes', { paths => ['/renewing'] });
$here->admin_ok(POST => '/services/renewing/plugins', $_) for { name => 'session', config => { storage => 'kong', cookie_secure => JSON::false(), cookie_renew => 3600,
    response_headers => ['id'] } }, { name => 'key-auth', config => { anonymous => 'anonymous' } }, { name => 'request-termination', consumer => { id => $anonymous->{id} } };
for my $node (@nodes) {
    eventually { (codes($node, '/renewing', apikey => 'open_sesame')->{200} // 0) == $n } 'renewal: a node is ready';
}
for my $round (1 .. 3) {
    my $browser = Browser->new($here->proxy_url);
    $browser->go(GET => '/renewing?apikey=open_sesame');
    my $old = $browser->cookie('session');
    my $ask = sub { my ($cookie) = @_; return "GET /renewing HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: session=$cookie\r\n\r\n" };
    my @sockets = map { my $node = $_; map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $node->{proxy_port}) or die "connect: $!" } 1 .. 8 } @nodes, @nodes;
    $_->syswrite($ask->($old)) for @sockets;
    my @answers = map { my $socket = $_; local $/; scalar <$socket> // '' } @sockets;
    is_deeply codes_of(@answers), { 200 => scalar @sockets }, "renewal: all are answered ($round)";
    my %id = map { /^Session-Id: (\S+)/mi ? ($1 => 1) : () } @answers;
    is scalar(keys %id), 1, "renewal: one session ($round)";
    my @fresh = map { /^Set-Cookie: session=([^;\s]+)/mi ? $1 : () } @answers;
    cmp_ok scalar(@fresh), '>=', 1, "renewal: new cookies ($round)";
    for my $node (@nodes) {
        is_deeply codes($node, '/renewing', Cookie => "session=$_"), { 200 => $n }, "renewal: good everywhere ($round)" for $fresh[0], $fresh[-1], $old;
    }
}

# Restarts: graceful, and from nothing. Generated secrets stand in the plugins' rows.
my %cookie;
for my $storage (qw(cookie kong)) {
    my $browser = Browser->new($here->proxy_url);
    $browser->go(GET => "/$storage?apikey=open_sesame");
    $cookie{$storage} = $browser->cookie('session');
}
$here->graceful;
for my $storage (qw(cookie kong)) {
    is_deeply codes($here, "/$storage", Cookie => "session=$cookie{$storage}"), { 200 => $n }, "$storage: over a graceful restart ($_)" for 1 .. 5;
}
for my $node (@nodes) {
    $node->stop;
    $node->launch->wait_until_up;
}
for my $storage (qw(cookie kong)) {
    for my $node (@nodes) {
        eventually { codes($node, "/$storage")->{403} } "$storage: the node is back";
        is_deeply codes($node, "/$storage", Cookie => "session=$cookie{$storage}"), { 200 => $n }, "$storage: over a restart of all nodes";
    }
    my $plugin = (grep { $_->{name} eq 'session' } @{ $here->admin_ok(GET => "/services/$storage/plugins")->{data} })[0];
    is length $plugin->{config}{secret}, 44, "$storage: the secret that was generated";
    $here->admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { rolling_timeout => 1800 } });
    is $here->admin_ok(GET => "/plugins/$plugin->{id}")->{config}{secret}, $plugin->{config}{secret}, "$storage: stays over a PATCH";
    is_deeply codes($here, "/$storage", Cookie => "session=$cookie{$storage}"), { 200 => $n }, "$storage: as do sessions";
    $here->admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { secret => 'another one' } });
    is_deeply codes($here, "/$storage", Cookie => "session=$cookie{$storage}"), { 403 => $n }, "$storage: another secret ends them";
}
done_testing();
