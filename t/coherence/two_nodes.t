# SPDX-License-Identifier: Apache-2.0
# Two nodes on one Postgres: a change on one is soon in force on the other, told by NOTIFY and not by its timer,
# also when Postgres was gone meanwhile.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayBurst;
use GatewayNode;
use GatewayTest;
use PrivatePostgres;
use Time::HiRes qw(time sleep);

plan skip_all => 'one node is all that SQLite serves' unless is_postgres();

our $cluster = PrivatePostgres->new;
our ($here, $there) = map { GatewayNode->start($cluster->database, threads => 16) } 1 .. 2;
END { undef $here; undef $there; undef $cluster } # in this order
my $service = $here->admin_ok(POST => '/services', { name => unique('svc'), url => upstream() });

# 1 when every child of the node serves it.
sub is_served {
    my ($node, $path, $code) = @_;
    return (codes_of(burst($node->{proxy_port}, $path, connections => 8))->{ $code // 200 } // 0) == 8;
}

# How long until it is; undef when it never is.
sub wait_for {
    my ($node, $path, $code) = @_;
    my $began = time;
    until (is_served($node, $path, $code)) { return undef if time - $began > 10; sleep 0.005 }
    return time - $began;
}

sub tell_each_other {
    my ($when) = @_;
    my $slow = 0;
    for my $round (1 .. 20) {
        my ($name, $what) = (unique('shared'), "$when, round $round");
        $here->admin_ok(POST => '/routes', { name => $name, paths => ["/$name"], service => { id => $service->{id} } });
        my $took = wait_for($there, "/$name");
        ok defined $took, "$what: what one node writes, the other serves";
        $slow++ if ($took // 10) > 0.5;
        $there->admin_ok(DELETE => "/routes/$name");
        ok is_served($there, "/$name", 404), "$what: what the other deletes is gone there at once";
        ok defined wait_for($here, "/$name", 404), "$what: and soon here";
    }
    cmp_ok $slow, '<', 5, "$when: it is not the timer that tells"; # which would take half a second on average
}

tell_each_other('at first');
sub listeners { return $cluster->ask("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'") }
my $listeners = listeners();
cmp_ok $listeners, '>=', 2 * 2, 'each child of both listens';

for my $verb (qw(stop kill)) {
    $cluster->do($verb);
    for my $node ($here, $there) { eventually { $node->admin(GET => '/routes')->code == 503 } "$verb: each node notices that it is gone" }
    $cluster->start;
    for my $node ($here, $there) {
        eventually { $node->admin(PATCH => "/services/$service->{id}", { retries => 3 })->code == 200 } "$verb: each node finds it again";
    }
    eventually { listeners() == $listeners } "$verb: each child listens again";
    tell_each_other("after $verb");
}

# Credentials that the other node has in its cache.
my $route = $here->admin_ok(POST => '/routes', { paths => ['/' . unique('keyed')], service => { id => $service->{id} } });
my $path = $route->{paths}[0];
$here->admin_ok(POST => "/routes/$route->{id}/plugins", { name => 'key-auth' });
my $consumer = $here->admin_ok(POST => '/consumers', { username => unique('user') });
my $key = unique('key');
my $credential = $here->admin_ok(POST => "/consumers/$consumer->{id}/key-auth", { key => $key });
eventually { $there->call(GET => $path, apikey => $key)->code == 200 } 'the other node knows a key';
$here->admin_ok(DELETE => "/consumers/$consumer->{id}/key-auth/$credential->{id}");
eventually { (codes_of(burst($there->{proxy_port}, $path, connections => 8, headers => { apikey => $key }))->{401} // 0) == 8 }
    'and forgets it when it is deleted here';

done_testing;
