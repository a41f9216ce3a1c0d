# SPDX-License-Identifier: Apache-2.0
# cors: preflights answered before anybody asks for a key, headers on answers of the upstream, of the gateway, and of
# refusals; which origins are told what.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use AdminTest;
use GatewayTest;

my $service = new_service();
my $route = new_route($service);
my $path = $route->{paths}[0];
my $key_auth = add_plugin("/routes/$route->{id}", 'key-auth');
my $consumer = new_consumer();
my $key = admin_ok(POST => "/consumers/$consumer->{id}/key-auth")->{key};
my $plugin = add_plugin("/routes/$route->{id}", 'cors');

sub configure {
    return admin_ok(PUT => "/plugins/$plugin->{id}", { name => 'cors', route => { id => $route->{id} }, config => {@_} });
}
my %short = (origin => 'Allow-Origin', credentials => 'Allow-Credentials', headers => 'Allow-Headers', methods => 'Allow-Methods',
    age => 'Max-Age', expose => 'Expose-Headers');
sub cors_of {
    my ($res) = @_;
    my %got = map { ($_ => scalar $res->header("Access-Control-$short{$_}")) } keys %short;
    delete @got{ grep { !defined $got{$_} } keys %got };
    $got{vary} = $res->header('Vary') if defined $res->header('Vary');
    return \%got;
}
my @all = (methods => 'GET,HEAD,PUT,PATCH,POST,DELETE,OPTIONS,TRACE,CONNECT');
my %ask = (Origin => 'https://a.com', 'Access-Control-Request-Method' => 'PUT');
is_deeply $plugin->{config}, { origins => undef, methods => [ split /,/, $all[1] ], headers => undef, exposed_headers => undef,
    max_age => undef, credentials => JSON::false, preflight_continue => JSON::false }, 'defaults';

# ---- preflights ----
for (
    [ 'all', {}, {}, { origin => '*', @all } ],
    [ 'what the client wishes to send', {}, { 'Access-Control-Request-Headers' => 'x-a, x-b' }, { origin => '*', headers => 'x-a, x-b', @all } ],
    [ 'what it may send', { headers => [qw(X-C X-D)] }, { 'Access-Control-Request-Headers' => 'x-a' }, { origin => '*', headers => 'X-C,X-D', @all } ],
    [ 'methods', { methods => [qw(GET POST)] }, {}, { origin => '*', methods => 'GET,POST' } ],
    [ 'an age', { max_age => 3600 }, {}, { origin => '*', age => 3600, @all } ],
    [ 'an age of nothing', { max_age => 0 }, {}, { origin => '*', age => 0, @all } ],
    [ 'credentials', { credentials => \1 }, {}, { origin => 'https://a.com', credentials => 'true', vary => 'Origin', @all } ],
    [ 'one origin', { origins => ['https://b.com'] }, {}, { origin => 'https://b.com', vary => 'Origin', @all } ],
    [ 'a list', { origins => [qw(https://b.com https://a.com)], credentials => \1 }, {},
        { origin => 'https://a.com', credentials => 'true', vary => 'Origin', @all } ],
    [ 'not in the list', { origins => [qw(https://b.com https://c.com)] }, {}, { vary => 'Origin', @all } ],
    [ 'headers of answers are told with answers', { exposed_headers => ['X-E'] }, {}, { origin => '*', @all } ],
) {
    my ($name, $config, $more, $want) = @$_;
    configure(%$config);
    my $res = call(OPTIONS => $path, %ask, %$more);
    is $res->code, 200, "preflight: $name";
    is $res->content, '', "preflight: $name: no body";
    is_deeply cors_of($res), $want, "preflight: $name: headers" or diag explain cors_of($res);
}
is arrived($path), 0, 'the upstream saw none of it';
configure();
for my $part ('Origin', 'Access-Control-Request-Method') {
    is call(OPTIONS => $path, map { $_ => $ask{$_} } grep { $_ ne $part } keys %ask)->code, 401, "no preflight without $part";
}
is call(GET => $path, %ask)->code, 401, 'no preflight with GET';

# ---- answers ----
my @upstream = (origin => 'evil.com');
for (
    [ 'all', {}, {}, { origin => '*' } ],
    [ 'a list', { origins => [qw(b.com a.com)] }, {}, { origin => 'https://a.com', vary => 'Origin' } ],
    [ 'not in the list', { origins => [qw(b.com c.com)] }, {}, { vary => 'Origin' } ],
    [ 'a regex', { origins => ['https://[a-z]\.com'] }, {}, { origin => 'https://a.com', vary => 'Origin' } ],
    [ 'no origin', { origins => [qw(b.com c.com)] }, { Origin => undef }, { vary => 'Origin' } ],
    [ 'credentials', { credentials => \1 }, {}, { origin => 'https://a.com', credentials => 'true', vary => 'Origin' } ],
    [ 'credentials, nobody asks', { credentials => \1 }, { Origin => undef }, { origin => '*', vary => 'Origin' } ],
    [ 'headers to read', { exposed_headers => [qw(X-E X-F)] }, {}, { origin => '*', expose => 'X-E,X-F' } ],
) {
    my ($name, $config, $more, $want) = @$_;
    configure(%$config);
    my %headers = (Origin => 'https://a.com', %$more);
    delete $headers{Origin} unless defined $headers{Origin};
    for my $case (
        [ 'the upstream\'s', 200, $path, apikey => $key ],
        [ 'the upstream\'s own word', 200, "$path/do/header/Access-Control-Allow-Origin/evil.com", apikey => $key ],
        [ 'the upstream\'s error', 418, "$path/do/status/418", apikey => $key ],
        [ 'a refusal', 401, $path ],
        [ 'an upstream that is gone', 502, "$path/do/close", apikey => $key ],
    ) {
        my ($what, $status, $to, @more) = @$case;
        my $res = call(POST => $to, 'x', %headers, @more);
        is $res->code, $status, "$name: $what: $status";
        is_deeply cors_of($res), $want, "$name: $what" or diag explain cors_of($res);
    }
}
configure(origins => [qw(a.com b.com)]);
is call(GET => "$path/do/header/Vary/Accept", apikey => $key, Origin => 'http://a.com')->header('Vary') =~ tr/ //dr, 'Accept,Origin', 'Vary of the upstream stays';
is call(GET => "$path/do/header/Vary/Origin", apikey => $key, Origin => 'http://a.com')->header('Vary'), 'Origin', 'and is not said twice';

# ---- answers of request-termination, and preflights that go on ----
add_plugin("/routes/$route->{id}", 'request-termination', { status_code => 200, message => 'm' });
is cors_of(call(GET => $path, apikey => $key, Origin => 'http://a.com'))->{origin}, 'http://a.com', 'an answer of ours below 400';
my $other = new_route($service);
add_plugin("/routes/$other->{id}", 'cors', { preflight_continue => \1, exposed_headers => ['X-E'] });
my $res = call(OPTIONS => $other->{paths}[0], %ask);
is json_of($res)->{method}, 'OPTIONS', 'the upstream answers a preflight';
is_deeply cors_of($res), {}, 'and nothing is added';
is cors_of(call(GET => $other->{paths}[0], %ask))->{expose}, 'X-E', 'other answers get headers';

# ---- refusals of the Admin API ----
answers([ POST => '/plugins', { name => 'cors', config => { origins => ['(('] } } ], 400,
    violation("config.origins: {\n  \"'((' is not a valid regex\"\n}", config => { origins => ["'((' is not a valid regex"] }), 'no regex');
answers([ POST => "/consumers/$consumer->{id}/plugins", { name => 'cors' } ], 400,
    violation('consumer: value must be null', consumer => 'value must be null'), 'no consumer');

# ---- what is on no route, with a plugin for all ----
my $global = add_plugin('', 'cors', { origins => ['https://everywhere.com'] });
$res = call(GET => '/no-such-' . unique('route'));
is $res->code, 404, 'no route';
is cors_of($res)->{origin}, 'https://everywhere.com', 'a plugin for all speaks there too';
admin_ok(DELETE => "/plugins/$global->{id}");
is_deeply cors_of(call(GET => '/no-such-' . unique('route'))), {}, 'and no more';

done_testing;
