# SPDX-License-Identifier: Apache-2.0
# POST, GET, PUT, PATCH, DELETE of rows, nested rows and links (contract admin-api.md 3.1 to 3.4, 3.6).
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;

my $not_found = message('Not found');
sub missing_id { my $k = qq('{id="$_[0]"}'); return { code => 6, name => 'not found', message => "could not find the entity with primary key $k", fields => { id => $_[0] } } }
sub missing_name { my ($f, $v) = @_; return { code => 6, name => 'not found', message => qq(could not find the entity with '{$f="$v"}'), fields => { $f => $v } } }

# ---- one row, by id and by name ----
my $name = unique('s');
my $row = answers([ POST => '/services', { name => $name, url => 'http://h:5000/p' } ], 201,
    service_row(name => $name, host => 'h', port => 5000, path => '/p'), 'POST');
my $want = service_row(name => $name, host => 'h', port => 5000, path => '/p');
answers([ GET => "/services/$row->{id}" ], 200, $want, 'GET by id');
answers([ GET => '/services/' . uc $row->{id} ], 200, $want, 'GET by id in capitals');
answers([ GET => "/services/$name" ], 200, $want, 'GET by name');
answers([ GET => '/services/' . NOWHERE ], 404, $not_found, 'GET of nothing by id');
answers([ GET => '/services/none-such' ], 404, $not_found, 'GET of nothing by name');
my $given = '11111111-2222-4333-8444-' . sprintf '%012d', $$;
answers([ POST => '/services', { id => $given, host => 'x', created_at => 1000000000 } ], 201,
    service_row(host => 'x'), 'POST with an id and a time of its own');
is admin_ok(GET => "/services/$given")->{created_at}, 1000000000, 'the time is kept';
answers([ POST => '/services', { id => $given, host => 'x' } ], 400,
    { code => 3, name => 'primary key violation', message => qq(primary key violation on key '{id="$given"}'), fields => { id => $given } },
    'POST of the same id');
answers([ POST => '/services', { name => $name, host => 'x' } ], 409,
    { code => 5, name => 'unique constraint violation', message => qq(UNIQUE violation detected on '{name="$name"}'), fields => { name => $name } },
    'POST of the same name');
answers([ POST => '/services', { id => 'x', host => 'x' } ], 400, violation('id: expected a valid UUID', id => 'expected a valid UUID'),
    'POST of an id that is none');

# ---- PUT: replaces ----
my $before = admin_ok(PATCH => "/services/$name", { retries => 9, created_at => 1000000000 });
is $before->{created_at}, 1000000000, 'PATCH may set created_at';
answers([ PUT => "/services/$name", { host => 'h2' } ], 200, service_row(name => $name, host => 'h2'), 'PUT by name: the rest returns to defaults');
my $after = admin_ok(GET => "/services/$name");
is $after->{id}, $row->{id}, 'the id stays';
cmp_ok $after->{created_at}, '>', 1000000000, 'created_at is now';
answers([ PUT => "/services/$row->{id}", { host => 'h3', name => $name, created_at => 1000000001 } ], 200,
    service_row(name => $name, host => 'h3'), 'PUT by id');
is admin_ok(GET => "/services/$name")->{created_at}, 1000000001, 'created_at of the body';
my $new = unique('s');
answers([ PUT => "/services/$new", { host => 'x', name => 'ignored', id => NOWHERE } ], 200, service_row(name => $new, host => 'x'),
    'PUT makes a row; the name in the URL wins');
isnt admin_ok(GET => "/services/$new")->{id}, NOWHERE, 'an id in the body is ignored';
my $fresh = '22222222-2222-4333-8444-' . sprintf '%012d', $$;
answers([ PUT => "/services/$fresh", { host => 'x', id => NOWHERE } ], 200, service_row(host => 'x'), 'PUT makes a row by id');
is admin_ok(GET => "/services/$fresh")->{id}, $fresh, 'with the id in the URL';
answers([ PUT => "/services/$fresh", { name => $name, host => 'x' } ], 409,
    { code => 5, name => 'unique constraint violation', message => qq(UNIQUE violation detected on '{name="$name"}'), fields => { name => $name } },
    "PUT of another row's name");
answers([ PUT => "/services/$fresh", {} ], 400, violation('host: required field missing', host => 'required field missing'), 'PUT of nothing');

# ---- PATCH: merges ----
answers([ PATCH => "/services/$name", { retries => 1 } ], 200, service_row(name => $name, host => 'h3', retries => 1), 'PATCH');
answers([ PATCH => "/services/$name", {} ], 200, service_row(name => $name, host => 'h3', retries => 1), 'PATCH of nothing');
answers([ PATCH => "/services/$name", { url => 'https://u' } ], 200,
    service_row(name => $name, host => 'u', port => 443, protocol => 'https', retries => 1), 'PATCH of url overwrites all four');
answers([ PATCH => "/services/$name", { host => undef } ], 400, violation('host: required field missing', host => 'required field missing'),
    'PATCH of a required field to null');
answers([ PATCH => "/services/$name", { id => NOWHERE, retries => 2 } ], 200,
    service_row(name => $name, host => 'u', port => 443, protocol => 'https', retries => 2), 'an id in the body is ignored');
is admin_ok(GET => "/services/$name")->{id}, $row->{id}, 'the row is the same';
answers([ PATCH => '/services/' . NOWHERE, { retries => 1 } ], 404, missing_id(NOWHERE), 'PATCH of nothing by id');
answers([ PATCH => '/services/none-such', { retries => 1 } ], 404, missing_name(name => 'none-such'), 'PATCH of nothing by name');
answers([ PATCH => '/plugins/' . NOWHERE, { enabled => \0 } ], 404, $not_found, 'PATCH of no plugin');
answers([ PATCH => "/services/$fresh", { name => $name } ], 409,
    { code => 5, name => 'unique constraint violation', message => qq(UNIQUE violation detected on '{name="$name"}'), fields => { name => $name } },
    "PATCH to another row's name");
my $moment = admin_ok(GET => "/services/$fresh");
admin_ok(PATCH => "/services/$fresh", { created_at => 1000000000, updated_at => 1000000000 });
cmp_ok admin_ok(GET => "/services/$fresh")->{updated_at}, '>=', $moment->{updated_at}, 'updated_at is always now';

# ---- keys that cannot be ----
my $bad = q(invalid value 'a b': the only accepted ascii characters are alphanumerics or ., -, _, and ~);
for my $method (qw(GET PUT PATCH DELETE)) {
    answers([ $method, '/services/a%20b', $method =~ /^P/ ? { host => 'x' } : undef ], 400,
        { code => 10, name => 'invalid unique name', message => $bad }, "$method by an invalid name");
    is admin($method, '/services/%ff', $method =~ /^P/ ? { host => 'x' } : undef)->code, 400, "$method by bytes that are no text";
}

# ---- nested ----
my $other = new_service();
my $path = "/services/$row->{id}/routes";
my $route = answers([ POST => $path, { name => unique('r'), paths => ['/a'], service => { id => $other->{id} } } ], 201, qr/^\{/, 'nested POST');
is $route->{service}{id}, $row->{id}, 'the URL decides about the parent';
for my $alias ({ service_id => $other->{id} }, { service => { name => $other->{name} } }, { service_id => undef }) {
    my ($what, $name) = (join(' ', keys %$alias), unique('r'));
    for ([ POST => $path, 201 ], [ PUT => "$path/$name", 200 ]) {
        my ($method, $to, $status) = @$_;
        my $made = answers([ $method => $to, { name => $name, paths => ['/a'], %$alias } ], $status,
            route_row(name => $name, paths => ['/a'], service => { id => $row->{id} }), "nested $method with $what: the URL decides");
        admin_ok(DELETE => "/routes/$made->{id}") if $made;
    }
}
answers([ POST => '/services/none-such/routes', { paths => ['/a'] } ], 404, $not_found, 'nested POST below nothing');
my $shown = route_row(name => $route->{name}, paths => ['/a'], service => { id => $row->{id} });
answers([ GET => "$path/$route->{id}" ], 200, $shown, 'nested GET by id');
answers([ GET => "/services/$name/routes/$route->{name}" ], 200, $shown, 'nested GET by names');
answers([ GET => $path ], 200, { data => [$shown], next => undef }, 'nested list');
answers([ GET => "/services/$other->{id}/routes" ], 200, { data => [], next => undef }, 'empty list');
answers([ GET => '/services/none-such/routes' ], 404, $not_found, 'list below nothing');
for my $p ("/services/$other->{id}/routes/$route->{id}", "/services/none-such/routes/$route->{id}", "$path/none-such", "$path/" . NOWHERE) {
    answers([ GET => $p ], 404, $not_found, "GET $p");
    answers([ PATCH => $p, { paths => ['/b'] } ], 404, $not_found, "PATCH $p");
    answers([ DELETE => $p ], 404, $not_found, "DELETE $p");
}
answers([ PATCH => "$path/$route->{id}", { paths => ['/b'] } ], 200, { %$shown, paths => ['/b'] }, 'nested PATCH');
answers([ PUT => "/services/$other->{id}/routes/$route->{id}", { paths => ['/c'] } ], 200,
    route_row(paths => ['/c'], service => { id => $other->{id} }), 'nested PUT moves it to the parent in the URL');
answers([ PATCH => "/services/$other->{id}/routes/$route->{id}", { service => { id => $row->{id} } } ], 200,
    route_row(paths => ['/c'], service => { id => $row->{id} }), 'nested PATCH may move it elsewhere');
my $put = unique('r');
answers([ PUT => "$path/$put", { paths => ['/d'] } ], 200, route_row(name => $put, paths => ['/d'], service => { id => $row->{id} }),
    'nested PUT makes a row');
answers([ DELETE => "$path/$put" ], 204, undef, 'nested DELETE');
answers([ DELETE => "$path/$put" ], 404, $not_found, 'nested DELETE of nothing');

# ---- links ----
my $link = "/routes/$route->{id}/service";
answers([ GET => $link ], 200, qr/"id":"$row->{id}"/, 'GET of a link');
answers([ PATCH => $link, { retries => 3 } ], 200, qr/"retries":3/, 'PATCH through a link');
answers([ PUT => $link, { host => 'linked', name => $name } ], 200, service_row(host => 'linked', name => $name), 'PUT through a link replaces');
is admin_ok(GET => "/services/$row->{id}")->{host}, 'linked', 'the same row';
answers([ DELETE => $link ], 405, message('Method not allowed'), 'DELETE through a link');
my $alone = admin_ok(POST => '/routes', { paths => ['/alone'] });
$link = "/routes/$alone->{id}/service";
answers([ $_ => $link, /P/ ? { retries => 1 } : undef ], 404, $not_found, "$_ of an empty link") for qw(GET PATCH DELETE);
answers([ PUT => $link, {} ], 400, violation('host: required field missing', host => 'required field missing'), 'PUT of nothing to it');
my $made = answers([ PUT => $link, { host => 'made' } ], 200, service_row(host => 'made'), 'PUT makes the row and links it');
is admin_ok(GET => "/routes/$alone->{id}")->{service}{id}, $made->{id}, 'linked';
answers([ GET => '/routes/none-such/service' ], 404, $not_found, 'a link of nothing');
answers([ PUT => '/routes/none-such/service', { host => 'x' } ], 404, $not_found, 'PUT to it');

# ---- DELETE and what goes with it ----
answers([ DELETE => "/services/$row->{id}" ], 400,
    { code => 4, name => 'foreign key violation', message => q(an existing 'routes' entity references this 'services' entity), fields => { '@referenced_by' => 'routes' } },
    'a service with routes stays');
my $consumer = new_consumer();
my $p1 = add_plugin("/services/$row->{id}", 'jwt');
my $p2 = add_plugin("/routes/$route->{id}", 'jwt');
my $jwt = admin_ok(POST => "/consumers/$consumer->{username}/jwt", {});
my $key = admin_ok(POST => "/consumers/$consumer->{username}/key-auth", {});
my $login = admin_ok(POST => "/consumers/$consumer->{username}/basic-auth", { username => unique('u'), password => 'p' });
my $group = admin_ok(POST => "/consumers/$consumer->{username}/acls", { group => 'g' });
my $p3 = admin_ok(POST => "/consumers/$consumer->{username}/plugins", { name => 'request-termination' });
answers([ DELETE => "/routes/$route->{id}" ], 204, undef, 'DELETE of a route');
answers([ GET => "/plugins/$p2->{id}" ], 404, $not_found, 'its plugins go with it');
answers([ DELETE => "/services/$name" ], 204, undef, 'DELETE by name');
answers([ GET => "/plugins/$p1->{id}" ], 404, $not_found, "a service's plugins, too");
answers([ DELETE => "/services/$name" ], 204, undef, 'DELETE of nothing by name');
answers([ DELETE => '/services/' . NOWHERE ], 204, undef, 'by id');
answers([ DELETE => "/consumers/$consumer->{id}" ], 204, undef, 'DELETE of a consumer');
answers([ GET => $_ ], 404, $not_found, "$_ goes with it") for "/jwts/$jwt->{id}", "/key-auths/$key->{id}", "/basic-auths/$login->{id}", "/acls/$group->{id}", "/plugins/$p3->{id}";

# ---- references ----
my $no = sub { my ($f, $e, $k, $v) = @_; return qq(the foreign key cannot be resolved with '{$k="$v"}' for an existing '$e' entity) };
my $text = $no->(service => services => name => 'none-such');
answers([ POST => '/routes', { paths => ['/a'], service => { name => 'none-such' } } ], 400,
    { code => 13, name => 'foreign keys unresolved', message => "foreign key unresolved (service.name: $text)", fields => { service => { name => $text } } },
    'a name that nobody has');
my @texts = ($no->(consumer => consumers => username => 'nobody'), $text);
answers([ POST => '/plugins', { name => 'jwt', service => { name => 'none-such' }, consumer => { username => 'nobody' } } ], 400,
    { code => 13, name => 'foreign keys unresolved',
      message => "2 foreign keys unresolved (consumer.username: $texts[0]; service.name: $texts[1])",
      fields => { consumer => { username => $texts[0] }, service => { name => $texts[1] } } }, 'two of them');
answers([ POST => '/routes', { paths => ['/a'], service => { id => NOWHERE } } ], 400,
    { code => 4, name => 'foreign key violation', message => q(the foreign key '{id=") . NOWHERE . q("}' does not reference an existing 'services' entity.),
      fields => { service => { id => NOWHERE } } }, 'an id that no row has');
answers([ POST => '/routes', { paths => ['/a'], service => {} } ], 400, violation('service.id: missing primary key', service => { id => 'missing primary key' }),
    'neither');
my $both = answers([ POST => '/routes', { paths => ['/a'], service => { id => $other->{id}, name => 'none-such' } } ], 201,
    route_row(paths => ['/a'], service => { id => $other->{id} }), 'an id and a name: the id counts');
admin_ok(DELETE => "/routes/$both->{id}") if $both;
answers([ PATCH => "/routes/$alone->{id}", { service => { name => $other->{name} } } ], 200,
    route_row(paths => ['/alone'], service => { id => $other->{id} }), 'PATCH by name');
answers([ PATCH => "/routes/$alone->{id}", { service => undef } ], 200, route_row(paths => ['/alone']), 'PATCH to null');
my $by_custom = new_consumer(custom_id => unique('c'));
answers([ POST => '/jwts', { consumer => { custom_id => $by_custom->{custom_id} }, key => 'k' . unique(), secret => 's' } ], 201,
    qr/"consumer":\{"id":"$by_custom->{id}"\}/, 'a consumer by custom_id');
answers([ POST => '/jwts', { consumer_id => $by_custom->{id}, key => 'k' . unique() } ], 201,
    qr/"consumer":\{"id":"$by_custom->{id}"\}/, 'a consumer by the old name');

# ---- what is stored but has no effect is said ----
my $res = admin(POST => '/routes', { paths => ['/a'], path_handling => 'v1' });
like $res->header('X-Gw-Warning'), qr/path_handling 'v1'/, 'path_handling v1 is warned about';
ok !defined admin(POST => '/routes', { paths => ['/a'] })->header('X-Gw-Warning'), 'v0 is not';
done_testing;
