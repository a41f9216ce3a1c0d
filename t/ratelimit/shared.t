# SPDX-License-Identifier: Apache-2.0
# rate-limiting, counted for all nodes together: in the database and in Redis. What passes, exactly so when requests
# come at once, what is kept under which key, and that two nodes count together.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use AdminTest;
use GatewayBurst;
use GatewayNode;
use GatewayTest;
use RedisServer;
use File::Temp ();

my $redis = RedisServer->start(password => 's3cret');
my $locked = { redis_host => '127.0.0.1', redis_port => $redis->{port}, redis_password => 's3cret', redis_database => 3 };
my %policy = (cluster => {}, redis => $locked);
my $service = new_service();
sub limited { my ($config, %f) = @_; my $r = new_route($service, %f); return ($r->{paths}[0], add_plugin("/routes/$r->{id}", 'rate-limiting', $config), $r) }
sub left { my ($res) = @_; return join ' ', $res->code, map { $_ // '-' } map { scalar $res->header($_) } @_[1 .. $#_] }
my @year = qw(X-RateLimit-Limit-Year X-RateLimit-Remaining-Year RateLimit-Limit RateLimit-Remaining);
my ($port) = proxy_url() =~ /:(\d+)$/;

answers([ POST => '/plugins', { name => 'rate-limiting', config => { year => 1, policy => 'redis' } } ], 400,
    qr/"redis_host":"required field missing"/, 'which Redis?');

for my $name (sort keys %policy) {
    my %more = (policy => $name, fault_tolerant => \0, %{ $policy{$name} });
    my ($path, undef, $route) = limited({ year => 3, %more });
    for my $left (2, 1, 0) {
        is left(call(GET => $path), @year), "200 3 $left 3 $left", "$name: $left left";
    }
    for (1 .. 2) {
        my $res = call(GET => $path);
        is left($res, @year), '429 3 0 3 0', "$name: over";
        is $res->header('Retry-After'), $res->header('RateLimit-Reset'), "$name: Retry-After";
        is json_of($res)->{message}, 'API rate limit exceeded', "$name: message";
    }
    ($path) = limited({ hour => 2, day => 3, month => 3, year => 9, %more });
    is left(call(GET => $path), map { ("X-RateLimit-Limit-$_", "X-RateLimit-Remaining-$_") } qw(Hour Day Month Year)),
        '200 2 1 3 2 3 2 9 8', "$name: several limits";
    ($path) = limited({ year => 2, %more, limit_by => 'header', header_name => 'x-who' });
    for my $who ('a', 'b', "odd:1:year' \" \x{e9}", 'x' x 5000) {
        is left(call(GET => $path, 'X-Who' => $who), @year), '200 2 1 2 1', "$name: each for itself: " . substr $who, 0, 20;
    }

    is left(call(GET => $path), @year), '200 2 1 2 1', "$name: without the header: the address";
    is left(call(GET => $path, 'X-Who' => '127.0.0.1'), @year), '200 2 1 2 1', "$name: a value that looks like the address is not it";

    # exactly
    ($path) = limited({ year => 10, %more });
    my %codes;
    for (1 .. 3) {
        my $some = codes_of(burst($port, $path, connections => 60, seconds => 120));
        $codes{$_} += $some->{$_} for keys %$some;
    }
    is_deeply \%codes, { 200 => 10, 429 => 170 }, "$name: 180 requests, 60 at a time: exactly 10 pass";

    # a window that ends
    ($path) = limited({ second => 1, %more });
    eventually { call(GET => $path)->code == 429 } "$name: a second is full";
    eventually { call(GET => $path)->code == 200 } "$name: and the next one is not";

    # consumers
    ($path, undef, $route) = limited({ year => 5, %more });
    add_plugin("/routes/$route->{id}", 'key-auth');
    my @who = map { my $c = new_consumer(); +{ %$c, key => admin_ok(POST => "/consumers/$c->{id}/key-auth")->{key} } } 1, 2;
    add_plugin("/consumers/$who[1]{id}", 'rate-limiting', { year => 50, %more }, route => { id => $route->{id} });
    is left(call(GET => $path, apikey => $who[$_->[0]]{key}), 'X-RateLimit-Remaining-Year'), "200 $_->[1]", "$name: consumer $_->[0]: $_->[1]"
        for [ 0, 4 ], [ 0, 3 ], [ 1, 49 ], [ 0, 2 ];
}

# ---- what Redis holds ----
my ($path, undef, $route) = limited({ minute => 100, year => 100, limit_by => 'ip', policy => 'redis', %$locked });
call(GET => $path) for 1 .. 2;
{
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $redis->{port}) or die;
    print $socket RedisServer::command(@$_) for [ AUTH => 's3cret' ], [ SELECT => 3 ], [ KEYS => "ratelimit:$route->{id}:*" ];
    my (undef, undef, $keys) = map { RedisServer::read_reply($socket) } 1 .. 3;
    my $prefix = "ratelimit:$route->{id}:00000000-0000-0000-0000-000000000000:127.0.0.1";
    is join(' ', sort map { s/:\d+000:/:N:/r } @$keys), "$prefix:N:minute $prefix:N:year", 'keys as Kong has them, in the database that was said'
        unless @$keys == 3; # a minute began in between
    my ($year) = grep { /year$/ } @$keys;
    print $socket RedisServer::command(@$_) for [ GET => $year ], [ TTL => $year ];
    is RedisServer::read_reply($socket), 2, 'counted';
    like RedisServer::read_reply($socket), qr/^[1-9]\d+$/, 'and forgotten by itself';
}

# ---- a password that is wrong, a host that is none ----
for (['a wrong password' => { redis_password => 'guess' }], ['a host that is none' => { redis_host => 'no-such-host.invalid' }],
    ['a user that is none' => { redis_username => 'nobody' }]) {
    my ($name, $more) = @$_;
    my ($tolerant) = limited({ year => 5, policy => 'redis', %$locked, %$more });
    is left(call(GET => $tolerant), 'RateLimit-Limit'), '200 -', "$name: let through";
    my ($strict) = limited({ year => 5, policy => 'redis', fault_tolerant => \0, %$locked, %$more });
    my $res = call(GET => $strict);
    is $res->code, 503, "$name: 503 where nothing may pass uncounted";
    is json_of($res)->{message}, 'Service unavailable', "$name: message";
}

# ---- TLS ----
my ($cert, $key, $keep) = TestUpstream::certificate('IP:127.0.0.1', 'DNS:localhost');
my $secure = RedisServer->start(tls => [ $cert, $key ]);
my %tls = (year => 5, policy => 'redis', redis_host => 'localhost', redis_port => $secure->{port}, redis_ssl => \1);
($path) = limited({ %tls });
is left(call(GET => $path), @year), '200 5 4 5 4', 'redis_ssl';
is left(call(GET => $path), @year), "200 5 $_ 5 $_", "over links that are kept: $_" for 3, 2, 1, 0;
($path) = limited({ %tls, redis_ssl_verify => \1, fault_tolerant => \0 });
is call(GET => $path)->code, 503, 'redis_ssl_verify: a certificate of nobody\'s is not believed';
($path) = limited({ %tls, redis_ssl => \0, fault_tolerant => \0 });
is call(GET => $path)->code, 503, 'plain text to a TLS port';
($path) = limited({ %tls, redis_port => $redis->{port}, fault_tolerant => \0 });
is call(GET => $path)->code, 503, 'TLS to a plain port';

# ---- a certificate that somebody vouches for; an answer that is lost ----
my $trusting = GatewayNode->start(GatewayNode::own_database(), env => { SSL_CERT_FILE => $cert });
$trusting->admin_ok(POST => '/services', { name => 's', url => upstream() });
for my $name (qw(verified lost)) {
    $trusting->admin_ok(POST => '/services/s/routes', { name => $name, paths => ["/$name"] });
}
$trusting->admin_ok(POST => '/routes/verified/plugins', { name => 'rate-limiting', config => { %tls, redis_ssl_verify => \1, fault_tolerant => \0 } });
is left($trusting->call(GET => '/verified'), @year), "200 5 $_ 5 $_", "redis_ssl_verify: a certificate of those whom the system trusts: $_" for 4, 3;
{   # It counts, and hangs up at each connection's second question without a word: what was counted is not counted again.
    my $count = File::Temp->new;
    my %asked;
    my $mean = RedisServer->pretend(sub {
        my ($socket, $bytes) = @_;
        return 1 unless $bytes =~ /EVAL/;
        open my $log, '>>', "$count" or return 0;
        print $log "x";
        close $log;
        if ($asked{$socket}++) {
            delete $asked{$socket};
            return 0;
        }
        my $n = -s "$count";
        print $socket "*1\r\n:$n\r\n";
        $socket->flush;
        return 1;
    });
    # a machine that stands still for seconds is no answer that is lost
    $trusting->admin_ok(POST => '/routes/lost/plugins', { name => 'rate-limiting', config => { year => 1000, policy => 'redis', redis_host => '127.0.0.1', redis_port => $mean->{port}, redis_timeout => 30_000, fault_tolerant => \0 } });
    my %codes = (200 => 0, 503 => 0);
    $codes{ $trusting->call(GET => '/lost')->code }++ for 1 .. 20;
    is -s "$count", 20, 'a question whose answer is lost is not asked again: each request is counted once';
    is $codes{200} + $codes{503}, 20, 'all are answered';
    cmp_ok $codes{$_}, '>=', 5, "and a lost answer is as one that could not be counted: $_" for 200, 503; # half of each child's
}

# ---- two nodes ----
my @database = is_postgres() ? (driver => 'pgsql', params => database_params()) : ();
my $node = GatewayNode->start(@database);
unless (is_postgres()) { # SQLite: the other node has a database of its own, Redis is common to both
    $node->admin_ok(PUT => "/services/$service->{id}", { name => 's', url => upstream() });
}
my %common = (redis => 1, cluster => is_postgres());
for my $name (grep { $common{$_} } sort keys %common) {
    my ($p, $plugin, $r) = limited({ year => 6, policy => $name, %{ $policy{$name} } });
    unless (is_postgres()) {
        $node->admin_ok(PUT => "/routes/$r->{id}", { name => 'r', paths => [$p], service => { id => $service->{id} } });
        $node->admin_ok(PUT => "/plugins/$plugin->{id}", { name => 'rate-limiting', route => { id => $r->{id} }, config => $plugin->{config} });
    }
    my $other;
    eventually { (($other = $node->call(GET => $p))->header('RateLimit-Limit') // '') eq '6' } "$name: the other node has route and plugin";
    is left($other, @year), '200 6 5 6 5', "$name: here";
    is left(call(GET => $p), @year), '200 6 4 6 4', "$name: there";
    is left($node->call(GET => $p), @year), '200 6 3 6 3', "$name: and here";
}

done_testing;
