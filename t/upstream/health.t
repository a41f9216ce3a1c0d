# SPDX-License-Identifier: Apache-2.0
# Health of targets: what requests and probes find out, what people say, what is shown; shared by all children of a node
# and kept over graceful restarts (docs/upstreams.md; contract admin-api.md 7).
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;
use TestUpstream;

my @up = map { TestUpstream->start } 1 .. 2;
my $node = GatewayNode->start;

sub target { return "127.0.0.1:" . (ref $_[0] ? $_[0]{port} : $_[0]) }

# An upstream, its service and route on the node: (path, upstream's name).
sub group {
    my ($upstream, $targets, $service) = @_;
    my $name = unique('up');
    $node->admin_ok(POST => '/upstreams', { name => $name, %$upstream });
    $node->admin_ok(POST => "/upstreams/$name/targets", { target => $_ }) for @$targets;
    my $s = $node->admin_ok(POST => '/services', { name => $name, host => $name, %{ $service // {} } });
    $node->admin_ok(POST => '/routes', { name => $name, paths => ["/$name"], service => { id => $s->{id} } });
    return ("/$name", $name);
}

sub health {
    my ($name) = @_;
    return { map { ($_->{target} => $_->{health}) } @{ $node->admin_ok(GET => "/upstreams/$name/health")->{data} } };
}

sub whole { return $node->admin_ok(GET => "/upstreams/$_[0]/health?balancer_health=1")->{data}{health} }

# The ports that answered n requests, sorted.
sub ports {
    my ($path, $n) = @_;
    my %seen;
    for (1 .. $n) {
        my $res = $node->call(GET => $path);
        $seen{ $res->code == 200 ? (json_of($res)->{headers}{host} =~ /:(\d+)$/)[0] : $res->code }++;
    }
    return [ sort keys %seen ];
}
my $both = [ sort map { $_->{port} } @up ];
my ($a, $b) = map { target($_) } @up;

# ---- off ----
my ($path, $name) = group({}, [ $a, 'no-such-host.invalid:80' ]);
is_deeply health($name), { $a => 'HEALTHCHECKS_OFF', 'no-such-host.invalid:80' => 'DNS_ERROR' }, 'health checks are off';
is whole($name), 'HEALTHCHECKS_OFF', 'as a whole';
for my $word (qw(healthy unhealthy)) {
    my $res = $node->admin(PUT => "/upstreams/$name/targets/$a/$word");
    is $res->code, 400, "$word without health checks: 400";
    is json_of($res)->{message}, "no healthchecker found for $name", 'and why';
}
is $node->admin(GET => '/upstreams/none-such/health')->code, 404, 'health of nothing';

# ---- what people say ----
my $passive = sub { return { healthchecks => { passive => { unhealthy => {@_}, healthy => { successes => 1 } } } } };
($path, $name) = group($passive->(http_failures => 1), [ $a, $b ]);
is_deeply health($name), { $a => 'HEALTHY', $b => 'HEALTHY' }, 'all is well at first';
is_deeply ports($path, 30), $both, 'both are asked';
is $node->admin(PUT => "/upstreams/$name/targets/$a/unhealthy")->code, 204, 'PUT unhealthy';
is_deeply health($name), { $a => 'UNHEALTHY', $b => 'HEALTHY' }, 'it is';
is_deeply ports($path, 30), [ $up[1]{port} ], 'and gets no request of any child';
is $node->admin(PUT => "/upstreams/$name/targets/$a/$_")->code, 204, "PUT $_" for "127.0.0.1/healthy";
is_deeply health($name), { $a => 'HEALTHY', $b => 'HEALTHY' }, 'by its address';
is $node->admin(PUT => "/upstreams/$name/targets/$a/$a/unhealthy")->code, 204, 'by address and port';
is_deeply health($name), { $a => 'UNHEALTHY', $b => 'HEALTHY' }, 'is the same';
is $node->admin(PUT => "/upstreams/$name/targets/$_")->code, 404, "PUT $_: 404" for "$a/10.9.9.9/healthy", '10.9.9.9:1/healthy', "$a/127.0.0.1:1/healthy";
is $node->admin(GET => "/upstreams/$name/targets/$a/healthy")->code, 405, 'GET of it: 405';
is whole($name), 'HEALTHY', 'one is enough for the whole';
$node->admin_ok(PUT => "/upstreams/$name/targets/$b/unhealthy");
is whole($name), 'UNHEALTHY', 'none is not';
my $res = $node->call(GET => $path);
is $res->code, 503, 'all are down: 503';
is json_of($res)->{message}, 'failure to get a peer from the ring-balancer', 'with its message';

my $page = $node->admin_ok(GET => "/upstreams/$name/health?size=1");
is @{ $page->{data} }, 1, 'a page of it';
like $page->{next}, qr{^/upstreams/[0-9a-f-]{36}/health\?offset=}, 'leads to the next';
is @{ $node->admin_ok(GET => $page->{next})->{data} }, 1, 'which is one, too';

# A row of /health is the target's, and says more.
my ($row) = grep { $_->{target} eq $a } @{ $node->admin_ok(GET => "/upstreams/$name/health")->{data} };
is_deeply $row->{data}, { dns => 'none', host => '127.0.0.1', port => $up[0]{port}, nodeWeight => 100,
    weight => { total => 100, available => 0, unavailable => 100 },
    addresses => [ { ip => '127.0.0.1', port => $up[0]{port}, weight => 100, health => 'UNHEALTHY' } ] }, 'addresses and weights';
like $node->admin_ok(GET => "/upstreams/$name/health")->{node_id}, qr/^[0-9a-f-]{36}$/, 'and which node says so';

# ---- graceful restart: what is known stays known ----
my @before = $node->children;
$node->graceful;
eventually { my %now = map { ($_ => 1) } $node->children; keys %now && !grep { $now{$_} } @before } 'all children are new', 60;
$node->wait_until_up;
is_deeply health($name), { $a => 'UNHEALTHY', $b => 'UNHEALTHY' }, 'health outlives a graceful restart';
$node->admin_ok(PUT => "/upstreams/$name/targets/$_/healthy") for $a, $b;
is_deeply ports($path, 30), $both, 'healthy again';

# ---- what requests meet: answers ----
($path, $name) = group($passive->(http_failures => 2, http_statuses => [500]), [ $a, $b ]);
$node->call(GET => "$path/do/status/500") for 1 .. 30;
is_deeply health($name), { $a => 'UNHEALTHY', $b => 'UNHEALTHY' }, 'errors add up, whichever child met them';
is $node->call(GET => $path)->code, 503, 'nobody is left';
like $node->log_text, qr/GW1701\) ?|GW1701: upstream: a target is unhealthy by what requests met \(upstream=\Q$name\E/, 'the log tells';
# Three, not two: an answer is with the client a little before it is counted.
($path, $name) = group($passive->(http_failures => 3, http_statuses => [500]), [$a]);
for (1 .. 10) { $node->call(GET => "$path/do/status/500"); $node->call(GET => $path) }
is_deeply health($name), { $a => 'HEALTHY' }, 'a success between two failures: they are not counted together';

# ---- what requests meet: connections and time ----
my $dead = target(TestUpstream::free_port());
($path, $name) = group($passive->(tcp_failures => 1), [ $a, $dead ]);
is_deeply ports($path, 20), [ $up[0]{port} ], 'clients notice nothing';
is_deeply health($name), { $a => 'HEALTHY', $dead => 'UNHEALTHY' }, 'but the dead target is known';
($path, $name) = group($passive->(tcp_failures => 1), [$a]);
is $node->call(GET => "$path/do/garbage")->code, 502, 'no HTTP';
is_deeply health($name), { $a => 'UNHEALTHY' }, 'is a failure';
($path, $name) = group($passive->(timeouts => 1), [$a], { read_timeout => 300, retries => 0 });
is $node->call(GET => "$path/do/slow/5000")->code, 504, 'no answer in time';
is_deeply health($name), { $a => 'UNHEALTHY' }, 'is a timeout';

# ---- threshold ----
($path, $name) = group({ healthchecks => { threshold => 60, passive => { unhealthy => { http_failures => 1 } } } }, [ $a, $b ]);
is $node->call(GET => $path)->code, 200, 'above the threshold';
$node->admin_ok(PUT => "/upstreams/$name/targets/$b/unhealthy");
is $node->call(GET => $path)->code, 503, 'below it nobody gets anything, though one target is up';
is whole($name), 'UNHEALTHY', 'and it is called unhealthy';

# ---- probes ----
my %often = (interval => 0.1);
sub active {
    my (%f) = @_;
    return { healthchecks => { active => { timeout => 5, healthy => { %often, successes => 1 },
        unhealthy => { %often, tcp_failures => 2, http_failures => 2, timeouts => 2 }, %f } } };
}
my $mortal = TestUpstream->start;
my $m = target($mortal);
($path, $name) = group(active(headers => { 'X-Probe' => [ 'a', 'b' ] }, http_path => '/probe'), [ $a, $m ]);
eventually { scalar grep { $_->{path} =~ m{^/probe} } $mortal->requests } 'probes arrive';
my ($probe) = grep { $_->{path} =~ m{^/probe} } $mortal->requests;
is $probe->{headers}{host}, $m, 'Host is the target';
like $probe->{headers}{'x-probe'}, qr/a.*b/s, 'with the headers of the upstream';
is $probe->{path}, '/probe', 'for its path';
is_deeply health($name), { $a => 'HEALTHY', $m => 'HEALTHY' }, 'they are well';
my $port = $mortal->{port};
$mortal->stop;
eventually { health($name)->{$m} eq 'UNHEALTHY' } 'a target that dies is found out without a request';
is_deeply ports($path, 20), [ $up[0]{port} ], 'and gets none';
$mortal = TestUpstream->start(port => $port);
eventually { health($name)->{$m} eq 'HEALTHY' } 'a target that comes back, too';
eventually { @{ ports($path, 10) } == 2 } 'and gets its share again';

($path, $name) = group(active(http_path => '/do/status/500'), [$a]);
eventually { health($name)->{$a} eq 'UNHEALTHY' } 'an answer of unhealthy.http_statuses';
$node->admin_ok(PATCH => "/upstreams/$name", { healthchecks => { active => { http_path => '/' } } });
eventually { health($name)->{$a} eq 'HEALTHY' } 'an answer of healthy.http_statuses';
$node->admin_ok(PATCH => "/upstreams/$name", { healthchecks => { active => { http_path => '/do/garbage' } } });
eventually { health($name)->{$a} eq 'UNHEALTHY' } 'no HTTP is a failure';
$node->admin_ok(PATCH => "/upstreams/$name", { healthchecks => { active => { type => 'tcp' } } });
eventually { health($name)->{$a} eq 'HEALTHY' } 'tcp: a connection is enough';
$node->admin_ok(PATCH => "/upstreams/$name", { healthchecks => { active => { type => 'http', http_path => '/do/slow/9000', timeout => 0.2 } } });
eventually { health($name)->{$a} eq 'UNHEALTHY' } 'timeouts count';

# With TLS: a certificate that nobody trusts is a failure unless it is not looked at.
my ($cert, $key, $dir) = TestUpstream::certificate('DNS:localhost', 'IP:127.0.0.1');
my $tls = TestUpstream->start(tls => [ $cert, $key ]);
my $t = target($tls);
($path, $name) = group(active(type => 'https'), [$t]);
eventually { health($name)->{$t} eq 'UNHEALTHY' } 'https: the certificate is verified';
$node->admin_ok(PATCH => "/upstreams/$name", { healthchecks => { active => { https_verify_certificate => JSON::false() } } });
eventually { health($name)->{$t} eq 'HEALTHY' } 'unless https_verify_certificate is false';
done_testing();
