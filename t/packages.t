#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# packages.t - what build/packages.sh does to a system while packages are installed, and leaves as it was. The system is
# a folder (DPKG_ROOT), apt-get, dpkg-query and id are stubs; what enables services are Debian's own tools.
use strict;
use warnings FATAL => 'all';
use File::Temp ();
use FindBin;
use Test::More;
use Time::HiRes 'sleep';

$ENV{PATH} .= ':/usr/sbin:/sbin';
for my $tool (qw(update-rc.d deb-systemd-helper)) {
    plan skip_all => "no $tool here: not Debian" if !grep { -x "$_/$tool" } split /:/, $ENV{PATH};
}
my $work = File::Temp::tempdir('gw-packages-XXXXXX', TMPDIR => 1, CLEANUP => 1);
my ($policy, $go) = ('usr/sbin/policy-rc.d', "$work/go");

sub write_file {
    my ($path, $text, $mode) = @_;
    open my $out, '>', $path or die "$path: $!";
    print $out $text;
    close $out or die $!;
    chmod $mode // 0644, $path;
}
sub read_file { my ($path) = @_; return -e $path ? do { local (@ARGV, $/) = $path; <> } // '' : undef }

# A package with a service, as its maintainer's scripts bring it; what they see of the policy is written down.
my $bring = <<'SH';
bring() {
    export DPKG_MAINTSCRIPT_PACKAGE=$1
    printf '#!/bin/sh\n### BEGIN INIT INFO\n# Provides: %s\n# Default-Start: 2 3 4 5\n# Default-Stop: 0 1 6\n### END INIT INFO\n' \
        $1 >"$DPKG_ROOT/etc/init.d/$1"
    chmod 755 "$DPKG_ROOT/etc/init.d/$1"
    printf '[Service]\nExecStart=/bin/true\n[Install]\nWantedBy=multi-user.target\n' >"$DPKG_ROOT/lib/systemd/system/$1.service"
    printf '[Socket]\nListenStream=/run/x\n[Install]\nWantedBy=sockets.target\n' >"$DPKG_ROOT/lib/systemd/user/$1.socket"
    { update-rc.d $1 defaults && deb-systemd-helper enable $1.service && deb-systemd-helper --user enable $1.socket; } >>"$DPKG_ROOT/seen/enabling" 2>&1 || cat "$DPKG_ROOT/seen/enabling" >&2
}
SH
mkdir "$work/bin" or die $!;
write_file("$work/bin/id", "#!/bin/sh\necho \${STUB_UID:-0}\n", 0755);
write_file("$work/bin/dpkg-query", <<'SH', 0755);
#!/bin/sh
case "$*" in *redis-server*) ;; *) echo install ok installed ;; esac
SH
write_file("$work/bin/apt-get", <<"SH", 0755);
#!/bin/sh
$bring
echo "\$*" >>"\$STUB_SEEN/calls"
[ "\$1" = install ] || exit 0
[ -z "\${STUB_FAILS:-}" ] || { echo 'E: no such thing'; exit 100; }
bring redis-server
"\$DPKG_ROOT/$policy" redis-server start
echo \$? >"\$STUB_SEEN/verdict"
cat "\$DPKG_ROOT"/etc/postgresql-common/createcluster.d/*.conf >"\$STUB_SEEN/createcluster"
[ -z "\${STUB_WAITS:-}" ] || { touch "\$STUB_SEEN/waiting"; until [ -e $go ]; do sleep 0.05; done; }
SH

my $count = 0;
# A system with one service of its own, and how it looks.
sub new_system {
    my $system = "$work/system" . ++$count;
    my @folders = qw(. usr usr/sbin lib lib/systemd lib/systemd/system lib/systemd/user etc etc/init.d etc/systemd
        etc/systemd/system etc/systemd/user seen), map { "etc/rc$_.d" } 0 .. 6, 'S';
    mkdir "$system/$_" or $_ eq '.' && mkdir $system or die "$system/$_: $!" for @folders;
    local $ENV{DPKG_ROOT} = $system;
    write_file("$work/bring", $bring . "bring cron\n");
    system('sh', "$work/bring") == 0 or die;
    unlink $go;
    return $system;
}
sub begun_at_boot {
    my ($system) = @_;
    return join ' ', map { s{.*/}{}r } glob("$system/etc/rc[2-5].d/S* $system/etc/systemd/*/*.wants/*");
}
my $crons = 'S01cron S01cron S01cron S01cron cron.service cron.socket';

sub environment {
    my ($system, %more) = @_;
    return (DPKG_ROOT => $system, STUB_SEEN => "$system/seen", PATH => "$work/bin:$ENV{PATH}", %more);
}
sub deps {
    my ($system, %more) = @_;
    my %env = environment($system, %more);
    local @ENV{ keys %env } = values %env;
    my $text = qx($FindBin::Bin/../build/deps test 2>&1);
    return ($? >> 8, $text);
}
# Runs until apt-get waits in the middle; in a group of its own, as a terminal's.
sub deps_in_the_middle {
    my ($system) = @_;
    my $pid = fork // die $!;
    if (!$pid) {
        setpgrp;
        my %env = environment($system, STUB_WAITS => 1);
        @ENV{ keys %env } = values %env;
        $SIG{$_} = 'DEFAULT' for qw(INT TERM);
        open STDOUT, '>', "$system/seen/output" or die $!;
        open STDERR, '>&', \*STDOUT or die $!;
        exec "$FindBin::Bin/../build/deps", 'test' or die $!;
    }
    wait_until(sub { -e "$system/seen/waiting" }) or diag read_file("$system/seen/output");
    return $pid;
}
sub wait_until {
    my ($is_so) = @_;
    for (1 .. 1200) { return 1 if $is_so->(); sleep 0.05 }
    return 0;
}
sub is_as_before {
    my ($system, $name) = @_;
    is begun_at_boot($system), $crons, "$name: what is new is not enabled, what was there is";
    ok !-e "$system/etc/postgresql-common", "$name: no folder is left for Postgres";
    is join(' ', grep { !m{/policy-rc\.d$} } glob "$system/usr/sbin/*"), '', "$name: no copies of policies are left";
}

{
    my $system = new_system();
    is begun_at_boot($system), $crons, 'the stubs enable services, as packages do';
    my ($status, $text) = deps($system);
    is $status, 0, 'root: installs' or diag $text;
    like $text, qr/^installing: redis-server $/m, 'root: and says what';
    like read_file("$system/seen/calls"), qr/^install .*--no-install-recommends.* redis-server\n\z/, 'root: one call of apt-get';
    is read_file("$system/seen/verdict"), "101\n", 'root: meanwhile no service may start';
    is read_file("$system/seen/createcluster"), "create_main_cluster = false\n", 'root: and Postgres makes no cluster';
    ok -e "$system/lib/systemd/system/redis-server.service", 'root: the service is there';
    ok !-e "$system/$policy", 'root: the policy is gone';
    is_as_before($system, 'root');
}
{
    my $system = new_system();
    my ($status, $text) = deps($system, STUB_UID => 1000);
    isnt $status, 0, 'another user: an error';
    like $text, qr/please install first: apt-get install redis-server/, 'another user: is told what to install';
    ok !-e "$system/seen/calls", 'another user: apt-get is not called';
}
{
    my $system = new_system();
    my ($status, $text) = deps($system, STUB_FAILS => 1);
    isnt $status, 0, 'apt-get fails: an error';
    like $text, qr/E: no such thing.*could not install: redis-server/s, 'apt-get fails: its words and ours';
    like read_file("$system/seen/calls"), qr/^install .*\nupdate .*\ninstall .*\n\z/, 'apt-get fails: tried again with new lists';
    ok !-e "$system/$policy", 'apt-get fails: the policy is gone';
    is_as_before($system, 'apt-get fails');
}
for my $link (0, 1) {
    my ($system, $name) = (new_system(), 'a policy of others' . ($link ? ', by a link' : ''));
    my $text = "#!/bin/sh\nexit 0 # all may start\n";
    my $file = $link ? "$system/etc/theirs" : "$system/$policy";
    write_file($file, $text, 0750);
    symlink $file, "$system/$policy" if $link;
    mkdir "$system/etc/postgresql-common";
    write_file("$system/etc/postgresql-common/createcluster.conf", 'theirs');
    my ($status) = deps($system);
    is $status, 0, "$name: installs";
    is read_file("$system/seen/verdict"), "101\n", "$name: meanwhile ours holds";
    is read_file("$system/$policy"), $text, "$name: back afterwards";
    is sprintf('%o', (stat "$system/$policy")[2] & 07777), '750', "$name: with its rights";
    is !!-l "$system/$policy", !!$link, "$name: and its kind";
    is join(' ', glob "$system/etc/postgresql-common/*"), "$system/etc/postgresql-common/createcluster.conf",
        "$name: what Postgres had it has";
}
for my $signal (qw(INT TERM)) {
    my $system = new_system();
    write_file("$system/$policy", 'theirs') if $signal eq 'TERM';
    my $pid = deps_in_the_middle($system);
    like read_file("$system/$policy"), qr/exit 101/, "$signal in the middle: the policy was there";
    my ($status, $text) = deps($system);
    isnt $status, 0, "$signal in the middle: nobody else installs meanwhile";
    like $text, qr/another process is installing packages/, "$signal in the middle: and is told so";
    kill $signal => -$pid;
    waitpid $pid, 0;
    isnt $?, 0, "$signal in the middle: ended";
    ok wait_until(sub { !-e "$system/$policy.before" && (read_file("$system/$policy") // '') !~ /101/ }),
        "$signal in the middle: the policy is gone";
    is read_file("$system/$policy"), $signal eq 'TERM' ? 'theirs' : undef, "$signal in the middle: what was there is back";
    is_as_before($system, "$signal in the middle");
}
{ # nobody can tidy up after a KILL of all: the next run does
    my $system = new_system();
    write_file("$system/$policy", 'theirs');
    my $pid = deps_in_the_middle($system);
    kill KILL => -$pid;
    waitpid $pid, 0;
    like read_file("$system/$policy"), qr/exit 101/, 'KILL in the middle: the policy stays';
    my ($status, $text);
    ok wait_until(sub { ($status, $text) = deps($system); return $status == 0 }), 'KILL in the middle: the next run installs'
        or diag $text; # the last of them may take a moment to end
    is read_file("$system/$policy"), 'theirs', 'KILL in the middle: and puts back what was there before';
}
done_testing();
