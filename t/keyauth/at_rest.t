# SPDX-License-Identifier: Apache-2.0
# GwKeyAtRest hashed: the database has keyed digests, those of older keys too, a key is shown once, and a digest opens
# nothing.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;

my @database = GatewayNode::own_database();
my $node = GatewayNode->start(@database);
my $consumer = $node->admin_ok(POST => '/consumers', { username => 'alice' });
my $service = $node->admin_ok(POST => '/services', { name => 's', url => upstream() });
$node->admin_ok(POST => '/services/s/routes', { paths => ['/s'] });
$node->admin_ok(POST => '/services/s/plugins', { name => 'key-auth' });
my $before = $node->admin_ok(POST => '/consumers/alice/key-auth', { key => 'from-before' });
my $brief = $node->admin_ok(POST => '/consumers/alice/key-auth', { key => 'brief', ttl => 3600 });
# A session lives by the credential's id, whatever the key is stored as.
my $nobody = $node->admin_ok(POST => '/consumers', { username => 'nobody' });
$node->admin_ok(POST => '/services', { name => 't', url => upstream() });
$node->admin_ok(POST => '/services/t/routes', { paths => ['/t'] });
$node->admin_ok(POST => '/services/t/plugins', $_) for { name => 'session', config => { cookie_secure => JSON::false(), storage => 'kong' } },
    { name => 'key-auth', config => { anonymous => 'nobody' } }, { name => 'request-termination', consumer => { id => $nobody->{id} } };
sub login { return $node->call(GET => '/t', apikey => $_[0])->header('Set-Cookie') =~ /^(session=[^;]+)/ ? $1 : die 'no cookie' }
sub by_cookie { my $res = $node->call(GET => '/t', Cookie => $_[0]); return $res->code == 200 ? json_of($res)->{headers}{'x-consumer-username'} : $res->code }
my $session = login('from-before');

sub code { return $node->call(GET => '/s', apikey => $_[0])->code }
is code('from-before'), 200, 'plain: a key';

my $conf = "$node->{dir}/httpd.conf";
open my $out, '>>', $conf or die "$conf: $!";
print $out "\nGwKeyAtRest hashed\n";
close $out or die "$conf: $!";
$node->stop;
$node->launch;
$node->wait_until_up;

# What the table holds, as nobody but SQL sees it.
sub stored {
    my ($id) = @_;
    local $ENV{LD_PRELOAD} = '';
    my $sql = "SELECT key FROM keyauth_credentials WHERE id = '$id'";
    my @client = @database ? ('psql', '-qtA', {@database}->{params}, '-c') : ('sqlite3', '-cmd', '.timeout 10000', "$node->{dir}/data/gw.db");
    open my $out, '-|', @client, $sql or die "sql: $!";
    chomp(my $got = <$out> // '');
    return $got;
}
my $digest = qr/^hmac-sha256:[0-9a-f]{64}$/;

my $made;
eventually { $made = eval { $node->admin_ok(POST => '/consumers/alice/key-auth', {}) } } 'the node is up again';
like $made->{key}, qr/^[0-9A-Za-z]{32}$/, 'a key that was made is shown';
my $again = $node->admin_ok(GET => "/key-auths/$made->{id}");
is $again->{key}, undef, 'once';
like stored($made->{id}), $digest, 'the table has a digest';
is code($made->{key}), 200, 'the key is good';
is code(stored($made->{id})), 401, 'the digest is not';
is code('wrong'), 401, 'a wrong one stays wrong';

# Keys from before: good all the time, and hashed in the background.
my $was_good = 1;
eventually { $was_good &&= code('from-before') == 200; stored($before->{id}) =~ $digest } 'a key from before is hashed too';
ok $was_good, 'it was good all the time';
is code('from-before'), 200, 'and stays so';
is by_cookie($session), 'alice', 'a session from before goes on';
is by_cookie(login('from-before')), 'alice', 'another is begun with the same key';
my $lent = $node->admin_ok(POST => '/consumers/alice/key-auth', {});
my $brief_session = login($lent->{key});
is by_cookie($brief_session), 'alice', 'and with a key that was hashed from the start';
$node->admin_ok(DELETE => "/key-auths/$lent->{id}");
is by_cookie($brief_session), 503, 'which ends with its key';
eventually { !grep { defined $_->{key} } @{ $node->admin_ok(GET => '/key-auths')->{data} } } 'nor do lists show any key';
is code('brief'), 200, 'a key with an end';
ok $node->admin_ok(GET => "/key-auths/$brief->{id}")->{ttl} <= 3600, 'keeps it';

my $changed = $node->admin_ok(PATCH => "/key-auths/$made->{id}", { tags => ['t'] });
is $changed->{key}, undef, 'a change of something else shows nothing';
is code($made->{key}), 200, 'and leaves the key good';
$changed = $node->admin_ok(PATCH => "/key-auths/$made->{id}", { key => 'chosen' });
is $changed->{key}, 'chosen', 'a key that was changed is shown once too';
is_deeply [ code('chosen'), code($made->{key}) ], [ 200, 401 ], 'in force at once';
is $node->admin(POST => '/consumers/alice/key-auth', { key => 'chosen' })->code, 409, 'the same key again is a conflict';
is $node->admin(GET => '/key-auths/chosen')->code, 404, 'nobody can look a row up by its key';
is $node->admin_ok(GET => "/consumers/alice/key-auth/$made->{id}")->{id}, $made->{id}, 'by its id they can';
is $node->admin(DELETE => "/key-auths/$made->{id}")->code, 204, 'and delete it';
is code('chosen'), 401, 'then it is void';

# Another start: the same secret.
$node->stop;
$node->launch;
$node->wait_until_up;
eventually { code('from-before') == 200 } 'after another start the keys are good';
unlike $node->log_text, qr/from-before|\Q$made->{key}\E/, 'no log has seen a key';
done_testing();
