# SPDX-License-Identifier: Apache-2.0
# acl: groups of consumers in the Admin API, who passes, what the upstream is told, and that a change is in force at once.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use AdminTest;
use GatewayTest;

# ---- rows ----
my $alice = new_consumer();
my $of = "/consumers/$alice->{username}/acls";
my %row = (id => '<id>', created_at => '<time>', consumer => { id => $alice->{id} }, tags => undef);
my $gold = answers([ POST => $of, 'group=gold' ], 201, { %row, group => 'gold' }, 'POST below a consumer');
answers([ POST => $of, { group => 'gold' } ], 409,
    { code => 5, name => 'unique constraint violation', fields => { consumer => { id => $alice->{id} }, group => 'gold' },
      message => qq(UNIQUE violation detected on '{consumer={id="$alice->{id}"},group="gold"}') }, 'the same again');
answers([ GET => "$of/gold" ], 200, { %row, group => 'gold' }, 'GET by group');
answers([ GET => "$of/$gold->{id}" ], 200, { %row, group => 'gold' }, 'GET by id');
answers([ GET => "/acls/$gold->{id}" ], 200, { %row, group => 'gold' }, 'GET of its own');
answers([ GET => "/acls/$gold->{id}/consumer" ], 200, qr/"id":"$alice->{id}"/, 'its consumer');
answers([ GET => "$of/silver" ], 404, message('Not found'), 'GET of another group');
answers([ PATCH => "$of/silver", { tags => ['t'] } ], 404, message('Not found'), 'PATCH of another group');
answers([ DELETE => "$of/silver" ], 404, message('Not found'), 'DELETE of another group');
my $silver = answers([ PUT => "$of/silver", {} ], 200, { %row, group => 'silver' }, 'PUT of another group makes it');
my $again = answers([ PUT => "$of/silver", { tags => ['t'], group => 'other' } ], 200, { %row, group => 'silver', tags => ['t'] }, 'PUT again, by the path');
is $again->{id}, $silver->{id}, 'it is the same row';
answers([ PATCH => "$of/silver", { group => 'bronze' } ], 200, { %row, group => 'bronze', tags => ['t'] }, 'PATCH by group');
answers([ GET => $of ], 200, qr/"group":"(?:gold|bronze)".*"group":"(?:gold|bronze)"/s, 'the list');
answers([ DELETE => "$of/bronze" ], 204, undef, 'DELETE by group');
answers([ GET => "$of/" . 'a%20b%2Fc' ], 404, message('Not found'), 'a name of many characters');
answers([ PUT => "$of/" . 'a%20b%2Fc', {} ], 200, { %row, group => 'a b/c' }, 'can be made');
answers([ DELETE => "$of/" . 'a%20b%2Fc' ], 204, undef, 'and removed');
my $bob = new_consumer();
answers([ GET => "/consumers/$bob->{id}/acls/gold" ], 404, message('Not found'), 'another consumer\'s group');
answers([ POST => '/acls', { consumer => { username => $bob->{username} }, group => 'gold' } ], 201,
    { %row, consumer => { id => $bob->{id} }, group => 'gold' }, 'POST of its own; a group has many members');
answers([ POST => '/acls', { group => 'x' } ], 400, violation('consumer: required field missing', consumer => 'required field missing'), 'whose?');
answers([ POST => $of, {} ], 400, violation('group: required field missing', group => 'required field missing'), 'which?');
answers([ GET => '/acls/gold' ], 400, qr/"code":1\b/, 'no key but the id');
answers([ POST => "/consumers/nobody-$$/acls", { group => 'x' } ], 404, message('Not found'), 'no such consumer');

# ---- who passes ----
my $route = new_route(new_service());
my $path = $route->{paths}[0];
my $auth = add_plugin("/routes/$route->{id}", 'key-auth');
my $plugin = add_plugin("/routes/$route->{id}", 'acl', { allow => ['gold'] });
is_deeply $plugin->{config}, { allow => ['gold'], deny => undef, hide_groups_header => JSON::false }, 'config';
my $carol = new_consumer();
my %key = map { $_->{id} => admin_ok(POST => "/consumers/$_->{id}/key-auth")->{key} } $alice, $bob, $carol;
admin_ok(POST => "/consumers/$bob->{id}/acls", { group => 'late' });
sub ask { my ($who, @headers) = @_; return call(GET => $path, apikey => $key{ $who->{id} }, @headers) }
sub check {
    my ($name, $res, $status, $what) = @_;
    is $res->code, $status, "$name: $status";
    my $got = $status == 200 ? json_of($res)->{headers}{'x-consumer-groups'} : json_of($res)->{message};
    is $got, $what, "$name: " . ($what // 'no groups are told');
}
my $no = 'You cannot consume this service';
check('a member', ask($alice), 200, 'gold');
is join(' ', sort split /, /, json_of(ask($bob))->{headers}{'x-consumer-groups'}), 'gold late', 'a member of two groups';
check('of no group', ask($carol), 403, $no);
check('nobody', call(GET => $path), 401, 'No API key found in request');
check('a client may not say so itself', ask($alice, 'X-Consumer-Groups' => 'root'), 200, 'gold');
check('nor in another spelling', ask($alice, 'X_Consumer_Groups' => 'root'), 200, 'gold');
like ask($carol, Accept => 'text/html')->content, qr/<p>$no\.<\/p>/, 'in the client\'s format';

sub configure {
    admin_ok(PUT => "/plugins/$plugin->{id}", { name => 'acl', route => { id => $route->{id} }, config => {@_} });
}
configure(deny => ['late']);
check('deny: not a member', ask($alice), 200, 'gold');
check('deny: a member', ask($bob), 403, $no);
check('deny: of no group', ask($carol), 200, undef);
configure(whitelist => ['late'], hide_groups_header => \1);
check('old name of allow', ask($alice), 403, $no);
check('hidden groups', ask($bob), 200, undef);
configure(allow => ['gold']);

# ---- in force at once, whoever has been asked before ----
check('before', ask($carol), 403, $no);
my $row = admin_ok(POST => "/consumers/$carol->{id}/acls", { group => 'gold' });
check('a new group', ask($carol), 200, 'gold');
admin_ok(PATCH => "/acls/$row->{id}", { group => 'tin' });
check('another name for it', ask($carol), 403, $no);
admin_ok(PATCH => "/acls/$row->{id}", { group => 'gold', consumer => { id => $carol->{id} } });
check('the old one', ask($carol), 200, 'gold');
my $dave = new_consumer();
$key{ $dave->{id} } = admin_ok(POST => "/consumers/$dave->{id}/key-auth")->{key};
check('another consumer', ask($dave), 403, $no);
admin_ok(PATCH => "/acls/$row->{id}", { consumer => { id => $dave->{id} } });
check('a group that moved: from here', ask($carol), 403, $no);
check('a group that moved: to there', ask($dave), 200, 'gold');
admin_ok(DELETE => "/consumers/$dave->{id}/acls/gold");
check('a group that is gone', ask($dave), 403, $no);
for my $n (1 .. 20) {
    admin_ok(PUT => "/consumers/$dave->{id}/acls/gold", {});
    my $in = ask($dave)->code;
    admin_ok(DELETE => "/consumers/$dave->{id}/acls/gold");
    my $out = ask($dave)->code;
    is "$in $out", '200 403', "in and out, $n" if "$in $out" ne '200 403' || $n == 20;
}

# ---- anonymous consumers ----
admin_ok(PATCH => "/plugins/$auth->{id}", { config => { anonymous => $carol->{username} } });
check('an anonymous consumer of no group', call(GET => $path), 401, 'Unauthorized');
admin_ok(POST => "/consumers/$carol->{id}/acls", { group => 'tin' });
check('of another', call(GET => $path), 403, $no);
admin_ok(POST => "/consumers/$carol->{id}/acls", { group => 'gold' });
is call(GET => $path)->code, 200, 'of the right one';
admin_ok(DELETE => "/plugins/$auth->{id}");
check('nobody asks who it is', call(GET => $path), 401, 'Unauthorized');

# ---- a consumer takes its groups along ----
admin_ok(DELETE => "/consumers/$alice->{id}");
answers([ GET => "/acls/$gold->{id}" ], 404, message('Not found'), 'its rows are gone');

# ---- refusals ----
my ($one, $least) = map { "$_ of these fields must be non-empty: 'config.allow', 'config.deny'" } 'exactly one', 'at least one';
answers([ POST => '/plugins', { name => 'acl', config => {} } ], 400, qr/\Q$one\E.*\Q$least\E/, 'neither');
answers([ POST => '/plugins', { name => 'acl', config => { allow => ['a'], deny => ['b'] } } ], 400, violation($one, '@entity' => [$one]), 'both');
answers([ POST => '/plugins', { name => 'acl', consumer => { id => $bob->{id} }, config => { allow => ['a'] } } ], 400,
    violation('consumer: value must be null', consumer => 'value must be null'), 'no consumer');

# ---- Require gw-group, in a <Location> of static.conf ----
my $static = sub { call(GET => '/static/gold/x', apikey => $_[0])->code };
is $static->($key{ $bob->{id} }), 200, 'Require gw-group: a member';
my $eve = new_consumer();
$key{ $eve->{id} } = admin_ok(POST => "/consumers/$eve->{id}/key-auth")->{key};
is $static->($key{ $eve->{id} }), 403, 'Require gw-group: none';
is call(GET => '/static/gold/x')->code, 401, 'Require gw-group: nobody';

done_testing;
