# SPDX-License-Identifier: Apache-2.0
# A write that an old child has begun before a graceful restart, and ends when new children serve: they hear of it before
# the writer does.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayBurst;
use GatewayNode;
use GatewayTest;

plan skip_all => 'on Postgres every child is told by NOTIFY, too' if is_postgres();
plan skip_all => 'which child has a connection is read from /proc' unless GatewayNode::can_find_children();
plan skip_all => 'no sqlite3 command' if system('command -v sqlite3 >/dev/null');

my $node = GatewayNode->start(threads => 16);
my $service = $node->admin_ok(POST => '/services', { name => 'svc', url => upstream() });
sub children_in { my ($state) = @_; my $res = $node->admin(GET => '/status'); return map { $_->{pid} } grep { $_->{state} eq $state } $res->code == 200 ? @{ json_of($res)->{gateway}{children} } : () }

my $rounds = 0;
for my $try (1 .. 12) {
    my %old = map { $_ => 1 } children_in('ready');
    open my $holder, '|-', 'sqlite3', '-cmd', '.timeout 10000', "$node->{dir}/data/gw.db" or die "sqlite3: $!";
    $holder->autoflush(1);
    print $holder "BEGIN IMMEDIATE;\n";
    eventually { system("sqlite3 -cmd '.timeout 0' $node->{dir}/data/gw.db 'BEGIN IMMEDIATE; ROLLBACK' 2>/dev/null") != 0 } "try $try: nobody can write";
    my $body = qq({"name":"held-$try","paths":["/held-$try"],"service":{"id":"$service->{id}"}});
    my $writer = $node->ask(POST => '/routes', $body);
    $node->await_child_of($writer); # an old child has begun it
    $node->graceful;
    eventually { grep { !$old{$_} } children_in('ready') } "try $try: new children serve";
    print $holder "ROLLBACK;\n";
    close $holder or die 'sqlite3 failed';
    my $answer = do { local $/; <$writer> // '' };
    next unless $answer =~ m{\AHTTP/1\.1 201}; # a slow machine: its patience with the lock was over
    $rounds++;
    is_deeply codes_of(burst($node->{proxy_port}, "/held-$try")), { 200 => 24 }, "try $try: the write is in force in all of them";
    last if $rounds == 3;
}
cmp_ok $rounds, '>', 0, 'writes outlived their generation';

done_testing;
