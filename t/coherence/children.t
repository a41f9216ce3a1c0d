# SPDX-License-Identifier: Apache-2.0
# Children that are killed, stopped, replaced: nobody waits long for them, and nothing is served that was changed.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayBurst;
use GatewayNode;
use GatewayTest;
use Time::HiRes qw(time);

my $three = "StartServers 3\nServerLimit 3\nThreadsPerChild 16\nMaxRequestWorkers 48\nMinSpareThreads 33\nMaxSpareThreads 64\n"
    . "KeepAliveTimeout 120\n"; # kept connections outlive our patience with the sleeper
my @database = is_postgres() ? (driver => 'pgsql', params => database_params()) : ();
my $node = GatewayNode->start(@database, threads => 16, extra => $three);
my $n = 24;

sub gateway { # a kept-alive connection may end with its child
    my $res;
    for (1 .. 5) { $res = $node->admin(GET => '/status'); return json_of($res)->{gateway} if $res->code == 200 }
    die 'no status: ' . $res->status_line;
}
sub in_service { my @c = grep { $_->{state} eq 'ready' } @{ gateway()->{children} }; return map { $_->{pid} } @c }
eventually { in_service() == 3 } 'three children are ready';

my $service = $node->admin_ok(POST => '/services', { name => unique('svc'), url => upstream() });
sub write_route {
    my $name = unique('route');
    my $began = time;
    my $res = $node->admin(POST => '/routes', { name => $name, paths => ["/$name"], service => { id => $service->{id} } });
    return ("/$name", $res, time - $began);
}

# ---- killed ----
for my $round (1 .. 3) {
    my ($victim) = in_service();
    kill KILL => $victim or die "kill: $!";
    my ($path, $res, $took) = write_route();
    if ($res->code != 201) { # the victim had our connection
        ($path, $res, $took) = write_route();
    }
    is $res->code, 201, "round $round: a write while a child is killed";
    cmp_ok $took, '<', 5, "round $round: does not wait for it";
    eventually { my %c = %{ codes_of(burst($node->{proxy_port}, $path, connections => $n)) }; ($c{200} // 0) == $n }
        "round $round: and is served by those that live";
    eventually { !grep { $_ == $victim } map { $_->{pid} } @{ gateway()->{children} } } "round $round: its slot is free";
    eventually { in_service() == 3 } "round $round: another child takes its place";
}

# ---- stopped ----
# Under worker children take turns at accepting: one that is stopped in its turn keeps everybody waiting, us too.
sub sleep_and_wake {
    my ($sleeper) = in_service();
    my @kept = kept_connections($node->{proxy_port}, '/none', $n); # some of them with the sleeper
    kill STOP => $sleeper or die "stop: $!";
    eventually { !grep { !/\) T/ } threads_of($sleeper) } 'it sleeps'; # one thread takes the signal, and then stops the others
    my ($pending, $longest, @paths) = (0, 0);
    for (1 .. 6) { # a connection may reach the sleeper itself, and hang: patience, and the next one
        my ($name, $began) = (unique('route'), time);
        my ($answer) = raw_post($name);
        next if $answer !~ /^HTTP\/1\.1 201/;
        my $took = time - $began;
        $longest = $took if $took > $longest;
        $pending++ if $answer =~ /^X-Gw-Propagation: pending/mi;
        push @paths, "/$name";
    }
    cmp_ok scalar @paths, '>', 0, 'writes are answered while a child is stopped';
    is $pending, scalar @paths, 'and say that one is behind';
    cmp_ok $longest, '<', 10, 'after their patience';
    my @answers = ask_kept($paths[-1], sub { kill CONT => $sleeper }, @kept);
    is_deeply codes_of(@answers), { 200 => $n }, 'requests that it finds when it moves wait for what was promised'
        or diag map { /^HTTP\S+ 200/ ? () : "answer: $_\n" } @answers, $node->log_tail;
    eventually { my ($path, $res) = write_route(); $res->code == 201 && !$res->header('X-Gw-Propagation') }
        'and writers find everybody following again';
}
SKIP: {
    skip 'a stopped child of worker may have the turn to accept', 6 if ($ENV{GW_MPM} // '') eq 'worker';
    sleep_and_wake();
}

# The status lines of a process's threads, as Linux tells them; none elsewhere.
sub threads_of {
    my ($pid) = @_;
    return map { my $file = $_; local (@ARGV, $/) = $file; -r $file ? scalar <> : () } glob "/proc/$pid/task/*/stat";
}

# A write on a connection of its own: what came back.
sub raw_post {
    my ($name) = @_;
    my $body = qq({"name":"$name","paths":["/$name"],"service":{"id":"$service->{id}"}});
    return raw_request("POST /routes HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
            . 'Content-Length: ' . length($body) . "\r\n\r\n$body", port => $node->{admin_port}, wait => 5);
}

# ---- graceful restarts, with writes and requests going on ----
my (%code, @behind, @refused);
for my $round (1 .. 3) {
    my %old = map { $_ => 1 } in_service();
    $node->graceful;
    for (1 .. 15) {
        my $name = unique('route');
        my ($answer, $path) = (raw_post($name), "/$name");
        push @refused, $answer unless $answer =~ /^HTTP\/1\.1 201/;
        my $codes = codes_of(burst($node->{proxy_port}, $path, connections => 12));
        $code{$_} += $codes->{$_} for keys %$codes;
        push @behind, $path if ($codes->{200} // 0) != 12;
    }
    eventually { my @now = in_service(); @now == 3 && !grep { $old{$_} } @now } "round $round: new children serve";
}
is_deeply \@refused, [], 'no write fails';
is_deeply \@behind, [], 'no request fails or sees less than was promised';
is_deeply [ keys %code ], [200], 'all were served';
like $node->log_text, qr/GW1620/, 'children tell that they have loaded';
unlike $node->log_text, qr/\bcore dumped|Segmentation fault|AddressSanitizer/, 'nothing crashed';

done_testing;
