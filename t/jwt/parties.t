# SPDX-License-Identifier: Apache-2.0
# Whom a token is for and who made it (audience, issuers), clocks that differ (clock_skew), claims that the upstream is
# told of (claims_to_headers); at a route, and in a <Location> without any row.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use Tokens qw(token);

my $consumer = new_consumer();
my $key = unique('iss');
admin_ok(POST => "/consumers/$consumer->{id}/jwt", { key => $key, secret => 'secret' });
my $route = new_route(new_service());
my $plugin = add_plugin("/routes/$route->{id}", 'jwt', { key_claim_name => 'kid', audience => [qw(shop till)] });
admin_ok(POST => "/consumers/$consumer->{id}/jwt", { key => 'k' . $key, secret => 'secret' });
my $now = time;
sub ask { my ($claims, @headers) = @_; return call(GET => $route->{paths}[0], Authorization => 'Bearer ' . token(claims => { kid => "k$key", %$claims }), @headers) }
sub configure { admin_ok(PATCH => "/plugins/$plugin->{id}", { config => {@_} }) }

for (
    [ 'for us', { aud => 'shop' }, 200 ],
    [ 'for us and others', { aud => [qw(bank till)] }, 200 ],
    [ 'for others', { aud => 'bank' }, 401, { aud => 'not accepted' } ],
    [ 'for nobody', {}, 401, { aud => 'not accepted' } ],
) {
    my ($name, $claims, $code, $body) = @$_;
    my $res = ask($claims);
    is $res->code, $code, "$name: $code";
    is_deeply json_of($res), $body, "$name: told" if $body;
    is $res->header('WWW-Authenticate'), 'Bearer realm="service", error="invalid_token"', "$name: challenged" if $body;
}
configure(issuers => ['https://idp.example/']);
is_deeply json_of(ask({ aud => 'bank', iss => 'x' })), { aud => 'not accepted', iss => 'not accepted' }, 'both at once';
is ask({ aud => 'shop', iss => 'https://idp.example' })->code, 401, 'an issuer without its slash is another';
is ask({ aud => 'shop', iss => 'https://idp.example/' })->code, 200, 'with it, it is good';
configure(audience => undef, issuers => undef);
is ask({})->code, 200, 'null: whoever';
admin_ok(PATCH => "/plugins/$plugin->{id}", 'config.audience=shop,till');
is_deeply admin_ok(GET => "/plugins/$plugin->{id}")->{config}{audience}, [qw(shop till)], 'a comma list in a form';

configure(audience => undef, claims_to_verify => [qw(exp nbf)]);
is ask({ exp => $now - 20, nbf => $now + 200 })->code, 401, 'clocks are taken at their word';
configure(clock_skew => 300);
is ask({ exp => $now - 20, nbf => $now + 200 })->code, 200, 'unless told otherwise';
is ask({ exp => $now - 400, nbf => $now })->code, 401, 'within limits';
is admin(PATCH => "/plugins/$plugin->{id}", { config => { clock_skew => 301 } })->code, 400, 'of which 300 seconds is the last';

# ---- claims_to_headers ----
configure(claims_to_verify => undef, clock_skew => 0, claims_to_headers => {
    sub => 'X-User', roles => 'X-Roles', admin => 'X-Admin', level => 'X-Level', 'https://ns.example/team' => 'X-Team', address => 'X-Address' });
my $headers = json_of(ask({ sub => "zo\x{eb}", roles => [ 'a', 7, undef, 'b' ], admin => JSON::true, level => 1.5, 'https://ns.example/team' => 'blue',
    address => { city => "\x{d6}rebro\n" } }, 'X-User' => 'root', 'x_user' => 'root', 'X-TEAM' => 'red', 'X_Admin' => 'true'))->{headers};
is $headers->{'x-user'}, "zo\x{eb}", 'text as it is' or diag explain $headers;
is $headers->{'x-roles'}, 'a,7,b', 'a list';
is $headers->{'x-admin'}, 'true', 'a boolean';
is $headers->{'x-level'}, '1.5', 'a number';
is $headers->{'x-team'}, 'blue', 'a claim with a long name, whatever the client says';
is $headers->{'x-address'}, '{"city":"\u00D6rebro\n"}', 'an object in one line of ASCII';
ok !exists $headers->{$_}, "no $_ of the client" for qw(x_user x_admin);
my $beyond = token(claims => qq({"kid":"k$key","level":18446744073709551616,"sub":9007199254740993}));
$headers = json_of(call(GET => $route->{paths}[0], Authorization => "Bearer $beyond"))->{headers};
is $headers->{'x-level'}, '1.8446744073709552e19', 'an integer beyond 64 bits is a real number';
is $headers->{'x-user'}, '9007199254740993', 'what is within them is exact beside it';
$headers = json_of(ask({}, 'X-User' => 'root', 'X-Roles' => 'admin'))->{headers};
ok !exists $headers->{$_}, "a claim that is absent: no $_ at all" for qw(x-user x-roles);
$headers = json_of(ask({ sub => "a\r\nX-Consumer-Username: root\r\n" }))->{headers};
is $headers->{'x-consumer-username'}, $consumer->{username}, 'a claim cannot begin a line of its own';
unlike $headers->{'x-user'} // '', qr/[\r\n]/, 'it stays one line';
configure(anonymous => $consumer->{id});
$headers = json_of(call(GET => $route->{paths}[0], 'X-User' => 'root'))->{headers};
ok !exists $headers->{'x-user'}, 'without a token the client has no say either';
configure(run_on_preflight => JSON::false);
my $res = call(OPTIONS => $route->{paths}[0], 'X-User' => 'root');
ok !exists json_of($res)->{headers}{'x-user'}, 'nor in OPTIONS';
for my $name ('Host', 'content-length', 'X-Consumer-Id', 'X-Anonymous-Consumer', 'Connection', 'X-Forwarded-For', 'a b') {
    is admin(PATCH => "/plugins/$plugin->{id}", { config => { claims_to_headers => { sub => $name } } })->code, 400, "$name cannot be set";
}

# ---- the same without rows for route and service ----
my $upstream = upstream();
my $node = GatewayNode->start(GatewayNode::own_database(), proxy_extra => <<"END");
<Location "/static/">
    ProxyPass "$upstream/"
    GwService static
    GwPlugin jwt audience=shop issuers=till clock_skew=60 claims_to_verify=exp claims_to_headers.sub=X-User
</Location>
END
$node->admin_ok(POST => '/consumers', { username => 'alice' });
$node->admin_ok(POST => '/consumers/alice/jwt', { key => 'till', secret => 'secret' });
sub static { my ($claims) = @_; return $node->call(GET => '/static/x', Authorization => 'Bearer ' . token(claims => { iss => 'till', exp => $now - 30, aud => 'shop', %$claims }), 'X-User' => 'root') }
my $static = static({ sub => 'zoe' });
is $static->code, 200, 'in a <Location>' or diag $static->content;
is json_of($static)->{headers}{'x-user'}, 'zoe', 'claims are told';
is static({ aud => 'bank' })->code, 401, 'audiences are checked';
done_testing;
