# SPDX-License-Identifier: Apache-2.0
# Tokens.pm - JSON Web Tokens and keys for the suites, made with CryptX (nothing of ours).
package Tokens;
use strict;
use warnings FATAL => 'all';
use Exporter 'import';
use Crypt::Mac::HMAC qw(hmac);
use Crypt::PK::ECC;
use Crypt::PK::Ed25519;
use Crypt::PK::RSA;
use JSON ();
use MIME::Base64 qw(encode_base64url decode_base64url);

our @EXPORT_OK = qw(token key_for signed b64);

my $json = JSON->new->utf8->canonical;
my %kept; # key pairs are slow to make

sub b64 { encode_base64url($_[0]) }

# (private, public PEM) for an algorithm; the same for every call.
sub key_for {
    my ($alg) = @_;
    my $kind = $alg =~ /^[RP]S/ ? 'RSA' : $alg =~ /^ES/ ? $alg : 'Ed25519';
    return @{
        $kept{$kind} //= do {
            my $k;
            if ($kind eq 'RSA') { $k = Crypt::PK::RSA->new; $k->generate_key(256); [$k, $k->export_key_pem('public_x509')] }
            elsif ($kind eq 'Ed25519') { $k = Crypt::PK::Ed25519->new->generate_key; [$k, $k->export_key_pem('public')] }
            else {
                $k = Crypt::PK::ECC->new;
                $k->generate_key({ ES256 => 'secp256r1', ES384 => 'secp384r1', ES512 => 'secp521r1' }->{$kind});
                [$k, $k->export_key_pem('public')];
            }
        } };
}

# The signature of `input`; `key` is a secret for HS*, otherwise ignored (key_for's is used).
sub signed {
    my ($alg, $input, $key) = @_;
    my ($bits) = $alg =~ /(\d{3})$/;
    return hmac("SHA$bits", $key, $input) if $alg =~ /^HS/;
    my ($private) = key_for($alg);
    return $private->sign_message($input, "SHA$bits", 'v1.5') if $alg =~ /^RS/;
    return $private->sign_message($input, "SHA$bits", 'pss', $bits / 8) if $alg =~ /^PS/;
    return $private->sign_message_rfc7518($input, "SHA$bits") if $alg =~ /^ES/;
    return $private->sign_message($input);
}

# token(claims => {...}, alg => 'HS256', key => SECRET, header => {...}); texts in place of hashes are taken as they are.
sub token {
    my (%o) = @_;
    my $alg = $o{alg} // 'HS256';
    my $header = $o{header} // { typ => 'JWT', alg => $alg };
    my $input = join '.', map { b64(ref $_ ? $json->encode($_) : $_) } $header, $o{claims} // {};
    return "$input." . b64(signed($alg, $input, $o{key} // 'secret'));
}

1;
