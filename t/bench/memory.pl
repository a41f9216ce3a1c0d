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

# A route and a key that come, are used, and go.
sub churn {
    my ($node, $i) = @_;
    $node->admin_ok(POST => '/services/key/routes', { name => "churn$i", paths => ["/churn$i"] });
    $node->admin_ok(POST => '/consumers/bench/key-auth', { key => "churn$i" });
    $node->call(GET => "/churn$i", apikey => "churn$i");
    $node->admin_ok(DELETE => "/routes/churn$i");
    $node->admin_ok(DELETE => "/consumers/bench/key-auth/churn$i");
    return 'done';
}

sub measure_memory {
    my $node = start_node();
    service_and_route($node, 'key');
    add_plugin($node, key => 'key-auth');
    $node->admin_ok(POST => '/consumers', { username => 'bench' });
    $node->admin_ok(POST => '/consumers/bench/key-auth', { key => 'stay' });
    my $load = sub { run_load($node, $node->proxy_url('/key'), headers => ['apikey: stay'], seconds => 15, @_) };
    # Every thread of every child has served once: what grows afterwards is not the server warming up.
    $load->(connections => 256);
    my $until = time + $options{minutes} * 60;
    my $churning = GatewayLoad->start(1, sub { churn($node, $_[0]) });
    my @kb;
    while (time < $until) {
        $load->();
        push @kb, sum map { do { local (@ARGV, $/) = "/proc/$_/status"; <> } =~ /VmRSS:\s+(\d+)/ ? $1 : 0 } $node->children;
    }
    my @failed = grep { $_ ne 'done' } $churning->stop;
    die "bench: the churn failed: $failed[0]\n" if @failed;
    my @last = @kb[int(@kb * 2 / 5) .. $#kb];
    printf "\nMemory of the children (%s) under churn: %s kB; over the last three fifths %+.2f %%\n", $options{mpm}, join(' ', @kb),
        100 * ($last[-1] - $last[0]) / $last[0];
}

1;
