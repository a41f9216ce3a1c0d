# SPDX-License-Identifier: Apache-2.0
# Services and routes as people's documents make them, line by line (contract seed-systems.md C).
use strict;
use warnings FATAL => 'all';
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use SeedCurl;
use GatewayTest;
use TestUpstream;

my @made; # paths to delete, in this order
END { admin(DELETE => $_) for @made }

# ---- one port, a service by Host ----
my ($name, $other) = (unique('example-service'), unique('b'));
my ($host, $other_host) = ("service_$name.com", "service_$other.com");
(my $port) = upstream() =~ /:(\d+)$/;
my $got = curl_is([ '-i', '-X', 'POST', '--url', '/services/', '--data', "name=$name", '--data', "url=http://0.0.0.0:$port" ], 201, 'a service on 0.0.0.0');
is_deeply [ @{ $got->{json} }{qw(name protocol host port path retries)} ], [ $name, 'http', '0.0.0.0', $port, undef, 5 ], 'as its URL says';
my $service = $got->{json};
$got = curl_is([ '-i', '-X', 'POST', '--url', "/services/$name/routes", '--data', "hosts[]=$host" ], 201, 'a route by host, underscore and all');
my $route = $got->{json};
push @made, "/routes/$route->{id}";
is_deeply {
    map { $_ => $route->{$_} } qw(hosts paths preserve_host protocols regex_priority service strip_path)
}, {
    hosts => [$host], paths => undef, preserve_host => JSON::false(), protocols => [qw(http https)], regex_priority => 0,
    service => { id => $service->{id} }, strip_path => JSON::true(),
}, 'its fields';
curl_is([ '-d', "name=$other", '-d', 'url=' . upstream('/do/echo/b'), '/services' ], 201, 'another service');
push @made, '/routes/' . curl_is([ '-d', "hosts[]=$other_host", "/services/$other/routes" ], 201, 'on another host')->{json}{id};
is curl_is([ ':8000/', '-H', "Host: $host" ], 200, 'Host chooses the first')->{json}{path}, '/', 'its path';
is curl_is([ ':8000/', '-H', "Host:$other_host" ], 200, 'or the second, no space after the colon')->{json}{path}, '/do/echo/b', 'its path';
curl_is([ ':8000/', '-H', "Host: $host:8000" ], 200, 'a port in Host does not matter');
$got = curl_is([ ':8000/', '-H', 'Host: ' . unique('nobody') . '.com' ], 404, 'no such host');
is $got->{body}, qq({\n  "message":"no Route matched with those values"\n}), 'says so';

# ---- GET, PATCH of two fields in one form, DELETE ----
is curl_is([ "/services/$name" ], 200, 'GET')->{json}{id}, $service->{id}, 'the service';
my $renamed = unique('renamed');
$got = curl_is([ '-X', 'PATCH', '--url', "/services/$name", '--data', "name=$renamed&retries=6" ], 200, 'PATCH of name and retries');
is_deeply [ @{ $got->{json} }{qw(id name retries host)} ], [ $service->{id}, $renamed, 6, '0.0.0.0' ], 'both, and nothing else';
curl_is([ "/services/$name" ], 404, 'the old name is free');
$got = curl_is([ '-X', 'DELETE', "/services/$renamed" ], 400, 'DELETE while routes lead to it');
is $got->{json}{message}, q(an existing 'routes' entity references this 'services' entity), 'says why';
push @made, "/services/$renamed", "/services/$other";

# ---- names that are not ASCII ----
my $chinese = '服务编号' . unique();
utf8::encode(my $bytes = $chinese);
is curl_is([ '-X', 'POST', '/services/', '--data-urlencode', "name=$bytes", '-d', 'url=' . upstream() ], 201, 'a name in Chinese')->{json}{name}, $chinese,
    'is kept';
(my $segment = $bytes) =~ s/([^A-Za-z0-9-])/sprintf '%%%02X', ord $1/ge;
curl_is([ "/services/$segment" ], 200, 'found by it');

# ---- a sign as a path, stripped on the way ----
my $sign = unique('sign');
$got = curl_is([ '-X', 'POST', "/services/$segment/routes", '-d', "name=$sign", '-d', 'hosts[]=api.*.com', '-d', "paths[]=/$sign/" ], 400,
    'a wildcard in the middle of a host');
is_deeply $got->{json}{fields}, { hosts => ['invalid wildcard: must be placed at leftmost or rightmost label'] }, 'says where it may be';
$got = curl_is([ '-X', 'POST', "/services/$segment/routes", '-d', "name=$sign", '-d', "paths[]=/$sign/" ], 201, 'a path');
push @made, "/routes/$got->{json}{id}", "/services/$segment";
is curl_is([ ":8000/$sign/test" ], 200, 'the prefix is stripped')->{json}{path}, '/test', 'the upstream sees the rest';

# ---- a service with a path, as mockbin's ----
my $mock = unique('mock');
curl_is([ '-X', 'POST', '/services', '--data', "name=$mock", '--data', 'url=' . upstream('/request') ], 201, 'a URL with a path');
push @made, '/routes/' . curl_is([ '-X', 'POST', "/services/$mock/routes", '--data', "paths[]=/$mock" ], 201, 'its route')->{json}{id}, "/services/$mock";
is curl_is([ ":8000/$mock" ], 200, 'the whole')->{json}{path}, '/request', 'the path of the URL';
is curl_is([ ":8000/$mock/a?b=c" ], 200, 'something below')->{json}{path}, '/request/a', 'is joined to it';

# ---- slips of the pen ----
$got = curl_is([ '-X', 'POST', '/services', '--data', 'name=' . unique('slip'), '--data', '=http://httpbin.org' ], 400, 'url left out before "="');
is $got->{json}{fields}{host}, 'required field missing', 'host is missing';
curl_is([ '-X', 'POST', "/route/$route->{id}/plugins", '--data', 'name=jwt' ], 404, '/route instead of /routes');

# ---- an upstream that is not there, then found: in force at once ----
my $path = '/' . unique('books') . '/api/v1/books';
my $dead = new_service(url => 'http://127.0.0.1:' . TestUpstream::free_port(), retries => 1);
new_route($dead, paths => [$path], strip_path => JSON::false());
$got = curl_is([ ":8000$path", '-H', 'Accept: application/json' ], 502, 'connection refused');
is $got->{body}, qq({\n  "message":"An invalid response was received from the upstream server"\n}), 'the body';
like $got->{head}, qr/^X-Kong-Request-Id: [0-9a-f]{32}\r?$/mi, 'a request id';
curl_is([ '-X', 'PATCH', "/services/$dead->{id}", '-d', 'url=' . upstream() ], 200, 'a PATCH of its url');
is curl_is([ ":8000$path" ], 200, 'heals it at once')->{json}{path}, $path, 'the path is whole';
done_testing;
