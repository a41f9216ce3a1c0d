# SPDX-License-Identifier: Apache-2.0
# The README's curl lines, as printed, at a fresh gateway: each answers what its comment says (2xx without one). And its
# <Location>, with an upstream that is there.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;

my $readme = "$FindBin::Bin/../../README.md";
open my $in, '<', $readme or plan skip_all => "no README here";
my $text = do { local $/; <$in> };
my @lines = $text =~ /^(curl .*)$/mg;
ok @lines >= 6, 'the README has a walk';
my ($location) = $text =~ /^```apache\n(<Location .*?<\/Location>\n)```$/ms;
ok $location, 'the README has a <Location>';
my ($path) = $location =~ /<Location "(.+)">/;
my $upstream = upstream('/');
is $location =~ s{(?<=ProxyPass ")http://[^"]+}{$upstream}g, 1, 'that leads to an upstream';
(my $alices = $location) =~ s{\Q$path\E}{/alices/};
like $text, qr/Inside such a\s+block `(Require gw-consumer alice)` admits alice alone/, 'and says how to admit one consumer alone';
$alices =~ s{(?=</Location>)}{    Require gw-consumer alice\n};

my $node = GatewayNode->start(GatewayNode::own_database(), proxy_extra => $location . $alices);
for my $line (@lines) {
    my ($want) = $line =~ /#\s*(\d{3})/;
    (my $command = $line) =~ s/\s+#.*//;
    $command =~ s/:8001\b/:$node->{admin_port}/g;
    $command =~ s/:8000\b/:$node->{proxy_port}/g;
    my $got = `$command -o /dev/null -w '%{http_code}'`;
    like $got, $want ? qr/^$want$/ : qr/^2\d\d$/, $line;
}

# The walk has made alice, with a key.
$node->admin_ok(POST => '/consumers', { username => 'bob' });
$node->admin_ok(POST => '/consumers/bob/key-auth', { key => 'bobs' });
for (
    [$path, 401, 'no key'],
    [$path, 401, 'a wrong key', apikey => 'wrong'],
    [$path, 200, 'a key of alice', apikey => 'open-sesame'],
    [$path, 200, 'a key of bob', apikey => 'bobs'],
    ['/alices/', 401, 'for alice alone: no key'],
    ['/alices/', 403, 'for alice alone: a key of bob', apikey => 'bobs'],
    ['/alices/', 200, 'for alice alone: her key', apikey => 'open-sesame'],
) {
    my ($at, $status, $name, @headers) = @$_;
    my $res = $node->call(GET => "${at}invoices", @headers);
    is $res->code, $status, "the <Location>, $name: $status";
    next if $status != 200;
    my $seen = json_of($res);
    is $seen->{path}, '/invoices', "the <Location>, $name: arrives at the upstream";
    ok !exists $seen->{headers}{apikey}, "the <Location>, $name: its key does not";
}
done_testing();
