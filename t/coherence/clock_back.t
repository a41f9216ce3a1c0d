# SPDX-License-Identifier: Apache-2.0
# A clock that was set back keeps nobody from saving the last good configuration (libfaketime).
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use FakeClock;
use GatewayNode;
use GatewayTest;

my $clock = FakeClock->make or plan skip_all => FakeClock::why_not();
# One child: others would save in its place.
my $node = GatewayNode->start(GatewayNode::own_database(), threads => 16, env => $clock->env,
    extra => "StartServers 1\nServerLimit 1\nMaxRequestWorkers 16\nMaxSpareThreads 16\n");

sub is_saved {
    my ($name) = @_;
    open my $in, '<', "$node->{dir}/state/last-good" or return 0;
    return scalar grep { /"\Q$name\E"/ } <$in>;
}
for my $shift ('+0', '-3600', '-7200', '+0') {
    $clock->set($shift);
    my $name = unique('service');
    $node->admin_ok(POST => '/services', { name => $name, url => upstream() });
    eventually { is_saved($name) } "saved, clock $shift";
}

done_testing;
