# SPDX-License-Identifier: Apache-2.0
# Postgres stopped, and crashed, under load: who reads what is known notices nothing; each write is either in force for
# good or refused, and then has left nothing behind.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayBurst;
use GatewayLoad;
use GatewayNode;
use GatewayTest;
use PrivatePostgres;

plan skip_all => 'an embedded database does not go away' unless is_postgres();

our $cluster = PrivatePostgres->new;
our $node = GatewayNode->start($cluster->database, threads => 16);
our %load;
END { %load = (); undef $node; undef $cluster } # in this order

my $service = $node->admin_ok(POST => '/services', { name => 'svc', url => upstream() });
$node->admin_ok(POST => '/routes', { name => 'open', paths => ['/open'], service => { id => $service->{id} } });
my $keyed = $node->admin_ok(POST => '/routes', { name => 'keyed', paths => ['/keyed'], service => { id => $service->{id} } });
$node->admin_ok(POST => "/routes/$keyed->{id}/plugins", { name => 'key-auth' });
$node->admin_ok(POST => '/consumers', { username => $_ }) for qw(known owner changed);
$node->admin_ok(POST => '/consumers/known/key-auth', { key => 'known-key' });
burst($node->{proxy_port}, '/keyed', headers => { apikey => 'known-key' }) for 1 .. 6; # every child has asked for it

# COMMIT takes its time for some rows, so that it is what an outage meets.
$cluster->ask(q{CREATE FUNCTION test_slow_commit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.2); RETURN NULL; END'});
$cluster->ask("CREATE CONSTRAINT TRIGGER test_slow_commit AFTER INSERT OR UPDATE OR DELETE ON $_ DEFERRABLE INITIALLY DEFERRED"
        . ' FOR EACH ROW EXECUTE FUNCTION test_slow_commit()') for qw(routes keyauth_credentials);

# ---- the load ----
# A writer's result: NAME STATUS UNKNOWN. UNKNOWN: the connection was lost while it committed, and the answer says that
# nobody knows (store.h, gw_db_commit).
my $away = 'Service unavailable: the database is away;';
my $refusal = qq({"message":"$away nothing was written"});
my $unknown = qq({"message":"$away whether this was written, is not known: look when it is back"});
sub result {
    my ($name, $res) = @_;
    my $is_unknown = $res->code == 503 && $res->content eq $unknown;
    my $line = join ' ', $name, $res->code, $is_unknown ? 1 : 0;
    $line .= ' said ' . $res->content if $res->code == 503 ? !$is_unknown && $res->content ne $refusal : !$res->is_success;
    return $line =~ s/\n/ /gr;
}
my %write = (
    POST => sub { my ($n) = @_; return result("made-$n", $node->admin(POST => '/routes', { name => "made-$n", paths => ["/made-$n"], service => { id => $service->{id} } })) },
    credential => sub { my ($n) = @_; return result("key-$n", $node->admin(POST => '/consumers/owner/key-auth', { key => "key-$n" })) },
    PATCH => sub { my ($n) = @_; return result($n, $node->admin(PATCH => '/consumers/changed', { custom_id => "change-$n" })) },
    DELETE => sub { # of what the step before has made
        my ($n) = @_;
        my $name = 'gone-' . int(($n + 1) / 2);
        return $n % 2 ? result("put-$name", $node->admin(PUT => "/routes/$name", { name => $name, paths => ["/$name"], service => { id => $service->{id} } }))
            : result($name, $node->admin(DELETE => "/routes/$name"));
    },
);
sub get { my ($path, @headers) = @_; return GatewayLoad::fresh_request($node->{proxy_port}, join "\r\n", "GET $path HTTP/1.1", 'Host: x', 'Connection: close', @headers, '', '') }
$load{$_} = GatewayLoad->start(1, $write{$_}) for sort keys %write;
$load{open} = GatewayLoad->start(1, sub { get('/open') });
$load{keyed} = GatewayLoad->start(1, sub { get('/keyed', 'apikey: known-key') });
sub all_go_on { $_->wait_for_steps(6, 60) for values %load }

for my $verb (qw(stop kill)) {
    all_go_on();
    $cluster->do($verb);
    all_go_on();
    my %refused = map { $_ => scalar grep { / 503 / } $load{$_}->results } keys %write;
    is_deeply [ grep { !$refused{$_} } sort keys %refused ], [], "$verb: all kinds of writes are refused";
    $cluster->start;
    my %done = map { $_ => done($_) } keys %write;
    eventually { !grep { done($_) < $done{$_} + 2 } keys %write } "$verb: all are done again";
}
sub done { my ($kind) = @_; return scalar grep { / 20\d / } $load{$kind}->results }

my %got = map { $_ => [ $load{$_}->stop ] } keys %load;
is_deeply GatewayLoad::tally(@{ $got{$_} }), { 200 => scalar @{ $got{$_} } }, "$_: nobody who reads has noticed" for qw(open keyed);
my %good = (POST => [201], credential => [201], PATCH => [200], DELETE => [ 200, 201, 204 ]);
for my $kind (sort keys %good) {
    my $status = join '|', @{ $good{$kind} }, 503;
    is_deeply [ grep { !/^\S+ (?:$status) [01]\z/ } @{ $got{$kind} } ], [], "$kind: each is done, or refused and told so";
}

# ---- what became of it ----
sub all_of {
    my ($path, $field, %names) = @_;
    for (my $next = "$path?size=1000"; $next;) {
        my $page = $node->admin_ok(GET => $next);
        $names{ $_->{$field} // '' } = 1 for @{ $page->{data} };
        $next = $page->{next};
    }
    return \%names;
}
# [name, status, is unknown] of what was written so.
sub written { my ($kind, $pattern) = @_; return grep { $_->[0] =~ $pattern } map { [split] } @{ $got{$kind} } }

my ($routes, $keys) = (all_of('/routes', 'name'), all_of('/consumers/owner/key-auth', 'key'));
for ([ POST => $routes ], [ credential => $keys ]) {
    my ($kind, $there) = @$_;
    my @writes = written($kind, qr/./);
    is_deeply [ grep { !$there->{ $_->[0] } } grep { $_->[1] == 201 } @writes ], [], "$kind: what was done is there";
    is_deeply [ grep { $there->{ $_->[0] } } grep { $_->[1] == 503 && !$_->[2] } @writes ], [], "$kind: what was refused is not";
}
my %made = map { $_->[0] =~ s/^put-//r => $_ } written('DELETE', qr/^put-/);
my @deleted = written('DELETE', qr/^gone-/);
is_deeply [ grep { $routes->{ $_->[0] } } grep { $_->[1] == 204 && $made{ $_->[0] }[1] != 503 } @deleted ], [], 'DELETE: what was done is gone';
is_deeply [ grep { !$routes->{ $_->[0] } } grep { $_->[1] == 503 && !$_->[2] && $made{ $_->[0] }[1] != 503 } @deleted ], [],
    'DELETE: what was refused is still there';
my ($last, @later);
for (written('PATCH', qr/./)) { if ($_->[1] == 200) { ($last, @later) = ($_->[0]) } elsif ($_->[2]) { push @later, $_->[0] } }
my $custom_id = $node->admin_ok(GET => '/consumers/changed')->{custom_id};
ok scalar(grep { $custom_id eq "change-$_" } $last, @later), "PATCH: the last one that was done is in force ($custom_id)";

# A row and its record in the audit come together, or not at all.
my $unaudited = $cluster->ask("SELECT (SELECT count(*) FROM routes WHERE name LIKE 'made-%'"
        . " AND NOT EXISTS (SELECT 1 FROM gw_audit WHERE entity_id = routes.id::text)) + (SELECT count(*) FROM gw_audit"
        . " WHERE method = 'POST' AND after->>'name' LIKE 'made-%' AND NOT EXISTS (SELECT 1 FROM routes WHERE id::text = entity_id))");
is $unaudited, 0, 'nothing was half done';
my ($newest) = reverse grep { $_->[1] == 201 } written('POST', qr/./);
is_deeply codes_of(burst($node->{proxy_port}, "/$newest->[0]")), { 200 => 24 }, 'what was done is in force';
done_testing;
