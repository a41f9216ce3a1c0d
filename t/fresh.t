#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# fresh.t - build/quickstart as somebody runs it who has only just cloned: nothing built, nothing of ours in the
# environment but ports, a folder that httpd's user cannot enter. Builds everything once, so LONG=1 build/check runs it.
use strict;
use warnings FATAL => 'all';
use File::Temp ();
use FindBin;
use IO::Socket::INET;
use Test::More;
use Time::HiRes 'sleep';

my $top = "$FindBin::Bin/..";
my $closed = File::Temp::tempdir('gw-fresh-XXXXXX', TMPDIR => 1, CLEANUP => 1); # mode 0700
my $temporary = File::Temp::tempdir('gw-everybodys-XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 01777, $temporary;
my $checkout = "$closed/mod_gw";
mkdir $checkout or die $!;
chdir $checkout or die $!;
delete @ENV{ grep { /^GW_/ } keys %ENV };
$ENV{TMPDIR} = $temporary;
my %port;
{
    my @sockets = map { IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die $! } 1 .. 4;
    @port{qw(GW_PORT GW_TLS_PORT GW_ADMIN_PORT GW_ADMIN_TLS_PORT)} = map { $_->sockport } @sockets;
    @ENV{ keys %port } = values %port;
}

# What a clone has: the files that git knows. A release is taken as it is.
my $is_clone = system("git -C '$top' rev-parse --git-dir >/dev/null 2>&1") == 0;
my $copied = system 'bash', '-o', 'pipefail', '-c', $is_clone
    ? 'cd "$0" && git ls-files -z | tar --null -T - -cf - | tar -xf - -C "$1" && cd "$1" && git init -q && git add -A'
    : 'cd "$0" && tar --exclude=./var --exclude="./obj*" -cf - . | tar -xf - -C "$1"', $top, $checkout;
is $copied, 0, 'a fresh checkout';

sub quickstart {
    my $text = qx(build/quickstart @_ 2>&1);
    return ($? >> 8, $text);
}
END { local $?; system "$checkout/build/quickstart stop >/dev/null 2>&1" }
sub curl { my $text = qx(curl -sk @_); return $text }
sub slurp { my ($path) = @_; open my $in, '<', $path or return ''; local $/; return <$in> // '' }
sub httpd_pid { return slurp("$_[0]/httpd.pid") =~ s/\s//gr }
# The built files with their times.
sub built { return scalar qx(find var/build -name '*.o' -o -name '*.lo' -o -name '*.so' -o -name gwctl | sort | xargs stat -c '%n %Y %y') }

my ($status, $text) = quickstart();
is $status, 0, 'build/quickstart' or diag $text;
my ($dir) = $text =~ /^Database: SQLite, embedded\. Logs and data: (\S+)\. /m or BAIL_OUT("no gateway: $text");
my $built = built();
like $built, qr{/mod_gw\.so }, 'it has built mod_gw.so under var/';

my @walk = grep { /^curl / } split /\n/, $text;
is join(' ', map { scalar qx($_ -o /dev/null -w '%{http_code}') } @walk), '201 201 200 201 401 201 201 200', 'the walk that it prints works';
for (['the proxy', $port{GW_TLS_PORT}, 404], ['the Admin API', $port{GW_ADMIN_TLS_PORT}, 200]) {
    my ($name, $tls_port, $code) = @$_;
    for my $version ('2', '1.1') {
        is curl("-o /dev/null -w '%{http_code} %{http_version}' --http$version https://127.0.0.1:$tls_port/"), "$code $version",
            "TLS at $name: HTTP/$version";
    }
}

my $pid = httpd_pid($dir);
my @pids = ($pid, split ' ', scalar qx(ps -o pid= --ppid $pid));
ok @pids > 1, 'httpd has children';
my @users = map { slurp("/proc/$_/status") =~ /^Uid:\s+(\d+)\s+(\d+)/m ? ($1, $2) : 'gone' } @pids;
if ($> == 0) {
    is join(' ', grep { !/^[1-9]\d*$/ } @users), '', 'started by root, it runs as an ordinary user';
    like $dir, qr{^\Q$temporary\E/mod_gw-\d+$}, 'in a folder below the temporary one, as that user cannot enter the checkout';
} else {
    is join(' ', grep { $_ ne $> } @users), '', 'it runs as who started it';
    is $dir, "$checkout/var/gateway", 'in var/';
}
like slurp("/proc/$pid/maps"), qr/mod_mpm_event\.so/, 'on the event MPM';

{ # logs go on until they are ended
    curl("-o /dev/null http://127.0.0.1:$port{GW_PORT}/before-logs");
    my $follower = open my $logs, '-|', 'build/quickstart', 'logs' or die $!;
    my $seen = '';
    my $find = sub {
        my ($what) = @_;
        while ($seen !~ $what) { sysread $logs, $seen, 65536, length $seen or return 0 }
        return 1;
    };
    local $SIG{ALRM} = sub { kill TERM => $follower };
    alarm 120;
    ok $find->(qr/before-logs/), 'logs: what was written';
    curl("-o /dev/null http://127.0.0.1:$port{GW_PORT}/during-logs");
    ok $find->(qr/during-logs/), 'logs: and what is written meanwhile';
    alarm 0;
    kill TERM => $follower;
    close $logs;
}

is +(quickstart('stop'))[0], 0, 'stop';
ok !-e "/proc/$pid", 'httpd is gone';

# Compilers from here on would tell that they ran, and fail.
mkdir "$closed/bin" or die $!;
for my $compiler (qw(cc gcc clang ld)) {
    open my $out, '>', "$closed/bin/$compiler" or die $!;
    print $out "#!/bin/sh\necho \"\$0 \$*\" >>$closed/compiled\nexit 1\n";
    chmod 0755, $out;
}
$ENV{PATH} = "$closed/bin:$ENV{PATH}";
($status, $text) = quickstart('--mpm', 'worker');
is $status, 0, 'a second start, with --mpm worker' or diag $text;
is slurp("$closed/compiled"), '', 'compiles nothing';
is built(), $built, 'and makes nothing anew';
my $maps = slurp('/proc/' . httpd_pid($dir) . '/maps');
like $maps, qr/mod_mpm_worker\.so/, 'it is on the worker MPM';
unlike $maps, qr/mod_mpm_event\.so/, 'and on no other';
is curl("-o /dev/null -w '%{http_code}' http://127.0.0.1:$port{GW_PORT}/example/status -H 'apikey: open-sesame'"), 200, 'what the first was told is there';
is +(quickstart('stop'))[0], 0, 'stop';
is +(quickstart('status'))[0], 3, 'it is stopped';
SKIP: {
    skip 'no git here', 1 unless $is_clone;
    is scalar(qx(git status --porcelain | grep -v '^A  ')), '', 'the checkout is as it was, but for what git ignores';
}
chdir '/';
done_testing();
