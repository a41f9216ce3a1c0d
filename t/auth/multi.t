# SPDX-License-Identifier: Apache-2.0
# Several authentication plugins on one route: all of them (AND), or one of them (OR, with anonymous).
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use Tokens qw(token);

my ($alice, $bob, $nobody) = map { new_consumer(username => unique($_)) } qw(alice bob nobody);
my ($apikey, $iss) = (unique('key'), unique('iss'));
my $credential = admin_ok(POST => "/consumers/$alice->{id}/key-auth", { key => $apikey });
admin_ok(POST => "/consumers/$bob->{id}/jwt", { key => $iss, secret => 'secret' });
my @key = (apikey => $apikey);
my @jwt = (Authorization => 'Bearer ' . token(claims => { iss => $iss }));
sub seen { json_of($_[0])->{headers} }

my $route = new_route(new_service());
my $path = $route->{paths}[0];
my %plugin = map { $_ => add_plugin("/routes/$route->{id}", $_) } qw(key-auth jwt);

is call(GET => $path)->code, 401, 'AND: nothing given';
is call(GET => $path, @key)->code, 401, 'AND: a key alone is not enough';
is call(GET => $path, @jwt)->code, 401, 'AND: a token alone is not enough';
my $res = call(GET => $path, @key, @jwt);
is $res->code, 200, 'AND: both';
is seen($res)->{'x-consumer-username'}, $alice->{username}, 'AND: the last to run says who asks';
is seen($res)->{'x-credential-identifier'}, $credential->{id}, 'AND: and by which credential';

admin_ok(PATCH => "/plugins/$plugin{$_}{id}", { config => { anonymous => $nobody->{id} } }) for sort keys %plugin;
$res = call(GET => $path, @key);
is $res->code, 200, 'OR: a key';
is seen($res)->{'x-consumer-username'}, $alice->{username}, 'OR: is alice';
ok !exists seen($res)->{'x-anonymous-consumer'}, 'OR: and not anonymous';
$res = call(GET => $path, @jwt);
is seen($res)->{'x-consumer-username'}, $bob->{username}, 'OR: a token is bob';
is seen($res)->{'x-credential-identifier'}, $iss, 'OR: by his key';
$res = call(GET => $path, apikey => 'wrong');
is $res->code, 200, 'OR: neither is the anonymous consumer';
is seen($res)->{'x-consumer-username'}, $nobody->{username}, 'OR: by name';
is seen($res)->{'x-anonymous-consumer'}, 'true', 'OR: who is marked';
ok !exists seen($res)->{'x-credential-identifier'}, 'OR: and has no credential';
is $res->header('WWW-Authenticate'), undef, 'OR: no challenge leaks';

admin_ok(PATCH => "/plugins/$plugin{$_}{id}", { config => { anonymous => $nobody->{username} } }) for sort keys %plugin;
is seen(call(GET => $path))->{'x-consumer-id'}, $nobody->{id}, 'anonymous by username';
admin_ok(PATCH => "/plugins/$plugin{$_}{id}", { config => { anonymous => unique('missing') } }) for sort keys %plugin;
is call(GET => $path)->code, 500, 'an anonymous consumer that does not exist is an error, not a way in';
is call(GET => $path, @jwt)->code, 200, 'which credentials do not meet';
done_testing();
