#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# quickstart.t - what build/quickstart says and returns where not all is well: attached to a httpd that ends or does not
# begin, without its database, with ports and folders that will not do. Run by build/check beside commands.t.
use strict;
use warnings FATAL => 'all';
use FindBin;
use IO::Socket::INET;
use Test::More;
use Time::HiRes 'sleep';
use lib "$FindBin::Bin/lib";
use Quickstart;

plan skip_all => 'GW_BUILD_DIR is not set' unless $ENV{GW_BUILD_DIR};

sub write_file {
    my ($path, $text) = @_;
    open my $out, '>', $path or die "$path: $!";
    print $out $text;
    close $out or die $!;
}
sub slurp { my ($path) = @_; open my $in, '<', $path or return ''; local $/; return <$in> // '' }
sub sql { my ($env, $sql) = @_; return system 'sqlite3', "$env->{GW_DIR}/data/gw.db", $sql }

{ # Ctrl-C ends all of it
    my $env = node('attached');
    my $attached = attach($env, '--postgres');
    walk($attached->read_walk, 'attached');
    my ($other) = quickstart({ GW_DIR => $env->{GW_DIR}, GW_BUILD_DIR => $env->{GW_BUILD_DIR} }, 'status');
    like $other, qr/running .*http:..127\.0\.0\.1:$env->{GW_PORT}\b.*"gateway"/s, 'status knows the ports of what runs';
    $attached->ctrl_c;
    my ($text, $status) = $attached->ended;
    is $status, 0, 'Ctrl-C was asked for: no failure' or diag $text;
    (undef, $status) = quickstart($env, 'status');
    is $status, 3, 'Ctrl-C ends httpd';
    isnt system("$top/build/private-postgres", 'status', "$env->{GW_DIR}/postgres"), 0, 'and its Postgres';
}

{ # however it ends, who waits for it is told
    my $env = node('ended');
    my $attached = attach($env);
    $attached->read_walk;
    like scalar quickstart($env, 'stop'), qr/stopped/, 'stop from elsewhere';
    my ($text, $status) = $attached->ended;
    is $status, 0, 'is no failure of what is attached' or diag $text;
    unlike $text, qr/has ended/, 'and it complains of nothing';

    $attached = attach($env);
    $attached->read_walk;
    my ($pid) = slurp("$env->{GW_DIR}/httpd.pid") =~ /(\d+)/ or die 'no pid';
    kill KILL => $pid, split ' ', scalar qx(ps -o pid= --ppid $pid);
    ($text, $status) = $attached->ended;
    is $status, 1, 'a httpd that was killed is a failure';
    like $text, qr/resuming normal operations.*^quickstart: httpd has ended \(status 137\); its log: /ms, 'which is told, with its log';

    sql($env, "INSERT INTO gw_migrations (owner, version, script) VALUES ('core', 999, 'x')");
    ($text, $status) = attach($env)->ended;
    is $status, 1, 'one that does not begin is a failure';
    like $text, qr/the database is newer than this build.*^quickstart: httpd has ended \(status 1\)/ms, 'and its reason is told';
    unlike $text, qr/does not answer/, 'nobody waits for its answers';
    sql($env, 'DELETE FROM gw_migrations WHERE version = 999');

    # Ctrl-C while the announcer still waits for a first answer: a curl that gets none
    mkdir "$work/bin" or die $!;
    write_file("$work/bin/curl", "#!/bin/sh\nexit 7\n");
    chmod 0755, "$work/bin/curl";
    unlink "$env->{GW_DIR}/httpd.pid";
    $attached = attach({ %$env, PATH => "$work/bin:$ENV{PATH}" });
    for (1 .. 1200) { last if -s "$env->{GW_DIR}/httpd.pid"; sleep 0.05 }
    $attached->ctrl_c;
    ($text, $status) = $attached->ended;
    is $status, 0, 'Ctrl-C before it answers: no failure' or diag $text;
    is $text, '', 'and nobody is left who complains later';
}

{ # it runs, but without its database
    my $bound = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'tcp') or die $!; # nobody listens there
    my $env = node('away');
    for (
        ['host=127.0.0.1 port=' . $bound->sockport . ' dbname=gw user=gw', qr/port \d+ failed: Connection refused/, 'a database that is away'],
        ['hots=127.0.0.1', qr/invalid connection option "hots"/, 'a word that no connection string has'],
    ) {
        my ($conninfo, $reason, $name) = @$_;
        my ($text, $status) = quickstart($env, '--database', "'$conninfo'");
        is $status, 0, "$name: the gateway runs" or diag $text;
        like $text, qr/^mod_gw runs without its database: proxy .*^the database .*$reason.*check --database/ms, "$name: why, and what to do";
        unlike $text, qr/is up|^curl /m, "$name: no walk that would fail";
        quickstart($env, 'stop');
    }
}

{ # a folder whose name a shell and httpd.conf would take apart
    my $env = node("somebody's gateway");
    my ($text, $status) = quickstart($env);
    is $status, 0, 'a folder with blanks: starts' or diag $text;
    is code("--cacert '$work/somebody'\\''s gateway/tls/cert.pem' https://localhost:$env->{GW_TLS_PORT}/"), 404, 'its certificate can be trusted';
    unlike slurp("$env->{GW_DIR}/logs/error.log"), qr/AH01906|CA certificate/, 'and is none of an authority';
    ($text) = quickstart({ %$env, GW_PORT => 1, GW_ADMIN_PORT => 2 });
    like $text, qr/^already running .* GW_DIR of its own\n.*^mod_gw is up: proxy http:..127\.0\.0\.1:$env->{GW_PORT} .*:$env->{GW_ADMIN_PORT} /ms,
        'a second start tells the ports of what runs, not those of the environment';
    my $stop = $text =~ /Stop it with: (.*)/ ? $1 : "true";
    like scalar qx(cd $top && $stop 2>&1), qr/^stopped$/m, 'the line that is said to stop it does' or diag $stop;
    ($text, $status) = quickstart($env, 'status');
    is $status, 3, 'it is stopped';
}

for (
    [{ GW_PORT => 'abc' }, qr/\Aquickstart: abc is no port: .* 1 to 65535\n\z/, 'a port that is no number'],
    [{ GW_TLS_PORT => 99999 }, qr/\Aquickstart: 99999 is no port: .* 1 to 65535\n\z/, 'a port that is too large'],
    [{ GW_ADMIN_PORT => 0 }, qr/\Aquickstart: 0 is no port: .* 1 to 65535\n\z/, 'port 0'],
) {
    my ($ports, $says, $name) = @$_;
    my ($text, $status) = quickstart({ %{ node('ports') }, %$ports });
    is $status, 1, "$name stops the start";
    like $text, $says, "$name: that alone is said";
}
{
    my $env = node('taken');
    my $taken = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1', LocalPort => $env->{GW_PORT}) or die $!;
    my $set = 'set GW_PORT, GW_TLS_PORT, GW_ADMIN_PORT, GW_ADMIN_TLS_PORT';
    my ($text, $status) = quickstart($env);
    is $status, 1, 'a port that is taken stops the start';
    like $text, qr/port $env->{GW_PORT} is taken: $set/, 'and it says what to do';
    ($text, $status) = quickstart({ %$env, GW_PORT => $env->{GW_ADMIN_PORT} });
    is $status, 1, 'one port for two things stops it, too';
    like $text, qr/port $env->{GW_ADMIN_PORT} is taken: $set/, 'in the same words';
}
{
    my $env = node('nothing');
    local $ENV{GW_DIR} = $env->{GW_DIR};
    is scalar qx(timeout 30 $top/build/quickstart logs 2>&1), "quickstart: nothing was started in $env->{GW_DIR}\n", 'logs of nothing end at once';
}

{ # an ordinary user in somebody else's checkout
    my $theirs = "$work/theirs";
    mkdir $theirs or die $!;
    system('cp', '-R', "$top/build", $theirs);
    system('mkdir', '-p', "$theirs/var/build");
    write_file("$theirs/configure", "#!/bin/sh\n");
    chmod 0755, "$theirs/configure";
    write_file("$theirs/var/build/build.log", "an error of long ago\n");
    chmod 0444, "$theirs/var/build/build.log";
    chmod 0555, "$theirs/var/build";
    my @as_user = $> ? () : qw(setpriv --reuid=65534 --regid=65534 --clear-groups);
    my $env = node('ours');
    delete local $ENV{GW_BUILD_DIR};
    local @ENV{ grep { !/BUILD/ } keys %$env } = map { $env->{$_} } grep { !/BUILD/ } keys %$env;
    my $text = qx(@as_user $theirs/build/quickstart 2>&1);
    isnt $?, 0, 'a checkout that cannot be written stops the start';
    like $text, qr{^quickstart: cannot write in \Q$theirs\E/var/build: build as \w+, or in a copy .* GW_BUILD_DIR=}m, 'it says what to do';
    unlike $text, qr/Permission denied|of long ago/, 'and nothing of builds of others';
    is slurp("$theirs/var/build/build.log"), "an error of long ago\n", 'whose log is as it was';
}
done_testing();
