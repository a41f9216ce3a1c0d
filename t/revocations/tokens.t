# SPDX-License-Identifier: Apache-2.0
# /revocations: tokens that are refused before their end, by jti, by consumer, by when they were issued; in force like
# any change, gone when their time is over.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use AdminTest;
use GatewayBurst;
use GatewayNode;
use GatewayTest;
use Tokens qw(token);
use Time::HiRes qw(time sleep);

my $n = 24;
my $path = new_route(new_service())->{paths}[0];
add_plugin('/routes/' . ($path =~ s{^/}{}r), 'jwt');
my ($alice, $bob) = (new_consumer(), new_consumer());
my %key = map { $_->{id} => unique('iss') } $alice, $bob;
admin_ok(POST => "/consumers/$_->{id}/jwt", { key => $key{ $_->{id} }, secret => 'secret' }) for $alice, $bob;

sub bearer { my ($who, %claims) = @_; return 'Bearer ' . token(claims => { iss => $key{ $who->{id} }, %claims }) }
sub all_say {
    my ($code, $name, @who) = @_;
    return is_deeply codes_of(burst(GatewayTest::proxy_port(), $path, connections => $n, headers => { Authorization => bearer(@who) })),
        { $code => $n }, $name;
}
my $now = int time;
my $later = $now + 600;
my $revocation = { id => '<id>', created_at => '<time>', map { $_ => undef } qw(jti session consumer issued_before until tags) };

# What may be said.
my $only_one = q(exactly one of these fields must be non-empty: 'jti', 'session', 'consumer');
for (
    [ 'nothing', {}, { '@entity' => [$only_one], until => 'required field missing' } ],
    [ 'no end', { jti => 'x' }, { until => 'required field missing' } ],
    [ 'an end that is over', { jti => 'x', until => $now - 1 }, { until => 'must lie in the future' } ],
    [ 'two at once', { jti => 'x', session => 'y', until => $later }, { '@entity' => [$only_one] } ],
    [ 'a token before a time', { jti => 'x', issued_before => $now, until => $later }, { issued_before => q(only with 'consumer') } ],
    [ 'a name that is too long', { jti => 'x' x 1025, until => $later }, { jti => 'length must be at most 1024' } ],
    [ 'what is not known', { kid => 'x', jti => 'y', until => $later }, { kid => 'unknown field' } ],
) {
    my ($name, $body, $fields) = @$_;
    my $res = admin(POST => '/revocations', $body);
    is $res->code, 400, "$name: 400";
    is_deeply json_of($res)->{fields}, $fields, "$name: told where" or diag $res->content;
}
answers([ POST => '/revocations', { consumer => { id => NOWHERE }, until => $later } ], 400, qr/the foreign key.*consumer/, 'a consumer that does not exist');
is admin(GET => '/revocations/' . NOWHERE)->code, 404, 'none of this id';

# By jti.
all_say(200, 'a token', $alice, jti => 'one');
my $row = answers([ POST => '/revocations', { jti => 'one', until => $later } ], 201,
    { %$revocation, jti => 'one', until => $later }, 'a token is revoked');
all_say(401, 'it is refused at once, by every child', $alice, jti => 'one');
my $res = call(GET => $path, Authorization => bearer($alice, jti => 'one'));
is $res->content, '{"message":"Token revoked"}', 'and told why';
is $res->header('WWW-Authenticate'), 'Bearer realm="service", error="invalid_token"', 'as a token that is not good';
all_say(401, 'so is another one of the same jti', $alice, jti => 'one', iat => $now);
all_say(200, 'not one of another', $alice, jti => 'two');
all_say(200, 'nor one without', $alice);
answers([ GET => "/revocations/$row->{id}" ], 200, { %$revocation, jti => 'one', until => $later }, 'the row is there');
is scalar(grep { $_->{id} eq $row->{id} } @{ admin_ok(GET => '/revocations?size=1000')->{data} }), 1, 'in the list, too';
my $counted = admin_ok(GET => '/status')->{gateway}{caches}{revocations};
cmp_ok $counted->{entries}, '>=', 1, '/status counts it';
cmp_ok $counted->{bytes}, '>', 0, 'and its bytes';
admin_ok(PATCH => "/revocations/$row->{id}", { jti => 'two' });
all_say(401, 'a row that is changed revokes what it now says', $alice, jti => 'two');
all_say(200, 'and nothing else', $alice, jti => 'one');
is admin(DELETE => "/revocations/$row->{id}")->code, 204, 'it is taken back';
all_say(200, 'the token is good again', $alice, jti => 'two');

# By consumer.
$row = admin_ok(POST => '/revocations', { consumer => { id => $alice->{id} }, until => $later });
all_say(401, 'all tokens of a consumer', $alice, jti => 'three', iat => $later);
all_say(200, 'not those of another', $bob, jti => 'three');
admin_ok(PATCH => "/revocations/$row->{id}", { issued_before => $now });
all_say(401, 'only those issued before: an old one', $alice, iat => $now - 1);
all_say(401, 'one that does not say when', $alice);
all_say(401, 'one that says it in words', $alice, iat => 'yesterday');
all_say(200, 'not one from then on', $alice, iat => $now);
admin_ok(DELETE => "/revocations/$row->{id}");

# Below their consumer.
$row = answers([ POST => "/consumers/$alice->{username}/revocations", { until => $later } ], 201,
    { %$revocation, consumer => { id => $alice->{id} }, until => $later }, 'below a consumer');
all_say(401, 'it is that consumer who is revoked', $alice);
is_deeply [ map { $_->{id} } @{ admin_ok(GET => "/consumers/$alice->{id}/revocations")->{data} } ], [ $row->{id} ], 'the list of a consumer';
is_deeply admin_ok(GET => "/consumers/$bob->{id}/revocations")->{data}, [], 'not that of another';
is admin(DELETE => "/consumers/$bob->{id}/revocations/$row->{id}")->code, 404, 'nor to be taken back there';
all_say(401, 'so that it stays', $alice);
is admin(DELETE => "/consumers/$alice->{id}/revocations/$row->{id}")->code, 204, 'but here';
all_say(200, 'and the tokens are good again', $alice);

$row = admin_ok(POST => '/revocations', form('consumer.id' => $bob->{id}, issued_before => $now));
is $row->{until}, undef, 'issued before needs no end';
all_say(401, 'a form says it as well', $bob, iat => $now - 1);
admin_ok(DELETE => "/consumers/$bob->{id}");
is admin(GET => "/revocations/$row->{id}")->code, 200, 'it outlives its consumer, who may come back with a file';
admin_ok(DELETE => "/revocations/$row->{id}");

# With anonymous, a revoked token is as no token.
my $open = new_route(new_service());
add_plugin("/routes/$open->{id}", 'jwt', { anonymous => new_consumer()->{id} });
admin_ok(POST => '/revocations', { jti => 'four', until => $later });
$res = call(GET => $open->{paths}[0], Authorization => bearer($alice, jti => 'four'));
is json_of($res)->{headers}{'x-anonymous-consumer'}, 'true', 'nobody asks with a revoked token' or diag $res->content;

# The end.
my $end = int(time) + 2;
$row = admin_ok(POST => '/revocations', { jti => 'five', until => $end });
all_say(401, 'revoked for two seconds', $alice, jti => 'five');
eventually { call(GET => $path, Authorization => bearer($alice, jti => 'five'))->code == 200 } 'it ends';
cmp_ok time, '>=', $end, 'not before its time';
all_say(200, 'for good', $alice, jti => 'five');
eventually { admin(GET => "/revocations/$row->{id}")->code == 404 } 'and the row is not seen any more';
$row = admin_ok(POST => '/revocations', { jti => 'six', until => int(time) + 2 });
admin_ok(PATCH => "/revocations/$row->{id}", { until => $later });
sleep 3;
is admin(GET => "/revocations/$row->{id}")->code, 200, 'an end that is put off is the end of the row, too';
all_say(401, 'and of its effect', $alice, jti => 'six');

# New children know.
my $node = GatewayNode->start(GatewayNode::own_database());
$node->admin_ok(POST => '/services', { name => 's', url => upstream() });
$node->admin_ok(POST => '/services/s/routes', { paths => ['/s'] });
$node->admin_ok(POST => '/services/s/plugins', { name => 'jwt' });
$node->admin_ok(POST => '/consumers', { username => 'carol' });
$node->admin_ok(POST => '/consumers/carol/jwt', { key => 'carol', secret => 'secret' });
$node->admin_ok(POST => '/revocations', { jti => 'seven', until => $later });
sub revoked { return $node->call(GET => '/s', Authorization => 'Bearer ' . token(claims => { iss => 'carol', jti => 'seven' }))->code }
eventually { open my $in, '<', "$node->{dir}/state/last-good" or return 0; local $/; <$in> =~ /"seven"/ } 'it is among what is saved for an outage';
my %old = map { $_ => 1 } $node->children;
$node->graceful;
eventually { !grep { $old{$_} } $node->children } 'a graceful restart';
is revoked(), 401, 'does not forget it';
$node->stop;
$node->launch->wait_until_up;
is revoked(), 401, 'nor does a new start';
done_testing;
