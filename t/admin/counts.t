# SPDX-License-Identifier: Apache-2.0
# /status counts consumers, which may be millions, to 10,000; "more_than" tells that there are more.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;

my %database = is_postgres() ? GatewayNode::own_database() : ();
my $node = GatewayNode->start(%database, threads => 16);
sub counted { my $gateway = $node->admin_ok(GET => '/status')->{gateway}; return [ $gateway->{counts}{consumers}, $gateway->{more_than} ] }

# Rows by the database's own tool: quicker than as many calls.
sub make_consumers {
    my ($from, $to) = @_;
    my $series = is_postgres() ? "SELECT n FROM generate_series($from, $to) AS n"
        : "WITH RECURSIVE s (n) AS (SELECT $from UNION ALL SELECT n + 1 FROM s WHERE n < $to) SELECT n FROM s";
    my $id = is_postgres() ? "('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid" : "printf('00000000-0000-4000-8000-%012d', n)";
    my @client = is_postgres() ? ('psql', '-q', '-v', 'ON_ERROR_STOP=1', $database{params}, '-c')
                               : ('sqlite3', '-cmd', '.timeout 10000', "$node->{dir}/data/gw.db");
    local $ENV{LD_PRELOAD} = '';
    system(@client, "INSERT INTO consumers (id, created_at, username) SELECT $id, 1, 'user' || n FROM ($series) AS series") == 0 or die 'no consumers';
}

is_deeply counted(), [ 0, [] ], 'none';
my $one = $node->admin_ok(POST => '/consumers', { username => 'one' });
is_deeply counted(), [ 1, [] ], 'one';
make_consumers(1, 9999);
is_deeply counted(), [ 10000, [] ], 'ten thousand';
make_consumers(10000, 10000);
is_deeply counted(), [ 10000, ['consumers'] ], 'one more';
make_consumers(10001, 12000);
is_deeply counted(), [ 10000, ['consumers'] ], 'many more';
done_testing;
