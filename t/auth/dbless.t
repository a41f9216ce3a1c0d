# SPDX-License-Identifier: Apache-2.0
# Without a database server: keys with an end, hashed keys, passwords in plain text and as hashes, all from files.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(sha1_hex);
use File::Temp ();
use MIME::Base64 qw(encode_base64);
use GatewayNode;
use GatewayTest;

plan skip_all => 'the same on both databases' if is_postgres();

my $alice = '0a11ce00-0000-4000-8000-000000000001';
my $sha512 = '$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1';
my $rows = <<"TEXT";
_format_version: "3.0"
services:
- name: s
  url: @{[upstream()]}
  routes:
  - name: key
    paths: [/key]
    plugins:
    - name: key-auth
  - name: basic
    paths: [/basic]
    plugins:
    - name: basic-auth
consumers:
- id: $alice
  username: alice
TEXT
my $plain = <<"TEXT";
  keyauth_credentials:
  - key: lasting
  - key: brief
    ttl: 3
  basicauth_credentials:
  - username: alice
    password: secret
TEXT
my $kept = <<"TEXT";
_transform: false
TEXT
my $hashes = <<"TEXT";
  keyauth_credentials:
  - key: other
  basicauth_credentials:
  - username: old
    password: @{[sha1_hex("open sesame$alice")]}
  - username: crypt
    password: $sha512
TEXT
my $file = File::Temp->new(SUFFIX => '.yml');
print {$file} $rows . $plain;
$file->flush;
chmod 0644, $file->filename;

for my $at_rest (qw(plain hashed)) {
    my $node = GatewayNode->start(threads => 16, extra => "GwDeclarativeConfig \"$file\"\nGwKeyAtRest $at_rest\n");
    my $key = sub { $node->call(GET => '/key', apikey => $_[0])->code };
    my $basic = sub { $node->call(GET => '/basic', Authorization => 'Basic ' . encode_base64("$_[0]:$_[1]", ''))->code };
    eventually { $key->('lasting') == 200 } "$at_rest: a key";
    eventually { $key->('brief') == 401 } "$at_rest: a key with an end has one"; # counted from the load
    is $key->('lasting'), 200, "$at_rest: the other has none";
    is $key->('wrong'), 401, "$at_rest: a wrong one";
    is $basic->(alice => 'secret'), 200, "$at_rest: a password";
    is $basic->(alice => 'wrong'), 401, "$at_rest: a wrong one";
    like $node->admin_ok(GET => '/basic-auths/alice')->{password}, qr/^\$y\$/, "$at_rest: it is kept as a hash";
    my ($shown) = map { $_->{key} } @{ $node->admin_ok(GET => '/key-auths')->{data} };
    is $shown, $at_rest eq 'plain' ? 'lasting' : undef, "$at_rest: what is shown of the key" if $at_rest eq 'plain';
    eventually { !grep { defined $_->{key} } @{ $node->admin_ok(GET => '/key-auths')->{data} } } "$at_rest: no key is shown" if $at_rest eq 'hashed';
    is $node->admin(POST => '/consumers/alice/basic-auth', { username => 'x', password => 'y' })->code, 405, "$at_rest: no row can be made";

    # Another file, whose passwords are hashed already.
    my $res = $node->admin(POST => '/config', { config => $rows =~ s/\n/\n$kept/r . $hashes });
    is $res->code, 201, "$at_rest: a file with hashes" or diag $res->content;
    is $key->('lasting'), 401, "$at_rest: the keys of the first are void";
    is $key->('other'), 200, "$at_rest: those of the second are good";
    is $basic->(alice => 'secret'), 401, "$at_rest: so it is with passwords";
    is $basic->(crypt => 'secret'), 200, "$at_rest: a crypt(3) string is good";
    is $basic->(crypt => $sha512), 401, "$at_rest: and no password itself";
    is $basic->(old => 'open sesame'), 200, "$at_rest: the reference's SHA-1 is good";
    like $node->admin_ok(GET => '/basic-auths/old')->{password}, qr/^\$y\$/, "$at_rest: and becomes ours here too";
    is $basic->(old => 'open sesame'), 200, "$at_rest: which is good";
    is $basic->(old => sha1_hex("open sesame$alice")), 401, "$at_rest: the SHA-1 itself is not";
}
done_testing();
