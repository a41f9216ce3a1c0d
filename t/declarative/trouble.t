# SPDX-License-Identifier: Apache-2.0
# A good configuration that cannot be put in force: no room on the disk, somebody who holds the store, a child that is
# about to end. Each has its status; what was in force stays, and the same text is taken when the trouble is over.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp ();
use GatewayNode;
use GatewayTest;
use IO::Select;
use IO::Socket::INET;
use Time::HiRes qw(sleep);

plan skip_all => 'no database is involved' if is_postgres();

my $upstream = upstream();
sub config { my ($name) = @_; return qq{_format_version: "3.0"\nservices:\n- name: $name\n  url: $upstream\n  routes:\n  - name: $name\n    paths: [/$name]\n} }
# One child, so that the test knows which.
my $one_child = "StartServers 1\nServerLimit 2\nMaxRequestWorkers 32\nMaxSpareThreads 32\nGracefulShutdownTimeout 60\n";

sub stays {
    my ($node, $name, $why) = @_;
    is $node->call(GET => "/$name")->code, 200, "$why: what was in force stays";
}

# ---- somebody else writes ----
my $node = GatewayNode->start(threads => 16, extra => "GwDeclarativeConfig none\n$one_child");
is $node->admin(POST => '/config', [ 'text/yaml', config('first') ])->code, 201, 'a configuration';
my ($file) = grep { -e } "$node->{dir}/state/declarative.db", glob "$node->{dir}/state/*.db";
ok $file, 'is kept in a file of the state folder';
{
    delete local $ENV{LD_PRELOAD};
    open my $holder, '|-', 'sqlite3', '-cmd', '.timeout 10000', $file or die "sqlite3: $!";
    $holder->autoflush;
    print $holder "BEGIN IMMEDIATE;\n.shell touch $node->{dir}/held\n";
    eventually { -e "$node->{dir}/held" } 'somebody holds it';
    my $res = $node->admin(POST => '/config', [ 'text/yaml', config('second') ]);
    is $res->code, 504, 'a store that others hold: 504';
    is json_of($res)->{message}, 'Timed out while loading configuration', 'with the words of the reference';
    stays($node, 'first', '504');
    print $holder "ROLLBACK;\n";
    close $holder;
}
is $node->admin(POST => '/config', [ 'text/yaml', config('second') ])->code, 201, 'then it is taken';

# ---- a child that is about to end ----
# The body's last bytes are sent when the child that reads it has been told to end.
sub status_while_exiting {
    my $text = config('third');
    my $sock = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $node->{admin_port}) or die "connect: $!";
    my ($old) = $node->children;
    my $head = "POST /config HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/yaml\r\nContent-Length: " . length($text) . "\r\n\r\n";
    $sock->syswrite($head . substr $text, 0, 5);
    sleep 0.3; # it is read by now, or the next try's is
    $node->graceful;
    for (1 .. 400) { last if grep { $_ != $old } $node->children; sleep 0.05 }
    sleep 0.3;
    $sock->syswrite(substr $text, 5);
    my $got = '';
    while (IO::Select->new($sock)->can_read(20)) { last unless sysread $sock, $got, 65536, length $got; last if $got =~ /\r\n\r\n.*\}/s }
    return $got;
}
my $answer = '';
for (1 .. 6) { $answer = status_while_exiting(); last if $answer =~ /^HTTP\S+ 503/; eventually { $node->is_up } 'it is up again' }
like $answer, qr{^HTTP/1\.1 503 .*"mod_gw currently exiting"}s, 'a child that is about to end: 503';
like $answer, qr/^Retry-After: \d/m, 'with when to try again';
is $node->admin(POST => '/config', [ 'text/yaml', config('fourth') ])->code, 201, 'another child takes one';
$node->stop;

# ---- no room ----
SKIP: {
    skip 'a preloaded library beside a sanitizer', 1 if $ENV{GW_SANITIZED};
    my $lib = File::Temp->newdir('gw-full-XXXXXX', TMPDIR => 1);
    skip 'no C compiler here', 1
        if system("cc -shared -fPIC -D_LARGEFILE64_SOURCE -o $lib/full_disk.so $FindBin::Bin/../lib/full_disk_preload.c -ldl 2>$lib/cc.log") != 0;
    chmod 0755, "$lib";
    my $dir = File::Temp::tempdir('gw-node-XXXXXX', TMPDIR => 1);
    my $full = do {
        local $ENV{LD_PRELOAD} = "$lib/full_disk.so";
        local $ENV{GW_TEST_FULL_DISK} = "$dir/state/";
        GatewayNode->start(dir => $dir, threads => 16, extra => 'GwDeclarativeConfig none');
    };
    is $full->admin(POST => '/config', [ 'text/yaml', config('first') ])->code, 201, 'with room';
    open my $flag, '>', "$dir/state/.full" or die $!;
    close $flag;
    my $res = $full->admin(POST => '/config', [ 'text/yaml', config('second') ]);
    is $res->code, 413, 'no room on the disk: 413';
    is json_of($res)->{message}, 'Configuration does not fit on the disk of GwStateDir', 'it says so';
    stays($full, 'first', '413');
    unlink "$dir/state/.full";
    is $full->admin(POST => '/config', [ 'text/yaml', config('second') ])->code, 201, 'with room again it is taken';
    is $full->call(GET => '/second')->code, 200, 'and in force';
}
done_testing;
