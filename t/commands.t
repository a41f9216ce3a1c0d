#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# commands.t - what README.md tells people to type: quickstart in its variants, the walk that it prints.
# Run by build/check beside the suites (not inside their server): GW_BUILD_DIR says where make ran.
use strict;
use warnings FATAL => 'all';
use File::Temp ();
use FindBin;
use IO::Socket::INET;
use Test::More;

my $top = "$FindBin::Bin/..";
my $build = $ENV{GW_BUILD_DIR} or plan skip_all => 'GW_BUILD_DIR is not set';
my $work = File::Temp::tempdir('gw-commands-XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $work;

sub free_ports {
    my @s = map { IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die $! } 1 .. shift;
    return map { $_->sockport } @s;
}
my @started;
sub node {
    my ($dir) = @_;
    my %env = (GW_DIR => "$work/$dir", GW_BUILD_DIR => $build);
    @env{qw(GW_PORT GW_TLS_PORT GW_ADMIN_PORT GW_ADMIN_TLS_PORT)} = free_ports(4);
    push @started, \%env;
    return \%env;
}
sub quickstart {
    my ($env, @args) = @_;
    local @ENV{ keys %$env } = values %$env;
    my $text = qx($top/build/quickstart @args 2>&1);
    return wantarray ? ($text, $? >> 8) : $text;
}
sub code { return qx(curl -sk -o /dev/null -w '%{http_code}' @_) }
END { local $?; quickstart($_, 'stop') for @started }

sub walk {
    my ($text, $name) = @_;
    my @lines = grep { /^curl / } split /\n/, $text;
    is scalar @lines, 8, "$name: a walk of eight lines is printed";
    my @got = map { qx($_ -o /dev/null -w '%{http_code}') } @lines;
    is "@got", '201 201 200 201 401 201 201 200', "$name: pasted, it answers as it should";
}

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

{ # attached to a terminal: Ctrl-C ends all of it
    my $env = node('attached');
    pipe my $out, my $in or die $!;
    my $pid = fork // die $!;
    if (!$pid) {
        close $out;
        open STDOUT, '>&', $in;
        open STDERR, '>&', $in;
        setpgrp;
        @ENV{ keys %$env } = values %$env;
        $SIG{INT} = 'DEFAULT'; # whatever we were started with: no shell traps what it found ignored
        exec "$top/build/quickstart", '--foreground', '--postgres';
    }
    close $in;
    my $text = '';
    while (my $line = <$out>) {
        $text .= $line;
        last if $line =~ /open-sesame'$/; # the last line of the walk
    }
    walk($text, 'attached');
    my ($other) = quickstart({ GW_DIR => $env->{GW_DIR}, GW_BUILD_DIR => $build }, 'status');
    like $other, qr/running .*http:..127\.0\.0\.1:$env->{GW_PORT}\b.*"gateway"/s, 'status knows the ports of what runs';
    kill INT => -$pid; # as a terminal does: to all of the group
    waitpid $pid, 0;
    my (undef, $status) = quickstart($env, 'status');
    is $status, 3, 'Ctrl-C ends httpd';
    isnt system("$top/build/private-postgres", 'status', "$env->{GW_DIR}/postgres"), 0, 'and its Postgres';
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

my $env = node('taken');
my $taken = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => $env->{GW_PORT}) or die $!;
my ($text, $status) = quickstart($env);
isnt $status, 0, 'a port that is taken stops the start';
like $text, qr/port $env->{GW_PORT} is taken: set GW_PORT/, 'and it says what to do';
done_testing();
