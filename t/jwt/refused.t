# SPDX-License-Identifier: Apache-2.0
# Tokens that are refused with 401 and the contract's text, and never reach the upstream.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use Math::BigInt;
use Tokens qw(token key_for signed b64);

my $service = new_service();
my $route = new_route($service);
add_plugin("/routes/$route->{id}", 'jwt');
my $path = $route->{paths}[0];
my $consumer = new_consumer();
my ($hs, $rs, $ps, $es, $ed) = map { unique($_) } qw(hs rs ps es ed);
my %pem = map { $_ => (key_for($_))[1] } qw(RS256 ES256 EdDSA);
admin_ok(POST => "/consumers/$consumer->{id}/jwt", { key => $hs, secret => 'secret' });
admin_ok(POST => "/consumers/$consumer->{id}/jwt", { key => $rs, algorithm => 'RS256', rsa_public_key => $pem{RS256} });
admin_ok(POST => "/consumers/$consumer->{id}/jwt", { key => $ps, algorithm => 'PS256', rsa_public_key => $pem{RS256} });
admin_ok(POST => "/consumers/$consumer->{id}/jwt", { key => $es, algorithm => 'ES256', rsa_public_key => $pem{ES256} });
admin_ok(POST => "/consumers/$consumer->{id}/jwt", { key => $ed, algorithm => 'EdDSA', rsa_public_key => $pem{EdDSA} });

my $good = token(claims => { iss => $hs });
my ($h, $p, $s) = split /\./, $good;
my $claims = qq({"iss":"$hs"});
sub with_header { token(header => $_[0], claims => $_[1] // $claims) }
sub es_signature { my ($header) = b64('{"alg":"ES256"}'); return "$header." . b64(qq({"iss":"$es"})) . '.' . b64($_[0]) }
my $order = pack 'H*', 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';
my ($zero, $one, $big) = ("\0" x 32, "\0" x 31 . "\1", "\xff" x 32);
# Good but for its salt, which is to be as long as the hash (RFC 7518 3.5).
sub salted {
    my ($length) = @_;
    my $input = b64('{"alg":"PS256"}') . '.' . b64(qq({"iss":"$ps"}));
    return "$input." . b64((key_for('PS256'))[0]->sign_message($input, 'SHA256', 'pss', $length));
}
# A good signature with the group's order added to S: the same to a reader who does not look (RFC 8032 5.1.7).
sub beyond_order {
    my $input = b64('{"alg":"EdDSA"}') . '.' . b64(qq({"iss":"$ed"}));
    my ($r, $s) = unpack 'a32 a32', signed('EdDSA', $input);
    my $order = Math::BigInt->new(2)->bpow(252)->badd('27742317777372353535851937790883648493');
    my $sum = Math::BigInt->from_hex(unpack 'H*', reverse $s)->badd($order);
    return "$input." . b64($r . reverse pack 'H*', substr '0' x 64 . substr($sum->as_hex, 2), -64);
}
my ($json, $alg, $sig, $bad) = map { "Bad token; invalid $_" } qw(JSON alg signature claims);

my @cases = (
    (map { ["alg $_", with_header(qq({"alg":"$_"})), $alg] } qw(none None NONE nOnE)),
    ['alg missing', with_header('{"typ":"JWT"}'), $alg],
    ['alg null', with_header('{"alg":null}'), $alg],
    ['alg a number', with_header('{"alg":256}'), $alg],
    ['alg twice', with_header('{"alg":"HS256","alg":"none"}'), $json],
    ['alg none without signature', b64('{"alg":"none"}') . '.' . b64($claims) . '.', $alg],
    ['HS256 signed with the public PEM', token(key => $pem{RS256}, claims => { iss => $rs }), 'Invalid algorithm'],
    ['HS256 signed with the public DER', token(key => (key_for('RS256'))[0]->export_key_der('public_x509'), claims => { iss => $rs }), 'Invalid algorithm'],
    ['ES256 for an RS256 credential', token(alg => 'ES256', claims => { iss => $rs }), 'Invalid algorithm'],
    (map { ["PS256 with a salt of $_ bytes", salted($_), 'Invalid signature'] } 0, 20, 33),
    ['EdDSA with S beyond the order', beyond_order(), 'Invalid signature'],
    ['HS384 for an HS256 credential', token(alg => 'HS384', claims => { iss => $hs }), 'Invalid algorithm'],
    ['RS512 for an RS256 credential', token(alg => 'RS512', claims => { iss => $rs }), 'Invalid algorithm'],
    ['PS256 for an RS256 credential', token(alg => 'PS256', claims => { iss => $rs }), 'Invalid algorithm'],
    ['ES256 with r = s = 0', es_signature($zero . $zero), 'Invalid signature'],
    ['ES256 with r = 0', es_signature($zero . $one), 'Invalid signature'],
    ['ES256 with r = s = n', es_signature($order . $order), 'Invalid signature'],
    ['ES256 with r, s beyond n', es_signature($big . $big), 'Invalid signature'],
    ['ES256 of 63 bytes', es_signature('x' x 63), 'Invalid signature'],
    ['ES256 of 65 bytes', es_signature('x' x 65), 'Invalid signature'],
    ['ES256 in DER', es_signature(pack('H*', '3006020101020101')), 'Invalid signature'],
    ['EdDSA of zeros', b64('{"alg":"EdDSA"}') . '.' . b64(qq({"iss":"$ed"})) . '.' . b64("\0" x 64), 'Invalid signature'],
    ['no dot', 'abc', $json], ['one dot', 'a.b', $json], ['three dots', "$good.x", $sig], ['five parts', "$good.a.b", $sig],
    ['10,000 dots', '.' x 10000, $json],
    ['an empty signature', "$h.$p.", 'Invalid signature'],
    ['standard base64', "$h.$p.ab+/", $sig], ['padding', "$h.$p.$s=", $sig], ['padding in the payload', "$h.$p=.$s", $json],
    ['trailing bits', "$h.$p." . substr($s, 0, -1) . 'B', $sig],
    ['white space inside', "$h.$p. $s", $sig],
    ['the header an array', with_header('[]'), $json], ['the payload a string', with_header('{"alg":"HS256"}', '"x"'), $json],
    ['a member twice', with_header('{"alg":"HS256"}', qq({"iss":"$hs","iss":"$rs"})), $json],
    ['10,000 nested brackets', with_header('{"alg":"HS256"}', '{"a":' . '[' x 5000 . ']' x 5000 . '}'), $json],
    ['NUL in a string', with_header('{"alg":"HS256"}', '{"iss":"a\u0000"}'), $json],
    ['invalid UTF-8', with_header('{"alg":"HS256"}', qq({"iss":"\xff"})), $json],
    ['crit unknown', with_header('{"alg":"HS256","crit":["x"]}'), $json], ['crit empty', with_header('{"alg":"HS256","crit":[]}'), $json],
    ['b64 false', with_header('{"alg":"HS256","b64":false}'), $json],
    ['a number beyond a double', with_header('{"alg":"HS256"}', qq({"iss":"$hs","x":1e400})), $json],
    ['3,950 empty objects', with_header('{"alg":"HS256"}', qq({"iss":"$hs","x":[) . join(',', ('{}') x 3950) . ']}'), $json],
    ['no claims', with_header('{"alg":"HS256"}', '{}'), $bad],
    ['no claims, the key in the header', with_header(qq({"alg":"HS256","iss":"$hs"}), '{}'), $bad],
    ['the key claim an array', with_header('{"alg":"HS256"}', '{"iss":["a"]}'), "Invalid 'iss' in claims"],
    ['the key claim a number', with_header('{"alg":"HS256"}', '{"iss":1}'), "Invalid 'iss' in claims"],
    ['the key claim an object', with_header('{"alg":"HS256"}', '{"iss":{}}'), "Invalid 'iss' in claims"],
    ['the key claim empty', with_header('{"alg":"HS256"}', '{"iss":""}'), "Invalid 'iss' in claims"],
    ['no key claim', with_header('{"alg":"HS256"}', '{"sub":"x"}'), "No mandatory 'iss' in claims"],
    ['nobody by that key', token(claims => { iss => unique('nobody') }), "No credentials found for given 'iss'"],
    ['another secret', token(key => 'other', claims => { iss => $hs }), 'Invalid signature'],
    ['17 KiB', token(claims => { iss => $hs, x => 'x' x 17000 }), $json],
);

is call(GET => $path, Authorization => "Bearer $good")->code, 200, 'the token that all others are made from is good';
is call(GET => $path, Authorization => 'Bearer ' . token(alg => 'EdDSA', claims => { iss => $ed }))->code, 200, 'so are the others of EdDSA';
is call(GET => $path, Authorization => 'Bearer ' . salted(32))->code, 200, 'and of PS256';
my $before = arrived("$path-refused");
for (@cases) {
    my ($name, $token, $want) = @$_;
    my $res = call(GET => "$path-refused", Authorization => "Bearer $token");
    is $res->code, 401, "$name: 401";
    is eval { json_of($res)->{message} }, $want, "$name: $want";
    is $res->header('WWW-Authenticate'), 'Bearer realm="service", error="invalid_token"', "$name: challenged";
}
is arrived("$path-refused"), $before, 'not one of them reached the upstream';

my $res = call(GET => $path);
is $res->code, 401, 'no token: 401';
is json_of($res)->{message}, 'Unauthorized', 'no token: Unauthorized';
is $res->header('WWW-Authenticate'), 'Bearer realm="service"', 'no token: a challenge without error';
done_testing();
