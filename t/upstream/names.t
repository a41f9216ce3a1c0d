# SPDX-License-Identifier: Apache-2.0
# Targets whose names have several addresses, others than before, none: the resolver is the test's own, preloaded.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp ();
use GatewayTest;
use GatewayNode;
use TestUpstream;

my $dir = File::Temp->newdir('gw-names-XXXXXX', TMPDIR => 1);
{
    delete local $ENV{LD_PRELOAD};
    plan skip_all => 'no C compiler here'
        if system("cc -shared -fPIC -o $dir/resolver.so $FindBin::Bin/../lib/resolver_preload.c -ldl 2>$dir/cc.log") != 0;
}

sub say_names {
    open my $out, '>', "$dir/new" or die "names: $!";
    print $out map { "$_\n" } @_;
    close $out or die "names: $!";
    rename "$dir/new", "$dir/names" or die "names: $!";
}

# One port, several addresses of the machine itself.
my $first = TestUpstream->start(host => '127.0.0.1');
my @up = ($first, map { TestUpstream->start(host => "127.0.0.$_", port => $first->{port}) } 2, 3);
my $port = $first->{port};

say_names('moving.test 127.0.0.1', 'several.test 127.0.0.1 127.0.0.2 127.0.0.3', 'gone.test');
my $node = do {
    local $ENV{LD_PRELOAD} = join ':', grep { length } $ENV{LD_PRELOAD} // '', "$dir/resolver.so";
    local $ENV{GW_TEST_NAMES} = "$dir/names";
    # One child: each looks names up for itself, and the test looks at one.
    GatewayNode->start(threads => 16, extra => "StartServers 1\nServerLimit 1\nMaxRequestWorkers 16\nMaxSpareThreads 16\n");
};

sub group {
    my ($upstream, @targets) = @_;
    my $name = unique('up');
    $node->admin_ok(POST => '/upstreams', { name => $name, %$upstream });
    $node->admin_ok(POST => "/upstreams/$name/targets", { target => $_ }) for @targets;
    my $s = $node->admin_ok(POST => '/services', { name => $name, host => $name });
    $node->admin_ok(POST => '/routes', { name => $name, paths => ["/$name"], service => { id => $s->{id} } });
    return ("/$name", $name);
}
sub state_of { return $node->admin_ok(GET => "/upstreams/$_[0]/health")->{data}[0] }
sub addresses { return join ' ', map { $_->{ip} } @{ state_of($_[0])->{data}{addresses} } }
sub counts { return map { scalar $_->requests } @up }

my ($path, $name) = group({}, "moving.test:$port");
plan skip_all => 'the resolver cannot be preloaded here' if state_of($name)->{health} eq 'DNS_ERROR';
is addresses($name), '127.0.0.1', 'a name is known when its writer is answered';
is $node->call(GET => $path)->code, 200, 'and served';

# ---- several addresses ----
my ($many, $many_name) = group({}, "several.test:$port");
is addresses($many_name), '127.0.0.1 127.0.0.2 127.0.0.3', 'all addresses of a name';
my @before = counts();
$node->call(GET => $many) for 1 .. 30;
my @after = counts();
ok $after[$_] > $before[$_], "$up[$_]{host} gets its share" for 0 .. 2;

# ---- another address ----
say_names('moving.test 127.0.0.2', 'several.test 127.0.0.1', 'gone.test');
$first->stop; # what refuses connections is looked up soon
my %codes;
eventually { $codes{ $node->call(GET => $path)->code }++; addresses($name) eq '127.0.0.2' } 'a name that moved is noticed', 60;
@before = counts();
is $node->call(GET => $path)->code, 200, 'and healed';
@after = counts();
is $after[1], $before[1] + 1, 'at its new address';
say_names('moving.test', 'several.test 127.0.0.2 127.0.0.3', 'gone.test');
eventually { addresses($many_name) eq '127.0.0.2 127.0.0.3' } 'names are looked up without a failure, too', 60;
is addresses($name), '127.0.0.2', 'a name that is lost keeps the address it had';
is $node->call(GET => $path)->code, 200, 'and is served';

# ---- no address ----
($path, $name) = group({}, "gone.test:$port");
is state_of($name)->{health}, 'DNS_ERROR', 'a name without an address';
is $node->call(GET => $path)->code, 503, 'has nobody to ask';
say_names('moving.test', 'several.test 127.0.0.2', "gone.test 127.0.0.3");
eventually { $node->call(GET => $path)->code == 200 } 'until it has one', 60;
done_testing();
