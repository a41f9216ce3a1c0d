# SPDX-License-Identifier: Apache-2.0
# routes.pl - what it costs to find one route of ten, and of many.
use strict;
use warnings FATAL => 'all';
use Measure qw(compare);
use Stand qw(%options start_node);
use Subjects qw(service_and_route bulk_routes);

sub measure_routes {
    for my $n (10, $options{routes}) {
        my $node = start_node();
        service_and_route($node, 'plain');
        bulk_routes($node, $n - 1, 'plain'); # and the one that is there
        compare($node, "Routes: $n", ['bare ProxyPass', "$node->{bare}/plain"], ['routed', $node->proxy_url('/bulk/' . int($n / 2))]);
    }
}

1;
