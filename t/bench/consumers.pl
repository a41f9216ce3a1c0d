# SPDX-License-Identifier: Apache-2.0
# consumers.pl - key-auth with one consumer and with very many, 10,000 of them in use, on Postgres.
use strict;
use warnings FATAL => 'all';
use List::Util qw(sum);
use Measure qw(compare run_load);
use Stand qw(%options $work start_node with_postgres);
use Subjects qw(service_and_route add_plugin);
use Time::HiRes qw(sleep);

# Questions that the database has answered so far; it counts them with a second's delay.
sub questions {
    my ($params) = @_;
    sleep 1.5;
    my $n = `psql -Atc 'SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()' '$params'`;
    return $n =~ /(\d+)/ ? $1 : die 'psql';
}

# Load until hardly any request asks the database: a miss costs as much as ten hits.
sub fill_caches {
    my ($node, $params, @subject) = @_;
    for (1 .. 24) {
        my $before = questions($params);
        my $run = run_load($node, @subject, seconds => 5);
        return if questions($params) - $before < 100 + $run->{requests} / 1000;
    }
    warn "bench: the caches are not filled; a machine that is too slow?\n";
}

# All subjects are asked by the same script: one that chooses keys loads more slowly than one that does not.
sub subjects {
    my ($node, $in_use) = @_;
    open my $lua, '>', "$work/keys.lua" or die;
    print $lua "local i = 0\nfunction request() i = (i + 7919) % $in_use; return wrk.format('GET', nil, "
        . "{ apikey = 'key-c' .. (i * " . int($options{consumers} / 10000) . " + 1) }) end\n";
    close $lua;
    return (['bare ProxyPass', "$node->{bare}/key", script => "$work/keys.lua"],
        ['key-auth', $node->proxy_url('/key'), script => "$work/keys.lua"]);
}

# Straight into the database: the consumers c2 to cN, each with its key.
sub bulk_consumers {
    my ($params, $n) = @_;
    open my $sql, '|-', 'psql', '-q', '-v', 'ON_ERROR_STOP=1', $params or die;
    print $sql "ALTER TABLE consumers DISABLE TRIGGER USER; ALTER TABLE keyauth_credentials DISABLE TRIGGER USER;
        INSERT INTO consumers (id, created_at, updated_at, username) SELECT gen_random_uuid(), 1, 1, 'c' || i FROM generate_series(2, $n) i;
        INSERT INTO keyauth_credentials (id, created_at, consumer_id, key) SELECT gen_random_uuid(), 1, id, 'key-' || username FROM consumers WHERE username LIKE 'c%';
        ALTER TABLE consumers ENABLE TRIGGER USER; ALTER TABLE keyauth_credentials ENABLE TRIGGER USER;
        VACUUM ANALYZE; CHECKPOINT;\n"; # now, not while the subjects run
    close $sql or die 'bulk insert failed';
}

sub compare_many {
    my ($params) = @_;
    my $node = start_node(driver => 'pgsql', params => $params);
    service_and_route($node, 'key');
    add_plugin($node, key => 'key-auth');
    $node->admin_ok(POST => '/consumers', { username => 'bench' });
    $node->admin_ok(POST => '/consumers/bench/key-auth', { key => 'key-c1' });
    compare($node, 'Consumers: 1', subjects($node, 1));
    bulk_consumers($params, $options{consumers});
    my @subjects = subjects($node, 10_000);
    fill_caches($node, $params, @{ $subjects[1] }[1 .. $#{ $subjects[1] }]);
    my $before = questions($params);
    my $runs = compare($node, "Consumers: $options{consumers} (10,000 in use)", @subjects);
    printf "%d questions to the database beside %d requests with keys\n", questions($params) - $before,
        sum map { $_->{requests} } @{ $runs->{'key-auth'} };
}

sub measure_consumers { with_postgres(\&compare_many) }

1;
