# SPDX-License-Identifier: Apache-2.0
# Writers in each other's way: what the database gave up for another one's sake is done again, from the start and once; a
# lock that nobody gives up is told to be just that, to the client and in the log.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayBurst;
use GatewayNode;
use GatewayTest;

my %database = GatewayNode->own_database;
$database{params} .= " options='-c statement_timeout=5s'" if is_postgres(); # as long as SQLite waits
my $node = GatewayNode->start(%database, threads => 16);
my $busy = 'Service unavailable: the database is busy; nothing was written';

my @client = is_postgres() ? ('psql', '-qAt', $node->{params}) : ('sqlite3', '-cmd', '.timeout 10000', $node->{params});

# A session of the database's own client with a transaction that holds the row. It ends with what is returned.
sub hold {
    my ($id) = @_;
    local $ENV{LD_PRELOAD} = ''; # a sanitizer's library
    my $flag = "$node->{dir}/held";
    open my $session, '|-', @client or die "$client[0]: $!";
    $session->autoflush(1);
    print $session is_postgres() ? "BEGIN;\n" : "BEGIN IMMEDIATE;\n", "UPDATE services SET retries = 9 WHERE id = '$id';\n",
        is_postgres() ? "\\! touch $flag\n" : ".shell touch $flag\n";
    eventually { -e $flag } 'another session holds the row';
    return $session;
}

# ---- a lock that is not given up ----
SKIP: {
    skip 'no sqlite3 command', 1 if !is_postgres() && system('command -v sqlite3 >/dev/null');
    my $service = $node->admin_ok(POST => '/services', { name => 'held', host => 'h' });
    my $session = hold($service->{id});
    my $res = $node->admin(PATCH => '/services/held', { retries => 7 });
    is $res->code, 503, 'a row that another session holds: 503';
    is json_of($res)->{message}, $busy, 'the database is busy, and not away';
    like $node->log_text, qr{:error\].* admin: call failed: .*(?:statement timeout|database is locked).* \(method=PATCH path=/services/held\)},
        'the log says why';
    is $node->admin_ok(GET => '/status')->{database}{reachable}, JSON::true, 'the database is there, as /status says';
    close $session; # nothing is committed
    is $node->admin(PATCH => '/services/held', { retries => 7 })->code, 200, 'once the other session has ended, the row is changed';
}

# ---- two rows that want each other's name ----
my @names = qw(castor pollux);
my @ids = map { $node->admin_ok(POST => '/consumers', { username => $_ })->{id} } @names;
# Between a row's change and the look for its new name there is time, for the other to be as far: indices are filled in the
# order in which they were made.
$node->change_silently(q{CREATE FUNCTION test_dawdle(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN PERFORM pg_sleep(0.2); RETURN $1; END';
    ALTER TABLE consumers DROP CONSTRAINT consumers_username_key; CREATE INDEX test_slow ON consumers (test_dawdle(username));
    ALTER TABLE consumers ADD CONSTRAINT consumers_username_key UNIQUE (username)}) if is_postgres();
for my $round (1 .. 3) {
    my @asked = map { $node->ask(PATCH => "/consumers/$ids[ $_ % 2 ]", qq({"username":"$names[ 1 - $_ % 2 ]"})) } 1 .. 4;
    my $codes = codes_of(map { local $/; scalar(<$_>) // '' } @asked);
    my %odd = %$codes;
    delete @odd{ 200, 409 };
    is_deeply \%odd, {}, "round $round: who does not get the name is told that it is taken" or diag explain $codes;
    is_deeply [ sort map { $node->admin_ok(GET => "/consumers/$_")->{username} } @ids ], \@names, "round $round: both have their own";
}

# ---- given up as often as we like ----
if (is_postgres()) {
    # What is written from here on is a deadlock's victim, until a counter reaches 1000.
    my $victims = 'CREATE SEQUENCE test_victims START 1000;'
        . q{CREATE FUNCTION test_victim() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF nextval(''test_victims'') < 1000 THEN
            RAISE EXCEPTION ''deadlock detected'' USING ERRCODE = ''deadlock_detected''; END IF; RETURN COALESCE(NEW, OLD); END';};
    $victims .= "CREATE TRIGGER test_victim BEFORE INSERT OR UPDATE OR DELETE ON $_ FOR EACH ROW EXECUTE FUNCTION test_victim();"
        for qw(services routes keyauth_credentials);
    $node->change_silently($victims);
    my $give_up = sub { $node->change_silently("SELECT setval('test_victims', 1000 - $_[0], false)") };

    my $audited = sub { scalar @{ $node->admin_ok(GET => '/audit?size=1000')->{data} } };
    my $user = $node->admin_ok(POST => '/consumers', { username => 'victim' });
    my $route = $node->admin_ok(POST => '/routes', { name => 'unlinked', paths => ['/x'] });
    for my $case (
        [ 'POST', '/services', { name => 'victim', url => 'http://h:81/p' }, 201, path => '/p' ],
        [ 'PATCH', '/services/victim', { url => 'http://h2:82/p2' }, 200, path => '/p2' ],
        [ 'PATCH', '/services/victim', 'retries=3', 200, retries => 3 ],
        [ 'PUT', '/services/victim', { url => 'http://h3/p3', id => $route->{id} }, 200, path => '/p3' ],
        [ 'PUT', '/services/new-victim', { host => 'h' }, 200, host => 'h' ],
        [ 'POST', '/services/victim/routes', 'paths[]=/y', 201, strip_path => JSON::true ],
        [ 'POST', '/consumers/victim/key-auth', { key => 'k1', ttl => 9000 }, 201, ttl => 9000 ],
        [ 'PUT', "/consumers/victim/key-auth/k1", { ttl => 8000 }, 200, ttl => 8000 ],
        [ 'PATCH', "/consumers/victim/key-auth/k1", { ttl => 7000 }, 200, ttl => 7000 ],
        [ 'DELETE', '/services/new-victim', undef, 204 ],
        [ 'PUT', '/routes/unlinked/service', { name => 'linked', host => 'h' }, 200, name => 'linked' ],
        [ 'POST', '/apis', { name => 'old', uris => '/old', upstream_url => 'http://h' }, 201, upstream_url => 'http://h' ],
        [ 'POST', '/declarative/apply', { _format_version => '3.0', services => [ { name => 'text', host => 'h' } ] }, 200 ],
    ) {
        my ($method, $path, $body, $status, $field, $value) = @$case;
        my $name = "$method $path, given up twice";
        my $before = $audited->();
        $give_up->(2);
        my $res = $node->admin($method, $path, $body);
        is $res->code, $status, "$name: done" or diag $res->content;
        is json_of($res)->{$field}, $value, "$name: as it was asked for" if $field;
        my $rows = $path =~ m{/apis|unlinked} ? 2 : 1;
        is $audited->() - $before, $rows, "$name: once";
    }
    $give_up->(500);
    my $res = $node->admin(PATCH => '/services/victim', { retries => 4 });
    is $res->code, 503, 'given up again and again: 503';
    is json_of($res)->{message}, $busy, 'it says that the database is busy';
    like $node->log_text, qr{:error\].* 40P01: deadlock detected .* path=/services/victim\)}, 'the log says why';
    is $node->admin_ok(GET => '/services/victim')->{retries}, 5, 'and nothing was written';
}
$node->stop;
done_testing;
