# SPDX-License-Identifier: Apache-2.0
# POST /debug/explain: what would become of a request, told by the hooks that would decide, without anything happening.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use AdminTest;
use MIME::Base64 qw(encode_base64);
use GatewayNode;
use GatewayTest;
use Tokens qw(token);

sub tried { my ($url, %o) = @_; return admin_ok(POST => '/debug/explain', { url => $url, %o }) }
sub turn { my ($said, $plugin) = @_; return (grep { $_->{name} eq $plugin } @{ $said->{plugins} })[0] }
sub names { return [ map { "$_->{name}: $_->{verdict}" } @{ $_[0]{plugins} } ] }

# ---- the question ----
for (
    [ 'nothing', {}, { url => 'required field missing' } ],
    [ 'no path', { url => 'books' }, undef ],
    [ 'a method that is none', { url => '/', method => 'a b' }, undef ],
    [ 'headers that are none', { url => '/', headers => { 'a b' => 'c' } }, undef ],
    [ 'two lines', { url => '/', headers => { a => "b\nc" } }, undef ],
    [ 'what is not known', { url => '/', token => 'x' }, { token => 'unknown field' } ],
    [ 'no address', { url => '/', client_ip => 'localhost' }, undef ],
    [ 'half an address', { url => '/', client_ip => '1.2.3' }, undef ],
    [ 'a URL that is none', { url => 'http://[::1' }, undef ],
) {
    my ($name, $body, $fields) = @$_;
    my $res = admin(POST => '/debug/explain', $body);
    is $res->code, 400, "$name: 400" or diag $res->content;
    is_deeply json_of($res)->{fields}, $fields, "$name: told where" if $fields;
}
is admin(GET => '/debug/explain')->code, 405, 'it is a POST';

# ---- which route ----
my $service = new_service();
my $name = unique('books');
my %route = map { $_->[0] => admin_ok(POST => "/services/$service->{id}/routes", { name => "$name-$_->[0]", %{ $_->[1] } }) }
    [ path => { paths => ["/$name"] } ], [ long => { paths => ["/$name/new"] } ],
    [ host => { paths => ["/$name"], hosts => ["$name.example"] } ], [ post => { paths => ["/$name"], methods => ['POST'] } ],
    [ header => { paths => ["/$name"], headers => { 'x-consumer-version' => ['2'] } } ];
for (
    [ 'a path', "/$name/x", {}, [qw(path)], qr/^the only route that matches; it asks for paths$/ ],
    [ 'a longer one', "/$name/new", {}, [qw(long path)], qr/^first of 2 .* comes before \Q$name\E-path by the order/ ],
    [ 'a host', "http://$name.example/$name", {}, [qw(host path)], qr/asks for hosts, paths, more than \Q$name\E-path/ ],
    [ 'a host in a header', "/$name", { headers => { Host => "$name.example" } }, [qw(host path)], qr/first of 2/ ],
    [ 'a method', "/$name", { method => 'POST' }, [qw(post path)], qr/first of 2/ ],
    [ 'a header that clients may not send on', "/$name", { headers => { 'X-Consumer-Version' => '2' } }, [qw(header path)], qr/first of 2/ ],
    [ 'nothing', '/' . unique('nowhere'), {}, [], qr/^no route matches$/ ],
) {
    my ($what, $url, $more, $want, $why) = @$_;
    my $said = tried($url, %$more);
    is_deeply [ map { $_->{name} =~ s/^\Q$name\E-//r } @{ $said->{candidates} } ], $want, "$what: who would take it, best first";
    is $said->{route} && $said->{route}{id}, @$want ? $route{ $want->[0] }{id} : undef, "$what: the first does";
    is $said->{service} && $said->{service}{id}, @$want ? $service->{id} : undef, "$what: its service";
    like $said->{why}, $why, "$what: why";
    my $real = call($more->{method} // 'GET', $url =~ s{^http://[^/]+}{}r, ($url =~ m{^http://([^/]+)} ? (Host => $1) : ()), %{ $more->{headers} // {} });
    is $said->{result}{status} // 200, $real->code, "$what: as it is in truth";
}
is_deeply tried("/$name/x?a=1")->{result}, { status => undef, body => undef, upstream => upstream('/x?a=1') }, 'where it would go';
is_deeply tried('/' . unique('nowhere'))->{result}, { status => 404, body => { message => 'no Route matched with those values' } }, 'or what would be said';
is_deeply tried("/$name/%00")->{result}{status}, 400, 'a path that is refused';
is_deeply tried("/$name/%00")->{why}, 'refused before it was routed', 'says so';

# ---- which plugins, and what they say ----
my $path = "/$name";
my $alice = new_consumer();
my $key = unique('key');
my $secret = unique('secret');
my $credential = admin_ok(POST => "/consumers/$alice->{id}/key-auth", { key => $key });
my $iss = unique('iss');
admin_ok(POST => "/consumers/$alice->{id}/jwt", { key => $iss, secret => $secret });
my $keyauth = add_plugin("/services/$service->{id}", 'key-auth', { hide_credentials => JSON::true });
my $ip = add_plugin("/routes/$route{path}{id}", 'ip-restriction', { deny => ['10.0.0.0/8'] });
my $arrived = arrived("/x-$name");

my $said = tried("$path/x-$name");
is_deeply names($said), [ 'key-auth: refused', 'ip-restriction: not reached' ], 'no key' or diag explain_text($said);
is $said->{plugins}[0]{reason}, 'No API key found in request', 'the reason';
is $said->{plugins}[0]{scope}, 'service', 'the scope';
is $said->{plugins}[0]{id}, $keyauth->{id}, 'the row';
is $said->{plugins}[0]{config}{hide_credentials}, JSON::true, 'its config';
is $said->{plugins}[1]{scope}, 'route', 'the scope of the other';
is $said->{plugins}[1]{reason}, 'key-auth has refused before', 'why it was not reached';
is_deeply $said->{result}, { status => 401, body => { message => 'No API key found in request' } }, 'the result';
is $said->{consumer}, undef, 'nobody asks';

$said = tried("$path/x-$name", headers => { apikey => $key });
is_deeply names($said), [ 'key-auth: authenticated', 'ip-restriction: passed' ], 'a good key';
is $said->{plugins}[0]{reason}, "$alice->{username}, by credential $credential->{id} of keyauth_credentials", 'whose it is, by what';
is $said->{plugins}[1]{reason}, '127.0.0.1 is not denied', 'why it passed';
is $said->{consumer}{username}, $alice->{username}, 'who asks';
is $said->{consumer}{credential}, $credential->{id}, 'by which credential';
is $said->{result}{upstream}, upstream("/x-$name"), 'it would go on';
is tried("$path/x", method => 'OPTIONS', headers => { apikey => $key })->{result}{status}, undef, 'any method';
is tried("$path/x?b=2&apikey=$key&token=abc")->{result}{upstream}, upstream('/x?b=2&token=***'), 'what is secret in a query is masked, what is hidden gone';
unlike(JSON->new->encode($said), qr{\Q$key\E}, q(the key is nowhere in the answer));

$said = tried("$path?apikey=$key", client_ip => '10.1.2.3');
is_deeply names($said), [ 'key-auth: authenticated', 'ip-restriction: refused' ], 'from elsewhere';
is $said->{result}{status}, 403, 'it would be refused';
is_deeply names(tried($path, body => "apikey=$key", method => 'PUT', headers => { 'Content-Type' => 'application/x-www-form-urlencoded' })),
    [ 'key-auth: refused', 'ip-restriction: not reached' ], 'a key in the body is not looked for';
admin_ok(PATCH => "/plugins/$keyauth->{id}", { config => { key_in_body => JSON::true } });
is_deeply names(tried($path, body => "apikey=$key", method => 'PUT', headers => { 'Content-Type' => 'application/x-www-form-urlencoded' })),
    [ 'key-auth: authenticated', 'ip-restriction: passed' ], 'unless it is said to be there';

# Two ways to authenticate, nobody without either.
my $jwt = add_plugin("/services/$service->{id}", 'jwt', { anonymous => new_consumer(username => "nobody-$name")->{id} });
admin_ok(PATCH => "/plugins/$keyauth->{id}", { config => { anonymous => "nobody-$name" } });
my $token = token(key => $secret, claims => { iss => $iss });
is_deeply names(tried($path, headers => { Authorization => "Bearer $token" })),
    [ 'jwt: authenticated', 'key-auth: passed', 'ip-restriction: passed' ], 'a token is enough';
like tried($path, headers => { Authorization => "Bearer $token" })->{plugins}[1]{reason}, qr/authenticated already/, 'why key-auth passed';
is_deeply names($said = tried($path)), [ 'jwt: anonymous', 'key-auth: anonymous', 'ip-restriction: passed' ], 'nothing: nobody asks';
is $said->{consumer}{anonymous}, JSON::true, 'who is told';
is $said->{plugins}[0]{reason}, "fell back to nobody-$name because of: Unauthorized", 'why: jwt';
is $said->{plugins}[1]{reason}, "fell back to nobody-$name because of: No API key found in request", 'why: key-auth';
add_plugin("/consumers/$said->{consumer}{id}", 'request-termination', { status_code => 403, message => 'So long' });
$said = tried($path);
is_deeply names($said), [ 'jwt: anonymous', 'key-auth: anonymous', 'ip-restriction: passed', 'request-termination: refused' ], 'what nobody may not';
is $said->{plugins}[3]{scope}, 'consumer', 'by its own row';
is_deeply $said->{result}, { status => 403, body => { message => 'So long' } }, 'is what would be said';
admin_ok(PATCH => "/plugins/$ip->{id}", { enabled => JSON::false });
is_deeply [ map { $_->{name} } @{ tried($path)->{plugins} } ], [qw(jwt key-auth request-termination)], 'what is switched off does not run';

# ---- every verdict has its reason, every config is the row's ----
{
    my $service = new_service();
    my $here = new_route($service)->{paths}[0];
    my %said_of;
    my $secret = unique('secret');
    my %added = map { my ($plugin, $config, %more) = @$_; ($plugin => add_plugin("/services/$service->{id}", $plugin, $config, %more)) }
        [ session => { secret => $secret, storage => 'kong', cookie_secure => JSON::false(), absolute_timeout => 0.5 + 86400 } ],
        [ 'key-auth' => { anonymous => "nobody-$name", run_on_preflight => JSON::false() } ],
        [ 'basic-auth' => { anonymous => "nobody-$name" } ], [ 'ip-restriction' => { allow => ['127.0.0.0/8'] } ],
        [ 'request-size-limiting' => { allowed_payload_size => 1 } ], [ acl => { deny => ['banned'] } ], [ 'bot-detection' => {} ],
        [ cors => { origins => ['https://a.example'] } ], [ 'rate-limiting' => { minute => 500 } ], [ 'request-transformer' => { add => { headers => ['a:b'] } } ],
        [ 'response-transformer' => { add => { headers => ['a:b'] } } ], [ 'correlation-id' => {} ], [ 'request-termination' => { trigger => 'x-stop' } ];
    my $said = tried($here, headers => { apikey => $key, 'User-Agent' => 'curl/8' });
    my %reason = map { $_->{name} => "$_->{verdict}: $_->{reason}" } @{ $said->{plugins} };
    is_deeply \%reason, {
        'bot-detection' => q(passed: its User-Agent is allowed, or no bot's), cors => 'passed: it is no preflight: the answer gets the headers',
        session => 'passed: there is no session: no cookie has its name',
        'key-auth' => "authenticated: $alice->{username}, by credential $credential->{id} of keyauth_credentials",
        'basic-auth' => 'passed: somebody has authenticated already, and the plugin has an anonymous consumer',
        'ip-restriction' => 'passed: 127.0.0.1 is allowed', 'request-size-limiting' => 'passed: no Content-Length: a body is counted as it comes',
        acl => 'passed: who asks is in no group', 'rate-limiting' => 'not asked: nothing is counted',
        'request-transformer' => 'passed: its changes are made to what goes upstream',
        'response-transformer' => 'acts on the answer: there is nothing to decide before it comes',
        'request-termination' => 'passed: neither a header nor a parameter of the query is called x-stop',
        'correlation-id' => 'passed: an id is made and sent upstream',
    }, 'why each says what it says' or diag explain_text($said);
    for (@{ $said->{plugins} }) {
        my $row = admin_ok(GET => "/plugins/$added{ $_->{name} }{id}")->{config};
        $row->{secret} = '***' if $_->{name} eq 'session';
        $row->{redis_password} = '***' if defined $row->{redis_password};
        is(JSON->new->canonical->encode($_->{config}), JSON->new->canonical->encode($row), "$_->{name}: its config is the row's, letter for letter");
    }
    unlike explain_text($said), qr/\Q$secret\E/, 'but for secrets';

    # A session: used, and ended.
    my ($cookie) = (call(GET => $here, apikey => $key, 'User-Agent' => 'curl/8')->header('Set-Cookie') // '') =~ /^(session=[^;]+)/;
    my $with = sub { my ($url, $method, %more) = @_; return tried($url, method => $method, headers => { Cookie => $cookie, %{ $more{headers} // {} } }, ($more{body} ? (body => $more{body}) : ())) };
    $said = $with->($here, 'GET');
    my $session = turn($said, 'session');
    is $session->{verdict}, 'authenticated', 'a session says who asks';
    is $session->{reason}, "$alice->{username}, by credential $credential->{id} of keyauth_credentials (a session's cookie)", 'and whose it is';
    for ([ 'by query', $with->("$here?session_logout=1", 'DELETE') ],
        [ 'by form', $with->($here, 'POST', body => 'session_logout=1', headers => { 'Content-Type' => 'application/x-www-form-urlencoded' }) ]) {
        my ($how, $said) = @$_;
        my %of = map { $_->{name} => $_ } @{ $said->{plugins} };
        is $of{session}{verdict}, 'answered', "$how: a logout is answered";
        is $of{session}{reason}, 'logout: the session ends here', "$how: as what it is";
        is $of{'key-auth'}{verdict}, 'not reached', "$how: nobody else is asked";
        is $of{'key-auth'}{reason}, 'session has answered before', "$how: for this";
        is $of{'correlation-id'}{verdict}, 'not reached', "$how: headers of the answer are nobody's turn";
        is $said->{result}{status}, 200, "$how: by 200";
        is call(GET => $here, Cookie => $cookie, 'User-Agent' => 'curl/8')->header('Set-Cookie'), undef, "$how: the session lives on";
        is json_of(call(GET => $here, Cookie => $cookie, 'User-Agent' => 'curl/8'))->{headers}{'x-consumer-username'}, $alice->{username}, "$how: nothing has happened to it";
    }
    like turn($with->("$here?session_logout=1", 'GET'), 'session')->{verdict}, qr/authenticated/, 'GET logs nobody out';
    is turn(tried($here, method => 'OPTIONS'), 'key-auth')->{reason}, 'run_on_preflight is off, and the method is OPTIONS', 'a preflight';
    is turn(tried($here, method => 'OPTIONS', headers => { Origin => 'https://a.example', 'Access-Control-Request-Method' => 'GET' }), 'cors')->{reason},
        'it answers by itself', 'a preflight of cors';
    my %basic = (Authorization => 'Basic ' . encode_base64('nobody:guess', ''));
    is turn(tried($here, headers => \%basic), 'basic-auth')->{reason},
        "fell back to nobody-$name because of: Invalid authentication credentials (no such name)", 'a name that nobody has';
}

# ---- nothing happened ----
is arrived("/x-$name"), $arrived, 'nothing has reached the upstream';
for my $limited (new_route(new_service())) {
    add_plugin("/routes/$limited->{id}", 'rate-limiting', { minute => 2, policy => 'local' });
    tried($limited->{paths}[0]) for 1 .. 5;
    is call(GET => $limited->{paths}[0])->code, 200, 'nothing was counted';
}

# ---- https, static Locations, another virtual host ----
my $secure = new_route(new_service(), protocols => ['https']);
is tried("http://localhost$secure->{paths}[0]")->{result}{status}, 426, 'http where https is wanted';
is tried("https://localhost$secure->{paths}[0]")->{result}{status}, undef, 'https';
my $upstream = upstream();
my $node = GatewayNode->start(GatewayNode::own_database(), proxy_extra => <<"END");
<Location "/static/">
    ProxyPass "$upstream/"
    GwService static
    GwPlugin key-auth key_names=apikey
    LogLevel trace8
</Location>
END
is_deeply [ map { "$_->{ip} $_->{port} " . ($_->{ssl} ? 'tls' : 'plain') } sort { $a->{ssl} <=> $b->{ssl} }
        @{ $node->admin_ok(GET => '/')->{configuration}{proxy_listeners} } ],
    [ "127.0.0.1 $node->{proxy_port} plain", "127.0.0.1 $node->{tls_port} tls" ], 'where requests may be sent';
$said = $node->admin_ok(POST => '/debug/explain', { url => '/static/x' });
is_deeply [ map { "$_->{name} $_->{scope} $_->{verdict}" } @{ $said->{plugins} } ], ['key-auth location refused'], 'a <Location> explains itself' or diag explain_text($said);
is_deeply [ @{ $said->{plugins}[0]{config} }{qw(key_names hide_credentials anonymous run_on_preflight)} ], [ ['apikey'], JSON::false, undef, JSON::true ],
    'with its config';
like $said->{why}, qr/<Location>/, 'as what it is';
unlike $node->log_text, qr/GW4100/, 'nothing is logged, at any LogLevel';
is $node->call(GET => '/static/x')->code, 401, 'the real one';
like $node->log_text, qr/GW4100/, 'is logged';
is $node->admin_ok(POST => '/debug/explain', { url => "http://127.0.0.1:$node->{admin_port}/services" })->{route}, undef, 'the Admin API is no route';
done_testing;

sub explain_text { return JSON->new->pretty->canonical->encode($_[0]) }
