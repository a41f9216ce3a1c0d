# SPDX-License-Identifier: Apache-2.0
# Consumers and their credentials (contract admin-api.md 6).
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;

my $not_found = message('Not found');
my $none = "at least one of these fields must be non-empty: 'custom_id', 'username'";
sub unique_violation { my ($f, $v) = @_; return { code => 5, name => 'unique constraint violation', message => qq(UNIQUE violation detected on '{$f="$v"}'), fields => { $f => $v } } }

# ---- consumers ----
my ($name, $custom) = (unique('bob'), unique('custom'));
my $bob = answers([ POST => '/consumers', "username=$name&custom_id=$custom" ], 201, consumer_row(username => $name, custom_id => $custom), 'POST');
answers([ POST => '/consumers', {} ], 400, violation($none, '@entity' => [$none]), 'neither name nor custom_id');
answers([ POST => '/consumers', { username => undef, custom_id => undef } ], 400, violation($none, '@entity' => [$none]), 'both null');
answers([ POST => '/consumers', { username => $name } ], 409, unique_violation(username => $name), 'a username twice');
answers([ POST => '/consumers', { custom_id => $custom } ], 409, unique_violation(custom_id => $custom), 'a custom_id twice');
answers([ POST => '/consumers', { username => 'u' x 2049 } ], 400, violation('username: length must be at most 2048', username => 'length must be at most 2048'), 'more than an index holds');
my $long = unique('u') . 'u' x 2000;
answers([ POST => '/consumers', { username => $long } ], 201, consumer_row(username => $long), 'and less');
answers([ GET => "/consumers/$custom" ], 404, $not_found, 'custom_id is no key of paths');
answers([ PATCH => "/consumers/$name", { custom_id => undef } ], 200, consumer_row(username => $name), 'PATCH to null');
my $when = "when updating, $none";
answers([ PATCH => "/consumers/$name", { username => undef } ], 400, violation($when, '@entity' => [$when]), 'PATCH of the last one to null');
my $put = unique('put');
answers([ PUT => "/consumers/$put", {} ], 200, consumer_row(username => $put), 'PUT by name needs nothing else');
answers([ DELETE => "/consumers/$put" ], 204, undef, 'DELETE by name');

# ---- jwt ----
my $path = "/consumers/$name/jwt";
my %owner = (consumer => { id => $bob->{id} });
my $row = answers([ POST => $path, '' ], 201, qr/"algorithm":"HS256"/, 'POST of nothing');
like $row->{$_}, qr/^[0-9A-Za-z]{32}$/, "$_ is made" for qw(key secret);
my $want = jwt_row(%owner, key => $row->{key}, secret => $row->{secret});
answers([ GET => "$path/$row->{id}" ], 200, $want, 'GET by id');
answers([ GET => "$path/$row->{key}" ], 200, $want, 'GET by key');
answers([ GET => "/jwts/$row->{key}" ], 200, $want, 'at the top, by key');
answers([ GET => "/jwts/$row->{id}/consumer" ], 200, consumer_row(username => $name), 'its consumer');
answers([ GET => '/jwts/none-such/consumer' ], 404, $not_found, 'the consumer of nothing');
answers([ DELETE => "/jwts/$row->{id}/consumer" ], 405, message('Method not allowed'), 'which is not deleted that way');
answers([ GET => $path ], 200, { data => [$want], next => undef }, 'the list');
answers([ PATCH => "$path/$row->{key}", 'secret=s2' ], 200, { %$want, secret => 's2' }, 'PATCH');
answers([ PATCH => "/jwts/$row->{id}", { algorithm => 'RS256' } ], 400, qr/"rsa_public_key":"required field missing"/, 'RS256 without a key');
answers([ POST => $path, { algorithm => 'none' } ], 400, qr/expected one of: HS256/, 'an algorithm that is none');
answers([ POST => $path, { key => $row->{key} } ], 409, unique_violation(key => $row->{key}), 'a key twice');
answers([ POST => '/jwts', {} ], 400, violation('consumer: required field missing', consumer => 'required field missing'), 'POST without a consumer');
answers([ POST => '/jwts', { consumer_id => undef } ], 400, violation('consumer: required field missing', consumer => 'required field missing'), 'or with none by the old name');
answers([ POST => '/consumers/none-such/jwt', {} ], 404, $not_found, 'POST to nobody');
my $other = new_consumer();
answers([ GET => "/consumers/$other->{id}/jwt/$row->{id}" ], 404, $not_found, "another consumer's");
answers([ DELETE => "/consumers/$other->{id}/jwt/$row->{id}" ], 404, $not_found, 'is not deleted');
my $issuer = unique('iss');
answers([ PUT => "$path/$issuer", { secret => 'x' } ], 200, jwt_row(%owner, key => $issuer, secret => 'x'), 'PUT by key');
answers([ DELETE => "$path/$issuer" ], 204, undef, 'DELETE by key');
answers([ DELETE => "/jwts/$row->{id}" ], 204, undef, 'DELETE at the top');
answers([ GET => $path ], 200, { data => [], next => undef }, 'nothing is left');

# ---- key-auth, and what lives for a while only ----
$path = "/consumers/$name/key-auth";
sub key_row { my %r = (id => '<id>', created_at => '<time>', tags => undef, ttl => undef, @_); return \%r }
$row = answers([ POST => $path, '' ], 201, qr/"key":"[0-9A-Za-z]{32}"/, 'a key is made');
answers([ GET => "$path/$row->{key}" ], 200, key_row(%owner, key => $row->{key}), 'GET by key');
answers([ GET => "/key-auths/$row->{id}/consumer" ], 200, consumer_row(username => $name), 'its consumer');
my $range = 'must be an integer between 0 and 100000000';
answers([ POST => $path, $_->[1] ], 400, { code => 11, name => 'invalid options', message => "invalid option (ttl: $range)", options => { ttl => $range } }, $_->[0])
    for [ 'ttl below 0', { ttl => -1 } ], [ 'ttl too large', { ttl => 100000001 } ], [ 'a word', 'ttl=x' ], [ 'digits in JSON', { ttl => '60' } ],
        [ 'a fraction', { ttl => 1.5 } ];
my ($lasting, $brief) = (unique('lasting'), unique('brief'));
answers([ POST => $path, "key=$lasting&ttl=1000" ], 201, key_row(%owner, key => $lasting, ttl => 1000), 'ttl of a form');
my $left = admin_ok(GET => "$path/$lasting")->{ttl};
ok $left > 900 && $left <= 1000, 'what remains is shown';
cmp_ok admin_ok(PATCH => "$path/$lasting", { tags => ['x'] })->{ttl}, '>', 900, 'PATCH leaves it';
is admin_ok(PATCH => "$path/$lasting", { ttl => 0 })->{ttl}, undef, '0 is for ever';
is admin_ok(PUT => "$path/$lasting", { ttl => 50 })->{ttl}, 50, 'PUT sets it';
is admin_ok(PUT => "$path/$lasting", {})->{ttl}, undef, 'PUT without it is for ever';
admin_ok(POST => $path, { key => $brief, ttl => 1 });
eventually { admin(GET => "/key-auths/$brief")->code == 404 } 'past its time it is gone';
is scalar(grep { $_->{key} eq $brief } @{ admin_ok(GET => $path)->{data} }), 0, 'from lists, too';
answers([ POST => $path, { key => $brief } ], 201, key_row(%owner, key => $brief), 'and its key is free');
answers([ GET => "/key-auths?key=$brief&consumer_id=$bob->{id}" ], 200, { data => [ key_row(%owner, key => $brief) ], next => undef }, 'filters');
done_testing;
