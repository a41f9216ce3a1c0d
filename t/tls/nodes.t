# SPDX-License-Identifier: Apache-2.0
# Two nodes on one Postgres: a certificate that one is given, the other soon shows.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;
use Certificates qw(issue handshake);

plan skip_all => 'one node is all that SQLite serves' unless is_postgres();

my @database = (GatewayNode::own_database(), threads => 16);
my ($here, $there) = map { GatewayNode->start(@database) } 1 .. 2;
sub shown { my ($node, $name) = @_; return handshake($node->{tls_port}, $name)->{cn} }
sub pair { my ($name) = @_; my $pair = issue($name); return (cert => $pair->{cert}, key => $pair->{key}) }

my $row = $here->admin_ok(POST => '/certificates', { pair('first.test'), snis => ['shared.test'] });
is shown($here, 'shared.test'), 'first.test', 'shown here at once';
eventually { shown($there, 'shared.test') eq 'first.test' } 'and soon there';
$there->admin_ok(PATCH => '/certificates/shared.test', { pair('second.test') });
is shown($there, 'shared.test'), 'second.test', 'changed there: at once';
eventually { shown($here, 'shared.test') eq 'second.test' } 'and soon here';

# What is decided by the row holds on every node: a session that began here does not outlive its certificate there.
my $file = File::Temp->new;
is handshake($here->{tls_port}, 'shared.test', "-tls1_3 -sess_out $file")->{cn}, 'second.test', 'a session';
$there->admin_ok(PATCH => '/certificates/shared.test', { pair('third.test') });
eventually { shown($here, 'shared.test') eq 'third.test' } 'another certificate';
my $next = handshake($here->{tls_port}, 'shared.test', "-tls1_3 -sess_in $file");
is "$next->{reused} $next->{cn}", '0 third.test', 'which ends the session';
$here->admin_ok(DELETE => "/certificates/$row->{id}");
is shown($here, 'shared.test'), 'localhost', 'deleted here: at once';
eventually { shown($there, 'shared.test') eq 'localhost' } 'and soon there';
done_testing();
