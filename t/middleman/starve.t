# SPDX-License-Identifier: Apache-2.0
# middleman: a hook that hangs holds GwHookThreads threads and a line, no more; other routes hardly notice, and nobody
# gets in that way. Memory stays where it was.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp ();
use Time::HiRes qw(time sleep);
use GatewayBurst;
use GatewayLoad;
use GatewayNode;
use GatewayTest;
use TestHook;

my $node = GatewayNode->start(GatewayNode::own_database(), extra => "StartServers 1\nServerLimit 1\nMaxRequestWorkers 32\nGwHookThreads 4\n");
my $answer = sub { sleep 600 if $_[0]{target} =~ /hang/; 200 };
my $hook = TestHook->start($answer);
my $big = TestHook->start(sub { \("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" . ('g' x 4_000_000)) });
my $else = TestHook->start(sub { 200 });
for my $name (qw(free quick hang big else)) {
    $node->admin_ok(POST => '/services', { name => $name, url => upstream('/do/status/200') });
    $node->admin_ok(POST => "/services/$name/routes", { paths => ["/$name"] });
}
my %row = map {
    $_ => $node->admin_ok(POST => "/services/$_/plugins", { name => 'middleman', config => { url => $hook->url("/$_"), on_error => 'allow', timeout => 300_000, breaker_failures => 0 } })
} qw(quick hang);
$node->admin_ok(POST => '/services/else/plugins', { name => 'middleman', config => { url => $else->url, timeout => 300_000 } });
$node->admin_ok(POST => '/services/big/plugins', { name => 'middleman', config => { url => $big->url, on_error => 'deny', breaker_failures => 0 } });

# p99 of `n` requests, one after another, in ms.
sub p99 {
    my ($path, $n) = @_;
    my @took;
    for (1 .. $n) {
        my $began = time;
        my $res = $node->call(GET => $path);
        die "$path: " . $res->status_line unless $res->code == 200;
        push @took, 1000 * (time - $began);
    }
    return (sort { $a <=> $b } @took)[ int 0.99 * $n ];
}

# ---- a quick hook serves bursts well above GwHookThreads ----
eventually { my $codes = codes_of(burst($node->{proxy_port}, '/quick', connections => 8)); ($codes->{200} // 0) == 8 } 'a burst of eight, three threads for this hook: all are served';

# ---- a hook that hangs ----
my $quiet = p99('/free', 300);
my @stuck = map {
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $node->{proxy_port}) or die $!;
    $socket->syswrite("GET /hang?$_ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    $socket;
} 1 .. 3;
eventually { grep({ $_->{target} =~ /hang/ } $hook->asked) == 3 } 'three of four threads wait for the hook';
my $load = GatewayLoad->start(2, sub { GatewayLoad::fresh_get($node->{proxy_port}, '/hang?more') });
$load->wait_for_steps(4);
my $busy = p99('/free', 300);
note sprintf 'p99 of another route: %.2f ms quiet, %.2f ms while the hook hangs', $quiet, $busy;
cmp_ok $busy, '<', 20 * $quiet + 200, 'another route is served as ever';
is $node->call(GET => '/else')->code, 200, 'a route with another hook, too' for 1 .. 20;
my %others = %{ GatewayLoad::tally($load->stop) };
is_deeply [ keys %others ], [503], 'further requests are turned away, and never let through, whatever on_error says' or diag explain \%others;
is scalar(grep { $_->{target} =~ /hang/ } $hook->asked), 3, 'the hook was not asked more';
my $port = $hook->{port};
$hook->stop;
my @answers = map { local $/; my $s = $_; scalar <$s> // '' } @stuck;
is_deeply codes_of(@answers), { 200 => 3 }, 'those that waited get an answer when the hook dies (on_error allow)';
$hook = TestHook->start($answer, port => $port);
is $node->call(GET => '/quick')->code, 200, 'and places are free again';

# ---- equal questions in line ----
$node->admin_ok(PATCH => "/plugins/$row{hang}{id}", { config => { cache_ttl => 60, timeout => 8000, on_error => 'deny' } });
$hook->forget;
is_deeply codes_of(burst($node->{proxy_port}, '/hang?same', connections => 20)), { 503 => 20 }, 'twenty equal ones: all refused';
is scalar(grep { $_->{target} =~ /hang/ } $hook->asked), 1, 'one asked';
is $node->call(GET => '/free')->code, 200, 'others are served';

# ---- an answer of old counts while the hook is down, not while it is in demand ----
{
    my $revoked = File::Temp->new;
    my $slow = TestHook->start(sub { sleep 0.1; -s "$revoked" ? 403 : 200 });
    my $config = { url => $slow->url, timeout => 20_000, cache_ttl => 0.2, cache_negative_ttl => 0.2, cache_stale_ttl => 3600, breaker_failures => 0, send_headers => [] };
    $node->admin_ok(PATCH => "/plugins/$row{quick}{id}", { config => $config });
    is $node->call(GET => '/quick?mine')->code, 200, 'granted';
    open my $out, '>', "$revoked" or die $!;
    print $out "revoked\n";
    close $out;
    sleep 0.3; # past cache_ttl
    my $flood = GatewayLoad->start(16, sub { GatewayLoad::fresh_get($node->{proxy_port}, "/quick?$_[1]-$_[0]") });
    $flood->wait_for_steps(40);
    my %got;
    $got{ $node->call(GET => '/quick?mine')->code }++ for 1 .. 30;
    my %flooded = %{ GatewayLoad::tally($flood->stop) };
    ok $flooded{503}, 'a flood of questions: some are turned away';
    is $got{200}, undef, 'a grant that was taken away is not kept alive by it' or diag explain \%got;
    eventually { $node->call(GET => '/quick?mine')->code == 403 } 'when it is over, the hook says no';
    $slow->stop;
    eventually { $node->call(GET => '/quick?mine')->code == 403 } 'the hook is down: its last answer counts, which is a no by now';
}

# ---- an answer of a gigabyte ----
sub resident_kb {
    my $sum = 0;
    for my $pid ($node->children) {
        open my $in, '<', "/proc/$pid/status" or next;
        /^VmRSS:\s+(\d+)/ and $sum += $1 while <$in>;
    }
    return $sum;
}
$node->call(GET => '/big') for 1 .. 10;
my $before = resident_kb();
is_deeply { map { $node->call(GET => '/big')->code => 1 } 1 .. 30 }, { 503 => 1 }, 'too much is no answer';
cmp_ok resident_kb() - $before, '<', 60_000, 'and is not kept';

# ---- a dead hook costs next to nothing once the breaker is open ----
my $dead = TestHook->start(sub { sleep 20 });
$node->admin_ok(PATCH => "/plugins/$row{quick}{id}", { config => { url => $dead->url, timeout => 200, on_error => 'deny', breaker_failures => 2, breaker_reset => 3600_000 } });
is $node->call(GET => '/quick')->code, 503, 'it times out' for 1 .. 2;
my $asked = $dead->asked;
is_deeply { map { $node->call(GET => '/quick')->code => 1 } 1 .. 100 }, { 503 => 1 }, 'open: 503';
is scalar($dead->asked), $asked, 'without a question';
like $node->log_text, qr/GW5001: middleman: the hook gave no answer: [^\n]*: it is left alone for a while/, 'the log says so';

done_testing;
