# SPDX-License-Identifier: Apache-2.0
# What the server tells about itself (contract admin-api.md 4): `/` in the shape that clients parse when they start.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;

# ---- / ----
my $service = new_service();
add_plugin("/services/$service->{id}", 'jwt');
my $root = admin_ok(GET => '/');
is_deeply [ sort keys %$root ], [qw(configuration hostname node_id pids plugins tagline version)], 'the members of /';
is $root->{tagline}, 'Welcome to mod_gw', 'tagline';
is $root->{version}, '3.4.1', 'the version that clients look at';
like $root->{node_id}, qr/^[0-9a-f-]{36}$/, 'node_id';
is $root->{configuration}{database}, is_postgres() ? 'postgres' : 'sqlite', 'database';
my %listens = map { $_->{port} => $_ } @{ $root->{configuration}{proxy_listeners} };
is $listens{ GatewayTest::proxy_port() } && $listens{ GatewayTest::proxy_port() }{ssl}, JSON::false, 'where requests are taken';
is $listens{ GatewayTest::admin_port() }, undef, 'the Admin API is none of them';
like $root->{plugins}{available_on_server}{jwt}{version}, qr/^\d/, "a plugin's version";
is $root->{plugins}{available_on_server}{jwt}{priority}, 1450, 'and priority';
is scalar(grep { $_ eq 'jwt' } @{ $root->{plugins}{enabled_in_cluster} }), 1, 'plugins in use, each once';
like $root->{pids}{master}, qr/^\d+$/, 'master';
ok @{ $root->{pids}{workers} } > 0, 'workers';
is admin_ok(GET => '/')->{node_id}, $root->{node_id}, 'node_id stays';

# ---- /status ----
my $status = admin_ok(GET => '/status');
is_deeply [ sort keys %{ $status->{server} } ],
    [ map({ "connections_$_" } qw(accepted active handled reading waiting writing)), 'total_requests' ], 'server';
like $status->{server}{$_}, qr/^\d+$/, "$_ is a number" for keys %{ $status->{server} };
cmp_ok admin_ok(GET => '/status')->{server}{total_requests}, '>', $status->{server}{total_requests}, 'requests are counted over all children';
is $status->{database}{reachable}, JSON::true, 'the database is reachable';
like $status->{memory}{workers_lua_vms}[0]{http_allocated_gc}, qr/^\d+\.\d\d MiB$/, 'memory in MiB';
like admin_ok(GET => '/status?unit=K&scale=0')->{memory}{workers_lua_vms}[0]{http_allocated_gc}, qr/^\d+ KiB$/, 'in KiB';
like admin_ok(GET => '/status?unit=b')->{memory}{workers_lua_vms}[0]{http_allocated_gc}, qr/^\d+$/, 'in bytes, as a number';
answers([ GET => '/status?unit=V' ], 400, message("invalid unit 'V' (expected 'k/K', 'm/M', or 'g/G')"), 'a bad unit');
ok exists $status->{gateway}{$_}, "gateway: $_" for qw(generation database counts caches children warnings);
cmp_ok $status->{gateway}{counts}{services}, '>', 0, 'services are counted';

# ---- lists of what there is ----
my $endpoints = admin_ok(GET => '/endpoints')->{data};
is_deeply $endpoints, [ sort @$endpoints ], '/endpoints is sorted';
my %endpoint = map { $_ => 1 } @$endpoints;
ok $endpoint{$_}, "$_ is listed" for '/', '/services', '/services/{services}', '/services/{services}/routes/{routes}', '/routes/{routes}/service',
    '/consumers/{consumers}/jwt', '/schemas/plugins/{name}';
ok scalar(grep { $_ eq 'jwt' } @{ admin_ok(GET => '/plugins/enabled')->{enabled_plugins} }), '/plugins/enabled';

# ---- schemas ----
my $schema = admin_ok(GET => '/schemas/services');
is_deeply [ map { keys %$_ } @{ $schema->{fields} } ],
    [ qw(id created_at updated_at name retries protocol host port path connect_timeout write_timeout read_timeout tags
        client_certificate tls_verify tls_verify_depth ca_certificates enabled) ], 'fields, one object each';
my ($host) = grep { $_->{host} } @{ $schema->{fields} };
is $host->{host}{type}, 'string', 'host is a string';
is $host->{host}{required}, JSON::true, 'and required';
my $jwt = admin_ok(GET => '/schemas/plugins/jwt');
my ($config) = grep { $_->{config} } @{ $jwt->{fields} };
ok scalar(grep { $_->{claims_to_verify} } @{ $config->{config}{fields} }), "a plugin's config in its schema";
ok scalar(grep { $_->{claims_to_verify} } @{ admin_ok(GET => '/plugins/schema/jwt')->{fields} }), 'and alone';
answers([ GET => '/schemas/nope' ], 404, message("No entity named 'nope'"), 'no such entity');
answers([ GET => '/schemas/plugins/nope' ], 404, message("No plugin named 'nope'"), 'no such plugin');
answers([ GET => '/plugins/schema/nope' ], 404, message("No plugin named 'nope'"), 'the old path');
answers([ POST => '/schemas/services/validate', { host => 'x' } ], 200, message('schema validation successful'), 'a good service');
answers([ POST => '/schemas/services/validate', { host => 5 } ], 400, violation('host: expected a string', host => 'expected a string'), 'a bad one');
answers([ POST => '/schemas/plugins/validate', { name => 'jwt', config => { x => 1 } } ], 400,
    violation('config.x: unknown field', config => { x => 'unknown field' }), 'a bad plugin');
answers([ POST => '/schemas/nope/validate', {} ], 404, message("No entity named 'nope'"), 'validation of no entity');
done_testing;
