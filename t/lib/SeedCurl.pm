# SPDX-License-Identifier: Apache-2.0
# SeedCurl.pm - requests by curl: for what LWP does not speak (HTTP/2, uploads from files), and as people's own documents
# write them, sent to the suite's gateway.
package SeedCurl;
use strict;
use warnings FATAL => 'all';
use Exporter 'import';
use JSON ();
use Test::More;
use GatewayTest;

our @EXPORT = qw(curl_is);
our @EXPORT_OK = qw(curl has_http2);

# What `curl ARGUMENTS` prints; the shell splits them. A sanitizer preloaded for httpd is none of curl's affair.
sub curl {
    my ($arguments) = @_;
    local $ENV{LD_PRELOAD} = '';
    return `curl -s -m 120 $arguments 2>/dev/null`;
}

sub has_http2 { return curl('--version') =~ /HTTP2/ }

# What curl got: { code, head, body, json }. An argument that begins with a path goes to the Admin API (port 8001),
# ":8000/path" to the proxy.
sub run_curl {
    my @args = map { s{^:8000(?=/)}{proxy_url()}er =~ s{^(?=/)}{admin_url()}er } @_;
    local $ENV{LD_PRELOAD} = '';
    open my $out, '-|', 'curl', '-s', '-i', '--max-time', 60, @args or die "curl: $!";
    my $all = do { local $/; <$out> } // '';
    close $out;
    my ($head, $body) = split /\r\n\r\n/, $all, 2;
    # an interim "100 Continue" comes first
    ($head, $body) = split /\r\n\r\n/, $body, 2 while ($head // '') =~ m{^HTTP/\S+ 1\d\d};
    my ($code) = ($head // '') =~ m{^HTTP/\S+ (\d+)};
    return { code => $code // 0, head => $head // '', body => $body // '', json => scalar eval { JSON->new->utf8->decode($body) } };
}

# curl_is([arguments], status, name): run it, compare the status, return what came (see above).
sub curl_is {
    my ($args, $status, $name) = @_;
    my $got = run_curl(@$args);
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    is $got->{code}, $status, "$name: $status" or diag "curl @$args\n$got->{body}";
    return $got;
}

1;
