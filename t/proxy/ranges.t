# SPDX-License-Identifier: Apache-2.0
# Range is the upstream's affair: it gets the header, and what it answers goes to the client as it is.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;

my $path = new_route(new_service())->{paths}[0];

# [method, behaviour of the upstream, Range, status, length of the body, what it is]
for (
    [ GET    => 'bytes/5000', 'bytes=0-1',     200, 5000, 'an upstream without ranges' ],
    [ GET    => 'bytes/5000', 'bytes=999999-', 200, 5000, 'a range behind its end' ],
    [ GET    => 'bytes/5000', 'bytes=0-0,2-2', 200, 5000, 'two ranges' ],
    [ POST   => 'bytes/5000', 'bytes=0-1',     200, 5000, 'a method without ranges' ],
    [ POST   => 'bytes/5000', 'bytes=999999-', 200, 5000, 'a method without ranges, behind the end' ],
    [ DELETE => 'bytes/5000', 'bytes=0-1',     200, 5000, 'another' ],
    [ GET    => 'partial',    'bytes=0-1',     206, 2,    'an upstream with ranges' ],
    [ GET    => 'status/416', 'bytes=9-',      416, 11,   'an upstream that refuses one' ],
) {
    my ($method, $how, $range, $status, $length, $what) = @$_;
    my $res = call($method => "$path/do/$how", Range => $range);
    is $res->code, $status, "$method, $what: $status";
    is length $res->content, $length, "$method, $what: the whole body";
    is $res->header('Content-Range'), $status == 206 ? 'bytes 0-1/5000' : undef, "$method, $what: Content-Range";
}
is json_of(call(GET => $path, Range => 'bytes=0-1'))->{headers}{range}, 'bytes=0-1', 'the upstream is asked for the range';
done_testing();
