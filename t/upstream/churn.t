# SPDX-License-Identifier: Apache-2.0
# Targets come and go, turn up and down, and their upstream with them, while clients ask: nobody gets anything but an
# answer of one of the targets, whatever the algorithm.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayLoad;
use GatewayNode;
use TestUpstream;

my @up = map { TestUpstream->start } 1 .. 3;
my @target = map { "127.0.0.1:$_->{port}" } @up;
my $node = GatewayNode->start(threads => 16);
my $dead = '127.0.0.1:' . TestUpstream::free_port();

for my $algorithm ({ algorithm => 'round-robin' }, { algorithm => 'least-connections' }, { hash_on => 'path' }) {
    my $name = unique('up');
    my $what = join ' ', %$algorithm;
    my $passive = { unhealthy => { tcp_failures => 1 }, healthy => { successes => 1 } };
    my $active = { healthy => { interval => 0.05, successes => 1 }, unhealthy => { interval => 0.05, tcp_failures => 1 } };
    $node->admin_ok(POST => '/upstreams', { name => $name, %$algorithm, healthchecks => { passive => $passive, active => $active } });
    $node->admin_ok(POST => "/upstreams/$name/targets", { target => $_ }) for @target[ 0, 1 ];
    my $service = $node->admin_ok(POST => '/services', { name => $name, host => $name });
    $node->admin_ok(POST => '/routes', { name => $name, paths => ["/$name"], service => { id => $service->{id} } });

    my $load = GatewayLoad->start(3, sub { GatewayLoad::fresh_get($node->{proxy_port}, "/$name/$_[0]") });
    for my $round (1 .. 8) {
        $node->admin_ok(POST => "/upstreams/$name/targets", { target => $_ }) for $target[2], $dead, 'localhost:' . $up[0]{port};
        $node->admin_ok(PATCH => "/upstreams/$name/targets/$target[0]", { weight => $round * 10 });
        $node->admin_ok(PUT => "/upstreams/$name/targets/$target[1]/unhealthy");
        $node->admin_ok(PATCH => "/upstreams/$name", { slots => 100 + $round });
        $node->admin_ok(PATCH => "/services/$name", { retries => 5 + $round });
        $node->admin_ok(PUT => "/upstreams/$name/targets/$target[1]/healthy");
        $load->wait_for_steps(3, 60);
        $node->admin_ok(DELETE => "/upstreams/$name/targets/$_") for $target[2], $dead, 'localhost:' . $up[0]{port};
    }
    my $tally = GatewayLoad::tally($load->stop);
    is_deeply [ keys %$tally ], [200], "$what: nothing but answers" or diag join ', ', %$tally;
    $node->admin_ok(DELETE => "/upstreams/$name");
}
unlike $node->log_text, qr/Segmentation|AddressSanitizer|exit signal/, 'and no child has died';
done_testing();
