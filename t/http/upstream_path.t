# SPDX-License-Identifier: Apache-2.0
# strip_path and the service's path: docs/routing.md, "The upstream's path", row by row.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;

my $host = unique('strip') . '.test';
my %service;

# What arrives for a target: path and query, and X-Forwarded-Prefix.
sub arrives {
    my ($target) = @_;
    my $raw = raw_request("GET $target HTTP/1.1\r\nHost: $host\r\nX-Forwarded-Prefix: /forged\r\nConnection: close\r\n\r\n");
    my ($status, $body) = $raw =~ m{\AHTTP/1\.1 (\d+) .*?\r\n\r\n(.*)\z}s or return 'nothing';
    return $status if $status != 200;
    my $seen = JSON->new->latin1->decode($body);
    return ($seen->{target}, $seen->{headers}{'x-forwarded-prefix'} // '-');
}

# service path, route's paths (undef: none), strip_path, then pairs: target => [ path, prefix ]
my ($yes, $no) = (1, 0);
my @rows = (
    [ undef, ['/'], $yes,             '/route/' => [ '/route/', '-' ], '/' => [ '/', '-' ] ],
    [ undef, ['/'], $no,              '/route/' => [ '/route/', '-' ] ],
    [ '/', ['/route'], $yes,          '/route' => [ '/', '/route' ], '/route/' => [ '/', '/route' ], '/routereq' => [ '/req', '/route' ],
                                      '/route?a=/b' => [ '/?a=/b', '/route' ] ],
    [ '/', ['/route/'], $yes,         '/route/req' => [ '/req', '/route/' ], '/route' => [404] ],
    [ undef, ['/a/'], $yes,           '/a/test' => [ '/test', '/a/' ] ],
    [ '/srv', ['/rou'], $no,          '/roureq' => [ '/srv/roureq', '-' ] ],
    [ '/srv', ['/rou'], $yes,         '/roureq' => [ '/srv/req', '/rou' ] ],
    [ '/srv/', ['/rou'], $yes,        '/rou' => [ '/srv', '/rou' ], '/rou/' => [ '/srv/', '/rou' ], '/roureq' => [ '/srv/req', '/rou' ] ],
    [ '/srv/', ['/rou'], $no,         '/roureq' => [ '/srv/roureq', '-' ], '/rou' => [ '/srv/rou', '-' ] ],
    [ '/service', ['/'], $yes,        '/' => [ '/service', '-' ], '/x' => [ '/service/x', '-' ] ],
    [ '/service', ['/'], $no,         '/' => [ '/service', '-' ], '/x' => [ '/service/x', '-' ] ],
    [ '/service', ['/route'], $yes,   '/route' => [ '/service', '/route' ], '/route/' => [ '/service/', '/route' ],
                                      '/route./req' => [ '/service/req', '/route' ], '/route%2E%2e/req' => [ '/service/req', '/route' ],
                                      '/route/a%2fb' => [ '/service/a%2Fb', '/route' ], '/route/%C3%A9' => [ '/service/%C3%A9', '/route' ] ],
    [ '/service', ['/route'], $no,    '/route../req' => [ '/service/route../req', '-' ] ],
    [ '/service', ['/route/'], $yes,  '/route/' => [ '/service/', '/route/' ], '/route/req' => [ '/service/req', '/route/' ] ],
    [ '/service/', ['/route'], $yes,  '/route' => [ '/service', '/route' ], '/route/' => [ '/service/', '/route' ] ],
    [ '/service/', ['/route/'], $yes, '/route/' => [ '/service/', '/route/' ] ],
    [ '/service', undef, $yes,        '/' => [ '/service', '-' ], '/x/' => [ '/service/x/', '-' ] ],
    [ undef, undef, $yes,             '/x/' => [ '/x/', '-' ] ],
    [ '/request', ['/sessions-test'], $yes, '/sessions-test' => [ '/request', '/sessions-test' ] ],
    [ '/b', ['~/v\d+'], $yes,         '/v12/x' => [ '/b/x', '/v12' ], '/v1' => [ '/b', '/v1' ], '/v1x' => [ '/b/x', '/v1' ] ],
    [ '/b', ['~/v\d+'], $no,          '/v12/x' => [ '/b/v12/x', '-' ] ],
    [ undef, ['/one', '/one/two'], $yes, '/one/two/x' => [ '/x', '/one/two' ], '/one/x' => [ '/x', '/one' ] ],
);
for my $row (@rows) {
    my ($base, $paths, $strip, @pairs) = @$row;
    my $service = $service{ $base // '' } //= new_service(url => upstream($base // ''));
    my $route = new_route($service, hosts => [$host], paths => $paths, strip_path => $strip ? JSON::true() : JSON::false());
    my $shown = ($base // 'no path') . ', ' . ($paths ? "@$paths" : 'no paths') . ($strip ? ', stripped' : '');
    while (my ($target, $want) = splice @pairs, 0, 2) {
        is_deeply [ arrives($target) ], $want, "$shown: $target";
    }
    admin_ok(DELETE => "/routes/$route->{id}");
}
done_testing;
