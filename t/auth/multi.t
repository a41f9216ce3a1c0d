# SPDX-License-Identifier: Apache-2.0
# Several authentication plugins on one route: all of them (AND), or one of them (OR, with anonymous).
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use MIME::Base64 qw(encode_base64);
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

# What is not asked for any more is hidden all the same.
my $basic = add_plugin("/routes/$route->{id}", 'basic-auth', { anonymous => $nobody->{id}, hide_credentials => JSON::true });
admin_ok(PATCH => "/plugins/$plugin{'key-auth'}{id}", { config => { hide_credentials => JSON::true, key_in_body => JSON::true } });
my $pair = 'Basic ' . encode_base64('alice:secret', '');
$res = call(GET => "$path?apikey=$apikey&a=1", @jwt, @key, 'Proxy-Authorization' => $pair);
is seen($res)->{'x-consumer-username'}, $bob->{username}, 'hidden: a token decides';
ok !exists seen($res)->{apikey}, 'hidden: a key in a header goes no further';
is json_of($res)->{query}, 'a=1', 'hidden: nor in the query';
ok !exists seen($res)->{'proxy-authorization'}, 'hidden: nor a password';
is seen($res)->{authorization}, $jwt[1], 'hidden: the token goes on';
is json_of(call(POST => $path, form(apikey => $apikey, a => 1), @jwt))->{body}, 'a=1', 'hidden: nor a key in the body';
$res = call(GET => $path, @key, Authorization => $pair);
is seen($res)->{'x-consumer-username'}, $alice->{username}, 'hidden: a key decides';
ok !exists seen($res)->{authorization}, 'hidden: a password beside it goes no further';
admin_ok(DELETE => "/plugins/$basic->{id}");
admin_ok(PATCH => "/plugins/$plugin{'key-auth'}{id}", { config => { hide_credentials => JSON::false, key_in_body => JSON::false } });

admin_ok(PATCH => "/plugins/$plugin{$_}{id}", { config => { anonymous => $nobody->{username} } }) for sort keys %plugin;
is seen(call(GET => $path))->{'x-consumer-id'}, $nobody->{id}, 'anonymous by username';
admin_ok(PATCH => "/plugins/$plugin{$_}{id}", { config => { anonymous => unique('missing') } }) for sort keys %plugin;
is call(GET => $path)->code, 500, 'an anonymous consumer that does not exist is an error, not a way in';
is call(GET => $path, @jwt)->code, 200, 'which credentials do not meet';
done_testing();
