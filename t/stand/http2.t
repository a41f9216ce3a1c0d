# SPDX-License-Identifier: Apache-2.0
# HTTP/2 clients while upstreams close their kept connections: many streams at once on few connections, and on each MPM.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayLoad;
use GatewayNode;
use GatewayTest;

# How `n` GETs over few HTTP/2 connections, ten at a time, end: { 200 => n }, or "broken".
sub endings {
    my ($node, $path, $n, @arguments) = @_;
    local $ENV{LD_PRELOAD} = '';
    open my $curl, '-|', qw(curl -q -s -k --no-progress-meter --http2 -Z --parallel-max 10 --max-time 60 -w), "%{http_version} %{http_code} %{exitcode}\n",
        @arguments, map { ('-o', '/dev/null', "https://127.0.0.1:$node->{tls_port}$path") } 1 .. $n or die "curl: $!";
    my @lines = <$curl>;
    close $curl;
    return GatewayLoad::tally(map { /^2 (\d+) (\d+)/ && $1 ? ($2 ? 'broken' : $1) : 'broken' } @lines);
}

for my $mpm ('event', 'worker') {
    my $node = GatewayNode->start(GatewayNode::own_database(), mpm => $mpm);
    my $service = $node->admin_ok(POST => '/services', { url => upstream() });
    $node->admin_ok(POST => '/routes', { paths => ['/p'], service => { id => $service->{id} } });
    is_deeply endings($node, '/p/x', 200), { 200 => 200 }, "$mpm: 200 streams";
    is_deeply endings($node, '/p/do/echo', 40, '--data-binary', 'x' x 20000), { 200 => 40 }, "$mpm: bodies";
    is_deeply endings($node, '/p/do/closing', 200), { 200 => 200 }, "$mpm: an upstream that closes after each answer";
    for my $round (1 .. 5) { # from here on only what may be done twice: whatever is in the pool answers the next request with a close
        is_deeply endings($node, '/p/do/lastone', 20), { 200 => 20 }, "$mpm: round $round: connections that will be closed";
        is_deeply endings($node, '/p/x', 20), { 200 => 20 }, "$mpm: round $round: are used again, and tried again";
    }
    is_deeply endings($node, '/p/do/bytes/300000', 40), { 200 => 40 }, "$mpm: large answers";
    is_deeply endings($node, '/p/do/half/10', 10), { broken => 10 }, "$mpm: half an answer is no whole one";
    is_deeply endings($node, '/p/do/close', 10), { 502 => 10 }, "$mpm: no answer is 502";
    is_deeply endings($node, '/nowhere', 50), { 404 => 50 }, "$mpm: refusals";
    # A change of routes below streams that are under way.
    my $load = GatewayLoad->start(2, sub { join ',', %{ endings($node, '/p/do/slow/20', 20) } });
    for (1 .. 10) {
        my $route = $node->admin_ok(POST => '/routes', { paths => [ '/' . unique('r') ], service => { id => $service->{id} } });
        $node->admin_ok(DELETE => "/routes/$route->{id}");
        $load->wait_for_steps(1);
    }
    is_deeply [ grep { $_ ne '200,20' } $load->stop ], [], "$mpm: changes below streams that are under way";
    is $node->call(GET => '/p/x')->code, 200, "$mpm: HTTP/1.1 goes on beside it";
    unlike $node->log_text, qr/Segmentation fault|core dumped|AddressSanitizer|exit signal/, "$mpm: nobody crashed";
}
done_testing;
