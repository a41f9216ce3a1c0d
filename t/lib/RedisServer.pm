# SPDX-License-Identifier: Apache-2.0
# RedisServer.pm - a Redis of a test's own (Debian's redis-server, on a free port, without a disk), and servers that
# only pretend. They end with the object.
package RedisServer;
use strict;
use warnings FATAL => 'all';
use File::Temp ();
use IO::Select ();
use IO::Socket::INET ();
use POSIX ();
use Time::HiRes qw(sleep time);
use TestUpstream ();

# start(port => ..., password => ..., tls => [CERT, KEY])
sub start {
    my ($class, %o) = @_;
    my $self = bless { port => $o{port} // TestUpstream::free_port(), password => $o{password}, dir => File::Temp->newdir, owner => $$ }, $class;
    my @listen = $o{tls} ? ('--port', 0, '--tls-port', $self->{port}, '--tls-cert-file', $o{tls}[0], '--tls-key-file', $o{tls}[1],
        '--tls-auth-clients', 'no') : ('--port', $self->{port});

    $self->{pid} = fork // die "fork: $!";
    if ($self->{pid} == 0) {
        delete $ENV{LD_PRELOAD};
        open STDIN, '<', '/dev/null';
        open STDOUT, '>', '/dev/null';
        exec 'setpriv', '--pdeathsig', 'KILL', '--', 'redis-server', @listen, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', "$self->{dir}",
            '--daemonize', 'no', ($o{password} ? ('--requirepass', $o{password}) : ()) or POSIX::_exit(127);
    }
    return $self if $o{tls} ? wait_for_port($self) : $self->wait_until_up;
    die "redis-server does not start\n";
}

sub wait_for_port {
    my ($self) = @_;
    for (1 .. 400) {
        return $self if IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port});
        sleep 0.05;
    }
    return;
}

sub wait_until_up {
    my ($self) = @_;
    for (1 .. 400) {
        return $self if eval { $self->ask('PING') eq 'PONG' };
        sleep 0.05;
    }
    return;
}

# One that pretends: pretend(sub { my ($socket, $bytes) = @_; ... }) is called for all that comes, with what came.
# Returning false closes the connection.
sub pretend {
    my ($class, $answer, %o) = @_;
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $o{port} // 0, Listen => 128, ReuseAddr => 1) or die "socket: $@";
    my $self = bless { port => $listener->sockport, owner => $$ }, $class;

    $self->{pid} = fork // die "fork: $!";
    return $self if $self->{pid};
    $SIG{PIPE} = 'IGNORE';
    my $parent = getppid;
    my $all = IO::Select->new($listener);
    while (getppid == $parent) {
        for my $socket ($all->can_read(0.5)) {
            if ($socket == $listener) {
                my $new = $listener->accept or next;
                $all->add($new);
                next;
            }
            my $bytes;
            next if sysread($socket, $bytes, 65536) && $answer->($socket, $bytes);
            $all->remove($socket);
            close $socket;
        }
    }
    POSIX::_exit(0);
}

# What a server says to a command, as text; a list comes as a reference. Dies of an error.
sub ask {
    my ($self, @words) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port}, Timeout => 5) or die "connect: $!\n";
    if ($self->{password}) {
        print $socket command('AUTH', $self->{password});
        read_reply($socket);
    }
    print $socket command(@words);
    return read_reply($socket);
}

sub command { return '*' . @_ . "\r\n" . join '', map { '$' . length($_) . "\r\n$_\r\n" } @_ }

sub read_reply {
    my ($socket) = @_;
    my $line = <$socket> // die "no reply\n";
    $line =~ s/\r\n\z//;
    my ($kind, $rest) = $line =~ /^(.)(.*)$/s;
    return $rest if $kind eq '+' || $kind eq ':';
    die "$rest\n" if $kind eq '-';
    return [ map { read_reply($socket) } 1 .. $rest ] if $kind eq '*';
    return undef if $rest < 0;
    read $socket, my $bytes, $rest + 2;
    return substr $bytes, 0, $rest;
}

# Redis freezes, and goes on.
sub freeze { kill STOP => $_[0]{pid} }
sub thaw { kill CONT => $_[0]{pid} }

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill KILL => $pid;
    waitpid $pid, 0;
}

sub DESTROY {
    my ($self) = @_;
    return unless $self->{owner} == $$;
    local ($?, $@, $!);
    $self->stop;
}

1;
