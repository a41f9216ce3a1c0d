# SPDX-License-Identifier: Apache-2.0
# Postgres goes away and comes back: what is known goes on, what is not is refused, nothing has to be restarted.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayBurst;
use GatewayNode;
use GatewayTest;
use MIME::Base64 qw(encode_base64);
use PrivatePostgres;
use Time::HiRes qw(time sleep);
use Tokens qw(token);

plan skip_all => 'an embedded database does not go away' unless is_postgres();

our $cluster = PrivatePostgres->new;
our $node = GatewayNode->start($cluster->database, threads => 16);
END { undef $node; undef $cluster } # in this order
my $n = 24;
sub gateway { json_of($node->admin(GET => '/status'))->{gateway} }
sub codes { my ($path, %headers) = @_; return codes_of(burst($node->{proxy_port}, $path, connections => $n, headers => \%headers)) }
# Every child has asked for it.
sub warm { my ($path, %headers) = @_; codes($path, %headers) for 1 .. 6 }

my $service = $node->admin_ok(POST => '/services', { name => 'svc', url => upstream() });
my $open = $node->admin_ok(POST => '/routes', { name => 'open', paths => ['/open'], service => { id => $service->{id} } });
my $keyed = $node->admin_ok(POST => '/routes', { name => 'keyed', paths => ['/keyed'], service => { id => $service->{id} } });
$node->admin_ok(POST => "/routes/$keyed->{id}/plugins", { name => 'key-auth' });
my $consumer = $node->admin_ok(POST => '/consumers', { username => 'known' });
my %key = map { $_ => $_ . 'x' x 20 } qw(known unasked);
$node->admin_ok(POST => "/consumers/$consumer->{id}/key-auth", { key => $key{$_} }) for sort keys %key;
warm('/keyed', apikey => $key{known});

# Routes where `anonymous` lets everybody in: who shows something that nobody can judge is not let in by it.
my $nobody = $node->admin_ok(POST => '/consumers', { username => 'nobody' });
my @names = qw(warm-1 warm-2 unasked-1 unasked-2);
my %secret = map { $_ => $_ . 's' x 20 } @names;
my %way = ( # plugin => [fields of a name's credential, what a request with it says; no row is named stranger-N]
    'key-auth' => [ sub { (key => "open-$_[0]") }, sub { (apikey => "open-$_[0]") } ],
    jwt => [ sub { (key => $_[0], secret => $secret{ $_[0] }) },
        sub { (Authorization => 'Bearer ' . token(claims => { iss => $_[0] }, key => $secret{ $_[0] } // 'none')) } ],
    'basic-auth' => [ sub { (username => $_[0], password => $secret{ $_[0] }) },
        sub { (Authorization => 'Basic ' . encode_base64("$_[0]:" . ($secret{ $_[0] } // 'none'), '')) } ],
);
sub show { my ($plugin, $name) = @_; return ("/or-$plugin", $way{$plugin}[1]->($name)) }
sub warm_ways { my ($round) = @_; for my $plugin (sort keys %way) { warm("/or-$plugin"); warm(show($plugin, "warm-$round")) } }
# Of $n answers, how often each status came, and of the 200 whom the upstream took it for.
sub taken_for {
    my ($path, %headers) = @_;
    my %n;
    $n{ !/\AHTTP\/1\.1 (\d+)/ ? 'none' : $1 != 200 ? $1 : /"x-anonymous-consumer"/i ? 'anonymous' : 'known' }++
        for burst($node->{proxy_port}, $path, connections => $n, headers => \%headers);
    return \%n;
}
for my $plugin (sort keys %way) {
    my $route = $node->admin_ok(POST => '/routes', { name => "or-$plugin", paths => ["/or-$plugin"], service => { id => $service->{id} } });
    $node->admin_ok(POST => "/routes/$route->{id}/plugins", { name => $plugin, config => { anonymous => $nobody->{id} } });
    $node->admin_ok(POST => "/consumers/$consumer->{id}/$plugin", { $way{$plugin}[0]->($_) }) for @names;
}
eventually { -s "$node->{dir}/state/last-good" } 'a last good configuration is kept';
eventually { open my $in, '<', "$node->{dir}/state/last-good" or return 0; local $/; <$in> =~ /"keyed"/ && $node->log_text }
    'with the newest route';
is sprintf('%o', (stat "$node->{dir}/state/last-good")[2] & 07777), '600', 'for its owner only';

for my $round (1 .. 2) {
    my $verb = $round == 1 ? 'stop' : 'kill';
    warm_ways($round);
    $cluster->do($verb);
    is_deeply codes('/open'), { 200 => $n }, "$verb: routes go on";
    is_deeply codes('/keyed', apikey => $key{known}), { 200 => $n }, "$verb: known keys go on";
    is_deeply codes('/keyed', apikey => "$key{unasked}-$round"), { 503 => $n }, "$verb: unknown keys are not judged";
    my ($answer) = burst($node->{proxy_port}, '/keyed', connections => 1, headers => { apikey => "other-$round" });
    like $answer, qr/"Service unavailable"/, "$verb: they are told so";
    my $res = $node->admin(POST => '/routes', { name => "lost-$round", paths => ['/lost'] });
    is $res->code, 503, "$verb: a write is refused";

    for my $plugin (sort keys %way) {
        my $what = "$verb: $plugin with anonymous";
        is_deeply taken_for("/or-$plugin"), { anonymous => $n }, "$what: who shows nothing is anonymous";
        is_deeply taken_for(show($plugin, "warm-$round")), { known => $n }, "$what: a known credential goes on";
        is_deeply taken_for(show($plugin, $_)), { 503 => $n }, "$what: an unknown one ($_) is nobody's, not even the anonymous one's"
            for "unasked-$round", "stranger-$round";
        my ($path, %headers) = show($plugin, "other-$round");
        my ($answer) = burst($node->{proxy_port}, $path, connections => 1, headers => \%headers);
        like $answer, qr/"Service unavailable"/, "$what: it is told so";
    }

    # Children that are born meanwhile.
    my %old = map { $_ => 1 } $node->children;
    kill KILL => keys %old or die "kill: $!"; # all: nobody else can have answered
    eventually { grep { !$old{$_} } $node->children } "$verb: a child is born";
    eventually { (codes('/open')->{200} // 0) == $n } "$verb: it serves from the last good configuration";
    my $began = time;
    codes('/keyed', apikey => "unknown-$round-$_") for 1 .. 5;
    cmp_ok time - $began, '<', 10, "$verb: no request waits for what is away";

    $cluster->start;
    eventually { (codes('/keyed', apikey => $key{unasked})->{200} // 0) == $n } "$verb: it comes back by itself", 30;
    eventually { $node->admin(POST => '/routes', { name => "new-$round", paths => ["/new-$round"], service => { id => $service->{id} } })->code == 201 }
        "$verb: writes work again", 30;
    is_deeply codes("/new-$round"), { 200 => $n }, "$verb: and are in force at once";
    is_deeply codes('/lost'), { 404 => $n }, "$verb: what was refused left nothing behind";
    eventually { !grep { $_->{state} ne 'ready' } @{ gateway()->{children} } } "$verb: all children are ready again";
    is_deeply codes('/keyed', apikey => $key{known}), { 200 => $n }, "$verb: known keys still are";
    for my $plugin (sort keys %way) {
        eventually { (taken_for(show($plugin, "unasked-$round"))->{known} // 0) == $n } "$verb: $plugin with anonymous: what was unknown is known";
        my ($path, %headers) = show($plugin, "stranger-$round"); # asked once: each guess of a password costs a hash
        like +(burst($node->{proxy_port}, $path, connections => 1, headers => \%headers))[0], qr/"x-anonymous-consumer"/i,
            "$verb: $plugin with anonymous: nobody's credential is anonymous, now that this is known";
    }
}
my @told = $node->log_text =~ /GW1641/g;
cmp_ok scalar @told, '<=', 2 * 2 * 3, 'it is told once for each change of state';
like $node->log_text, qr/GW1642/, 'and that it is back';

# A whole server that starts while the database is away.
eventually { open my $in, '<', "$node->{dir}/state/last-good" or return 0; local $/; <$in> =~ /"new-2"/ } 'the last write is kept';
$cluster->stop;
$node->stop;
$node->launch;
eventually { (codes_of(eval { burst($node->{proxy_port}, '/open', connections => 8) })->{200} // 0) == 8 }
    'a server starts without its database and serves', 40;
is $node->admin(GET => '/routes')->code, 503, 'its Admin API says what it cannot do';
$node->stop;
open my $out, '>', "$node->{dir}/state/last-good" or die $!;
print $out "mod_gw last-good 1\n[]\nend 1 0\n";
close $out;
$node->launch;
eventually { (codes_of(eval { burst($node->{proxy_port}, '/open', connections => 8) })->{503} // 0) == 8 }
    'with a damaged file it answers 503', 40;
like $node->log_text, qr/GW1631/, 'and says why';
$cluster->start;
eventually { (codes('/open')->{200} // 0) == $n } 'and serves as soon as the database is there', 30;

# A database that takes questions and stays silent does not take the threads with it.
my $pid = $cluster->pid;
sub backends { delete local $ENV{LD_PRELOAD}; my @p = `ps -o pid= --ppid $pid`; return map { /(\d+)/ ? $1 : () } @p }
warm('/keyed', apikey => $key{known});
my @silent = ($pid, backends());
kill STOP => @silent;
my $began = time;
my @stuck = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $node->{proxy_port}) or die $! } 1 .. 32;
$stuck[$_]->syswrite("GET /keyed HTTP/1.1\r\nHost: localhost\r\napikey: silent-$_\r\nConnection: close\r\n\r\n") for 0 .. $#stuck;
is_deeply codes('/open'), { 200 => $n }, 'silent: routes go on while 32 requests ask what nobody answers';
is_deeply codes('/keyed', apikey => $key{known}), { 200 => $n }, 'silent: known keys go on';
cmp_ok time - $began, '<', 20, 'silent: without waiting for it';
my %answers;
for my $socket (@stuck) {
    my $line = readline $socket;
    $answers{ ($line // 'none') =~ /(\d{3})/ ? $1 : 'none' }++;
}
is_deeply [ sort keys %answers ], ['503'], 'silent: those that asked are told that it is away';
kill CONT => @silent;
eventually { (codes('/keyed', apikey => $key{unasked})->{200} // 0) == $n } 'silent: it heals by itself', 40;

done_testing;
