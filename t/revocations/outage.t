# SPDX-License-Identifier: Apache-2.0
# The database goes away: what is revoked stays revoked, and /debug/explain says what cannot be known.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Path ();
use File::Temp ();
use GatewayBurst;
use GatewayNode;
use GatewayTest;
use Tokens qw(token);

plan skip_all => 'an embedded database does not go away' unless is_postgres();

my $cluster = File::Temp::tempdir('gw-pg-XXXXXX', TMPDIR => 1);
my $owner = $$;
my $command = "$ENV{GW_TEST_ROOT}/../build/private-postgres";
sub postgres { my ($verb) = @_; delete local $ENV{LD_PRELOAD}; my $out = `$command $verb $cluster`; die "$verb: $?" if $?; chomp $out; return $out }
my $conninfo = postgres('start');
END { if (defined $owner && $owner == $$) { local $?; undef our $node; delete local $ENV{LD_PRELOAD}; system $command, 'stop', $cluster; File::Path::remove_tree($cluster) } }

our $node = GatewayNode->start(driver => 'pgsql', params => $conninfo, threads => 16);
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

postgres('stop');
is_deeply codes($good), { 200 => $n }, 'away: a known credential goes on';
is_deeply codes($bad), { 401 => $n }, 'away: what was revoked does not';
is $node->admin(POST => '/revocations', { jti => 'good', until => time + 600 })->code, 503, 'away: nothing can be revoked';
my $said = $node->admin_ok(POST => '/debug/explain',
    { url => '/s', headers => { Authorization => 'Bearer ' . token(claims => { iss => 'unknown' }) } });
is $said->{plugins}[0]{verdict} . ' ' . $said->{plugins}[0]{reason}, 'refused Service unavailable', 'away: who is not known cannot be judged';
is $said->{result}{status}, 503, 'as it would be';
postgres('start');
eventually { $node->admin(POST => '/revocations', { jti => 'good', until => time + 600 })->code == 201 } 'it comes back', 30;
is_deeply codes($good), { 401 => $n }, 'and revokes at once';
is_deeply codes($bad), { 401 => $n }, 'what was revoked before is';
done_testing;
