# SPDX-License-Identifier: Apache-2.0
# Rows that nobody has asked for yet: a burst asks the database once a key and child, and a database that does not
# answer holds GwStoreWaiters threads of a child, never all.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayBurst;
use GatewayNode;
use GatewayTest;
use IO::Socket::INET ();
use Time::HiRes qw(time);

plan skip_all => 'queries of SQLite cannot be counted or held' unless is_postgres();

my %database = GatewayNode->own_database;
my $node = GatewayNode->start(%database, threads => 16, # one child; 4 of its 16 threads may wait
    extra => "StartServers 1\nServerLimit 1\nMaxRequestWorkers 16\nMinSpareThreads 1\nMaxSpareThreads 16\nGwStoreWaiters 4\n");
my $service = $node->admin_ok(POST => '/services', { name => unique('svc'), url => upstream() });
my ($open, $keyed) = map {
    $node->admin_ok(POST => '/routes', { paths => [ '/' . unique($_) ], service => { id => $service->{id} } })
} qw(open keyed);
$node->admin_ok(POST => "/routes/$keyed->{id}/plugins", { name => 'key-auth' });
my ($path, $open_path) = map { $_->{paths}[0] } $keyed, $open;
my $consumer = $node->admin_ok(POST => '/consumers', { username => unique('user') });
sub new_key {
    my $key = unique('key');
    $node->admin_ok(POST => "/consumers/$consumer->{id}/key-auth", { key => $key });
    return $key;
}

sub psql {
    open my $psql, '-|', 'psql', '-qAt', '-v', 'ON_ERROR_STOP=1', $database{params}, map { ('-c', $_) } @_ or die "psql: $!";
    my ($answer) = <$psql> // '';
    close $psql or die 'psql failed';
    chomp $answer;
    return $answer;
}

# ---- one query a key ----
my ($key, $other) = (new_key(), new_key());
psql('BEGIN', 'CREATE SEQUENCE gw_asked', 'ALTER TABLE keyauth_credentials RENAME TO keyauth_credentials_kept',
    "CREATE VIEW keyauth_credentials AS SELECT * FROM keyauth_credentials_kept
        WHERE (SELECT nextval('gw_asked') FROM pg_sleep(0.1)) > 0", 'COMMIT'); # each query is counted, and slow
for my $round (1, 2) {
    is_deeply codes_of(burst($node->{proxy_port}, $path, connections => 12, headers => { apikey => $key })), { 200 => 12 },
        "twelve at once, round $round";
    is psql('SELECT last_value FROM gw_asked'), 1, 'are one question to the database';
}
is_deeply codes_of(burst($node->{proxy_port}, $path, connections => 12, headers => { apikey => 'nobody' })), { 401 => 12 },
    'twelve with a key that does not exist';
is psql('SELECT last_value FROM gw_asked'), 2, 'are one, too';
is_deeply codes_of(burst($node->{proxy_port}, $path, connections => 12, headers => { apikey => 'nobody' })), { 401 => 12 }, 'and again';
is psql('SELECT last_value FROM gw_asked'), 2, 'none';
psql('BEGIN', 'DROP VIEW keyauth_credentials', 'ALTER TABLE keyauth_credentials_kept RENAME TO keyauth_credentials', 'COMMIT');

# ---- a database that does not answer ----
open my $holder, '|-', 'psql', '-qAt', $database{params} or die "psql: $!";
$holder->autoflush(1);
print $holder "BEGIN; LOCK TABLE keyauth_credentials IN ACCESS EXCLUSIVE MODE;\n";
eventually { psql("SELECT count(*) FROM pg_locks WHERE relation = 'keyauth_credentials'::regclass AND mode = 'AccessExclusiveLock' AND granted") == 1 }
    'the table of keys is locked';
my @waiting = map {
    my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $node->{proxy_port}) or die "connect: $!";
    $s->syswrite("GET $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\napikey: unknown-$_\r\n\r\n");
    $s
} 1 .. 12; # of 16 threads
eventually { psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%keyauth_credentials%'") == 4 }
    'four threads wait for the database';
is_deeply codes_of(burst($node->{proxy_port}, $path, connections => 2, headers => { apikey => $key })), { 200 => 2 },
    'a key in the cache opens meanwhile';
is_deeply codes_of(burst($node->{proxy_port}, $open_path, connections => 3)), { 200 => 3 }, 'so do routes without keys';
cmp_ok psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%keyauth_credentials%'"), '<=', 4,
    'no more of them wait';
my @answers = map { my $s = $_; local $/; scalar <$s> // '' } @waiting;
is_deeply codes_of(@answers), { 503 => 12 }, 'those that nobody can judge are told so, all';
print $holder "ROLLBACK;\n";
close $holder or die 'psql failed';
eventually { $node->call(GET => $path, apikey => $other)->code == 200 } 'the database answers: the next key is found';

done_testing;
