# SPDX-License-Identifier: Apache-2.0
# bot-detection: who is refused before anything else is asked, and what a config changes.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use AdminTest;
use GatewayTest;

my $route = new_route(new_service());
my $path = $route->{paths}[0];
my $plugin = add_plugin("/routes/$route->{id}", 'bot-detection');
is_deeply $plugin->{config}, { allow => [], deny => [] }, 'defaults';
my ($firefox, $google) = ('Mozilla/5.0 (X11; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0', 'Mozilla/5.0 (compatible; Googlebot/2.1; +x)');
for (
    [ {}, $firefox, 200 ], [ {}, 'curl/7.88.1', 200 ], [ {}, $google, 403 ], [ {}, 'okhttp/4.9.0', 403 ], [ {}, undef, 200 ],
    [ {}, '', 200 ],
    [ { allow => ['Googlebot'] }, $google, 200 ],
    [ { deny => ['curl'] }, 'curl/7.88.1', 403 ],
    [ { deny => ['curl'] }, $google, 403 ],
    [ { allow => ['^curl'], deny => ['curl'] }, 'curl/7.88.1', 200 ],
    [ { whitelist => ['okhttp'] }, 'okhttp/4.9.0', 200 ],
    [ { blacklist => ['Firefox'] }, $firefox, 403 ],
) {
    my ($config, $agent, $status) = @$_;
    admin_ok(PUT => "/plugins/$plugin->{id}", { name => 'bot-detection', route => { id => $route->{id} }, config => $config });
    my $got = raw_request("GET $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" . (defined $agent ? "User-Agent: $agent\r\n" : '') . "\r\n");
    my $name = ($agent // 'none') . ' ' . JSON->new->canonical->encode($config);
    like $got, qr{^HTTP/1\.1 $status }, "$name: $status";
    like $got, qr/"message":"Forbidden"/, "$name: text" if $status == 403;
}
my $twice = raw_request("GET $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\nUser-Agent: $firefox\r\nUser-Agent: curl/7\r\n\r\n");
like $twice, qr{^HTTP/1\.1 400 .*Only one User-Agent header allowed}s, 'two of them';

# ---- before anybody asks who it is, preflights too; headers for browsers are there ----
admin_ok(PUT => "/plugins/$plugin->{id}", { name => 'bot-detection', route => { id => $route->{id} } });
add_plugin("/routes/$route->{id}", 'key-auth');
add_plugin("/routes/$route->{id}", 'cors');
is call(GET => $path, 'User-Agent' => $google)->code, 403, 'a bot is not asked for a key';
is call(GET => $path, 'User-Agent' => $firefox)->code, 401, 'others are';
my $res = call(OPTIONS => $path, 'User-Agent' => $google, Origin => 'http://a.com', 'Access-Control-Request-Method' => 'GET');
is $res->code, 403, 'nor for a preflight';
is $res->header('Access-Control-Allow-Origin'), '*', 'which cors speaks on';

answers([ POST => '/plugins', { name => 'bot-detection', config => { deny => ['(('] } } ], 400,
    violation("config.deny: {\n  \"not a valid regex: ((\"\n}", config => { deny => ['not a valid regex: (('] }), 'no regex');
my $consumer = new_consumer();
answers([ POST => "/consumers/$consumer->{id}/plugins", { name => 'bot-detection' } ], 400,
    violation('consumer: value must be null', consumer => 'value must be null'), 'no consumer');

done_testing;
