# SPDX-License-Identifier: Apache-2.0
# response-transformer: what may be configured, and what the client gets.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use TestHook;

# An upstream that answers as a table says.
my %answers = (
    object => [ 200, { 'Content-Type' => 'application/json', 'X-Gone' => 1, 'X-Old' => 'o', 'X-There' => 'old', 'X-More' => 1 },
        '{"gone":1,"there":"x","more":1,"list":["y"],"keep":[1.5,null]}' ],
    charset => [ 200, { 'Content-Type' => 'application/json; charset=utf-8' }, '{"gone":"' . "\xc3\xa9" . '","k":"' . "\xc3\xa9" . '"}' ],
    array => [ 200, { 'Content-Type' => 'application/json' }, '[{"gone":1}]' ],
    garbled => [ 200, { 'Content-Type' => 'application/json' }, '{"gone":' ],
    empty => [ 200, { 'Content-Type' => 'application/json' }, '' ],
    text => [ 200, { 'Content-Type' => 'text/plain' }, '{"gone":1}' ],
    like_json => [ 200, { 'Content-Type' => 'application/json-seq' }, '{"gone":1}' ],
    encoded => [ 200, { 'Content-Type' => 'application/json', 'Content-Encoding' => 'x-any' }, '{"gone":1}' ],
    partial => [ 206, { 'Content-Type' => 'application/json', 'Content-Range' => 'bytes 0-9/20' }, '{"gone":1}' ],
    failed => [ 500, { 'Content-Type' => 'application/json' }, '{"gone":1,"there":2}' ],
    big => [ 200, { 'Content-Type' => 'application/json' }, '{"gone":"' . 'x' x 3_000_000 . '","keep":"' . 'y' x 3_000_000 . '"}' ],
    too_big => [ 200, { 'Content-Type' => 'application/json' }, '{"gone":"' . 'x' x 9_000_000 . '"}' ],
    chunked => \"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"gone\":\r\n3\r\n1,\"\r\n6\r\nk\":2}\n\r\n0\r\n\r\n",
    half => \"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"gone\":1}",
    cookies => [ 200, { 'Content-Type' => 'text/plain', 'Set-Cookie' => "a=1\r\nSet-Cookie: b=2" }, 'x' ],
    none => [ 204, {}, '' ],
);
my $upstream = TestHook->start(sub { my ($name) = $_[0]{target} =~ m{/(\w+)}; return $answers{$name} // 404 });
my $service = new_service(url => $upstream->url);
my $route = new_route($service);
my $path = $route->{paths}[0];
my $plugin = add_plugin("/services/$service->{id}", 'response-transformer');
my %none = (
    remove => { json => [], headers => [] }, rename => { headers => [] },
    map { $_ => { json => [], json_types => [], headers => [] } } qw(replace add append)
);
is_deeply $plugin->{config}, \%none, 'defaults';
sub configure {
    my %config = @_;
    return admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { map { $_ => { %{ $none{$_} }, %{ $config{$_} // {} } } } keys %none } });
}
for (
    [ { add => { json => ['foo'] } }, qr/key 'foo' has no value/, 'no value' ],
    [ { add => { headers => ['foo'] } }, qr/invalid value: foo/, 'a header without a value' ],
    [ { rename => { headers => ['a:b c'] } }, qr/'b c' is not a valid header/, 'no header name' ],
    [ { add => { json => ['a:1'], json_types => ['integer'] } }, qr/expected one of: boolean, number, string/, 'no type' ],
    [ { remove => { headers => ['Content-Length'] } }, qr/cannot be changed/, 'framing' ],
    [ { rename => { json => ['a:b'] } }, qr/unknown field/, 'members are not renamed' ],
) {
    my ($config, $want, $name) = @$_;
    my $res = admin(PATCH => "/plugins/$plugin->{id}", { config => $config });
    is $res->code, 400, "$name: 400";
    like json_of($res)->{message}, $want, "$name: says why";
}

# ---- headers ----
configure(
    remove => { headers => ['x-gone'] }, rename => { headers => [ 'X-Old:X-New', 'X-Absent:X-Never' ] },
    replace => { headers => [ 'X-There:new', 'X-Not:1' ] }, add => { headers => [ 'X-There:no', 'X-Added:a:b', 'X-Text:$(headers.x)' ] },
    append => { headers => ['X-More:2'] },
);
my $res = call(GET => "$path/object");
is_deeply { map { $_ => join '|', $res->header($_) } grep { /^X-(Gone|Old|New|Never|There|Not|Added|More|Text)$/ } $res->header_field_names },
    { 'X-New' => 'o', 'X-There' => 'new', 'X-Added' => 'a:b', 'X-More' => '1|2', 'X-Text' => '$(headers.x)' }, 'headers, in order';
is $res->content, $answers{object}[2], 'the body as it is';
$res = call(GET => "/nowhere$$" . $path);
is $res->header('X-Added'), undef, 'no route: not this service\'s';
configure(remove => { headers => ['Set-Cookie'] }, replace => { headers => ['Content-Type:text/html'] });
$res = call(GET => "$path/cookies");
is $res->header('Set-Cookie'), undef, 'every header of a name';
is $res->header('Content-Type'), 'text/html', 'Content-Type';
configure(rename => { headers => ['Set-Cookie:X-Cookie'] });
is join('|', call(GET => "$path/cookies")->header('X-Cookie')), 'a=1|b=2', 'both are renamed';

# ---- JSON ----
configure(
    remove => { json => ['gone'] }, replace => { json => [ 'there:7', 'absent:1' ], json_types => ['number'] },
    add => { json => [ 'there:no', 'n:1.5', 't:true', 's:true', 'x:abc' ], json_types => [ 'string', 'number', 'boolean', 'string', 'number' ] },
    append => { json => [ 'more:2', 'list:z', 'new:1' ], json_types => ['number'] },
);
my $canonical = sub { JSON->new->canonical->encode(JSON->new->decode($_[0])) };
$res = call(GET => "$path/object");
is $canonical->($res->content), $canonical->('{"there":7,"more":[1,2],"list":["y","z"],"keep":[1.5,null],"n":1.5,"t":true,"s":"true","x":"abc","new":["1"]}'), 'an object';
is $res->header('Content-Length'), length $res->content, 'its length';
configure(remove => { json => ['gone'] });
for (
    [ charset => '{"k":"' . "\xc3\xa9" . '"}' ], [ chunked => '{"k":2}' ], [ failed => '{"there":2}' ], [ array => '[{"gone":1}]' ],
    [ garbled => '{"gone":' ], [ empty => '' ], [ text => '{"gone":1}' ], [ like_json => '{"gone":1}' ], [ encoded => '{"gone":1}' ], [ partial => '{"gone":1}' ],
    [ none => '' ],
) {
    my ($name, $want) = @$_;
    my $res = call(GET => "$path/$name");
    is $res->content, $want, "$name: body";
    is $res->header('Content-Length') // 0, length $want, "$name: length" unless $name eq 'none';
}
$res = call(GET => "$path/big");
is length $res->content, 3_000_000 + length('{"keep":""}'), 'a big one';
is length call(GET => "$path/too_big")->content, length $answers{too_big}[2], 'one too big goes on as it is';
$res = call(HEAD => "$path/object");
is $res->header('Content-Length'), undef, 'HEAD: no length of another body';
my $raw = raw_request("GET $path/half HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
unlike $raw, qr/^HTTP\/1\.1 200.*"gone".*\}\s*0\r\n\r\n$/s, 'half an answer does not become a whole one';
is call(GET => "$path/object")->code, 200, 'the next is served';

# ---- answers of the gateway ----
configure(add => { headers => ['X-Added:1'], json => ['help:see docs'] }, remove => { json => ['message'] });
add_plugin("/services/$service->{id}", 'key-auth');
$res = call(GET => "$path/object");
is $res->code, 401, 'a refusal';
is $res->header('X-Added'), 1, 'its headers';
is $canonical->($res->content), '{"help":"see docs"}', 'and its JSON';
is $res->header('Content-Length'), length $res->content, 'its length';

done_testing;
