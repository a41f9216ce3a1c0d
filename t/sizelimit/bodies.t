# SPDX-License-Identifier: Apache-2.0
# request-size-limiting: lengths that are told, bodies that are counted while they stream, and what a client reads.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;

my $route = new_route(new_service());
my $path = $route->{paths}[0];
my $plugin = add_plugin("/routes/$route->{id}", 'request-size-limiting');
is_deeply $plugin->{config}, { allowed_payload_size => 128, size_unit => 'megabytes', require_content_length => JSON::false }, 'defaults';
sub configure {
    return admin_ok(PUT => "/plugins/$plugin->{id}", { name => 'request-size-limiting', route => { id => $route->{id} }, config => {@_} });
}
sub chunked { my ($bytes, $method) = @_; return raw_request(($method // 'POST') . " $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    . sprintf("%x\r\n%s\r\n0\r\n\r\n", length $bytes, $bytes)) }
my $too_much = 'Request size limit exceeded';

configure(allowed_payload_size => 10, size_unit => 'bytes');
for ([ 0, 200 ], [ 9, 200 ], [ 10, 200 ], [ 11, 413 ], [ 100_000, 413 ]) {
    my ($bytes, $status) = @$_;
    my $res = call(POST => $path, [ 'text/plain', 'x' x $bytes ]);
    is $res->code, $status, "$bytes bytes: $status";
    is json_of($res)->{message}, $too_much, "$bytes bytes: text" if $status == 413;
}
is call(GET => $path)->code, 200, 'no body';
my $before = arrived($path);
is call(POST => $path, [ 'text/plain', 'x' x 11 ])->code, 413, 'too large';
is arrived($path), $before, 'the upstream saw none of it';
like chunked('x' x 10), qr{^HTTP/1\.1 200 }, 'chunks: small enough';
my $got = chunked('x' x 11);
like $got, qr{^HTTP/1\.1 413 }, 'chunks: too large';
like $got, qr/\Q$too_much\E/, 'chunks: text';
like chunked('x' x 200_000), qr{^HTTP/1\.1 413 }, 'chunks: much too large';
for my $method (qw(GET HEAD DELETE OPTIONS)) {
    $before = arrived($path);
    like chunked('x' x 10, $method), qr{^HTTP/1\.1 200 }, "chunks: small enough of $method";
    is arrived($path), $before + 1, "and arrived";
    like chunked('x' x 200, $method), qr{^HTTP/1\.1 413 }, "chunks: too large of $method";
    is arrived($path), $before + 1, "and did not arrive";
    is call($method => $path, [ 'text/plain', 'x' x 11 ])->code, 413, "a length: too large of $method";
}
$got = raw_request("POST $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n");
like $got, qr{^HTTP/1\.1 417 .*\Q$too_much\E}s, 'a client that waits is told before it sends';
like call(POST => $path, [ 'text/plain', 'x' x 11 ], Accept => 'text/plain')->content, qr/^\Q$too_much\E/, 'in the client\'s format';

configure(allowed_payload_size => 1, size_unit => 'kilobytes');
is call(POST => $path, [ 'text/plain', 'x' x 1024 ])->code, 200, 'a kilobyte';
is call(POST => $path, [ 'text/plain', 'x' x 1025 ])->code, 413, 'and one more';
configure(allowed_payload_size => 1);
is call(POST => $path, [ 'text/plain', 'x' x 1_048_576 ])->code, 200, 'a megabyte';
is call(POST => $path, [ 'text/plain', 'x' x 1_048_577 ])->code, 413, 'and one more';

configure(require_content_length => \1);
$got = chunked('x');
like $got, qr{^HTTP/1\.1 411 .*A valid Content-Length header is required}s, 'a length is asked for';
is call(POST => $path, [ 'text/plain', 'x' ])->code, 200, 'and given';

# ---- with others that read bodies ----
configure(allowed_payload_size => 40, size_unit => 'bytes');
my $auth = add_plugin("/routes/$route->{id}", 'key-auth', { key_in_body => \1 });
my $consumer = new_consumer();
my $key = admin_ok(POST => "/consumers/$consumer->{id}/key-auth", { key => unique('k') })->{key};
is call(POST => $path, "apikey=$key")->code, 200, 'a body that was read before';
like raw_request("POST $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    . "Transfer-Encoding: chunked\r\n\r\n" . sprintf("%x\r\n%s\r\n0\r\n\r\n", length("apikey=$key&x=") + 60, "apikey=$key&x=" . 'x' x 60)),
    qr{^HTTP/1\.1 413 }, 'and was too large';
is call(POST => $path, [ 'text/plain', 'x' x 41 ])->code, 401, 'who asks comes first';

done_testing;
