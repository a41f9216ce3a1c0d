# SPDX-License-Identifier: Apache-2.0
# TestIssuer.pm - an https server of a test's own that publishes a set of keys (or rubbish), under a CA of its own.
# What it answers is said at any time; it counts who asked. It ends with the object.
package TestIssuer;
use strict;
use warnings FATAL => 'all';
use Exporter 'import';
use File::Temp ();
use IO::Socket::SSL;
use JSON ();
use MIME::Base64 qw(encode_base64url);
use POSIX ();
use TestUpstream ();
use Time::HiRes qw(sleep);

our @EXPORT_OK = qw(jwks jwk);

my $json = JSON->new->utf8->canonical;
$SIG{PIPE} = 'IGNORE';

sub openssl { system("openssl $_[0] >/dev/null 2>&1") == 0 or die "openssl $_[0]" }

# A JWK of a public key (Crypt::PK::*), with these members besides.
sub jwk {
    my ($key, %members) = @_;
    my $made = $key->export_key_jwk('public', 1);
    return { %$made, use => 'sig', %members };
}
sub jwks { return $json->encode({ keys => [@_] }) }

# start(says => \&...) is not needed: `says` sets what is answered. names => 'DNS:localhost,IP:127.0.0.1'.
sub start {
    my ($class, %o) = @_;
    my $dir = File::Temp->newdir('gw-issuer-XXXXXX', TMPDIR => 1);
    my $self = bless { dir => $dir, port => TestUpstream::free_port(), owner => $$ }, $class;
    my $ec = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes';
    openssl("req -x509 $ec -days 2 -subj /CN=issuer-ca -keyout $dir/ca.key -out $dir/ca.pem");
    openssl("req $ec -subj /CN=issuer -keyout $dir/key.pem -out $dir/csr.pem");
    open my $ext, '>', "$dir/ext" or die $!;
    print $ext 'subjectAltName=', $o{names} // 'DNS:localhost,IP:127.0.0.1', "\n";
    close $ext;
    openssl("x509 -req -in $dir/csr.pem -CA $dir/ca.pem -CAkey $dir/ca.key -CAcreateserial -days 2 -extfile $dir/ext -out $dir/cert.pem");
    chmod 0755, "$dir";
    $self->says('ok', '{}');
    return $self->launch;
}

sub ca_file { "$_[0]{dir}/ca.pem" }
sub url { "https://127.0.0.1:$_[0]{port}" . ($_[1] // '/keys') }

# From now on it answers so: ok BODY, status CODE, redirect URL, trickle, silent, huge.
sub says {
    my ($self, $mode, $text) = @_;
    open my $out, '>', "$self->{dir}/says.new" or die $!;
    print $out "$mode\n", $text // '';
    close $out or die $!;
    rename "$self->{dir}/says.new", "$self->{dir}/says" or die $!;
    return $self;
}

# How often it was asked (connections that got as far as a request).
sub asked {
    my ($self) = @_;
    open my $in, '<', "$self->{dir}/asked" or return 0;
    return scalar(() = <$in>);
}

sub launch {
    my ($self) = @_;
    my $listener = IO::Socket::IP->new(LocalHost => '127.0.0.1', LocalPort => $self->{port}, Listen => 64, ReuseAddr => 1)
        or die "issuer: $@";
    my $pid = fork // die "fork: $!";
    if (!$pid) {
        $SIG{CHLD} = 'IGNORE';
        $SIG{TERM} = sub { POSIX::_exit(0) };
        while (1) {
            my $client = $listener->accept or next;
            next if fork;
            close $listener;
            eval { $self->serve($client) };
            POSIX::_exit(0);
        }
    }
    close $listener;
    $self->{pid} = $pid;
    return $self;
}

sub serve {
    my ($self, $client) = @_;
    my $dir = $self->{dir};
    alarm 60;
    IO::Socket::SSL->start_SSL($client, SSL_server => 1, SSL_cert_file => "$dir/cert.pem", SSL_key_file => "$dir/key.pem") or return;
    my $request = '';
    while ($request !~ /\r\n\r\n/) { sysread $client, $request, 4096, length $request or return }
    open my $asked, '>>', "$dir/asked" or die $!;
    print $asked $request =~ /\A(\S+ \S+)/, "\n";
    close $asked;
    open my $in, '<', "$dir/says" or die $!;
    my ($mode, $text) = do { local $/; <$in> =~ /\A(\w+)\n(.*)\z/s };
    if ($mode eq 'redirect' && $request =~ m{\AGET /moved }) {
        open my $other, '<', "$dir/moved" or die $!;
        ($mode, $text) = ('ok', do { local $/; <$other> });
    }
    my $head = sub { "HTTP/1.1 $_[0]\r\nConnection: close\r\n$_[1]\r\n" };
    my $say = sub { print {$client} @_; $client->flush };
    if ($mode eq 'ok') { $say->($head->('200 OK', 'Content-Length: ' . length($text) . "\r\n"), $text) }
    elsif ($mode eq 'status') { $say->($head->("$text Sorry", "Content-Length: 2\r\n"), '{}') }
    elsif ($mode eq 'redirect') { $say->($head->('302 Found', "Location: $text\r\nContent-Length: 0\r\n")) }
    elsif ($mode eq 'silent') { sleep 30 }
    elsif ($mode eq 'trickle') { $say->($head->('200 OK', '')); for (1 .. 300) { $say->(' ') or last; sleep 0.1 } }
    elsif ($mode eq 'huge') { $say->($head->('200 OK', '')); for (1 .. 160) { $say->(' ' x 65536) or last } }
    $client->close;
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
