# SPDX-License-Identifier: Apache-2.0
# ip-restriction: allow and deny, whose address counts, what a refusal says, old names, consumers.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use AdminTest;
use GatewayNode;
use GatewayTest;

my $route = new_route(new_service());
my $path = $route->{paths}[0];
my $plugin = add_plugin("/routes/$route->{id}", 'ip-restriction', { allow => ['127.0.0.1'] });
is_deeply $plugin->{config}, { allow => ['127.0.0.1'], deny => undef, status => undef, message => undef }, 'config';

for (
    [ 'the address', { allow => ['127.0.0.1'] }, 200 ],
    [ 'its network', { allow => ['127.0.0.0/8'] }, 200 ],
    [ 'another', { allow => ['127.0.0.2', '10.0.0.0/8'] }, 403, 'IP address not allowed: 127.0.0.1' ],
    [ 'denied', { deny => ['127.0.0.0/8'] }, 403, 'IP address not allowed: 127.0.0.1' ],
    [ 'another is denied', { deny => ['10.0.0.0/8'] }, 200 ],
    [ 'denied before allowed', { allow => ['127.0.0.1'], deny => ['127.0.0.1'] }, 403, 'IP address not allowed: 127.0.0.1' ],
    [ 'an empty list allows all', { allow => [], deny => ['10.0.0.1'] }, 200 ],
    [ 'IPv6 only', { allow => ['::/0'] }, 403, 'IP address not allowed: 127.0.0.1' ],
    [ 'words of one\'s own', { deny => ['127.0.0.1'], status => 451, message => 'not here' }, 451, 'not here' ],
    [ 'old name of allow', { whitelist => ['127.0.0.1'] }, 200 ],
    [ 'old name of deny', { blacklist => ['127.0.0.1'] }, 403, 'IP address not allowed: 127.0.0.1' ],
) {
    my ($name, $config, $status, $message) = @$_;
    admin_ok(PUT => "/plugins/$plugin->{id}", { name => 'ip-restriction', route => { id => $route->{id} }, config => $config });
    my $res = call(GET => $path);
    is $res->code, $status, "$name: $status";
    is json_of($res)->{message}, $message, "$name: text" if $message;
}
my $now = admin_ok(GET => "/plugins/$plugin->{id}")->{config};
is_deeply [ $now->{deny}, exists $now->{blacklist} ], [ ['127.0.0.1'], !1 ], 'an old name is stored as the present one';
like call(GET => $path, Accept => 'text/html')->content, qr{<p>IP address not allowed: 127\.0\.0\.1\.</p>}, 'in the client\'s format';
is call(GET => $path, 'X-Real-IP' => '10.9.9.9', 'X-Forwarded-For' => '10.9.9.9')->code, 403, 'a client is who it is';

# ---- behind a proxy that is trusted ----
my $node = GatewayNode->start(GatewayNode::own_database(), proxy_extra => 'GwTrustedProxies 127.0.0.0/8');
$node->admin_ok(POST => '/services', { name => 's', url => upstream() });
$node->admin_ok(POST => '/services/s/routes', { paths => ['/x'] });
$node->admin_ok(POST => '/services/s/plugins', { name => 'ip-restriction', config => { allow => ['10.0.0.0/8', '2001:db8::/32'] } });
for ([ '10.1.2.3', 200 ], [ '2001:db8::7', 200 ], [ '192.0.2.1', 403 ], [ 'unknown', 403 ]) {
    my ($address, $status) = @$_;
    is $node->call(GET => '/x', 'X-Real-IP' => $address)->code, $status, "what the proxy says counts: $address";
}

# ---- scopes ----
my $shop = new_route(new_service());
add_plugin("/routes/$shop->{id}", 'key-auth');
my $consumer = new_consumer();
my $key = admin_ok(POST => "/consumers/$consumer->{id}/key-auth")->{key};
add_plugin("/consumers/$consumer->{id}", 'ip-restriction', { deny => ['127.0.0.1'] });
is call(GET => $shop->{paths}[0])->code, 401, 'who asks is asked first';
is call(GET => $shop->{paths}[0], apikey => $key)->code, 403, 'a consumer\'s own restriction';

# ---- refusals ----
my $none = "at least one of these fields must be non-empty: 'config.allow', 'config.deny'";
answers([ POST => '/plugins', { name => 'ip-restriction' } ], 400, violation($none, '@entity' => [$none]), 'neither');
answers([ POST => '/plugins', { name => 'ip-restriction', config => { allow => ['1.2.3'] } } ], 400,
    violation("config.allow: {\n  \"invalid ip or cidr range: '1.2.3'\"\n}", config => { allow => ["invalid ip or cidr range: '1.2.3'"] }),
    'no address');
answers([ POST => '/plugins', { name => 'ip-restriction', config => { allow => ['::1'], status => 200 } } ], 400,
    violation('config.status: value should be between 400 and 599', config => { status => 'value should be between 400 and 599' }),
    'a status that refuses nothing');

done_testing;
