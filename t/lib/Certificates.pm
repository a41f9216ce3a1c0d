# SPDX-License-Identifier: Apache-2.0
# Certificates.pm - authorities and what they sign, made by openssl's command; and a TLS client that tells whose
# certificate it was shown.
package Certificates;
use strict;
use warnings FATAL => 'all';
use Exporter 'import';
use File::Temp ();

our @EXPORT_OK = qw(authority issue handshake);

my $dir = File::Temp->newdir('gw-tls-XXXXXX', TMPDIR => 1);
chmod 0755, "$dir";
my $n = 0;
my %key_of = (rsa => '-newkey rsa:2048', weak => '-newkey rsa:1024', ec => '-newkey ec -pkeyopt ec_paramgen_curve:P-256',
    ed => '-newkey ed25519');

sub slurp { open my $in, '<', $_[0] or die "$_[0]: $!"; local $/; return scalar <$in> }

sub openssl {
    my ($arguments) = @_;
    local $ENV{LD_PRELOAD} = '';
    system("openssl $arguments 2>/dev/null") == 0 or die "openssl $arguments";
}

sub made {
    my ($base, %more) = @_;
    return { cert_file => "$base.pem", key_file => "$base.key", cert => slurp("$base.pem"), key => slurp("$base.key"), %more };
}

# { cert, key: PEM; cert_file, key_file }. Options: kind rsa|weak|ec|ed
sub authority {
    my ($name, %o) = @_;
    my $base = "$dir/" . ++$n;
    openssl("req -x509 $key_of{ $o{kind} // 'ec' } -nodes -days 2 -subj '/CN=$name' -keyout $base.key -out $base.pem");
    return made($base);
}

# The same, signed by an authority. Options: kind, by => AUTHORITY (itself), ca => 1 (an authority, too), days
sub issue {
    my ($name, %o) = @_;
    my $base = "$dir/" . ++$n;
    my $by = $o{by};
    open my $ext, '>', "$base.ext" or die $!;
    print {$ext} "basicConstraints=CA:" . ($o{ca} ? 'TRUE' : 'FALSE') . "\nsubjectAltName=DNS:$name\n";
    close $ext;
    openssl("req -new $key_of{ $o{kind} // 'ec' } -nodes -subj '/CN=$name' -keyout $base.key -out $base.csr");
    openssl("x509 -req -in $base.csr -days " . ($o{days} // 2) . " -extfile $base.ext -out $base.pem " . ($by
            ? "-CA $by->{cert_file} -CAkey $by->{key_file} -CAcreateserial" : "-signkey $base.key"));
    return made($base);
}

# handshake(PORT, SNI or undef, arguments for openssl s_client): { cn, reused, alpn, protocol, text }. cn is '' when
# there was no handshake.
sub handshake {
    my ($port, $sni, $arguments) = @_;
    local $ENV{LD_PRELOAD} = '';
    my $name = defined $sni ? "-servername '$sni'" : '-noservername';
    my $host = $sni // 'localhost';
    my $text = `printf 'GET / HTTP/1.0\\r\\nHost: $host\\r\\n\\r\\n' | openssl s_client -connect 127.0.0.1:$port $name -ign_eof @{[ $arguments // '' ]} 2>&1`;
    return {
        cn => $text =~ /^subject=.*CN = ([^\n,]+)/m ? "$1" : '', reused => $text =~ /^Reused, /m ? 1 : 0,
        alpn => $text =~ /^ALPN protocol: (\S+)/m ? "$1" : '', protocol => $text =~ /^(?:New|Reused), (\S+),/m ? "$1" : '',
        kind => $text =~ /^Peer signature type: (\S+)/m ? "$1" : '', text => $text,
    };
}

1;
