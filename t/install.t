#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
# install.t - `make install` as README.md tells it, with and without DESTDIR, `make uninstall`, and what a release has.
# Run by build/check beside the suites (not inside their server): GW_BUILD_DIR says where make ran.
use strict;
use warnings FATAL => 'all';
use File::Find 'find';
use File::Temp ();
use FindBin;
use Test::More;

my $top = "$FindBin::Bin/..";
my $build = $ENV{GW_BUILD_DIR} or plan skip_all => 'GW_BUILD_DIR is not set';
my $work = File::Temp::tempdir('gw-install-XXXXXX', TMPDIR => 1, CLEANUP => 1);

sub make { return system "make -s -C $build @_ >$work/make.log 2>&1" }
sub slurp { my ($path) = @_; open my $in, '<', $path or return "$path: $!"; local $/; return scalar <$in> }
sub configured { # a folder or program, as configure has found it
    my ($name) = @_;
    (my $value = qx(make -s -C $build --eval='show: ; \@echo \$($name)' show)) =~ s/\n\z//;
    return $value;
}
sub files_of {
    my ($dir) = @_;
    my @files;
    find({ no_chdir => 1, wanted => sub { push @files, $_ if -f } }, $dir);
    return sort @files;
}

is make("install DESTDIR=$work/root"), 0, 'make install DESTDIR=' or diag slurp("$work/make.log");
my ($modules, $include, $share) = map { "$work/root" . configured($_) } qw(moduledir gwincludedir gwdatadir);
for (
    ["$modules/mod_gw.so", 'the module is where apxs says'],
    ["$modules/mod_gw_keyauth.so", 'and a plugin beside it'],
    ["$include/mod_gw.h", 'the header for plugins is with httpd\'s'],
    ["$include/gw_plugin.h", 'and what it includes'],
    ["$share/sql/core/pgsql/001-entities.sql", 'the SQL for Postgres is with mod_gw\'s data'],
    ["$share/sql/core/sqlite3/001-entities.sql", 'and that for SQLite'],
    ["$share/conf/gw.conf", 'the configuration too'],
    ["$share/conf/standalone.conf.in", 'a whole one to begin with'],
    ["$share/ui/index.html", 'and the web page'],
) {
    my ($file, $name) = @$_;
    ok -s $file, "installed: $name" or diag $file;
}
ok !glob("$modules/*.la"), 'installed: without libtool\'s archives';
my $moduledir = configured('moduledir');
(my $want = slurp("$top/conf/gw.conf")) =~ s/^( *Define GW_MODULES) modules$/$1 "$moduledir"/m;
is slurp("$share/conf/gw.conf"), $want, 'installed: the configuration as the checkout has it, but for where the modules are';
is make("uninstall DESTDIR=$work/root"), 0, 'make uninstall DESTDIR=' or diag slurp("$work/make.log");
is join("\n", files_of("$work/root")), '', 'leaves nothing';

{ # README, "Install": an httpd.conf that loads what it needs of httpd's own, and includes what was installed
    my $prefix = "$work/usr";
    my $places = "prefix=$prefix moduledir=$prefix/lib/modules gwincludedir=$prefix/include";
    is make("install $places"), 0, 'make install' or diag slurp("$work/make.log");
    mkdir "$work/httpd" or die $!;
    my ($httpd, $httpds) = map { configured($_) } qw(HTTPD HTTPD_MODULEDIR);
    open my $out, '>', "$work/httpd/httpd.conf" or die $!;
    print $out qq(ServerRoot "$work/httpd"\nServerName localhost\nListen 127.0.0.1:8000\nErrorLog "$work/httpd/error.log"\n),
        (map { "LoadModule ${_}_module $httpds/mod_$_.so\n" } qw(mpm_event authn_core authz_core proxy proxy_http dbd)),
        qq(Include "$prefix/share/mod_gw/conf/gw.conf"\n);
    close $out or die $!;
    my $text = qx($httpd -t -f $work/httpd/httpd.conf 2>&1);
    is $text, "Syntax OK\n", 'an httpd.conf that includes the installed gw.conf is good';
    is make("uninstall $places"), 0, 'make uninstall' or diag slurp("$work/make.log");
    is join("\n", files_of($prefix)), '', 'leaves nothing';
}

{ # a release has sources, whatever was built here
    is make('t/unit/canonical_test'), 0, 'a compiled test is here' or diag slurp("$work/make.log");
    is make("distdir distdir=$work/release"), 0, 'make distdir' or diag slurp("$work/make.log");
    my @files = files_of("$work/release");
    ok scalar(grep { m{/t/unit/\w+\.c$} } @files), 'a release has the tests';
    my @compiled = grep { open my $in, '<:raw', $_ or die "$_: $!"; read $in, my $head, 4; $head eq "\177ELF" } @files;
    is join("\n", @compiled), '', 'and nothing that was compiled';
}
done_testing();
