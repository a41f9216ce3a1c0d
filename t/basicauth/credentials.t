# SPDX-License-Identifier: Apache-2.0
# Names and passwords in the Admin API: they come, change and go, are kept as hashes, and are in force at once.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use AdminTest;
use MIME::Base64 qw(encode_base64);
use GatewayTest;

my ($alice, $bob) = (new_consumer(), new_consumer());
my $of = "/consumers/$alice->{username}/basic-auth";
my $route = new_route(new_service());
my $plugin = add_plugin("/routes/$route->{id}", 'basic-auth');
sub login { return call(GET => $route->{paths}[0], Authorization => 'Basic ' . encode_base64("$_[0]:$_[1]", '')) }
sub code { return login(@_)->code }
sub who { return json_of(login(@_))->{headers}{'x-consumer-id'} }

my $name = unique('alice');
is code($name, 'secret'), 401, 'nobody yet';
my %row = (id => '<id>', created_at => '<time>', consumer => { id => $alice->{id} }, tags => undef, username => $name);
my $made = admin_ok(POST => $of, form(username => $name, password => 'secret'));
is_deeply [ sort keys %$made ], [qw(consumer created_at id password tags username)], 'its members';
like $made->{password}, qr/^\$y\$/, 'a hash is shown';
is who($name, 'secret'), $alice->{id}, 'the password opens';
is code($name, $made->{password}), 401, 'the hash does not';
my %whole = (%row, password => $made->{password});
answers([ GET => "$of/$name" ], 200, \%whole, 'GET by username');
answers([ GET => "$of/$made->{id}" ], 200, \%whole, 'GET by id');
answers([ GET => "/basic-auths/$made->{id}" ], 200, \%whole, 'GET of its own');
answers([ GET => "/basic-auths/$name" ], 200, \%whole, 'by username too');
answers([ GET => "/basic-auths/$made->{id}/consumer" ], 200, qr/"id":"$alice->{id}"/, 'its consumer');
answers([ GET => "/basic-auths/$name/consumer" ], 200, qr/"id":"$alice->{id}"/, 'by username');
answers([ GET => $of ], 200, { data => [ \%whole ], next => undef }, 'the list');
answers([ GET => "/consumers/$bob->{id}/basic-auth/$name" ], 404, message('Not found'), 'not another consumer\'s');
answers([ GET => "/basic-auths/" . NOWHERE . '/consumer' ], 404, message('Not found'), 'no such credential');

answers([ POST => $of, { username => $name, password => 'x' } ], 409,
    { code => 5, name => 'unique constraint violation', fields => { username => $name },
      message => qq(UNIQUE violation detected on '{username="$name"}') }, 'a name is taken once');
my $missing = 'required field missing';
answers([ POST => $of, {} ], 400, violation("password: $missing; username: $missing", password => $missing, username => $missing), 'neither name nor password');
answers([ POST => $of, { username => unique() } ], 400, violation("password: $missing", password => $missing), 'no password');
answers([ POST => $of, { username => unique(), password => '' } ], 400, qr/"password":"length must be at least 1"/, 'an empty one');
answers([ POST => $of, { username => unique(), password => 7 } ], 400, qr/"password":"expected a string"/, 'a number');
answers([ POST => '/basic-auths', { username => unique(), password => 'x' } ], 400, violation("consumer: $missing", consumer => $missing), 'whose?');
answers([ POST => '/basic-auths', { username => my $second = unique('bob'), password => 'x', consumer => { username => $bob->{username} } } ], 201,
    qr/"password":"\$y\$/, 'POST of its own');
is who($second, 'x'), $bob->{id}, 'who is who';

# Changes.
my $changed = admin_ok(PATCH => "$of/$name", { tags => ['t'] });
is $changed->{password}, $made->{password}, 'a change of something else leaves the hash alone';
is code($name, 'secret'), 200, 'and the password good';
$changed = admin_ok(PUT => "/basic-auths/$made->{id}", { %$changed, tags => ['u'] });
is $changed->{password}, $made->{password}, 'the whole row, given back, too';
is code($name, 'secret'), 200, 'the password is good';
$changed = admin_ok(PATCH => "$of/$name", { password => 'other' });
isnt $changed->{password}, $made->{password}, 'another password, another hash';
is_deeply [ code($name, 'secret'), code($name, 'other') ], [ 401, 200 ], 'in force at once, though the old one was remembered';
$changed = admin_ok(PATCH => "/basic-auths/$name", { password => 'third' });
is_deeply [ code($name, 'other'), code($name, 'third') ], [ 401, 200 ], 'by the path of its own too';
my $renamed = unique('renamed');
admin_ok(PATCH => "/basic-auths/$made->{id}", { username => $renamed });
is_deeply [ code($name, 'third'), code($renamed, 'third') ], [ 401, 200 ], 'another name, the same password';
admin_ok(PUT => "$of/$name", { password => 'fourth' });
is_deeply [ code($renamed, 'third'), code($name, 'fourth') ], [ 200, 200 ], 'PUT of another name makes it';
admin_ok(PUT => "$of/$name", { password => 'fifth' });
is_deeply [ code($name, 'fourth'), code($name, 'fifth') ], [ 401, 200 ], 'PUT again changes it';

my $both = q(all or none of these fields must be set: 'password', 'consumer.id');
answers([ PATCH => "/basic-auths/$name", { consumer => { id => $bob->{id} } } ], 400, violation($both, '@entity' => [$both]), 'another consumer without a password');
is who($name, 'fifth'), $alice->{id}, 'nothing changed';
admin_ok(PATCH => "/basic-auths/$name", { consumer => { id => $bob->{id} }, password => 'sixth' });
is who($name, 'sixth'), $bob->{id}, 'another consumer with one';

# They go.
admin_ok(DELETE => "/consumers/$bob->{id}/basic-auth/$name");
is code($name, 'sixth'), 401, 'a deleted one is void at once';
is code($renamed, 'third'), 200, 'another is not';
admin_ok(DELETE => "/consumers/$alice->{id}");
is code($renamed, 'third'), 401, 'a consumer takes its own along';
answers([ GET => "/basic-auths/$made->{id}" ], 404, message('Not found'), 'the row is gone');

# The plugin.
answers([ POST => '/plugins', { name => 'basic-auth', consumer => { id => $bob->{id} } } ], 400,
    violation('consumer: value must be null', consumer => 'value must be null'), 'it cannot belong to a consumer');
answers([ PATCH => "/plugins/$plugin->{id}", { config => { realm => "a\r\nb" } } ], 400, qr/"realm":/, 'a realm is one line');
answers([ GET => '/schemas/plugins/basic-auth' ], 200, qr/"hide_credentials"/, 'its schema');
answers([ GET => '/schemas/basicauth_credentials' ], 200, qr/"username"/, 'that of its rows');
done_testing();
