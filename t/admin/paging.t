# SPDX-License-Identifier: Apache-2.0
# Lists while others write: page by page, none of the rows that nobody touched is missed or told twice, and the server
# does not grow by what it has listed, or exported. GW_TEST_ROWS says how many rows (100,000 for the figure in the docs).
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;
use Digest::MD5 qw(md5_hex);
use POSIX ();
use Time::HiRes qw(time);

my $nrows = $ENV{GW_TEST_ROWS} || 2500;
my $node = GatewayNode->start(GatewayNode::own_database());

# Several processes, each on a connection of its own.
sub in_children {
    my ($n, $work) = @_;
    my @pids;
    for my $i (1 .. $n) {
        my $pid = fork // die "fork: $!";
        if (!$pid) {
            my $fine = eval { $work->($i); 1 };
            print STDERR $@ unless $fine;
            POSIX::_exit(!$fine);
        }
        push @pids, $pid;
    }
    return @pids;
}
sub wait_for { my $bad = 0; for (@_) { waitpid $_, 0; $bad ||= $? } return !$bad }
sub agent { return LWP::UserAgent->new(keep_alive => 1, timeout => 60, env_proxy => 0) }
# A uuid of the kind that the gateway makes: scattered over the whole order, the same in each run.
sub made_id { my $hex = md5_hex($_[0]); return $hex =~ s/^(.{8})(.{4}).(.{3}).(.{3})(.{12})$/$1-$2-4$3-a$4-$5/r }
my $patient = LWP::UserAgent->new(timeout => 600, env_proxy => 0);
sub write_row {
    my ($agent, $method, $path, $body) = @_;
    my $req = HTTP::Request->new($method, $node->admin_url($path), [ 'Content-Type' => 'application/json' ], $body ? JSON::encode_json($body) : undef);
    my $res = $agent->request($req);
    # the server may close what was idle for long, before it reads what is sent just then
    $res = $agent->request($req) if ($res->header('Client-Warning') // '') eq 'Internal response';
    die "$method $path: " . $res->status_line . ' ' . $res->content unless $res->is_success;
}

# Rows as documents, some thousands at a time. A database on a busy machine may take too long for one of them.
for (my $n = 0; $n < $nrows; $n += 5000) {
    my $end = $n + 5000 < $nrows ? $n + 5000 : $nrows;
    my $document = { _format_version => '3.0', consumers => [ map { { username => "kept-$_", id => made_id($_), tags => ['kept'] } } $n + 1 .. $end ] };
    my $is_in = 0;
    for (1 .. 5) { last if $is_in = eval { write_row($patient, POST => '/declarative/apply', $document); 1 } }
    die $@ unless $is_in;
}
is $node->admin_ok(GET => '/consumers/kept-' . $nrows)->{id}, made_id($nrows), "$nrows rows";

sub resident_kb {
    my $sum = 0;
    for my $pid ($node->children) {
        open my $in, '<', "/proc/$pid/status" or next;
        while (<$in>) { $sum += $1 if /^VmRSS:\s+(\d+)/ }
    }
    return $sum;
}

# All pages; how often each kept row was told, and how long a page took.
sub walk {
    my ($size, $filter) = @_;
    my (%told, $pages, $began);
    for (my $next = "/consumers?size=$size$filter"; $next; $pages++) {
        $began //= time;
        my $page = $node->admin_ok(GET => $next);
        $told{$_}++ for grep { /^kept-/ } map { $_->{username} } @{ $page->{data} };
        $next = $page->{next};
    }
    return (\%told, 1000 * (time - $began) / $pages);
}

# The figures that a long run is for are shown, the others only to those who ask.
sub show { $ENV{GW_TEST_ROWS} ? diag @_ : note @_ }

my $page = $node->admin_ok(GET => '/consumers');
is scalar @{ $page->{data} }, 100, 'a page is of 100 rows unless told';
like $page->{next}, qr{^/consumers\?offset=[\w%]+$}, 'and its next';

# Writers who add and delete without end, around every id, until they are told to stop.
my $stop = "$node->{dir}/stop";
my @writers = in_children(2, sub {
    my ($i) = @_;
    my ($agent, $n) = (agent(), 0);
    until (-e $stop) {
        write_row($agent, POST => '/consumers', { username => my $name = "passing-$i-" . $n++, tags => ['passing'] });
        write_row($agent, DELETE => '/consumers/' . $name) if $n % 3;
    }
});
# Every row once, whatever the size and the filter of the pages.
sub walk_all {
    my ($pass, @sizes) = @_;
    for my $size (@sizes) {
        for my $filter ('', '&tags=kept') {
            my ($told, $ms) = walk($size, $filter);
            my @wrong = grep { $told->{$_} != 1 } keys %$told;
            is_deeply [ scalar keys %$told, @wrong ], [ $nrows ], "$pass: pages of $size$filter: every row once";
            show(sprintf '%s: pages of %d%s: %.1f ms each', $pass, $size, $filter, $ms);
        }
    }
}

# Threads, connections and the allocator's arenas find their size in the first pass; what is listed after that is let go.
walk_all('first pass', 100, 1000);
$node->admin_ok(GET => '/consumers?size=1000') for 1 .. 100; # few rows are few pages: each thread is to have told one
my @resident = resident_kb();
for my $pass ('second pass', 'third pass') {
    walk_all($pass, 667, 1000);
    push @resident, resident_kb();
}
show("children: @resident KiB after each pass");
SKIP: {
    skip 'a sanitizer keeps what is freed', 1 if $ENV{GW_SANITIZED};
    # what 100,000 rows are told with in two passes is six times as much, as text alone
    cmp_ok $resident[-1] - $resident[0], '<', 24_000, 'the server does not grow by what it lists';
}

# A whole configuration is some hundred bytes a row, and many times as much while it is made.
sub export { my $res = $node->admin(GET => '/declarative/export'); return $res->code == 200 ? length $res->content : 0 }
my $bytes = export();
$resident[0] = resident_kb();
my @lengths = map { export() } 1 .. 8;
cmp_ok scalar(grep { $_ > 100 * $nrows } @lengths), '==', 8, 'exported while others write';
$resident[1] = resident_kb();
show(sprintf 'exports of %d KiB: children: %d KiB after one, %d KiB after nine', $bytes / 1024, @resident[0, 1]);
SKIP: {
    skip 'a sanitizer keeps what is freed', 1 if $ENV{GW_SANITIZED};
    # when the last call has ended, which is after we have read its answer
    eventually { resident_kb() - $resident[0] < 12_000 + $bytes / 1024 } 'nor by what it exports' or diag "@resident KiB";
}
open my $flag, '>', $stop or die $!;
ok wait_for(@writers), 'no write failed meanwhile';
done_testing;
