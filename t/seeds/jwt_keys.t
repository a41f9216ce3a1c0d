# SPDX-License-Identifier: Apache-2.0
# The jwt plugin as people's documents use it, the rest of contract seed-systems.md F: key pairs by openssl (F16), many
# credentials of one consumer (F19), longest lives (F8), enabled (F4), priority (F20), tokens signed by the shell.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use SeedCurl;
use File::Temp ();
use GatewayTest;
use MIME::Base64 qw(encode_base64url);
use Tokens qw(token);

my $name = unique('jwt-user');
my $consumer = curl_is([ '-d', "username=$name&custom_id=$name-custom", '/consumers' ], 201, 'a consumer')->{json};
my $service = new_service();
my $path = new_route($service)->{paths}[0];
my $plugin = curl_is([ '-X', 'POST', "/services/$service->{name}/plugins", '--data', 'name=jwt', '--data', 'enabled=true' ], 201, 'jwt')->{json};

# ---- openssl genrsa, openssl rsa -pubout ----
my $dir = File::Temp->newdir;
sub openssl { local $ENV{LD_PRELOAD} = ''; system("cd '$dir' && openssl $_[0] >/dev/null 2>&1") == 0 or die "openssl $_[0]" }
openssl('genrsa -out private.pem 2048');
openssl('rsa -in private.pem -outform PEM -pubout -out public.pem');
my $issuer = unique('rsa');
my $row = curl_is([ '-i', '-X', 'POST', "/consumers/$name/jwt", '-F', 'algorithm=RS256', '-F', "rsa_public_key=\@$dir/public.pem", '-F', "key=$issuer" ], 201,
    'its public key')->{json};
like $row->{rsa_public_key}, qr/^-----BEGIN PUBLIC KEY-----\n/, 'is kept as it is';
my $input = join '.', map { encode_base64url($_) } '{"typ":"JWT","alg":"RS256"}', qq({"iss":"$issuer"});
open my $out, '>', "$dir/input" or die $!;
print $out $input;
close $out;
openssl('dgst -sha256 -sign private.pem -out signature input');
open my $in, '<:raw', "$dir/signature" or die $!;
my $token = "$input." . encode_base64url(do { local $/; <$in> });
my $got = curl_is([ ":8000$path", '-H', "Authorization: Bearer $token" ], 200, 'a token signed by openssl');
my $headers = $got->{json}{headers};
is $headers->{'x-consumer-custom-id'}, "$name-custom", 'X-Consumer-Custom-ID';
is $headers->{'x-credential-identifier'}, $issuer, 'X-Credential-Identifier';
is $headers->{authorization}, "Bearer $token", 'the token goes on';
curl_is([ ":8000$path", '-H', "Authorization: Bearer $input." . encode_base64url('x' x 256) ], 401, 'no other');

# ---- many credentials ----
my @keys = map { unique("app$_") } 1 .. 3;
for (@keys) {
    my $made = curl_is([ '-X', 'POST', "/consumers/$name/jwt", '-H', 'Content-Type: application/x-www-form-urlencoded', '-d', "key=$_" ], 201, 'one more')->{json};
    is length $made->{secret}, 32, 'its secret is made';
    curl_is([ ":8000$path", '-H', 'Authorization: Bearer ' . token(key => $made->{secret}, claims => { iss => $_ }) ], 200, 'and good');
}
is scalar @{ curl_is([ "/consumers/$name/jwt" ], 200, 'all of them')->{json}{data} }, 4, 'are four';
is scalar @{ curl_is([ "/consumers/$consumer->{id}/jwt?size=2" ], 200, 'in pages')->{json}{data} }, 2, 'of two';
curl_is([ '-X', 'DELETE', "/consumers/$name/jwt/$keys[0]" ], 204, 'one goes, by its key');
is scalar @{ curl_is([ "/consumers/$name/jwt" ], 200, 'the others')->{json}{data} }, 3, 'stay';

# ---- the longest life: 401 (the manual says 403 in one place) ----
curl_is([ '-X', 'PATCH', "/plugins/$plugin->{id}", '-d', 'config.claims_to_verify=exp&config.maximum_expiration=3600' ], 200, 'at most an hour');
my $app = curl_is([ "/consumers/$name/jwt/$keys[1]" ], 200, 'a credential by its key')->{json};
sub of_app { return 'Authorization: Bearer ' . token(key => $app->{secret}, claims => { iss => $app->{key}, @_ }) }
is curl_is([ ":8000$path", '-H', of_app(exp => time + 7200) ], 401, 'two hours')->{body}, '{"exp":"exceeds maximum allowed expiration"}', 'are too long';
is curl_is([ ":8000$path", '-H', of_app() ], 401, 'no end')->{body}, '{"exp":"must be a number"}', 'is none';
curl_is([ ":8000$path", '-H', of_app(exp => time + 1800) ], 200, 'half an hour');

# ---- enabled=false; a global plugin beside one of the service ----
curl_is([ '-X', 'PATCH', "/plugins/$plugin->{id}", '-d', 'enabled=false' ], 200, 'switched off');
curl_is([ ":8000$path" ], 200, 'it asks for nothing');
curl_is([ '-X', 'PATCH', "/plugins/$plugin->{id}", '-d', 'enabled=true' ], 200, 'and on');
curl_is([ ":8000$path" ], 401, 'it does');

# ---- priority: jwt (1450) before key-auth (1250), and both must be content ----
curl_is([ '-X', 'POST', "/services/$service->{name}/plugins", '-d', 'name=key-auth' ], 201, 'key-auth as well');
is curl_is([ ":8000$path" ], 401, 'neither')->{body}, '{"message":"Unauthorized"}', 'jwt speaks first';
my $key = curl_is([ '-X', 'POST', "/consumers/$name/key-auth" , '-d', ''], 201, 'a key')->{json}{key};
is curl_is([ ":8000$path", '-H', of_app(exp => time + 60) ], 401, 'a token alone')->{json}{message}, 'No API key found in request', 'then key-auth';
curl_is([ ":8000$path", '-H', of_app(exp => time + 60), '-H', "apikey: $key" ], 200, 'both');
done_testing;
