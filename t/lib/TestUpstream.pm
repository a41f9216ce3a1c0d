# SPDX-License-Identifier: Apache-2.0
# TestUpstream.pm - an upstream of a test's own (lib/upstream.pl): with TLS or on an address of its own, with a log of
# what arrived. It ends with the object.
package TestUpstream;
use strict;
use warnings FATAL => 'all';
use File::Temp ();
use IO::Socket::IP ();
use JSON ();
use Time::HiRes qw(sleep);

my $program = __FILE__ =~ s{TestUpstream\.pm\z}{upstream.pl}r;

# A port that nobody listens on (now).
sub free_port {
    my ($host) = @_;
    my $socket = IO::Socket::IP->new(LocalHost => $host // '127.0.0.1', LocalPort => 0, Listen => 1) or die "socket: $@";
    return 0 + $socket->sockport;
}

# start(host => '127.0.0.1', tls => [CERT, KEY], client_ca => FILE that clients must be signed by, port => one that was free)
sub start {
    my ($class, %o) = @_;
    my $host = $o{host} // '127.0.0.1';
    my $self = bless { host => $host, port => $o{port} // free_port($host), log => File::Temp->new, owner => $$,
                       scheme => $o{tls} ? 'https' : 'http' }, $class;
    my @command = ($^X, $program, '--host', $host, '--port', $self->{port}, '--log', $self->{log}->filename,
        $o{tls} ? ('--tls', @{ $o{tls} }) : (), $o{client_ca} ? ('--client-ca', $o{client_ca}) : ());

    $self->{pid} = fork // die "fork: $!";
    if ($self->{pid} == 0) {
        open STDIN, '<', '/dev/null';
        exec @command;
        die "exec: $!";
    }
    for (1 .. 200) {
        return $self if IO::Socket::IP->new(PeerHost => $host, PeerPort => $self->{port}, Timeout => 1);
        sleep 0.02;
    }
    die "the upstream does not start\n";
}

sub url {
    my ($self, $path) = @_;
    my $host = $self->{host} =~ /:/ ? "[$self->{host}]" : $self->{host};
    return "$self->{scheme}://$host:$self->{port}" . ($path // '');
}

# What arrived so far, oldest first: hashes as upstream.pl's echo shows them, without the bodies.
sub requests {
    my ($self) = @_;
    open my $in, '<', $self->{log}->filename or die "log: $!";
    return map { JSON->new->latin1->decode($_) } grep { /\n\z/ } <$in>; # the last one may be half written
}

# A key and a certificate signed by itself for these names ("DNS:x", "IP:y"): (CERT, KEY, FOLDER); all of it goes
# away with FOLDER.
sub certificate {
    my @names = @_;
    my $dir = File::Temp->newdir('gw-cert-XXXXXX', TMPDIR => 1);

    system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=test -addext "
            . "subjectAltName=@{[ join ',', @names ]} -keyout $dir/key.pem -out $dir/cert.pem 2>/dev/null") == 0
        or die 'no certificate';
    chmod 0755, "$dir";
    return ("$dir/cert.pem", "$dir/key.pem", $dir);
}

sub stop {
    my ($self) = @_;
    my $pid = delete $self->{pid} or return;
    kill TERM => $pid;
    waitpid $pid, 0;
}

sub DESTROY {
    my ($self) = @_;
    local ($?, $@, $!);
    $self->stop if $self->{owner} == $$;
}

1;
