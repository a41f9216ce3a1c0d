# SPDX-License-Identifier: Apache-2.0
# One canonical path for router, plugins and upstream: what is decoded, what stays, what is refused; and no spelling of
# a guarded path reaches the upstream unguarded. Over HTTP/1.1 as bytes, and over HTTP/2.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use Http2;

my @database = is_postgres() ? (driver => 'pgsql', params => database_params()) : ();
my $node = GatewayNode->start(@database);
my $host = unique('paths') . '.test';
my $serial = 0;

my $service = $node->admin_ok(POST => '/services', { name => unique('svc'), url => upstream() });
sub route {
    my %f = @_;
    return $node->admin_ok(POST => '/routes',
        { name => unique('route'), hosts => [$host], strip_path => JSON::false(), service => { id => $service->{id} }, %f });
}
route(paths => ['/']);
my $below = $node->admin_ok(POST => '/services', { name => unique('svc'), url => upstream('/pub') });
route(paths => ['/public'], strip_path => JSON::true(), service => { id => $below->{id} });
route(paths => ['~/digits/\d+$']);
route(paths => ['/deep/vault']);
my $guarded = route(paths => ['/admin']);
$node->admin_ok(POST => "/routes/$guarded->{id}/plugins", { name => 'key-auth' });
my $consumer = $node->admin_ok(POST => '/consumers', { username => unique('user') });
my $key = unique('key');
$node->admin_ok(POST => "/consumers/$consumer->{id}/key-auth", { key => $key });

# (status, path at the upstream) of a target on a connection of its own.
sub h1 {
    my ($target, @headers) = @_;
    my $raw = raw_request(join("\r\n", "GET $target HTTP/1.1", "Host: $host", @headers, 'Connection: close', '', ''),
        port => $node->{proxy_port});
    my ($status, $body) = $raw =~ m{\AHTTP/1\.1 (\d+) .*?\r\n\r\n(.*)\z}s or return (0, '');
    return ($status, $status == 200 ? JSON->new->latin1->decode($body)->{target} : '');
}
sub h2_path {
    my ($target) = @_;
    my $res = h2($node->proxy_url, $target, Host => $host);
    return ($res->code, $res->code == 200 ? json_of($res)->{target} : '');
}

# ---- the canonical form: target as sent, status, target at the upstream, why ----
my @rows = (
    [ '/a/b',                200, '/a/b',              'nothing to do' ],
    [ '/a//b',               200, '/a/b',              'doubled slashes are one' ],
    [ '//a///b//',           200, '/a/b/',             'everywhere' ],
    [ '/a/./b',              200, '/a/b',              'a dot segment goes' ],
    [ '/a/.',                200, '/a/',               'at the end too' ],
    [ '/a/b/../c',           200, '/a/c',              'two dots take a segment away' ],
    [ '/a/b/..',             200, '/a/',               'at the end too' ],
    [ '/a/%2e/b',            200, '/a/b',              '%2e is a dot' ],
    [ '/a/b/%2e%2E/c',       200, '/a/c',              'in any case' ],
    [ '/a/.%2e/c',           200, '/c',                'in part' ],
    [ '/a//../c',            200, '/a/c',              'the empty segment is what .. takes away' ],
    [ '/...',                200, '/...',              'three dots are a name' ],
    [ '/a/..b/.c',           200, '/a/..b/.c',         'names may begin with dots' ],
    [ '/%61%7e%41',          200, '/a~A',              'triplets of ordinary characters are decoded' ],
    [ '/a%3ab%40',           200, '/a%3Ab%40',         'of reserved ones kept, in upper case' ],
    [ '/a%20b',              200, '/a%20b',            'a space stays encoded' ],
    [ '/%c3%a9',             200, '/%C3%A9',           'UTF-8 stays encoded' ],
    [ '/%ff',                200, '/%FF',              'and so do bytes that are none' ],
    [ '/a%252fb',            200, '/a%252fb',          'an encoded percent sign is not decoded twice' ],
    [ '/a%2e%2e%252fb',      200, '/a..%252fb',        'not even beside others' ],
    [ '/a%2fb',              200, '/a%2Fb',            '%2f is no slash' ],
    [ '/a%5cb',              200, '/a%5Cb',            '%5c is no slash' ],
    [ '/a;v=1/b',            200, '/a;v=1/b',          'parameters stay' ],
    [ '/a%3bv',              200, '/a%3Bv',            'an encoded semicolon stays' ],
    [ '/%3f',                200, '/%3F',              'an encoded question mark is not the query' ],
    [ '/%23',                200, '/%23',              'nor a number sign a fragment' ],
    [ '/..',                 400, '',                  'above the root' ],
    [ '/a/../../b',          400, '',                  'above the root, later' ],
    [ '/%2e%2e/a',           400, '',                  'above the root, encoded' ],
    [ '/%00',                400, '',                  'NUL' ],
    [ '/a%00.html',          400, '',                  'NUL in the middle' ],
    [ '/%zz',                400, '',                  'no hex digits' ],
    [ '/a%',                 400, '',                  'none at all' ],
    [ '/a%4',                400, '',                  'only one' ],
    [ '/%u0041',             400, '',                  'not this either' ],
    [ '/%0d%0aX:y',          400, '',                  'CR and LF' ],
    [ '/%09',                400, '',                  'a tab' ],
    [ '/%1f',                400, '',                  'a control character' ],
    [ '/%7f',                400, '',                  'DEL' ],
    [ '/public/..%2fadmin/x', 400, '',                 'another route for those who decode %2f' ],
    [ '/public/..%5cadmin',  400, '',                  'or %5c' ],
    [ '/..;/admin',          400, '',                  'or drop parameters' ],
    [ '/deep/.%3b%2f..%2fvault', 400, '',              'or take %3b for part of a name' ],
    [ '/a/..;x=1/admin',     400, '',                  'or drop parameters later' ],
    [ '/admin%2f..%2fa',     400, '',                  'either way round: a guarded route that is read as an open one' ],
    [ '/digits/1%2f..%2fa',  200, '/digits/1%2F..%2Fa', 'the same route either way is no matter' ],
    [ '/a/..%2f..%2f..%2fb', 400, '',                  'above the root for those who decode' ],
    [ '/public/%2e%2e/x',    200, '/x',                'dot segments that are clear to all' ],
    [ '/public/a%2Fb',       200, '/pub/a%2Fb',            'what is stripped is canonical too' ],
);
for my $row (@rows) {
    my ($target, $status, $want, $why) = @$row;
    my $query = '?r=' . ++$serial . '&raw=%2e/..//%zz'; # queries go through as they are
    $want .= $query if $status == 200;
    is join(' ', h1("$target$query")), "$status $want", "$target: $why" ;
    is join(' ', h2_path("$target$query")), "$status $want", "$target over HTTP/2";
}

# Only as bytes: curl does not send them.
for ([ '/a\\b', 200, '/a%5Cb', 'a backslash is %5C' ],
     [ '/public\\..\\admin', 400, '', 'and no way to another route' ],
     [ "/caf\xe9", 200, '/caf%E9', 'raw bytes are encoded' ],
     [ '/a"<>^`{|}', 200, '/a%22%3C%3E%5E%60%7B%7C%7D', 'so is what no URI may have' ],
     [ "/a\tb", 400, '', 'a tab' ], [ "/a\x01b", 400, '', 'a control character' ],
     [ "/a\x7fb", 400, '', 'DEL' ], [ "/a\x00b", 400, '', 'NUL' ],
     [ "/a b", 400, '', 'a space' ], [ "/a\rb", 400, '', 'CR' ], [ "/a\x0bb", 400, '', 'a vertical tab' ]) {
    my ($target, $status, $want, $why) = @$_;
    (my $shown = $target) =~ s/([^\x20-\x7e])/sprintf '\\x%02x', ord $1/ge;
    my @got = h1($target);
    if ($status == 400 && $got[0] != 400) {
        fail "$shown: $why";
        diag "@got";
    } else {
        is "@got", "$status $want", "$shown: $why";
    }
}
is join(' ', h1('/a?')), '200 /a?', 'a lone question mark stays';
is join(' ', h1('/a??b=?')), '200 /a??b=?', 'further ones belong to the query';
is join(' ', h1("http://$host/a/../b//c?x")), '200 /b/c?x', 'an absolute target has the same path';
is join(' ', h1("http://$host/public/..%2fadmin")), '400 ', 'with the same care';
is join(' ', h1("http://$host?x")), '200 /?x', 'an absolute target without a path is the root';
is join(' ', h1('/digits/%31%32')), '200 /digits/12', 'regexes see the canonical path';
like raw_request("GET /a/./b%41 HTTP/1.1\r\nHost: $host\r\nConnection: close\r\n\r\n", port => $node->{proxy_port}),
    qr{"x-forwarded-path":"/a/\./b%41"}, 'X-Forwarded-Path is the path as it came';

# ---- no spelling passes the guard ----
# What the most careless upstream makes of a target: all decoded, parameters dropped, slashes of all kinds.
sub careless {
    my ($path) = $_[0] =~ /^([^?]*)/;
    for (1 .. 2) {
        $path =~ s{;[^/\\]*}{}g;
        $path =~ s/%([0-9a-f]{2})/chr hex $1/gei;
    }
    $path =~ tr{\\}{/};
    my @out;
    for (split m{/+}, $path) {
        next if $_ eq '' || $_ eq '.';
        if ($_ eq '..') { pop @out } else { push @out, $_ }
    }
    return '/' . join '/', @out;
}

my @slashes = ('/', '//', '/./', '/%2e/', '%2f', '%2F', '\\', '%5c', '/;/', '/.;/', '/x/../', '/x/..;/', '/x/%2e%2e/',
    '/x%2f..%2f', '/x%5c..%5c', '/x/..%2f', '/;x=/../', '/%2e%2e;/', '/public/../', '/public/..%2f', '/public/%2e%2e%5c',
    '/public..;/', '/public..%3b/', '/public..;x=1/', '/public..%2f', '/public..%5c', '/public%2e%2e%2f', '/public..%2f../');
my @words = ('admin', '%61dmin', 'a%64min', 'admin;', 'admin;x=1', 'admi%6E', 'x/../admin', 'x/..;/admin', 'admin/x/..',
    'admin%2f', 'admin/.', './admin', '.;/admin', 'admin%3b', 'admin%23', 'admin%3f');
my (@passed, @wrong, %count);
sub judge {
    my ($how, $target, $status, $arrived) = @_;
    $count{$status}++;
    push @wrong, "$how $target: $status" unless $status =~ /^(?:200|400|401|404)$/;
    push @passed, "$how $target: $status $arrived" if $status == 200 && careless($arrived) =~ m{^/admin(?:/|$)};
}
for my $slash (@slashes) {
    for my $word (@words) {
        my $target = ($slash =~ m{^/} ? '' : '/') . "$slash$word/secret";
        judge('HTTP/1.1', $target, h1($target));
        judge('absolute', "http://$host$target", h1("http://$host$target")) if $word eq 'admin';
        judge('HTTP/2', $target, h2_path($target)) if $word =~ /^(?:admin|%61dmin|x)/ && $target !~ /\\/;
    }
}
is_deeply \@passed, [], 'no spelling of /admin/secret reaches the upstream without a key';
is_deeply \@wrong, [], 'each is served elsewhere, refused, or asked for a key';
cmp_ok $count{401}, '>', 50, 'many are asked for a key';
cmp_ok $count{400}, '>', 50, 'many are refused';
diag join ', ', map { "$_: $count{$_}" } sort keys %count if $ENV{TEST_VERBOSE};
is join(' ', h1('//x/../%61dmin/./secret', "apikey: $key")), '200 /admin/secret', 'with the key it arrives in its canonical form';

# ---- GwAmbiguousPaths allow: a node whose upstream decodes nothing ----
my $lenient = GatewayNode->start(proxy_extra => 'GwAmbiguousPaths allow');
my $s = $lenient->admin_ok(POST => '/services', { url => upstream() });
$lenient->admin_ok(POST => '/routes', { paths => [$_], strip_path => JSON::false(), service => { id => $s->{id} } }) for '/', '/admin';
my $raw = raw_request("GET /public/..%2fadmin HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", port => $lenient->{proxy_port});
like $raw, qr{\AHTTP/1\.1 200 .*"path":"/public/\.\.%2Fadmin"}s, 'GwAmbiguousPaths allow: goes on as it is';
$raw = raw_request("GET /%00 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", port => $lenient->{proxy_port});
like $raw, qr{\AHTTP/1\.1 400 }, 'what is wrong in itself stays refused';
done_testing;
