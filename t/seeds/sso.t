# SPDX-License-Identifier: Apache-2.0
# The SSO article's application behind the gateway, line by line (contract seed-systems.md J, C14): two services by host and
# by path, levels of paths and users, one login at a time.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use RedisServer;
use SeedCurl;
use SsoApp;
use Tokens qw(token);

my $secret = '1234567891234567891234567891234567891234567';
my ($alice, $password) = ('13011111111', 'alice-s password');
(my $typed = $password) =~ s/ /-/g;
my $redis = RedisServer->start;
my ($a, $b) = map { SsoApp->start(role => 'pages', name => $_) } qw(A B);
my $login = SsoApp->start(role => 'login', secret => $secret, redis => $redis, users => { $alice => $typed });
my @made;
END { admin(DELETE => $_) for reverse @made }
sub made { my ($path, $row) = @_; push @made, "$path/$row->{id}"; return $row }

# ---- the tables, with the article's rows ----
my $user = made('/login_user', curl_is([ '-X', 'POST', '/login_user', '-d', "phone=$alice", '-d', 'name=alice', '-d', "password=$typed", '-d', 'level=1' ], 201, 'alice')->{json});
is_deeply [ @{$user}{qw(phone name level)} ], [ $alice, 'alice', 1 ], 'as written';
ok !exists $user->{password}, 'the password is not sent back';
for my $row ([ '0/' => 0 ], [ '0/auth' => 1 ], [ '0/admin' => 2 ], [ '1/' => 0 ], [ '1/auth' => 1 ], [ '1/admin' => 2 ]) {
    made('/api_mgr', admin_ok(POST => '/api_mgr', { sign => $row->[0], auth_level => $row->[1] }));
}

# ---- services by host: service_a.com and service_b.com ----
my ($sa, $sb) = map { unique('service') =~ tr/-/_/r } 1, 2;
for ([ $sa, $a ], [ $sb, $b ]) {
    my ($name, $app) = @$_;
    made('/services', curl_is([ '-X', 'POST', '/services/', '-d', "name=the-$name", '-d', 'url=' . $app->url ], 201, "service $name")->{json});
    made('/routes', curl_is([ '-X', 'POST', "/services/the-$name/routes", '-d', "hosts[]=$name.com" ], 201, "its host")->{json});
    my $plugin = curl_is([ '-X', 'POST', "/services/the-$name/plugins", '-d', 'name=kong_jwt_url_auth',
        '-d', "config.secret_key=$secret", '-d', 'config.key_claim_name=iss', '-d', 'config.claims_to_verify=exp,nbf',
        '-d', 'config.redisHost=127.0.0.1', '-d', "config.redisPort=$redis->{port}", '-d', 'config.redisPwd=1234',
        '-d', "config.service_map.$sa=0", '-d', "config.service_map.$sb=1" ], 201, 'its plugin, by the old name')->{json};
    is $plugin->{name}, 'url-auth', 'which is url-auth';
    is_deeply $plugin->{config}{service_map}, { $sa => 0, $sb => 1 }, 'service_map from a form';
}

# ---- first without a login, then with alice's ----
sub ask { my ($where, $path, $token, @more) = @_; return curl_is([ ":8000$path", '-H', "Host: $where.com", ($token ? ('-H', "Authorization: Bearer $token") : ()), @{ $more[1] // [] } ], $more[0], "$where$path: " . ($token ? 'with a token' : 'without') ) }
sub said { my ($got, $code, $msg) = @_; is $got->{body}, qq({"code":$code,"success":false,"data":"","msg":"$msg"}), $msg; like $got->{head}, qr{^content-type: application/json}mi, 'JSON' }
for my $where ($sa, $sb) {
    is ask($where, '/', undef, 200)->{json}{app}, $where eq $sa ? 'A' : 'B', 'the right application';
    said(ask($where, '/auth', undef, 401), 401, 'UnAuthorized');
    said(ask($where, '/admin', undef, 401), 401, 'UnAuthorized');
    said(ask($where, '/none', undef, 404), 404, 'Not Found');
}
sub log_in { my $res = SeedCurl::curl("'" . $login->url . "/auth?$_[0]'"); return json_text($res) }
sub json_text { return JSON->new->utf8->decode($_[0]) }
is log_in('')->{msg}, 'Missing required params!', 'the login page: nothing given';
is log_in('phone=1&password=x')->{msg}, 'User not exist!', 'nobody';
is log_in("phone=$alice&password=x")->{msg}, 'Password incorrect!', 'a wrong password';
my $first = log_in("phone=$alice&password=$typed")->{token};
ok $first, 'alice has a token';
for my $where ($sa, $sb) {
    ask($where, '/', $first, 200);
    my $page = ask($where, '/auth', $first, 200)->{json};
    is_deeply [ @{ $page->{headers} }{qw(x-auth-phone x-auth-level)} ], [ $alice, 1 ], 'the application is told who it is';
    said(ask($where, '/admin', $first, 403), 403, 'Forbidden');
}
$user = admin_ok(PATCH => "/login_user/$alice", { level => 2 });
is ask($sa, '/admin', $first, 200)->{json}{headers}{'x-auth-level'}, 2, 'promoted: at once';
admin_ok(PATCH => "/login_user/$alice", { level => 1 });
said(ask($sa, '/admin', $first, 403), 403, 'Forbidden');

# ---- a second login ends the first ----
my $second = log_in("phone=$alice&password=$typed")->{token};
isnt $second, $first, 'another token';
said(ask($sa, '/auth', $first, 401), 401, 'Token Conflict');
said(ask($sb, '/auth', $first, 401), 401, 'Token Conflict');
ask($sa, '/', $first, 200); # a free page asks for nothing
ask($sa, '/auth', $second, 200);
cmp_ok $redis->ask(TTL => "conflict:$first"), '>', 250000, 'it stays over until it would have ended';
my $forged = $first =~ s/(.)\z/$1 eq 'A' ? 'E' : 'A'/er;
said(ask($sa, '/auth', $forged, 401), 401, 'UnAuthorized');

# ---- tokens that are over, not yet, for too long ----
for ([ 'over' => exp => time - 10, nbf => time - 20 ], [ 'not yet' => exp => time + 100, nbf => time + 50 ],
    [ 'for too long' => exp => time + 400000, nbf => time - 5 ], [ 'for ever' => nbf => time - 5 ], [ 'since ever' => exp => time + 100 ]) {
    my ($name, %claims) = @$_;
    said(ask($sa, '/auth', token(key => $secret, claims => { phone => $alice, %claims }), 401), 401, 'Token Expired');
}

# ---- OPTIONS goes through, and nobody can say who he is ----
curl_is([ '-X', 'OPTIONS', ':8000/auth', '-H', "Host: $sa.com" ], 200, 'OPTIONS');
for my $path ('/', '/auth') {
    my $page = ask($sa, $path, $second, 200, [ map { ('-H', $_) } 'X-Auth-Phone: 110', 'x-auth-level: 9', 'X_Auth_Level: 9', 'x-auth.phone: 9', 'X-Auth-Other: mine' ])->{json};
    is_deeply { map { $_ => $page->{headers}{$_} } grep { /^x.auth/ } keys %{ $page->{headers} } },
        { 'x-auth-other' => 'mine', ($path eq '/auth' ? ('x-auth-phone' => $alice, 'x-auth-level' => 1) : ()) }, "$path: a client's own are gone";
}

# ---- one domain: services by path ----
my $domain = unique('one') . '.example.com';
my ($pa, $pb) = map { '/' . unique('p') } 1, 2;
for ([ $pa, $sa ], [ $pb, $sb ]) {
    my ($prefix, $name) = @$_;
    my $service = made('/services', admin_ok(POST => '/services', { name => unique('by-path'), url => $name eq $sa ? $a->url : $b->url }));
    made('/routes', admin_ok(POST => "/services/$service->{id}/routes", { hosts => [$domain], paths => [$prefix] }));
    admin_ok(POST => "/services/$service->{id}/plugins", { name => 'url-auth', config => { secret => $secret, redis_port => 0 + $redis->{port},
        service_map => { $pa => 0, $pb =~ s{^/}{}r => 1 } } });
}
for my $prefix ($pa, $pb) {
    for ([ '' => 200 ], [ '/' => 200 ], [ '/auth' => 401 ], [ '/admin' => 401 ], [ '/auth/' => 404 ], [ '/none' => 404 ], [ '//auth' => 401 ], [ '/x/../auth' => 401 ], [ '/%61uth' => 401 ]) {
        curl_is([ '--path-as-is', ":8000$prefix$_->[0]", '-H', "Host: $domain" ], $_->[1], "by path: $prefix$_->[0]");
    }
    my $page = curl_is([ ":8000$prefix/auth", '-H', "Host: $domain", '-H', "Authorization: Bearer $second" ], 200, 'by path, with a token')->{json};
    is $page->{path}, '/auth', 'the application sees its own path';
    said(curl_is([ ":8000$prefix/auth", '-H', "Host: $domain", '-H', "Authorization: Bearer $first" ], 401, 'the first login'), 401, 'Token Conflict');
    said(curl_is([ ":8000$prefix/admin", '-H', "Host: $domain", '-H', "Authorization: Bearer $second" ], 403, 'more than alice may'), 403, 'Forbidden');
}

# ---- a domain of its own for each sign (J20) ----
{
    my ($sign, $app) = (unique('sign'), $b);
    my $service = made('/services', admin_ok(POST => '/services', { name => unique('by-domain'), url => $app->url }));
    made('/routes', admin_ok(POST => "/services/$service->{id}/routes", { hosts => ["api.$sign.example.com"] }));
    admin_ok(POST => "/services/$service->{id}/plugins", { name => 'url-auth', config => { secret => $secret, redis_port => 0 + $redis->{port},
        service_map => { "api.$sign.example" => 1 } } });
    my @there = ('-H', "Host: api.$sign.example.com");
    curl_is([ ":8000$_->[0]", @there ], $_->[1], "by domain: $_->[0]") for [ '/' => 200 ], [ '/auth' => 401 ], [ '/none' => 404 ];
    is curl_is([ ':8000/auth', @there, '-H', "Authorization: Bearer $second" ], 200, 'by domain, with a token')->{json}{app}, 'B', 'the application';
    said(curl_is([ ':8000/admin', @there, '-H', "Authorization: Bearer $second" ], 403, 'by domain, more than alice may'), 403, 'Forbidden');
    curl_is([ ':8000/', '-H', "Host: api.other.example.com" ], 404, 'another sign is nobody');
}

# ---- the other design (C14): a service for /auth/*, which asks, and one for /free/*, which does not; no table ----
{
    my ($root, $issuer) = ('/' . unique('two'), unique('issuer'));
    my $who = made('/consumers', admin_ok(POST => '/consumers', { username => unique('reader') }));
    admin_ok(POST => "/consumers/$who->{id}/jwt", { key => $issuer, secret => $secret });
    for my $part (qw(auth free)) {
        my $service = made('/services', curl_is([ '-X', 'POST', '/services/', '-d', 'name=' . unique($part), '-d', 'url=' . $a->url ], 201, "a service for $part")->{json});
        made('/routes', curl_is([ '-X', 'POST', "/services/$service->{id}/routes", '-d', "paths[]=$root/$part" ], 201, "below /$part")->{json});
        curl_is([ '-X', 'POST', "/services/$service->{id}/plugins", '-d', 'name=jwt', '-d', 'config.claims_to_verify=exp' ], 201, 'it asks for a token') if $part eq 'auth';
    }
    my $good = token(key => $secret, claims => { iss => $issuer, exp => time + 1000 });
    for ([ '/free/admin' => 200 ], [ '/auth/admin' => 401 ], [ '/auth/admin' => 200, $good ], [ '/auth/admin' => 401, $first ], [ '/free/../auth/admin' => 401 ], [ '/free/%2e%2e/auth/admin' => 401 ]) {
        my ($path, $status, $token) = @$_;
        curl_is([ '--path-as-is', ":8000$root$path", ($token ? ('-H', "Authorization: Bearer $token") : ()) ], $status, "two services: $path: " . ($token ? 'with a token' : 'without'));
    }
}

# ---- CORS, which the article's front proxy spoke: before any token is asked for, and on refusals ----
my @words = qw(DNT web-token app-token Authorization Accept Origin Keep-Alive User-Agent X-Requested-With If-Modified-Since Cache-Control Content-Type Range);
my @methods = qw(GET POST PUT DELETE OPTIONS HEAD PATCH);
curl_is([ '-X', 'POST', "/services/the-$sa/plugins", '-d', 'name=cors', '-d', 'config.origins=*', (map { ('-d', "config.methods[]=$_") } @methods),
    (map { ('-d', "config.headers[]=$_") } @words), '-d', 'config.exposed_headers[]=Content-Length', '-d', 'config.exposed_headers[]=Content-Range' ], 201, 'the cors plugin');
my $preflight = curl_is([ '-X', 'OPTIONS', ':8000/auth', '-H', "Host: $sa.com", '-H', 'Origin: http://page.example', '-H', 'Access-Control-Request-Method: GET',
    '-H', 'Access-Control-Request-Headers: authorization' ], 200, 'a preflight needs no token');
my ($methods, $words) = (join(',', @methods), join(',', @words));
like $preflight->{head}, $_, 'preflight' for qr/^access-control-allow-origin: \*\r?$/mi, qr/^access-control-allow-methods: \Q$methods\E\r?$/mi, qr/^access-control-allow-headers: \Q$words\E\r?$/mi;
my $refusal = curl_is([ ':8000/auth', '-H', "Host: $sa.com", '-H', 'Origin: http://page.example' ], 401, 'a page without a token');
like $refusal->{head}, $_, 'can read why' for qr/^access-control-allow-origin: \*\r?$/mi, qr/^access-control-expose-headers: Content-Length,Content-Range\r?$/mi;
said($refusal, 401, 'UnAuthorized');

done_testing;
