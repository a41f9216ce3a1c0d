# SPDX-License-Identifier: Apache-2.0
# Two nodes on one Postgres: a change on one is soon in force on the other, told by NOTIFY and not by its timer.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayBurst;
use GatewayNode;
use GatewayTest;
use Time::HiRes qw(time sleep);

plan skip_all => 'one node is all that SQLite serves' unless is_postgres();

my @database = (GatewayNode->own_database, threads => 16);
my ($here, $there) = map { GatewayNode->start(@database) } 1 .. 2;
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

my $slow = 0;
for my $round (1 .. 20) {
    my $name = unique('shared');
    $here->admin_ok(POST => '/routes', { name => $name, paths => ["/$name"], service => { id => $service->{id} } });
    my $took = wait_for($there, "/$name");
    ok defined $took, "round $round: what one node writes, the other serves";
    $slow++ if ($took // 10) > 0.5;
    $there->admin_ok(DELETE => "/routes/$name");
    ok is_served($there, "/$name", 404), "round $round: what the other deletes is gone there at once";
    ok defined wait_for($here, "/$name", 404), "round $round: and soon here";
}
cmp_ok $slow, '<', 5, 'it is not the timer that tells'; # which would take half a second on average

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
