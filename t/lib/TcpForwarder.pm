# SPDX-License-Identifier: Apache-2.0
# TcpForwarder.pm - a process between two others that can fall silent as a network does that drops packets: what was sent
# is not delivered, nothing is closed, and a new connect is not answered.
package TcpForwarder;
use strict;
use warnings FATAL => 'all';
use IO::Handle ();
use IO::Select ();
use IO::Socket::INET ();
use POSIX ();
use Socket qw(AF_UNIX SOCK_STREAM PF_UNSPEC SOMAXCONN);

# start($port): from {port} to $port, both of 127.0.0.1. It ends with the object, or with us.
sub start {
    my ($class, $to) = @_;
    my $listener = IO::Socket::INET->new(Listen => SOMAXCONN, LocalAddr => '127.0.0.1') or die "socket: $!";
    socketpair my $ours, my $its, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die "socketpair: $!";
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        close $ours;
        eval { forward($listener, $its, $to); 1 } or warn "forwarder: $@";
        POSIX::_exit(0);
    }
    return bless { port => $listener->sockport, pid => $pid, control => $ours, owner => $$ }, $class;
}

# Both have happened when they return.
sub fall_silent { $_[0]->tell('s') }
sub go_on       { $_[0]->tell('g') }

sub tell {
    my ($self, $what) = @_;
    syswrite $self->{control}, $what;
    sysread $self->{control}, my $said, 1;
    die "the forwarder does not do it\n" unless defined $said && $said eq $what;
}

# ---- its process ----
# Connects that nobody takes fill the queue; the kernel drops what comes then.
sub fill_queue {
    my ($listener) = @_;
    listen $listener, 1 or die "listen: $!";
    my @queued = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $listener->sockport, Blocking => 0) } 1 .. 8;
    die "the queue takes them all\n" if @queued == grep { $_ && $_->connected } @queued;
    return @queued;
}

sub forward {
    my ($listener, $control, $to) = @_;
    my (%peer, @queued);
    my $reading = IO::Select->new($control, $listener);
    while (1) {
        for my $from (@queued ? $control : $reading->can_read) {
            if ($from == $control) {
                sysread $control, my $what, 1 or return;
                @queued = $what eq 's' ? fill_queue($listener) : ();
                listen $listener, SOMAXCONN or die "listen: $!" unless @queued;
                syswrite $control, $what;
                last; # what is silent from now on is not read
            } elsif ($from == $listener) {
                my $client = $listener->accept or next;
                my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $to) or next;
                @peer{ $client, $server } = ($server, $client);
                $reading->add($client, $server);
            } elsif (my $other = $peer{$from}) {
                my $bytes;
                next if sysread $from, $bytes, 65536 and syswrite $other, $bytes;
                delete @peer{ $from, $other };
                $reading->remove($from, $other);
                close $_ for $from, $other;
            }
        }
    }
}

sub DESTROY {
    my ($self) = @_;
    return unless $self->{owner} == $$;
    local ($?, $@, $!);
    close $self->{control};
    kill TERM => $self->{pid};
    waitpid $self->{pid}, 0;
}

1;
