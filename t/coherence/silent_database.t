# SPDX-License-Identifier: Apache-2.0
# The network to Postgres drops packets: what was asked is not answered, connections stay open, new ones are not made.
# That costs few of the server's threads, and heals by itself.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayBurst;
use GatewayNode;
use GatewayTest;
use IO::Select ();
use IO::Socket::INET ();
use TcpForwarder;

plan skip_all => 'an embedded database is in no network' unless is_postgres();

my %database = GatewayNode->own_database;
my ($port) = $database{params} =~ /\bport=(\d+)/ or die 'no port';
our $network = TcpForwarder->start($port);
$database{params} =~ s/\bport=\d+/port=$network->{port}/;
our $node = GatewayNode->start(%database, threads => 16);
END { undef $node; undef $network } # in this order
my $n = 24;
sub codes { my ($path, %headers) = @_; return codes_of(burst($node->{proxy_port}, $path, connections => $n, headers => \%headers)) }

my $service = $node->admin_ok(POST => '/services', { name => 'svc', url => upstream() });
$node->admin_ok(POST => '/routes', { name => 'open', paths => ['/open'], service => { id => $service->{id} } });
my $keyed = $node->admin_ok(POST => '/routes', { name => 'keyed', paths => ['/keyed'], service => { id => $service->{id} } });
$node->admin_ok(POST => "/routes/$keyed->{id}/plugins", { name => 'key-auth' });
my $consumer = $node->admin_ok(POST => '/consumers', { username => 'known' });
$node->admin_ok(POST => "/consumers/$consumer->{id}/key-auth", { key => "$_-key" }) for 'known', map { "unasked-$_" } 1 .. 6;

# Requests that ask what nobody answers, as many as there are threads.
sub ask_unknown {
    my ($round) = @_;
    my @sockets = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $node->{proxy_port}) or die "connect: $!" } 1 .. 32;
    $sockets[$_]->syswrite("GET /keyed HTTP/1.1\r\nHost: localhost\r\napikey: nobody-$round-$_\r\nConnection: close\r\n\r\n") for 0 .. $#sockets;
    return @sockets;
}

sub times_told { my $log = $node->log_text; return scalar(() = $log =~ /GW1641/g) }

my ($early, $overlaps) = (0, 0);
for my $round (1 .. 6) {
    my $what = "round $round";
    codes('/keyed', apikey => 'known-key') for 1 .. 6; # every child has asked for it
    my $told = times_told();
    $network->fall_silent;
    my @stuck = ask_unknown($round);
    my ($waiting, %answers) = (IO::Select->new(@stuck));
    my $collect = sub {
        for my $socket ($waiting->can_read(0)) {
            my $line = readline $socket;
            $answers{ ($line // 'none') =~ m{\AHTTP/1\.1 (\d{3})} ? $1 : 'none' }++;
            $waiting->remove($socket);
        }
        return @stuck - $waiting->count;
    };
    # Half of the threads may wait; the others are answered before it is known that the database is away.
    eventually {
        my $answered = $collect->();
        my $is_told = times_told() > $told;
        $early = $answered if $answered > $early && !$is_told;
        $is_told || $early >= @stuck / 2;
    } "$what: threads come back";
    is_deeply codes('/open'), { 200 => $n }, "$what: routes go on while requests ask what nobody answers";
    is_deeply codes('/keyed', apikey => 'known-key'), { 200 => $n }, "$what: known keys go on";
    $overlaps++ if $collect->() < @stuck;
    eventually { $collect->() == @stuck } "$what: none of them waits for ever";
    is_deeply \%answers, { 503 => 32 }, "$what: they are told that it is away";
    is_deeply codes('/keyed', apikey => "later-$round"), { 503 => $n }, "$what: so are those that ask later";
    is $node->admin(POST => '/routes', { name => "lost-$round", paths => ["/lost-$round"] })->code, 503, "$what: a write is refused";
    is_deeply codes('/open'), { 200 => $n }, "$what: routes still go on";
    is_deeply codes('/keyed', apikey => 'known-key'), { 200 => $n }, "$what: known keys too";

    $network->go_on;
    eventually { (codes('/keyed', apikey => "unasked-$round-key")->{200} // 0) == $n } "$what: it heals by itself";
    eventually { $node->admin(POST => '/routes', { name => "new-$round", paths => ["/new-$round"], service => { id => $service->{id} } })->code == 201 }
        "$what: writes work again";
    eventually { (codes("/new-$round")->{200} // 0) == $n } "$what: and are in force";
    is_deeply codes("/lost-$round"), { 404 => $n }, "$what: what was refused left nothing behind";
    last if $round > 1 && $overlaps && $early >= @stuck / 2; # a machine that stands still proves less, and fails nothing
}
cmp_ok $early, '>=', 16, 'half of the threads never wait for what is silent';
cmp_ok $overlaps, '>', 0, 'they were served while others still waited';

done_testing;
