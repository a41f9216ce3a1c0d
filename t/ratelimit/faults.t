# SPDX-License-Identifier: Apache-2.0
# rate-limiting while Redis or the database is away, slow, loading, mad: requests pass uncounted, or get 503, as
# configured, and none waits long; and what comes back is counted again.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayBurst;
use GatewayNode;
use GatewayTest;
use PrivatePostgres;
use RedisServer;
use File::Temp ();
use Time::HiRes qw(sleep time);

my $service = new_service();
sub limited { my ($config) = @_; my $r = new_route($service); add_plugin("/routes/$r->{id}", 'rate-limiting', { year => 5, policy => 'redis', redis_host => '127.0.0.1', redis_timeout => 300, %$config }); return ($r->{paths}[0], $r) }

# Each request is answered as configured, before the bound (a hundred of its timeouts, for busy machines).
sub check {
    my ($name, %redis) = @_;
    for ([ 1, 200 ], [ 0, 503 ]) {
        my ($tolerant, $want) = @$_;
        my ($path) = limited({ %redis, fault_tolerant => $tolerant ? \1 : \0 });
        my ($longest, @bad) = (0);
        for (1 .. 6) {
            my $began = time;
            my $res = call(GET => $path);
            push @bad, $res->code unless $res->code == $want && !defined $res->header('RateLimit-Limit');
            $longest = time - $began if $longest < time - $began;
        }
        is "@bad", '', "$name, fault_tolerant=$tolerant: $want";
        cmp_ok $longest, '<', 30, "$name, fault_tolerant=$tolerant: nobody waits long";
    }
}

# ---- servers that pretend ----
check('nobody there', redis_port => TestUpstream::free_port());
my %pretence = (
    'it is silent' => sub { 1 },
    'it hangs up' => sub { 0 },
    'it is loading' => sub { print { $_[0] } "-LOADING Redis is loading the dataset in memory\r\n"; 1 },
    'it is a web server' => sub { print { $_[0] } "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"; 1 },
    'it babbles' => sub { print { $_[0] } join '', map { chr int rand 256 } 1 .. 300; 1 },
    'it says 4 GB' => sub { print { $_[0] } "\$4294967296\r\n" . 'x' x 100_000; 1 },
    'it says a billion items' => sub { print { $_[0] } "*1000000000\r\n:1\r\n:1\r\n"; 1 },
    'it says lists in lists' => sub { print { $_[0] } '*1' . "\r\n*1" x 1000 . "\r\n"; 1 },
    'it says a line without end' => sub { print { $_[0] } '+' . 'x' x 200_000; 1 },
    'it says nil' => sub { print { $_[0] } "\$-1\r\n"; 1 },
    'it says too little' => sub { print { $_[0] } "*0\r\n"; 1 },
    'it counts backwards' => sub { print { $_[0] } "*1\r\n:-7\r\n"; 1 },
    'it breaks off' => sub { print { $_[0] } "*1\r\n:"; 0 },
);
for my $name (sort keys %pretence) {
    my $fake = RedisServer->pretend($pretence{$name});
    check($name, redis_port => $fake->{port});
}
{   # bytes come, one by one: the question is over in time all the same
    my $fake = RedisServer->pretend(sub { $_[0]->autoflush(1); for my $byte (split //, "*1\r\n:1\r\n" x 20) { print { $_[0] } $byte; sleep 0.2 } 0 });
    check('it drips', redis_port => $fake->{port});
}

# ---- a Redis that is away is not asked by everybody ----
my $asked = File::Temp->new;
my $silent = RedisServer->pretend(sub { open my $log, '>>', "$asked"; print $log "asked\n"; 1 });
my ($path) = limited({ redis_port => $silent->{port}, redis_timeout => 100 });
my ($from, %codes) = time;
$codes{ call(GET => $path)->code }++ for 1 .. 60;
my $seconds = time - $from;
is_deeply \%codes, { 200 => 60 }, 'silent: all pass';
my $nasked = () = do { local (@ARGV, $/) = "$asked"; <> } =~ /asked/g;
cmp_ok $nasked, '<=', 8 + 2 * ($seconds + 2), 'and few of them asked: three for each child, then one a second';
cmp_ok $nasked, '>', 2, 'but some did';

# ---- a real one: frozen, thawed, gone, back, of the wrong type ----
my $redis = RedisServer->start;
my %real = (redis_port => $redis->{port}, fault_tolerant => \0, year => 1000);
($path) = limited(\%real);
is call(GET => $path)->code, 200, 'a Redis';
$redis->freeze;
my $began = time;
is call(GET => $path)->code, 503, 'frozen';
is_deeply codes_of(burst(proxy_url() =~ /:(\d+)$/, $path, connections => 30, seconds => 60)), { 503 => 30 }, 'and for many at once';
cmp_ok time - $began, '<', 45, 'nobody waits long';
$redis->thaw;
eventually { call(GET => $path)->code == 200 } 'thawed';
$redis->stop;
is call(GET => $path)->code, 503, 'gone';
$redis = RedisServer->start(port => $redis->{port});
eventually { call(GET => $path)->code == 200 } 'back';
eventually { my $res = call(GET => $path); $res->code == 200 && $res->header('RateLimit-Remaining') < 1000 } 'and counts';
my ($odd, $route) = limited({ %real, limit_by => 'ip' });
my $year = (gmtime)[5] + 1900;
require Time::Local;
$redis->ask(RPUSH => "ratelimit:$route->{id}:00000000-0000-0000-0000-000000000000:127.0.0.1:" . Time::Local::timegm(0, 0, 0, 1, 0, $year) . '000:year', 'x');
is call(GET => $odd)->code, 503, 'a key of the wrong type';
eventually { call(GET => $path)->code == 200 } 'others are not concerned, as soon as their child has found it back';
my ($lenient) = limited({ %real, fault_tolerant => \1 });
eventually { (call(GET => $lenient)->header('RateLimit-Remaining') // '') eq '999' } 'nor later ones';

# ---- the database ----
SKIP: {
    skip 'a SQLite file does not go away', 4 unless is_postgres();
    my $node = GatewayNode->start(GatewayNode::own_database());
    $node->admin_ok(POST => '/services', { name => 's', url => upstream() });
    for ([ soft => \1 ], [ hard => \0 ]) {
        my ($name, $tolerant) = @$_;
        $node->admin_ok(POST => '/services/s/routes', { name => $name, paths => ["/$name"] });
        $node->admin_ok(POST => "/routes/$name/plugins", { name => 'rate-limiting', config => { year => 50, policy => 'cluster', fault_tolerant => $tolerant } });
        is $node->call(GET => "/$name")->header('RateLimit-Remaining'), 49, "$name: counted";
    }
    GatewayTest::admin(GET => '/status'); # the suite's own server keeps the cluster busy; only this table goes
    my ($db) = $node->log_text('../httpd.conf') =~ /^DBDParams\s+"(.*)"/m;
    local $ENV{LD_PRELOAD} = '';
    system('psql', '-q', $db, '-c', 'ALTER TABLE ratelimit_counters RENAME TO elsewhere') == 0 or die 'psql';
    is $node->call(GET => '/soft')->code, 200, 'cluster: what cannot be counted passes';
    is $node->call(GET => '/hard')->code, 503, 'or does not';
    system('psql', '-q', $db, '-c', 'ALTER TABLE elsewhere RENAME TO ratelimit_counters') == 0 or die 'psql';
    is $node->call(GET => '/hard')->header('RateLimit-Remaining'), 48, 'and counts on';
}

# ---- Postgres is wholly gone ----
SKIP: {
    skip 'a SQLite file does not go away', 1 unless is_postgres();
    my $cluster = PrivatePostgres->new;
    my $node = GatewayNode->start($cluster->database, threads => 16);
    eval {
        away($node, $cluster);
        1;
    } or fail "without a database: $@";
    undef $node; # before its database
}
sub away {
    my ($n, $cluster) = @_;
    $n->admin_ok(POST => '/services', { name => 's', url => upstream() });
    for ([ soft => \1 ], [ hard => \0 ]) {
        $n->admin_ok(POST => '/services/s/routes', { name => $_->[0], paths => ["/$_->[0]"] });
        $n->admin_ok(POST => "/routes/$_->[0]/plugins", { name => 'rate-limiting', config => { year => 50, policy => 'cluster', fault_tolerant => $_->[1] } });
        is $n->call(GET => "/$_->[0]")->header('RateLimit-Remaining'), 49, "$_->[0]: counted";
    }
    for my $verb (qw(stop kill)) {
        $cluster->do($verb);
        my $began = time;
        is_deeply codes_of(burst($n->{proxy_port}, '/soft', connections => 24, seconds => 60)), { 200 => 24 }, "$verb: fault_tolerant: requests pass";
        my @hard = burst($n->{proxy_port}, '/hard', connections => 24, seconds => 60);
        is_deeply codes_of(@hard), { 503 => 24 }, "$verb: not fault_tolerant: 503";
        is scalar(grep { /"message":"Service unavailable"/ } @hard), 24, "$verb: in these words";
        is scalar(grep { /ratelimit/i } @hard), 0, "$verb: no limits are told";
        is $n->call(GET => '/soft')->header('RateLimit-Limit'), undef, "$verb: nor to those that pass";
        cmp_ok time - $began, '<', 45, "$verb: nobody waits long";
        like $n->log_text, qr/GW5100: rate-limiting: requests cannot be counted \(policy=cluster\)/, "$verb: the log says so";
        unlike $n->log_text, qr/\[gw_ratelimit:(?:error|crit)\]/, "$verb: and no louder";
        $cluster->start;
        eventually { defined $n->call(GET => '/hard')->header('RateLimit-Remaining') } "$verb: back: counted again";
        cmp_ok $n->call(GET => '/hard')->header('RateLimit-Remaining'), '<', 49, "$verb: and what was counted before is not forgotten";
    }
}

done_testing;
