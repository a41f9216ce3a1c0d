# SPDX-License-Identifier: Apache-2.0
# Measure.pm - how build/bench measures: CPU and instructions per request under wrk, subjects in turn as ratios to the
# first of them; latencies of somebody who asks now and then, quiet and beside something else.
package Measure;
use strict;
use warnings FATAL => 'all';
use Exporter 'import';
use IO::Socket::INET;
use List::Util qw(sum max);
use Time::HiRes qw(time sleep);
use Stand qw(%options LOAD_CORE);

our @EXPORT_OK = qw(LOOKS LOOK_S run_load compare probe beside_quiet column_medians median percentile timed_ms);

# Seconds of one look at latencies, and how many: a p99 wants more requests than a median.
use constant { LOOK_S => 4, LOOKS => 5 };

sub median { my @s = sort { $a <=> $b } @_; return @s % 2 ? $s[@s / 2] : ($s[@s / 2 - 1] + $s[@s / 2]) / 2 }
sub percentile { my ($part, @values) = @_; return (sort { $a <=> $b } @values)[$#values * $part] }

# The median of each column of rows that are as long as the first.
sub column_medians {
    my @rows = @_;
    return map { my $k = $_; median(map { $_->[$k] } @rows) } 0 .. $#{ $rows[0] };
}

sub timed_ms {
    my ($do) = @_;
    my $began = time;
    $do->();
    return (time - $began) * 1000;
}

# CPU time of all threads of the node's processes, in microseconds, from the kernel's run-time accounting.
sub cpu_us {
    my ($node) = @_;
    my $ns = 0;
    for my $file (map { glob "/proc/$_/task/*/schedstat" } $node->{pid}, $node->children) {
        open my $in, '<', $file or next;
        $ns += (split ' ', <$in>)[0];
    }
    return $ns / 1000;
}

my $counts;
sub counts_instructions { $counts //= `perf stat -x, -e instructions:u true 2>&1` =~ /^\d+,/m ? 1 : 0 }

# One run of wrk: { requests, cpu (us per request), rps, p99_ms, user and kernel (instructions per request, where they
# are counted), errors }. More: headers => [...], script => FILE, node => whose CPU it is, seconds, connections.
sub run_load {
    my ($node, $url, %more) = @_;
    $node = $more{node} // $node;
    my @headers = map { ('-H', $_) } @{ $more{headers} // [] };
    my @script = $more{script} ? ('-s', $more{script}) : ();
    my $seconds = $more{seconds} // $options{seconds};
    my $perf;
    if (counts_instructions()) {
        my $pids = join ',', $node->{pid}, $node->children;
        open $perf, '-|', 'sh', '-c', "exec perf stat -x, -e instructions:u,instructions:k -p $pids sleep $seconds 2>&1" or die;
    }
    my $before = cpu_us($node);
    open my $wrk, '-|', 'taskset', '-c', LOAD_CORE, 'wrk', '-t1', '-c' . ($more{connections} // 32), "-d${seconds}s", '--latency', @headers, @script, $url
        or die "wrk: $!";
    my $text = do { local $/; <$wrk> };
    close $wrk;
    my $cpu = cpu_us($node) - $before;
    my ($n) = $text =~ /(\d+) requests in/ or die "wrk said: $text";
    my ($rps) = $text =~ m{Requests/sec:\s+([\d.]+)};
    my ($p99, $unit) = $text =~ /99%\s+([\d.]+)(us|ms|s)/;
    my ($bad) = $text =~ /Non-2xx or 3xx responses: (\d+)/;
    my %got = (requests => $n, cpu => $cpu / max(1, $n), rps => $rps, errors => $bad // 0,
        p99_ms => $p99 * { us => 0.001, ms => 1, s => 1000 }->{$unit});
    if ($perf) {
        my %i = map { /^(\d+),.*instructions:([uk])/ ? ($2 => $1) : () } <$perf>;
        $got{user} = $i{u} / $n if $i{u};
        $got{kernel} = $i{k} / $n if $i{k};
    }
    return \%got;
}

# Subjects in turn; the first is what the others are compared with. Each: [name, url, and more for run_load].
sub compare {
    my ($node, $title, @subjects) = @_;
    my %runs;
    run_load($node, $_->[1], @$_[2 .. $#$_], seconds => 1) for @subjects; # warm
    for my $round (1 .. $options{rounds}) {
        push @{ $runs{ $_->[0] } }, run_load($node, $_->[1], @$_[2 .. $#$_]) for @subjects;
    }
    print "\n$title ($options{mpm}, $options{rounds} rounds of $options{seconds} s in turn)\n";
    printf "%-34s %10s %8s %10s %12s %12s %8s\n", 'subject', 'us CPU/req', 'ratio', 'req/s', 'user instr', 'kernel instr', 'p99 ms';
    my $base = $runs{ $subjects[0][0] };
    for my $name (map { $_->[0] } @subjects) {
        my $r = $runs{$name};
        my $ratio = median(map { $r->[$_]{cpu} / $base->[$_]{cpu} } 0 .. $#$r);
        printf "%-34s %10.2f %8.3f %10.0f %12s %12s %8.2f%s\n", $name, median(map { $_->{cpu} } @$r), $ratio,
            median(map { $_->{rps} } @$r), (map { my $k = $_; $r->[0]{$k} ? sprintf '%.0f', median(map { $_->{$k} } @$r) : '-' } qw(user kernel)),
            median(map { $_->{p99_ms} } @$r), (sum map { $_->{errors} } @$r) ? '  ERRORS: ' . sum(map { $_->{errors} } @$r) : '';
    }
    return \%runs;
}

# Latencies in ms of somebody who asks every 2 ms for as long as a look lasts, on one kept connection as long as the
# server keeps it.
sub probe {
    my ($node, $path, @headers) = @_;
    my $bytes = join '', "GET $path HTTP/1.1\r\nHost: bench\r\n", (map { "$_\r\n" } @headers), "\r\n";
    my ($until, $sock, @ms) = (time + LOOK_S);
    while ((my $began = time) < $until) {
        my $got = '';
        until ($got =~ /\r\n\r\nok/) {
            if (!$sock) {
                $sock = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $node->{proxy_port}) or die "connect: $!";
                $got = '';
            }
            $sock->syswrite($bytes) if $got eq '';
            undef $sock unless sysread $sock, $got, 65536, length $got;
            die "$path: $got" if $got =~ /^HTTP\S+ (?!200)/;
        }
        push @ms, 1000 * (time - $began);
        sleep 0.002;
    }
    return \@ms;
}

# p50 and p99 of a quiet probe and of a busy one, and the ratio of their p99: one row for column_medians.
sub beside_quiet {
    my ($quiet, $busy) = @_;
    my @figures = map { my $ms = $_; map { percentile($_, @$ms) } 0.5, 0.99 } $quiet, $busy;
    return [ @figures, $figures[3] / $figures[1] ];
}

1;
