# SPDX-License-Identifier: Apache-2.0
# middleman: what may be configured, and what comes of the hook's answers.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use AdminTest;
use GatewayTest;
use TestHook;

# The hook says what the request's headers say it should.
my $hook = TestHook->start(sub {
    my $headers = $_[0]{json}{headers};
    my %out = map { /^x-out-(.*)/ ? ($1 => $headers->{$_}) : () } keys %$headers;
    return [ $headers->{'x-say'} // 200, \%out, $headers->{'x-body'} // '' ];
});
my $service = new_service();
my $route = new_route($service);
my $path = $route->{paths}[0];

# ---- config ----
my $plugin = add_plugin("/services/$service->{id}", middleman => { url => $hook->url });
is_deeply $plugin->{config}, {
    url => $hook->url, response => 'table', timeout => 10000, keepalive => 60000, on_error => 'deny',
    run_on_preflight => JSON::false, tls_verify => JSON::true, max_body => 65536, send_headers => undef,
    cache_ttl => 0, cache_negative_ttl => 0, cache_stale_ttl => 0, upstream_headers => undef,
    client_headers => ['WWW-Authenticate'], breaker_failures => 5, breaker_reset => 5000,
}, 'defaults';
for (
    [ {}, 'config', { url => 'required field missing' }, 'no url' ],
    [ { url => 'ftp://a/' }, 'config', { url => 'missing scheme in url' }, 'another scheme' ],
    [ { url => 'http://' }, 'config', { url => 'missing host in url' }, 'no host' ],
    [ { url => "http://a/\r\nX: y" }, 'config', qr/url/, 'a line break' ],
    [ { url => 'http://a/', response => 'json' }, 'config', { response => 'expected one of: table, string' }, 'response' ],
    [ { url => 'http://a/', timeout => 0 }, 'config', qr/timeout/, 'no time' ],
    [ { url => 'http://a/', on_error => 'maybe' }, 'config', { on_error => 'expected one of: deny, allow' }, 'on_error' ],
    [ { url => 'http://a/', client_headers => ['Content-Length'] }, 'config', qr/belongs to its connection/, 'framing for the client' ],
    [ { url => 'http://a/', upstream_headers => ['transfer-encoding'] }, 'config', qr/belongs to its connection/, 'framing for the upstream' ],
    [ { url => 'http://a/', upstream_headers => ["a\nb"] }, 'config', qr/upstream_headers/, 'no header name' ],
    [ { url => 'http://a/', cache_ttl => -1 }, 'config', qr/cache_ttl/, 'a time before now' ],
    [ { url => 'http://a/', bogus => 1 }, 'config', { bogus => 'unknown field' }, 'an unknown field' ],
) {
    my ($config, $field, $want, $name) = @$_;
    my $res = admin(POST => "/routes/$route->{id}/plugins", { name => 'middleman', config => $config });
    is $res->code, 400, "$name: 400";
    ref $want eq 'HASH' ? is_deeply(json_of($res)->{fields}{config}, $want, "$name: says why") : like $res->content, $want, "$name: says why";
}
my $consumer = new_consumer();
my $res = admin(POST => "/consumers/$consumer->{id}/plugins", { name => 'middleman', config => { url => 'http://a/' } });
is $res->code, 400, 'not for a consumer';
is json_of($res)->{fields}{consumer}, 'value must be null', 'says so';
like admin(GET => '/schemas/plugins/middleman')->content, qr/"breaker_failures"/, '/schemas';
$res = admin(POST => "/routes/$route->{id}/plugins", form(name => 'middleman', 'config.url' => 'http://h/?api=x', 'config.send_headers' => 'a,b'));
is $res->code, 201, 'as a form';
is_deeply [ @{ json_of($res)->{config} }{qw(url send_headers)} ], [ 'http://h/?api=x', [qw(a b)] ], 'a url with ? and =, a list with commas';
admin_ok(DELETE => '/plugins/' . json_of($res)->{id});

sub configure { return admin_ok(PATCH => "/plugins/$plugin->{id}", { config => {@_} }) }
my $plain = 'application/json; charset=utf-8';

# ---- statuses ----
for my $say (200, 201, 204, 299) {
    my $res = call(GET => $path, 'x-say' => $say, 'x-body' => 'whatever');
    is $res->code, 200, "$say: the upstream answers";
    like $res->content, qr/"method":"GET"/, "$say: it was the upstream";
}
for my $say (300, 302, 304, 400, 401, 402, 403, 404, 418, 429, 500, 503, 599) {
    my $res = call(GET => $path, 'x-say' => $say, 'x-body' => '{"why":"no"}');
    is $res->code, $say, "$say: the client gets it";
    is $res->content, $say == 304 ? '' : '{"why":"no"}', "$say: and the body";
    is $res->header('Location'), undef, "$say: no Location";
}
for my $say (600, 999) {
    my $res = call(GET => $path, 'x-say' => $say);
    is $res->code, 503, "$say is no status";
    is $res->content, '{"message":"Authorization service unavailable"}', "$say: 503 of ours";
}
is arrived("$path?no"), 0, 'nothing refused arrived';
$res = call(GET => "$path?no", 'x-say' => 403, Accept => 'text/html', 'x-body' => '{}');
is $res->header('Content-Type'), $plain, 'always JSON';
is arrived("$path?no"), 0, 'the upstream saw nothing of it';
is call(POST => $path, [ 'text/plain', 'x' x 100_000 ], 'x-say' => 403, 'x-body' => '{"a":1}')->code, 403, 'with a long body';

# ---- bodies ----
for (
    [ 'table', '{"a":[1,9.95,"x",null,true],"b":{"c":"\u00e9"}}', qq({"a":[1,9.95,"x",null,true],"b":{"c":"\xc3\xa9"}}), 'an object' ],
    [ 'table', 'prefix {"a": 1} suffix }', '{"a":1}', 'the first object in a text' ],
    [ 'table', '[{"a":1},{"b":2}]', '{"a":1}', 'in an array, the first' ],
    [ 'table', 'no braces', '{}', 'no object: an empty one' ],
    [ 'table', '', '{}', 'nothing: an empty one' ],
    [ 'table', '{"a":', '{}', 'half an object' ],
    [ 'table', '{"a":"}"}', '{"a":"}"}', 'a brace in a string' ],
    [ 'string', '{"a": 1} x', '{"message":"{\"a\": 1}"}', 'string: its text' ],
    [ 'string', 'denied "you"', '{"message":"denied \"you\""}', 'string: a text without an object' ],
    [ 'string', "caf\xe9 \xff", qq({"message":"caf\xc3\xa9 \xc3\xbf"}), 'string: bytes that are no UTF-8' ],
    [ 'string', '', '{"message":""}', 'string: nothing' ],
) {
    my ($response, $body, $want, $name) = @$_;
    configure(response => $response) if $response ne $plugin->{config}{response};
    $plugin->{config}{response} = $response;
    my $res = call(GET => $path, 'x-say' => 403, 'x-body' => $body);
    is $res->content, $want, $name;
    is $res->header('Content-Type'), $plain, "$name: JSON";
}
configure(response => 'table');

# ---- headers of a no ----
$res = call(GET => $path, 'x-say' => 401, 'x-out-WWW-Authenticate' => 'Bearer realm="x"', 'x-out-X-Other' => 1, 'x-out-Set-Cookie' => 'a=b');
is $res->header('WWW-Authenticate'), 'Bearer realm="x"', 'WWW-Authenticate is passed to the client';
is $res->header('X-Other'), undef, 'others are not';
is $res->header('Set-Cookie'), undef, 'no cookies';
configure(client_headers => [ 'X-Other', 'retry-after' ]);
$res = call(GET => $path, 'x-say' => 429, 'x-out-WWW-Authenticate' => 'Basic', 'x-out-x-other' => 1, 'x-out-Retry-After' => 7);
is_deeply [ map { scalar $res->header($_) } qw(WWW-Authenticate X-Other Retry-After) ], [ undef, 1, 7 ], 'as configured, in any case';
is call(GET => $path, 'x-out-x-other' => 1)->header('X-Other'), undef, 'a yes gives the client nothing';

# ---- headers of a yes ----
configure(upstream_headers => [ 'X-User', 'X-Level' ]);
sub upstream_got { return json_of(call(GET => $path, @_))->{headers} }
my $got = upstream_got('x-out-X-User' => 'alice', 'x-out-X-Secret' => 's');
is $got->{'x-user'}, 'alice', 'the upstream gets a header of the hook';
ok !exists $got->{'x-secret'}, 'but no other';
is upstream_got('X-User' => 'root', 'x-out-X-User' => 'alice')->{'x-user'}, 'alice', 'not the client\'s';
ok !exists upstream_got('X-User' => 'root')->{'x-user'}, 'the client\'s is taken away even when the hook says nothing';
for my $disguise (qw(X_User x_USER X.User)) {
    $got = upstream_got(":$disguise" => 'root', 'x-out-X-User' => 'alice', ':X_Other' => 'kept');
    is join(' ', map { "$_=$got->{$_}" } grep { /user$|other/i && !/^x-out/ } sort keys %$got), 'x-user=alice x_other=kept', "nor as $disguise, which some upstreams take for the same";
}
configure(run_on_preflight => JSON::false);
ok !exists json_of(call(OPTIONS => $path, 'X-User' => 'root'))->{headers}{'x-user'}, 'also where the hook is not asked';
configure(upstream_headers => undef);
is upstream_got('X-User' => 'root')->{'x-user'}, 'root', 'unless nothing is configured';

# ---- where it stands in the chain ----
my $termination = add_plugin("/services/$service->{id}", 'request-termination', { status_code => 410 });
$hook->forget;
is call(GET => $path)->code, 410, 'request-termination comes later';
is $hook->asked, 1, 'the hook was asked';
is call(GET => $path, 'x-say' => 402)->code, 402, 'a no wins';
my $limit = add_plugin("/services/$service->{id}", 'request-size-limiting', { allowed_payload_size => 1, size_unit => 'kilobytes' });
$hook->forget;
is call(POST => $path, [ 'text/plain', 'x' x 2000 ])->code, 413, 'request-size-limiting comes earlier';
is $hook->asked, 0, 'the hook was not asked';
like raw_request("POST $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" . '7d0' . "\r\n" . ('x' x 2000) . "\r\n0\r\n\r\n"),
    qr/^HTTP\/1\.1 413 /, 'also when the body is found too long while it is read for the hook';
is $hook->asked, 0, 'the hook was not asked';

# ---- in force at once ----
admin_ok(DELETE => "/plugins/$_->{id}") for $termination, $limit;
is call(GET => $path, 'x-say' => 403)->code, 403, 'conditional';
admin_ok(PATCH => "/plugins/$plugin->{id}", { enabled => JSON::false });
is call(GET => $path, 'x-say' => 403)->code, 200, 'disabled';
admin_ok(PATCH => "/plugins/$plugin->{id}", { enabled => JSON::true });
is call(GET => $path, 'x-say' => 403)->code, 403, 'enabled';
admin_ok(DELETE => "/plugins/$plugin->{id}");
is call(GET => $path, 'x-say' => 403)->code, 200, 'removed';

done_testing;
