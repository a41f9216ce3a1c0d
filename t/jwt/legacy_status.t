# SPDX-License-Identifier: Apache-2.0
# GwLegacyStatus On: tokens that nobody's key made get 403, as before Kong 1.2; all else stays 401 (ours.md 1, row 3).
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use Tokens qw(token key_for);

my $node = GatewayNode->start(GatewayNode::own_database(), proxy_extra => 'GwLegacyStatus On');
my $service = $node->admin_ok(POST => '/services', { url => upstream() });
$node->admin_ok(POST => "/services/$service->{id}/routes", { paths => ['/books'] });
my $plugin = $node->admin_ok(POST => "/services/$service->{id}/plugins", { name => 'jwt', config => { claims_to_verify => ['exp'], realm => 'the "shop"' } });
$node->admin_ok(POST => '/consumers', { username => 'alice' });
$node->admin_ok(POST => '/consumers/alice/jwt', { key => 'hmac', secret => 'secret' });
$node->admin_ok(POST => '/consumers/alice/jwt', { key => 'upload', rsa_public_key => (key_for('RS256'))[1] });
my $exp = time + 60;
sub bearer { my $token = token(claims => { exp => $exp, iss => 'hmac' }, @_); return (Authorization => "Bearer $token") }

for (
    [ 'no token', [], 401, 'Unauthorized' ],
    [ 'a token that is none', [ Authorization => 'Bearer x' ], 401, 'Bad token; invalid JSON' ],
    [ 'no key claim', [ bearer(claims => { exp => $exp }) ], 401, q(No mandatory 'iss' in claims) ],
    [ 'a key that nobody has', [ bearer(claims => { exp => $exp, iss => 'nobody' }) ], 403, q(No credentials found for given 'iss') ],
    [ 'another algorithm', [ bearer(alg => 'RS256', claims => { exp => $exp, iss => 'upload' }) ], 403, 'Invalid algorithm' ],
    [ 'another secret', [ bearer(key => 'other') ], 403, 'Invalid signature' ],
) {
    my ($name, $headers, $status, $message) = @$_;
    my $res = $node->call(GET => '/books', @$headers);
    is $res->code, $status, "$name: $status";
    is $res->content, qq({"message":"$message"}), "$name: body";
    is defined $res->header('WWW-Authenticate'), $status == 401, "$name: asked for another token with 401 only";
}
is $node->call(GET => '/books')->header('WWW-Authenticate'), 'Bearer realm="the \"shop\""', 'a realm with quotes is quoted';
is $node->call(GET => '/books', bearer(claims => { exp => 1, iss => 'hmac' }))->code, 401, 'claims are refused with 401';
is $node->call(GET => '/books', bearer())->code, 200, 'a good token';
$node->admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { secret_is_base64 => JSON::true } });
$node->admin_ok(POST => '/consumers/alice/jwt', { key => 'mute', secret => '***' });
my $res = $node->call(GET => '/books', bearer(claims => { exp => $exp, iss => 'mute' }));
is $res->code . $res->content, '403{"message":"Invalid key/secret"}', 'a secret that is none';
$node->admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { anonymous => 'alice' } });
is $node->call(GET => '/books', bearer(key => 'other'))->code, 200, 'where anonymous is set, it asks then, too';
is $node->admin(PATCH => "/plugins/$plugin->{id}", { config => { realm => "a\nb" } })->code, 400, 'a realm of two lines';
# A credential whose consumer is not there, as a hand in the database can leave it.
$node->admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { secret_is_base64 => JSON::false, anonymous => undef, realm => 'service' } });
my $lost = $node->admin_ok(POST => '/consumers', { username => 'lost' });
$node->admin_ok(POST => '/consumers/lost/jwt', { key => 'lost', secret => 'secret' });
$node->change_silently("DELETE FROM consumers WHERE id = '$lost->{id}'");
$res = $node->call(GET => '/books', bearer(claims => { exp => $exp, iss => 'lost' }));
is $res->code . $res->content, q(403{"message":"Could not find consumer for 'iss=lost'"}), 'its consumer is gone';
$node->admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { anonymous => 'alice' } });
is $node->call(GET => '/books', bearer(claims => { exp => $exp, iss => 'lost' }))->code, 200, 'and where anonymous is set, it asks then';
done_testing;
