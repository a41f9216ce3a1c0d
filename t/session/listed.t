# SPDX-License-Identifier: Apache-2.0
# Sessions of a consumer (storage=kong) as the Admin API lists and ends them: told by opaque ids, never by what opens
# them; one that is ended is dead at once on each child, and soon on each node. SQLite serves one node.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use Browser;
use GatewayBurst;
use GatewayNode;
use GatewayTest;
use OpenApi qw(validate);

my %database = is_postgres() ? GatewayNode::own_database() : ();
my @nodes = map { GatewayNode->start(%database, threads => 16) } 1 .. (is_postgres() ? 2 : 1);
my ($here, $there) = @nodes[0, -1];
my $n = 16;

# An operator's own tool, beside the gateway.
sub sql {
    my ($statement) = @_;
    local $ENV{LD_PRELOAD} = '';
    my @client = is_postgres() ? ('psql', '-q', '-v', 'ON_ERROR_STOP=1', $database{params}, '-c')
                               : ('sqlite3', '-cmd', '.timeout 10000', "$here->{dir}/data/gw.db");
    return system(@client, $statement);
}

my %consumer = map { $_ => $here->admin_ok(POST => '/consumers', { username => $_ }) } qw(fiona joe anonymous);
$here->admin_ok(POST => "/consumers/$_/key-auth", { key => "key-of-$_" }) for qw(fiona joe);
sub guard {
    my ($name, %config) = @_;
    my $service = $here->admin_ok(POST => '/services', { name => $name, url => upstream() });
    $here->admin_ok(POST => '/routes', { name => $name, paths => ["/$name"], service => { id => $service->{id} } });
    my @plugins = (
        { name => 'session', config => { cookie_secure => JSON::false(), response_headers => ['id'], %config } },
        { name => 'key-auth', config => { anonymous => $consumer{anonymous}{id} } },
        { name => 'request-termination', config => { status_code => 403 }, consumer => { id => $consumer{anonymous}{id} } },
    );
    $here->admin_ok(POST => "/services/$name/plugins", $_) for @plugins;
}
guard(rows => (storage => 'kong'));
guard(renewed => (storage => 'kong', cookie_renew => 3600)); # by each request
guard(cookies => (storage => 'cookie'));
sub codes { my ($node, $path, %headers) = @_; return codes_of(burst($node->{proxy_port}, $path, connections => $n, headers => \%headers)) }
for my $node (@nodes) {
    eventually { (codes($node, "/$_")->{403} // 0) == $n } "a node is ready: $_" for qw(rows renewed cookies);
}

sub list { my ($who, $query) = @_; return $here->admin_ok(GET => "/consumers/$who/sessions" . ($query // '')) }
sub ids { return sort map { $_->{id} } @{ list(@_)->{data} } }
# A browser that has just logged in, and the row of its session.
sub login {
    my ($who, $path) = @_;
    my $browser = Browser->new($here->proxy_url);
    my %before = map { $_ => 1 } ids($who);
    my $res = $browser->go(GET => "$path?apikey=key-of-$who");
    is $res->code, 200, "$who logs in";
    my @new = grep { !$before{$_} } ids($who);
    return { browser => $browser, row => $new[0], nrows => scalar @new, cookie => $browser->cookie('session'), id => $res->header('Session-Id') };
}

# ---- listed ----
is_deeply list('fiona'), { data => [], next => undef }, 'nobody has logged in';
my @fiona = map { login(fiona => '/rows') } 1 .. 3;
my $joe = login(joe => '/rows');
is $_->{nrows}, 1, 'a login is a row' for @fiona, $joe;
my $answer = $here->admin(GET => "/consumers/$consumer{fiona}{id}/sessions");
my ($row) = grep { $_->{id} eq $fiona[0]{row} } @{ json_of($answer)->{data} };
is_deeply [ sort keys %$row ], [qw(consumer created_at id renewals renewed_ms ttl)], 'what a row tells';
is_deeply $row->{consumer}, { id => $consumer{fiona}{id} }, 'whose it is';
is $row->{renewals}, 0, 'how often it was renewed';
cmp_ok abs($row->{renewed_ms} / 1000 - $row->{created_at}), '<', 600, 'when it was made';
ok $row->{ttl} > 0 && $row->{ttl} <= 86400 + 2, 'how long it may go on';
is scalar @{ json_of($answer)->{data} }, 3, "by the consumer's id, too, and nobody else's";
is_deeply $here->admin_ok(GET => "/consumers/fiona/sessions/$row->{id}"), { %$row, ttl => $here->admin_ok(GET => "/consumers/fiona/sessions/$row->{id}")->{ttl} }, 'one of them';
for my $secret (map { @$_{qw(id cookie)} } @fiona) {
    is index($answer->content, $secret), -1, 'nothing that opens it';
}
my $first = list('fiona', '?size=2');
is scalar @{ $first->{data} }, 2, 'in pages';
my $second = $here->admin_ok(GET => $first->{next});
is_deeply [ sort map { $_->{id} } @{ $first->{data} }, @{ $second->{data} } ], [ sort map { $_->{row} } @fiona ], 'that hold each once';
is $second->{next}, undef, 'to the end';

# ---- described ----
my @paths = ('/consumers/{consumers}/sessions', '/consumers/{consumers}/sessions/{sessions}');
is scalar(grep { my $path = $_; grep { $_ eq $path } @paths } @{ $here->admin_ok(GET => '/endpoints')->{data} }), 2, '/endpoints';
my $doc = $here->admin_ok(GET => '/openapi.json');
is_deeply [ sort keys %{ $doc->{paths}{ $paths[0] } } ], ['get'], '/openapi.json: the list';
is_deeply [ sort keys %{ $doc->{paths}{ $paths[1] } } ], [qw(delete get)], '/openapi.json: one';
is join("\n", validate($doc, $doc->{components}{schemas}{sessions}, $row)), '', '/openapi.json: a row';
is_deeply [ map { keys %$_ } @{ $here->admin_ok(GET => '/schemas/sessions')->{fields} } ], [qw(id created_at consumer renewals renewed_ms ttl)],
    '/schemas knows no more than is shown';
is_deeply $here->admin_ok(GET => "/search?q=$row->{id}")->{data}, [], '/search leaves them alone';

# ---- neither made nor changed ----
for my $case ([ POST => '' ], [ PUT => "/$row->{id}" ], [ PATCH => "/$row->{id}" ]) {
    my ($method, $rest) = @$case;
    my $res = $here->admin($method => "/consumers/fiona/sessions$rest", { renewals => 5 });
    is $res->code, 405, "$method is for nobody";
    is $here->admin(OPTIONS => "/consumers/fiona/sessions$rest")->header('Allow'), $rest ? 'DELETE, GET, HEAD, OPTIONS' : 'GET, HEAD, OPTIONS', "$method: what there is instead";
}
is $here->admin(GET => '/sessions')->code, 404, 'no list over all consumers';
is $here->admin(GET => "/consumers/joe/sessions/$row->{id}")->code, 404, "fiona's is none of joe's";
is $here->admin(DELETE => "/consumers/joe/sessions/$row->{id}")->code, 404, 'who cannot end it';
is $here->admin(GET => '/consumers/none-such/sessions')->code, 404, 'nobody has none';

# ---- ended ----
is_deeply codes($there, '/rows', Cookie => "session=$_->{cookie}"), { 200 => $n }, 'good on each child of each node' for @fiona, $joe;
is $here->admin(DELETE => "/consumers/fiona/sessions/$fiona[0]{row}")->code, 204, 'one is ended';
is_deeply codes($here, '/rows', Cookie => "session=$fiona[0]{cookie}"), { 403 => $n }, 'dead at once on each child here';
eventually { (codes($there, '/rows', Cookie => "session=$fiona[0]{cookie}")->{403} // 0) == $n } 'and soon on the other node';
is_deeply codes($_, '/rows', Cookie => "session=$fiona[0]{cookie}"), { 403 => $n }, 'for good' for @nodes;
is_deeply codes($there, '/rows', Cookie => "session=$_->{cookie}"), { 200 => $n }, 'the others go on' for @fiona[ 1, 2 ], $joe;
is $here->admin(DELETE => "/consumers/fiona/sessions/$fiona[0]{row}")->code, 404, 'it is not there any more';
is_deeply [ ids('fiona') ], [ sort map { $_->{row} } @fiona[ 1, 2 ] ], 'nor listed';
my ($entry) = @{ $here->admin_ok(GET => "/audit?entity=sessions&id=$fiona[0]{row}")->{data} };
is $entry->{method}, 'DELETE', '/audit tells who did it';
is_deeply [ sort keys %{ $entry->{before} } ], [qw(consumer created_at id renewals renewed_ms ttl)], 'and nothing that opens a session';
my $old = $here->admin(GET => "/consumers/fiona/sessions/$fiona[1]{row}")->header('ETag');
is $here->admin(DELETE => "/consumers/fiona/sessions/$fiona[1]{row}", undef, 'If-Match' => '"another"')->code, 412, 'If-Match counts';
is $here->admin(DELETE => "/consumers/fiona/sessions/$fiona[1]{row}", undef, 'If-Match' => $old)->code, 204, 'as everywhere';
is_deeply codes($here, '/rows', Cookie => "session=$fiona[1]{cookie}"), { 403 => $n }, 'dead, too';
is $fiona[2]{browser}->go(DELETE => '/rows?session_logout=1')->code, 200, 'a logout';
is_deeply [ ids('fiona') ], [], 'ends a row as well';

# ---- renewed; rows from before there was a column ----
my $renewed = login(fiona => '/renewed');
is $renewed->{browser}->go(GET => '/renewed')->code, 200, 'a renewal';
$row = $here->admin_ok(GET => "/consumers/fiona/sessions/$renewed->{row}");
cmp_ok $row->{renewals}, '>=', 1, 'is counted';
cmp_ok $row->{renewed_ms}, '>=', 1000 * $row->{created_at}, 'and dated';
is sql('UPDATE sessions SET consumer_id = NULL'), 0, 'as an earlier version left it';
is_deeply [ ids('fiona') ], [], "it is nobody's";
is_deeply codes($there, '/rows', Cookie => "session=$joe->{cookie}"), { 200 => $n }, 'and good all the same';
eventually { $renewed->{browser}->go(GET => '/renewed')->code == 200 && @{ list('fiona')->{data} } } 'until it is renewed';
is_deeply [ ids('fiona') ], [ $renewed->{row} ], 'the same row';

# ---- what an end of one leaves alone ----
is login(fiona => '/cookies')->{nrows}, 0, 'storage=cookie: no row';
my $lost = login(joe => '/rows');
$here->admin_ok(DELETE => '/consumers/joe');
is $here->admin(GET => "/consumers/$consumer{joe}{id}/sessions")->code, 404, 'a consumer that is gone has no list';
is_deeply codes($here, '/rows', Cookie => "session=$lost->{cookie}"), { 403 => $n }, 'and no session';
done_testing();
