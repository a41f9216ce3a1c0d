# SPDX-License-Identifier: Apache-2.0
# propagation.pl - how soon after its answer a write is in force on another node of the same Postgres.
use strict;
use warnings FATAL => 'all';
use List::Util qw(max);
use Measure qw(median percentile timed_ms);
use Stand qw(%options start_node with_postgres);
use Subjects qw(service_and_route);
use Time::HiRes qw(time);

sub time_between {
    my ($params) = @_;
    my @nodes = map { start_node(driver => 'pgsql', params => $params) } 1 .. 2;
    service_and_route($nodes[0], 'plain');
    my @ms;
    for my $i (1 .. 100) {
        $nodes[0]->admin_ok(POST => '/services/plain/routes', { paths => ["/p$i"] });
        my $until = time + 10;
        push @ms, timed_ms(sub { until ($nodes[1]->call(GET => "/p$i")->code == 200) { die 'never' if time > $until } });
    }
    printf "\nPropagation to a second node ($options{mpm}, Postgres), from the writer's answer: median %.1f ms, p99 %.1f ms, max %.1f ms\n",
        median(@ms), percentile(0.99, @ms), max(@ms);
}

sub measure_propagation { with_postgres(\&time_between) }

1;
