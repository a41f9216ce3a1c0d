# SPDX-License-Identifier: Apache-2.0
# SsoApp.pm - the application of the SSO article, as a small stand-in: pages /, /auth and /admin that show what the
# gateway told them, and (role => 'login') the page that checks a password, issues a token and ends the one before.
package SsoApp;
use strict;
use warnings FATAL => 'all';
use IO::Socket::INET ();
use JSON ();
use POSIX ();
use RedisServer ();
use Tokens qw(token);

use constant LIFETIME => 3 * 24 * 3600;
my $json = JSON->new->utf8->canonical;

# start(role => 'pages'|'login', name => ..., secret => ..., redis => RedisServer, users => { phone => password })
sub start {
    my ($class, %o) = @_;
    my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 0, Listen => 64) or die "socket: $@";
    my $self = bless { %o, port => $listener->sockport, owner => $$ }, $class;

    $self->{pid} = fork // die "fork: $!";
    return $self if $self->{pid};
    $SIG{PIPE} = 'IGNORE';
    my $parent = getppid;
    while (getppid == $parent) {
        vec(my $r = '', fileno $listener, 1) = 1;
        next unless select $r, undef, undef, 0.5;
        my $client = $listener->accept or next;
        eval { local $SIG{ALRM} = sub { die "too slow\n" }; alarm 20; $self->answer($client); alarm 0 };
    }
    POSIX::_exit(0);
}

sub url { "http://127.0.0.1:$_[0]{port}" }

sub answer {
    my ($self, $client) = @_;
    my ($head, $line) = '';
    $head .= $line while defined($line = <$client>) && $line =~ /\S/;
    my ($path, $query) = $head =~ m{^[A-Z]+ ([^ ?]*)\??(\S*) HTTP};
    my %headers = map { lc($1) => $2 if /^([^:]+):\s*(.*?)\r?$/ } (split /\n/, $head)[1 .. ($head =~ tr/\n//) - 1];
    my %args = map { (split /=/, $_, 2)[0, 1] } split /&/, $query // '';
    my ($status, $said) = $self->{role} eq 'login' ? $self->login($path, %args) : $self->page($path, \%headers);
    my $body = ref $said ? $json->encode($said) : $said;
    print $client "HTTP/1.1 $status X\r\nContent-Type: application/json\r\nContent-Length: " . length($body) . "\r\nConnection: close\r\n\r\n$body";
}

sub page {
    my ($self, $path, $headers) = @_;
    return (404, { message => 'no such page' }) unless $path =~ m{^/(?:auth|admin)?$};
    return (200, { app => $self->{name}, path => $path, headers => $headers });
}

sub login {
    my ($self, $path, %args) = @_;
    my ($phone, $password) = @args{qw(phone password)};

    return (200, { code => 400, msg => 'Missing required params!' }) unless length($phone // '') && length($password // '');
    return (200, { code => 400, msg => 'User not exist!' }) unless exists $self->{users}{$phone};
    return (200, { code => 400, msg => 'Password incorrect!' }) unless $self->{users}{$phone} eq $password;
    my $new = token(key => $self->{secret}, claims => { phone => $phone, nbf => time - 5, exp => time + LIFETIME - 60, n => ++$self->{count} });
    my $old = $self->{redis}->ask(GET => "login:$phone");
    $self->{redis}->ask(SETEX => "conflict:$old", LIFETIME, 1) if defined $old;
    $self->{redis}->ask(SETEX => "login:$phone", LIFETIME, $new);
    return (200, { code => 200, token => $new });
}

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
