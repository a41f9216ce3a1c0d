# SPDX-License-Identifier: Apache-2.0
# kill -9 at the worst moments: a child that holds the database's locks, one that was stopped before, one that nobody has
# noticed to be gone. What the others write is answered, whole, and waits for none of them.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use Time::HiRes qw(time sleep);

plan skip_all => 'which child has a connection is read from /proc' unless GatewayNode::can_find_children();
plan skip_all => 'no sqlite3 command' if !is_postgres() && system('command -v sqlite3 >/dev/null');

# Statements may take long here: what ends the one of a dead child is that it is dead.
my %database = GatewayNode->own_database;
my $patient = is_postgres() ? "$database{params} options='-c statement_timeout=60s'" : undef;
my $node = GatewayNode->start(%database, ($patient ? (params => $patient) : ()), threads => 16,
    extra => "StartServers 3\nServerLimit 3\nMaxRequestWorkers 48\nMinSpareThreads 33\nMaxSpareThreads 64\n");
my $file = "$node->{dir}/data/gw.db";
my $service = $node->admin_ok(POST => '/services', { name => 'shared', url => upstream() });

sub gateway {
    my $res;
    for (1 .. 5) { $res = $node->admin(GET => '/status'); return json_of($res)->{gateway} if $res->code == 200 }
    die 'no status: ' . $res->status_line;
}
sub ready { return map { $_->{pid} } grep { $_->{state} eq 'ready' } @{ gateway()->{children} } }

sub is_answered { vec(my $r = '', fileno $_[0], 1) = 1; return select $r, undef, undef, 0 }

# What came back, and how long after $began.
sub answer_of {
    my ($socket, $began) = @_;
    local $/;
    my $answer = <$socket> // '';
    return ($answer =~ m{\AHTTP/1\.1 (\d+)} ? $1 : 'closed', time - $began);
}

sub sql {
    my ($sql) = @_;
    my @command = is_postgres() ? ('psql', '-qAt', $database{params}, '-c', $sql) : ('sqlite3', '-cmd', '.timeout 10000', $file, $sql);
    open my $out, '-|', @command or die "$command[0]: $!";
    my @lines = <$out>;
    close $out or die "$command[0] failed";
    return join '', @lines;
}

# ---- a transaction that takes its time, with all its locks ----
if (is_postgres()) {
    sql(q{CREATE FUNCTION test_hold() RETURNS trigger LANGUAGE plpgsql AS
        'BEGIN PERFORM 1 FROM services FOR UPDATE; PERFORM pg_sleep(60); RETURN NEW; END'});
    sql(q{CREATE TRIGGER test_hold BEFORE INSERT ON routes FOR EACH ROW WHEN (NEW.name LIKE 'hold-%') EXECUTE FUNCTION test_hold()});
} else {
    sql(q{CREATE TRIGGER test_hold BEFORE INSERT ON routes WHEN NEW.name LIKE 'hold-%' BEGIN
        SELECT max(n) FROM (WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000000000) SELECT n FROM c); END});
}
sub is_held {
    return sql(q{SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()}) > 0 if is_postgres();
    return system("sqlite3 -cmd '.timeout 0' $file 'BEGIN IMMEDIATE; ROLLBACK' 2>/dev/null") != 0;
}

my (@waits, $rounds);
for my $round (1 .. 6) {
    my $what = $round % 2 ? "round $round, killed" : "round $round, stopped and killed";
    eventually { ready() == 3 } "$what: three children are ready", 40;
    my $holder = $node->ask(POST => '/routes', qq({"name":"hold-$round","paths":["/hold-$round"],"service":{"id":"$service->{id}"}}));
    my $victim = $node->await_child_of($holder);
    my $until = time + 30;
    sleep 0.05 until is_held() || is_answered($holder) || time > $until;
    # Writers that need it, with another child.
    my @writers;
    for my $n (1 .. 40) {
        my $writer = $node->ask(PATCH => '/services/shared', qq({"path":"/round-$round-$n"}));
        push @writers, $writer if $node->await_child_of($writer) != $victim;
        last if @writers >= 2;
    }
    my $is_held = is_held(); # a machine that stands still ends its patience: that round does not count
    kill STOP => $victim if $round % 2 == 0;
    my $began = time;
    kill KILL => $victim or die "kill: $!";
    next unless $is_held && @writers; # none when all connections came to the victim
    $rounds++;
    my @answers = map { [ answer_of($_, $began) ] } @writers;
    is_deeply [ map { $_->[0] } @answers ], [ (200) x @writers ], "$what: writers that waited for it are answered";
    push @waits, map { $_->[1] } $answers[-1];
    is [ answer_of($holder, $began) ]->[0], 'closed', "$what: its own request is lost";
    is $node->admin(GET => "/routes/hold-$round")->code, 404, "$what: and has left nothing behind";
}
cmp_ok $rounds // 0, '>', 0, 'there were writers';
my ($median) = (sort { $a <=> $b } @waits)[ $#waits / 2 ];
note "after a kill writers had their locks after at most: @waits";
cmp_ok $median, '<', 1, 'writers do not wait a second for the dead';

# ---- dead, and nobody has noticed ----
# httpd asks about its children once a second; a parent that is stopped never does.
for my $round (1 .. 6) {
    my $what = $round % 2 ? "unnoticed $round, killed" : "unnoticed $round, stopped and killed";
    eventually { ready() == 3 } "$what: three children are ready", 40;
    my ($victim) = ready();
    kill STOP => $node->{pid};
    kill STOP => $victim if $round % 2 == 0;
    kill KILL => $victim or die "kill: $!";
    my ($n, @odd) = (0);
    eventually {
        my $name = "unnoticed-$round-" . ++$n;
        my $res = $node->admin(POST => '/routes', { name => $name, paths => ["/$name"], service => { id => $service->{id} } });
        my $is_whole = $res->code == 201 && !$res->header('X-Gw-Propagation');
        push @odd, $res->code . ' ' . ($res->header('X-Gw-Propagation') // '') unless $is_whole;
        $is_whole;
    } "$what: a write is in force on all that live", 20 or diag explain \@odd, gateway()->{children};
    ok kill(0 => $victim), "$what: while its parent has not asked about it";
    kill CONT => $node->{pid};
}

my $writers = gateway()->{writers};
cmp_ok $writers->{answered}, '>', 12, 'waits are counted';
cmp_ok $writers->{pending}, '<=', $writers->{answered}, 'and those that ended without everybody';
cmp_ok $writers->{longest_wait_ms}, '<', 5000, 'the longest is told'; # 750 of patience; the rest is the machine's
unlike $node->log_text, qr/Segmentation fault|core dumped|AddressSanitizer|exit signal (?!Killed)/, 'nobody crashed';

# ---- our own library ----
my ($parent, @all) = ($node->{pid}, $node->children);
kill STOP => $parent, @all;
$node->stop;
is_deeply [ grep { GatewayNode::lives($_) } $parent, @all ], [], 'a node whose processes were all stopped leaves none behind';

done_testing;
