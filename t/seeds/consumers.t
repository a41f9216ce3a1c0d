# SPDX-License-Identifier: Apache-2.0
# Consumers and credentials as people's documents make them, line by line (contract seed-systems.md B).
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use SeedCurl;
use File::Temp ();
use GatewayTest;
use Tokens qw(token key_for);

my $name = unique('fiona');
my $custom = unique('app');

# ---- consumers: form bodies, with and without a slash at the end ----
my $got = curl_is([ '-d', "username=$name", '-d', "custom_id=$custom", '/consumers/' ], 201, 'a consumer');
my $id = $got->{json}{id};
is_deeply [ sort keys %{ $got->{json} } ], [qw(created_at custom_id id tags updated_at username)], 'its members';
curl_is([ '-X', 'POST', '/consumers', '--data', 'username=' . unique('plain') ], 201, 'username alone');
curl_is([ '-X', 'POST', '/consumers', '--data', 'custom_id=' . unique('plain') ], 201, 'custom_id alone');
curl_is([ '-X', 'POST', '/consumers' ], 400, 'neither');
$got = curl_is([ '-d', "username=$name", '-d', "custom_id=$custom", '/consumers/' ], 409, 'a portal makes it again and goes on');
is $got->{json}{name}, 'unique constraint violation', 'what it ignores';
is curl_is([ "/consumers/$_" ], 200, "by $_")->{json}{id}, $id, 'the same' for $id, $name;
is curl_is([ "/consumers/?custom_id=$custom" ], 200, 'by custom_id')->{json}{data}[0]{id}, $id, 'the same';

# ---- keys: several for one consumer, by query and by header ----
my $service = new_service();
my $path = new_route($service, paths => [ '/' . unique('keys') ])->{paths}[0];
curl_is([ '-X', 'POST', "/services/$service->{name}/plugins/", '--data', 'name=key-auth' ], 201, 'key-auth');
my ($open, $uuid) = (unique('open_sesame'), sprintf '%08x-1111-4222-8333-%012x', $$, time);
is curl_is([ '-X', 'POST', "/consumers/$name/key-auth/", '--data', "key=$open" ], 201, 'a key of choice')->{json}{key}, $open, 'is kept';
is curl_is([ '-X', 'POST', "/consumers/$name/key-auth/", '--data', "key=$uuid" ], 201, 'a UUID as a second key')->{json}{key}, $uuid, 'is kept';
my $made = curl_is([ '-X', 'POST', "/consumers/$name/key-auth" ], 201, 'a third that is made')->{json}{key};
like $made, qr/^[0-9A-Za-z]{32}$/, '32 characters';
curl_is([ ":8000$path" ], 401, 'no key');
for my $key ($open, $uuid, $made) {
    curl_is([ ":8000$path?apikey=$key" ], 200, 'by query');
    is curl_is([ ":8000$path", '-H', "apikey:$key" ], 200, 'by header, no space')->{json}{headers}{'x-consumer-username'}, $name, 'who asked';
}
curl_is([ ":8000$path", '-H', 'apikey: wrong' ], 401, 'a wrong key');

# ---- jwt credentials ----
$got = curl_is([ '-X', 'POST', "/consumers/$name/jwt", '-H', 'Content-Type: application/x-www-form-urlencoded' ], 201, 'an empty form');
like $got->{json}{$_}, qr/^[0-9A-Za-z]{32}$/, "$_ is made" for qw(key secret);
is $got->{json}{algorithm}, 'HS256', 'HS256';
is $got->{json}{consumer}{id}, $id, 'of the consumer';
my $first = $got->{json};
is_deeply curl_is([ "/consumers/$name/jwt" ], 200, 'its list')->{json}, { data => [$first], next => undef }, 'has it';
ok scalar(grep { $_->{id} eq $first->{id} } @{ curl_is([ '/jwts?size=1000' ], 200, 'all of them')->{json}{data} }), 'so has the list of all';
for my $filter ("id=$first->{id}", "key=$first->{key}", "consumer_id=$id", "consumer_id=$id&size=1") {
    is_deeply [ map { $_->{id} } @{ curl_is([ "/jwts?$filter" ], 200, $filter)->{json}{data} } ], [ $first->{id} ], 'finds it';
}
is curl_is([ "/jwts/$first->{$_}/consumer" ], 200, "the consumer of its $_")->{json}{id}, $id, 'is ours' for qw(key id);
is curl_is([ "/consumers/$id" ], 200, 'what a service asks with X-Consumer-ID')->{json}{username}, $name, 'more about the consumer';

for my $algorithm (qw(HS256 HS384 HS512)) {
    my $key = unique($algorithm);
    $got = curl_is([ '-X', 'POST', "/consumers/$id/jwt", '-d', "key=$key", '-d', 'secret=s3cr3t', '-d', "algorithm=$algorithm" ], 201, $algorithm);
    is_deeply [ @{ $got->{json} }{qw(key secret algorithm)} ], [ $key, 's3cr3t', $algorithm ], 'as it was sent';
}

# A public key is uploaded as a file, its last newline too.
sub pem_file { my $file = File::Temp->new; print {$file} $_[0]; $file->flush; return $file }
for my $algorithm (qw(RS256 ES256)) {
    my (undef, $pem) = key_for($algorithm);
    my $file = pem_file($pem);
    $got = curl_is([ '-X', 'POST', "/consumers/$name/jwt", '-F', "rsa_public_key=\@$file", '-F', "algorithm=$algorithm", '-F', 'key=' . unique($algorithm) ],
        201, "$algorithm: a file");
    is $got->{json}{rsa_public_key}, $pem, 'its bytes';
    $got = curl_is([ '-X', 'POST', "/consumers/$name/jwt", '-F', "rsa_public_key=\@$file" ], 201, 'without an algorithm');
    is $got->{json}{algorithm}, 'HS256', 'it is recorded as HS256';
    like $got->{head}, qr/^X-Gw-Warning: rsa_public_key is not used/m, 'and a warning tells';
}
my $file = pem_file("no key\n");
$got = curl_is([ '-X', 'POST', "/consumers/$name/jwt", '-F', "rsa_public_key=\@$file", '-F', 'algorithm=RS256' ], 400, 'a file that is no key');
is $got->{json}{fields}{rsa_public_key}, 'invalid key', 'says so';

curl_is([ '-i', '-X', 'DELETE', "/consumers/$name/jwt/$first->{id}" ], 204, 'DELETE');
curl_is([ "/jwts/$first->{id}" ], 404, 'gone');
curl_is([ '-X', 'DELETE', "/consumers/$name" ], 204, 'the consumer goes');
is_deeply curl_is([ "/jwts?consumer_id=$id" ], 200, 'its credentials')->{json}{data}, [], 'went with it';
curl_is([ ":8000$path?apikey=$open" ], 401, 'and its keys');
done_testing;
