# SPDX-License-Identifier: Apache-2.0
# Bodies from bytes to rows: JSON without coercion, forms and multipart with it (contract admin-api.md 1.2 to 1.5).
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;

my $service = new_service();
my $id = $service->{id};

# A form for a route and what comes of the fields (all others are as usual).
for (
    [ 'hosts[]=a' => { hosts => ['a'] } ],
    [ 'hosts[]=a&hosts[]=b' => { hosts => [qw(a b)] } ],
    [ 'hosts=a&hosts=b' => { hosts => [qw(a b)] } ],
    [ 'hosts[1]=a&hosts[2]=b' => { hosts => [qw(a b)] } ],
    [ 'hosts=a' => { hosts => ['a'] } ],
    [ 'hosts=a,b.c' => { hosts => [qw(a b.c)] } ],
    [ 'paths=/a, /b' => { paths => [qw(/a /b)] } ],
    [ 'paths=~/a{1,2}' => { paths => ['~/a{1,2}'] } ],
    [ 'hosts=a&methods=GET,POST' => { hosts => ['a'], methods => [qw(GET POST)] } ],
    [ 'hosts=a&tags=x,y' => qr/invalid tag 'x,y'/ ],
    [ 'hosts=a&tags=x&tags=y&tags=x' => { hosts => ['a'], tags => [qw(x y)] } ],
    [ 'hosts=a&name=' => { hosts => ['a'] } ],
    [ 'hosts=a&service=' => { hosts => ['a'] } ],
    [ "hosts=a&service.id=$id" => { hosts => ['a'], service => { id => $id } } ],
    [ "hosts=a&service.name=$service->{name}" => { hosts => ['a'], service => { id => $id } } ],
    [ "hosts=a&service_id=$id" => { hosts => ['a'], service => { id => $id } } ],
    [ 'headers.location=x' => { headers => { location => ['x'] } } ],
    [ 'headers.location[]=x&headers.location[]=y' => { headers => { location => [qw(x y)] } } ],
    [ 'headers.location[1]=x&headers.location[2]=y' => { headers => { location => [qw(x y)] } } ],
    [ 'hosts=a&regex_priority=6' => { hosts => ['a'], regex_priority => 6 } ],
    [ 'hosts=a&regex_priority=0x10' => { hosts => ['a'], regex_priority => 16 } ],
    [ 'hosts=a&strip_path=false&preserve_host=true' => { hosts => ['a'], strip_path => \0, preserve_host => \1 } ],
) {
    my ($form, $fields) = @$_;
    if (ref $fields eq 'Regexp') {
        answers([ POST => '/routes', $form ], 400, $fields, $form);
        next;
    }
    my $row = answers([ POST => '/routes', $form ], 201, route_row(%$fields), $form);
    admin_ok(DELETE => "/routes/$row->{id}");
    my @parts = map { my ($k, $v) = split /=/, $_, 2; ($k, $v) } split /&/, $form;
    $row = answers([ POST => '/routes', multipart(@parts) ], 201, route_row(%$fields), "multipart $form");
    admin_ok(DELETE => "/routes/$row->{id}");
}

# What a form for a route is refused with.
for (
    [ 'hosts[2]=a&hosts[3]=b', 'hosts: expected an array', hosts => 'expected an array' ],
    [ 'hosts[]=', 'hosts.1: required field missing', hosts => ['required field missing'] ],
    [ "hosts=a&service=$id", 'service.id: missing primary key', service => { id => 'missing primary key' } ],
    [ 'hosts=a&headers[location]=x', 'headers[location]: unknown field', 'headers[location]' => 'unknown field' ],
    [ 'hosts=a&.x=1', '.x: unknown field', '.x' => 'unknown field' ],
    [ 'hosts=a&x.=1', 'x.: unknown field', 'x.' => 'unknown field' ],
    [ 'hosts=a&regex_priority=six', 'regex_priority: expected an integer', regex_priority => 'expected an integer' ],
    [ 'hosts=a&strip_path=TRUE', 'strip_path: expected a boolean', strip_path => 'expected a boolean' ],
    [ 'hosts=a&strip_path=1', 'strip_path: expected a boolean', strip_path => 'expected a boolean' ],
    [ 'hosts=a&name=a&name=b', 'name: expected a string', name => 'expected a string' ],
    [ 'hosts=a&name', 'name: expected a string', name => 'expected a string' ],
) {
    my ($form, $details, %fields) = @$_;
    answers([ POST => '/routes', $form ], 400, violation($details, %fields), $form);
}

# JSON: no coercion at all.
for (
    [ { regex_priority => '80' }, regex_priority => 'expected an integer' ],
    [ { regex_priority => 1.5 }, regex_priority => 'expected an integer' ],
    [ { strip_path => 'true' }, strip_path => 'expected a boolean' ],
    [ { hosts => 'a' }, hosts => 'expected an array' ],
    [ { methods => 'GET' }, methods => 'expected a set' ],
    [ { headers => ['a'] }, headers => 'expected a map' ],
    [ { name => 5 }, name => 'expected a string' ],
    [ { name => '' }, name => 'length must be at least 1' ],
    [ { protocols => undef }, protocols => 'required field missing' ],
    [ { name => undef, tags => undef }, undef ],
    [ { __proto__ => {} }, '__proto__' => 'unknown field' ],
) {
    my ($fields, $field, $text) = @$_;
    my $name = join ',', keys %$fields;
    if (defined $field) {
        answers([ POST => '/routes', { paths => ['/a'], %$fields } ], 400, violation("$field: $text", $field => $text), "JSON $name");
    } else {
        answers([ POST => '/routes', { paths => ['/a'], %$fields } ], 201, route_row(paths => ['/a']), "JSON null $name");
    }
}

# Nested records, lists of them, and nulls reach a plugin's config.
for (
    [ 'name=jwt&config.key_claim_name=sub&config.maximum_expiration=60&config.claims_to_verify=exp', key_claim_name => 'sub',
        maximum_expiration => 60 ],
    [ 'name=jwt&config.claims_to_verify=exp,nbf', claims_to_verify => [qw(exp nbf)] ],
    [ 'name=jwt&config.claims_to_verify[]=exp', claims_to_verify => ['exp'] ],
    [ 'name=jwt&config.header_names=a, b', header_names => [qw(a b)] ],
    [ 'name=jwt&config.claims_to_verify=', claims_to_verify => undef ],
    [ 'name=jwt&config.run_on_preflight=false', run_on_preflight => \0 ],
) {
    my ($form, %config) = @$_;
    my $row = answers([ POST => "/services/$id/plugins", $form ], 201, qr/^\{/, $form);
    my $text = JSON->new->canonical;
    my %got = map { $_ => $row->{config}{$_} } keys %config;
    is $text->encode(\%got), $text->encode(\%config), "$form: config";
    admin_ok(DELETE => "/plugins/$row->{id}");
}

# PATCH of a form reads config by the stored plugin's name.
my $plugin = add_plugin("/services/$id", 'jwt', { key_claim_name => 'sub' });
my $patched = admin_ok(PATCH => "/plugins/$plugin->{id}", 'config.claims_to_verify=exp,nbf&config.maximum_expiration=5');
is_deeply $patched->{config}{claims_to_verify}, [qw(exp nbf)], 'PATCH of a form: a list';
is $patched->{config}{maximum_expiration}, 5, 'a number';
is $patched->{config}{key_claim_name}, 'sub', 'the rest of config stays';
$patched = admin_ok(PATCH => "/services/$id/plugins/$plugin->{id}", 'config.claims_to_verify=exp');
is_deeply $patched->{config}{claims_to_verify}, ['exp'], 'nested PATCH, too';

# A file contributes its bytes.
my $consumer = new_consumer();
my $secret = "line one\nline two\n";
my $row = admin_ok(POST => "/consumers/$consumer->{id}/jwt", multipart(secret => [$secret], key => unique('https://x.example/')));
is $row->{secret}, $secret, 'a file is its bytes, the last newline too';
done_testing;
