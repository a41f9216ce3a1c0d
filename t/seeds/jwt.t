# SPDX-License-Identifier: Apache-2.0
# The jwt plugin as people's documents use it, line by line (contract seed-systems.md F, and B20, B22).
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use SeedCurl;
use File::Temp ();
use GatewayTest;
use Tokens qw(token key_for);

my $name = unique('jwt-user');
my $consumer = curl_is([ '-d', "username=$name", '/consumers' ], 201, 'a consumer')->{json};

sub new_path {
    my $service = new_service();
    return ($service, new_route($service));
}
sub message_is { my ($got, $text, $name) = @_; is $got->{body}, qq({"message":"$text"}), $name }

# ---- where it is attached: service, route, everything; old names of the parents ----
my ($service, $route) = new_path();
my $path = $route->{paths}[0];
for ([ "/services/$service->{id}/plugins", '--data', 'name=jwt' ], [ "/services/$service->{name}/plugins", '--data', 'name=jwt' ],
    [ "/routes/$route->{id}/plugins", '--data', 'name=jwt' ], [ "/routes/$route->{name}/plugins", '--data', 'name=jwt' ],
    [ '/plugins', '--data', 'name=jwt', '--data', "service_id=$service->{id}" ], [ '/plugins/', '-d', "name=jwt&route_id=$route->{id}" ],
    [ '/plugins', '--data', 'name=jwt', '--data', "service.id=$service->{id}", '--data', 'enabled=true' ], [ '/plugins', '--data', 'name=jwt' ])
{
    my $got = curl_is([ '-X', 'POST', @$_ ], 201, "@$_");
    message_is(curl_is([ ":8000$path" ], 401, 'then a token is asked for'), 'Unauthorized', 'by that text');
    curl_is([ '-X', 'DELETE', "/plugins/$got->{json}{id}" ], 204, 'taken off');
    curl_is([ ":8000$path" ], 200, 'and no longer');
}

# ---- the walk: BookKey and BookSecret ----
my $plugin = curl_is([ '-X', 'POST', "/services/$service->{name}/plugins", '-d', 'name=jwt', '-d', 'config.claims_to_verify=exp' ], 201, 'jwt')->{json};
my $key = unique('BookKey');
curl_is([ '-X', 'POST', "/consumers/$name/jwt", '-d', "key=$key", '-d', 'secret=BookSecret', '-d', 'algorithm=HS256' ], 201, 'a credential');
sub books { my %claims = (iss => $key, exp => time + 600, @_); return token(key => 'BookSecret', claims => \%claims) }
my $token = books();
curl_is([ ":8000$path", '-H', "Authorization:Bearer $token" ], 200, 'a header without a space after the colon');
curl_is([ ":8000$path", '-H', "Authorization: bearer $token" ], 200, 'a small b');
my $got = curl_is([ ":8000$path", '-H', "Authorization: Bearer $token" ], 200, 'a header');
my $headers = $got->{json}{headers};
is $headers->{authorization}, "Bearer $token", 'the token goes on to the upstream';
is $headers->{'x-consumer-id'}, $consumer->{id}, 'X-Consumer-ID';
is $headers->{'x-consumer-username'}, $name, 'X-Consumer-Username';
is $headers->{'x-credential-identifier'}, $key, 'X-Credential-Identifier';
ok !exists $headers->{$_}, "no $_" for qw(x-anonymous-consumer x-consumer-custom-id);
curl_is([ ":8000$path?jwt=$token" ], 200, 'a query parameter');
curl_is([ ":8000$path", '--cookie', "jwt=$token" ], 401, 'a cookie is not looked at');
curl_is([ '-X', 'PATCH', "/plugins/$plugin->{id}", '-d', 'config.cookie_names=jwt' ], 200, 'until it is named');
curl_is([ ":8000$path", '--cookie', "jwt=$token" ], 200, 'then it is');

# ---- the decision table: 401 throughout, whatever the manual says of 403 ----
message_is(curl_is([ ":8000$path" ], 401, 'no token'), 'Unauthorized', 'no token: text');
message_is(curl_is([ ":8000$path", '-H', 'Authorization: Bearer ' . token(key => 'BookSecret', claims => { exp => time + 60 }) ], 401, 'no iss'),
    q(No mandatory 'iss' in claims), 'no iss: text');
message_is(curl_is([ ":8000$path", '-H', 'Authorization: Bearer ' . token(key => 'other', claims => { iss => $key }) ], 401, 'a wrong signature'),
    'Invalid signature', 'a wrong signature: text');
message_is(curl_is([ ":8000$path", '-H', 'Authorization: Bearer ' . books(iss => unique('nobody')) ], 401, 'an iss that nobody has'),
    q(No credentials found for given 'iss'), 'an iss that nobody has: text');

# ---- the manual's sample token, of 2015 ----
my $sample = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJhMzZjMzA0OWIzNjI0OWEzYzlmODg5MWNiMTI3MjQzYyIsImV4cCI6MTQ0MjQzMDA1NCwibmJmIjoxNDQyNDI2'
    . 'NDU0LCJpYXQiOjE0NDI0MjY0NTR9.AhumfY35GFLuEEjrOXiaADo7Ae6gt_8VLwX7qffhQN4';
my $credential = curl_is([ '-X', 'POST', "/consumers/$name/jwt", '-d', 'key=a36c3049b36249a3c9f8891cb127243c', '-d', 'secret=e71829c351aa4242c2719cbfbe671c09' ],
    201, 'its credential')->{json};
is curl_is([ ":8000$path", '-H', "Authorization: Bearer $sample" ], 401, 'the sample has expired')->{body}, '{"exp":"token expired"}', 'and that is all';
curl_is([ '-X', 'PATCH', "/plugins/$plugin->{id}", '-d', 'config.claims_to_verify=' ], 200, 'claims are no longer looked at');
curl_is([ ":8000$path", '-H', "Authorization: Bearer $sample" ], 200, 'its signature is good');
curl_is([ '-X', 'DELETE', "/consumers/$name/jwt/$credential->{id}" ], 204, 'the credential goes');
curl_is([ ":8000$path", '-H', "Authorization: Bearer $sample" ], 401, 'the token with it');

# The same of RS256: its public key, its algorithm and its issuer are all that is needed.
my $sample_key = <<'PEM';
-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAzNEeslouDJWdQV4qYnRr
sZ8A71IFmK5TNvKNEDDd9LLBLVkW2obn4tlVdD917mO4R8C1naWcv1kO1CKUQR3Y
HFpz1UIgCwelwqpP2ZiwMv5RdcQres2R9qIR1XgVVXG1Smpyjng2GQrSaruni95Y
Z/vg72Fkbbfgd/CV2DHXgnfHjo9XM5iSE+LJImkBrkFMtP8dtc26vmxUXVlWMvmZ
WcKAvhP+pzlzrZY7R/IkzxIok9p4MS9U6G8zSPIWtmn1PhrvGMXfZdwQqa6byncb
xRrsbiqr+NXkWuenZH8hDyQ5Z5KvlvRjDpQjIoH9Our7BATMk0jPH2X8iUwizURc
6QIDAQAB
-----END PUBLIC KEY-----
PEM
my $sample_rs256 = 'eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhMzZjMzA0OWIzNjI0OWEzYzlmODg5MWNiMTI3MjQzYyIsImV4cCI6MTQ0MjQzMDA1NCwibmJmIjox'
    . 'NDQyNDI2NDU0LCJpYXQiOjE0NDI0MjY0NTR9.j2BjoS75UIKgrz4rQnYhrlyed0esBf267vYXjEAuvTGRTBjwC7LmMugAfEzvy01_kTT8k3IxueO2C6VLj3Zs4WRKyshaVF2HT_rbVl4aQ'
    . 'iiiY5KGQ_HpIBEWZ9LKRU2vVu_cNoBwkZv0qwkSxrobF3adfViojmJx51Fb7N6hytY6d3E0osWZFj4OG2bbo3OSieUvUVhTgF-2dwPOlS302WVEIUcLd7pvVbbKO5uIeOCvPReJudRyMKBg'
    . 'KisLSBUGHz_F41I9LaxRuthugkc8D3noyW7FGih_TlVD52yrUBvYiGKjlCgb1KsYr9h99ntnhByvxWwplYDvi9l3wWqaLA';
my $sample_dir = File::Temp->newdir;
write_file("$sample_dir/sample.pem", $sample_key);
$credential = curl_is([ '-X', 'POST', "/consumers/$name/jwt", '-F', "rsa_public_key=\@$sample_dir/sample.pem", '-F', 'algorithm=RS256',
    '-F', 'key=a36c3049b36249a3c9f8891cb127243c' ], 201, 'its public key')->{json};
is $credential->{rsa_public_key}, $sample_key, 'is kept as it came';
curl_is([ ":8000$path", '-H', "Authorization: Bearer $sample_rs256" ], 200, 'the RS256 sample: its signature is good');
message_is(curl_is([ ":8000$path", '-H', "Authorization: Bearer $sample" ], 401, 'the HS256 sample'), 'Invalid algorithm', 'is not one of this credential');
curl_is([ '-X', 'PATCH', "/plugins/$plugin->{id}", '-d', 'config.claims_to_verify=exp,nbf' ], 200, 'claims are looked at again');
is curl_is([ ":8000$path", '-H', "Authorization: Bearer $sample_rs256" ], 401, 'the RS256 sample has expired')->{body}, '{"exp":"token expired"}', 'and that is all';
(my $other_body = $sample_rs256) =~ s/\.eyJpc3Mi/.eyJpc3Mj/;
curl_is([ ":8000$path", '-H', "Authorization: Bearer $other_body" ], 401, 'a letter of it changed');
curl_is([ '-X', 'DELETE', "/consumers/$name/jwt/$credential->{id}" ], 204, 'the credential goes');

# ---- claims: a comma list in a form ----
$got = curl_is([ '-X', 'PATCH', "/plugins/$plugin->{id}", '--data', 'config.claims_to_verify=exp,nbf' ], 200, 'exp,nbf');
is_deeply $got->{json}{config}{claims_to_verify}, [qw(exp nbf)], 'are two';
is curl_is([ ":8000$path", '-H', 'Authorization: Bearer ' . books(nbf => time + 600) ], 401, 'not yet')->{body}, '{"nbf":"token not valid yet"}', 'says so';
curl_is([ ":8000$path", '-H', 'Authorization: Bearer ' . books(nbf => time - 60) ], 200, 'both good');
curl_is([ '-X', 'PATCH', "/plugins/$plugin->{id}", '--data', 'config.maximum_expiration=900' ], 200, 'a longest life');
is curl_is([ ":8000$path", '-H', 'Authorization: Bearer ' . books(nbf => 1, exp => time + 4000) ], 401, 'longer')->{body},
    '{"exp":"exceeds maximum allowed expiration"}', 'says so';

# ---- the key claim: in the payload, else in the header, under another name ----
curl_is([ '-X', 'PATCH', "/plugins/$plugin->{id}", '-d', 'config.maximum_expiration=0&config.claims_to_verify=' ], 200, 'no claims again');
$token = token(key => 'BookSecret', header => { alg => 'HS256', typ => 'JWT', iss => $key }, claims => { sub => 'x' });
curl_is([ ":8000$path", '-H', "Authorization: Bearer $token" ], 200, 'iss in the header');
curl_is([ '-X', 'PATCH', "/plugins/$plugin->{id}", '-d', 'config.key_claim_name=kid' ], 200, 'kid instead');
$token = token(key => 'BookSecret', header => { alg => 'HS256', typ => 'JWT', kid => $key }, claims => { sub => 'x' });
curl_is([ ":8000$path", '-H', "Authorization: Bearer $token" ], 200, 'kid in the header');
curl_is([ '-X', 'PATCH', "/plugins/$plugin->{id}", '-d', 'config.key_claim_name=iss' ], 200, 'iss again');

# ---- a secret in base64, set on a route ----
my (undef, $other) = new_path();
my $on_route = curl_is([ '-X', 'POST', "/routes/$other->{id}/plugins", '-d', 'name=jwt' ], 201, 'jwt on a route')->{json};
curl_is([ '-X', 'PATCH', "/routes/$other->{id}/plugins/$on_route->{id}", '--data', 'config.secret_is_base64=true' ], 200, 'secret_is_base64');
my $blob = unique('blob');
curl_is([ '-X', 'POST', "/consumers/$name/jwt", '-d', "key=$blob", '-d', 'secret=YmxvYiBkYXRh' ], 201, '"blob data" in base64');
$token = token(key => 'blob data', claims => { iss => $blob });
curl_is([ ":8000$other->{paths}[0]", '-H', "Authorization: Bearer $token" ], 200, 'is the key');
curl_is([ ":8000$path", '-H', "Authorization: Bearer $token" ], 401, 'where it is not said to be base64, it is not');

# ---- anonymous: a consumer by id or by name; preflights ----
for my $anonymous ($consumer->{id}, $name) {
    curl_is([ '-X', 'PATCH', "/plugins/$on_route->{id}", '-d', "config.anonymous=$anonymous" ], 200, "anonymous=$anonymous");
    $got = curl_is([ ":8000$other->{paths}[0]" ], 200, 'no token is needed');
    is $got->{json}{headers}{'x-anonymous-consumer'}, 'true', 'X-Anonymous-Consumer';
    is $got->{json}{headers}{'x-consumer-id'}, $consumer->{id}, 'who it is then';
}
curl_is([ '-X', 'PATCH', "/plugins/$on_route->{id}", '-d', 'config.anonymous=' ], 200, 'nobody again');
curl_is([ '-X', 'OPTIONS', ":8000$other->{paths}[0]" ], 401, 'OPTIONS is asked, too');
curl_is([ '-X', 'PATCH', "/plugins/$on_route->{id}", '-d', 'config.run_on_preflight=false' ], 200, 'run_on_preflight=false');
curl_is([ '-X', 'OPTIONS', ":8000$other->{paths}[0]" ], 200, 'then it is not');

# ---- public keys: made by openssl, uploaded as files ----
my $dir = File::Temp->newdir;
sub openssl { system("cd '$dir' && openssl $_[0] >/dev/null 2>&1") == 0 or die "openssl $_[0]" }
my (undef, $pem) = key_for('RS256');
write_file("$dir/public.pem", $pem);
sub write_file { my ($file, $text) = @_; open my $out, '>', $file or die $!; print {$out} $text; close $out or die $! }
my $issuer = unique('rsa');
$got = curl_is([ '-X', 'POST', "/consumers/$name/jwt", '-F', "rsa_public_key=\@$dir/public.pem", '-F', "key=$issuer" ], 201, 'uploaded without algorithm');
my $signed = token(alg => 'RS256', claims => { iss => $issuer });
message_is(curl_is([ ":8000$path", '-H', "Authorization: Bearer $signed" ], 401, 'a token of RS256'), 'Invalid algorithm', 'is another algorithm');
curl_is([ '-X', 'PATCH', "/consumers/$name/jwt/$got->{json}{id}", '-d', 'algorithm=RS256' ], 200, 'once the algorithm is said');
curl_is([ ":8000$path", '-H', "Authorization: Bearer $signed" ], 200, 'it is good');

# Auth0: the key in a certificate; the issuer is a URL with a slash at the end.
my ($private) = key_for('RS256');
write_file("$dir/key.pem", $private->export_key_pem('private'));
openssl('req -x509 -new -key key.pem -days 1 -subj /CN=company.auth0.example -out company.pem');
openssl('x509 -pubkey -noout -in company.pem -out pubkey.pem');
my $auth0 = 'https://' . unique('company') . '.auth0.example/';
$got = curl_is([ '-i', '-X', 'POST', "/consumers/$name/jwt", '-F', 'algorithm=RS256', '-F', "rsa_public_key=\@$dir/company.pem", '-F', "key=$auth0" ], 400,
    'the certificate itself');
is $got->{json}{fields}{rsa_public_key}, 'invalid key', 'is no key';
$got = curl_is([ '-i', '-X', 'POST', "/consumers/$name/jwt", '-F', 'algorithm=RS256', '-F', "rsa_public_key=\@$dir/pubkey.pem", '-F', "key=$auth0" ], 201,
    'its public key is');
is $got->{json}{key}, $auth0, 'under the whole URL';
curl_is([ ":8000$path", '-H', 'Authorization: Bearer ' . token(alg => 'RS256', claims => { iss => $auth0 }) ], 200, "the issuer's token");
(my $cut = $auth0) =~ s{/$}{};
curl_is([ ":8000$path", '-H', 'Authorization: Bearer ' . token(alg => 'RS256', claims => { iss => $cut }) ], 401, 'without the slash it is another');
(my $segment = $auth0) =~ s/([^A-Za-z0-9.-])/sprintf '%%%02X', ord $1/ge;
is curl_is([ "/jwts/$segment/consumer" ], 200, 'the consumer of that key')->{json}{id}, $consumer->{id}, 'is ours';

# ECDSA, as openssl writes it.
openssl('ecparam -genkey -name prime256v1 -noout -out ec.pem');
openssl('ec -in ec.pem -pubout -out ec-public.pem');
curl_is([ '-X', 'POST', "/consumers/$name/jwt", '-F', 'algorithm=ES256', '-F', "rsa_public_key=\@$dir/ec-public.pem" ], 201, 'a key of P-256');
curl_is([ '-X', 'POST', "/consumers/$name/jwt", '-F', 'algorithm=ES256', '-F', "rsa_public_key=\@$dir/ec.pem" ], 400, 'never a private one');
done_testing;
