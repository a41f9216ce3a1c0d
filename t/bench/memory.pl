# SPDX-License-Identifier: Apache-2.0
# memory.pl - resident memory of the children under load, with routes and keys that come and go.
use strict;
use warnings FATAL => 'all';
use GatewayLoad;
use List::Util qw(sum);
use Measure qw(run_load);
use Stand qw(%options start_node);
use Subjects qw(service_and_route add_plugin);
use Time::HiRes qw(time);

# A route and a key that come, are used, and go; $i is a number nobody else has.
sub churn {
    my ($node, $i) = @_;
    $node->admin_ok(POST => '/services/key/routes', { name => "churn$i", paths => ["/churn$i"] });
    $node->admin_ok(POST => '/consumers/bench/key-auth', { key => "churn$i" });
    $node->call(GET => "/churn$i", apikey => "churn$i");
    $node->admin_ok(DELETE => "/routes/churn$i");
    $node->admin_ok(DELETE => "/consumers/bench/key-auth/churn$i");
    return 'done';
}

# Stop those that churn; how often they have.
sub churned {
    my @churns = $_[0]->stop;
    my @failed = grep { $_ ne 'done' } @churns;
    die "bench: the churn failed: $failed[0]\n" if @failed;
    return scalar @churns;
}

# By how much values grow from the first to the last, in percent of their mean: the straight line that is nearest to all,
# for a single one is a percent off now and then.
sub slope {
    my @y = @_;
    my ($n, $mean) = (scalar @y, sum(@y) / @y);
    my ($xy, $xx) = (0, 0);
    for my $i (0 .. $#y) {
        my $x = $i - ($n - 1) / 2;
        $xy += $x * ($y[$i] - $mean);
        $xx += $x * $x;
    }
    return $xx ? 100 * $xy / $xx * ($n - 1) / $mean : 0;
}

sub measure_memory {
    my $node = start_node();
    service_and_route($node, 'key');
    add_plugin($node, key => 'key-auth');
    $node->admin_ok(POST => '/consumers', { username => 'bench' });
    $node->admin_ok(POST => '/consumers/bench/key-auth', { key => 'stay' });
    my $load = sub { run_load($node, $node->proxy_url('/key'), headers => ['apikey: stay'], seconds => 15, @_) };
    # Every thread of every child has served, and written, more than once: what grows afterwards is not the server
    # warming up (malloc keeps what a thread gives back for that thread, in as many sizes as it has seen).
    $load->(connections => 256);
    my $warming = GatewayLoad->start(4, sub { churn($node, "$_[1]-$_[0]") });
    for (1 .. 300) { last if $warming->results >= 10_000; sleep 1 }
    churned($warming);
    my $until = time + $options{minutes} * 60;
    my $churning = GatewayLoad->start(1, sub { churn($node, $_[0]) });
    my @kb;
    while (time < $until) {
        $load->();
        push @kb, sum map { do { local (@ARGV, $/) = "/proc/$_/status"; <> } =~ /VmRSS:\s+(\d+)/ ? $1 : 0 } $node->children;
    }
    my $nchurns = churned($churning);
    printf "\nMemory of the children (%s) during %d churns: %s kB; slope of the last three fifths %+.2f %%\n", $options{mpm},
        $nchurns, join(' ', @kb), slope(@kb[int(@kb * 2 / 5) .. $#kb]);
}

1;
