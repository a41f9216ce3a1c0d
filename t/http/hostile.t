# SPDX-License-Identifier: Apache-2.0
# Clients that mean harm, or cannot count: what is no request is refused and the connection closed; what is one arrives
# once, whole and only with its key. Each request carries a mark of its own, by which the upstream's log tells what came.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;

my $service = new_service();
my $open = new_route($service)->{paths}[0];
my $guarded = new_route($service);
my $closed = $guarded->{paths}[0];
add_plugin("/routes/$guarded->{id}", 'key-auth');
my $key = unique('key');
admin_ok(POST => '/consumers/' . new_consumer()->{id} . '/key-auth', { key => $key });

sub statuses { return [ $_[0] =~ m{HTTP/1\.[01] (\d{3}) [A-Z]}g ] } # an answer may follow a body without a line's end
sub mark { return unique('mark') . '-end' }

# Bytes (MARK in them becomes a mark); the statuses that came back; how often it arrived. The connection must be closed
# at once, which raw_request waits for: a request that is left half-read would take until its end.
sub is_refused {
    my ($bytes, $name, $status) = @_;
    my ($mark, $smuggled) = (mark(), mark());
    $bytes =~ s/MARK/$mark/g;
    $bytes =~ s/SMUGGLED/$smuggled/g;
    my $began = time;
    my $got = raw_request($bytes, wait => 15);
    my $statuses = statuses($got);
    is scalar @$statuses, 1, "$name: one answer" or diag substr $got, 0, 300;
    like $statuses->[0] // '', $status // qr/^(?:400|501)$/, "$name: refused";
    cmp_ok time - $began, '<', 12, "$name: and the connection closed";
    is arrived($mark) + arrived($smuggled), 0, "$name: nothing arrived";
    return $got;
}
my $smuggled = "GET $closed/SMUGGLED HTTP/1.1\r\nHost: x\r\napikey: $key\r\n\r\n"; # it would be a good request

# ---- lengths that contradict each other ----
my $post = "POST $open/MARK HTTP/1.1\r\nHost: x\r\n";
is_refused("${post}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello$smuggled", 'two Content-Lengths');
is_refused("${post}Content-Length: 5, 6\r\n\r\nhello$smuggled", 'two in one');
is_refused("${post}Content-Length: +5\r\n\r\nhello$smuggled", 'a sign');
is_refused("${post}Content-Length: -5\r\n\r\nhello$smuggled", 'below zero');
is_refused("${post}Content-Length: 0x5\r\n\r\nhello$smuggled", 'hexadecimal');
is_refused("${post}Content-Length: 5 5\r\n\r\nhello$smuggled", 'a blank in it');
is_refused("${post}Content-Length: \r\n\r\nhello$smuggled", 'an empty one');
is_refused("${post}Content-Length: 99999999999999999999999\r\n\r\nhello$smuggled", 'too large a number', qr/^4\d\d$/);
is_refused("${post}Content-Length : 5\r\n\r\nhello$smuggled", 'a blank before its colon');
is_refused("${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n$smuggled", 'an unknown encoding');
is_refused("${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n$smuggled", 'chunked, and not last');
is_refused("${post}Transfer-Encoding: $_\r\n\r\n0\r\n\r\n$smuggled", "$_: more than chunked")
    for 'identity, chunked', 'gzip, chunked', 'chunked, chunked', ', chunked';
is_refused("${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n$smuggled", 'chunked twice');
is_refused("${post}Transfer-Encoding: gzip\r\n\r\n0\r\n\r\n$smuggled", 'not chunked at all');
is_refused("${post}Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n$smuggled", 'in quotes');
is_refused("${post}Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n$smuggled", 'behind a vertical tab');
is_refused("${post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n$smuggled", 'a blank before the colon');
is_refused("${post}Transfer-Encoding\r\n : chunked\r\n\r\n0\r\n\r\n$smuggled", 'folded');

# ---- both framings ----
for (['both framings', "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n"], ['both, in the other order', "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"],
     ['both, with a length too long', "Transfer-Encoding: chunked\r\nContent-Length: 999\r\n"]) {
    my ($name, $framing) = @$_;
    my ($mark, $more) = (mark(), mark());
    my $got = raw_request("POST $open/$mark HTTP/1.1\r\nHost: x\r\n$framing\r\n0\r\n\r\nGET $closed/$more HTTP/1.1\r\nHost: x\r\napikey: $key\r\n\r\n", wait => 15);
    my $statuses = statuses($got);
    is scalar @$statuses, 1, "$name: one answer, and the connection closed";
    is $statuses->[0], 400, "$name: refused";
    is arrived($mark) + arrived($more), 0, "$name: neither it nor what follows arrives";
}

is_refused("POST $open/MARK HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n$smuggled",
    'chunked in HTTP/1.0, which knows no chunks');

# ---- chunks that are none: the head is a request, the body is refused ----
my $chunked = "${post}Transfer-Encoding: chunked\r\n\r\n";
for ([ "zz\r\nhello\r\n0\r\n\r\n", 'no hex digits' ], [ "-5\r\nhello\r\n0\r\n\r\n", 'below zero' ],
     [ "+5\r\nhello\r\n0\r\n\r\n", 'a sign' ], [ "0x5\r\nhello\r\n0\r\n\r\n", 'a prefix' ],
     [ "fffffffffffffffff\r\nhello\r\n0\r\n\r\n", 'too large' ], [ "8000000000000000\r\nhello\r\n0\r\n\r\n", 'below zero once it is a number' ],
     [ "5\r\nhelloX0\r\n\r\n", 'data beyond its size' ], [ "\r\nhello\r\n0\r\n\r\n", 'no size' ],
     [ "5 5\r\nhello\r\n0\r\n\r\n", 'two sizes' ], [ "5;" . 'e' x 200000 . "\r\nhello\r\n0\r\n\r\n", 'an extension without end' ]) {
    my ($body, $name) = @$_;
    my $mark = mark();
    my $began = time;
    my $got = raw_request($chunked =~ s/MARK/$mark/r . $body . "GET $open/$mark-more HTTP/1.1\r\nHost: x\r\n\r\n", wait => 15);
    my $statuses = statuses($got);
    is scalar @$statuses, 1, "chunk size, $name: one answer";
    like $statuses->[0] // '', qr/^4\d\d$/, "chunk size, $name: refused";
    cmp_ok time - $began, '<', 12, "chunk size, $name: and the connection closed";
    is arrived("$mark-more"), 0, "chunk size, $name: the rest is no request";
}

# ---- heads that are none ----
my $get = "GET $open/MARK HTTP/1.1\r\nHost: x\r\n";
my $bad = qr/^4\d\d$/;
is_refused("${get}X: a\0b\r\n\r\n", 'NUL in a value', $bad);
is_refused("${get}X\0Y: a\r\n\r\n", 'NUL in a name', $bad);
is_refused("${get}X: a\x01b\r\n\r\n", 'a control character in a value', $bad);
is_refused("${get}X: a\x7fb\r\n\r\n", 'DEL in a value', $bad);
is_refused("${get}X: a\rb\r\n\r\n", 'CR alone in a value', $bad);
is_refused("${get}X Y: a\r\n\r\n", 'a blank in a name', $bad);
is_refused("${get}X : a\r\n\r\n", 'a blank after a name', $bad);
is_refused("${get} X: a\r\n\r\n", 'a header that begins with a blank: folded onto Host', $bad);
is_refused("${get}: a\r\n\r\n", 'no name', $bad);
is_refused("${get}X(: a\r\n\r\n", 'a name of other characters', $bad);
is_refused("${get}no colon here\r\n\r\n", 'no colon', $bad);
is_refused($get . join('', map { "X-$_: 1\r\n" } 1 .. 5000) . "\r\n", '5,000 headers', $bad);
is_refused($get . "X: 1\r\n" x 5000 . "\r\n", '5,000 of one name', $bad);
is_refused($get . 'X: ' . 'x' x 200_000 . "\r\n\r\n", 'a header of 200 kB', $bad);
is_refused($get . 'x' x 200_000 . ": 1\r\n\r\n", 'a name of 200 kB', $bad);
is_refused('GET ' . "$open/MARK/" . 'x' x 200_000 . " HTTP/1.1\r\nHost: x\r\n\r\n", 'a target of 200 kB', qr/^414$/);
is_refused("GET $open/MARK HTTP/1.1\r\n\r\n", 'no Host', $bad);
is_refused("GET $open/MARK HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 'two Hosts', $bad);
is_refused("GET $open/MARK HTTP/1.1\r\nHost: x\r\nhost: y\r\n\r\n", 'two different Hosts', $bad);
is_refused("GET $open/MARK HTTP/1.1\r\nHost: $_\r\n\r\n", "Host $_", $bad) for 'a b', 'a/b', 'a@b', 'x:y', 'a,b', '[::1', 'a\\b', "a\tb", 'x:99999', 'x:-1', '..';
is_refused("GET $open/MARK HTTP/1.1 x\r\nHost: x\r\n\r\n", 'a word too many', $bad);
is_refused("GET  $open/MARK HTTP/1.1\r\nHost: x\r\n\r\n", 'two blanks', $bad);
is_refused("GET\t$open/MARK HTTP/1.1\r\nHost: x\r\n\r\n", 'a tab', $bad);
is_refused("G(T $open/MARK HTTP/1.1\r\nHost: x\r\n\r\n", 'a method that is no token', qr/^[45]\d\d$/);
is_refused("GET $open/MARK http/1.1\r\nHost: x\r\n\r\n", 'the protocol in lower case', $bad);
is_refused("GET $open/MARK\r\n", 'HTTP/0.9', $bad);
is_refused("CONNECT $open/MARK HTTP/1.1\r\nHost: x\r\n\r\n", 'CONNECT to a path', $bad);
is_refused("CONNECT MARK.test:443 HTTP/1.1\r\nHost: MARK.test:443\r\nConnection: close\r\n\r\n", 'CONNECT', $bad);
is_refused("OPTIONS * HTTP/1.1\r\nHost: x\r\nX: MARK\r\nConnection: close\r\n\r\n", 'OPTIONS *', qr/^405$/);
is_refused("TRACE $open/MARK HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 'TRACE', qr/^405$/);
is_refused("TRACE $closed/MARK HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 'TRACE of a guarded path', qr/^405$/);
is_refused("GET MARK HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 'a target without a slash', $bad);
is_refused("GET $_://x$open/MARK HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "a target of $_ on a connection without TLS", $bad) for qw(https ftp ws);
is_refused("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 MARK\r\n\r\n", 'a TLS handshake', $bad);

# ---- what is odd and yet a request ----
sub arrives {
    my ($bytes, $name, %o) = @_;
    my $mark = mark();
    $bytes =~ s/MARK/$mark/g;
    my $got = raw_request($bytes, wait => 15, %o);
    like $got, qr{^HTTP/1\.1 200 }m, "$name: served" or diag substr $got, 0, 300;
    is arrived($mark), 1, "$name: once";
    my ($body) = $got =~ /^(\{.*\})/m;
    return $body ? JSON->new->latin1->decode($body) : {};
}
is arrives("BREW $open/MARK HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 'a method of one\'s own')->{method}, 'BREW', 'goes on as it is';
arrives("GET $open/MARK HTTP/1.0\r\n\r\n", 'HTTP/1.0 without Host');
arrives("GET $open/MARK HTTP/1.0\r\nConnection: keep-alive\r\nHost: x\r\n\r\n", 'HTTP/1.0 that keeps the connection', until => qr/\}\n/);
arrives("GET http://x$open/MARK HTTP/1.1\r\nHost: y\r\nConnection: close\r\n\r\n", 'an absolute target');
arrives("\r\nGET $open/MARK HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 'an empty line before it');
arrives("GET $open/MARK HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" . join('', map { "X-$_: 1\r\n" } 1 .. 90) . "\r\n", '90 headers');
is length arrives("GET $open/MARK HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: " . 'x' x 100_000 . "\r\n\r\n", 'a header of 100 kB')->{headers}{x}, 100_000, 'whole';
is arrives("${post}Transfer-Encoding: chunked\r\nTrailer: X-T\r\nConnection: close\r\n\r\n5;a=b\r\nhello\r\n0\r\nX-Consumer-ID: root\r\napikey: $key\r\n\r\n", 'trailers')->{headers}{'x-consumer-id'},
    undef, 'which are no headers';
is arrives("HEAD $open/MARK HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 'HEAD')->{body}, undef, 'without a body';
# ---- headers that the client may not take away or give itself ----
my $seen = arrives("GET $closed/MARK HTTP/1.1\r\nHost: x\r\napikey: $key\r\nConnection: close, X-Consumer-ID, X-Consumer-Username, "
        . "X-Credential-Identifier, X-Forwarded-For, X-Kong-Request-Id, Host, apikey\r\nX-Consumer-ID: root\r\n\r\n", 'Connection that names the identity');
ok $seen->{headers}{$_}, "$_ arrives all the same" for qw(x-consumer-id x-consumer-username x-credential-identifier x-forwarded-for host);
isnt $seen->{headers}{'x-consumer-id'}, 'root', 'and is ours';
is_refused("GET $closed/MARK HTTP/1.1\r\nHost: x\r\nConnection: close, apikey\r\nX-Consumer-ID: root\r\n\r\n", 'no key', qr/^401$/);

# ---- many on one connection ----
sub pipelined {
    my ($n, $line, $last) = @_;
    my @marks = map { mark() } 1 .. $n;
    my $bytes = join '', map { $line->($_, $marks[$_]) } 0 .. $n - 1;
    my $got = raw_request($bytes, wait => 30, until => $last);
    return ($got, @marks);
}
my ($got, @marks) = pipelined(50, sub { "GET $open/$_[1] HTTP/1.1\r\nHost: x\r\n" . ($_[0] == 49 ? "Connection: close\r\n" : '') . "\r\n" });
is_deeply statuses($got), [ (200) x 50 ], 'pipelining: 50 requests, 50 answers';
my @order = $got =~ m{"path":"/(mark-[\d-]+-end)"}g;
is_deeply \@order, \@marks, 'in order';
is_deeply [ map { arrived($_) } @marks ], [ (1) x 50 ], 'each arrived once';
# Every other one has the key: none gets in by way of its neighbour.
($got, @marks) = pipelined(20, sub {
    my ($i, $mark) = @_;
    return ($i % 3 == 0 ? "POST $closed/$mark HTTP/1.1\r\nContent-Length: 7\r\n" : $i % 3 == 1 ? "POST $closed/$mark HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" : "GET $closed/$mark HTTP/1.1\r\n")
        . "Host: x\r\n" . ($i % 2 ? "apikey: $key\r\n" : '') . ($i == 19 ? "Connection: close\r\n" : '') . "\r\n"
        . ($i % 3 == 0 ? "a: b\r\n\r" : $i % 3 == 1 ? "3\r\nabc\r\n0\r\n\r\n" : '');
});
is_deeply statuses($got), [ map { $_ % 2 ? 200 : 401 } 0 .. 19 ], 'pipelining: keys are each request\'s own';
is_deeply [ map { arrived($_) } @marks ], [ map { $_ % 2 } 0 .. 19 ], 'only those with a key arrived';

# ---- half a request ----
for (["GET $open/MARK HTTP/1.1\r\nHost: x\r\n", 'half a head'], ["GET $open/MA", 'half a line'],
     ["POST $open/MARK HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf", 'half a body'],
     ["POST $open/MARK HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", 'half a chunk'],
     ["POST $open/MARK HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", 'no last chunk']) {
    my ($bytes, $name) = @$_;
    my $got = raw_request($bytes =~ s/MARK/mark()/er, half_close => 1, wait => 15);
    unlike $got, qr{^HTTP/1\.1 200 }m, "$name, then nothing: not served";
}
is call(GET => $open)->code, 200, 'others are';

# ---- Expect ----
like raw_request("POST $open/MARK HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", until => qr/\r\n\r\n/),
    qr{\AHTTP/1\.1 100 }, 'Expect: the client is told to go on';
my $told = raw_request("POST $closed/MARK HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", wait => 15, until => qr/\r\n\r\n/);
like $told, qr{\AHTTP/1\.1 401 }, 'Expect: without a key it is not';
is_refused("POST $open/MARK HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", 'Expect: miracles', qr/^417$/);

done_testing;
