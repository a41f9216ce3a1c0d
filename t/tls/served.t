# SPDX-License-Identifier: Apache-2.0
# Certificates by name, to real TLS clients: which one is shown, that a change is in force when its writer is answered,
# and that no session outlives its certificate.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;
use Curl qw(curl has_http2);
use Certificates qw(issue handshake);

my $node = GatewayNode->start(GatewayNode::own_database());
my $port = $node->{tls_port};
sub shown { return handshake($port, @_)->{cn} }
sub certificate {
    my ($pair, @snis) = @_;
    return $node->admin_ok(POST => '/certificates', { cert => $pair->{cert}, key => $pair->{key}, snis => \@snis });
}

# ---- which one ----
is shown('a.example.test'), 'localhost', 'without rows: the server\'s own';
is_deeply $node->admin_ok(GET => '/certificates'), { data => [], next => undef }, 'no certificate yet';

my $exact = certificate(issue('exact.test'), 'a.example.test', 'localhost');
certificate(issue('prefix.test'), '*.example.test');
certificate(issue('suffix.test'), 'a.example.*', 'www.example.*');
for (
    [ 'a.example.test',   'exact.test',  'the exact name' ],
    [ 'A.Example.TEST',   'exact.test',  'in any case' ],
    [ 'localhost',        'exact.test',  'a name of one label' ],
    [ 'b.example.test',   'prefix.test', 'the wildcard in front' ],
    [ 'www.example.test', 'prefix.test', 'the wildcard in front before the one behind' ],
    [ 'www.example.org',  'suffix.test', 'the wildcard behind' ],
    [ 'a.b.example.test', 'localhost',   'a wildcard is one label' ],
    [ 'example.test',     'localhost',   'and never none' ],
    [ 'other.org',        'localhost',   'nothing fits: the server\'s own' ],
    [ undef,              'localhost',   'no name: the server\'s own' ],
) {
    my ($name, $want, $title) = @$_;
    is shown($name, $_), $want, "$title ($_)" for qw(-tls1_2 -tls1_3);
}
my $default = certificate(issue('default.test'), '*');
is shown('other.org'), 'default.test', '"*": what nothing else fits';
is shown(undef), 'default.test', '"*": and who says no name';
is shown('a.example.test'), 'exact.test', '"*": an exact name goes before';
$node->admin_ok(DELETE => "/certificates/$default->{id}");
is shown('other.org'), 'localhost', 'gone with its certificate, at once';
is $node->admin(GET => '/snis/*')->code, 404, 'and so is its name';

# ---- HTTP goes on as before ----
my $service = $node->admin_ok(POST => '/services', { name => 'up', url => upstream() });
$node->admin_ok(POST => '/routes', { name => 'r', paths => ['/r'], protocols => ['https'], service => { id => $service->{id} } });
$node->admin_ok(POST => '/routes', { name => 's', paths => ['/s'], snis => ['a.example.test'], service => { id => $service->{id} } });
my $at = "--resolve a.example.test:$port:127.0.0.1 --resolve b.example.test:$port:127.0.0.1 -k -o /dev/null -w '%{http_version} %{http_code}'";
SKIP: {
    skip 'curl without HTTP/2', 1 unless has_http2();
    is curl("$at --http2 https://a.example.test:$port/r"), '2 200', 'HTTP/2 is negotiated under such a certificate';
}
is curl("$at --http1.1 https://a.example.test:$port/r"), '1.1 200', 'and HTTP/1.1';
is curl("$at --http1.1 https://a.example.test:$port/s"), '1.1 200', 'routes go by snis under such a certificate';
is curl("$at --http1.1 https://b.example.test:$port/s"), '1.1 404', 'and miss';
is $node->call(GET => '/r')->code, 426, 'https-only routes ask for TLS';
is handshake($port, 'a.example.test', '-alpn h2,http/1.1')->{alpn}, 'h2', 'ALPN';

# ---- a change is in force when it is answered ----
for my $round (1 .. 10) {
    my $pair = issue("round-$round.test");
    $node->admin_ok(PATCH => "/certificates/$exact->{id}", { cert => $pair->{cert}, key => $pair->{key} });
    my @wrong = grep { $_ ne "round-$round.test" } map { shown('a.example.test') } 1 .. 4;
    is_deeply \@wrong, [], "round $round: every child shows the new one";
}
$node->admin_ok(PATCH => '/snis/localhost', { certificate => { id => $exact->{id} }, name => 'moved.test' });
is shown('moved.test'), 'round-10.test', 'a name that was changed';
is shown('localhost'), 'localhost', 'the old one is nobody\'s';
my $fresh = issue('fresh.test');
$node->admin_ok(PUT => '/certificates/fresh.test', { cert => $fresh->{cert}, key => $fresh->{key} });
is shown('fresh.test'), 'fresh.test', 'made under its name';

# ---- two kinds of keys ----
my ($rsa, $ec) = (issue('both.test', kind => 'rsa'), issue('both.test', kind => 'ec'));
$node->admin_ok(POST => '/certificates', { cert => $rsa->{cert}, key => $rsa->{key}, cert_alt => $ec->{cert}, key_alt => $ec->{key}, snis => ['both.test'] });
for my $version (qw(-tls1_2 -tls1_3)) {
    my $by_rsa = handshake($port, 'both.test', "$version -sigalgs RSA-PSS+SHA256");
    is "$by_rsa->{cn} $by_rsa->{kind}", 'both.test RSA-PSS', "$version: a client that knows RSA gets that";
    my $by_ec = handshake($port, 'both.test', "$version -sigalgs ECDSA+SHA256");
    is "$by_ec->{cn} $by_ec->{kind}", 'both.test ECDSA', "$version: one that knows ECDSA gets the other";
}
is handshake($port, 'a.example.test', '-sigalgs RSA-PSS+SHA256')->{cn}, '', 'a client that does not know the kind gets none: not the server\'s own';

# ---- sessions ----
for my $case ([ '-tls1_3', 'tickets', '' ], [ '-tls1_2', 'tickets', '' ], [ '-tls1_2', 'the cache', '-no_ticket' ]) {
    my ($version, $kind, $more) = @$case;
    my ($name, $title) = ('session.test', "$version, $kind");
    my $file = File::Temp->new;
    my $row = certificate(issue('first.test'), $name);
    my $begin = sub { return handshake($port, $name, "$version $more -sess_out $file") };
    my $resume = sub { return handshake($port, $name, "$version $more -sess_in $file -sess_out $file") };
    is $begin->()->{cn}, 'first.test', "$title: a session";
    my @reused = map { $resume->()->{reused} } 1 .. 3;
    is "@reused", '1 1 1', "$title: is resumed, again and again";
    $node->admin_ok(POST => '/consumers', { username => unique('nobody') });
    is $resume->()->{reused}, 1, "$title: another change does not matter";
    my $pair = issue('second.test');
    $node->admin_ok(PATCH => "/certificates/$row->{id}", { cert => $pair->{cert}, key => $pair->{key} });
    my $next = $resume->();
    is "$next->{reused} $next->{cn}", '0 second.test', "$title: not under another certificate";
    is $resume->()->{reused}, 1, "$title: the new one is resumed";
    $node->admin_ok(DELETE => "/certificates/$row->{id}");
    $next = $resume->();
    is "$next->{reused} $next->{cn}", '0 localhost', "$title: nor after its end";
    is $resume->()->{reused}, 1, "$title: a session under the server\'s own";
    $row = certificate(issue('third.test'), $name);
    $next = $resume->();
    is "$next->{reused} $next->{cn}", '0 third.test', "$title: nor that when the name has one";
    $node->admin_ok(DELETE => "/certificates/$row->{id}");
}

# ---- restarts, and what cannot be used ----
my $weak = issue('weak.test', kind => 'weak');
my $unused = certificate($weak, 'weak.test');
is shown('weak.test'), 'localhost', 'a key that OpenSSL does not take: the server\'s own';
my ($warning) = grep { JSON::encode_json($_) =~ /\Q$unused->{id}\E/ } @{ $node->admin_ok(GET => '/status')->{gateway}{warnings} };
is $warning->{code}, 'certificate-not-usable', '/status says so';
certificate(issue('never.test'), '*never.test');
ok scalar(grep { $_->{code} eq 'sni-never-matches' } @{ $node->admin_ok(GET => '/status')->{gateway}{warnings} }), 'a wildcard within a label: told too';

$node->graceful;
eventually { $node->log_text =~ /resuming normal operations.*resuming normal operations/s } 'a graceful restart';
is shown('a.example.test'), 'round-10.test', 'after it: the same';
is_deeply [ grep { /PRIVATE KEY|\[(?:ssl|gw):(?:error|crit|emerg)/ } split /\n/, $node->log_text ], [], 'no key in the log, no error';
done_testing();
