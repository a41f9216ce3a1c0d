# SPDX-License-Identifier: Apache-2.0
# Which route a request takes: every criterion, every rule of priority, over real connections. Each case has its routes
# to itself; the upstream's path tells which of them won.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use Http2;

my $node = GatewayNode->start(GatewayNode::own_database());
my %service = map { $_ => $node->admin_ok(POST => '/services', { name => $_, url => upstream("/is-$_") }) } 'a' .. 'e';

# Who serves "METHOD TARGET": a letter, or the status. Headers as lines; none for Host means "Host: x".
sub served_by {
    my ($line, @headers) = @_;
    unshift @headers, 'Host: x' unless grep { /^host:/i } @headers;
    my $raw = raw_request(join("\r\n", "$line HTTP/1.1", @headers, 'Connection: close', '', ''), port => $node->{proxy_port});
    my ($status, $body) = $raw =~ m{\AHTTP/1\.1 (\d+) .*?\r\n\r\n(.*)\z}s or return 'nothing';
    return $status unless $status == 200;
    return $body =~ m{"path":"/is-([a-e])} ? $1 : 'the unknown';
}

# A case: name, routes (letter => fields, in the order of their making), rows of [who, why, request line, headers...].
sub try_case {
    my ($name, $routes, @rows) = @_;
    my @made;
    for (my $i = 0; $i < @$routes; $i += 2) {
        push @made, $node->admin_ok(POST => '/routes', { strip_path => JSON::false(), service => { id => $service{ $routes->[$i] }{id} },
            %{ $routes->[ $i + 1 ] } });
    }
    is served_by(@$_[2 .. $#$_]), $_->[0], "$name: $_->[1]" for @rows;
    $node->admin_ok(DELETE => "/routes/$_->{id}") for @made;
}

is served_by('GET /'), 404, 'no route: 404';

# ---- criteria ----
try_case('hosts', [ a => { hosts => ['one.test', 'Two.test', 'dot.test.'] }, b => { hosts => ['port.test:8000'] } ],
    [ 'a', 'one of them',                   'GET /', 'Host: one.test' ],
    [ 'a', 'in any case, of the client\'s', 'GET /', 'Host: ONE.Test' ],
    [ 'a', 'and of the route\'s',           'GET /', 'Host: two.test' ],
    [ 'a', 'with any port',                 'GET /', 'Host: one.test:1234' ],
    [ 'a', 'with a dot at its end, the same to upstreams', 'GET /', 'Host: one.test.' ],
    [ 'a', 'with a dot and a port',         'GET /', 'Host: one.test.:1234' ],
    [ 400, 'with a colon and no port',      'GET /', 'Host: one.test:' ],
    [ 'a', 'a route\'s with a dot',         'GET /', 'Host: dot.test' ],
    [ 404, 'none of them',                  'GET /', 'Host: three.test' ],
    [ 404, 'no part of one',                'GET /', 'Host: ne.test' ],
    [ 404, 'not below one',                 'GET /', 'Host: x.one.test' ],
    [ 404, 'nor more than one',             'GET /', 'Host: one.test.x' ],
    [ 'b', 'with its port',                 'GET /', 'Host: port.test:8000' ],
    [ 404, 'with another port',             'GET /', 'Host: port.test:8001' ],
    [ 404, 'without a port, though we listen on one', 'GET /', 'Host: port.test' ],
    [ 'a', 'of an absolute target',         'GET http://one.test/', 'Host: other' ],
    [ 404, 'not the Host beside an absolute target', 'GET http://other.test/', 'Host: one.test' ]);
try_case('wildcards', [ a => { hosts => ['*.left.test'] }, b => { hosts => ['right.*'] }, c => { hosts => ['*.port.test:81'] } ],
    [ 'a', 'a label below',          'GET /', 'Host: x.left.test' ],
    [ 'a', 'several below',          'GET /', 'Host: x.y.left.test' ],
    [ 'a', 'with a dot at its end',  'GET /', 'Host: x.left.test.' ],
    [ 'a', 'in any case',            'GET /', 'Host: X.LEFT.test' ],
    [ 'a', 'with any port',          'GET /', 'Host: x.left.test:99' ],
    [ 404, 'not the name itself',    'GET /', 'Host: left.test' ],
    [ 404, 'no part of a label',     'GET /', 'Host: xleft.test' ],
    [ 'b', 'any ending',             'GET /', 'Host: right.com' ],
    [ 'b', 'of several labels',      'GET /', 'Host: right.co.uk' ],
    [ 404, 'not without one',        'GET /', 'Host: right' ],
    [ 404, 'nor in the middle',      'GET /', 'Host: x.right.com' ],
    [ 'c', 'with its port',          'GET /', 'Host: x.port.test:81' ],
    [ 404, 'without it',             'GET /', 'Host: x.port.test' ]);
try_case('IPv6 hosts', [ a => { paths => ['/'] } ],
    [ 'a', 'an address in brackets', 'GET /', 'Host: [::1]:80' ]);
try_case('paths', [ a => { paths => ['/one', '/two/'] } ],
    [ 'a', 'the prefix itself',      'GET /one' ],
    [ 'a', 'below it',               'GET /one/x' ],
    [ 'a', 'bytes, not segments',    'GET /oneness' ],
    [ 'a', 'another of them',        'GET /two/' ],
    [ 404, 'the slash belongs to it', 'GET /two' ],
    [ 404, 'case matters',           'GET /One' ],
    [ 404, 'only at the start',      'GET /x/one' ],
    [ 'a', 'the query does not',     'GET /one?/two' ],
    [ 404, 'nor is it part of it',   'GET /?/one' ]);
try_case('regexes', [ a => { paths => ['~/id/\d+/x'] }, b => { paths => ['~/end$'] }, c => { paths => ['~/(?<what>cats|dogs)/'] },
                      d => { paths => ['~/(?i)any'] } ],
    [ 'a', 'matches',                'GET /id/42/x' ],
    [ 'a', 'not bound at the end',   'GET /id/42/xyz' ],
    [ 404, 'bound at the start',     'GET /x/id/42/x' ],
    [ 404, 'does not match',         'GET /id/x/x' ],
    [ 'b', 'bound at the end by $',  'GET /end' ],
    [ 404, 'and only there',         'GET /ends' ],
    [ 'c', 'alternatives',           'GET /dogs/1' ],
    [ 'd', 'flags',                  'GET /ANY' ]);
try_case('methods', [ a => { methods => ['GET', 'BREW'] }, b => { methods => ['POST'] } ],
    [ 'a', 'one of them',  'GET /' ], [ 'a', 'any word', 'BREW /' ], [ 'b', 'another route\'s', 'POST /', 'Content-Length: 0' ],
    [ 404, 'none of them', 'PUT /', 'Content-Length: 0' ], [ 404, 'case matters', 'get /' ],
    [ 404, 'HEAD is not GET', 'HEAD /' ]);
try_case('headers', [ a => { headers => { 'X-Kind' => ['one', 'Two'] } }, b => { headers => { 'x-re' => ['~*^v[12]$'] } },
                      c => { headers => { 'X-Both' => ['1'], 'X-And' => ['2'] } } ],
    [ 'a', 'one value',                     'GET /', 'X-Kind: one' ],
    [ 'a', 'the other, in any case',        'GET /', 'X-KIND: tWO' ],
    [ 'a', 'a name with an underscore',     'GET /', 'X_Kind: one' ],
    [ 404, 'another value',                 'GET /', 'X-Kind: three' ],
    [ 404, 'a value that only contains it', 'GET /', 'X-Kind: one or two' ],
    [ 'a', 'the last of several headers',   'GET /', 'X-Kind: zero', 'X-Kind: one' ],
    [ 'a', 'the middle one',                'GET /', 'X-Kind: zero', 'X-Kind: two ', 'x-kind: three' ],
    [ 'a', 'a list is the same',            'GET /', 'X-Kind: zero,one ,three' ],
    [ 404, 'none of several',               'GET /', 'X-Kind: zero', 'X-Kind: three', 'X-Kind: ,' ],
    [ 'b', 'a regex',                       'GET /', 'X-Re: V2' ],
    [ 404, 'that does not match',           'GET /', 'X-Re: v3' ],
    [ 'c', 'all names are needed',          'GET /', 'X-Both: 1', 'X-And: 2' ],
    [ 404, 'one is not enough',             'GET /', 'X-Both: 1' ]);
try_case('the hundredth header', [ a => { headers => { 'X-Late' => ['1'] } } ],
    [ 'a', 'counts', 'GET /', 'Host: x', (map { "X-$_: 1" } 2 .. 99), 'X-Late: 1' ],
    [ 404, 'and the one behind it does not', 'GET /', 'Host: x', (map { "X-$_: 1" } 2 .. 100), 'X-Late: 1' ],
    [ 404, 'nor does another value there', 'GET /', 'Host: x', 'X-Late: 2', (map { "X-$_: 1" } 3 .. 100), 'x_late: 1' ]);
try_case('all criteria', [ a => { hosts => ['all.test'], paths => ['/all'], methods => ['GET'], headers => { 'X-All' => ['1'] } } ],
    [ 'a', 'together',      'GET /all', 'Host: all.test', 'X-All: 1' ],
    [ 404, 'not the host',  'GET /all', 'Host: no.test', 'X-All: 1' ],
    [ 404, 'not the path',  'GET /no', 'Host: all.test', 'X-All: 1' ],
    [ 404, 'not the method', 'PUT /all', 'Host: all.test', 'X-All: 1', 'Content-Length: 0' ],
    [ 404, 'not the header', 'GET /all', 'Host: all.test' ]);

# ---- priority; in each case the winner is made first and last, so that age decides nothing ----
sub try_order {
    my ($name, $winner, $loser, @request) = @_;
    @request = ('GET /long/path/x', 'Host: h.test', 'X-A: 1', 'X-B: 1') unless @request;
    try_case($name, [ a => $winner, b => $loser ], [ 'a', 'made first', @request ]);
    try_case($name, [ b => $loser, a => $winner ], [ 'a', 'made last', @request ]);
}
try_order('more criteria beat a longer path', { hosts => ['h.test'], paths => ['/'] }, { paths => ['/long/path'] });
try_order('and a regex', { methods => ['GET'], paths => ['/'] }, { paths => ['~/long/path/.*'], regex_priority => 100 });
try_order('and a host', { methods => ['GET'], paths => ['/'] }, { hosts => ['h.test'] });
try_order('a plain host beats a wildcard', { hosts => ['h.test'], paths => ['/'] }, { hosts => ['*.test'], paths => ['/long/path'] });
try_order('even one among plain ones', { hosts => ['h.test'], paths => ['/'] }, { hosts => ['h.test', '*.x'], paths => ['/long'] });
try_order('a host beats headers', { hosts => ['h.test'] }, { headers => { 'x-a' => ['1'], 'x-b' => ['1'] } });
try_order('more headers beat a longer path', { headers => { 'x-a' => ['1'], 'x-b' => ['1'] }, paths => ['/'] },
    { headers => { 'x-a' => ['1'] }, paths => ['/long/path'] });
try_order('a regex beats a longer prefix', { paths => ['~/l'] }, { paths => ['/long/path/x'] });
try_order('the higher regex_priority wins', { paths => ['~/long'], regex_priority => 5 }, { paths => ['~/long/path/x'], regex_priority => 4 });
try_order('negative ones are lower', { paths => ['~/l'] }, { paths => ['~/long/path/x'], regex_priority => -1 });
try_order('regex_priority says nothing of prefixes', { paths => ['/long/path'], regex_priority => 0 }, { paths => ['/long'], regex_priority => 9 });
try_order('the longer prefix wins', { paths => ['/long/path'] }, { paths => ['/long'] });
try_order('of several paths the one that matched counts', { paths => ['/long/path', '/x'] }, { paths => ['/long', '/much/longer/but/elsewhere'] });
try_order('a path beats a method', { paths => ['/'] }, { methods => ['GET'] });
try_order('a header beats a path', { headers => { 'x-a' => ['1'] } }, { paths => ['/long/path'] });
try_order('a wildcard with its port beats one without', { hosts => ['*.test:81'] }, { hosts => ['*.test'] }, 'GET /', 'Host: h.test:81');
try_order('a host with its port beats one without', { hosts => ['h.test:81'] }, { hosts => ['h.test'] }, 'GET /', 'Host: h.test:81');
try_order('else the older wins', { paths => ['/long'], created_at => 1500000000 }, { paths => ['/long'], created_at => 1500000001 });
try_order('else the smaller id', { paths => ['/long'], created_at => 1500000000, id => '0a0a0a0a-0000-4000-8000-00000000000a' },
    { paths => ['/long'], created_at => 1500000000, id => 'fa0a0a0a-0000-4000-8000-00000000000a' });
try_case('the catch-all', [ a => { paths => ['/'] }, b => { paths => ['/b'] } ],
    [ 'a', 'takes what is left', 'GET /x' ], [ 'b', 'and only that', 'GET /b' ], [ 'a', 'the root too', 'GET /' ],
    [ 'a', 'and OPTIONS', 'OPTIONS /' ]);

# ---- snis, over TLS; https-only is t/http/answers.t's ----
sub by_sni {
    my ($sni, $target) = @_;
    my $res = h2("https://$sni:$node->{tls_port}", $target, -curl => [ '--resolve', "$sni:$node->{tls_port}:127.0.0.1" ]);
    return $res->code == 200 && $res->content =~ m{"path":"/is-([a-e])} ? $1 : $res->code;
}
my @sni = map { $node->admin_ok(POST => '/routes', { strip_path => JSON::false(), service => { id => $service{ $_->[0] }{id} }, %{ $_->[1] } }) }
    [ a => { paths => ['/s'], snis => ['one.test', 'two.test.'] } ], [ b => { paths => ['/s/longer'] } ];
is by_sni('one.test', '/s/longer'), 'a', 'sni: a criterion more';
is by_sni('two.test', '/s'), 'a', 'sni: the dot at a route\'s end does not count';
is by_sni('three.test', '/s'), 404, 'sni: another name';
# Clients of libraries strip the dot at a name's end; who writes bytes need not.
my $dotted = `printf 'GET /s HTTP/1.1\r\nHost: one.test\r\nConnection: close\r\n\r\n' | openssl s_client -quiet -ign_eof -connect 127.0.0.1:$node->{tls_port} -servername one.test. 2>/dev/null`;
like $dotted, qr{\AHTTP/1\.1 200 .*"path":"/is-a}s, 'sni: nor does the dot at the end of what a client says';
is by_sni('three.test', '/s/longer'), 'b', 'sni: leaves it to routes without';
is served_by('GET /s'), 'a', 'sni: not asked of plain http';
$node->admin_ok(DELETE => "/routes/$_->{id}") for @sni;

# ---- a regex that would run for ages: nothing weaker answers in its place ----
{
    my @routes = map { $node->admin_ok(POST => '/routes', { strip_path => JSON::false(), %$_ }) }
        { paths => ['~/ages/(a+)+$'], service => { id => $service{a}{id} } }, { paths => ['/ages'], service => { id => $service{b}{id} } };
    is served_by('GET /ages/aaa'), 'a', 'a regex within its limits';
    is served_by('GET /ages/b'), 'b', 'what it does not match';
    is served_by('GET /ages/' . 'a' x 60 . 'b'), 404, 'what it cannot judge is not left to a weaker route';
    like $node->log_text, qr/\[gw:warn\].*GW1006: match: no route: a regex of route $routes[0]{id} /, 'the operator learns which route it is';
    $node->admin_ok(DELETE => "/routes/$_->{id}") for @routes;
}

# ---- in force at once, also on a connection that is kept ----
my $agent = LWP::UserAgent->new(keep_alive => 1, env_proxy => 0);
sub kept { return $agent->get($node->proxy_url('/kept'))->code }
is kept(), 404, 'a connection is made';
my $route = $node->admin_ok(POST => '/routes', { paths => ['/kept'], service => { id => $service{a}{id} } });
is kept(), 200, 'a new route is seen on it';
$node->admin_ok(PATCH => '/services/a', { enabled => JSON::false() });
is kept(), 404, 'a service that is disabled takes its routes away';
$node->admin_ok(PATCH => '/services/a', { enabled => JSON::true() });
is kept(), 200, 'enabled, they are back';
$node->admin_ok(PATCH => "/routes/$route->{id}", { paths => ['/other'] });
is kept(), 404, 'a changed path';
$node->admin_ok(PATCH => "/routes/$route->{id}", { paths => ['/kept'], methods => ['PUT'] });
is kept(), 404, 'a criterion more';
$node->admin_ok(PUT => "/routes/$route->{id}", { paths => ['/kept'], service => { id => $service{b}{id} } });
is kept(), 200, 'a replaced route';
$node->admin_ok(DELETE => "/routes/$route->{id}");
is kept(), 404, 'a deleted one';

# Protocols that are out of reach here are stored and never matched.
for my $protocol (qw(grpc grpcs)) {
    my $res = $node->admin(POST => '/routes', { protocols => [$protocol], paths => ['/grpc'], strip_path => JSON::false(), service => { id => $service{a}{id} } });
    is $res->code, 201, "a $protocol route is stored" or diag $res->content;
    is served_by('GET /grpc'), 404, 'and matches nothing';
}
done_testing;
