# SPDX-License-Identifier: Apache-2.0
# 100 MB in both directions, chunked and with a length, by HTTP/1.1 and HTTP/2, in constant memory.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;
use Curl qw(curl has_http2);
use Digest::SHA ();
use File::Temp ();

use constant { SIZE => 100 << 20, ROOM_KB => 40 << 10 };

plan skip_all => 'curl is needed' if !has_http2();
my $node = GatewayNode->start(threads => 8);
my $name = unique('big');
my $service = $node->admin_ok(POST => '/services', { name => $name, url => upstream() });
$node->admin_ok(POST => '/routes', { name => $name, paths => ["/$name"], service => { id => $service->{id} } });

my $file = File::Temp->new;
my $sha = Digest::SHA->new(256);
for my $i (1 .. SIZE >> 20) {
    my $block = chr(65 + $i % 26) x (1 << 20);
    print $file $block;
    $sha->add($block);
}
$file->flush;
my $digest = $sha->hexdigest;

sub peak_kb {
    my $peak = 0;
    for my $pid ($node->children) {
        open my $in, '<', "/proc/$pid/status" or next;
        while (<$in>) { $peak = $1 if /^VmHWM:\s+(\d+)/ && $1 > $peak }
    }
    return $peak;
}

$node->call(GET => "/$name/warm") for 1 .. 20;
my $before = peak_kb();
my @ways = (
    [ 'POST chunked',        '-X POST -H "Transfer-Encoding: chunked"' ],
    [ 'PUT chunked',         '-X PUT -H "Transfer-Encoding: chunked"' ],
    [ 'PUT with a length',   '-X PUT' ],
    [ 'POST with a length and Expect', '-X POST -H "Expect: 100-continue"' ],
    [ 'POST by HTTP/2',      '-X POST --http2-prior-knowledge' ],
);
for (@ways) {
    my ($title, $flags) = @$_;
    my $answer = curl("$flags -T $file " . $node->proxy_url("/$name/do/digest"));
    my $seen = eval { JSON::decode_json($answer) } // {};
    is $seen->{body_length}, SIZE, "$title: all of it arrived";
    is $seen->{body_sha256}, $digest, "$title: unchanged";
}
for my $flags ('', '--http2-prior-knowledge') {
    my $got = curl("$flags -o /dev/null -w '%{size_download}' " . $node->proxy_url("/$name/do/bytes/" . SIZE));
    is $got, SIZE, "100 MB downwards $flags";
}
SKIP: {
    skip 'no /proc here', 1 if !$before;
    cmp_ok peak_kb() - $before, '<', ROOM_KB, 'memory did not grow with the bodies';
}
done_testing();
