# SPDX-License-Identifier: Apache-2.0
# A whole configuration is swapped under load, by POST /config or, with a database, by pruning: no request fails, nothing
# of the old one stays. Without a database loads come one at a time. GW_LONG=1: 10,000 services and 100,000 credentials;
# its time is told, and what of it the gateway worked.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use LWP::UserAgent;
use Fcntl ':flock';
use POSIX ();
use Time::HiRes qw(sleep time);

plan skip_all => 'with a database: GW_LONG=1' if is_postgres() && !$ENV{GW_LONG};

my ($nservices, $ncredentials) = $ENV{GW_LONG} ? (10_000, 100_000) : (300, 3_000);
my $node = GatewayNode->start(threads => 16, log_level => 'warn', is_postgres() ? GatewayNode::own_database() : (extra => 'GwDeclarativeConfig none'));
my ($place, $done) = is_postgres() ? ('/declarative/apply?prune=true', 200) : ('/config', 201);
my $upstream = upstream();

sub config {
    my ($word) = @_;
    my @out = (qq{_format_version: "3.0"\nservices:\n- name: always\n  url: $upstream\n  routes:\n  - name: always\n    paths: [/always]\n    plugins:\n    - name: key-auth\n});
    push @out, "- name: $word-$_\n  url: $upstream\n  routes:\n  - name: $word-$_\n    paths: [/$word/$_]\n" for 2 .. $nservices;
    push @out, "consumers:\n- username: steady\n  keyauth_credentials:\n  - key: steady-key\n";
    push @out, "- username: $word-$_\n  keyauth_credentials:\n  - key: $word-key-$_\n" for 2 .. $ncredentials;
    return join '', @out;
}
my %text = map { $_ => config($_) } qw(old new);
my $agent = LWP::UserAgent->new(timeout => 300, env_proxy => 0);

# Seconds that the gateway's children have worked so far, and the largest one's memory at its height, in MB.
sub spent {
    my ($ticks, $top) = (0, 0);
    for my $pid ($node->children) {
        open my $stat, '<', "/proc/$pid/stat" or next;
        my @field = split ' ', (<$stat> // '') =~ s/.*\)//sr;
        $ticks += ($field[11] // 0) + ($field[12] // 0);
        open my $status, '<', "/proc/$pid/status" or next;
        while (<$status>) { $top = $1 / 1024 if /^VmHWM:\s+(\d+)/ && $1 / 1024 > $top }
    }
    return ($ticks / POSIX::sysconf(POSIX::_SC_CLK_TCK()), $top);
}
sub load {
    my ($word) = @_;
    my ($began, $before) = (time, (spent())[0]);
    my $res;
    for (1 .. 10) { # a database that takes too long for a statement is said to be away; nothing was written then
        $res = $agent->post($node->admin_url($place), 'Content-Type' => 'text/yaml', Content => $text{$word});
        last if $res->code != 503;
        diag 'once more: ', $res->decoded_content;
        sleep 1;
    }
    my ($after, $top) = spent();
    # the figures that a long run is for are shown, the others only to those who ask
    my $told = sprintf '%s: %d services, %d credentials, %.1f MB: %.1f s, of which %.1f s of work in the gateway, %d MB at its height', $word,
        $nservices, $ncredentials, length($text{$word}) / 1e6, time - $began, $after - $before, $top;
    $ENV{GW_LONG} ? diag $told : note $told;
    diag $res->status_line, ' ', substr $res->decoded_content, 0, 500 unless $res->is_success;
    return $res;
}
is load('old')->code, $done, 'the first configuration';
eventually { $node->call(GET => "/old/$nservices")->code == 200 } 'is in force';
is $node->call(GET => '/always?apikey=old-key-' . $ncredentials)->code, 200, 'to its last credential';

# Requests all the time, in a process of its own, which ends with the number of those that failed.
pipe my $from, my $to or die $!;
my $pid = fork // die $!;
if (!$pid) {
    my ($n, $bad, $done) = (0, 0, 0);
    local $SIG{TERM} = sub { $done = 1 };
    my $ua = LWP::UserAgent->new(timeout => 60, keep_alive => 2, env_proxy => 0);
    until ($done) {
        $bad++ if $ua->get($node->proxy_url('/always?apikey=steady-key'))->code != 200;
        $n++;
        sleep 0.005;
    }
    print $to "$n $bad\n";
    close $to;
    POSIX::_exit(0);
}
close $to;
is load('new')->code, $done, 'the second configuration';
eventually { $node->call(GET => "/new/$nservices")->code == 200 } 'it is in force';
is $node->call(GET => "/old/$nservices")->code, 404, 'and the first is not';
is $node->call(GET => '/always?apikey=old-key-2')->code, 401, 'nor its credentials';
kill TERM => $pid;
my ($n, $bad) = split ' ', scalar <$from>;
waitpid $pid, 0;
note "$n requests meanwhile";
ok $n > 0, 'requests went on all the time';
is $bad, 0, 'no request failed';

if (is_postgres()) {
    done_testing;
    exit;
}

# One load at a time.
open my $lock, '>>', "$node->{dir}/state/declarative.lock" or die $!;
flock $lock, LOCK_EX or die $!;
my $refused = $node->admin(POST => '/config', [ 'text/yaml', "_format_version: '3.0'\n" ]);
is $refused->code, 429, 'another load is refused while one goes on';
is json_of($refused)->{message}, 'Currently loading previous configuration', 'with the words of the reference';
ok $refused->header('Retry-After'), 'it is told when to try again';
close $lock;
is $node->admin(POST => '/config', [ 'text/yaml', "_format_version: '3.0'\n" ])->code, 201, 'then it is taken';

# A large load writes one event for all of its rows; the small ones that follow on its connection write their own again.
for my $n (1 .. 4) {
    is $node->admin(POST => '/config', [ 'text/yaml', "_format_version: '3.0'\nroutes:\n- name: small-$n\n  paths: [/small/$n]\n" ])->code, 201, "a small one, $n";
    is $node->call(GET => "/small/$n")->code, 503, 'is in force: a route without a service';
    is $node->call(GET => '/small/' . ($n - 1))->code, 404, 'and the one before is not' if $n > 1;
}
done_testing;
