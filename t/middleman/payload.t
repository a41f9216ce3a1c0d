# SPDX-License-Identifier: Apache-2.0
# middleman: what the hook is told, byte for byte where it matters, and how it is asked.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(sha256_hex);
use GatewayTest;
use TestHook;

my $hook = TestHook->start(sub { 200 });
my $service = new_service();
my $route = new_route($service);
my $path = $route->{paths}[0];
my $plugin = add_plugin("/services/$service->{id}", middleman => { url => $hook->url('?api=example-api2') });

sub configure { return admin_ok(PATCH => "/plugins/$plugin->{id}", { config => {@_} }) }

# The question that a request leads to.
sub asked {
    my ($status, @call) = @_;
    $hook->forget;
    my $res = call(@call);
    is $res->code, $status, "$call[0] $call[1]: $status" or diag $res->content;
    my @asked = $hook->asked;
    is @asked, 1, 'the hook was asked once';
    return ($asked[0], $res);
}
sub bytes_of { return pack 'H*', $_[0]{text} }

# ---- how ----
my ($q) = asked(200, GET => $path);
is $q->{method}, 'POST', 'by POST';
is $q->{target}, '/?api=example-api2', 'the query of the url is kept, its path is /';
is $q->{headers}{'content-type'}, 'application/json', 'JSON';
is $q->{headers}{host}, "127.0.0.1:$hook->{port}", 'Host with the port';
is $q->{headers}{'transfer-encoding'}, undef, 'no chunks';
ok !exists $q->{headers}{expect}, 'nothing expected';
like $q->{line}, qr{ HTTP/1\.1$}, 'HTTP/1.1';
configure(url => $hook->url('/a/b?x=1&y=%20'));
is +(asked(200, GET => $path))[0]{target}, '/a/b?x=1&y=%20', 'path and query of the url as they are';

# ---- the whole payload, byte for byte ----
($q) = asked(200, GET => "$path/p?a=1&flag&b=x%20y&a=2", Host => 'h.example', 'User-Agent' => 'agent "7"', 'X-One' => "t\tb");
my $names = join '|', sort keys %{ $q->{json}{headers} };
is $names, 'connection|host|target_method|target_uri|te|user-agent|x-one', 'the client\'s headers, lower case, and two of ours'
    or diag bytes_of($q);
like bytes_of($q), qr/^\{"headers":\{.*"target_uri":"\Q$path\E\/p\?a=1&flag&b=x%20y&a=2","target_method":"GET"\},"uri_args":\{"a":\["1","2"\],"flag":true,"b":"x y"\},"body_data":null\}$/,
    'headers, target, uri_args, body_data, in this order';
like bytes_of($q), qr/"user-agent":"agent \\"7\\"".*/, 'escaped';
is $q->{json}{headers}{'x-one'}, "t\tb", 'a tab';
($q) = asked(200, GET => $path);
like bytes_of($q), qr/"uri_args":\{\},/, 'no arguments: {}';
($q) = asked(200, GET => $path, ':target_uri' => '/admin', ':Target_Method' => 'POST', ':TARGET_URI' => '/x');
is_deeply [ @{ $q->{json}{headers} }{qw(target_uri target_method)} ], [ $path, 'GET' ], 'a client cannot say the target';
is scalar(() = bytes_of($q) =~ /target_uri/g), 1, 'it stands there once';

# ---- the path is the one that is routed ----
($q) = asked(200, GET => "$path/a/../b/./%63?x=%2e");
is $q->{json}{headers}{target_uri}, "$path/b/c?x=%2e", 'a canonical path, the query as it came';

# ---- bodies ----
for (
    [ 'text', [ 'text/xml', '<soap:Envelope/>' ], 'body_data', '<soap:Envelope/>' ],
    [ 'JSON', [ 'application/json', '{"a":"b"}' ], 'body_data', '{"a":"b"}' ],
    [ 'UTF-8', [ 'text/plain', "\xc3\xa9" ], 'body_data', "\x{e9}" ],
    [ 'control bytes', [ 'text/plain', "a\0b\r\n\x1f\x7f" ], 'body_data', "a\0b\r\n\x1f\x7f" ],
    [ 'bytes', [ 'application/octet-stream', "\xff\xfe\0\1" ], 'body_base64', '//4AAQ==' ],
    [ 'nothing', [ 'text/plain', '' ], 'body_data', undef ],
    [ 'as much as may be', [ 'text/plain', 'x' x 65536 ], 'body_data', 'x' x 65536 ],
    [ 'a byte more', [ 'text/plain', 'x' x 65537 ], 'body_truncated', JSON::true ],
) {
    my ($what, $body, $member, $want) = @$_;
    my ($q, $res) = asked(200, POST => $path, $body);
    is_deeply $q->{json}{$member}, $want, "$what: $member";
    is_deeply [ sort keys %{ $q->{json} } ], [ sort { $a cmp $b } 'headers', 'uri_args', 'body_data', $member eq 'body_data' ? () : $member ],
        "$what: no other members";
    is $q->{json}{body_data}, undef, "$what: body_data is null" if $member ne 'body_data';
    like $res->content, qr/"body_sha256":"@{[ sha256_hex($body->[1]) ]}"/, "$what: the upstream got all of it";
}
$hook->forget;
my $chunked = raw_request("POST $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n"
    . "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
like $chunked, qr/^HTTP\/1\.1 200 /, 'a chunked body';
is +($hook->asked)[0]{json}{body_data}, 'hello world', 'the hook got it whole';
like $chunked, qr/"body":"hello world"/, 'and so did the upstream';
configure(max_body => 4);
is +(asked(200, POST => $path, [ 'text/plain', '12345' ]))[0]{json}{body_truncated}, JSON::true, 'max_body';
is +(asked(200, POST => $path, [ 'text/plain', '1234' ]))[0]{json}{body_data}, '1234', 'up to it';
configure(max_body => 0);
is +(asked(200, POST => $path, [ 'text/plain', '1' ]))[0]{json}{body_truncated}, JSON::true, 'none at all';
is +(asked(200, GET => $path))[0]{json}{body_truncated}, undef, 'no body is no long body';

# ---- who asks ----
configure(max_body => 65536);
my $consumer = new_consumer(custom_id => unique('custom'));
my $key = admin_ok(POST => "/consumers/$consumer->{id}/key-auth", {})->{key};
my $auth = add_plugin("/services/$service->{id}", 'key-auth', { hide_credentials => JSON::true });
($q) = asked(200, GET => "$path?apikey=$key&z=1", 'X-Consumer-Username' => 'root', ':x_consumer_id' => 'x');
is_deeply { map { $_ => $q->{json}{headers}{$_} } grep { /consumer|credential/ } keys %{ $q->{json}{headers} } },
    { 'x-consumer-id' => $consumer->{id}, 'x-consumer-username' => $consumer->{username},
      'x-consumer-custom-id' => $consumer->{custom_id}, 'x-credential-identifier' => $q->{json}{headers}{'x-credential-identifier'} },
    'identity headers, and no others that look like them';
unlike bytes_of($q), qr/\Q$key\E/, 'a hidden credential is hidden from the hook, too';
is $q->{json}{headers}{target_uri}, "$path?z=1", 'target_uri without it';
$hook->forget;
is call(GET => $path)->code, 401, 'no key: 401';
is $hook->asked, 0, 'and no question';

# ---- what others say of the client ----
($q) = asked(200, GET => $path, apikey => $key, 'X-Forwarded-For' => '10.9.9.9', 'X-Real-IP' => '10.9.9.9', 'X-Forwarded-Host' => 'evil');
is $q->{json}{headers}{'x-real-ip'}, '127.0.0.1', 'X-Real-IP as the upstream gets it';
is $q->{json}{headers}{'x-forwarded-for'}, '10.9.9.9, 127.0.0.1', 'X-Forwarded-For too';
isnt $q->{json}{headers}{'x-forwarded-host'}, 'evil', 'X-Forwarded-Host too';

# ---- send_headers ----
configure(send_headers => [ 'X-Consumer-ID', 'x-one' ]);
($q) = asked(200, GET => $path, apikey => $key, 'X-One' => 1, 'X-Two' => 2);
is_deeply [ sort keys %{ $q->{json}{headers} } ], [qw(target_method target_uri x-consumer-id x-one)], 'only these, and the target';
configure(send_headers => []);
($q) = asked(200, GET => $path, apikey => $key);
is_deeply [ sort keys %{ $q->{json}{headers} } ], [qw(target_method target_uri)], 'none';
configure(send_headers => undef);

# ---- OPTIONS ----
admin_ok(DELETE => "/plugins/$auth->{id}");
$hook->forget;
is call(OPTIONS => $path)->code, 200, 'OPTIONS passes';
is $hook->asked, 0, 'unasked';
configure(run_on_preflight => JSON::true);
is +(asked(200, OPTIONS => $path))[0]{json}{headers}{target_method}, 'OPTIONS', 'unless run_on_preflight';

# ---- connections are kept ----
$hook->forget;
is call(GET => $path)->code, 200, 'a request' for 1 .. 20;
my %connections = map { $_->{connection} => 1 } $hook->asked;
cmp_ok scalar(keys %connections), '<', 15, 'twenty questions on fewer connections';
configure(keepalive => 0);
$hook->forget;
is call(GET => $path)->code, 200, 'a request' for 1 .. 4;
%connections = map { $_->{connection} => 1 } $hook->asked;
is keys %connections, 4, 'keepalive 0: a connection each';

done_testing;
