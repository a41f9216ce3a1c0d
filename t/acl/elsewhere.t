# SPDX-License-Identifier: Apache-2.0
# Require gw-group where no gateway is: nobody has asked who it is, and nobody could; refused, not asked to log in.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;

my ($port) = GatewayNode::free_ports(1);
my $node = GatewayNode->start(threads => 8, extra => <<"CONF");
Listen 127.0.0.1:$port
<VirtualHost *:$port>
    <Location "/">
        Require gw-group gold
    </Location>
</VirtualHost>
CONF
for ([], [ 'X-Consumer-Groups' => 'gold' ], [ apikey => 'gold' ]) {
    is GatewayTest::send_afresh("http://127.0.0.1:$port/x", 'GET', undef, @$_)->code, 403, "elsewhere with (@$_)";
}
done_testing();
