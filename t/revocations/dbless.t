# SPDX-License-Identifier: Apache-2.0
# Revocations where entities come from a file: they may be made, and a new file does not lose them.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use Tokens qw(token);

plan skip_all => 'a node without a database is the same in both rounds' if is_postgres();

my $upstream = upstream();
my $node = GatewayNode->start(threads => 16, extra => 'GwDeclarativeConfig none');
my $carol = 'c0ffee00-0000-4000-8000-000000000001';
sub load_config {
    my ($more) = @_;
    return $node->admin_ok(POST => '/config', [ 'text/yaml', <<"END" ]);
_format_version: "3.0"
services:
- name: books
  url: $upstream
  routes:
  - name: books
    paths: [ /books ]
  plugins:
  - name: jwt
consumers:
- id: $carol
  username: carol
  jwt_secrets:
  - key: carol
    secret: secret
$more
END
}
sub ask { my (%claims) = @_; return $node->call(GET => '/books', Authorization => 'Bearer ' . token(claims => { iss => 'carol', %claims }))->code }

load_config('');
is ask(jti => 'one', iat => 100), 200, 'a token';
my $later = time + 600;
is $node->admin(POST => '/consumers', { username => 'dave' })->code, 405, 'consumers come from the file';
my $row = $node->admin_ok(POST => '/revocations', { jti => 'one', until => $later });
is ask(jti => 'one', iat => 100), 401, 'revocations do not';
$node->admin_ok(POST => '/revocations', { consumer => { id => $carol }, issued_before => 50, until => $later });
is ask(iat => 49), 401, 'of a consumer of the file';
is ask(iat => 51), 200, 'by time';

# The same, something else, nothing of it, and the same again.
for my $more ('', "- username: dave\n") {
    load_config($more);
    is ask(jti => 'one', iat => 100), 401, 'a new file: still revoked';
    is ask(iat => 49), 401, 'the consumer, too';
    is ask(iat => 51), 200, 'and no more';
}
$node->admin_ok(POST => '/config', [ 'text/yaml', "_format_version: '3.0'\nservices: []\n" ]);
is scalar @{ $node->admin_ok(GET => '/revocations')->{data} }, 2, 'a file without consumers leaves them';
load_config('');
is ask(iat => 49), 401, 'and who comes back is still revoked';
unlike $node->admin_ok(GET => '/config')->{config}, qr/revocations/, 'no file holds them';

my %old = map { $_ => 1 } $node->children;
$node->graceful;
eventually { !grep { $old{$_} } $node->children } 'a graceful restart';
is ask(jti => 'one', iat => 100), 401, 'does not lose them';
$node->admin_ok(PATCH => "/revocations/$row->{id}", { jti => 'two' });
is ask(jti => 'one', iat => 100), 200, 'they may be changed';
is ask(jti => 'two', iat => 100), 401, 'as they say';
is $node->admin(DELETE => "/revocations/$row->{id}")->code, 204, 'and taken back';
is ask(jti => 'two', iat => 100), 200, 'at once';
done_testing;
