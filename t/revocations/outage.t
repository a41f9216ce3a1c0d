# SPDX-License-Identifier: Apache-2.0
# The database goes away: what is revoked stays revoked, and /debug/explain says what cannot be known.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayBurst;
use GatewayNode;
use GatewayTest;
use PrivatePostgres;
use Tokens qw(token);

plan skip_all => 'an embedded database does not go away' unless is_postgres();

our $cluster = PrivatePostgres->new;
our $node = GatewayNode->start($cluster->database, threads => 16);
END { undef $node; undef $cluster } # in this order
my $n = 24;
sub codes { my ($token) = @_; return codes_of(burst($node->{proxy_port}, '/s', connections => $n, headers => { Authorization => "Bearer $token" })) }

$node->admin_ok(POST => '/services', { name => 's', url => upstream() });
$node->admin_ok(POST => '/services/s/routes', { paths => ['/s'] });
$node->admin_ok(POST => '/services/s/plugins', { name => 'jwt' });
$node->admin_ok(POST => '/consumers', { username => 'alice' });
$node->admin_ok(POST => '/consumers/alice/jwt', { key => 'alice', secret => 'secret' });
my ($good, $bad) = map { token(claims => { iss => 'alice', jti => $_ }) } qw(good bad);
for (1 .. 6) { codes($_) for $good, $bad } # every child knows the credential
is_deeply codes($bad), { 200 => $n }, 'a token';
$node->admin_ok(POST => '/revocations', { jti => 'bad', until => time + 600 });
is_deeply codes($bad), { 401 => $n }, 'is revoked';

$cluster->stop;
is_deeply codes($good), { 200 => $n }, 'away: a known credential goes on';
is_deeply codes($bad), { 401 => $n }, 'away: what was revoked does not';
is $node->admin(POST => '/revocations', { jti => 'good', until => time + 600 })->code, 503, 'away: nothing can be revoked';
my $said = $node->admin_ok(POST => '/debug/explain',
    { url => '/s', headers => { Authorization => 'Bearer ' . token(claims => { iss => 'unknown' }) } });
is $said->{plugins}[0]{verdict} . ' ' . $said->{plugins}[0]{reason}, 'refused Service unavailable', 'away: who is not known cannot be judged';
is $said->{result}{status}, 503, 'as it would be';
$cluster->start;
eventually { $node->admin(POST => '/revocations', { jti => 'good', until => time + 600 })->code == 201 } 'it comes back', 30;
is_deeply codes($good), { 401 => $n }, 'and revokes at once';
is_deeply codes($bad), { 401 => $n }, 'what was revoked before is';
done_testing;
