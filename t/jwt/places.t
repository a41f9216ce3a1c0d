# SPDX-License-Identifier: Apache-2.0
# Where tokens are looked for, two tokens, preflights.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use Tokens qw(token);

my $consumer = new_consumer();
my $key = unique('iss');
admin_ok(POST => "/consumers/$consumer->{id}/jwt", { key => $key, secret => 'secret' });
my ($one, $two) = map { token(claims => { iss => $key, n => $_ }) } 1, 2;

my $route = new_route(new_service());
my $plugin = add_plugin("/routes/$route->{id}", 'jwt', { cookie_names => ['jwt', 'other'] });
my $path = $route->{paths}[0];

for (
    ['in the header', '', [Authorization => "Bearer $one"], 200],
    ['in lower case', '', [Authorization => "bearer $one"], 200],
    ['another scheme', '', [Authorization => "Token $one"], 401, 'Unauthorized'],
    ['in the query', "?jwt=$one", [], 200],
    ['in a cookie', '', [Cookie => "a=b; jwt=$one"], 200],
    ['in another cookie', '', [Cookie => "other=$one"], 200],
    ['the same twice', "?jwt=$one", [Authorization => "Bearer $one"], 200],
    ['two different', "?jwt=$one", [Authorization => "Bearer $two"], 401, 'Multiple tokens provided'],
    ['two in the query', "?jwt=$one&jwt=$two", [], 401, 'Multiple tokens provided'],
    ['an empty parameter', '?jwt=', [], 401, 'Unauthorized'],
    ['one and an empty parameter', "?jwt=$one&jwt=", [], 200],
    ['one and something else', "?jwt=$one&jwt=x", [], 401, 'Multiple tokens provided'],
    ['the same parameter twice', "?jwt=$one&jwt=$one", [], 200],
    ['a parameter whose name is encoded', "?%6Awt=$one", [], 200],
    ['a parameter in capitals', "?JWT=$one", [], 401, 'Unauthorized'],
    ['two cookies', '', [Cookie => "jwt=$one; other=$two"], 401, 'Multiple tokens provided'],
    ['two cookies of one name: the first', '', [Cookie => "jwt=$one; jwt=$two"], 200],
    ['two cookies of one name: and no other', '', [Cookie => "jwt=x; jwt=$two"], 401, 'Bad token; invalid JSON'],
    ['a cookie in quotes', '', [Cookie => qq(jwt="$one")], 401, 'Bad token; invalid JSON'],
    ['a tab before it', '', [Authorization => "Bearer\t$one"], 200],
    ['blanks around it', '', [Authorization => "Bearer   $one  "], 200],
    ['the scheme in capitals', '', [Authorization => "BEARER $one"], 401, 'Unauthorized'],
    ['no scheme', '', [Authorization => $one], 401, 'Unauthorized'],
    ['a list', '', [Authorization => "Bearer $one, Basic YTpi"], 401, 'Bad token; invalid signature'],
    ['two headers: which of them counts is not guessed', '', [Authorization => "Bearer $one", Authorization => "Bearer $two"], 401, 'Bad token; invalid signature'],
    ['another scheme in the header, and a parameter', "?jwt=$one", [Authorization => 'Basic YTpi'], 200],
) {
    my ($name, $query, $headers, $want, $message) = @$_;
    my $res = call(GET => $path . $query, @$headers);
    is $res->code, $want, "$name: $want";
    is json_of($res)->{message}, $message, "$name: $message" if $message;
}

admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { header_names => ['x-token'], uri_param_names => ['t'] } });
is call(GET => $path, 'X-Token' => "Bearer $one")->code, 200, 'another header';
is call(GET => "$path?t=$one")->code, 200, 'another parameter';
is call(GET => "$path?jwt=$one")->code, 401, 'and no longer the default one';

is call(OPTIONS => $path)->code, 401, 'a preflight needs a token too';
admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { run_on_preflight => JSON::false } });
is call(OPTIONS => $path)->code, 200, 'unless it was said otherwise';
is call(GET => $path)->code, 401, 'which changes nothing for others';
done_testing();
