# SPDX-License-Identifier: Apache-2.0
# GatewayNode.pm - a gateway of a test's own, from conf/standalone.conf.in: for what may not be done to the suite's
# server (kill children, restart it, take its database away, a second node). Stopped and removed when it goes away.
package GatewayNode;
use strict;
use warnings FATAL => 'all';
use File::Path qw(make_path remove_tree);
use File::Temp ();
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(time sleep);
use GatewayTest ();

my $root = $ENV{GW_TEST_ROOT};

sub free_ports {
    my @s = map { IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die "socket: $!" } 1 .. shift;
    return map { $_->sockport } @s;
}

# A port at which nobody answers, as long as we live: bound, and not listened at.
my @bound;
sub dead_port {
    push @bound, IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'tcp') // die "socket: $!";
    return $bound[-1]->sockport;
}

# start's arguments for an empty database that no other test has written to.
sub own_database {
    return () unless GatewayTest::is_postgres(); # SQLite: each node has a file of its own
    my ($name, $params) = (lc GatewayTest::unique('own') =~ tr/-/_/r, GatewayTest::database_params());
    local $ENV{LD_PRELOAD} = '';
    system('psql', '-q', $params, '-c', "CREATE DATABASE $name") == 0 or die 'no database';
    $params =~ s/\bdbname=\S+/dbname=$name/ or die 'no dbname';
    return (driver => 'pgsql', params => $params);
}

# start(driver => 'sqlite3'|'pgsql', params => ..., mpm => ..., extra => TEXT, proxy_extra => TEXT, threads => 32,
#       wait => 0 to return before it answers, env => { NAME => value } for httpd)
sub start {
    my ($class, %o) = @_;
    my $dir = $o{dir} // File::Temp::tempdir('gw-node-XXXXXX', TMPDIR => 1);
    my $self = bless { dir => $dir, owner => $$, env => $o{env} // {} }, $class;
    make_path(map { "$dir/$_" } qw(logs run state tls data));
    my ($proxy, $tls, $admin, $admin_tls) = free_ports(4);
    @$self{qw(proxy_port tls_port admin_port admin_tls_port)} = ($proxy, $tls, $admin, $admin_tls);
    system("cat $root/tls/cert.pem $root/tls/key.pem > $dir/tls/server.pem") == 0 or die 'no certificate';
    my $threads = $o{threads} // 32;
    my %value = (
        GW_DIR => $dir, GW_PORT => $proxy, GW_TLS_PORT => $tls, GW_ADMIN_PORT => $admin,
        GW_ADMIN_TLS_PORT => $admin_tls, HOST => '127.0.0.1', MPM => $o{mpm} // $ENV{GW_MPM},
        HTTPD_MODULES => $ENV{GW_HTTPD_MODULES}, GW_MODULES => "$root/modules", GW_CONF => "$dir/gw.conf",
        SQL_DIR => "$root/sql", LOG_LEVEL => $o{log_level} // 'info', THREADS => $threads, WORKERS => 2 * $threads,
        DB_DRIVER => $o{driver} // 'sqlite3', DB_PARAMS => $o{params} // "$dir/data/gw.db",
        PROXY_EXTRA => $o{proxy_extra} // '', ADMIN_EXTRA => $o{admin_extra} // '', EXTRA => $o{extra} // '',
    );
    copy_text("$root/../conf/gw.conf", "$dir/gw.conf", sub { $_[0] });
    copy_text("$root/../conf/standalone.conf.in", "$dir/httpd.conf",
        sub { $_[0] =~ s/\@([A-Z_]+)\@/$value{$1} \/\/ die "template: no value for $1"/ger });
    $self->{params} = $value{DB_PARAMS};
    $self->launch;
    $self->wait_until_up unless defined $o{wait} && !$o{wait};
    return $self;
}

sub copy_text {
    my ($from, $to, $change) = @_;
    open my $in, '<', $from or die "$from: $!";
    local $/;
    my $text = $change->(scalar <$in>);
    open my $out, '>', $to or die "$to: $!";
    print $out $text;
    close $out or die "$to: $!";
}

sub launch {
    my ($self) = @_;
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        open STDIN, '<', '/dev/null';
        open STDOUT, '>>', "$self->{dir}/logs/out.log";
        open STDERR, '>&', \*STDOUT;
        @ENV{ keys %{ $self->{env} } } = values %{ $self->{env} };
        POSIX::setpgid(0, 0); # a foreground httpd makes no group of its own, by which stop finds its children
        # It ends with us, however we end.
        exec 'setpriv', '--pdeathsig', 'TERM', '--', $ENV{GW_HTTPD}, '-d', $self->{dir}, '-f', "$self->{dir}/httpd.conf", '-D', 'FOREGROUND'
            or POSIX::_exit(127);
    }
    $self->{pid} = $pid;
    return $self;
}

sub is_up {
    my ($self) = @_;
    return GatewayTest::send_afresh($self->admin_url('/status'), 'GET')->code == 200;
}

sub wait_until_up {
    my ($self, $seconds) = @_;
    my $until = time + ($seconds // 30);
    until ($self->is_up) {
        die "the node does not start: " . $self->log_tail . "\n" if time > $until || waitpid($self->{pid}, POSIX::WNOHANG()) > 0;
        sleep 0.05;
    }
    return $self;
}

sub admin_url { "http://127.0.0.1:$_[0]{admin_port}" . ($_[1] // '') }
sub proxy_url { "http://127.0.0.1:$_[0]{proxy_port}" . ($_[1] // '') }

# As GatewayTest's admin, admin_ok and call, at this node, each on a connection of its own.
sub admin { my ($self, $method, $path, @rest) = @_; return GatewayTest::send_afresh($self->admin_url($path), $method, @rest) }
sub admin_ok {
    my $self = shift;
    my $res = $self->admin(@_);
    die "$_[0] $_[1]: " . $res->status_line . ' ' . $res->content . "\n" unless $res->is_success;
    return length $res->content ? GatewayTest::json_of($res) : undef;
}

sub call {
    my ($self, $method, $path, @rest) = @_;
    my $body = @rest % 2 ? shift @rest : undef;
    return GatewayTest::send_afresh($self->proxy_url($path), $method, $body, @rest);
}

# ---- requests whose child is known ----

# 1 when /proc tells which child has a connection.
sub can_find_children { return -r '/proc/net/tcp' }

# The socket of a request to the Admin API with a JSON text, whose answer nobody has read yet.
sub ask {
    my ($self, $method, $path, $body) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{admin_port}) or die "connect: $!";
    $socket->syswrite("$method $path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
            . 'Content-Length: ' . length($body) . "\r\n\r\n$body");
    return $socket;
}

# The child that has accepted it and read all that was sent; undef as long as none has.
sub child_of {
    my ($self, $socket) = @_;
    my $ends = sprintf ':%04X [0-9A-F]+:%04X [0-9A-F]+ [0-9A-F]+:00000000 ', $socket->peerport, $socket->sockport;
    open my $table, '<', '/proc/net/tcp' or die "/proc/net/tcp: $!";
    my ($inode) = map { /$ends/ ? (split)[9] : () } <$table>;
    return undef unless $inode;
    for my $pid ($self->children) {
        return $pid if grep { (readlink // '') eq "socket:[$inode]" } glob "/proc/$pid/fd/*";
    }
    return undef;
}

sub await_child_of {
    my ($self, $socket) = @_;
    my ($pid, $until) = (undef, time + 30);
    until ($pid = $self->child_of($socket)) { die "nobody accepts\n" if time > $until; sleep 0.01 }
    return $pid;
}

# Run SQL with everything left out that it would do beside: no cascade, no event. Dies when it is refused.
sub change_silently {
    my ($self, $sql) = @_;
    local $ENV{LD_PRELOAD} = '';
    my @command = GatewayTest::is_postgres()
        ? ('psql', '-q', '-v', 'ON_ERROR_STOP=1', $self->{params}, '-c', "SET session_replication_role = replica; $sql")
        : ('sqlite3', '-bail', '-cmd', '.timeout 10000', '-cmd', '.output /dev/null', '-cmd', '.dbconfig enable_trigger off',
            $self->{params}, "PRAGMA foreign_keys = OFF; $sql");
    system(@command) == 0 or die "@command";
}

# Pids of httpd's children that serve requests.
sub children {
    my ($self) = @_;
    delete local $ENV{LD_PRELOAD}; # a sanitizer's library, with which ps hangs
    open my $ps, '-|', 'ps', '-o', 'pid=', '--ppid', $self->{pid} or die "ps: $!";
    return map { /(\d+)/ ? $1 : () } <$ps>;
}

sub graceful { kill USR1 => $_[0]{pid} }

sub log_text {
    my ($self, $name) = @_;
    open my $in, '<', "$self->{dir}/logs/" . ($name // 'error.log') or return '';
    local $/;
    return scalar <$in> // '';
}

sub log_tail {
    my ($self) = @_;
    my @lines = split /\n/, $self->log_text . $self->log_text('out.log');
    return join "\n", @lines > 15 ? @lines[-15 .. -1] : @lines;
}

# All processes that live in httpd's process group, of which launch makes it the leader: its children are, whoever their
# parent is by now. (httpd takes a child that is stopped for one that has ended, and leaves it behind.)
sub group_of {
    my ($pid) = @_;
    delete local $ENV{LD_PRELOAD};
    open my $ps, '-|', 'ps', '-eo', 'pid=,pgid=,stat=' or die "ps: $!";
    return map { /(\d+)\s+(\d+)\s+(\S)/ && $2 == $pid && $3 ne 'Z' ? $1 : () } <$ps>;
}

# Neither gone nor a zombie.
sub lives {
    my ($pid) = @_;
    delete local $ENV{LD_PRELOAD};
    return `ps -o stat= -p $pid` =~ /^[^Z\s]/;
}

# Nothing of it runs when this returns: those that a test has stopped go on first, those that do not end are killed.
sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill CONT => grep({ $_ != $pid } group_of($pid)), $pid; # its parent last, which would take those that are stopped for ended
    kill TERM => $pid;
    my $until = time + 20;
    until (waitpid($pid, POSIX::WNOHANG()) != 0) {
        if (time > $until) { kill KILL => $pid; waitpid $pid, 0; last }
        sleep 0.02;
    }
    $until = time + 20;
    while (my @left = group_of($pid)) {
        die "processes that do not end: @left\n" if time > $until;
        kill KILL => @left;
        sleep 0.02;
    }
}

sub DESTROY {
    my ($self) = @_;
    return unless $self->{owner} == $$;
    local ($?, $@, $!);
    $self->stop;
    remove_tree($self->{dir}) unless $ENV{GW_KEEP};
}

1;
