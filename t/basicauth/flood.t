# SPDX-License-Identifier: Apache-2.0
# Guesses at full speed: hashing is bounded, the rest is told to come again, never let in as anonymous; who is logged in
# and who needs no login is served meanwhile.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use MIME::Base64 qw(encode_base64);
use POSIX ();
use Time::HiRes qw(time sleep);
use GatewayBurst;
use GatewayNode;
use GatewayTest;

my $node = GatewayNode->start(threads => 32, extra => "GwHashThreads 1\n");
my ($alice, $nobody) = map { $node->admin_ok(POST => '/consumers', { username => $_ }) } qw(alice nobody);
$node->admin_ok(POST => '/services', { name => 's', url => upstream() });
$node->admin_ok(POST => '/services/s/routes', { name => $_, paths => ["/$_"] }) for qw(open login either);
$node->admin_ok(POST => '/routes/login/plugins', { name => 'basic-auth' });
$node->admin_ok(POST => '/routes/either/plugins', { name => 'basic-auth', config => { anonymous => 'nobody' } });
$node->admin_ok(POST => '/consumers/alice/basic-auth', { username => 'alice', password => 'secret' });
sub basic { return 'Basic ' . encode_base64("$_[0]:$_[1]", '') }
my @good = (Authorization => basic(alice => 'secret'));

# Until every child knows her.
eventually {
    my $codes = codes_of(burst($node->{proxy_port}, '/login', connections => 24, headers => {@good}));
    ($codes->{200} // 0) == 24;
} 'she is logged in on all children';

# Bursts of guesses: a bounded number is judged, the others are not; of each some, sooner or later.
sub guess {
    my ($path, $name) = @_;
    return burst($node->{proxy_port}, $path, connections => 96, seconds => 120, headers => { Authorization => basic($name => 'guess') });
}
for (['/login', 'alice', 401], ['/either', 'alice', 200], ['/login', 'stranger', 401]) {
    my ($path, $name, $judged) = @$_;
    my (%count, $nmute);
    eventually {
        my @answers = guess($path, $name);
        my $codes = codes_of(@answers);
        $count{$_} += $codes->{$_} for keys %$codes;
        $nmute += grep { /^HTTP\/1\.1 503/ && !(/^Retry-After: 1\r$/m && /"Service unavailable"/) } @answers;
        $count{$judged} && $count{503};
    } "$path as $name: some are judged, some are not";
    is_deeply [ sort keys %count ], [ sort $judged, 503 ], "$path as $name: every guess is answered so or so";
    is $nmute, 0, "$path as $name: who is not judged is told when to come again";
}

# Guesses wait on threads that nobody else needs: more of them are judged than the short queues of two children hold.
eventually { (codes_of(burst($node->{proxy_port}, '/login', connections => 28, headers => { Authorization => basic(alice => 'guess') }))->{401} // 0) > 20 }
    'while threads are idle, guesses wait for their turn';

# Two floods, of a known and of an unknown name, and people between them.
sub flood {
    my ($name) = @_;
    my $parent = $$;
    my $pid = fork // die "fork: $!";
    return $pid if $pid;
    my $n = 0;
    while (1) {
        burst($node->{proxy_port}, '/login', connections => 8, headers => { Authorization => basic($name, 'guess' . ++$n) });
        POSIX::_exit(0) if getppid() != $parent;
    }
}
sub times_of {
    my ($path, @headers) = @_;
    my @took;
    for (1 .. 200) {
        my $began = time;
        my $code = $node->call(GET => $path, @headers)->code;
        push @took, time - $began;
        die "$path: $code" if $code != 200;
    }
    @took = sort { $a <=> $b } @took;
    return \@took;
}
my %quiet = (open => times_of('/open'), login => times_of('/login', @good));
my @floods = map { flood($_) } qw(alice stranger);
my %busy = eval { (open => times_of('/open'), login => times_of('/login', @good)) };
my $why = $@;
kill KILL => @floods;
waitpid $_, 0 for @floods;
is $why, '', 'all of them were served';
for my $who (sort keys %busy) {
    my ($before, $during) = map { $_->[@$_ / 2] } $quiet{$who}, $busy{$who};
    note sprintf '%s: median %.2f ms quiet, %.2f ms in the flood; p99 %.2f and %.2f', $who, 1000 * $before, 1000 * $during,
        map { 1000 * $_->[@$_ * 0.99] } $quiet{$who}, $busy{$who};
    # The floods themselves take their share of the machine; a request that had to wait for hashes would take far longer.
    ok $during < 10 * $before + 0.05, "$who: nobody waits for what others guess";
}
is $node->call(GET => '/login', @good)->code, 200, 'afterwards all is well';
eventually { $node->call(GET => '/login', Authorization => basic(alice => 'wrong'))->code == 401 } 'and guesses are judged again';
done_testing();
