# SPDX-License-Identifier: Apache-2.0
# GET and POST /config on a node without a database: every way to send a configuration, every way to be refused.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use Encode ();
use JSON ();

if (is_postgres()) {
    plan tests => 2;
    for my $method (qw(GET POST)) {
        my $res = admin($method, '/config', $method eq 'POST' ? [ 'text/yaml', "_format_version: '3.0'\n" ] : ());
        is $res->code . ' ' . json_of($res)->{message},
            '400 this endpoint is only available when mod_gw is configured to not use a database', "$method with a database";
    }
    exit;
}

my $node = GatewayNode->start(threads => 16, extra => 'GwDeclarativeConfig none');
my $upstream = upstream();

is $node->admin_ok(GET => '/status')->{configuration_hash}, '0' x 32, 'nothing is loaded';
is $node->admin_ok(GET => '/config')->{config}, qq{_format_version: "3.0"\n_transform: false\n}, 'nothing is written as nothing';

# ---- ways to send one ----
my $yaml = qq{_format_version: "3.0"\nservices:\n- name: NAME\n  url: $upstream\n  routes:\n  - name: NAME\n    paths: [ /NAME ]\n};
my $as_json = sub { { _format_version => '3.0', services => [ { name => $_[0], url => $upstream, routes => [ { name => $_[0], paths => ["/$_[0]"] } ] } ] } };
my $n = 0;
for (
    [ 'text/yaml', sub { [ 'text/yaml', $_[0] ] } ],
    [ 'JSON with a version', sub { $as_json->($_[1]) } ],
    [ 'JSON with config as YAML', sub { { config => $_[0] } } ],
    [ 'JSON with config as JSON', sub { { config => JSON->new->encode($as_json->($_[1])) } } ],
    [ 'a form', sub { form(config => $_[0]) } ],
    [ 'multipart, as a file', sub { multipart(config => [ $_[0] ]) } ],
) {
    my ($name, $make) = @$_;
    my $word = 'way' . ++$n;
    my $res = $node->admin(POST => '/config', $make->($yaml =~ s/NAME/$word/gr, $word));
    is $res->code, 201, $name or diag $res->content;
    my $got = json_of($res);
    is join(',', sort keys %$got), 'routes,services', "$name: what is configured is answered";
    my ($id) = keys %{ $got->{services} };
    is $got->{services}{$id}{name}, $word, "$name: by id";
    is $node->call(GET => "/$word")->code, 200, "$name: and in force";
    is $node->call(GET => '/way' . ($n - 1))->code, 404, "$name: instead of what was" if $n > 1;
}

# ---- refused as a whole ----
my $before = $node->admin_ok(GET => '/status')->{configuration_hash};
my $invalid = sub {
    my ($message, $fields) = @_;
    return { code => 14, name => 'invalid declarative configuration', message => "declarative config is invalid: $message", fields => $fields };
};
my $text = JSON->new->canonical;
for (
    [ [ 'text/yaml', '' ], { message => 'expected a declarative configuration' }, 'nothing' ],
    [ {}, { message => 'expected a declarative configuration' }, 'an empty object' ],
    [ form(other => 1), { message => 'expected a declarative configuration' }, 'a form without it' ],
    [ [ 'text/yaml', '- a' ],
      $invalid->('{error="failed parsing declarative configuration: expected an object"}',
          { error => 'failed parsing declarative configuration: expected an object' }), 'no object' ],
    [ { config => 'x' },
      $invalid->('{error="failed parsing declarative configuration: expected an object"}',
          { error => 'failed parsing declarative configuration: expected an object' }), 'a word' ],
    [ { _format_version => '3.0', services => [ { port => -12 } ] },
      $invalid->('{services={{host="required field missing",port="value should be between 0 and 65535"}}}',
          { services => [ { host => 'required field missing', port => 'value should be between 0 and 65535' } ] }), 'two mistakes' ],
    [ { _format_version => '3.0', services => [ { host => 'a', name => 'a' }, { host => 'b', port => 'x' } ] },
      $invalid->('{services={[2]={port="expected an integer"}}}', { services => [ undef, { port => 'expected an integer' } ] }), 'a hole' ],
    [ { _format_version => '3.0', services => [ { host => 'a', routes => [ { paths => ['x'] } ] } ] },
      qr/\{services=\{\{routes=\{\{paths=\{"should start with: /, 'nested' ],
    [ { _format_version => '3.0', services => [ map { { host => $_, name => 'foo' } } qw(a b) ] },
      $invalid->(q({services={[2]="uniqueness violation: 'services' entity with name set to 'foo' already declared"}}),
          { services => [ undef, "uniqueness violation: 'services' entity with name set to 'foo' already declared" ] }), 'a name twice' ],
    [ { _format_version => '3.0', consumers => [ map { { username => $_, custom_id => 'c' } } qw(u v) ] },
      $invalid->(q({consumers={v="uniqueness violation: 'consumers' entity with custom_id set to 'c' already declared"}}),
          { consumers => { v => "uniqueness violation: 'consumers' entity with custom_id set to 'c' already declared" } }), 'a custom_id twice' ],
    [ { _format_version => '3.0', plugins => [ map { { name => 'key-auth' } } 1, 2 ] },
      qr/uniqueness violation: 'plugins' entity with primary key set to '[0-9a-f-]{36}' already declared/, 'a plugin twice' ],
    [ { _format_version => '3.0', routes => [ { name => 'r', paths => ['/r'], service => 'svc1' } ] },
      $invalid->(q({routes={r={"invalid reference 'service: svc1' (no such entry in 'services')"}}}),
          { routes => { r => ["invalid reference 'service: svc1' (no such entry in 'services')"] } }), 'a dangling name' ],
    [ { _format_version => '3.0', plugins => [ { name => 'key-auth', config => { cookie => 1 } } ] },
      $invalid->('{plugins={{config={cookie="unknown field"}}}}', { plugins => [ { config => { cookie => 'unknown field' } } ] }), 'an unknown setting' ],
    [ { _format_version => '3.0', routes => [ { name => 'r', paths => ['/r'], plugins => [ { name => 'cors', protocols => ['grpc'] } ] } ] },
      $invalid->(q({routes={{plugins={{protocols="must match the associated route's protocols"}}}}}),
          { routes => [ { plugins => [ { protocols => "must match the associated route's protocols" } ] } ] }), "protocols that are none of its route's" ],
    [ { _format_version => '3.0', services => [ { name => 's', host => 'h', routes => [ { paths => ['/a'] }, { paths => ['/b'], protocols => ['http'] } ] } ],
          plugins => [ { name => 'cors', service => 's', protocols => ['grpc'] } ] },
      $invalid->(q({plugins={{protocols="must match the protocols of at least one route pointing to this Plugin's service"}}}),
          { plugins => [ { protocols => "must match the protocols of at least one route pointing to this Plugin's service" } ] }),
      "protocols that no route of its service has" ],
    [ { _format_version => '9.9' },
      $invalid->('{_format_version="expected one of: 1.1, 2.1, 3.0"}', { _format_version => 'expected one of: 1.1, 2.1, 3.0' }), 'a version' ],
    [ { _format_version => '3.0', foo => [] }, $invalid->('{foo="unknown field"}', { foo => 'unknown field' }), 'an unknown collection' ],
    [ { _format_version => '3.0', services => {} }, $invalid->('{services="expected an array"}', { services => 'expected an array' }), 'no list' ],
    [ { _format_version => '3.0', services => [1] }, $invalid->('{services={"expected a record"}}', { services => ['expected a record'] }), 'no record' ],
    [ { _format_version => '3.0', _transform => 'x' }, $invalid->('{_transform="expected a boolean"}', { _transform => 'expected a boolean' }), '_transform' ],
) {
    my ($body, $want, $name) = @$_;
    my $res = $node->admin(POST => '/config', $body);
    is $res->code, 400, "$name: 400" or diag $res->content;
    if (ref $want eq 'Regexp') { like json_of($res)->{message}, $want, "$name: body" }
    else { is $text->encode(json_of($res)), $text->encode($want), "$name: body" }
}
is $node->admin_ok(GET => '/status')->{configuration_hash}, $before, 'nothing of it is in force';
is $node->call(GET => "/way$n")->code, 200, 'and what was still is';
is $node->admin(POST => '/config', [ 'text/plain', 'x' ])->code, 415, 'another type';

is $node->admin(POST => '/config', $_->[1])->code, 201, $_->[0] for
    [ 'protocols that one route of the service has' => { _format_version => '3.0', services => [ { name => 's', host => 'h',
        routes => [ { paths => ['/a'] }, { paths => ['/b'], protocols => ['https'] } ], plugins => [ { name => 'cors', protocols => ['https'] } ] } ] } ],
    [ 'a service without routes' => { _format_version => '3.0', services => [ { name => 's', host => 'h', plugins => [ { name => 'cors', protocols => ['grpc'] } ] } ] } ],
    [ 'a plugin for everything' => { _format_version => '3.0', plugins => [ { name => 'cors', protocols => ['grpc'] } ] } ];

# ---- flatten_errors ----
my $flat = json_of($node->admin(POST => '/config?flatten_errors=1', { _format_version => '3.0', services => [ {
    name => 'svc', tags => ['t'], port => -1, host => 'h',
    routes => [ { name => 'r', paths => ['/a'], methods => ['get'] } ] } ] }));
is_deeply [ sort { $a->{entity_type} cmp $b->{entity_type} } @{ $flat->{flattened_errors} } ], [
    { entity_type => 'route', entity_name => 'r', entity => { name => 'r', paths => ['/a'], methods => ['get'] },
      errors => [ { type => 'field', field => 'methods.1', message => 'invalid value: get' } ] },
    { entity_type => 'service', entity_name => 'svc', entity_tags => ['t'],
      entity => { name => 'svc', tags => ['t'], port => -1, host => 'h' },
      errors => [ { type => 'field', field => 'port', message => 'value should be between 0 and 65535' } ] },
], 'flattened errors' or diag $text->pretty->encode($flat);
ok $flat->{fields}{services}, 'beside the tree';

# ---- check_hash ----
my $one = $yaml =~ s/NAME/one/gr;
is $node->admin(POST => '/config?check_hash=1', [ 'text/yaml', $one ])->code, 201, 'a new text';
is $node->admin(POST => '/config?check_hash=1', [ 'text/yaml', $one ])->code, 304, 'the same text';
is $node->admin(POST => '/config', [ 'text/yaml', $one ])->code, 201, 'the same text without the question';
is $node->admin(POST => '/config?check_hash=1', [ 'text/yaml', "$one#\n" ])->code, 201, 'another text';

# ---- what GET gives, POST takes ----
my $rich = {
    _format_version => '3.0',
    services => [ { name => 's', url => $upstream, tags => [ 'a', 'yes', '1.5' ] } ],
    routes => [ { name => 'r', service => 's', paths => ['/r'], headers => { 'x-on' => [ 'off', "tab\there", 'ü', '~', '' ] } }, { paths => ['/unnamed'] } ],
    consumers => [ { username => 'null' }, { username => '1e3', custom_id => "two\nlines: #" } ],
    plugins => [ { name => 'key-auth', service => 's', config => { key_names => [ 'true', 'k' ] } }, { name => 'cors', route => 'r' } ],
    keyauth_credentials => [ { consumer => 'null', key => 'k1', ttl => 100000 } ],
    acls => [ { consumer => '1e3', group => 'g' } ],
};
delete $rich->{routes}[0]{headers}{'x-on'}[4];
$rich->{routes}[0]{headers}{'x-on'} = [ @{ $rich->{routes}[0]{headers}{'x-on'} }[ 0 .. 3 ] ];
is $node->admin(POST => '/config', $rich)->code, 201, 'all sorts of values';
my $dump = $node->admin_ok(GET => '/config')->{config};
my $res = $node->admin(POST => '/config', [ 'text/yaml', Encode::encode_utf8($dump) ]);
is $res->code, 201, 'what GET gives is taken' or diag $res->content;
my $again = $node->admin_ok(GET => '/config')->{config};
s/ttl: \d+/ttl: N/ for $dump, $again;
is $again, $dump, 'and given again';
is $node->admin_ok(GET => '/consumers/null/key-auth/k1')->{key}, 'k1', 'a credential is there';
done_testing;
