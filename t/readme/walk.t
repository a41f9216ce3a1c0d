# SPDX-License-Identifier: Apache-2.0
# The README's curl lines, as printed, at a fresh gateway: each answers what its comment says (2xx without one).
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;

my $readme = "$FindBin::Bin/../../README.md";
open my $in, '<', $readme or plan skip_all => "no README here";
my @lines = grep { /^curl / } <$in>;
ok @lines >= 6, 'the README has a walk';

my $node = GatewayNode->start(GatewayNode::own_database());
for my $line (@lines) {
    chomp $line;
    my ($want) = $line =~ /#\s*(\d{3})/;
    (my $command = $line) =~ s/\s+#.*//;
    $command =~ s/:8001\b/:$node->{admin_port}/g;
    $command =~ s/:8000\b/:$node->{proxy_port}/g;
    my $got = `$command -o /dev/null -w '%{http_code}'`;
    like $got, $want ? qr/^$want$/ : qr/^2\d\d$/, $line;
}

done_testing();
