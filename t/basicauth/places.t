# SPDX-License-Identifier: Apache-2.0
# The places that threads of all children share for hashing: a child that is killed at work leaves its own, a restart
# makes new ones, and the administrator may choose by what mutex they are kept.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use MIME::Base64 qw(encode_base64);
use GatewayLoad;
use GatewayNode;
use GatewayTest;

my $fresh = 0;

sub authorization { return 'Basic ' . encode_base64("$_[0]:$_[1]", '') }

sub start {
    my (%more) = @_;
    my $node = GatewayNode->start(threads => 16, %more);
    $node->admin_ok(POST => '/consumers', { username => 'alice' });
    $node->admin_ok(POST => '/services', { name => 's', url => upstream() });
    $node->admin_ok(POST => '/services/s/routes', { paths => ['/login'] });
    $node->admin_ok(POST => '/services/s/plugins', { name => 'basic-auth' });
    return $node;
}

# Somebody of whom no child has heard: a password that is to be hashed.
sub is_let_in {
    my ($node, $why) = @_;
    my $name = 'new' . ++$fresh;
    $node->admin_ok(POST => '/consumers/alice/basic-auth', { username => $name, password => 'secret' });
    eventually { $node->call(GET => '/login', Authorization => authorization($name => 'secret'))->code == 200 } $why;
}

my $node = start(extra => "GwHashThreads 1\n");
is_let_in($node, 'a first login');
my $guess = "GET /login HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: " . authorization(new1 => 'wrong') . "\r\n\r\n";
my $guesses = GatewayLoad->start(6, sub { GatewayLoad::fresh_request($node->{proxy_port}, $guess) });
for my $round (1 .. 4) {
    $guesses->wait_for_steps(6, 120);
    my ($victim) = $node->children;
    kill KILL => $victim or die "kill: $!";
    is_let_in($node, "a child was killed among guesses ($round): others hash");
}
$node->graceful;
$guesses->wait_for_steps(6, 120);
is_let_in($node, 'after a restart, too');
my $said = GatewayLoad::tally($guesses->stop);
ok $said->{401}, 'guesses were judged';
is $said->{200}, undef, 'none was good';
undef $node;

my $other = start(extra => "Mutex fcntl:logs gw-hash\nGwHashThreads 2\n");
is_let_in($other, 'with a mutex of another kind');
done_testing();
