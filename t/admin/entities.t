# SPDX-License-Identifier: Apache-2.0
# The fields of services and routes: what each takes, what it is refused with (contract entities.md 0 to 2). Bodies are
# compared whole.
use strict;
use warnings FATAL => 'all';
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;

my $long = 'x' x 300;
my $failed = "failed conditional validation given value of field 'protocol'";

# A refused body: [what is sent beside the base, "field: text" ... in byte order of the fields, name]. "@entity" texts
# stand without a field, first. A number after a dot is a place in a list.
sub refused {
    my ($path, $base, $cases) = @_;
    for (@$cases) {
        my ($fields, $details, $tree, $name) = @$_;
        my $n = @$details;
        my $head = $n > 1 ? "$n schema violations" : 'schema violation';
        answers([ POST => $path, { %$base, %$fields } ], 400,
            { code => 2, name => 'schema violation', message => "$head (" . join('; ', @$details) . ')', fields => $tree }, $name);
    }
}
# One field, one text.
sub wrong { my ($field, $value, $text, $name) = @_; return [ { $field => $value }, ["$field: $text"], { $field => $text }, $name // "$field: $text" ] }
# One element of a list.
sub wrong_in {
    my ($field, $list, $at, $text, $name) = @_;
    return [ { $field => $list }, ["$field.$at: $text"], { $field => [ (undef) x ($at - 1), $text ] }, $name // "$field: $text" ];
}
# Both a field and the rule that made it wrong.
sub conditional { my ($fields, $field) = @_;
    return [ $fields, [ $failed, "$field: value must be null" ], { $field => 'value must be null', '@entity' => [$failed] }, "$field with $fields->{protocol}" ] }

my $one_of = 'expected one of: grpc, grpcs, http, https, tcp, tls, tls_passthrough, udp';
my $characters = 'the only accepted ascii characters are alphanumerics or ., -, _, and ~';
my $tag = 'expected printable ascii (except `,` and `/`) or valid utf-8 sequences';
my $outside = '(characters outside of the reserved list of RFC 3986 found)';

# ---- services ----
refused('/services', { host => 'h' }, [
    (map { wrong(name => $_, "invalid value '$_': $characters") } 'a b', 'a/b', 'a,b', 'a%20b'),
    wrong(name => '', 'length must be at least 1'),
    wrong(retries => 32768, 'value should be between 0 and 32767'),
    wrong(retries => -1, 'value should be between 0 and 32767'),
    wrong(retries => '5', 'expected an integer'),
    wrong(protocol => 'ftp', $one_of),
    wrong(protocol => undef, 'required field missing', 'protocol: null'),
    wrong(host => undef, 'required field missing', 'host: null'),
    wrong(host => 'h:80', 'must not have a port'),
    (map { wrong(host => $_, "invalid value: $_") } 'a b', 'a..b', 'a-.b', '/', 'h/p', 'a_b-'),
    wrong(port => 65536, 'value should be between 0 and 65535'),
    wrong(port => undef, 'required field missing', 'port: null'),
    wrong(path => 'p', 'should start with: /'),
    wrong(path => '/a//b', 'must not have empty segments'),
    wrong(path => '/a b', "invalid path: '/a b' $outside"),
    wrong(path => '/a?b', "invalid path: '/a?b' $outside"),
    wrong(path => '/%zz', "invalid url-encoded value: '%zz'"),
    wrong(path => '/%2', "invalid url-encoded value: '%2'"),
    (map { my $f = "${_}_timeout"; (wrong($f, 0, 'value should be between 1 and 2147483646'), wrong($f, 2147483647, 'value should be between 1 and 2147483646'),
        wrong($f, 1.5, 'expected an integer')) } qw(connect write read)),
    wrong(tags => 'a', 'expected a set'),
    wrong_in(tags => ['a,b'], 1, "invalid tag 'a,b': $tag"),
    wrong_in(tags => [ 'ok', 'a/b' ], 2, "invalid tag 'a/b': $tag"),
    wrong_in(tags => [5], 1, 'expected a string'),
    wrong(enabled => undef, 'required field missing', 'enabled: null'),
    wrong(enabled => 'true', 'expected a boolean'),
    conditional({ tls_verify => \1, protocol => 'http' }, 'tls_verify'),
    conditional({ tls_verify_depth => 1, protocol => 'http' }, 'tls_verify_depth'),
    conditional({ ca_certificates => [NOWHERE], protocol => 'http' }, 'ca_certificates'),
    (map { conditional({ path => '/p', protocol => $_ }, 'path') } qw(tcp tls udp grpc grpcs)),
    [ { tls_verify_depth => 65, protocol => 'https' }, ['tls_verify_depth: value should be between 0 and 64'],
        { tls_verify_depth => 'value should be between 0 and 64' }, 'tls_verify_depth' ],
    [ { ca_certificates => ['x'], protocol => 'https' }, ['ca_certificates.1: expected a valid UUID'], { ca_certificates => ['expected a valid UUID'] }, 'ca_certificates' ],
    wrong(id => 'x', 'expected a valid UUID'),
    wrong(created_at => 0, 'expected a valid timestamp'),
    wrong(created_at => -5, 'expected a valid timestamp', 'created_at below 0'),
    wrong(created_at => 'x', 'expected an integer', 'created_at of a word'),
    wrong(foo => 1, 'unknown field'),
    [ { foo => 1, retries => -1, name => 'a b' },
        [ 'foo: unknown field', "name: invalid value 'a b': $characters", 'retries: value should be between 0 and 32767' ],
        { foo => 'unknown field', name => "invalid value 'a b': $characters", retries => 'value should be between 0 and 32767' }, 'several' ],
    [ { client_certificate => {}, protocol => 'https' }, ['client_certificate.id: missing primary key'], { client_certificate => { id => 'missing primary key' } }, 'a reference to nothing' ],
]);
for (
    [ { name => "服务-\x{e9}._~" }, {}, 'a name of other letters' ], [ { retries => 0 }, {}, 'no retries' ], [ { port => 0 }, {}, 'port 0' ],
    [ { path => '/' }, {}, 'path /' ], [ { path => '/a%20b/c;d=e@f' }, {}, 'an encoded path' ],
    [ { tags => [ 'a b', "\x{e9}", 'a b' ] }, { tags => [ 'a b', "\x{e9}" ] }, 'a tag twice' ], [ { enabled => \0 }, {}, 'not enabled' ],
    [ { protocol => 'https', tls_verify => \0, tls_verify_depth => 64, ca_certificates => [NOWHERE] }, {}, 'https' ], [ { read_timeout => 2147483646 }, {}, 'patience' ],
    [ { retries => 5.0 }, { retries => 5 }, 'a whole number written otherwise' ],
    [ { url => 'https://u/p?q#f', host => 'ignored', port => 1 }, { protocol => 'https', host => 'u', port => 443, path => '/p' }, 'url wins' ],
    [ { url => 'http://u:443' }, { host => 'u', port => 443 }, 'the port of another scheme' ], [ { url => '//u:443' }, { protocol => 'https', host => 'u', port => 443 }, 'no scheme' ],
    [ { url => 'http://u/' }, { host => 'u', path => '/' }, 'a slash' ], [ { url => 'http://[::1]:8080' }, { host => '::1', port => 8080 }, 'IPv6' ],
    (map { [ { host => $_ }, {}, "host $_" ] } '0.0.0.0', '::1', 'a_b.example', 'example.com.', 'localhost'),
) {
    my ($fields, $shown, $name) = @$_;
    my %want = (host => 'h', %$fields, %$shown);
    delete $want{url};
    $want{name} = $fields->{name} . unique() if $fields->{name};
    my $row = answers([ POST => '/services', { host => 'h', %$fields, ($want{name} ? (name => $want{name}) : ()) } ], 201, service_row(%want), $name);
    admin_ok(DELETE => "/services/$row->{id}") if $row;
}

# ---- routes ----
my $by = sub { my ($what, $protocol) = @_; return "must set one of $what when 'protocols' is '$protocol'" };
my $needs = sub { my ($protocols, $text) = @_; return [ { protocols => $protocols, paths => undef }, [$text], { '@entity' => [$text] }, "nothing to match for @$protocols" ] };
my $http = "'methods', 'hosts', 'headers', 'paths'";
my $with_tls = "'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'";
my $mixed = sub { "these sets are mutually exclusive: $_[0]" };
refused('/routes', { paths => ['/p'] }, [
    (map { wrong_in(hosts => [$_], 1, 'invalid wildcard: must be placed at leftmost or rightmost label') } 'api.*.com', '*a.com', 'a*', 'a.*b'),
    wrong_in(hosts => [ 'ok.com', '*.a.*' ], 2, 'invalid wildcard: must have at most one wildcard'),
    wrong_in(hosts => ['a:b'], 1, 'invalid hostname: a:b'),
    wrong_in(hosts => ['a:70000'], 1, 'invalid port number'),
    wrong_in(hosts => ['a b'], 1, 'invalid hostname: a b'),
    wrong_in(hosts => ['a/b'], 1, 'invalid hostname: a/b'),
    wrong(hosts => 'a', 'expected an array'),
    wrong_in(paths => ['p'], 1, 'should start with: / (fixed path) or ~/ (regex path)'),
    wrong_in(paths => ['~p'], 1, 'should start with: / (fixed path) or ~/ (regex path)'),
    wrong_in(paths => ['/a//b'], 1, 'must not have empty segments'),
    wrong_in(paths => ['/a/../b'], 1, "non-normalized path, consider use '/b' instead"),
    wrong_in(paths => ['/a/%62'], 1, "non-normalized path, consider use '/a/b' instead"),
    wrong_in(paths => ['/%2'], 1, "invalid url-encoded value: '%2'"),
    wrong(methods => 'GET', 'expected a set'),
    wrong_in(methods => ['get'], 1, 'invalid value: get'),
    wrong_in(methods => [ 'GET', 'A B' ], 2, 'invalid value: A B'),
    wrong(protocols => [], 'length must be at least 1'),
    wrong_in(protocols => ['smtp'], 1, $one_of),
    wrong(protocols => [qw(http grpc)], $mixed->("('http', 'https'), ('grpc', 'grpcs')")),
    wrong(protocols => [qw(http tcp)], $mixed->("('http', 'https'), ('tcp', 'tls', 'udp')")),
    wrong(https_redirect_status_code => 300, 'expected one of: 426, 301, 302, 307, 308'),
    wrong(path_handling => 'v2', 'expected one of: v0, v1'),
    wrong(regex_priority => 'x', 'expected an integer'),
    wrong(strip_path => undef, 'required field missing', 'strip_path: null'),
    wrong_in(snis => ['a:1'], 1, 'must not have a port'),
    wrong_in(snis => ['127.0.0.1'], 1, 'must not be an IP'),
    wrong(headers => [], 'expected a map'),
    [ { protocols => ['http'], snis => ['a'] }, [ $with_tls, 'snis: length must be 0' ], { snis => 'length must be 0', '@entity' => [$with_tls] }, 'snis without TLS' ],
    wrong(sources => [ { ip => '127.0.0.1' } ], "cannot set 'sources' when 'protocols' is 'http' or 'https'"),
    wrong(destinations => [ { port => 5 } ], "cannot set 'destinations' when 'protocols' is 'http' or 'https'"),
    [ { protocols => ['grpc'], strip_path => \1 }, [q(strip_path: cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs')],
        { strip_path => q(cannot set 'strip_path' when 'protocols' is 'grpc' or 'grpcs') }, 'strip_path with grpc' ],
    $needs->([qw(http https)], $by->("$http, 'snis'", 'https')), $needs->(['http'], $by->($http, 'http')), $needs->(['https'], $by->("$http, 'snis'", 'https')),
    $needs->(['grpc'], $by->("'hosts', 'headers', 'paths'", 'grpc')), $needs->(['grpcs'], $by->("'hosts', 'headers', 'paths', 'snis'", 'grpcs')),
    $needs->(['tcp'], "must set one of 'sources', 'destinations', 'snis' when 'protocols' is 'tcp', 'tls' or 'udp'"),
    $needs->(['tls_passthrough'], "must set snis when 'protocols' is 'tls_passthrough'"),
]);
for (
    [ { hosts => [ '*.a.com', 'a.*', 'a.com:80', '*.b.com:8080' ] }, {}, 'hosts' ], [ { paths => [ '/', '~/a/(?<b>\d+)$' ] }, {}, 'paths' ],
    [ { methods => [qw(GET FOO GET)] }, { methods => [qw(GET FOO)] }, 'a method twice' ], [ { headers => { 'x-a' => [ 'b', '~*c' ] } }, {}, 'headers' ],
    [ { snis => [ 'a.com', 'b.com' ] }, {}, 'snis' ], [ { regex_priority => -5 }, {}, 'a priority below 0' ], [ { path_handling => 'v1' }, {}, 'path_handling v1' ],
    [ { protocols => ['grpc'] }, { strip_path => \0 }, 'grpc keeps its path' ],
    [ { protocols => ['tcp'], paths => undef, sources => [ { ip => '10.0.0.0/8', port => 5 } ] }, {}, 'tcp' ],
    [ { protocols => ['tls_passthrough'], paths => undef, snis => ['a'] }, {}, 'tls_passthrough' ],
    [ { https_redirect_status_code => 308, preserve_host => \1, request_buffering => \0, response_buffering => \0 }, {}, 'switches' ],
) {
    my ($fields, $shown, $name) = @$_;
    my $row = answers([ POST => '/routes', { paths => ['/p'], %$fields } ], 201, route_row(paths => ['/p'], %$fields, %$shown), $name);
    admin_ok(DELETE => "/routes/$row->{id}") if $row && $row->{id};
}
answers([ POST => '/routes', { paths => ['/p'], headers => { Host => ['x'] } } ], 400, qr/cannot contain 'host' header, which must be specified in the 'hosts' attribute/, 'headers: host');
answers([ POST => '/routes', { paths => ['~/a('] } ], 400, qr{^\{"code":2.*"fields":\{"paths":\["invalid regex: '\\?/a\(' \(PCRE returned: }, 'a regular expression that is none');
for my $protocol (qw(tcp udp)) {
    for ([ paths => ['/p'] ], [ hosts => ['a'] ], [ methods => ['GET'] ], [ headers => { a => ['b'] } ]) {
        my $text = "cannot set '$_->[0]' when 'protocols' is 'tcp', 'tls', 'tls_passthrough' or 'udp'";
        answers([ POST => '/routes', { protocols => [$protocol], sources => [ { port => 1 } ], @$_ } ], 400, violation("$_->[0]: $text", $_->[0] => $text), "$_->[0] with $protocol");
    }
}

# ---- updates: what is said otherwise, what depends on what is stored ----
my $service = new_service(url => 'http://h/p');
answers([ PATCH => "/services/$service->{id}", { protocol => 'tcp' } ], 400,
    { code => 2, name => 'schema violation', message => "2 schema violations ($failed; path: value must be null)", fields => { path => 'value must be null', '@entity' => [$failed] } },
    'PATCH: the stored path does not go with another protocol');
answers([ PATCH => "/services/$service->{id}", { foo => 1 } ], 400, violation('foo: unknown field', foo => 'unknown field'), 'PATCH of an unknown field');
answers([ PATCH => "/services/$service->{id}", [ 'application/json', '[]' ] ], 400, message('Cannot parse JSON body'), 'PATCH of a list');
my $route = new_route($service);
answers([ PATCH => "/routes/$route->{id}", { paths => undef } ], 400, violation($by->("$http, 'snis'", 'https'), '@entity' => [ $by->("$http, 'snis'", 'https') ]), 'PATCH: the last thing to match by');
is_deeply admin_ok(PATCH => "/routes/$route->{id}", { headers => { a => ['1'], b => ['2'] } })->{headers}, { a => ['1'], b => ['2'] }, 'PATCH of a map';
is_deeply admin_ok(PATCH => "/routes/$route->{id}", { headers => { c => ['3'] } })->{headers}, { c => ['3'] }, 'replaces it as a whole';
done_testing;
