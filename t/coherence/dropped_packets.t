# SPDX-License-Identifier: Apache-2.0
# No packet of Postgres arrives any more, in a network of the test's own: not even that what was sent has arrived, which
# no process between two can hold back (silent_database.t has one). Connections end by themselves, and all heals.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayBurst;
use GatewayNode;
use GatewayTest;
use PrivatePostgres;
use TestUpstream;

plan skip_all => 'an embedded database is in no network' unless is_postgres();
# Rules of routing may then come before those of local addresses.
unless ($ENV{GW_OWN_NETWORK}) {
    my @alone = ('unshare', '--user', "--map-user=$>", '--map-group=' . (split ' ', $))[0], '--keep-caps', '--net');
    my $prepare = 'ip link set lo up && ip rule add pref 10 lookup local && ip rule del pref 0';
    plan skip_all => 'no network of its own can be had here'
        unless system("@alone sh -c '$prepare && ip rule add pref 5 ipproto tcp sport 1 blackhole' 2>/dev/null") == 0;
    exec @alone, 'sh', '-c', "$prepare && exec env GW_OWN_NETWORK=1 \"\$@\"", 'sh', $^X, $0 or die "unshare: $!";
}

our $postgres = PrivatePostgres->new;
our $upstream = TestUpstream->start;
our $node = GatewayNode->start($postgres->database, threads => 8);
END { undef $node; undef $upstream; undef $postgres } # in this order
my ($port) = $postgres->{conninfo} =~ /\bport=(\d+)/ or die 'no port';
my $n = 24;
sub codes { my ($path, %headers) = @_; return codes_of(burst($node->{proxy_port}, $path, connections => $n, headers => \%headers)) }
sub drop_packets { system("ip rule add pref 5 ipproto tcp sport $port blackhole") == 0 or die 'ip rule' }
sub let_pass { system('ip rule del pref 5') == 0 or die 'ip rule' }

# Connections to Postgres that the system takes for open.
sub nopen {
    local @ARGV = '/proc/net/tcp';
    my $far = sprintf ':%04X', $port;
    return scalar grep { (split)[2] =~ /$far\z/ && (split)[3] eq '01' } <>;
}

my $service = $node->admin_ok(POST => '/services', { name => 'svc', url => $upstream->url });
$node->admin_ok(POST => '/routes', { name => 'open', paths => ['/open'], service => { id => $service->{id} } });
my $keyed = $node->admin_ok(POST => '/routes', { name => 'keyed', paths => ['/keyed'], service => { id => $service->{id} } });
$node->admin_ok(POST => "/routes/$keyed->{id}/plugins", { name => 'key-auth' });
$node->admin_ok(POST => '/consumers', { username => 'known' });
$node->admin_ok(POST => '/consumers/known/key-auth', { key => $_ }) for qw(known-key unasked-key);
codes('/keyed', apikey => 'known-key') for 1 .. 6; # every child has asked for it
cmp_ok nopen(), '>', 0, 'there are connections';

drop_packets();
is_deeply codes('/keyed', apikey => 'nobody'), { 503 => $n }, 'unknown credentials: the database is away';
is $node->admin(POST => '/routes', { name => 'lost', paths => ['/lost'] })->code, 503, 'a write is refused';
is_deeply codes('/open'), { 200 => $n }, 'routes go on';
is_deeply codes('/keyed', apikey => 'known-key'), { 200 => $n }, 'known keys too';
eventually { nopen() == 0 } 'no connection is kept of which nothing is heard';

let_pass();
eventually { (codes('/keyed', apikey => 'unasked-key')->{200} // 0) == $n } 'packets pass again: it heals by itself';
eventually { $node->admin(POST => '/routes', { name => 'new', paths => ['/new'], service => { id => $service->{id} } })->code == 201 } 'writes work again';
eventually { (codes('/new')->{200} // 0) == $n } 'and are in force';
is_deeply codes('/lost'), { 404 => $n }, 'what was refused left nothing behind';

done_testing;
