# SPDX-License-Identifier: Apache-2.0
# Services whose host is an upstream's name: who gets which request (docs/upstreams.md).
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use TestUpstream;

my @up = map { TestUpstream->start } 1 .. 3;
my %name_of = map { ($up[$_]{port} => $_) } 0 .. 2;
my $children = 16; # more than the suite's server has: each keeps its own turn

sub target { return "$_[0]{host}:$_[0]{port}" }

# An upstream with these targets ([server, weight]...), a service that points to it, a route: (path, upstream, service).
sub group {
    my ($upstream, $targets, $service, $route) = @_;
    my $name = unique('up');
    admin_ok(POST => '/upstreams', { name => $name, %$upstream });
    admin_ok(POST => "/upstreams/$name/targets", { target => target($_->[0]), weight => $_->[1] }) for @$targets;
    my $s = new_service(url => "http://$name:1/", %{ $service // {} });
    my $r = new_route($s, %{ $route // {} });
    return ("/$r->{name}", $name, $s, $r);
}

# Which of them answered.
sub who {
    my ($path, @headers) = @_;
    my $res = call(GET => $path, @headers);
    return $res->code if $res->code != 200;
    my ($port) = json_of($res)->{headers}{host} =~ /:(\d+)$/;
    return defined $port ? $name_of{$port} // "?$port" : '?';
}

sub shares {
    my ($path, $n) = @_;
    my %n;
    $n{ who($path) }++ for 1 .. $n;
    return \%n;
}

# ---- round-robin ----
my ($equal, $equal_name) = group({}, [ map { [ $_, 100 ] } @up ]);
my $got = shares($equal, 90);
is_deeply [ sort keys %$got ], [ 0, 1, 2 ], 'every target gets requests';
cmp_ok abs($got->{$_} - 30), '<=', $children, "target $_ gets its third" for 0 .. 2;

my ($weighted) = group({}, [ [ $up[0], 100 ], [ $up[1], 300 ], [ $up[2], 0 ] ]);
$got = shares($weighted, 120);
ok !$got->{2}, 'weight 0: none';
cmp_ok $got->{1}, '>', $got->{0}, 'three times the weight, more requests';
is $got->{0} + $got->{1}, 120, 'nothing is lost';

# In force with the next request.
admin_ok(PATCH => "/upstreams/$equal_name/targets/" . target($up[0]), { weight => 0 });
admin_ok(DELETE => "/upstreams/$equal_name/targets/" . target($up[1]));
is_deeply shares($equal, 12), { 2 => 12 }, 'a target that is deleted and one without weight get no more';
admin_ok(POST => "/upstreams/$equal_name/targets", { target => target($up[1]) });
$got = shares($equal, 40);
ok $got->{1} && $got->{2} && !$got->{0}, 'a new one does';

# ---- nobody there ----
my ($empty, $empty_name) = group({}, []);
my $res = call(GET => $empty);
is $res->code, 503, 'an upstream without targets: 503';
is json_of($res)->{message}, 'failure to get a peer from the ring-balancer', 'with its message';
my ($weightless) = group({}, [ [ $up[0], 0 ] ]);
is call(GET => $weightless)->code, 503, 'no weight at all: 503';
admin_ok(DELETE => "/upstreams/$empty_name");
is call(GET => $empty)->code, 503, 'an upstream that is deleted: its name is a host name again, which nobody knows';
admin_ok(PUT => "/upstreams/$empty_name", {});
admin_ok(POST => "/upstreams/$empty_name/targets", { target => target($up[0]) });
is call(GET => $empty)->code, 200, 'an upstream that comes after its service';

# ---- failover ----
my $port = TestUpstream::free_port();
my ($half, $half_name) = group({}, [ [ $up[0], 1 ] ]);
admin_ok(POST => "/upstreams/$half_name/targets", { target => "127.0.0.1:$port", weight => 65535 });
is_deeply shares($half, 20), { 0 => 20 }, 'a dead target costs nobody an answer';
is call(POST => $half, [ 'text/plain', 'x' x 200_000 ])->code, 200, 'not even a large POST: nothing was sent';
my ($once, $once_name) = group({}, [ [ $up[0], 1 ] ], { retries => 0 });
admin_ok(POST => "/upstreams/$once_name/targets", { target => "127.0.0.1:$port", weight => 65535 });
$got = shares($once, 10);
ok $got->{502}, 'retries=0: it does';
my $key = unique('k');
my ($two) = group({}, [ [ $up[0], 1 ], [ $up[1], 1 ] ]);
is call(GET => "$two/do/fail/$key/1/close")->code, 200, 'one that breaks off is followed by another attempt';
# Each server fails its first request of this key.
is_deeply [ sort map { my $up = $_; scalar grep { index($_->{path}, "/$key/") > 0 } $up->requests } @up[ 0, 1 ] ], [ 1, 2 ],
    'at another target, and when both have failed at one of them again';

# ---- Host ----
sub host_of { return json_of(call(GET => @_))->{headers}{host} }
my ($path, $name, undef, $route) = group({ host_header => 'api.example.com' }, [ [ $up[0], 1 ] ]);
is host_of($path), 'api.example.com', 'host_header';
admin_ok(PATCH => "/upstreams/$name", { host_header => undef });
is host_of($path), target($up[0]), 'without it: the target';
admin_ok(PATCH => "/routes/$route->{id}", { preserve_host => JSON::true() });
is host_of($path, Host => 'client.example.com'), 'client.example.com', "preserve_host: the client's";
my ($local, $local_name) = group({}, []);
admin_ok(POST => "/upstreams/$local_name/targets", { target => "localhost:$up[0]{port}" });
is host_of($local), "localhost:$up[0]{port}", 'a target with a name is called by it';
admin_ok(POST => "/upstreams/$local_name/targets", { target => 'no-such-host.invalid:80' });
is_deeply shares($local, 10), { 0 => 10 }, 'a target whose name nobody knows gets nothing';

# ---- consistent hashing ----
# Requests of one kind go to one target, those of many kinds to all.
sub sticks {
    my ($path, $what, $kinds) = @_;
    my %seen;
    for my $kind (@$kinds) {
        my ($suffix, @headers) = @$kind;
        my @to = map { who($path . $suffix, @headers) } 1 .. 4;
        is_deeply [ @to[ 1 .. 3 ] ], [ ($to[0]) x 3 ], "$what: the same target each time" or diag "@to";
        $seen{ $to[0] }++;
    }
    is_deeply [ sort keys %seen ], [ 0 .. 2 ], "$what: all targets have their share";
}
my @all = map { [ $_, 100 ] } @up;
my @n = 1 .. 24;
my ($h) = group({ hash_on => 'header', hash_on_header => 'X-Shard' }, \@all);
sticks($h, 'header', [ map { [ '', 'X-Shard' => "s$_" ] } @n ]);
($h) = group({ hash_on => 'path' }, \@all);
sticks($h, 'path', [ map { ["/p$_"] } @n ]);
($h) = group({ hash_on => 'query_arg', hash_on_query_arg => 'id' }, \@all);
sticks($h, 'query_arg', [ map { ["?x=1&id=$_"] } @n ]);
my $capture = unique('cap');
($h) = group({ hash_on => 'uri_capture', hash_on_uri_capture => 'shard' }, \@all, {}, { paths => ["~/$capture/(?<shard>[^/]+)"] });
sticks("/$capture", 'uri_capture', [ map { ["/s$_"] } @n ]);
($h) = group({ hash_on => 'cookie', hash_on_cookie => 'shard' }, \@all);
sticks($h, 'cookie', [ map { [ '', Cookie => "a=b; shard=s$_" ] } @n ]);
($h) = group({ hash_on => 'ip' }, \@all);
is scalar(keys %{ shares($h, 12) }), 1, 'ip: one client, one target';
($h) = group({ hash_on => 'header', hash_on_header => 'X-None', hash_fallback => 'header', hash_fallback_header => 'X-Shard' }, \@all);
sticks($h, 'hash_fallback', [ map { [ '', 'X-Shard' => "s$_" ] } @n ]);
{
    my ($path, $name, $s) = group({ hash_on => 'consumer', hash_fallback => 'ip' }, \@all);
    add_plugin("/services/$s->{id}", 'key-auth');
    my @kinds = map {
        my $consumer = new_consumer();
        [ '', apikey => admin_ok(POST => "/consumers/$consumer->{id}/key-auth", {})->{key} ]
    } @n;
    sticks($path, 'consumer', \@kinds);
}

# A client without the cookie gets one, and stays where it was.
{
    my ($path) = group({ hash_on => 'cookie', hash_on_cookie => 'shard', hash_on_cookie_path => '/x' }, \@all);
    my $res = call(GET => $path);
    my ($cookie) = ($res->header('Set-Cookie') // '') =~ m{^(shard=[0-9a-f-]{36}); Path=/x$} or diag $res->headers->as_string;
    ok $cookie, 'Set-Cookie';
    my ($port) = json_of($res)->{headers}{host} =~ /:(\d+)$/;
    is_deeply [ map { who($path, Cookie => $cookie // '') } 1 .. 6 ], [ ($name_of{$port}) x 6 ], 'it leads back to the same target';
    is call(GET => $path, Cookie => $cookie)->header('Set-Cookie'), undef, 'one cookie is enough';
}

# Removing a target moves its own keys and no others.
{
    my ($path, $name) = group({ hash_on => 'header', hash_on_header => 'X-Shard' }, \@all);
    my %before = map { ($_ => who($path, 'X-Shard' => "k$_")) } 1 .. 40;
    admin_ok(DELETE => "/upstreams/$name/targets/" . target($up[2]));
    my %after = map { ($_ => who($path, 'X-Shard' => "k$_")) } 1 .. 40;
    is_deeply [ grep { $before{$_} ne $after{$_} } sort { $a <=> $b } keys %before ],
        [ grep { $before{$_} eq 2 } sort { $a <=> $b } keys %before ], 'those of the target that went';
}

# ---- least connections ----
{
    my ($path) = group({ algorithm => 'least-connections' }, [ [ $up[0], 100 ], [ $up[1], 100 ] ]);
    my $got = shares($path, 20);
    is $got->{0} + $got->{1}, 20, 'least-connections';
    ok $got->{0} && $got->{1}, 'idle targets take turns';
}

# ---- warnings ----
my $odd = admin_ok(POST => '/upstreams', { name => unique('up'), algorithm => 'latency', use_srv_name => JSON::true() });
my @warnings = grep { ($_->{id} // '') eq $odd->{id} } @{ admin_ok(GET => '/status')->{gateway}{warnings} };
is_deeply [ sort map { "$_->{entity} $_->{code}" } @warnings ], [ 'upstreams algorithm-latency', 'upstreams use-srv-name' ],
    '/status says what has no effect';
done_testing();
