# SPDX-License-Identifier: Apache-2.0
# gwctl: every command, what it prints, and its exit codes.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use Certificates ();
use JSON ();

my $gwctl = "$ENV{GW_TEST_ROOT}/gwctl";

my $folder = File::Temp::tempdir('gw-ctl-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my $node = GatewayNode->start(threads => 16, GatewayNode::own_database());
my $upstream = upstream();

# gwctl's exit code; what it printed is in $out (both streams).
my $out;
sub run_gwctl {
    my ($at, @args) = @_;
    delete local $ENV{LD_PRELOAD};
    delete local $ENV{GWCTL_ADMIN};
    local $ENV{ASAN_OPTIONS} = 'detect_leaks=0';
    local $ENV{GWCTL_ADMIN} = $at->admin_url if $at;
    open my $from, '-|', 'sh', '-c', 'exec "$@" </dev/null 2>&1', 'sh', $gwctl, @args or die "gwctl: $!";
    $out = do { local $/; <$from> } // '';
    close $from;
    return $? >> 8;
}
sub write_file {
    my ($name, $text) = @_;
    open my $to, '>', "$folder/$name" or die $!;
    print $to $text;
    close $to or die $!;
    return "$folder/$name";
}

# ---- the command line ----
for (
    [ [], qr/^usage: gwctl/, 'no command' ],
    [ ['fly'], qr/no such command: fly/, 'an unknown one' ],
    [ ['diff'], qr/usage: gwctl diff FILE/, 'an argument missing' ],
    [ [ '--wings', 'status' ], qr/wings/, 'an unknown option' ],
    [ [ '-a', 'ftp://x', 'status' ], qr/not a URL: ftp/, 'no URL' ],
    [ [ '--timeout', 'x', 'status' ], qr/--timeout takes seconds/, 'no number' ],
    [ [ '-H', 'nothing', 'status' ], qr/not a header/, 'no header' ],
    [ [ 'diff', "$folder/none.yml" ], qr/none\.yml: No such file/, 'no file' ],
    [ [ 'migrate', 'sideways' ], qr/migrate takes status or up/, 'migrate whither' ],
) {
    my ($args, $want, $name) = @$_;
    is run_gwctl($node, @$args), 2, "$name: 2";
    like $out, $want, "$name: why";
}
is run_gwctl(undef, '--help'), 0, 'help';
my $free = GatewayNode::dead_port();
is run_gwctl(undef, '-a', "http://127.0.0.1:$free", 'status'), 3, 'nobody there: 3';
like $out, qr/127\.0\.0\.1:$free: /, 'it says where';

# ---- status, migrate ----
is run_gwctl($node, 'status'), 0, 'status';
like $out, qr/^database\s+(?:sqlite|postgres)$/m, 'tells the database';
like $out, qr/^reachable\s+true$/m, 'and that it is reached';
is run_gwctl($node, 'migrate', 'status'), 0, 'migrate status';
like $out, qr/^core: \d+ of \d+\n.*^pending\s+0$/ms, 'tells what ran';
is run_gwctl($node, 'migrate', 'up'), 0, 'migrate up';

# ---- diff and apply ----
my $file = write_file('gw.yml', <<"YAML");
_format_version: "3.0"
services:
- name: one
  url: $upstream
  routes:
  - name: one
    paths: [ /one ]
  plugins:
  - name: key-auth
consumers:
- username: ann
  keyauth_credentials:
  - key: anns-key
YAML
is run_gwctl($node, 'diff', $file), 1, 'diff: something to do: 1';
like $out, qr/^  \+ services one$/m, 'it tells what';
like $out, qr/^create 5, update 0, delete 0, unchanged 0$/m, 'and how much';
is run_gwctl($node, 'apply', $file), 6, 'apply without anybody to ask: 6';
is $node->admin(GET => '/services/one')->code, 404, 'nothing is done';
is run_gwctl($node, 'apply', '--yes', $file), 0, 'apply --yes';
like $out, qr/^in force$/m, 'it says so';
is $node->call(GET => '/one?apikey=anns-key')->code, 200, 'and it is';
is run_gwctl($node, 'diff', $file), 0, 'nothing to do: 0';
like $out, qr/^create 0, update 0, delete 0, unchanged 5$/m, 'all as it should be';
is run_gwctl($node, 'apply', $file), 0, 'then nobody is asked';

$node->admin_ok(POST => '/consumers', { username => 'bob' });
$node->admin(POST => '/consumers', { username => "evil\033[2J" });
is run_gwctl($node, 'diff', '--prune', $file), 1, 'diff --prune';
like $out, qr/^  - consumers bob$/m, 'shows what would go';
unlike $out, qr/\033\[2J/, 'and no row steers the terminal';
is run_gwctl($node, 'apply', '--prune', '--yes', $file), 0, 'apply --prune';
is $node->admin(GET => '/consumers/bob')->code, 404, 'deletes it';

my $changed = write_file('changed.yml', do { open my $in, '<', $file or die $!; local $/; <$in> =~ s{paths: \[ /one \]}{paths: [ /two ]}r });
is run_gwctl($node, 'diff', $changed), 1, 'a changed file';
like $out, qr/^  ~ routes one\n      paths: \["\/one"\] -> \["\/two"\]$/m, 'what changes, from what, to what';

my $broken = write_file('broken.json', '{"_format_version":"3.0","services":[{"name":"bad","port":-1}]}');
is run_gwctl($node, 'diff', $broken), 4, 'a bad file: 4';
like $out, qr/service bad: host: required field missing/, 'each mistake on a line';
like $out, qr/service bad: port: value should be between 0 and 65535/, 'two of them';
is run_gwctl($node, 'apply', '--yes', write_file('no.yml', "a: b: c\n")), 4, 'no YAML: 4';

# ---- export ----
is run_gwctl($node, 'export', '-o', "$folder/out.yml"), 0, 'export to a file';
is sprintf('%o', (stat "$folder/out.yml")[2] & 0777), '600', 'for its owner only';
is run_gwctl($node, 'diff', '--prune', "$folder/out.yml"), 0, 'it is what there is';

# ---- import from another gateway ----
$node->admin_ok(POST => '/consumers/ann/basic-auth', { username => 'ann', password => 'secret' });
$node->admin_ok(POST => '/consumers/ann/acls', { group => 'g' });
my $up = $node->admin_ok(POST => '/upstreams', { name => 'many' });
$node->admin_ok(POST => '/upstreams/many/targets', { target => '127.0.0.1:9', weight => 5 });
$node->admin_ok(POST => '/consumers', { username => "c$_" }) for 1 .. 30;
my $pair = Certificates::issue('one.test');
$node->admin_ok(POST => '/certificates', { cert => $pair->{cert}, key => $pair->{key}, snis => [ 'a.test', '*.b.test' ] });

my $other = GatewayNode->start(threads => 16, GatewayNode::own_database());
is run_gwctl($other, 'import', $node->admin_url . '/'), 6, 'import asks, too';
is run_gwctl($other, 'import', '-o', "$folder/import.json", $node->admin_url), 0, 'import to a file';
is scalar @{ JSON->new->decode(do { open my $in, '<', "$folder/import.json" or die $!; local $/; <$in> })->{consumers} }, 31, 'holds all pages';
is run_gwctl($other, 'import', '--yes', $node->admin_url), 0, 'import' or diag $out;
is $other->call(GET => '/one?apikey=anns-key')->code, 200, 'what worked there works here';
is $other->admin(GET => '/declarative/export')->content, $node->admin(GET => '/declarative/export')->content,
    'and is the same, ids and hashes included';
is run_gwctl($other, 'import', "http://127.0.0.1:$free"), 3, 'nobody to import from: 3';

# ---- without a database ----
SKIP: {
    skip 'no database is involved', 6 if is_postgres();
    my $lone = GatewayNode->start(threads => 16, extra => 'GwDeclarativeConfig none');
    is run_gwctl($lone, 'apply', '--yes', $file), 0, 'apply to a gateway without a database' or diag $out;
    is $lone->call(GET => '/one?apikey=anns-key')->code, 200, 'puts it in force';
    is run_gwctl($lone, 'apply', '--yes', write_file('less.yml', "_format_version: '3.0'\nconsumers:\n- username: ann\n")), 0, 'a smaller file';
    like $out, qr/^  - services one$/m, 'shows what goes';
    is $lone->call(GET => '/one')->code, 404, 'replaces all';
    is run_gwctl($lone, 'status'), 0, 'status';
}
done_testing;
