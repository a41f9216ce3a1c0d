# SPDX-License-Identifier: Apache-2.0
# middleman: which answers are told again, to whom, for how long; one question for many equal requests; stale answers.
# A node with one child, so that its one memory can be seen.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use Time::HiRes qw(time sleep);
use GatewayBurst;
use GatewayNode;
use GatewayTest;
use TestHook;

my $node = GatewayNode->start(GatewayNode::own_database(), extra => "StartServers 1\nServerLimit 1\nMaxRequestWorkers 32\nGwHookThreads 16\n");
my $hook = TestHook->start(sub {
    my ($asked) = @_;
    my $headers = $asked->{json}{headers};
    sleep $headers->{'x-sleep'} if $headers->{'x-sleep'};
    my %out = map { /^x-out-(.*)/ ? ($1 => $headers->{$_}) : () } keys %$headers;
    return [ $headers->{'x-say'} // 200, \%out, qq({"n":$asked->{request}}) ];
});
sub admin_here { return $node->admin_ok(@_) }
my $service = admin_here(POST => '/services', { name => 's', url => upstream() });
admin_here(POST => '/services/s/routes', { name => 'r', paths => ['/r'] });
admin_here(POST => '/services/s/routes', { name => 'other', paths => ['/other'] });
my $plugin = admin_here(POST => '/services/s/plugins', { name => 'middleman', config => { url => $hook->url, cache_ttl => 3600, cache_negative_ttl => 3600 } });
sub configure { return admin_here(PATCH => "/plugins/$plugin->{id}", { config => {@_} }) }

# How often the hook is asked for these requests, each [METHOD, path, ...].
sub questions {
    my @calls = @_;
    $hook->forget;
    $node->call(@$_) for @calls;
    return scalar $hook->asked;
}
sub fresh { return [ GET => "/r?q=" . unique('q') ] }

# ---- off by default ----
configure(cache_ttl => 0, cache_negative_ttl => 0);
my $same = fresh();
is questions(($same) x 3), 3, 'no ttl: asked each time';
configure(cache_ttl => 3600, cache_negative_ttl => 3600);

# ---- the key is all that is sent ----
is questions(($same) x 5), 1, 'the same again: asked once';
is questions($same), 0, 'and not once more';
for (
    [ [ GET => "$same->[1]&x=1" ], 'another argument' ], [ [ HEAD => $same->[1] ], 'another method' ],
    [ [ GET => $same->[1] =~ s{/r}{/other}r ], 'another path' ], [ [ @$same, 'X-Any' => 1 ], 'another header' ],
    [ [ @$same, 'X-Any' => 2 ], 'another value' ], [ [ @$same, Cookie => 'a=b' ], 'a cookie' ],
    [ [ POST => $same->[1], [ 'text/plain', 'a' ] ], 'a body' ], [ [ POST => $same->[1], [ 'text/plain', 'b' ] ], 'another body' ],
    [ [ POST => $same->[1], [ 'text/plain', "b\0" ] ], 'a byte more' ], [ [ POST => $same->[1], [ 'text/plain', "\xff" ] ], 'bytes' ],
    [ [ POST => $same->[1], [ 'text/plain', 'x' x 70000 ] ], 'a body that is too long' ],
) {
    my ($call, $name) = @$_;
    is questions($call, $call), 1, "$name: a question of its own, once";
}

# ---- two users never share ----
my %key;
for my $user (qw(alice bob)) {
    admin_here(POST => '/consumers', { username => $user });
    $key{$user} = admin_here(POST => "/consumers/$user/key-auth", {})->{key};
}
my $auth = admin_here(POST => '/services/s/plugins', { name => 'key-auth', config => { hide_credentials => JSON::true } });
my $private = fresh();
is questions([ @$private, apikey => $key{alice} ], [ @$private, apikey => $key{bob} ], [ @$private, apikey => $key{alice} ], [ @$private, apikey => $key{bob} ]),
    2, 'one question for each, though the keys are hidden from the hook';
admin_here(DELETE => "/plugins/$auth->{id}");

# ---- send_headers limits the key, too ----
configure(send_headers => ['x-say']);
$same = fresh();
is questions(map { [ @$same, 'User-Agent' => "agent $_", 'X-Id' => $_ ] } 1 .. 10), 1, 'what is not sent does not matter';
is questions([ @$same, 'x-say' => 403 ]), 1, 'what is sent does';
configure(send_headers => undef);

# ---- refusals ----
$same = [ @{ fresh() }, 'x-say' => 403, 'x-out-WWW-Authenticate' => 'Bearer' ];
is questions(($same) x 3), 1, 'a no is remembered';
my $res = $node->call(@$same);
is $res->code, 403, 'told again: the status';
like $res->content, qr/^\{"n":\d+\}$/, 'the body';
is $res->header('WWW-Authenticate'), 'Bearer', 'the headers';
is questions(([ @{ fresh() }, 'x-say' => 500 ]) x 3), 3, 'trouble of the hook is not';
configure(cache_negative_ttl => 0);
is questions(([ @{ fresh() }, 'x-say' => 403 ]) x 3), 3, 'no negative ttl: not remembered';
configure(cache_ttl => 0, cache_negative_ttl => 3600);
is questions((fresh()) x 3), 3, 'no ttl: a yes is not';
is questions(([ @{ fresh() }, 'x-say' => 403 ]) x 3), 1, 'a no is';
configure(cache_ttl => 3600);

# ---- headers for the upstream ----
configure(upstream_headers => ['X-User']);
$same = [ @{ fresh() }, 'x-out-X-User' => 'alice' ];
my @users = map { GatewayTest::json_of($node->call(@$same))->{headers}{'x-user'} } 1 .. 3;
is_deeply \@users, [qw(alice alice alice)], 'told again, too';
configure(upstream_headers => undef);

# ---- the hook may shorten, not lengthen ----
for (
    [ 'no-store', 3 ], [ 'no-cache', 3 ], [ 'max-age=0', 3 ], [ 'max-age=3000', 1 ], [ 'private, max-age=3000', 1 ], [ 'public', 1 ],
) {
    my ($control, $want) = @$_;
    is questions(([ @{ fresh() }, 'x-out-Cache-Control' => $control ]) x 3), $want, "Cache-Control: $control";
}
is questions(([ @{ fresh() }, 'x-out-Cache-Control' => 'max-age=100', 'x-out-Age' => 100 ]) x 3), 3, 'less its Age';
$same = [ @{ fresh() }, 'x-out-Cache-Control' => 'max-age=1' ];
is questions($same), 1, 'a second';
eventually { questions($same) == 1 } 'then it is asked again';
configure(cache_ttl => 0.2);
$same = [ @{ fresh() }, 'x-out-Cache-Control' => 'max-age=3000' ];
is questions($same), 1, 'a fifth of a second';
eventually { questions($same) == 1 } 'no longer, whatever the hook says';

# ---- the row ----
configure(cache_ttl => 3600);
$same = fresh();
is questions(($same) x 2), 1, 'remembered';
configure(cache_ttl => 3601);
is questions(($same) x 2), 1, 'a changed row has forgotten';
admin_here(DELETE => "/plugins/$plugin->{id}");
is questions($same), 0, 'removed: not asked';
$plugin = admin_here(POST => '/services/s/plugins', { name => 'middleman', config => { url => $hook->url, cache_ttl => 3600 } });
is questions(($same) x 2), 1, 'a new row knows nothing of the old one';
$node->call(GET => '/r');
admin_here(PATCH => '/services/s', { retries => 3 });
is questions($same), 0, 'a change elsewhere forgets nothing';

# ---- one flight ----
sub together {
    my ($n, %headers) = @_;
    $hook->forget;
    my $target = '/r?q=' . unique('q');
    my $codes = codes_of(burst($node->{proxy_port}, $target, connections => $n, headers => { 'x-sleep' => 1, %headers }));
    return ($codes, scalar $hook->asked);
}
my ($codes, $asked) = together(12);
is_deeply $codes, { 200 => 12 }, 'twelve at once';
is $asked, 1, 'one question';
($codes, $asked) = together(12, 'x-say' => 403);
is_deeply $codes, { 403 => 12 }, 'refused, too';
cmp_ok $asked, '>=', 12, 'but what may not be remembered is not shared';
($codes, $asked) = together(8, 'x-out-Cache-Control' => 'no-store');
is_deeply $codes, { 200 => 8 }, 'nor what the hook forbids';
is $asked, 8, 'each asks for itself';

# ---- stale ----
# (A client's Connection header is sent, too, and differs when a connection was closed.)
configure(cache_negative_ttl => 0.2, cache_ttl => 0.2, cache_stale_ttl => 3600, breaker_failures => 0, on_error => 'deny',
    send_headers => [qw(x-say x-out-Cache-Control)]);
my ($yes, $no, $never) = (fresh(), [ @{ fresh() }, 'x-say' => 402 ], fresh());
my $unstale = [ @{ fresh() }, 'x-out-Cache-Control' => 'must-revalidate' ];
is questions($yes, $no, $unstale), 3, 'known';
my $port = $hook->{port};
sleep 0.3; # past cache_ttl
$hook->stop;
is $node->call(@$yes)->code, 200, 'the hook is down: the last yes counts';
is $node->call(@$no)->code, 402, 'and the last no';
is $node->call(@$never)->code, 503, 'nothing is known of others';
is $node->call(@$unstale)->code, 503, 'nor of what the hook did not let be stale';
$hook = TestHook->start(sub { [ 500, {}, '{"oops":1}' ] }, port => $port);
is $node->call(@$yes)->code, 200, 'it only has trouble: the same';
is $node->call(@$never)->code, 500, 'others hear of it';
$hook->stop;
$hook = TestHook->start(sub { 403 }, port => $port);
is $node->call(@$yes)->code, 403, 'it is back and has changed its mind';
configure(cache_stale_ttl => 0);
$hook->stop;
is $node->call(@$yes)->code, 503, 'no stale answers unless configured';

done_testing;
