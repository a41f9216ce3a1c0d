# SPDX-License-Identifier: Apache-2.0
# writes.pl - how long a write takes at 10,000 routes, and what it does to the traffic beside it.
use strict;
use warnings FATAL => 'all';
use GatewayLoad;
use Measure qw(LOOKS LOOK_S median percentile run_load timed_ms);
use Stand qw(%options start_node);
use Subjects qw(service_and_route bulk_routes);
use Time::HiRes qw(time sleep);

# One write, until it is in force on all children; in ms.
sub write_route {
    my ($node) = @_;
    return timed_ms(sub { $node->admin_ok(POST => '/services/plain/routes', { paths => ['/w' . int(time * 1e6)] }) });
}

sub measure_writes {
    my $node = start_node();
    service_and_route($node, 'plain');
    bulk_routes($node, 10_000, 'plain');
    my $load = sub { run_load($node, $node->proxy_url('/plain'), seconds => LOOK_S)->{p99_ms} };
    my (@quiet, @busy, @took);
    for (1 .. LOOKS) {
        push @quiet, $load->();
        my $writer = GatewayLoad->start(1, sub { system("chrt -i -p 0 $$") if $_[0] == 1; my $ms = write_route($node); sleep 0.05; return $ms });
        push @busy, $load->();
        push @took, $writer->stop;
    }
    printf "\nWrites at 10,000 routes ($options{mpm}): median %.2f ms, p99 %.2f ms under load; traffic p99 %.2f ms quiet, %.2f ms during %d writes (ratio %.2f)\n",
        median(@took), percentile(0.99, @took), median(@quiet), median(@busy), scalar @took, median(map { $busy[$_] / $quiet[$_] } 0 .. $#busy);
    my @alone = map { write_route($node) } 1 .. 50;
    printf "without load: median %.2f ms, p99 %.2f ms until it is in force on all children\n", median(@alone), percentile(0.99, @alone);
}

1;
