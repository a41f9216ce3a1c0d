# SPDX-License-Identifier: Apache-2.0
# Keys come, change, expire and go; anonymous consumers; two consumers.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;

my ($alice, $bob, $nobody) = map { new_consumer(username => unique($_)) } qw(alice bob nobody);
my $route = new_route(new_service());
my $plugin = add_plugin("/routes/$route->{id}", 'key-auth');
my $path = $route->{paths}[0];
sub code { return call(GET => $path, apikey => $_[0])->code }
sub who { return json_of(call(GET => $path, defined $_[0] ? (apikey => $_[0]) : ()))->{headers}{'x-consumer-username'} }

my $made = admin_ok(POST => "/consumers/$alice->{username}/key-auth", {});
like $made->{key}, qr/^[0-9A-Za-z]{32}$/, 'a key is made when none is given';
is who($made->{key}), $alice->{username}, 'and is in force when the Admin API answers';
my $changed = unique('changed');
admin_ok(PATCH => "/key-auths/$made->{id}", { key => $changed });
is code($made->{key}), 401, 'a changed key: the old one is void at once';
is who($changed), $alice->{username}, 'the new one is good';
is code($made->{id}), 401, 'an id is no key';
admin_ok(DELETE => "/consumers/$alice->{id}/key-auth/$made->{id}");
is code($changed), 401, 'a deleted key is void at once';

# A miss is remembered, and forgotten when the key appears.
my $late = unique('late');
is code($late), 401, 'a key that nobody has';
admin_ok(POST => "/consumers/$bob->{id}/key-auth", { key => $late });
is who($late), $bob->{username}, 'is good as soon as somebody has it';

my $other = admin_ok(POST => "/consumers/$alice->{id}/key-auth", { key => unique('k') });
is who($other->{key}), $alice->{username}, 'two consumers, two keys';
my $odd = "k/\xc3\xa9: \"';--" . unique();
admin_ok(POST => "/consumers/$alice->{id}/key-auth", { key => do { my $s = $odd; utf8::decode($s); $s } });
is call(GET => $path . '?' . form(apikey => $odd))->code, 200, 'a key of any characters';

my $brief = admin_ok(POST => "/consumers/$alice->{id}/key-auth", { key => unique('brief'), ttl => 2 });
is who($brief->{key}), $alice->{username}, 'a key that lives two seconds';
eventually { code($brief->{key}) == 401 } 'expires';

my $gone = new_consumer();
my $orphan = admin_ok(POST => "/consumers/$gone->{id}/key-auth", { key => unique('orphan') });
is code($orphan->{key}), 200, 'a consumer';
admin_ok(DELETE => "/consumers/$gone->{id}");
is code($orphan->{key}), 401, 'takes its keys along';

admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { anonymous => $nobody->{username} } });
for (['none', undef], ['a wrong one', 'wrong'], ['two', 'a, b']) {
    my ($name, $key) = @$_;
    my $res = call(GET => $path, defined $key ? (apikey => $key) : ());
    is $res->code, 200, "anonymous: $name";
    is json_of($res)->{headers}{'x-consumer-username'}, $nobody->{username}, "anonymous: $name: told upstream";
    is json_of($res)->{headers}{'x-anonymous-consumer'}, 'true', "anonymous: $name: and marked";
    is $res->header('WWW-Authenticate'), undef, "anonymous: $name: no challenge";
}
is who($late), $bob->{username}, 'anonymous: a good key is who it is';
my $res = call(GET => $path, apikey => $late, 'X-Anonymous-Consumer' => 'true', 'X-Consumer-Id' => 'forged');
ok !exists json_of($res)->{headers}{'x-anonymous-consumer'}, 'a forged mark does not pass';
is json_of($res)->{headers}{'x-consumer-id'}, $bob->{id}, 'nor does a forged id';

# The field table refuses what it should.
for (
    ['no header name', { key_names => ['a b'] }],
    ['an unknown field', { cookie_secure => JSON::true }],
    ['a word for a boolean', { key_in_body => 'maybe' }],
) {
    my ($name, $config) = @$_;
    my $refused = eval { admin_ok(PATCH => "/plugins/$plugin->{id}", { config => $config }); 1 } ? 200 : $@;
    like $refused, qr/ 400 /, "config: $name";
}
my $comma = add_plugin('/services/' . new_service()->{id}, 'key-auth');
is_deeply $comma->{config}{key_names}, ['apikey'], 'the default name';
my $patched = admin_ok(PATCH => "/plugins/$comma->{id}", form('config.key_names' => 'x-a,x-b', 'config.key_in_body' => 'true'));
is_deeply $patched->{config}{key_names}, ['x-a', 'x-b'], 'a form gives a list with commas';
my $scoped = eval { admin_ok(POST => "/consumers/$bob->{id}/plugins", { name => 'key-auth' }); 1 } ? '' : $@;
like $scoped, qr/ 400 .*value must be null/s, 'key-auth cannot belong to a consumer';
done_testing();
