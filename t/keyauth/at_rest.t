# SPDX-License-Identifier: Apache-2.0
# GwKeyAtRest hashed: the database has digests, a key is shown once, and a digest opens nothing.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;

my $node = GatewayNode->start;
my $consumer = $node->admin_ok(POST => '/consumers', { username => 'alice' });
my $service = $node->admin_ok(POST => '/services', { name => 's', url => upstream() });
$node->admin_ok(POST => '/services/s/routes', { paths => ['/s'] });
$node->admin_ok(POST => '/services/s/plugins', { name => 'key-auth' });
my $before = $node->admin_ok(POST => '/consumers/alice/key-auth', { key => 'from-before' });
sub code { return $node->call(GET => '/s', apikey => $_[0])->code }
is code('from-before'), 200, 'plain: a key';

my $conf = "$node->{dir}/httpd.conf";
open my $out, '>>', $conf or die "$conf: $!";
print $out "\nGwKeyAtRest hashed\n";
close $out or die "$conf: $!";
$node->stop;
$node->launch;
$node->wait_until_up;

my $made = $node->admin_ok(POST => '/consumers/alice/key-auth', {});
like $made->{key}, qr/^[0-9A-Za-z]{32}$/, 'a key that was made is shown';
my $again = $node->admin_ok(GET => "/key-auths/$made->{id}");
like $again->{key}, qr/^sha256:[0-9a-f]{64}$/, 'once: afterwards its digest is';
is code($made->{key}), 200, 'the key is good';
is code($again->{key}), 401, 'the digest is not';
is code('from-before'), 200, 'a key from before stays good';
is code('wrong'), 401, 'a wrong one stays wrong';

my $changed = $node->admin_ok(PATCH => "/key-auths/$made->{id}", { tags => ['t'] });
is $changed->{key}, $again->{key}, 'a change of something else leaves the digest alone';
is code($made->{key}), 200, 'and the key good';
$changed = $node->admin_ok(PATCH => "/key-auths/$made->{id}", { key => 'chosen' });
is $changed->{key}, 'chosen', 'a key that was changed is shown once too';
is_deeply [ code('chosen'), code($made->{key}) ], [ 200, 401 ], 'in force at once';
is $node->admin(POST => '/consumers/alice/key-auth', { key => 'chosen' })->code, 409, 'the same key again is a conflict';
done_testing();
