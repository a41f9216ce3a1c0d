# SPDX-License-Identifier: Apache-2.0
# Sessions over HTTP/2: a login by ?apikey=, the cookie, and many streams of one connection at once when it is time for a
# renewal: each is answered, and there is one new session.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use Http2;
use Time::HiRes qw(sleep);

my $node = GatewayNode->start(GatewayNode::own_database());
my ($fiona, $anonymous) = map { $node->admin_ok(POST => '/consumers', { username => $_ }) } qw(fiona anonymous);
my $key = unique('key');
$node->admin_ok(POST => '/consumers/fiona/key-auth', { key => $key });

sub guarded {
    my (%session) = @_;
    my $name = unique('s');
    $node->admin_ok(POST => '/services', { name => $name, url => upstream() });
    $node->admin_ok(POST => "/services/$name/routes", { paths => ["/$name"] });
    $node->admin_ok(POST => "/services/$name/plugins", $_) for
        { name => 'session', config => { response_headers => ['id'], %session } },
        { name => 'key-auth', config => { anonymous => $anonymous->{id} } },
        { name => 'request-termination', config => { status_code => 403 }, consumer => { id => $anonymous->{id} } };
    return "/$name";
}
sub cookie_of { my ($text) = @_; return $text =~ /^set-cookie: session=([^;]+)/mi ? $1 : undef }
sub who { my ($res) = @_; return $res->code == 200 ? json_of($res)->{headers}{'x-consumer-username'} : $res->code }

# n streams at once with one cookie: [status, cookie or undef, id of the session] of each. Of one connection with https;
# of one each without, for curl 7.88 breaks connections that it uses again by prior knowledge.
sub streams {
    my ($origin, $path, $cookie, $n) = @_;
    my @curl = (qw(curl -q -s -k --no-progress-meter --max-time 60 -H), "Cookie: session=$cookie", '-w',
        'ANSWER %{http_version} %{http_code} %header{session-id} %header{set-cookie}\n');
    my @urls = map { [ '-o', '/dev/null', "$origin$path?$_" ] } 1 .. $n;
    my @commands = $origin =~ /^https/ ? [ @curl, qw(-Z --parallel-max 16 --http2), map { @$_ } @urls ]
        : map { [ @curl, '--http2-prior-knowledge', @$_ ] } @urls;
    local $ENV{LD_PRELOAD} = '';
    my @running = map { open my $out, '-|', @$_ or die "curl: $!"; $out } @commands;
    my @answers = map { /^ANSWER 2 (\d+) (\S*) ?(?:session=([^;]+))?/ ? [ $1, $3, $2 ] : () } map { readline $_ } @running;
    close $_ for @running;
    return @answers;
}

my %origin = (h2 => "https://127.0.0.1:$node->{tls_port}", h2c => $node->proxy_url);
for my $storage (qw(cookie kong)) {
    for my $protocol (sort keys %origin) {
        my $origin = $origin{$protocol};
        my $name = "$storage, $protocol";
        my $path = guarded(storage => $storage, cookie_secure => $protocol eq 'h2' ? JSON::true() : JSON::false());
        is h2($origin, $path)->code, 403, "$name: a stranger";
        my $res = h2($origin, "$path?apikey=$key");
        is who($res), $fiona->{username}, "$name: login by a key";
        my $cookie = cookie_of($res->as_string) // die $res->as_string;
        is who(h2($origin, $path, Cookie => "session=$cookie")), $fiona->{username}, "$name: the plain URL by its cookie";
        my @plain = streams($origin, $path, $cookie, 24);
        is scalar(@plain), 24, "$name: 24 streams at once";
        is_deeply [ grep { $_->[0] != 200 || defined $_->[1] } @plain ], [], "$name: all 200, and no new cookie";
        is h2($origin, "$path?session_logout=1", -method => 'DELETE', Cookie => "session=$cookie")->code, 200, "$name: logout";
        is h2($origin, $path, Cookie => "session=$cookie")->code, 403, "$name: the old cookie is dead";
        is_deeply [ grep { $_->[0] != 403 } streams($origin, $path, $cookie, 8) ], [], "$name: on every stream";

        # Renewed from the first request on: cookie_renew is nearly all of its life.
        my $renewing = guarded(storage => $storage, cookie_renew => 3599.9, cookie_secure => $protocol eq 'h2' ? JSON::true() : JSON::false());
        $cookie = cookie_of(h2($origin, "$renewing?apikey=$key")->as_string) // die 'no cookie';
        sleep 0.3;
        my @answers = streams($origin, $renewing, $cookie, 8);
        is_deeply [ map { $_->[0] } @answers ], [ (200) x 8 ], "$name: eight at renewal: eight 200";
        my %id = map { $_->[2] => 1 } @answers;
        is keys %id, 1, "$name: one session";
        my @fresh = grep { defined } map { $_->[1] } @answers;
        ok @fresh >= 1, "$name: renewed";
        is who(h2($origin, $renewing, Cookie => "session=$_")), $fiona->{username}, "$name: a new cookie opens" for $fresh[0], $fresh[-1];
        is h2($origin, "$renewing?session_logout=1", -method => 'DELETE', Cookie => "session=$fresh[0]")->code, 200, "$name: logout of it";
        is_deeply [ map { h2($origin, $renewing, Cookie => "session=$_")->code } $cookie, @fresh ], [ (403) x (1 + @fresh) ], "$name: ends all of them";

        # Clients may send each cookie in a field of its own (RFC 9113, 8.2.3): they are one header, and two of one name two.
        $cookie = cookie_of(h2($origin, "$path?apikey=$key")->as_string) // die 'no cookie';
        is who(h2($origin, $path, Cookie => 'a=1', Cookie => "session=$cookie", Cookie => 'b=2')), $fiona->{username}, "$name: among fields of other cookies";
        is h2($origin, $path, Cookie => "session=$cookie", Cookie => "session=$cookie")->code, 403, "$name: two fields of its name";
        my @many = map { (Cookie => "c$_=" . 'v' x 50) } 1 .. 199;
        is who(h2($origin, $path, @many, Cookie => "session=$cookie")), $fiona->{username}, "$name: 200 cookies, in fields of their own";
        is h2($origin, $path, (Cookie => "session=$cookie") x 200)->code, 403, "$name: 200 of its name";
    }
}

# A browser and the defaults: a Secure cookie in its jar, which goes out by https alone. (A name, for clients take loopback
# addresses for safe.)
for my $storage (qw(cookie kong)) {
    my $jar = "$ENV{GW_TEST_ROOT}/tmp/" . unique('jar');
    my %port = (https => $node->{tls_port}, http => $node->{proxy_port});
    my $visit = sub {
        my ($scheme, @rest) = @_;
        return h2("$scheme://shop.example:$port{$scheme}", @rest, -curl => [ '-b', $jar, '-c', $jar, map { ('--resolve', "shop.example:$_:127.0.0.1") } values %port ]);
    };
    my $path = guarded(storage => $storage);
    is $visit->(https => $path)->code, 403, "$storage, jar: a stranger";
    my $res = $visit->(https => "$path?apikey=$key");
    like $res->header('Set-Cookie'), qr{^session=[^;]+; Path=/; SameSite=Strict; Secure; HttpOnly$}, "$storage, jar: all defaults";
    is who($visit->(https => $path)), $fiona->{username}, "$storage, jar: the plain URL";
    is $visit->(http => $path)->code, 403, "$storage, jar: without TLS the cookie stays at home";
    is who($visit->(https => $path)), $fiona->{username}, "$storage, jar: and is still there";
    is $visit->(https => "$path?session_logout=1", -method => 'POST')->code, 200, "$storage, jar: logout";
    is $visit->(https => $path)->code, 403, "$storage, jar: a stranger again";
    open my $in, '<', $jar or die "$jar: $!";
    is scalar(grep { /\tsession\t/ } <$in>), 0, "$storage, jar: which is empty";
    unlink $jar;
}
done_testing();
