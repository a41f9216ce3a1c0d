# SPDX-License-Identifier: Apache-2.0
# flood.pl - people between guesses: a login that is remembered, and a route that asks nobody. Guesses at passwords,
# which wait for their hashes, at keys (each asked of the database) and at tokens (each signature verified) are refused
# as fast as they come; as many requests of a route that asks nobody tell what any such load does.
use strict;
use warnings FATAL => 'all';
use Measure qw(LOOKS LOOK_S beside_quiet column_medians probe);
use Stand qw(%options $work LOAD_CORE start_node start_on_core stop_child);
use Subjects qw(service_and_route add_plugin add_consumer basic_header);
use Time::HiRes qw(sleep);
use Tokens qw(b64);

# The headers of the i-th guess, as Lua: three wrong passwords; keys that nobody has; tokens with a signature of the
# right length.
my $password = q(Authorization = 'Basic ' .. ({ 'YmVuY2g6Z3Vlc3M=', 'YmVuY2g6Z3Vlc3Mx', 'c3RyYW5nZXI6Z3Vlc3M=' })[i % 3 + 1]);
my $key = q(apikey = 'guess-' .. i);
my $token = q(Authorization = 'Bearer ) . b64('{"alg":"RS256"}') . '.' . b64('{"iss":"RS256"}')
    . q(.' .. string.format('%012d', i) .. string.rep('A', 330));

# [name, connections, path, headers]
my @floods = (
    [ '8 guesses at passwords', 8, '/basic', $password ],
    [ '64 guesses at passwords', 64, '/basic', $password ],
    [ '64 guesses at keys', 64, '/key', $key ],
    [ '64 guesses at tokens', 64, '/jwt', $token ],
    [ '64 requests, nothing guessed', 64, '/plain', '' ],
);

# Requests at full speed on so many connections; the pid of who makes them.
sub start_guessing {
    my ($node, $connections, $path, $headers) = @_;
    open my $lua, '>', "$work/guesses.lua" or die $!;
    print $lua "local i = 0\nfunction request() i = i + 1; return wrk.format('GET', nil, { $headers }) end\n";
    close $lua;
    my $pid = start_on_core(LOAD_CORE, 1, 'wrk', '-t1', "-c$connections", '-d600s', '-s', "$work/guesses.lua", $node->proxy_url($path));
    sleep 0.5;
    return $pid;
}

sub measure_flood {
    my $node = start_node();
    service_and_route($node, $_) for qw(plain basic key jwt);
    add_consumer($node);
    add_plugin($node, @$_) for [ key => 'key-auth' ], [ jwt => 'jwt' ], [ basic => 'basic-auth' ];
    my %who = ('cached login' => ['/basic', basic_header()], 'other route' => ['/plain']);
    probe($node, @{ $who{$_} }) for sort keys %who;
    print "\nGuesses at full speed ($options{mpm}, ${\LOOKS} rounds of ${\LOOK_S} s in turn): p50 and p99 in ms, p99 as a ratio to quiet\n";
    for my $flood (@floods) {
        my ($name, @flood) = @$flood;
        my %rounds;
        for my $round (1 .. LOOKS) {
            my %quiet = map { $_ => probe($node, @{ $who{$_} }) } sort keys %who;
            my $pid = start_guessing($node, @flood);
            push @{ $rounds{$_} }, beside_quiet($quiet{$_}, probe($node, @{ $who{$_} })) for sort keys %who;
            stop_child($pid);
        }
        printf "%-28s %-14s quiet %6.2f %6.2f, then %6.2f %6.2f, ratio %.2f\n", $name, $_, column_medians(@{ $rounds{$_} }) for sort keys %rounds;
    }
}

1;
