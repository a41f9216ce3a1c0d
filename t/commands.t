#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# commands.t - what README.md tells people to type: quickstart in its variants, the walk that it prints.
# Run by build/check beside the suites (not inside their server): GW_BUILD_DIR says where make ran.
use strict;
use warnings FATAL => 'all';
use FindBin;
use Test::More;
use lib "$FindBin::Bin/lib";
use Quickstart;

my $build = $ENV{GW_BUILD_DIR} or plan skip_all => 'GW_BUILD_DIR is not set';

for my $variant (['SQLite'], ['Postgres', '--postgres'], ['worker', '--mpm', 'worker']) {
    my ($name, @args) = @$variant;
    my $env = node(lc $name);
    my ($text, $status) = quickstart($env, @args);
    is $status, 0, "$name: starts" or diag $text;
    walk($text, $name);
    my ($page) = $text =~ /^In the browser: (\S+)$/m;
    like defined $page ? scalar qx(curl -s $page) : $text, qr/<script type="module" src="main/, "$name: the address of the web page";
    is code("https://127.0.0.1:$env->{GW_TLS_PORT}/example/status -H 'apikey: open-sesame'"), 200, "$name: TLS";
    is code("--http2 https://127.0.0.1:$env->{GW_ADMIN_TLS_PORT}/status"), 200, "$name: Admin API over TLS";
    like scalar quickstart($env, 'start'), qr/already running/, "$name: a second start says so";
    like scalar quickstart($env, 'reload'), qr/reloaded/, "$name: reload";
    is code("http://127.0.0.1:$env->{GW_PORT}/example/status -H 'apikey: open-sesame'"), 200, "$name: still there after reload";
    like scalar quickstart($env, 'status'), qr/running.*"gateway"/s, "$name: status";
    if ($name eq 'Postgres') { # two nodes on one database
        my ($params) = do { local (@ARGV, $/) = "$env->{GW_DIR}/httpd.conf"; <> } =~ /^DBDParams "(.*)"/m;
        my $second = node('second');
        (undef, $status) = quickstart($second, '--database', "'$params'");
        is $status, 0, 'a second node on the same database starts';
        is code("http://127.0.0.1:$second->{GW_PORT}/example/status -H 'apikey: open-sesame'"), 200, 'and serves what the first was told';
        quickstart($second, 'stop');
    }
    like scalar quickstart($env, 'stop'), qr/stopped/, "$name: stop";
    (undef, $status) = quickstart($env, 'status');
    is $status, 3, "$name: status knows that it is stopped";
    if ($name eq 'SQLite') {
        quickstart($env);
        is code("http://127.0.0.1:$env->{GW_PORT}/example/status -H 'apikey: open-sesame'"), 200, 'data outlives a stop';
        quickstart($env, 'stop');
    }
}

SKIP: { # where httpd's user cannot enter the checkout, the gateway lives below the temporary folder
    skip 'only root has another user for httpd', 2 if $>;
    my ($closed, $tmp) = ("$work/closed", "$work/everybodys");
    mkdir $closed, 0700;
    mkdir $tmp, 01777;
    system('cp', '-R', "$top/build", $closed);
    my ($sum) = qx(printf %s $closed | cksum) =~ /^(\d+)/;
    my $status = sub { scalar qx(env -u GW_DIR TMPDIR=$tmp $closed/build/quickstart status 2>&1) };
    like $status->(), qr/not running/, 'nothing there: not running';
    symlink '/etc', "$tmp/mod_gw-$sum";
    like $status->(), qr/is a link that somebody has put there/, 'a link of a name that others can guess is not followed';
}

{ # a pid file that outlived its httpd names somebody else
    my $env = node('stale');
    mkdir $env->{GW_DIR};
    my $pid = fork // die $!;
    exec 'sleep', 60 unless $pid;
    open my $file, '>', "$env->{GW_DIR}/httpd.pid" or die $!;
    print $file "$pid\n";
    close $file;
    like scalar quickstart($env, 'stop'), qr/not running/, 'a stale pid file: not running';
    ok kill(0, $pid), 'and whoever has the number by now lives on';
    kill KILL => $pid;
    waitpid $pid, 0;
}

done_testing();
