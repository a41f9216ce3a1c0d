# SPDX-License-Identifier: Apache-2.0
# Stand.pm - where build/bench measures: a folder as the suites have it, httpd on one core, load and upstream on the
# other, and the servers that are asked. What it starts ends with it. Knows nothing of what is measured.
package Stand;
use strict;
use warnings FATAL => 'all';
use Exporter 'import';
use File::Temp ();
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(sleep);

our @EXPORT_OK = qw(%options $work HTTPD_CORE LOAD_CORE start_node start_nginx start_on_core stop_child upstream_url with_postgres);

use constant { HTTPD_CORE => 0, LOAD_CORE => 1 };

our %options; # as build/bench names them, set by prepare
our $work;    # the folder

my ($top, $owner, $upstream_port);
my @children;  # pids to stop at the end

# Make the folder, become an ordinary user and start the upstream; once, before anything of t/lib is loaded.
sub prepare {
    ($top, %options) = @_;
    $owner = $$;
    $SIG{$_} = sub { exit 1 } for qw(HUP INT TERM); # END stops what was started, and a signal alone would skip it
    $work = File::Temp::tempdir('gw-bench-XXXXXX', TMPDIR => 1, CLEANUP => 1);
    chmod 0755, $work;
    $> == 0 and chown scalar getpwnam('www-data'), -1, $work;
    system("$top/build/deps", qw(run build bench test)) == 0 or exit 1;
    my $build = $options{build} // "$top/var/build";
    system('sh', '-c', "top=$top; . $top/build/common.sh; build_in $build") == 0 or exit 1 unless $options{build};
    fill_folder($build);
    system('taskset -a -p -c ' . LOAD_CORE . " $$ >/dev/null") == 0 or die 'taskset'; # probes and hooks are load, too
    my @ahead = get_ahead();
    require GatewayNode;
    start_upstream(@ahead);
    become_ordinary();
}

# What GatewayNode wants to know: a folder like the suites' own.
sub fill_folder {
    my ($build) = @_;
    my $makefile = do { local (@ARGV, $/) = "$build/Makefile"; <> };
    my ($httpd) = $makefile =~ /^HTTPD = (.*)$/m;
    my ($modules) = $makefile =~ /^HTTPD_MODULEDIR = (.*)$/m;
    mkdir "$work/$_" for qw(build conf t t/modules t/tls);
    system("cp $build/.libs/mod_gw*.so $work/t/modules/ && cp -R $top/sql $work/t/sql && cp $top/conf/* $work/conf/ 2>/dev/null;
        cp $top/build/private-postgres $work/build/;
        openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj /CN=localhost -keyout $work/t/tls/key.pem -out $work/t/tls/cert.pem 2>/dev/null");
    @ENV{qw(GW_TEST_ROOT GW_HTTPD GW_HTTPD_MODULES GW_MPM)} = ("$work/t", $httpd, $modules, $options{mpm});
    system("chmod -R a+rX $work");
    system("chown -R www-data:www-data $work") if $> == 0;
}

# httpd as an ordinary user, and we with it.
sub become_ordinary {
    return if $> != 0;
    my ($uid, $gid) = (getpwnam 'www-data')[2, 3];
    $) = "$gid $gid";
    POSIX::setgid($gid) && POSIX::setuid($uid) or die "cannot become www-data: $!\n";
    $ENV{HOME} = $work;
}

# Whoever measures, and the upstream, run before all else on the load's core: what writers, guessers and hooks take of it
# is no latency of httpd's. What comes before the upstream's command; what else we start is as ever. Where we may not,
# figures beside such others are worse by milliseconds.
sub get_ahead {
    if ($> != 0 || system("chrt -R -f -p 1 $$ 2>/dev/null") != 0) {
        warn "bench: no precedence for who measures (start it as root)\n";
        return ();
    }
    return qw(chrt -f 1 setpriv --reuid www-data --regid www-data --clear-groups);
}

# A process of ours on one core; its pid. What it prints is dropped where `quiet`.
sub start_on_core {
    my ($core, $quiet, @command) = @_;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDOUT, '>', '/dev/null' if $quiet;
        exec 'taskset', '-c', $core, @command or POSIX::_exit(127);
    }
    push @children, $pid;
    return $pid;
}

sub stop_child {
    my ($pid) = @_;
    kill TERM => $pid;
    waitpid $pid, 0;
    @children = grep { $_ != $pid } @children;
}

# nginx on a core, with this text in its http block, as soon as it listens; what comes before its command, if anything.
# It has what run_load wants of a node.
sub start_nginx {
    my ($name, $core, $port, $http, @ahead) = @_;
    my $temporary = join ' ', map { "${_}_temp_path $work/$name-$_;" } qw(client_body proxy fastcgi uwsgi scgi);
    open my $conf, '>', "$work/$name.conf" or die $!;
    print $conf <<"TEXT";
pid $work/$name.pid; error_log /dev/null; worker_processes 1; daemon off;
events { worker_connections 1024; }
http { keepalive_requests 1000000000; keepalive_timeout 600;
  $temporary
  $http }
TEXT
    close $conf;
    my $pid = start_on_core($core, 0, @ahead, 'nginx', '-c', "$work/$name.conf");
    sleep 0.02 until IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port);
    return bless { pid => $pid }, 'NginxNode';
}

sub NginxNode::children {
    my ($self) = @_;
    return split ' ', `pgrep -P $self->{pid}`;
}

sub start_upstream {
    my (@ahead) = @_;
    ($upstream_port) = GatewayNode::free_ports(1);
    start_nginx('upstream', LOAD_CORE, $upstream_port,
        qq(access_log off; server { listen 127.0.0.1:$upstream_port; location / { return 200 "ok"; } }), @ahead);
}

sub upstream_url { "http://127.0.0.1:$upstream_port" . ($_[0] // '') }

# A gateway on httpd's core; its {bare} is the URL of a host of the same httpd that only has ProxyPass.
sub start_node {
    my (%more) = @_;
    my ($bare) = GatewayNode::free_ports(1);
    my $upstream = upstream_url('/');
    my $node = GatewayNode->start(mpm => $options{mpm}, threads => 64, log_level => 'warn', %more, extra => <<"TEXT");
Listen 127.0.0.1:$bare
<VirtualHost *:$bare>
    ProxyPass "/" "$upstream"
    ProxyPassReverse "/" "$upstream"
    # As the gateway's hosts do: what is compared is the proxying, not the log.
    CustomLog logs/bare.log gw
</VirtualHost>
TEXT
    $node->{bare} = "http://127.0.0.1:$bare";
    system('taskset -a -p -c ' . HTTPD_CORE . " $_ >/dev/null 2>&1") for $node->{pid}, $node->children;
    return $node;
}

# Do it with a Postgres of one's own, given its conninfo; it is stopped afterwards. A node of it ends with the sub.
sub with_postgres {
    my ($do) = @_;
    require PrivatePostgres;
    my $postgres = PrivatePostgres->new;
    $do->($postgres->{conninfo});
}

END {
    local $?;
    kill TERM => @children if @children && $owner == $$;
}

1;
