# SPDX-License-Identifier: Apache-2.0
# What a start says when the configuration or the database is not as it must be, and what it does not mind.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use POSIX ();
use Time::HiRes qw(sleep time);

plan skip_all => 'the same on both databases' if is_postgres();

my $node = GatewayNode->start(threads => 16);
my $service = $node->admin_ok(POST => '/services', { name => 'svc', url => upstream() });
$node->admin_ok(POST => '/routes', { paths => ['/here'], service => { id => $service->{id} } });
my $node_id = $node->admin_ok(GET => '/')->{node_id};
$node->stop;
my $good = do { open my $in, '<', "$node->{dir}/httpd.conf" or die $!; local $/; <$in> };

sub configure {
    my ($text) = @_;
    open my $out, '>', "$node->{dir}/httpd.conf" or die $!;
    print $out $text;
    close $out or die $!;
}

# Start with this configuration; 1 when it answers, 0 when it has refused. *new is what the logs say of it.
my $new;
sub try_start {
    my ($text) = @_;
    configure($text);
    my ($old, $old_out) = map { $node->log_text($_) } 'error.log', 'out.log';
    $node->launch;
    my $until = time + 30;
    my $up = 0;
    until ($up || time > $until) {
        last if waitpid($node->{pid}, POSIX::WNOHANG()) > 0;
        $up = $node->is_up;
        sleep 0.05 unless $up;
    }
    $new = substr($node->log_text, length $old) . substr($node->log_text('out.log'), length $old_out);
    return $up;
}

ok try_start($good), 'the configuration is good';
is $node->admin_ok(GET => '/')->{node_id}, $node_id, 'a node keeps its id over starts';
$node->stop;

(my $none = $good) =~ s/^DBD.*\n//mg;
ok !try_start($none), 'without a database';
like $new, qr/there is no database: write DBDriver and DBDParams/, 'it is told what to write';

(my $unloaded = $none) =~ s/^LoadModule dbd_module.*\n//m;
ok !try_start($unloaded), 'without mod_dbd';
like $new, qr/mod_dbd is not loaded.*LoadModule dbd_module/, 'it is told what to load';

(my $nested = $good) =~ s/^(DBD.*\n(?:.*\n)*?)(?=\n)/<IfModule mod_dbd.c>\n$1<\/IfModule>\n/m;
ok try_start($nested), 'DBDriver may stand in an IfModule';
$node->stop;

my $folder = "$node->{dir}/locked";
mkdir $folder or die $!;
chmod 0555, $folder;
(my $locked = $good) =~ s/^DBDParams.*/DBDParams "$folder\/gw.db"/m;
ok !try_start($locked), 'a folder that may not be written';
like $new, qr/the folder \S+locked of the database file must be writable/, 'is named';
(my $missing = $good) =~ s/^DBDParams.*/DBDParams "$folder\/no\/gw.db"/m;
ok !try_start($missing), 'a folder that does not exist';
my $user = getpwuid $>;
like $new, qr/the folder \S+no of the database file does not exist: make it, for the user that httpd runs as \(\Q$user\E\)/,
    'is named, and for whom it is to be';
for (['a missing folder', $missing], ['one that may not be written', $locked]) {
    my ($name, $text) = @$_;
    configure($text);
    is system("$ENV{GW_HTTPD} -d $node->{dir} -f $node->{dir}/httpd.conf -k start >>$node->{dir}/logs/out.log 2>&1") >> 8, 1,
        "$name: who starts httpd as a daemon is told by its end";
}
rmdir $folder;
(my $made = $good) =~ s/^DBDParams.*/DBDParams "$node->{dir}\/made\/gw.db"/m;
$made =~ s/^GwStateDir.*/GwStateDir "$node->{dir}\/made"/m or die;
ok try_start($made), 'GwStateDir is made where it is missing, for a database in it, too';
$node->stop;

# A database that a newer build has made.
sub sql { my ($sql) = @_; open my $to, '|-', 'sqlite3', '-cmd', '.timeout 10000', "$node->{dir}/data/gw.db" or die "sqlite3: $!"; print $to $sql; close $to or die 'sqlite3 failed' }
my $has_sqlite = !system('command -v sqlite3 >/dev/null');
SKIP: {
    skip 'no sqlite3 command', 5 unless $has_sqlite;
    ok try_start($good), 'a server runs';
    sql("UPDATE gw_migrations SET version = 999 WHERE owner = 'core' AND version = 1;\n");
    $node->graceful;
    eventually { $node->log_text =~ /GW1664/ } 'the database becomes newer: a restart says so';
    is $node->call(GET => '/here')->code, 200, 'and goes on';
    $node->stop;
    ok !try_start($good), 'a cold start refuses';
    like $new, qr/made by a newer mod_gw/, 'and says why';
    sql("UPDATE gw_migrations SET version = 1 WHERE owner = 'core' AND version = 999;\n");
}

# A database that an older build has made, and may not be changed: plugins do not tell of their consumers there.
SKIP: {
    skip 'no sqlite3 command', 6 unless $has_sqlite;
    sql("DELETE FROM gw_migrations WHERE owner = 'core' AND version = 19;\n"
        . join '', map { "DROP TRIGGER plugins_gw_consumer_$_;\n" } qw(insert update delete));
    (my $off = $good) =~ s/^GwMigrate On/GwMigrate Off/m;
    ok try_start($off), 'a server runs on an older database';
    eventually { $node->log_text =~ /GW1627.*restart httpd with GwMigrate On/ } 'its children say so';
    my $user = $node->admin_ok(POST => '/consumers', { username => unique('user') });
    $node->admin_ok(POST => "/consumers/$user->{id}/key-auth", { key => 'older' });
    my $guard = $node->admin_ok(POST => '/services/svc/plugins', { name => 'key-auth' });
    is $node->call(GET => '/here', apikey => 'older')->code, 200, 'a consumer';
    my $own = $node->admin_ok(POST => "/consumers/$user->{id}/plugins", { name => 'request-termination' });
    is $node->call(GET => '/here', apikey => 'older')->code, 503, 'who gets a plugin';
    $node->admin_ok(DELETE => "/plugins/$own->{id}");
    is $node->call(GET => '/here', apikey => 'older')->code, 200, 'and loses it';
    $node->admin_ok(DELETE => "/plugins/$guard->{id}");
    $node->stop;
    ok try_start($good), 'and is brought up to date';
    $node->stop;
}

# GwMigrate Off on an empty database.
(my $empty = $good) =~ s/^GwMigrate On/GwMigrate Off/m;
$empty =~ s/^DBDParams.*/DBDParams "$node->{dir}\/data\/empty.db"/m;
unlink "$node->{dir}/state/last-good";
configure($empty);
$node->launch;
eventually { $node->log_text =~ /GW1661/ } 'pending migrations are told', 30;
eventually { $node->call(GET => '/here')->code == 503 } 'without tables nothing is served', 30;
$node->stop;

# Static Locations need no database.
(my $static = $none) =~ s/^\s*GwRouter On.*//mg;
$static =~ s/(?=^<VirtualHost)/GwStateDir "$node->{dir}\/state-none"\n/m;
my $upstream = upstream();
$static =~ s{(<VirtualHost \*:$node->{proxy_port}>\n)}{$1<Location "/fixed/">\nProxyPass "$upstream/"\nGwService fixed\nGwPlugin key-auth key_names=placekey run_on_preflight=false\n</Location>\n};
configure($static);
$node->launch;
eventually { $node->call(OPTIONS => '/fixed/x')->code == 200 } 'a static Location is served without any database', 30;
$node->call(@$_) for [ OPTIONS => '/fixed/x?placekey=SEKRIT' ], [ GET => '/other?placekey=SEKRIT' ];
eventually { $node->log_text('access.log') =~ m{/other\?placekey=} } 'what is not its own is logged, too';
unlike $node->log_text('access.log'), qr/SEKRIT/, 'the keys of static Locations are masked, wherever they are sent';
is $node->admin(GET => '/routes')->code, 503, 'the Admin API says that there is none';
$node->stop;

done_testing;
