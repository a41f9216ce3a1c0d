# SPDX-License-Identifier: Apache-2.0
# The web page's files at /ui/: which are sent, what browsers are told about them, and who is refused.
# What the page does stands in admin-ui/t/browser.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use IO::Compress::Gzip qw(gzip);
use GatewayTest;
use GatewayNode;

my $node = GatewayNode->start(GatewayNode::own_database());
my $ui = "$node->{dir}/ui";
sub page { my ($method, $path, @headers) = @_; return $node->admin($method, "/ui$path", undef, @headers) }
sub put {
    my ($name, $text) = @_;
    open my $out, '>', "$ui/$name" or die "$ui/$name: $!";
    print $out $text;
    close $out or die $!;
}

is page(GET => '/')->code, 404, 'a gateway without the page says so';
mkdir $ui or die $!;
my $script = "say('x');\n" x 1000;
put('index.html', '<!doctype html>');
put('main.ABCD2345.js', $script);
gzip(\$script, "$ui/main.ABCD2345.js.gz") or die 'gzip';
put($_, 'secret') for qw(.hidden plain.txt);
mkdir "$ui/folder.html" or die $!;

for (
    [ '/', 'text/html; charset=utf-8', 'no-cache' ], [ '/index.html', 'text/html; charset=utf-8', 'no-cache' ],
    [ '/main.ABCD2345.js', 'text/javascript; charset=utf-8', 'max-age=31536000, immutable' ],
) {
    my ($path, $type, $kept) = @$_;
    my $res = page(GET => $path);
    is $res->code, 200, "$path is there";
    is $res->header('Content-Type'), $type, "$path: its type";
    is $res->header('Cache-Control'), $kept, "$path: how long it may be kept";
    is $res->header('X-Content-Type-Options'), 'nosniff', "$path: and that its type is meant";
    my $policy = $res->header('Content-Security-Policy');
    like $policy, qr/^default-src 'none'; .*frame-ancestors 'none'/, "$path: what it may do";
    unlike $policy, qr/unsafe|\*|https?:/, "$path: nothing unsafe, nobody else";
    my $head = page(HEAD => $path);
    is $head->code . $head->content, '200', "$path: HEAD";
    is page(GET => $path, 'If-Modified-Since' => $res->header('Last-Modified'))->code, 304, "$path: asked for again";
    is page($_ => $path)->code, 405, "$path: $_" for qw(POST PUT DELETE);
}
my $packed = page(GET => '/main.ABCD2345.js', 'Accept-Encoding' => 'gzip');
is $packed->header('Content-Encoding'), 'gzip', 'packed for those who take it';
is $packed->decoded_content(charset => 'none'), $script, 'it is the same';
cmp_ok $packed->header('Content-Length'), '<', length $script, 'and shorter';
is page(GET => '/main.ABCD2345.js', 'Accept-Encoding' => 'gzip;q=0, br')->content, $script, 'plain for those who refuse it';
my $plain = page(GET => '/main.ABCD2345.js', 'Accept-Encoding' => 'br');
is $plain->header('Content-Encoding'), undef, 'plain for others';
like $plain->header('Vary'), qr/Accept-Encoding/, 'and caches know';
is page(GET => '/main.ABCD2345.js', Range => 'bytes=0-2')->content, 'say', 'a part of it';

my $slash = $node->admin(GET => '/ui');
is $slash->code . ' ' . $slash->header('Location'), '301 ui/', 'without its slash: where it is, whatever prefix is in front';
is page(GET => "/$_")->code, 404, "not /ui/$_"
    for qw(.hidden plain.txt folder.html nothing.js main.ABCD2345.js.gz ../httpd.conf %2e%2e/httpd.conf %2e%2e%2fhttpd.conf folder.html/x.js);
is $node->admin(GET => '/')->header('Content-Type'), 'application/json; charset=utf-8', "the Admin API's root is its own";

for (
    [ 421, 'under a name that is not ours', Host => 'evil.example' ],
    [ 403, "a script in another site's page", 'Sec-Fetch-Site' => 'cross-site', 'Sec-Fetch-Mode' => 'no-cors', 'Sec-Fetch-Dest' => 'script' ],
    [ 403, "a frame in another site's page", 'Sec-Fetch-Site' => 'cross-site', 'Sec-Fetch-Mode' => 'navigate', 'Sec-Fetch-Dest' => 'iframe' ],
    [ 403, "another site's fetch", Origin => 'https://evil.example' ],
    [ 200, "a link in another site's page", 'Sec-Fetch-Site' => 'cross-site', 'Sec-Fetch-Mode' => 'navigate', 'Sec-Fetch-Dest' => 'document' ],
    [ 200, 'a bookmark', 'Sec-Fetch-Site' => 'none', 'Sec-Fetch-Mode' => 'navigate', 'Sec-Fetch-Dest' => 'document' ],
) {
    my ($status, $who, @headers) = @$_;
    is page(GET => '/', @headers)->code, $status, "$who: $status";
}
is $node->admin(GET => '/services', undef, 'Sec-Fetch-Site' => 'cross-site', 'Sec-Fetch-Mode' => 'navigate', 'Sec-Fetch-Dest' => 'document')->code,
    403, 'a link leads to the page alone, not to rows';
is $node->admin(POST => '/ui/', { a => 1 }, 'Sec-Fetch-Site' => 'cross-site', 'Sec-Fetch-Mode' => 'navigate', 'Sec-Fetch-Dest' => 'document')->code,
    403, 'nor does a form';

my $off = GatewayNode->start(GatewayNode::own_database(), admin_extra => 'GwAdminUi off');
mkdir "$off->{dir}/ui" or die $!;
open my $out, '>', "$off->{dir}/ui/index.html" or die $!;
close $out;
is $off->admin(GET => '/ui/')->code, 404, 'GwAdminUi off';
done_testing();
