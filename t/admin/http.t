# SPDX-License-Identifier: Apache-2.0
# What holds for every call: paths, methods, headers, content types, who may ask.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;
use AdminTest;

my $service = new_service();

# ---- paths and methods ----
for (
    [ GET => '/services/', 200, 'a slash at the end' ],
    [ GET => "/services/$service->{name}/", 200, 'after a name, too' ],
    [ GET => '/nowhere', 404, 'an unknown path' ],
    [ POST => '/nowhere', 404, 'whatever the method' ],
    [ DELETE => '/services/a/nowhere', 404, 'below a row' ],
    [ GET => '/targets', 404, 'an entity without a collection, or none at all' ],
    [ GET => '/timers', 404, 'nothing is invented' ],
    [ PUT => '/services', 405, 'PUT of a collection' ],
    [ PATCH => '/services', 405, 'PATCH of a collection' ],
    [ DELETE => '/services', 405, 'DELETE of a collection' ],
    [ POST => "/services/$service->{id}", 405, 'POST to a row' ],
    [ POST => '/', 405, 'POST to information' ],
    [ GET => '/schemas/services/validate', 405, 'GET of validation' ],
    [ BREW => '/services', 405, 'a method of its own' ],
    [ GET => '/services/%zz', 400, 'a percent sign without digits' ],
    [ GET => '/services/a%00b', 400, 'NUL in a key' ],
) {
    my ($method, $path, $status, $name) = @$_;
    my $res = admin($method, $path);
    is $res->code, $status, "$name: $status";
    my $want = { 404 => 'Not found', 405 => 'Method not allowed' }->{$status};
    is_deeply json_of($res), { message => $want }, "$name: body" if $want;
    ok !defined $res->header('Allow'), "$name: no Allow" if $status == 405;
}

# ---- headers ----
my $res = admin(GET => '/services');
is $res->header('Content-Type'), 'application/json; charset=utf-8', 'Content-Type';
is $res->header('Content-Length'), length $res->content, 'Content-Length is exact';
is $res->header('Cache-Control'), 'no-store', 'no cache keeps it';
like $res->header('Server'), qr{^mod_gw/\d}, 'Server';
like $res->header('X-Kong-Admin-Latency'), qr/^\d+$/, 'X-Kong-Admin-Latency';
ok defined $res->header('Date'), 'Date';
ok !defined $res->header($_), "no $_" for qw(Via Access-Control-Allow-Origin X-Gw-Propagation);
unlike $res->content, qr/\n|: /, 'compact';

my $head = admin(HEAD => '/services');
is $head->code, 200, 'HEAD is answered';
is $head->content, '', 'without a body';
is $head->header($_), admin(GET => '/services')->header($_), "and the same $_" for qw(Content-Type Content-Length);
is admin(HEAD => '/nowhere')->code, 404, 'HEAD of nothing';
$res = admin(GET => '/services', undef, Range => 'bytes=0-3');
is $res->code, 200, 'no ranges';
is admin(GET => '/services', undef, 'Request-Range' => 'bytes=0-3')->code, 200, 'by neither name';

# ---- OPTIONS ----
for (
    [ '/', 'GET, HEAD, OPTIONS' ],
    [ '/routes', 'GET, HEAD, OPTIONS, POST' ],
    [ '/routes/x', 'DELETE, GET, HEAD, OPTIONS, PATCH, PUT' ],
    [ '/services/x/routes', 'GET, HEAD, OPTIONS, POST' ],
    [ '/routes/x/service', 'DELETE, GET, HEAD, OPTIONS, PATCH, PUT' ],
) {
    my ($path, $methods) = @$_;
    my $res = admin(OPTIONS => $path);
    is $res->code, 204, "OPTIONS $path: 204";
    is $res->content, '', "OPTIONS $path: empty";
    is $res->header('Allow'), $methods, "OPTIONS $path: Allow";
}

# ---- other sites' pages and other hosts' names ----
my $origin = admin_url();
$res = admin(OPTIONS => '/routes', undef, Origin => $origin, 'Access-Control-Request-Headers' => 'X-A, X-B');
is $res->header('Access-Control-Allow-Origin'), $origin, 'the same origin is allowed';
is $res->header('Access-Control-Allow-Credentials'), 'true', 'with credentials';
is $res->header('Access-Control-Expose-Headers'), 'ETag, X-Gw-Propagation, X-Gw-Warning', 'and what it may read';
like $res->header('Vary'), qr/\bOrigin\b/, 'caches are told';
is $res->header('Access-Control-Allow-Methods'), 'GET, HEAD, OPTIONS, POST', 'these methods';
is $res->header('Access-Control-Allow-Headers'), 'X-A, X-B', 'the headers it asked for';
is admin(OPTIONS => '/routes', undef, Origin => $origin)->header('Access-Control-Allow-Headers'), 'Content-Type',
    'Content-Type otherwise';
for ([ Origin => 'http://evil.example' ], [ Origin => 'null' ], [ 'Sec-Fetch-Site' => 'cross-site' ],
    [ 'Sec-Fetch-Site' => 'same-site' ]) {
    for my $method (qw(GET POST DELETE OPTIONS)) {
        my $res = answers([ $method, '/services', undef, @$_ ], 403, message('Cross-site request refused'), "$method from @$_");
    }
}
is admin(GET => '/services', undef, 'Sec-Fetch-Site' => $_)->code, 200, "Sec-Fetch-Site: $_" for qw(same-origin none);
answers([ GET => '/', undef, Host => 'evil.example.com' ], 421, message('Unknown host'), 'another host');
is admin(GET => '/', undef, Host => $_)->code, 200, "Host: $_" for qw(localhost 10.1.2.3:99 [::1]:8001 gateway);

# ---- bodies: whether they are taken (contract 1.1) ----
my @required = (400, violation('host: required field missing', host => 'required field missing'));
for (
    [ 'nothing at all', [ undef, '' ], @required ],
    [ 'a body without a type', [ undef, 'a=1' ], 415, undef ],
    [ 'plain text', [ 'text/plain', 'a=1' ], 415, undef ],
    [ 'YAML', [ 'text/yaml', 'a: 1' ], 415, undef ],
    [ 'the wrong case', [ 'Application/JSON', '{}' ], 415, undef ],
    [ 'a charset', [ 'application/json; charset=utf-8', '{}' ], @required ],
    [ 'empty JSON', [ 'application/json', '' ], 400, message('Cannot parse JSON body') ],
    [ 'half of JSON', [ 'application/json', '{"a":' ], 400, message('Cannot parse JSON body') ],
    [ 'a JSON array', [ 'application/json', '[]' ], 400, message('Cannot parse JSON body') ],
    [ 'an empty form', [ 'application/x-www-form-urlencoded', '' ], @required ],
    [ 'an empty multipart', [ 'multipart/form-data; boundary=x', '' ], @required ],
    [ 'a garbled multipart', [ 'multipart/form-data; boundary=x', "--y\r\nz" ], @required ],
    [ 'a multipart without a boundary', [ 'multipart/form-data', "--y\r\nz" ], @required ],
) {
    my ($name, $body, $status, $want) = @$_;
    my $req = HTTP::Request->new(POST => admin_url('/services'));
    $req->header('Content-Type' => $body->[0]) if defined $body->[0];
    $req->header('Content-Length' => length $body->[1]);
    $req->content($body->[1]);
    answers([ POST => '/services', $body ], $status, $want, $name);
}
is admin(GET => '/services', [ 'application/json', '{"a"' ])->code, 200, 'the body of a GET is ignored';
is admin(DELETE => '/services/none-such', [ 'application/json', '{"a"' ])->code, 204, 'of a DELETE, too';

my $many = join '&', ('a=1') x 1001;
answers([ POST => '/services', $many ], 400, message('Too many arguments'), '1001 form arguments');
answers([ GET => "/services?$many" ], 400, message('Too many arguments'), '1001 query arguments');
is admin(GET => '/services?' . join '&', ('a=1') x 1000)->code, 200, '1000 are taken; unknown ones ignored';
my $large = raw_request("POST /services HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        . "Content-Length: 10485761\r\n\r\n", port => GatewayTest::admin_port(), until => qr/large"\}/);
like $large, qr{^HTTP/1.1 413 }, '10 MiB and a byte are refused before they are sent';

my $narrow = GatewayNode->start(threads => 8, admin_extra => 'GwAdminMaxBody 1024');
for ([ 1024, 400, qr/"host":"required field missing"/ ], [ 1025, 413, qr/^\{"message":"Payload too large"\}$/m ]) {
    my ($length, $status, $want) = @$_;
    my $bytes = '{}' . ' ' x ($length - 2);
    for ([ 'told' => "Content-Length: $length\r\n\r\n$bytes" ], [ 'in chunks' => "Transfer-Encoding: chunked\r\n\r\n" . sprintf "%x\r\n%s\r\n0\r\n\r\n", $length, $bytes ]) {
        my $got = raw_request("POST /services HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nConnection: close\r\n$_->[1]", port => $narrow->{admin_port});
        like $got, qr{^HTTP/1.1 $status }, "$length bytes $_->[0]: $status";
        like $got, $want, "$length bytes $_->[0]: body";
    }
}

is admin(GET => '/robots.txt')->content, "User-agent: *\nDisallow: /\n", 'robots.txt';
done_testing;
