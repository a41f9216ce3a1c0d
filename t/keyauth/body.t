# SPDX-License-Identifier: Apache-2.0
# Keys in form, multipart and JSON bodies, and what is left of such a body when they are hidden.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;

my $consumer = new_consumer();
my $key = unique('key');
admin_ok(POST => "/consumers/$consumer->{id}/key-auth", { key => $key });
my $route = new_route(new_service());
my $plugin = add_plugin("/routes/$route->{id}", 'key-auth', { key_in_body => JSON::true });
my $path = $route->{paths}[0];

sub body_of { my $seen = json_of($_[0]); return $seen->{body} // '' }
sub part { my ($name, $value) = @_; return "--XX\r\nContent-Disposition: form-data; name=\"$name\"\r\n\r\n$value\r\n" }
my @multi = ('multipart/form-data; boundary=XX');
my @json = ('application/json');
my @form = ('application/x-www-form-urlencoded; charset=utf-8');
my $many = part(a => 'x' x 5000) . part(apikey => $key) . part(b => '2') . "--XX--\r\n";
my $long = 'z' x 200_000;
my $ones = join ',', (1) x 49_998; # 50,000 with the brackets and the comma around them

# [name, type, body, what is left of it when the key is hidden]
my @good = (
    ['a form', @form, "a=1&apikey=$key&b=%7e", 'a=1&b=%7e'],
    ['a form of one', @form, "apikey=$key", ''],
    ['JSON', @json, qq({"a":1.10, "apikey":"$key" ,"b":[]}), '{"a":1.10,"b":[]}'],
    ['multipart', @multi, $many, part(a => 'x' x 5000) . part(b => '2') . "--XX--\r\n"],
    ['a long body', @form, "a=$long&apikey=$key", "a=$long"],
    ['an integer beyond 64 bits', @json, qq({"id":18446744073709551615,"apikey":"$key"}), '{"id":18446744073709551615}'],
    ['as many values as may be', @json, qq({"apikey":"$key","a":[$ones]}), qq({"a":[$ones]})],
);
my @bad = (
    ['a wrong key', @form, 'apikey=wrong', 'Invalid authentication credentials'],
    ['two keys', @form, "apikey=$key&apikey=$key", 'Duplicate API key found'],
    ['two parts', @multi, part(apikey => $key) . part(apikey => $key) . "--XX--\r\n", 'Duplicate API key found'],
    ['an array', @json, qq({"apikey":["$key"]}), 'Duplicate API key found'],
    ['a member twice', @json, qq({"apikey":"$key","apikey":"$key"}), 'No API key found in request'],
    ['a number', @json, '{"apikey":7}', 'No API key found in request'],
    ['no JSON', @json, qq({"apikey":"$key"), 'No API key found in request'],
    ['a number beyond a double', @json, qq({"a":1e400,"apikey":"$key"}), 'No API key found in request'],
    ['too many values', @json, qq({"apikey":"$key","a":[$ones,1]}), 'No API key found in request'],
    ['a MiB of empty objects', @json, '[' . join(',', ('{}') x 349_000) . ']', 'No API key found in request'],
    ['another type', 'text/plain', "apikey=$key", 'No API key found in request'],
    ['no type', undef, "apikey=$key", 'No API key found in request'],
    ['nothing', @form, '', 'No API key found in request'],
    ['beyond 1 MiB', @form, 'a=' . ('z' x 1_100_000) . "&apikey=$key", 'No API key found in request'],
);

for (@good) {
    my ($name, $type, $body) = @$_;
    my $res = call(POST => $path, [$type => $body]);
    is $res->code, 200, "$name: accepted";
    is json_of($res)->{body_length}, length $body, "$name: passed on whole";
    is body_of($res), $body, "$name: byte for byte";
}
for (@bad) {
    my ($name, $type, $body, $message) = @$_;
    my $res = call(POST => $path, [$type => $body]);
    is $res->code, 401, "$name: refused";
    is json_of($res)->{message}, $message, "$name: $message";
}

admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { hide_credentials => JSON::true } });
for (@good) {
    my ($name, $type, $body, $left) = @$_;
    my $res = call(POST => $path, [$type => $body]);
    is $res->code, 200, "$name, hidden: accepted";
    is body_of($res), $left, "$name, hidden: the rest is untouched";
    is json_of($res)->{headers}{'content-length'}, length $left, "$name, hidden: the length is told";
}
my $res = call(POST => $path, [@form, "apikey=other&a=1"], apikey => $key);
is body_of($res), 'a=1', 'a key in the header hides the field of that name too';
$res = call(POST => $path, [@json, '{"id":18446744073709551615,"apikey":"other"}'], apikey => $key);
is body_of($res), '{"id":18446744073709551615}', 'and the member, beside an integer beyond 64 bits';

# Chunked, and the next request on the same connection is understood.
my $chunked = sub {
    my ($body) = @_;
    my $chunks = join '', map { sprintf "%x\r\n%s\r\n", length, $_ } $body =~ /(.{1,7})/gs;
    return "POST $path HTTP/1.1\r\nHost: x\r\nContent-Type: $form[0]\r\nTransfer-Encoding: chunked\r\n\r\n$chunks"
        . "0\r\n\r\n";
};
my $got = raw_request($chunked->("a=1&apikey=$key") . $chunked->("apikey=$key&b=2"), wait => 5, until => qr/b=2.*\}/s);
is scalar(() = $got =~ m{^HTTP/1\.1 200}mg), 2, 'two chunked requests on one connection';
like $got, qr/"body":"a=1"/, 'the first without its key';
like $got, qr/"body":"b=2"/, 'and the second';
unlike $got, qr/\Q$key\E/, 'no key reaches the upstream';

like raw_request("POST $path HTTP/1.1\r\nHost: x\r\nContent-Type: $form[0]\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    wait => 5), qr{^HTTP/1\.1 400}, 'a broken chunk is 400';
done_testing();
