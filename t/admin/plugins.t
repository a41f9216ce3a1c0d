# SPDX-License-Identifier: Apache-2.0
# Plugin rows (contract admin-api.md 5): what is refused, what is unique, what protocols must fit.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;

my $service = new_service();
my $route = new_route($service);
my $consumer = new_consumer();
my %jwt = (
    uri_param_names => ['jwt'], cookie_names => [], key_claim_name => 'iss', secret_is_base64 => \0, claims_to_verify => undef,
    anonymous => undef, run_on_preflight => \1, maximum_expiration => 0, header_names => ['authorization'],
);

# ---- a row, whole ----
my $row = answers([ POST => "/services/$service->{id}/plugins", { name => 'jwt' } ], 201, qr/"name":"jwt"/, 'POST');
my $text = JSON->new->canonical;
is $text->encode({ map { $_ => $row->{config}{$_} } keys %jwt }), $text->encode(\%jwt), 'config is shown whole';
answers([ GET => "/plugins/$row->{id}" ], 200,
    plugin_row(name => 'jwt', service => { id => $service->{id} }, config => $row->{config}), 'the rest, too');
answers([ GET => "/plugins/$row->{id}/service" ], 200, qr/"id":"$service->{id}"/, 'its service');
answers([ GET => "/plugins/$row->{id}/route" ], 404, message('Not found'), 'no route');

# ---- refusals ----
for (
    [ 'no name', {}, 'name: required field missing', name => 'required field missing' ],
    [ 'no name, and nothing else is looked at', { enabled => 5, x => 1 }, 'name: required field missing', name => 'required field missing' ],
    [ 'an unknown plugin', { name => 'foo', config => { a => 1 } },
        "name: plugin 'foo' not enabled; add it to the 'plugins' configuration property",
        name => "plugin 'foo' not enabled; add it to the 'plugins' configuration property" ],
    [ 'an unknown key', { name => 'jwt', config => { k => 1 } }, 'config.k: unknown field', config => { k => 'unknown field' } ],
    [ 'config that is none', { name => 'jwt', config => 5 }, 'config: expected a record', config => 'expected a record' ],
    [ 'a consumer', { name => 'jwt', consumer => { id => $consumer->{id} } }, 'consumer: value must be null', consumer => 'value must be null' ],
    [ 'enabled that is no boolean', { name => 'jwt', enabled => 'yes' }, 'enabled: expected a boolean', enabled => 'expected a boolean' ],
    [ 'a protocol that none is', { name => 'jwt', protocols => ['smtp'] }, 'protocols.1: expected one of: grpc, grpcs, http, https',
        protocols => ['expected one of: grpc, grpcs, http, https'] ],
) {
    my ($name, $body, $details, %fields) = @$_;
    answers([ POST => '/plugins', $body ], 400, violation($details, %fields), $name);
}
answers([ POST => "/consumers/$consumer->{username}/plugins", { name => 'jwt' } ], 400,
    violation('consumer: value must be null', consumer => 'value must be null'), 'a consumer by the path');
answers([ PATCH => "/plugins/$row->{id}", { config => 5 } ], 400, violation('config: expected a record', config => 'expected a record'),
    'PATCH of config to a number');
answers([ PATCH => "/plugins/$row->{id}", { config => { k => 1 } } ], 400, violation('config.k: unknown field', config => { k => 'unknown field' }),
    'PATCH of an unknown key');

# ---- PATCH: records merge, lists do not ----
my $patched = admin_ok(PATCH => "/plugins/$row->{id}", { config => { claims_to_verify => ['exp'], header_names => [qw(a b)] } });
is_deeply $patched->{config}{claims_to_verify}, ['exp'], 'config merges';
is $patched->{config}{key_claim_name}, 'iss', 'what is not named stays';
is_deeply admin_ok(PATCH => "/plugins/$row->{id}", { config => { header_names => ['c'] } })->{config}{header_names}, ['c'], 'a list is replaced';
is admin_ok(PATCH => "/plugins/$row->{id}", { config => { claims_to_verify => undef } })->{config}{claims_to_verify}, undef, 'null clears';
is admin_ok(PATCH => "/plugins/$row->{id}", { enabled => \0 })->{enabled}, JSON::false, 'enabled=false';

# ---- uniqueness: name, route, service, consumer; instance_name ----
my $key = qq({consumer=null,name="jwt",route=null,service={id="$service->{id}"}});
my $twice = {
    code => 5, name => 'unique constraint violation', message => "UNIQUE violation detected on '$key'",
    fields => { consumer => undef, name => 'jwt', route => undef, service => { id => $service->{id} } },
};
answers([ POST => "/services/$service->{id}/plugins", { name => 'jwt' } ], 409, $twice, 'the same on the same service');
answers([ POST => '/plugins', { name => 'jwt', service => { id => $service->{id} }, enabled => \0 } ], 409, $twice, 'by the other path');
my $instance = unique('instance');
my $on_route = admin_ok(POST => "/routes/$route->{name}/plugins", { name => 'jwt', instance_name => $instance });
is $on_route->{route}{id}, $route->{id}, 'on a route it is another';
my $on_both = admin_ok(POST => '/plugins', { name => 'jwt', route => { id => $route->{id} }, service => { id => $service->{id} } });
ok $on_both->{id}, 'and on both';
answers([ GET => "/plugins/$instance" ], 200, qr/"id":"$on_route->{id}"/, 'by instance_name');
answers([ PATCH => "/plugins/$on_both->{id}", { instance_name => $instance } ], 409,
    { code => 5, name => 'unique constraint violation', message => qq(UNIQUE violation detected on '{instance_name="$instance"}'), fields => { instance_name => $instance } },
    'an instance_name twice');
answers([ PATCH => "/plugins/$on_both->{id}", { service => undef } ], 409, qr/UNIQUE violation/, 'PATCH to the scope of another');

# ---- protocols ----
my $https = new_route($service, protocols => ['https']);
answers([ POST => "/routes/$https->{id}/plugins", { name => 'jwt', protocols => ['http'] } ], 400,
    violation("protocols: must match the associated route's protocols", protocols => "must match the associated route's protocols"),
    "a route's protocols");
my $none = new_service();
ok admin_ok(POST => "/services/$none->{id}/plugins", { name => 'jwt', protocols => ['http'] })->{id}, 'a service without routes takes all';
my $other = new_service();
new_route($other, protocols => ['https']) for 1 .. 2;
my $why = "must match the protocols of at least one route pointing to this Plugin's service";
answers([ POST => "/services/$other->{id}/plugins", { name => 'jwt', protocols => ['http'] } ], 400, violation("protocols: $why", protocols => $why),
    "none of a service's routes");
new_route($other, protocols => ['http']);
ok admin_ok(POST => "/services/$other->{id}/plugins", { name => 'jwt', protocols => ['http'] })->{id}, 'one of them is enough';

# ---- what is taken without effect is said ----
my $ordered = admin(POST => '/plugins', { name => 'jwt', service => { id => new_service()->{id} }, ordering => { before => { access => ['acl'] } } });
is $ordered->code, 201, 'ordering is taken';
ok !exists json_of($ordered)->{ordering}, 'not shown';
is $ordered->header('X-Gw-Warning'), 'ordering is ignored: plugins run in the order of their priorities', 'and a warning tells';

# ---- old names ----
my $fresh = new_service();
is admin_ok(POST => '/plugins', { name => 'jwt', service_id => $fresh->{id} })->{service}{id}, $fresh->{id}, 'service_id';
is admin_ok(POST => '/plugins', "name=jwt&route_id=$https->{id}")->{route}{id}, $https->{id}, 'route_id in a form';
done_testing;
