# SPDX-License-Identifier: Apache-2.0
# Children do not grow: thousands of keys that exist, and more that do not, of routes that come and go, of tokens.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use Tokens qw(token);

plan skip_all => 'a sanitizer keeps what is freed' if $ENV{GW_SANITIZED};

my $node = GatewayNode->start(GatewayNode::own_database(), threads => 8,
    extra => "StartServers 1\nServerLimit 1\nThreadLimit 8\nMaxRequestWorkers 8\nMaxSpareThreads 8\nGwCacheBytes 1000000\nGwTokenCacheEntries 500\n"
        . "MaxMemFree 256\n");
my $service = $node->admin_ok(POST => '/services', { url => upstream() });
my %path;
for my $plugin ('key-auth', 'jwt') {
    my $route = $node->admin_ok(POST => '/routes', { paths => [ '/' . unique($plugin) ], service => { id => $service->{id} } });
    $node->admin_ok(POST => "/routes/$route->{id}/plugins", { name => $plugin });
    $path{$plugin} = $route->{paths}[0];
}
my $consumer = $node->admin_ok(POST => '/consumers', { username => 'user' });
$node->admin_ok(POST => "/consumers/$consumer->{id}/jwt", { key => 'iss', secret => 'secret' });

# Requests on one connection, 50 at a time; how often each status came.
sub ask_all {
    my ($path, $name, @values) = @_;
    my %count;
    while (my @some = splice @values, 0, 50) {
        my $bytes = join '', map { "GET $path HTTP/1.1\r\nHost: x\r\n$name: $some[$_]\r\n" . ($_ == $#some ? "Connection: close\r\n" : '') . "\r\n" } 0 .. $#some;
        $count{$_}++ for raw_request($bytes, port => $node->{proxy_port}, wait => 60) =~ m{HTTP/1\.1 (\d{3}) [A-Z]}g;
    }
    return \%count;
}
# Memory of the children that is their own, in kB.
sub memory {
    my $kb = 0;
    for my $pid ($node->children) {
        open my $in, '<', "/proc/$pid/smaps_rollup" or next;
        local $/;
        my $text = <$in> // next;
        $kb += $1 while $text =~ /^Private_(?:Dirty|Clean): +(\d+)/mg;
    }
    return $kb;
}
plan skip_all => 'no /proc to look at' unless memory();

my $serial = 0;
sub churn {
    my ($n) = @_;
    is_deeply ask_all($path{'key-auth'}, apikey => map { 'unknown-key-' . ++$serial . 'x' x 100 } 1 .. 10 * $n), { 401 => 10 * $n }, 'unknown keys';
    is_deeply ask_all($path{jwt}, Authorization => map { 'Bearer ' . token(claims => { iss => 'iss', n => ++$serial, pad => 'x' x 300 }) } 1 .. 5 * $n), { 200 => 5 * $n }, 'tokens';
    my @keys = map { $node->admin_ok(POST => "/consumers/$consumer->{id}/key-auth", {})->{key} } 1 .. $n;
    is_deeply ask_all($path{'key-auth'}, apikey => @keys), { 200 => $n }, 'keys that have just been made';
    for (1 .. $n / 2) {
        my $route = $node->admin_ok(POST => '/routes', { paths => [ '/' . unique('r') ], service => { id => $service->{id} } });
        ask_all($route->{paths}[0], x => 1);
        $node->admin_ok(DELETE => "/routes/$route->{id}");
    }
}
churn(200) for 1 .. 2; # caches fill, pools and the allocator find their size
my @kb = memory();
for (1 .. 4) {
    churn(200);
    push @kb, memory();
}
cmp_ok $kb[-1] - $kb[0], '<', 6000, 'after four times the same again: no more than noise' or diag "kB: @kb";
diag "kB: @kb" if $ENV{TEST_VERBOSE};
done_testing;
