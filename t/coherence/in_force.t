# SPDX-License-Identifier: Apache-2.0
# When the Admin API answers, the change is in force: on every connection, in every child, without a pause in between.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayBurst;
use GatewayTest;

my $port = GatewayTest::proxy_port();
my $n = 24;

sub all_say {
    my ($code, $name, $path, %headers) = @_;
    return is_deeply codes_of(burst($port, $path, connections => $n, headers => \%headers)), { $code => $n }, $name;
}

my $service = new_service();
for my $round (1 .. 5) {
    my $name = unique('soon');
    all_say(404, "round $round: no route yet", "/$name");
    my $route = admin_ok(POST => '/routes', { name => $name, paths => ["/$name"], service => { id => $service->{id} } });
    all_say(200, "round $round: a new route is served", "/$name");
    admin_ok(PATCH => "/routes/$name", { paths => ["/$name-moved"] });
    all_say(404, "round $round: a route that moved is gone from its old path", "/$name");
    all_say(200, "round $round: and there at its new one", "/$name-moved");
    admin_ok(DELETE => "/routes/$name");
    all_say(404, "round $round: a route that was deleted is gone", "/$name-moved");
}

# The service behind a route.
my $route = new_route($service);
my $path = $route->{paths}[0];
for my $round (1 .. 3) {
    admin_ok(PATCH => "/services/$service->{id}", { path => "/round-$round" });
    my @bodies = burst($port, $path, connections => $n);
    is scalar(grep { m{/round-$round\b} } @bodies), $n, "round $round: the service's new path is used";
}

# Plugins, consumers and credentials; each key is asked for before it exists, so that its absence is cached.
my $plugin = add_plugin("/routes/$route->{id}", 'key-auth');
all_say(401, 'a plugin that was added asks for a key', $path);
my $consumer = new_consumer();
for my $round (1 .. 5) {
    my ($key, $other) = (unique('key'), unique('key'));
    all_say(401, "round $round: a key that does not exist", $path, apikey => $key);
    my $credential = admin_ok(POST => "/consumers/$consumer->{id}/key-auth", { key => $key });
    all_say(200, "round $round: exists now", $path, apikey => $key);
    all_say(401, "round $round: another key does not", $path, apikey => $other);
    admin_ok(PATCH => "/consumers/$consumer->{id}/key-auth/$credential->{id}", { key => $other });
    all_say(401, "round $round: a key that was changed is refused", $path, apikey => $key);
    all_say(200, "round $round: what it was changed to is not", $path, apikey => $other);
    admin_ok(DELETE => "/consumers/$consumer->{id}/key-auth/$credential->{id}");
    all_say(401, "round $round: a key that was deleted is refused", $path, apikey => $other);
}

# A credential with an end, which no event tells.
my $mortal = unique('mortal');
admin_ok(POST => "/consumers/$consumer->{id}/key-auth", { key => $mortal, ttl => 3 });
my $until = time + 3;
all_say(200, 'a key that ends soon', $path, apikey => $mortal);
eventually { (codes_of(burst($port, $path, headers => { apikey => $mortal }))->{401} // 0) == 24 } 'ends';
cmp_ok time, '>=', $until - 1, 'not before its time';
is_deeply codes_of(burst($port, $path, headers => { apikey => $mortal })), { 401 => 24 }, 'for good';

my $key = unique('key');
admin_ok(POST => "/consumers/$consumer->{id}/key-auth", { key => $key });
my $renamed = unique('renamed');
all_say(200, 'a consumer in use', $path, apikey => $key);
admin_ok(PATCH => "/consumers/$consumer->{id}", { username => $renamed });
is scalar(grep { /"x-consumer-username":"\Q$renamed\E"/i } burst($port, $path, connections => $n, headers => { apikey => $key })),
    $n, 'has its new name at once';
admin_ok(DELETE => "/consumers/$consumer->{id}");
all_say(401, 'a consumer that was deleted takes its keys along', $path, apikey => $key);

# A plugin of one consumer that becomes another's, nobody's, and one's again; by the key of each.
{
    my %key = map { ($_ => unique($_)) } my @names = qw(ann bob);
    my %id = map { ($_ => new_consumer()->{id}) } @names;
    admin_ok(POST => "/consumers/$id{$_}/key-auth", { key => $key{$_} }) for @names;
    my $say = sub { my ($what, %code) = @_; all_say($code{$_}, "$what: $_", $path, apikey => $key{$_}) for @names };
    $say->('no plugin of their own', ann => 200, bob => 200);
    my $own = add_plugin("/routes/$route->{id}", 'request-termination', { status_code => 418 }, consumer => { id => $id{ann} });
    $say->("a plugin of ann's", ann => 418, bob => 200);
    admin_ok(PATCH => "/plugins/$own->{id}", { config => { status_code => 419 } });
    $say->('that changed', ann => 419, bob => 200);
    admin_ok(PATCH => "/plugins/$own->{id}", { consumer => { id => $id{bob} } });
    $say->("that is bob's now", ann => 200, bob => 419);
    admin_ok(PATCH => "/plugins/$own->{id}", { consumer => undef });
    $say->("nobody's", ann => 419, bob => 419);
    admin_ok(PATCH => "/plugins/$own->{id}", { consumer => { id => $id{ann} } });
    $say->("ann's again", ann => 419, bob => 200);
    admin_ok(DELETE => "/plugins/$own->{id}");
    $say->('and gone', ann => 200, bob => 200);
    admin_ok(DELETE => "/consumers/$_") for values %id;
}

admin_ok(PATCH => "/plugins/$plugin->{id}", { enabled => \0 });
all_say(200, 'a plugin that was switched off asks for nothing', $path);
admin_ok(DELETE => "/plugins/$plugin->{id}");
all_say(200, 'nor does one that was deleted', $path);

# A refused write changes nothing.
my $res = admin(PATCH => "/routes/$route->{id}", { paths => ['no slash'] });
is $res->code, 400, 'a refused write';
all_say(200, 'changes nothing', $path);

# /status tells who follows.
my $gateway = json_of(admin(GET => '/status'))->{gateway};
cmp_ok $gateway->{generation}, '>', 0, 'there is a generation';
is $gateway->{database}{state}, 'up', 'the database is up';
is_deeply [ map { $_->{state} } @{ $gateway->{children} } ], [ ('ready') x @{ $gateway->{children} } ],
    'all children are ready';
cmp_ok scalar @{ $gateway->{children} }, '>=', 1, 'there are some';
is ref $gateway->{warnings}, 'ARRAY', 'warnings are a list';
cmp_ok $gateway->{caches}{rows}{max_bytes}, '>', 0, 'the cache has a bound';

done_testing;
