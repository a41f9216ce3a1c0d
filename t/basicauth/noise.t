# SPDX-License-Identifier: Apache-2.0
# How long a refusal takes does not tell whether a name exists: wrong passwords of names that there are and names that
# nobody has, in one shuffled row over one connection. Compared as clients can compare them, one answer with another: the
# chance that a refusal of the one kind took longer than one of the other is a half. GW_LONG=1: 10,000 tries.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Socket::INET;
use List::Util qw(shuffle);
use MIME::Base64 qw(encode_base64);
use Time::HiRes qw(time);
use GatewayNode;
use GatewayTest;

my $ntries = $ENV{GW_LONG} ? 10_000 : 200; # of names that are asked for again and again
my $nnames = $ENV{GW_LONG} ? 500 : 50;     # of each kind that are asked for once
my ($far, $farther) = $ENV{GW_LONG} ? (0.03, 0.1) : (0.25, 0.3); # five standard errors; what tells is 0.5 away
my $node = GatewayNode->start(GatewayNode::own_database(), threads => 16);
my $alice = $node->admin_ok(POST => '/consumers', { username => 'alice' });
$node->admin_ok(POST => '/services', { name => 's', url => upstream() });
$node->admin_ok(POST => '/services/s/routes', { paths => ['/s'] });
$node->admin_ok(POST => '/services/s/plugins', { name => 'basic-auth' });
$node->admin_ok(POST => '/consumers/alice/basic-auth', { username => $_, password => 'secret' }) for 'known-one', 'known-two', map { sprintf 'known-%04d', $_ } 1 .. $nnames;

my $socket;
sub took {
    my ($name) = @_;
    my $request = "GET /s HTTP/1.1\r\nHost: x\r\nAuthorization: Basic " . encode_base64("$name:wrong", '') . "\r\n\r\n";
    for (1 .. 100) { # httpd closes what it has kept long enough, and a busy machine may be told to come again
        $socket //= IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $node->{proxy_port}) or die "connect: $!";
        my ($answer, $began) = ('', time);
        $socket->syswrite($request);
        until ($answer =~ /\r\n\r\n.*\}/s) { sysread $socket, $answer, 65536, length $answer or last }
        my $seconds = time - $began;
        undef $socket if $answer !~ /\r\n\r\n.*\}/s || $answer =~ /^connection: close/mi;
        return $seconds if $answer =~ m{^HTTP/1\.1 401 };
        die $answer if $answer ne '' && $answer !~ m{^HTTP/1\.1 503 };
    }
    die 'no answer to a guess';
}

# The chance that one of @$a is longer than one of @$b (Mann and Whitney's U, as a share), and its standard error where
# both are alike.
sub share_longer {
    my ($one, $other) = @_;
    my @all = sort { $a->[0] <=> $b->[0] } (map { [ $_, 1 ] } @$one), (map { [ $_, 0 ] } @$other);
    my ($below, $won) = (0, 0);
    $_->[1] ? ($won += $below) : $below++ for @all;
    return ($won / (@$one * @$other), sqrt((@$one + @$other + 1) / (12 * @$one * @$other)));
}
sub median { my @sorted = sort { $a <=> $b } @{ $_[0] }; return $sorted[ @sorted / 2 ] }

sub compare {
    my ($what, $one, $other) = @_;
    my ($share, $error) = share_longer($one, $other);
    my $told = sprintf '%s: the first took longer in %.3f of all pairs (standard error %.3f), medians %.3f to %.3f ms, ratio %.4f; %d and %d tries', $what,
        $share, $error, 1000 * median($one), 1000 * median($other), median($one) / median($other), scalar @$one, scalar @$other;
    $ENV{GW_LONG} ? diag $told : note $told;
    return $share;
}

# Names that are asked for again and again.
took($_) for 'known-one', 'known-two', 'nobody';
my %took;
push @{ $took{$_} }, took($_) for shuffle((map { ('known-one', 'known-two') } 1 .. $ntries / 4), ('nobody') x ($ntries / 2));
my @known = map { @{ $took{$_} } } 'known-one', 'known-two';
compare('two names that there are', $took{'known-one'}, $took{'known-two'});
my $share = compare('wrong password, unknown name', \@known, $took{nobody});
cmp_ok abs($share - 0.5), '<', $far, 'a wrong password takes as long as an unknown name';

# Each name once, as somebody does who looks for names.
my (%once, %other);
for (shuffle(map { my $n = sprintf '%04d', $_; ([ known => "known-$n" ], [ nobody => "other-$n" ]) } 1 .. $nnames)) {
    my ($kind, $name) = @$_;
    push @{ $once{$kind} }, took($name);
}
$share = compare('names asked for once: known, unknown', $once{known}, $once{nobody});
cmp_ok abs($share - 0.5), '<', $farther, 'nor does the first question for a name tell';
done_testing();
