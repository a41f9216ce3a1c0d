# SPDX-License-Identifier: Apache-2.0
# TLS towards upstreams: with verification and without, SNI, and what happens when the certificate is not good.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;
use Curl qw(curl has_http2);
use TestUpstream;

plan skip_all => 'IO::Socket::SSL is needed' if !eval { require IO::Socket::SSL };

# What the gateway's machine trusts: one of two certificates, for "localhost" alone.
my ($trusted, $trusted_key, $dir1) = TestUpstream::certificate('DNS:localhost');
my ($unknown, $unknown_key, $dir2) = TestUpstream::certificate('DNS:localhost', 'IP:127.0.0.1');
my ($by_ip, $by_ip_key, $dir3) = TestUpstream::certificate('IP:127.0.0.1');
my $good  = TestUpstream->start(tls => [ $trusted, $trusted_key ]);
my $bad   = TestUpstream->start(tls => [ $unknown, $unknown_key ]);
my $ip    = TestUpstream->start(tls => [ $by_ip, $by_ip_key ]);
my $plain = TestUpstream->start;

my $store = File::Temp->new;
for my $file ($trusted, $by_ip) {
    open my $in, '<', $file or die $!;
    print {$store} <$in>;
}
$store->flush;
my $node = do {
    local $ENV{SSL_CERT_FILE} = $store->filename;
    local $ENV{SSL_CERT_DIR}  = '/nonexistent';
    GatewayNode->start;
};

sub node_route {
    my ($f, $r) = @_;
    my $name = unique('t');
    my $service = $node->admin_ok(POST => '/services', { name => $name, retries => 1, read_timeout => 2000, %$f });
    $node->admin_ok(POST => '/routes', { name => $name, paths => ["/$name"], service => { id => $service->{id} }, %{ $r // {} } });
    return ("/$name", $service);
}

my ($yes, $no) = (JSON::true(), JSON::false());
# [title, upstream, host, tls_verify (undef: null), status, SNI that the upstream saw]
my @rows = (
    [ 'trusted, right name',             $good, 'localhost', $yes,  200, 'localhost' ],
    [ 'trusted, not verified',           $good, 'localhost', $no,   200, 'localhost' ],
    [ 'trusted, nothing said',           $good, 'localhost', undef, 200, 'localhost' ],
    [ 'trusted, wrong name',             $good, '127.0.0.1', $yes,  502 ],
    [ 'wrong name, not verified',        $good, '127.0.0.1', $no,   200, undef ],
    [ 'wrong name, nothing said',        $good, '127.0.0.1', undef, 200, undef ],
    [ 'unknown issuer',                  $bad,  'localhost', $yes,  502 ],
    [ 'unknown issuer, not verified',    $bad,  'localhost', $no,   200, 'localhost' ],
    [ 'an address in the certificate',   $ip,   '127.0.0.1', $yes,  200, undef ],
    [ 'a name, but only an address in the certificate', $ip, 'localhost', $yes, 502 ],
);
for (@rows) {
    my ($title, $upstream, $host, $verify, $status, $sni) = @$_;
    my ($path) = node_route({ protocol => 'https', host => $host, port => $upstream->{port},
            (defined $verify ? (tls_verify => $verify) : ()) });
    my $res = $node->call(GET => "$path/x");
    is $res->code, $status, "$title: $status";
    if ($status == 200) {
        is json_of($res)->{tls}{sni}, $sni, "$title: SNI";
        is $node->call(POST => "$path/x", [ 'text/plain', 'body' ])->code, 200, "$title: and again, on the same connection";
    }
}
my @refused = grep { /TLS certificate refused/ } split /\n/, $node->log_text;
is @refused, 3, 'a refused certificate is told once, and not tried again';
like "@refused", qr/hostname mismatch/i, 'with the reason';

my ($nothing) = node_route({ protocol => 'https', host => 'localhost', port => $plain->{port}, tls_verify => $no, read_timeout => 500 });
like $node->call(GET => "$nothing/x")->code, qr/\A50[24]\z/, 'an upstream that speaks no TLS is a bad gateway';

# preserve_host decides what the upstream is called, in TLS too; connections of different names are not mixed.
my ($shared) = node_route({ protocol => 'https', host => 'localhost', port => $bad->{port}, tls_verify => $no },
    { preserve_host => $yes });
for my $name (qw(one.example two.example one.example)) {
    my $seen = json_of($node->call(GET => "$shared/x", Host => $name));
    is $seen->{tls}{sni}, $name, "preserve_host: SNI $name";
    is $seen->{headers}{host}, $name, "preserve_host: Host $name";
}

# Turning verification on takes effect at once, though connections are pooled.
my ($turning, $service) = node_route({ protocol => 'https', host => 'localhost', port => $bad->{port}, tls_verify => $no });
is $node->call(GET => "$turning/x")->code, 200, 'not verified: good';
$node->admin_ok(PATCH => "/services/$service->{id}", { tls_verify => $yes });
is $node->call(GET => "$turning/x")->code, 502, 'verified from now on: refused';
$node->admin_ok(PATCH => "/services/$service->{id}", { tls_verify => $no });
is $node->call(GET => "$turning/x")->code, 200, 'and back';

# Clients by TLS and HTTP/2.
SKIP: {
    skip 'curl without HTTP/2', 1 if !has_http2();
    my ($path) = node_route({ protocol => 'https', host => 'localhost', port => $good->{port}, tls_verify => $yes });
    my $seen = JSON::decode_json(curl("-k --http2 -d body https://localhost:$node->{tls_port}$path/x"));
    is_deeply [ @{$seen}{qw(method body)}, $seen->{headers}{'x-forwarded-proto'} ], [ 'POST', 'body', 'https' ],
        'HTTP/2 and TLS on both sides';
}
done_testing();
