# SPDX-License-Identifier: Apache-2.0
# A plugin that is configured and cannot be run (its module is not loaded here, a newer node wrote the row): what it was
# put in front of is refused, the rest goes on.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use Tokens qw(token);

my $node = GatewayNode->start(GatewayNode::own_database());
my $key = unique('key');
$node->admin_ok(POST => '/services', { name => 'api', url => upstream() });
$node->admin_ok(POST => '/services/api/routes', { name => $_, paths => ["/$_"] }) for qw(guarded plain keys);
my %consumer = map { $_ => $node->admin_ok(POST => '/consumers', { username => $_ }) } qw(alice bob);
$node->admin_ok(POST => "/consumers/$_/key-auth", { key => "$_-$key" }) for sort keys %consumer;
$node->admin_ok(POST => '/consumers/bob/jwt', { key => 'bob', secret => 'his' });
my @token = (Authorization => 'Bearer ' . token(key => 'his', claims => { iss => 'bob' }));
$node->admin_ok(POST => '/routes/guarded/plugins', { name => 'jwt' });
$node->admin_ok(POST => '/routes/keys/plugins', { name => 'key-auth' });

# A row that this node does not know how to run, as another one would write it.
sub run_sql {
    my ($sql) = @_;
    return system('sqlite3', '-cmd', '.timeout 10000', "$node->{dir}/data/gw.db", $sql) == 0;
}

SKIP: {
    skip 'needs the sqlite3 command', 7 if is_postgres() || system('sqlite3 -version >/dev/null 2>&1') != 0;
    my $id = '00000000-0000-4000-8000-00000000000a';
    ok run_sql("INSERT INTO plugins (id, created_at, name, consumer_id, config, protocols, enabled)
        VALUES ('$id', 1, 'from-the-future', '$consumer{bob}{id}', '{}', '[\"http\",\"https\"]', 1)"), 'a row for bob alone';
    eventually { $node->call(GET => '/keys', apikey => "bob-$key")->code == 500 } 'bob is not served without it';
    is $node->call(GET => '/guarded', @token)->code, 500, 'nor with a token, and the token is not to blame';
    is $node->call(GET => '/keys', apikey => "alice-$key")->code, 200, 'alice is';
    ok run_sql("DELETE FROM plugins WHERE id = '$id'"), 'the row goes';
    eventually { $node->call(GET => '/keys', apikey => "bob-$key")->code == 200 } 'and bob when it is gone';
    eventually { $node->call(GET => '/guarded', @token)->code == 200 } 'with his token, too';
}

$node->stop;
my $conf = "$node->{dir}/gw.conf";
GatewayNode::copy_text($conf, "$conf.new", sub { $_[0] =~ s/^(LoadModule gw_jwt_module)/#$1/mr });
rename "$conf.new", $conf or die "$conf: $!";
$node->launch->wait_until_up;
is $node->call(GET => '/plain')->code, 200, 'a route without plugins is served without jwt\'s module';
my $res = $node->call(GET => '/guarded');
is $res->code, 500, 'a route that jwt guards is not';
is json_of($res)->{message}, 'An unexpected error occurred', 'clients are not told why';
like $node->log_text, qr/GW1008: match: refused: a plugin that is configured here cannot be run/, 'but the operator is';
is json_of($node->admin(GET => '/status'))->{gateway}{warnings}[0]{code}, 'plugin-not-usable', 'and /status has more';
done_testing();
