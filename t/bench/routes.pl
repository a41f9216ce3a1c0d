# SPDX-License-Identifier: Apache-2.0
# routes.pl - what it costs to find one route of many.
use strict;
use warnings FATAL => 'all';
use Measure qw(compare);
use Stand qw(%options start_node);
use Subjects qw(service_and_route bulk_routes);

sub measure_routes {
    my @nodes = map { my $node = start_node(); service_and_route($node, 'plain'); $node } 1 .. 2;
    bulk_routes($nodes[1], $options{routes}, 'plain');
    for my $k (0, 1) {
        compare($nodes[$k], 'Routes: ' . ($k ? $options{routes} : 1), ['bare ProxyPass', "$nodes[$k]{bare}/plain"],
            ['routed', $nodes[$k]->proxy_url($k ? '/bulk/' . int($options{routes} / 2) : '/plain')]);
    }
}

1;
