# SPDX-License-Identifier: Apache-2.0
# Keys that an issuer publishes: fetched over https, chosen by kid, followed through a rollover, kept while the issuer is
# down or answers rubbish; every fetch bounded.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayBurst;
use GatewayNode;
use GatewayTest;
use TestIssuer qw(jwk jwks);
use Tokens ();
use Crypt::PK::ECC;
use Crypt::PK::RSA;
use JSON ();
use MIME::Base64 qw(encode_base64url);
use Time::HiRes qw(time);

my $issuer = TestIssuer->start;
my $node = GatewayNode->start(GatewayNode::own_database(), extra => 'GwJwksCAFile ' . $issuer->ca_file, threads => 16);
my $n = 12;

# Keys of the issuer, by kid.
my %key;
sub new_ec { my ($kid) = @_; $key{$kid} = Crypt::PK::ECC->new->generate_key('secp256r1'); return jwk($key{$kid}, kid => $kid, alg => 'ES256') }
my %jwk = map { $_ => new_ec($_) } qw(first second third);
my $text = JSON->new->utf8->canonical;
sub es256 {
    my ($kid, $claims, %header) = @_;
    my $input = join '.', map { encode_base64url($text->encode($_)) } { alg => 'ES256', (defined $kid ? (kid => $kid) : ()), %header }, $claims // { iss => 'idp' };
    return "$input." . encode_base64url($key{ $kid // 'first' }->sign_message_rfc7518($input, 'SHA256'));
}
my $path = '/books';
sub ask { my ($token) = @_; return $node->call(GET => $path, Authorization => "Bearer $token") }
sub all_say {
    my ($code, $token, $name) = @_;
    return is_deeply codes_of(burst($node->{proxy_port}, $path, connections => $n, headers => { Authorization => "Bearer $token" })),
        { $code => $n }, $name;
}

my $service = $node->admin_ok(POST => '/services', { name => 'books', url => upstream() });
$node->admin_ok(POST => '/services/books/routes', { paths => [$path] });
$node->admin_ok(POST => '/services/books/plugins', { name => 'jwt' });
$node->admin_ok(POST => '/consumers', { username => 'alice' });

# ---- what may be stored ----
for (
    [ 'no https', { jwks_uri => 'http://issuer.example/keys' }, { jwks_uri => 'must be an https URL' } ],
    [ 'a password', { jwks_uri => 'https://me:secret@issuer.example/keys' }, { jwks_uri => 'must not hold a user or password' } ],
    [ 'a file', { jwks_uri => 'file:///etc/passwd' }, { jwks_uri => 'missing scheme in url' } ],
    [ 'both', { jwks_uri => $issuer->url, jwks => jwks($jwk{first}) }, { '@entity' => [ q(only one or none of these fields must be set: 'jwks_uri', 'jwks') ] } ],
    [ 'no JSON', { jwks => 'keys' }, { jwks => 'invalid key set: not JSON' } ],
    [ 'no set', { jwks => '{}' }, { jwks => 'invalid key set: not a key set: there is no list of keys' } ],
    [ 'an empty one', { jwks => '{"keys":[]}' }, { jwks => 'invalid key set: no public key for signatures among its keys' } ],
    [ 'a private key', { jwks => jwks({ %{ $jwk{first} }, d => $jwk{first}{x} }) }, { jwks => 'invalid key set: no public key for signatures among its keys' } ],
    [ 'a shared secret', { jwks => jwks({ kty => 'oct', k => 'c2VjcmV0' }) }, { jwks => 'invalid key set: no public key for signatures among its keys' } ],
    [ '101 keys', { jwks => jwks(map { $jwk{first} } 0 .. 100) }, { jwks => 'invalid key set: more than 100 keys' } ],
    [ 'an algorithm of shared secrets', { jwks => jwks($jwk{first}), algorithms => ['HS256'] }, undef ],
) {
    my ($name, $fields, $want) = @$_;
    my $res = $node->admin(POST => '/consumers/alice/jwt', { key => "bad-$name", %$fields });
    is $res->code, 400, "$name: 400";
    is_deeply json_of($res)->{fields}, $want, "$name: told why" if $want;
}

# ---- a set in the row itself ----
my $row = $node->admin_ok(POST => '/consumers/alice/jwt', { key => 'own', algorithm => 'RS256', jwks => jwks($jwk{first}, $jwk{second}) });
is_deeply $row->{algorithms}, [qw(RS256 PS256 ES256 EdDSA)], 'the usual algorithms';
is ask(es256('first', { iss => 'own' }))->code, 200, 'a token of its first key';
is ask(es256('second', { iss => 'own' }))->code, 200, 'and of its second';
for (
    [ 'a key that it has not', es256('third', { iss => 'own' }), 'Invalid key/secret' ],
    [ 'two keys could be meant', es256(undef, { iss => 'own' }), 'Invalid key/secret' ],
    [ 'the name of another key', do { local $key{second} = $key{first}; es256('second', { iss => 'own' }) }, 'Invalid signature' ],
    [ 'a shared secret of the public key\'s bytes', Tokens::token(key => $key{first}->export_key_pem('public'), claims => { iss => 'own' }, header => { alg => 'HS256', kid => 'first' }), 'Invalid algorithm' ],
    [ 'another algorithm than the key\'s', es256('first', { iss => 'own' }, alg => 'RS256'), 'Invalid algorithm' ],
) {
    my ($name, $token, $why) = @$_;
    my $res = ask($token);
    is $res->code . $res->content, qq(401{"message":"$why"}), $name;
}
$node->admin_ok(PATCH => "/jwts/$row->{id}", { algorithms => ['EdDSA'] });
is json_of(ask(es256('first', { iss => 'own' })))->{message}, 'Invalid algorithm', 'an algorithm that is not allowed (any more)';
$node->admin_ok(PATCH => "/jwts/$row->{id}", { algorithms => ['ES256'], jwks => jwks($jwk{first}) });
is ask(es256('first', { iss => 'own' }))->code, 200, 'allowed again';
is ask(es256('second', { iss => 'own' }))->code, 401, 'a key that was taken out of the row is gone at once';
is ask(es256(undef, { iss => 'own' }))->code, 200, 'of one key a token need not say the name';

# ---- an issuer ----
$issuer->says(ok => jwks($jwk{first}));
$row = $node->admin_ok(POST => '/consumers/alice/jwt', { key => 'idp', jwks_uri => $issuer->url });
is $issuer->asked, 0, 'it is not asked before a token comes';
all_say(200, es256('first'), 'a token of its key');
my $asked = $issuer->asked;
cmp_ok $asked, '<=', 1 + $node->children, 'each child asks once at most';
all_say(200, es256('first'), 'again');
is $issuer->asked, $asked, 'and not again';

# Rollover: both keys, then the new one alone.
$issuer->says(ok => jwks($jwk{first}, $jwk{second}));
all_say(200, es256('second'), 'a key that is new: the set is fetched anew, without a refusal');
all_say(200, es256('first'), 'the old one is still good');
$issuer->says(ok => jwks($jwk{second}, $jwk{third}));
all_say(200, es256('third'), 'the next one');
eventually { (codes_of(burst($node->{proxy_port}, $path, connections => $n, headers => { Authorization => 'Bearer ' . es256('first') }))->{401} // 0) == $n }
    'the first is not good any more: what one child has seen, all see soon';
like $node->log_text, qr/GW4053.*keys=2/, 'it is told that keys changed';

# ---- rubbish, outages: the last good set stays ----
my $good = es256('third');
sub bad_token { return es256('first', { iss => 'idp', nonce => unique('n') }) } # a kid that the set does not have
for (
    [ 'HTML', [ ok => '<html>Sign in</html>' ] ],
    [ 'a status', [ status => 500 ] ],
    [ '10 MiB', ['huge'] ],
    [ 'a redirect to a file', [ redirect => 'file:///etc/passwd' ] ],
    [ 'a redirect to http', [ redirect => "http://127.0.0.1:$issuer->{port}/keys" ] ],
    [ 'a redirect to another host', [ redirect => "https://localhost:$issuer->{port}/keys" ] ],
    [ 'a redirect to itself', [ redirect => $issuer->url ] ],
    [ 'an empty set', [ ok => '{"keys":[]}' ] ],
    [ '101 keys', [ ok => jwks(map { $jwk{first} } 0 .. 100) ] ],
    [ 'a slow trickle', ['trickle'] ],
) {
    my ($name, $says) = @$_;
    # An issuer of its own each: how often one is asked is bounded.
    my $key = unique('idp');
    my $url = $issuer->url('/' . unique('keys'));
    $issuer->says(ok => jwks($jwk{third}));
    $node->admin_ok(POST => '/consumers/alice/jwt', { key => $key, jwks_uri => $url });
    is ask(es256('third', { iss => $key }))->code, 200, "$name: keys are there";
    $issuer->says(@$says);
    my $began = time;
    is ask(es256('first', { iss => $key }))->code, 401, "$name: a key that is not known is not good";
    cmp_ok time - $began, '<', 15, "$name: that took no longer than a fetch may";
    all_say(200, es256('third', { iss => $key }), "$name: the known one is, everywhere");
}
like $node->log_text, qr/GW4050[^\n]*too large/, 'why is told: size';
like $node->log_text, qr/GW4050[^\n]*more than 100 keys/, 'count';
like $node->log_text, qr/GW4050[^\n]*another host or scheme/, 'redirects elsewhere';
like $node->log_text, qr/GW4050[^\n]*redirects too often/, 'redirects in a circle';
unlike $node->log_text, qr/root:/, 'no file was read';

# A redirect within the same host is followed.
{
    my $key = unique('idp');
    open my $out, '>', "$issuer->{dir}/moved" or die $!;
    print $out jwks($jwk{second});
    close $out;
    $issuer->says(redirect => '/moved');
    $node->admin_ok(POST => '/consumers/alice/jwt', { key => $key, jwks_uri => $issuer->url('/' . unique('keys')) });
    is ask(es256('second', { iss => $key }))->code, 200, 'a redirect on the same host is followed';
}

# A flood of keys that nobody has: the issuer is asked at a bounded rate.
{
    my $key = unique('idp');
    $issuer->says(ok => jwks($jwk{third}));
    $node->admin_ok(POST => '/consumers/alice/jwt', { key => $key, jwks_uri => $issuer->url('/' . unique('keys')) });
    is ask(es256('third', { iss => $key }))->code, 200, 'a good token first';
    my $before = $issuer->asked;
    my $began = time;
    my @codes = map { my $kid = unique('kid'); local $key{$kid} = $key{first}; ask(es256($kid, { iss => $key }))->code } 1 .. 60;
    is scalar(grep { $_ == 401 } @codes), 60, 'unknown keys are refused';
    my $children = () = $node->children;
    cmp_ok $issuer->asked - $before, '<=', $children * (5 + (time - $began) / 10 + 1), 'and the issuer is not asked for each';
    is ask(es256('third', { iss => $key }))->code, 200, 'the good token goes on';
}

# ---- the issuer dies ----
$issuer->says(ok => jwks($jwk{third}));
$issuer->stop;
all_say(200, $good, 'dead: known keys stay good');
is ask(bad_token())->code, 401, 'dead: others are not';
my %old = map { $_ => 1 } $node->children;
$node->graceful;
eventually { !grep { $old{$_} } $node->children } 'dead: new children';
all_say(200, es256('third', { iss => 'idp', nonce => 2 }), 'dead: they have its keys from their elders');
$node->stop;
$node->launch->wait_until_up;
all_say(200, es256('third', { iss => 'idp', nonce => 3 }), 'dead: a new server, too');
$node->admin_ok(POST => '/consumers/alice/jwt', { key => 'never', jwks_uri => $issuer->url('/never-seen') });
my $res = ask(es256('third', { iss => 'never' }));
is $res->code . $res->content, '503{"message":"Service unavailable"}', 'dead: whose keys were never seen cannot be judged';
$node->admin_ok(POST => '/consumers/alice/jwt', { key => 'dup', jwks => jwks($jwk{third}) });
is ask(es256('third', { iss => 'dup' }))->code, 200, 'dead: nobody else suffers';
$issuer->launch;
eventually { ask(es256('third', { iss => 'never' }))->code == 200 } 'it is back', 40;
like $node->log_text, qr/GW405[23]/, 'and that is told';

# ---- whom to trust ----
my $stranger = TestIssuer->start; # of another CA
$stranger->says(ok => jwks($jwk{third}));
my $misnamed = TestIssuer->start(names => 'DNS:other.example');
for ([ 'another CA', $stranger->url ], [ 'no certificate for that name', do { $misnamed->says(ok => jwks($jwk{third})); $misnamed->url } ]) {
    my ($name, $url) = @$_;
    my $key = unique('idp');
    $node->admin_ok(POST => '/consumers/alice/jwt', { key => $key, jwks_uri => $url });
    is ask(es256('third', { iss => $key }))->code, 503, "$name: not trusted";
}
is $stranger->asked, 0, 'a server that is not trusted is not even asked';
done_testing;
