# SPDX-License-Identifier: Apache-2.0
# Every algorithm from the stored key to the upstream, and every key that does not belong to it refused when stored.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use Tokens qw(token key_for);

my $service = new_service();
my $route = new_route($service);
add_plugin("/routes/$route->{id}", 'jwt');
my $path = $route->{paths}[0];
my $consumer = new_consumer(custom_id => unique('custom'));

for my $alg (qw(HS256 HS384 HS512 RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519)) {
    my $key = unique("iss-$alg");
    my (undef, $pem) = $alg =~ /^HS/ ? () : key_for($alg);
    my $row = admin_ok(POST => "/consumers/$consumer->{id}/jwt",
        { key => $key, algorithm => $alg, secret => 's3cret', defined $pem ? (rsa_public_key => $pem) : () });
    is $row->{algorithm}, $alg, "$alg: stored";
    my $token = token(alg => $alg, key => 's3cret', claims => { iss => $key });
    for my $time ('first', 'second') { # the second is verified from the cache
        my $res = call(GET => $path, Authorization => "Bearer $token");
        is $res->code, 200, "$alg: admitted the $time time";
        my $seen = json_of($res)->{headers};
        is $seen->{'x-consumer-id'}, $consumer->{id}, "$alg: the upstream knows the consumer";
        is $seen->{'x-consumer-username'}, $consumer->{username}, "$alg: by name";
        is $seen->{'x-consumer-custom-id'}, $consumer->{custom_id}, "$alg: by custom id";
        is $seen->{'x-credential-identifier'}, $key, "$alg: and the credential by its key";
        is $seen->{authorization}, "Bearer $token", "$alg: the token is forwarded";
    }
    my $other = $alg eq 'HS256' ? 'HS384' : 'HS256';
    my $res = call(GET => $path, Authorization => 'Bearer ' . token(alg => $other, key => 's3cret', claims => { iss => $key }));
    is $res->code, 401, "$alg: a token of another algorithm is refused";
    is json_of($res)->{message}, 'Invalid algorithm', "$alg: by name";
    (my $bad = $token) =~ s/(.)(.{8})$/($1 eq 'A' ? 'B' : 'A') . $2/e;
    $res = call(GET => $path, Authorization => "Bearer $bad");
    is $res->code, 401, "$alg: a changed signature is refused";
    is json_of($res)->{message}, 'Invalid signature', "$alg: by name";
}

my %wrong_key = (RS256 => 'ES256', PS256 => 'EdDSA', ES256 => 'ES384', ES384 => 'RS256', ES512 => 'ES256', EdDSA => 'RS256', Ed448 => 'EdDSA');
for my $alg (sort keys %wrong_key) {
    my (undef, $pem) = key_for($wrong_key{$alg});
    my $res = admin(POST => "/consumers/$consumer->{id}/jwt", { algorithm => $alg, rsa_public_key => $pem });
    is $res->code, 400, "$alg with a key of $wrong_key{$alg} is refused";
    is_deeply json_of($res)->{fields}, { rsa_public_key => 'invalid key',
        '@entity' => ["failed conditional validation given value of field 'algorithm'"] }, "$alg: the field is named";
    $res = admin(POST => "/consumers/$consumer->{id}/jwt", { algorithm => $alg });
    is json_of($res)->{fields}{rsa_public_key}, 'required field missing', "$alg without a key";
}
my ($private) = key_for('RS256');
for my $case (['a private key' => $private->export_key_pem('private')], ['no PEM' => 'hello']) {
    is admin(POST => "/consumers/$consumer->{id}/jwt", { algorithm => 'RS256', rsa_public_key => $case->[1] })->code, 400, "$case->[0] is refused";
}
done_testing();
