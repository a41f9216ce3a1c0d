# SPDX-License-Identifier: Apache-2.0
# Services that change while requests run: connections are pooled and shared by what matters, changed at once, and
# nothing piles up.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;
use TestUpstream;
use POSIX ();

my $node = GatewayNode->start(threads => 16);
my ($one, $two) = map { TestUpstream->start } 1 .. 2;

sub node_route {
    my %f = @_;
    my $name = unique('w');
    my $service = $node->admin_ok(POST => '/services', { name => $name, %f });
    my $route = $node->admin_ok(POST => '/routes', { name => $name, paths => ["/$name"], service => { id => $service->{id} } });
    return ("/$name", $service, $route);
}

# For processes of their own, which must not share the suite's kept-alive connections: the status of GET.
sub status_of {
    my ($path) = @_;
    my $raw = raw_request("GET $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", port => $node->{proxy_port});
    return $raw =~ m{\AHTTP/1\.1 (\d+)} ? $1 : 0;
}

# Pooling: requests one after the other need no more connections than there are children.
my ($path, $service) = node_route(url => $one->url);
my %connections = map { json_of($node->call(GET => "$path/x"))->{connection} => 1 } 1 .. 40;
cmp_ok scalar(keys %connections), '<=', $node->children, 'connections to the upstream are used again';
my ($same) = node_route(url => $one->url);
my %shared = map { json_of($node->call(GET => "$same/x"))->{connection} => 1 } 1 .. 20;
is scalar(grep { $connections{$_} } keys %shared), scalar keys %shared, 'services that agree share them';
my ($other) = node_route(url => $one->url, read_timeout => 1234);
my %own = map { json_of($node->call(GET => "$other/x"))->{connection} => 1 } 1 .. 20;
is scalar(grep { $connections{$_} } keys %own), 0, 'services with other timeouts do not';

# A change of address is in force with the answer.
for my $round (1 .. 10) {
    my $upstream = $round % 2 ? $two : $one;
    $node->admin_ok(PATCH => "/services/$service->{id}", { url => $upstream->url });
    my @ports = map { json_of($node->call(GET => "$path/x"))->{port} } 1 .. 3;
    is_deeply \@ports, [ ($upstream->{port}) x 3 ], "change $round is in force at once";
}
# So is one of a timeout.
$node->admin_ok(PATCH => "/services/$service->{id}", { read_timeout => 200, retries => 0 });
is $node->call(GET => "$path/do/slow/2000")->code, 504, 'a shorter timeout counts for pooled connections too';
$node->admin_ok(PATCH => "/services/$service->{id}", { read_timeout => 5000 });
is $node->call(GET => "$path/do/slow/400")->code, 200, 'so does a longer one';

# Services that go while they are used: what began is finished.
my ($gone, $gone_service, $gone_route) = node_route(url => $one->url);
my $pid = fork // die "fork: $!";
if ($pid == 0) {
    POSIX::_exit(status_of("$gone/do/slow/1500") == 200 ? 0 : 1);
}
eventually { grep { $_->{path} eq '/do/slow/1500' } $one->requests } 'a slow request has arrived';
$node->admin_ok(DELETE => "/routes/$gone_route->{id}");
$node->admin_ok(DELETE => "/services/$gone_service->{id}");
is $node->call(GET => "$gone/x")->code, 404, 'the route is gone';
waitpid $pid, 0;
is $?, 0, 'the request that was under way is finished';

# Churn under load: no failures, no sockets left behind.
sub nsockets {
    my $n = 0;
    for my $child ($node->children) {
        opendir my $d, "/proc/$child/fd" or next;
        $n += grep { (readlink("/proc/$child/fd/$_") // '') =~ /^socket/ } readdir $d;
    }
    return $n;
}
my ($steady) = node_route(url => $one->url);
my @load = map {
    my $load = fork // die "fork: $!";
    if ($load == 0) {
        my $failed = 0;
        my $until = time + 5;
        while (time < $until) { $failed++ if status_of("$steady/x") != 200 }
        POSIX::_exit($failed ? 1 : 0);
    }
    $load;
} 1 .. 3;
my $sockets = nsockets();
my $bad = 0;
for my $i (1 .. 60) {
    my ($p, $s, $r) = node_route(url => $i % 2 ? $one->url : $two->url, read_timeout => 10_000 + $i);
    $bad++ if $node->call(GET => "$p/x")->code != 200;
    $node->admin_ok(DELETE => "/routes/$r->{id}");
    $node->admin_ok(DELETE => "/services/$s->{id}");
}
my $failed = 0;
for (@load) {
    waitpid $_, 0;
    $failed++ if $?;
}
is $failed, 0, 'steady traffic did not notice';
is $bad, 0, 'new services answered while others went';
SKIP: {
    skip 'no /proc here', 1 if !$sockets;
    eventually { nsockets() < $sockets + 30 } 'workers of services that are gone gave their connections back';
}
is $node->call(GET => "$steady/x")->code, 200, 'and the steady one goes on';
unlike $node->log_text, qr/exit signal|core dump|AddressSanitizer/, 'no child has died';
done_testing();
