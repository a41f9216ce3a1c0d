# SPDX-License-Identifier: Apache-2.0
# rate-limiting, counted on this node: what passes, what clients are told, whose requests are counted together, exactly
# so when they come at once, and after a graceful restart. Limits of a year: no test meets the end of its window.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use AdminTest;
use GatewayBurst;
use GatewayNode;
use GatewayTest;

my $service = new_service();
sub limited { my ($config, %f) = @_; my $r = new_route($service, %f); return ($r->{paths}[0], add_plugin("/routes/$r->{id}", 'rate-limiting', $config), $r) }
sub left { my ($res) = @_; return join ' ', $res->code, map { $_ // '-' } map { scalar $res->header($_) } @_[1 .. $#_] }
my @year = qw(X-RateLimit-Limit-Year X-RateLimit-Remaining-Year RateLimit-Limit RateLimit-Remaining);

# ---- configuration ----
my ($path, $plugin, $route) = limited({ year => 3 });
is_deeply $plugin->{config}, {
    (map { $_ => undef } qw(second minute hour day month header_name path redis_host redis_password redis_username redis_server_name)),
    year => 3, limit_by => 'consumer', policy => 'local', fault_tolerant => JSON::true, redis_port => 6379,
    redis_ssl => JSON::false, redis_ssl_verify => JSON::false, redis_timeout => 2000, redis_database => 0,
    hide_client_headers => JSON::false, error_code => 429, error_message => 'API rate limit exceeded', sync_rate => -1,
}, 'config';
my $some = "at least one of these fields must be non-empty: 'config.second', 'config.minute', 'config.hour', 'config.day', 'config.month', 'config.year'";
answers([ POST => '/plugins', { name => 'rate-limiting', config => {} } ], 400, violation($some, '@entity' => [$some]), 'no limit');
my $order = 'The limit for minute(5.0) cannot be lower than the limit for second(10.0)';
answers([ POST => '/plugins', { name => 'rate-limiting', config => { second => 10, minute => 5 } } ], 400,
    violation("config: $order", config => $order), 'a longer period with a lower limit');
my $sync = 'sync_rate can only be used with the redis policy';
answers([ POST => '/plugins', { name => 'rate-limiting', config => { second => 10, sync_rate => 5 } } ], 400,
    violation("config: $sync", config => $sync), 'sync_rate');
answers([ POST => '/plugins', { name => 'rate-limiting', config => { second => 1, limit_by => 'header' } } ], 400, qr/"header_name":"required field missing"/, 'limit_by=header');
answers([ POST => '/plugins', { name => 'rate-limiting', config => { second => 1, limit_by => 'path' } } ], 400, qr/"path":"required field missing"/, 'limit_by=path');

# ---- what passes, and what is told ----
for my $left (2, 1, 0) {
    my $res = call(GET => $path);
    is left($res, @year), "200 3 $left 3 $left", "$left left";
    like $res->header('RateLimit-Reset'), qr/^[1-9]\d*$/, 'until the window ends';
    is $res->header('Retry-After'), undef, 'nothing to wait for';
}
for (1 .. 2) {
    my $res = call(GET => $path);
    is left($res, @year), '429 3 0 3 0', 'over';
    is json_of($res)->{message}, 'API rate limit exceeded', 'message';
    is $res->header('Retry-After'), $res->header('RateLimit-Reset'), 'Retry-After';
    cmp_ok $res->header('Retry-After'), '<=', 366 * 86400, 'within the year';
}
like call(GET => $path, Accept => 'text/html')->content, qr/API rate limit exceeded/, 'in the client\'s format';
($path) = limited({ second => 5, month => 6, year => 7 });
my $res = call(GET => $path);
is left($res, qw(X-RateLimit-Limit-Second X-RateLimit-Remaining-Second X-RateLimit-Limit-Month X-RateLimit-Remaining-Month X-RateLimit-Remaining-Year RateLimit-Limit RateLimit-Remaining)),
    '200 5 4 6 5 6 5 4', 'several: the tightest counts';
($path) = limited({ month => 2, year => 2 });
is left(call(GET => $path), qw(RateLimit-Limit RateLimit-Remaining)), '200 2 1', 'a tie';
cmp_ok call(GET => $path)->header('RateLimit-Reset'), '>=', 1, 'the longer window is told';
($path) = limited({ year => 1, hide_client_headers => \1, error_code => 403, error_message => "no\x{20ac} more" });
is call(GET => $path)->code, 200, 'hidden: passes';
$res = call(GET => $path);
is $res->code, 403, 'error_code';
is json_of($res)->{message}, "no\x{20ac} more", 'error_message';
is join(',', grep { /rate-?limit|retry/i } $res->header_field_names), '', 'hide_client_headers';

# ---- an upstream that speaks of limits itself: what clients are told is ours, once ----
($path) = limited({ year => 5 });
for (qw(X-RateLimit-Limit-Year ratelimit-limit X-Really Age)) {
    my ($told) = raw_request("GET $path/do/header/$_/77 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") =~ /^(.*?)\r\n\r\n/s;
    is join(' ', $told =~ /^(?:X-)?RateLimit-Limit(?:-Year)?: *(\d+)/gim), '5 5', "$_: one of each";
}

# ---- with other plugins: headers on their refusals, and nothing counted for what was refused before ----
($path, undef, $route) = limited({ year => 5 });
add_plugin("/routes/$route->{id}", 'request-termination', { status_code => 418, message => 'teapot' });
is left(call(GET => $path), @year), '418 5 4 5 4', 'an answer of a later plugin carries the headers';
($path, undef, $route) = limited({ year => 5 });
add_plugin("/routes/$route->{id}", 'key-auth');
is left(call(GET => $path), @year), '401 - - - -', 'an earlier refusal is not counted';

# ---- whose requests ----
my @who = map { my $c = new_consumer(); +{ %$c, key => admin_ok(POST => "/consumers/$c->{id}/key-auth")->{key}, key2 => admin_ok(POST => "/consumers/$c->{id}/key-auth")->{key} } } 1, 2;
sub ask { my ($p, $key, @headers) = @_; return left(call(GET => $p, apikey => $key, @headers), 'X-RateLimit-Remaining-Year') }
is ask($path, $who[0]{key}), '200 4', 'a consumer';
is ask($path, $who[0]{key2}), '200 3', 'with another key';
is ask($path, $who[1]{key}), '200 4', 'another consumer';
($path, undef, $route) = limited({ year => 5, limit_by => 'credential' });
add_plugin("/routes/$route->{id}", 'key-auth');
is ask($path, $who[0]{key}), '200 4', 'limit_by=credential';
is ask($path, $who[0]{key2}), '200 4', 'another key is another one';
is ask($path, $who[0]{key}), '200 3', 'the first again';
($path, undef, $route) = limited({ year => 5, limit_by => 'header', header_name => 'x-tenant' });
sub tenant { my @h = map { ('X-Tenant' => $_) } @_; return left(call(GET => $path, @h), 'X-RateLimit-Remaining-Year') }
is tenant('a'), '200 4', 'limit_by=header';
is tenant('b'), '200 4', 'another value';
is tenant('a'), '200 3', 'the first again';
is tenant('x' x 8000), '200 4', 'a long one';
is tenant('x' x 7999), '200 4', 'another long one';
is tenant(), '200 4', 'without it: the address';
is tenant('127.0.0.1'), '200 4', 'a value that looks like the address is not it';
is tenant(), '200 3', 'the address again';
($path) = limited({ year => 5, limit_by => 'path', path => '/nowhere' });
is left(call(GET => $path), 'X-RateLimit-Remaining-Year'), '200 4', 'limit_by=path: another path is limited by address';
$route = new_route($service);
$path = $route->{paths}[0];
add_plugin("/routes/$route->{id}", 'rate-limiting', { year => 5, limit_by => 'path', path => "$path/dear" });
is left(call(GET => "$path/$_->[0]"), 'X-RateLimit-Remaining-Year'), "200 $_->[1]", "$_->[0]: $_->[1]"
    for [ 'dear' => 4 ], [ 'dear?x=1' => 3 ], [ '%64ear' => 2 ], [ 'cheap' => 4 ], [ 'x/../dear' => 1 ];
my $own = new_service();
my @two = map { new_route($own) } 1, 2;
add_plugin("/services/$own->{id}", 'rate-limiting', { year => 5, limit_by => 'service' });
is left(call(GET => $two[$_->[0]]{paths}[0]), 'X-RateLimit-Remaining-Year'), "200 $_->[1]", "limit_by=service: route $_->[0]: $_->[1]"
    for [ 0, 4 ], [ 1, 3 ], [ 0, 2 ];
$own = new_service();
@two = map { new_route($own) } 1, 2;
add_plugin("/services/$own->{id}", 'rate-limiting', { year => 5, limit_by => 'ip' });
is left(call(GET => $two[$_->[0]]{paths}[0]), 'X-RateLimit-Remaining-Year'), "200 $_->[1]", "a service's limit is one for its routes: $_->[1]"
    for [ 0, 4 ], [ 1, 3 ];
add_plugin("/routes/$two[1]{id}", 'rate-limiting', { year => 5, limit_by => 'ip' });
is left(call(GET => $two[1]{paths}[0]), 'X-RateLimit-Remaining-Year'), '200 4', 'a route\'s own is its own';
is left(call(GET => $two[0]{paths}[0]), 'X-RateLimit-Remaining-Year'), '200 2', 'the other\'s is as it was';

# ---- a consumer's own row ----
($path, undef, $route) = limited({ year => 5 });
add_plugin("/routes/$route->{id}", 'key-auth');
my $premium = add_plugin("/consumers/$who[1]{id}", 'rate-limiting', { year => 50 }, route => { id => $route->{id} });
is ask($path, $who[0]{key}), '200 4', 'an ordinary consumer';
is ask($path, $who[1]{key}), '200 49', 'one with a row of its own';
admin_ok(PATCH => "/plugins/$premium->{id}", { config => { year => 20 } });
is ask($path, $who[1]{key}), '200 18', 'a changed limit is in force at once, and what was used stays used';
admin_ok(PATCH => "/plugins/$premium->{id}", { enabled => \0 });
is ask($path, $who[1]{key}), '200 2', 'without it: the route\'s, and what was used stays used';

# ---- a <Location> ----
my @run = ('X-Run' => unique('run')); # the Location stays, with what was counted, for whoever runs this file again
is left(call(GET => "/static/limited/x", @run), @year), "200 3 $_ 3 $_", "GwPlugin in a Location: $_ left" for 2, 1, 0;
is left(call(GET => "/static/limited/x", @run), @year), '429 3 0 3 0', 'and over';
is call(GET => "/static/limited-too/x", @run)->code, 200, 'another Location counts for itself';

# ---- what is only looked at is not counted; HEAD and OPTIONS are requests like others ----
($path) = limited({ year => 9 });
is left(call($_->[0] => $path), 'X-RateLimit-Remaining-Year'), "200 $_->[1]", "$_->[0]: $_->[1]" for [ HEAD => 8 ], [ OPTIONS => 7 ], [ POST => 6 ];

# ---- at once ----
sub suite_proxy { my ($port) = proxy_url() =~ /:(\d+)$/; return $port }
($path) = limited({ year => 10 });
my ($many) = limited({ second => 25, year => 25, limit_by => 'ip' });
is_deeply burst_from(5, suite_proxy(), $path, connections => 200, seconds => 120, eager => 1), { 200 => 10, 429 => 990 },
    '1000 requests at once, over all children: exactly 10 pass';
is_deeply codes_of(burst(suite_proxy(), $many, connections => 100, seconds => 120)), { 200 => 25, 429 => 75 }, 'two limits: exactly';

# ---- a graceful restart keeps what was counted; another size of memory does not ----
my $node = GatewayNode->start(extra => "GwRateLimitMemory 131072\n");
$node->admin_ok(POST => '/services', { name => 's', url => upstream() });
$node->admin_ok(POST => '/services/s/routes', { name => 'r', paths => ['/r'] });
$node->admin_ok(POST => '/services/s/plugins', { name => 'rate-limiting', config => { year => 4 } });
is left($node->call(GET => '/r'), 'X-RateLimit-Remaining-Year'), "200 $_", "before: $_" for 3, 2;
my %old = map { $_ => 1 } $node->children;
$node->graceful;
eventually { my @now = grep { !$old{$_} } $node->children; @now && $node->is_up } 'restarted';
is left($node->call(GET => '/r'), 'X-RateLimit-Remaining-Year'), '200 1', 'after: as if nothing had been';
is left($node->call(GET => '/r'), 'X-RateLimit-Remaining-Year'), '200 0', 'and on';
is $node->call(GET => '/r')->code, 429, 'and over';
unlike $node->log_text, qr/\[gw\w*:(?:error|crit|emerg)\]/, 'nothing of ours in the log';
my $conf = "$node->{dir}/httpd.conf";
for (['GwRateLimitMemory 100' => 'too little'], ['GwRateLimitMemory 1x' => 'no number']) {
    my ($line, $name) = @$_;
    open my $in, '<', $conf or die; my $text = do { local $/; <$in> };
    $text =~ s/^GwRateLimitMemory \d+/$line/m;
    open my $out, '>', "$conf.bad" or die; print $out $text; close $out;
    like qx(LD_PRELOAD= $ENV{GW_HTTPD} -d $node->{dir} -f $conf.bad -t 2>&1), qr/GwRateLimitMemory must be a number of bytes, at least 65536/, $name;
}

done_testing;
