# SPDX-License-Identifier: Apache-2.0
# Http2.pm - requests over HTTP/2, with curl and its targets left as they are.
package Http2;
use strict;
use warnings FATAL => 'all';
use Exporter 'import';
use HTTP::Response ();

our @EXPORT = qw(h2);

# h2($origin, $target, header => value, ...) for "http://HOST:PORT" (prior knowledge) or "https://...". Options begin
# with a dash and come before headers: -method, -curl => [arguments]. An HTTP::Response; code 0 when nothing came back.
sub h2 {
    my ($origin, $target, @rest) = @_;
    my (%o, @headers);
    while (my ($name, $value) = splice @rest, 0, 2) {
        if ($name =~ /^-/) { $o{$name} = $value } else { push @headers, '-H', "$name: $value" }
    }
    my @command = ('curl', '-q', '-s', '-k', '-i', '--max-time', 20, '--path-as-is', '--request-target', $target,
        $origin =~ /^https/ ? '--http2' : '--http2-prior-knowledge', @headers,
        ($o{-method} ? ('-X', $o{-method}) : ()), @{ $o{-curl} // [] }, "$origin/");
    local $ENV{LD_PRELOAD} = ''; # a sanitizer for httpd is none of curl's affair
    open my $curl, '-|', @command or die "curl: $!";
    local $/;
    my $raw = <$curl> // '';
    close $curl;
    my ($status, $rest) = $raw =~ /\AHTTP\/2 (\d+)[^\n]*\n(.*)\z/s or return HTTP::Response->new(0, 'none');
    my $res = HTTP::Response->parse("HTTP/1.1 $status -\r\n$rest");
    $res->protocol('HTTP/2');
    return $res;
}

1;
