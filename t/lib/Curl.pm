# SPDX-License-Identifier: Apache-2.0
# Curl.pm - requests by curl, for what LWP does not speak (HTTP/2, uploads from files).
package Curl;
use strict;
use warnings FATAL => 'all';
use Exporter 'import';

our @EXPORT_OK = qw(curl has_http2);

# What `curl ARGUMENTS` prints; the shell splits them. A sanitizer preloaded for httpd is none of curl's affair.
sub curl {
    my ($arguments) = @_;
    local $ENV{LD_PRELOAD} = '';
    return `curl -s -m 120 $arguments 2>/dev/null`;
}

sub has_http2 { return curl('--version') =~ /HTTP2/ }

1;
