# SPDX-License-Identifier: Apache-2.0
# Rows of upstreams and targets through the Admin API (contract entities.md 6 and 7, admin-api.md 7).
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;

my @unhealthy = (429, 404, 500 .. 505);
my %failures = (tcp_failures => 0, timeouts => 0, http_failures => 0);
my $healthchecks = {
    active => {
        type => 'http', timeout => 1, concurrency => 10, http_path => '/', https_verify_certificate => \1,
        https_sni => undef, headers => undef,
        healthy => { interval => 0, http_statuses => [ 200, 302 ], successes => 0 },
        unhealthy => { interval => 0, http_statuses => \@unhealthy, %failures },
    },
    passive => {
        type => 'http', healthy => { http_statuses => [ 200 .. 208, 226, 300 .. 308 ], successes => 0 },
        unhealthy => { http_statuses => [ 429, 500, 503 ], %failures },
    },
    threshold => 0,
};

sub upstream_row {
    return {
        id => '<id>', created_at => '<time>', updated_at => '<time>', algorithm => 'round-robin', hash_on => 'none',
        hash_fallback => 'none', hash_on_cookie_path => '/', slots => 10000, healthchecks => $healthchecks,
        use_srv_name => \0,
        (map { $_ => undef } qw(hash_on_header hash_fallback_header hash_on_cookie hash_on_query_arg
            hash_fallback_query_arg hash_on_uri_capture hash_fallback_uri_capture tags host_header client_certificate)),
        @_,
    };
}

sub target_row { return { id => '<id>', created_at => '<moment>', updated_at => '<moment>', weight => 100, tags => undef, @_ } }

# Moments of targets have a fraction: set aside here, before AdminTest looks.
sub target_answers {
    my ($call, $status, $want, $name) = @_;
    my $res = admin(@$call);
    is $res->code, $status, "$name: $status" or diag $res->content;
    my $got = json_of($res);
    for my $row ($got->{data} ? @{ $got->{data} } : $got) {
        like $row->{$_}, qr/^\d{10}(\.\d{1,3})?$/, "$name: $_" for qw(created_at updated_at);
        @$row{qw(id created_at updated_at)} = ('<id>', '<moment>', '<moment>');
    }
    my $text = JSON->new->canonical;
    is $text->encode($got), $text->encode($want), "$name: body";
    return $got;
}

# ---- upstreams ----
my $name = unique('u');
my $row = answers([ POST => '/upstreams', { name => $name } ], 201, upstream_row(name => $name), 'POST with a name');
answers([ GET => "/upstreams/$_" ], 200, upstream_row(name => $name), 'GET') for $row->{id}, $name;
answers([ PATCH => "/upstreams/$name", { healthchecks => { passive => { unhealthy => { timeouts => 3 } } } } ], 200,
    upstream_row(name => $name, healthchecks => { %$healthchecks, passive => { %{ $healthchecks->{passive} },
        unhealthy => { http_statuses => [ 429, 500, 503 ], %failures, timeouts => 3 } } }), 'PATCH merges records');
answers([ PUT => "/upstreams/$name", { slots => 10 } ], 200, upstream_row(name => $name, slots => 10), 'PUT replaces');
my $put = unique('u');
answers([ PUT => "/upstreams/$put", {} ], 200, upstream_row(name => $put), 'PUT makes one');
answers([ DELETE => "/upstreams/$put" ], 204, undef, 'DELETE') for 1, 2;
answers([ POST => '/upstreams', { name => $name } ], 409, { code => 5, name => 'unique constraint violation',
    message => qq(UNIQUE violation detected on '{name="$name"}'), fields => { name => $name } }, 'the same name twice');
is admin(POST => '/upstreams', form(name => unique('u'), 'healthchecks.active.healthy.interval' => '0.5',
    'healthchecks.active.healthy.http_statuses[]' => 200, use_srv_name => 'false'))->code, 201, 'a form';

# [body, details of the message, fields]
my $at = "failed conditional validation given value of field 'hash_on'";
my @wrong = (
    [ {}, 'name: required field missing', name => 'required field missing' ],
    [ { name => 'a b' }, q(name: Invalid name ('a b'); must be a valid hostname), name => q(Invalid name ('a b'); must be a valid hostname) ],
    [ { name => '10.0.0.1' }, q(name: Invalid name ('10.0.0.1'); no ip addresses allowed), name => q(Invalid name ('10.0.0.1'); no ip addresses allowed) ],
    [ { name => 'a:80' }, q(name: Invalid name ('a:80'); no port allowed), name => q(Invalid name ('a:80'); no port allowed) ],
    [ { name => 'a', algorithm => 'random' }, 'algorithm: expected one of: consistent-hashing, least-connections, round-robin, latency',
      algorithm => 'expected one of: consistent-hashing, least-connections, round-robin, latency' ],
    [ { name => 'a', slots => 9 }, 'slots: value should be between 10 and 65536', slots => 'value should be between 10 and 65536' ],
    [ { name => 'a', hash_on => 'header' }, "$at; hash_on_header: required field missing",
      '@entity' => [$at], hash_on_header => 'required field missing' ],
    [ { name => 'a', hash_on => 'none', hash_fallback => 'ip' }, "$at; hash_fallback: expected one of: none",
      '@entity' => [$at], hash_fallback => 'expected one of: none' ],
    [ { name => 'a', host_header => 'a b' }, 'host_header: invalid value: a b', host_header => 'invalid value: a b' ],
    [ { name => 'a', healthchecks => { threshold => 101 } }, 'healthchecks.threshold: value should be between 0 and 100',
      healthchecks => { threshold => 'value should be between 0 and 100' } ],
);
for (@wrong) {
    my ($body, $details, %fields) = @$_;
    my $n = keys(%fields);
    answers([ POST => '/upstreams', $body ], 400, { code => 2, name => 'schema violation', fields => \%fields,
        message => $n > 1 ? "$n schema violations ($details)" : "schema violation ($details)" }, $details);
}

# What hashing needs, and what it may not be told: [fields, the field that decides, the field that is wrong, text].
my @inputs = qw(none consumer ip header cookie path query_arg uri_capture);
my $but = sub { my ($not) = @_; return 'expected one of: ' . join ', ', grep { $_ ne $not } @inputs };
my $missing = 'required field missing';
for (
    [ { hash_on => 'ip', hash_fallback => 'header' }, hash_fallback => 'hash_fallback_header', $missing ],
    [ { hash_on => 'cookie' }, hash_on => 'hash_on_cookie', $missing ],
    [ { hash_on => 'ip', hash_fallback => 'cookie' }, hash_fallback => 'hash_on_cookie', $missing ],
    [ { hash_on => 'query_arg' }, hash_on => 'hash_on_query_arg', $missing ],
    [ { hash_on => 'ip', hash_fallback => 'query_arg' }, hash_fallback => 'hash_fallback_query_arg', $missing ],
    [ { hash_on => 'uri_capture' }, hash_on => 'hash_on_uri_capture', $missing ],
    [ { hash_on => 'ip', hash_fallback => 'uri_capture' }, hash_fallback => 'hash_fallback_uri_capture', $missing ],
    [ { hash_on => 'cookie', hash_on_cookie => 'c', hash_fallback => 'ip' }, hash_on => 'hash_fallback', 'expected one of: none' ],
    (map { [ { hash_on => $_, hash_fallback => $_ }, hash_on => 'hash_fallback', $but->($_) ] } qw(consumer ip path)),
) {
    my ($fields, $by, $wrong, $text) = @$_;
    my $failed = "failed conditional validation given value of field '$by'";
    answers([ POST => '/upstreams', { name => 'a', %$fields } ], 400, { code => 2, name => 'schema violation',
        message => "2 schema violations ($failed; $wrong: $text)", fields => { '@entity' => [$failed], $wrong => $text } },
        join ' ', map { "$_=$fields->{$_}" } sort keys %$fields);
}
for my $what (qw(header query_arg uri_capture)) {
    my $text = "values of these fields must be distinct: 'hash_on_$what', 'hash_fallback_$what'";
    my %both = (name => unique('u'), hash_on => $what, hash_fallback => $what, "hash_on_$what" => 'one');
    answers([ POST => '/upstreams', { %both, "hash_fallback_$what" => 'one' } ], 400, violation($text, '@entity' => [$text]), "the same $what twice");
    is admin(POST => '/upstreams', { %both, "hash_fallback_$what" => 'two' })->code, 201, "two of $what";
}
# One value of the checks out of its range: [path in healthchecks, value, text].
for (
    (map { [ "$_->[0].interval", $_->[1], 'value should be between 0 and 65535' ] } [ 'active.healthy', 65536 ], [ 'active.unhealthy', -1 ]),
    [ 'active.timeout', 65536, 'value should be between 0 and 65535' ],
    (map { ([ $_, 256, 'value should be between 0 and 255' ], [ $_, -1, 'value should be between 0 and 255' ]) }
        (map { my $side = $_; ("$side.healthy.successes", map { "$side.unhealthy.$_" } qw(tcp_failures timeouts http_failures)) } qw(active passive))),
    (map { [ "$_.type", 'ping', 'expected one of: tcp, http, https, grpc, grpcs' ] } qw(active passive)),
    (map { my $list = "$_.http_statuses"; ([ $list, [99], ['value should be between 100 and 999'] ], [ $list, [ 200, 1000 ], [ undef, 'value should be between 100 and 999' ] ]) }
        map { ("$_.healthy", "$_.unhealthy") } qw(active passive)),
    [ 'threshold', -1, 'value should be between 0 and 100' ],
) {
    my ($where, $value, $text) = @$_;
    my ($body, $tree) = ($value, $text);
    ($body, $tree) = ({ $_ => $body }, { $_ => $tree }) for reverse 'healthchecks', split /\./, $where;
    my $res = admin(POST => '/upstreams', { name => 'a', %$body });
    is $res->code, 400, "$where: 400";
    is_deeply json_of($res)->{fields}, $tree, "$where: fields";
}

# [body, algorithm, hash_on]: they decide about each other.
my @coupled = (
    [ { hash_on => 'ip' }, 'consistent-hashing', 'ip' ],
    [ { hash_on => 'none' }, 'round-robin', 'none' ],
    [ { algorithm => 'least-connections' }, 'least-connections', 'none' ],
    [ { hash_on => 'consumer', hash_fallback => 'ip' }, 'consistent-hashing', 'consumer' ],
    [ { algorithm => 'latency', hash_fallback => 'none' }, 'latency', 'none' ],
    [ { algorithm => 'round-robin' }, 'round-robin', 'none' ],
);
for (@coupled) {
    my ($body, $algorithm, $hash_on) = @$_;
    my $res = admin(PATCH => "/upstreams/$name", $body);
    is_deeply [ @{ json_of($res) }{qw(algorithm hash_on)} ], [ $algorithm, $hash_on ], "PATCH of @{[ join ' ', %$body ]}";
    my $warnings = $algorithm eq 'latency' ? qr/latency/ : qr/^$/;
    like $res->header('X-Gw-Warning') // '', $warnings, 'latency is warned about, nothing else';
}
like admin(PATCH => "/upstreams/$name", { use_srv_name => \1 })->header('X-Gw-Warning') // '', qr/use_srv_name/, 'so is use_srv_name';

# ---- targets ----
my $path = "/upstreams/$name/targets";
my $upstream = { id => $row->{id} };
target_answers([ POST => $path, { target => '10.0.0.1' } ], 201, target_row(target => '10.0.0.1:8000', upstream => $upstream), 'the default port');
target_answers([ POST => $path, { target => 'api.example.com:80', weight => 5 } ], 201,
    target_row(target => 'api.example.com:80', weight => 5, upstream => $upstream), 'a name and a port');
target_answers([ POST => $path, { target => '::1' } ], 201, target_row(target => '[::1]:8000', upstream => $upstream), 'IPv6');
target_answers([ GET => "$path/$_" ], 200, target_row(target => '10.0.0.1:8000', upstream => $upstream), "GET $_") for '10.0.0.1', '10.0.0.1:8000';
target_answers([ GET => "$path/[::1]:8000" ], 200, target_row(target => '[::1]:8000', upstream => $upstream), 'GET of IPv6');
my $id = admin_ok(GET => "$path/10.0.0.1")->{id};
target_answers([ $_ => "$path/10.0.0.1", { weight => 7 } ], 200, target_row(target => '10.0.0.1:8000', weight => 7, upstream => $upstream), $_) for qw(PATCH PUT);
is admin_ok(GET => "$path/$id")->{id}, $id, 'PUT changes what is there';
target_answers([ PUT => "$path/$id", {} ], 200, target_row(target => '10.0.0.1:8000', weight => 7, upstream => $upstream), 'PUT of nothing changes nothing');
my $not_found = message('Not found');
for my $missing ('10.9.9.9', '10.9.9.9:1', NOWHERE) {
    answers([ $_ => "$path/$missing", /^P/ ? {} : undef ], 404, $not_found, "$_ of $missing") for qw(GET PUT PATCH DELETE);
}
is @{ admin_ok(GET => $_)->{data} }, 3, "GET $_" for $path, "$path/all", "/upstreams/$row->{id}/targets/all";
answers([ GET => "/upstreams/none-such/targets$_" ], 404, $not_found, "targets$_ of nothing") for '', '/all';
answers([ POST => "$path/all" ], 405, message('Method not allowed'), 'POST of all');
for my $taken ('10.0.0.1', '10.0.0.1:8000') {
    answers([ POST => $path, { target => $taken } ], 409, { code => 5, name => 'unique constraint violation',
        message => qq(UNIQUE violation detected on '{target="10.0.0.1:8000",upstream={id="$row->{id}"}}'),
        fields => { target => '10.0.0.1:8000', upstream => $upstream } }, "$taken twice");
}
for my $wrong ('', ' ', 'a b', 'a:99999', 'a:b', '1.2.3.4:', '[::1', 'http://x') {
    my $why = $wrong eq '' ? 'length must be at least 1' : "Invalid target ('$wrong'); not a valid hostname or ip address";
    answers([ POST => $path, { target => $wrong } ], 400, violation("target: $why", target => $why), "target '$wrong'");
}
answers([ POST => $path, { target => 'a', weight => 65536 } ], 400, violation('weight: value should be between 0 and 65535',
    weight => 'value should be between 0 and 65535'), 'weight');
answers([ GET => '/targets' ], 404, $not_found, 'targets have no collection of their own');
my $second = unique('u');
admin_ok(POST => '/upstreams', { name => $second });
is admin(POST => "/upstreams/$second/targets", { target => '10.0.0.1' })->code, 201, 'the same target for another upstream';
answers([ GET => "/upstreams/$second/targets/$id" ], 404, $not_found, "another upstream's target");
answers([ DELETE => "$path/10.0.0.1:8000" ], 204, undef, 'DELETE of a target');
answers([ GET => "$path/10.0.0.1:8000" ], 404, $not_found, 'it is gone');
answers([ DELETE => "/upstreams/$name" ], 204, undef, 'DELETE of an upstream with targets');
answers([ GET => $path ], 404, $not_found, 'they went with it');
done_testing();
