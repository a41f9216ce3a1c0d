# SPDX-License-Identifier: Apache-2.0
# Claims that are verified, the maximum expiration, the key claim's name and place, base64 secrets.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use Tokens qw(key_for token);
use MIME::Base64 qw(encode_base64);

my $consumer = new_consumer();
my $key = unique('iss');
admin_ok(POST => "/consumers/$consumer->{id}/jwt", { key => $key, secret => 'secret' });

sub path_with {
    my ($config) = @_;
    my $route = new_route(new_service());
    my $plugin = add_plugin("/routes/$route->{id}", 'jwt', $config);
    return wantarray ? ($route->{paths}[0], $plugin) : $route->{paths}[0];
}
sub try_token { my ($path, %o) = @_; return call(GET => $path, Authorization => 'Bearer ' . token(%o)) }

my ($path, $plugin) = path_with({ claims_to_verify => [qw(exp nbf)] });
my $now = time;
for (
    ['both good', { exp => $now + 60, nbf => $now - 60 }, 200],
    ['expired', { exp => $now - 1, nbf => $now - 60 }, 401, { exp => 'token expired' }],
    ['not yet', { exp => $now + 60, nbf => $now + 60 }, 401, { nbf => 'token not valid yet' }],
    ['both bad', { exp => $now - 1, nbf => $now + 60 }, 401, { exp => 'token expired', nbf => 'token not valid yet' }],
    ['absent', {}, 401, { exp => 'must be a number', nbf => 'must be a number' }],
    ['a string', { exp => 'soon', nbf => $now - 1 }, 401, { exp => 'must be a number' }],
) {
    my ($name, $claims, $want, $body) = @$_;
    my $res = try_token($path, claims => { iss => $key, %$claims });
    is $res->code, $want, "$name: $want";
    is_deeply json_of($res), $body, "$name: body" if $body;
}

# Numbers that no integer of 64 bits holds, which Perl's JSON cannot write.
for (
    ['beside one', $now + 60, $now - 60, 200],
    ['expired beside one', $now - 1, $now - 60, 401, { exp => 'token expired' }],
    ['as times', (18446744073709551616) x 2, 401, { nbf => 'token not valid yet' }],
) {
    my ($name, $exp, $nbf, $want, $body) = @$_;
    my $claims = sprintf '{"iss":"%s","exp":%.0f,"nbf":%.0f,"id":18446744073709551616}', $key, $exp, $nbf;
    for my $time ('first', 'again') {
        my $res = try_token($path, claims => $claims);
        is $res->code, $want, "a number beyond 64 bits, $name, $time: $want";
        is_deeply json_of($res), $body, "$name, $time: body" if $body;
    }
}

# A token that was good and cached is judged again each time.
admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { maximum_expiration => 300 } });
is_deeply json_of(try_token($path, claims => { iss => $key, exp => $now + 4000, nbf => 1 })),
    { exp => 'exceeds maximum allowed expiration' }, 'the maximum expiration counts for the next request';
is try_token($path, claims => { iss => $key, exp => $now + 200, nbf => 1 })->code, 200, 'within it';
for ([ 'without claims_to_verify', undef, 'required field missing' ], [ 'without exp', ['nbf'], 'expected to contain: exp' ]) {
    my ($name, $claims, $text) = @$_;
    my $failed = q(failed conditional validation given value of field 'config.maximum_expiration');
    my $res = admin(PATCH => "/plugins/$plugin->{id}", { config => { claims_to_verify => $claims } });
    is $res->code, 400, "$name: 400";
    is_deeply json_of($res), {
        code => 2, name => 'schema violation', message => "2 schema violations ($failed; config.claims_to_verify: $text)",
        fields => { '@entity' => [$failed], config => { claims_to_verify => $text } },
    }, "$name: body";
}

# F12: the comma list of the seeds.
admin_ok(PATCH => "/plugins/$plugin->{id}", 'config.claims_to_verify=exp,nbf');
is_deeply admin_ok(GET => "/plugins/$plugin->{id}")->{config}{claims_to_verify}, [qw(exp nbf)], 'a comma list in a form';

$path = path_with({ key_claim_name => 'kid' });
is try_token($path, claims => { kid => $key })->code, 200, 'another key claim, in the payload';
is try_token($path, header => { alg => 'HS256', kid => $key }, claims => { sub => 'x' })->code, 200, 'or in the header';
is json_of(try_token($path, claims => { iss => $key }))->{message}, "No mandatory 'kid' in claims", 'iss is then not asked';

$path = path_with({ key_claim_name => undef });
is try_token($path, claims => { iss => $key })->code, 200, 'no name of a key claim is the default';
my $plain = unique('plain');
admin_ok(POST => "/consumers/$consumer->{id}/jwt", { key => $plain, secret => 's', algorithm => undef });
is try_token($path, key => 's', claims => { iss => $plain })->code, 200, 'no algorithm is HS256';

# B20: "blob data" in base64.
my $blob = unique('blob');
admin_ok(POST => "/consumers/$consumer->{id}/jwt", { key => $blob, secret => 'YmxvYiBkYXRh' });
$path = path_with({ secret_is_base64 => JSON::true });
is try_token($path, key => 'blob data', claims => { iss => $blob })->code, 200, 'the secret is decoded first';
is try_token($path, key => 'YmxvYiBkYXRh', claims => { iss => $blob })->code, 401, 'and is not its text';
my $mute = unique('mute');
admin_ok(POST => "/consumers/$consumer->{id}/jwt", { key => $mute, secret => '***' });
is json_of(try_token($path, key => 'x', claims => { iss => $mute }))->{message}, 'Invalid key/secret', 'what is no base64 is no secret';
my ($signed, $pem) = (unique('signed'), (key_for('RS256'))[1]);
admin_ok(POST => "/consumers/$consumer->{id}/jwt", { key => $signed, algorithm => 'RS256', rsa_public_key => $pem });
is try_token($path, alg => 'RS256', claims => { iss => $signed })->code, 200, 'a public key is PEM all the same';
my $other = token(alg => 'RS256', claims => { iss => $signed, more => 1 });
$other =~ s/[^.]+\z/(split m{[.]}, token(alg => 'RS256', claims => { iss => $signed }))[2]/e;
is json_of(call(GET => $path, Authorization => "Bearer $other"))->{message}, 'Invalid signature', 'under which not every token is good';
my $res = admin(POST => "/consumers/$consumer->{id}/jwt", { algorithm => 'RS256', rsa_public_key => encode_base64($pem, '') });
is $res->code, 400, 'and in base64 it is none';
is json_of($res)->{fields}{rsa_public_key}, 'invalid key', 'by the rule for keys';

# A credential that changes is another one at once, cached or not.
my $turn = unique('turn');
$path = path_with({});
my $row = admin_ok(POST => "/consumers/$consumer->{id}/jwt", { key => $turn, secret => 'one' });
my $token = token(key => 'one', claims => { iss => $turn });
is call(GET => $path, Authorization => "Bearer $token")->code, 200, 'good under the first secret';
admin_ok(PATCH => "/jwts/$row->{id}", { secret => 'two' });
is call(GET => $path, Authorization => "Bearer $token")->code, 401, 'not under the second';
is try_token($path, key => 'two', claims => { iss => $turn })->code, 200, 'whose token is good';
admin_ok(DELETE => "/jwts/$row->{id}");
is json_of(try_token($path, key => 'two', claims => { iss => $turn }))->{message}, "No credentials found for given 'iss'", 'gone is gone';
done_testing();
