# SPDX-License-Identifier: Apache-2.0
# Under load, on each MPM: graceful restarts lose neither requests nor writes, a killed child only what it had in hand.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayBurst;
use GatewayLoad;
use GatewayNode;
use GatewayTest;
use Time::HiRes qw(time);

my $readers = 4;

for my $mpm ('event', 'worker') {
    my $node = GatewayNode->start(GatewayNode::own_database(), mpm => $mpm, threads => 16,
        extra => "StartServers 3\nServerLimit 6\nThreadsPerChild 16\nMaxRequestWorkers 48\nMinSpareThreads 48\nMaxSpareThreads 96\n");
    my ($proxy, $admin) = @$node{qw(proxy_port admin_port)};
    my $service = $node->admin_ok(POST => '/services', { url => upstream() });
    my $route = $node->admin_ok(POST => '/routes', { paths => ['/open'], service => { id => $service->{id} } });
    my $keyed = $node->admin_ok(POST => '/routes', { paths => ['/keyed'], service => { id => $service->{id} } });
    $node->admin_ok(POST => "/routes/$keyed->{id}/plugins", { name => 'key-auth' });
    my $consumer = $node->admin_ok(POST => '/consumers', { username => 'user' });
    $node->admin_ok(POST => "/consumers/$consumer->{id}/key-auth", { key => 'good' });
    my @reads = ("GET /open HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /keyed HTTP/1.1\r\nHost: x\r\napikey: good\r\nConnection: close\r\n\r\n");
    my $read = sub { GatewayLoad::fresh_request($proxy, $reads[ $_[0] % 2 ]) };
    # A write, and a look at once whether it is in force: "201 200 NAME".
    my $write = sub {
        my ($n, $number) = @_;
        my $name = "w$$-$number-$n";
        my $began = time;
        my $code = GatewayLoad::fresh_post($admin, '/routes', qq({"name":"$name","paths":["/$name/"],"service":{"id":"$service->{id}"}}));
        my $took = time - $began;
        return join ' ', $code, ($code eq '201' ? GatewayLoad::fresh_get($proxy, "/$name/") : '-'), $name, sprintf '%.2f', $took;
    };
    my $names = sub {
        my (%name, $next);
        for (my $path = '/routes?size=1000'; $path; $path = $next) {
            my $page = $node->admin_ok(GET => $path);
            $name{ $_->{name} // '' } = 1 for @{ $page->{data} };
            $next = $page->{next};
        }
        return \%name;
    };
    my $pids = sub { # none when the child that was asked has just died
        my $res = $node->admin(GET => '/status');
        my @ready = grep { $_->{state} eq 'ready' } $res->code == 200 ? @{ json_of($res)->{gateway}{children} } : ();
        return map { $_->{pid} } @ready;
    };

    # ---- graceful restarts ----
    my $load = GatewayLoad->start($readers, $read);
    my $writers = GatewayLoad->start(2, $write);
    for my $round (1 .. 3) {
        my %old;
        eventually { %old = map { $_ => 1 } $pids->() } "$mpm: restart $round: children serve";
        $writers->wait_for_steps(5);
        $node->graceful;
        eventually { my @now = $pids->(); @now && !grep { $old{$_} } @now } "$mpm: restart $round: new children serve";
        $writers->wait_for_steps(5);
        $load->wait_for_steps(50);
    }
    my ($results, @writes) = (GatewayLoad::tally($load->stop), $writers->stop);
    is_deeply [ keys %$results ], [200], "$mpm: no request on a new connection fails" or diag explain $results;
    my @failed = grep { !/^201 200 / } @writes;
    is_deeply \@failed, [], "$mpm: all writes are acknowledged, and in force";
    my $stored = $names->();
    is_deeply [ grep { !$stored->{$_} } map { (split)[2] } @writes ], [], "$mpm: none of " . @writes . ' is lost';
    my $last = (split ' ', $writes[-1])[2];
    is_deeply codes_of(burst($proxy, "/$last/", connections => 24)), { 200 => 24 }, "$mpm: all children serve the last";

    # ---- kill -9 ----
    $load = GatewayLoad->start($readers, $read);
    $writers = GatewayLoad->start(2, $write);
    my $kills = 3;
    for my $round (1 .. $kills) {
        my $victim;
        eventually { ($victim) = $pids->() } "$mpm: kill $round: a victim";
        $load->wait_for_steps(40);
        kill KILL => $victim or die "kill: $!";
        $writers->wait_for_steps(6);
        eventually { my @now = $pids->(); @now && !grep { $_ == $victim } @now } "$mpm: kill $round: the victim is gone";
        eventually { $pids->() == 3 } "$mpm: kill $round: another takes its place", 40;
    }
    ($results, @writes) = (GatewayLoad::tally($load->stop), $writers->stop);
    my $lost = 0;
    $lost += $results->{$_} for grep { $_ ne '200' } keys %$results;
    cmp_ok $lost, '<=', $kills * $readers, "$mpm: each kill costs at most what was under way" or diag explain $results;
    is_deeply [ grep { /^[45]/ } keys %$results ], [], "$mpm: nobody is answered an error for it" or diag explain $results;
    my @odd = grep { !/^201 200 / } @writes;
    cmp_ok scalar @odd, '<=', $kills * 2, "$mpm: nor do more writers notice" or diag explain \@odd;
    is_deeply [ grep { /^[45]/ || /^201 [^2c]/ } @odd ], [], "$mpm: and those because their connection broke";
    my @took = sort { $a <=> $b } map { (split)[3] } @writes;
    cmp_ok $took[-1], '<', 5, "$mpm: no writer waits for the dead"; # 750 ms is its patience; the rest is the machine's
    cmp_ok $took[ $#took / 2 ], '<', 1, "$mpm: nor do they pay for it one by one";
    $stored = $names->();
    is_deeply [ grep { !$stored->{$_} } map { (split)[2] } grep { /^201/ } @writes ], [], "$mpm: no acknowledged write is lost";
    unlike $node->log_text, qr/Segmentation fault|core dumped|AddressSanitizer|exit signal (?!Killed)/, "$mpm: nobody crashed";
}
done_testing;
