# SPDX-License-Identifier: Apache-2.0
# Virtual hosts on one address of which some route and some do not: each shows its own certificates, whichever is the
# first, and no session outlives its certificate.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;
use Certificates qw(issue handshake);

my ($routed_second, $routed_first) = GatewayNode::free_ports(2);
my $key = "SSLEngine on\nSSLCertificateFile $ENV{GW_TEST_ROOT}/tls/cert.pem\nSSLCertificateKeyFile $ENV{GW_TEST_ROOT}/tls/key.pem";
sub hosts {
    my ($port, @hosts) = @_;
    return join "\n", "Listen 127.0.0.1:$port",
        map { "<VirtualHost *:$port>\nServerName $_->[0]\nGwRouter $_->[1]\n$key\n</VirtualHost>" } @hosts;
}
my ($plain, $routed) = ([ 'plain.test', 'Off' ], [ 'routed.test', 'On' ]);
my $node = GatewayNode->start(GatewayNode::own_database(),
    extra => hosts($routed_second, $plain, $routed) . "\n" . hosts($routed_first, $routed, $plain));
my $pair = issue('first.test');
my $row = $node->admin_ok(POST => '/certificates', { cert => $pair->{cert}, key => $pair->{key}, snis => [qw(routed.test plain.test)] });

for my $address ([ $routed_second, 'the one that routes is the second' ], [ $routed_first, 'the one that routes is the first' ]) {
    my ($port, $order) = @$address;
    for my $kind ([ '-tls1_3', 'tickets', '' ], [ '-tls1_2', 'tickets', '' ], [ '-tls1_2', 'the cache', '-no_ticket' ]) {
        my ($version, $what, $more) = @$kind;
        my $title = "$order, $version, $what";
        my %file = map { $_ => File::Temp->new } qw(routed plain);
        my $shake = sub { my $got = handshake($port, "$_[0].test", "$version $more @_[1 .. $#_]"); return "$got->{reused} $got->{cn}" };
        my $begin = sub { return $shake->($_[0], "-sess_out $file{$_[0]}") };
        my $resume = sub { return $shake->($_[0], "-sess_in $file{$_[0]} -sess_out $file{$_[0]}") };
        $node->admin_ok(PATCH => "/certificates/$row->{id}", { cert => $pair->{cert}, key => $pair->{key} });
        is $begin->('routed'), '0 first.test', "$title: the row's certificate";
        is $begin->('plain'), '0 localhost', "$title: its own, where it does not route";
        is $resume->('routed'), '1 first.test', "$title: a session";
        is $resume->('plain'), '1 localhost', "$title: a session where it does not route";
        my $next = issue('second.test');
        $node->admin_ok(PATCH => "/certificates/$row->{id}", { cert => $next->{cert}, key => $next->{key} });
        is $resume->('routed'), '0 second.test', "$title: not under another certificate";
        is $resume->('plain'), '1 localhost', "$title: no matter where it does not route";
    }
}
done_testing();
