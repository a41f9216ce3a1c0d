# SPDX-License-Identifier: Apache-2.0
# request-transformer: what may be configured, and what the upstream gets.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;

my $service = new_service();
my $route = new_route($service);
my $path = $route->{paths}[0];
my %none = map { $_ => { body => [], headers => [], querystring => [] } } qw(remove rename replace add append);
my $plugin = add_plugin("/services/$service->{id}", 'request-transformer');
{
    my %want = map { $_ => { %{ $none{$_} } } } keys %none;
    $want{replace}{uri} = undef;
    is_deeply $plugin->{config}, { http_method => undef, %want }, 'defaults';
}

# All of config anew.
sub configure {
    my %config = @_;
    my %all = map { $_ => { %{ $none{$_} }, ($_ eq 'replace' ? (uri => undef) : ()), %{ $config{$_} // {} } } } keys %none;
    return admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { http_method => $config{http_method}, %all } });
}
# What the upstream got.
sub got { my $res = call(@_); is $res->code, 200, "$_[0] $_[1]: 200" or diag $res->content; return json_of($res) }

# ---- config ----
for (
    [ { add => { headers => ['X-Foo'] } }, qr/invalid value: X-Foo/, 'a header without a value' ],
    [ { add => { headers => ['a b:c'] } }, qr/'a b' is not a valid header/, 'no header name' ],
    [ { rename => { headers => ['X-A:b c'] } }, qr/'b c' is not a valid header/, 'no new header name' ],
    [ { remove => { headers => ['a b'] } }, qr/'a b' is not a valid header/, 'no header to remove' ],
    [ { add => { querystring => ['foo'] } }, qr/key 'foo' has no value/, 'an argument without a value' ],
    [ { replace => { body => ['foo:'] } }, qr/key 'foo' has no value/, 'a field without a value' ],
    [ { add => { querystring => [':v'] } }, qr/invalid value: :v/, 'no name' ],
    [ { add => { headers => ['X-A:$(headers.x'] } }, qr/not in supported format/, 'a place that does not end' ],
    [ { add => { headers => ['X-A:$(os.execute("id"))'] } }, qr/not in supported format/, 'no code' ],
    [ { add => { headers => ["X-A:b\r\nX-B: c"] } }, qr/invalid value/, 'a line break' ],
    [ { add => { headers => ['Content-Length:5'] } }, qr/'Content-Length' cannot be changed/, 'framing' ],
    [ { remove => { headers => ['transfer-encoding'] } }, qr/'transfer-encoding' cannot be changed/, 'framing, taken away' ],
    [ { rename => { headers => ['X-A:Content-Length'] } }, qr/'Content-Length' cannot be changed/, 'framing, by another name' ],
    [ { http_method => 'get' }, qr/http_method/, 'a method in lower case' ],
    [ { http_method => 'CONNECT' }, qr/tunnel/, 'CONNECT' ],
    [ { replace => { uri => 'x' } }, qr{should start with: /}, 'no path' ],
    [ { bogus => 1 }, qr/unknown field/, 'an unknown field' ],
    [ { add => { bogus => [] } }, qr/unknown field/, 'an unknown place' ],
) {
    my ($config, $want, $name) = @$_;
    my $res = admin(PATCH => "/plugins/$plugin->{id}", { config => $config });
    is $res->code, 400, "$name: 400";
    like json_of($res)->{message}, $want, "$name: says why";
}
my $row = json_of(admin(PATCH => "/plugins/$plugin->{id}", form('config.add.headers' => 'X-Form:a,b', 'config.remove.querystring[]' => 'q')));
is_deeply [ $row->{config}{add}{headers}, $row->{config}{remove}{querystring} ], [ ['X-Form:a,b'], ['q'] ], 'as a form; a value is not split at commas';

# ---- headers ----
configure(
    remove => { headers => [ 'X-Gone', 'host' ] },
    rename => { headers => [ 'X-Old:X-New', 'X-Absent:X-Never' ] },
    replace => { headers => [ 'X-There:new', 'X-Not-There:new' ] },
    add => { headers => [ 'X-There:no', 'X-Added: yes:it is', 'Host:evil' ] },
    append => { headers => [ 'X-More:2', 'X-First:1' ] },
);
my $h = got(GET => $path, 'X-Gone' => 1, 'X-Old' => 'o', 'X-New' => 'n', 'X-There' => 'old', 'X-More' => 1)->{headers};
ok !exists $h->{'x-gone'}, 'removed';
is_deeply [ @$h{qw(x-old x-new)} ], [ undef, 'o' ], 'renamed, over what was there';
ok !exists $h->{'x-never'}, 'nothing to rename';
is $h->{'x-there'}, 'new', 'replaced, not added';
ok !exists $h->{'x-not-there'}, 'nothing to replace';
is $h->{'x-added'}, 'yes:it is', 'added, the value may hold colons';
is $h->{'x-more'}, '1,2', 'appended';
is $h->{'x-first'}, '1', 'appended to nothing';
like $h->{host}, qr/^127\.0\.0\.1:/, 'Host is neither removed nor added';
configure(replace => { headers => ['host:other.example'] });
is got(GET => $path)->{headers}{host}, 'other.example', 'it may be replaced';
configure(add => { headers => ['X-A:1'] }, remove => { headers => ['x-a'] });
is got(GET => $path, 'X-A' => 'client')->{headers}{'x-a'}, 1, 'remove comes before add';

# ---- query ----
configure(
    remove => { querystring => ['gone'] }, rename => { querystring => ['old:new'] }, replace => { querystring => [ 'there:n&w', 'absent:1' ] },
    add => { querystring => [ 'there:no', 'added:a b' ] }, append => { querystring => ['more:2'] },
);
is got(GET => "$path?keep=%41&gone=1&old=a%20b&gone&there=x&there=y&more=1&k")->{query}, 'keep=%41&new=a%20b&there=n%26w&more=1&k&added=a%20b&more=2', 'the query';
is got(GET => $path)->{query}, 'there=no&added=a%20b&more=2', 'there was none';
configure(remove => { querystring => ['a'] });
is got(GET => "$path?a=1")->{query}, undef, 'none is left';
is got(GET => "$path?%61=1&b=2")->{query}, 'b=2', 'a name in another spelling';

# ---- bodies ----
my %body = (
    remove => { body => ['gone'] }, rename => { body => ['old:new'] }, replace => { body => [ 'there:n', 'absent:1' ] },
    add => { body => [ 'there:no', 'added:a&b' ] }, append => { body => [ 'more:2', 'list:z' ] },
);
configure(%body);
my $json = sub { JSON->new->canonical->encode(JSON->new->decode($_[0])) };
is $json->(got(POST => $path, [ 'application/json', '{"gone":1,"old":{"x":[1]},"there":7,"more":1,"list":["y"],"keep":12345678901234567}' ])->{body}),
    $json->('{"new":{"x":[1]},"there":"n","added":"a&b","more":[1,"2"],"list":["y","z"],"keep":12345678901234567}'), 'JSON';
is call(POST => $path, [ 'application/json', $_ ])->code, 400, "no JSON to us, but to some upstreams: $_" for '{"gone":', '{"gone":1,"x":NaN}', '{"gone":1,}';
is $json->(got(POST => $path, [ 'application/json; charset=utf-8', '{"gone":1,"gone":2}' ])->{body}), $json->('{"there":"no","added":"a&b","more":["2"],"list":["z"]}'),
    'a member that comes twice is gone altogether';
like got(POST => $path, [ 'application/json', '{"gone":1,"n":123456789012345678901234567890}' ])->{body}, qr/^\{"n":1\.2\d+e\+?29,"there":"no","added"/, 'a number of any size does not shield it';
for (
    [ 'application/json', '[1,{"gone":1}]', 'an array' ], [ 'text/plain', 'gone=1', 'another type' ],
    [ 'multipart/form-data', 'gone', 'multipart without a boundary' ], [ 'multipart/form-data; boundary=x', 'gone', 'without a part' ],
) {
    my ($type, $body, $name) = @$_;
    is got(POST => $path, [ $type, $body ])->{body}, $body, "$name: as it is";
}
is got(POST => $path, 'gone=1&old=x%20y&there=a&there=b&more=1&keep=%41')->{body}, 'new=x%20y&there=n&more=1&keep=%41&added=a%26b&more=2&list=z', 'a form';
my $multipart = got(POST => $path, multipart(gone => 1, old => 'o', there => 't', file => ["\1\2bytes"]));
my %parts = $multipart->{body} =~ /name="(\w+)"[^\r]*\r\n\r\n(.*?)\r\n--/sg;
is_deeply \%parts, { new => 'o', there => 'n', file => "\1\2bytes", added => 'a&b', more => 2, list => 'z' }, 'multipart';
my $answer = got(POST => $path, [ 'application/json', '{}' ]);
is $answer->{headers}{'content-length'}, length $answer->{body}, 'Content-Length is right';
like raw_request("POST $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n{\"gone\":\r\n2\r\n1}\r\n0\r\n\r\n"),
    qr/"body":"\{\\"there\\":\\"no\\",\\"added\\":\\"a&b\\"/, 'a chunked body';
is call(POST => $path, [ 'application/json', '{"gone":1}' ], 'Content-Encoding' => 'gzip')->code, 415, 'an encoded one is refused: it would not be changed';
is got(POST => $path, [ 'text/plain', 'gone' ], 'Content-Encoding' => 'gzip')->{body}, 'gone', 'one of another type is not';
is got(GET => $path)->{body_length}, 0, 'no body stays none';
{
    my $form = 'gone=1&keep=' . unique('h');
    my $digest = got(POST => $path, $form)->{body_sha256};
    is call(HEAD => $path, $form)->code, 200, 'HEAD may have one';
    is arrived(qq("body_sha256":"$digest")), 2, 'which is changed as that of others is';
}
is call(POST => $path, [ 'application/json', '{"gone":"' . 'x' x (9 << 20) . '"}' ])->code, 413, 'one too long to be changed is refused';
is call(POST => $path, [ $_->[0], $_->[1] ])->code, 413, "one with too many values: $_->[0]"
    for [ 'application/json', '{"a":[' . '0,' x 300_000 . '0]}' ], [ 'application/x-www-form-urlencoded', '&' x 20_000 ];
is got(POST => $path, [ 'text/plain', 'x' x (9 << 20) ])->{body_length}, 9 << 20, 'one of another type is not';
is call(POST => $path, [ 'multipart/form-data; boundary=b', "--b\r\nContent-Disposition: form-data; name=\"gone\"\r\n\r\n1\r\n" ])->code, 400,
    'a multipart body that does not end is refused: what it hides is a part to some';
my $boundary = 'a&b';
is call(POST => $path, [ qq(multipart/form-data; boundary="--$boundary"), "----$boundary\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n----$boundary--\r\n" ])->code, 200, 'a boundary of one\'s own';

# ---- method ----
configure(http_method => 'PUT');
is got(POST => $path, 'a=1')->{method}, 'PUT', 'another method';
configure(http_method => 'GET');
my $moved = got(POST => "$path?x=1", 'a=b%20c&d');
is_deeply [ @$moved{qw(method query)} ], [ 'GET', 'x=1&a=b%20c&d=' ], 'a form becomes a query';
# HEAD and its bodies, both ways, on one connection: nothing is left over for the next request
my $twice = sub { my ($method) = @_; return raw_request("$method $path HTTP/1.1\r\nHost: x\r\n\r\nGET $path?second HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") };
my $raw = $twice->('HEAD');
is scalar(() = $raw =~ /^HTTP\/1\.1 200/mg), 2, 'HEAD as GET: two answers';
unlike $raw =~ s/.*?\r\n\r\n(?=HTTP)//sr, qr/^\{/, 'the first has no body';
like $raw, qr/"query":"second"/, 'the second has its own';
configure(http_method => 'HEAD');
$raw = $twice->('GET');
is scalar(() = $raw =~ /^HTTP\/1\.1 200/mg), 2, 'GET as HEAD: two answers, nobody waits for a body';
unlike $raw, qr/\{/, 'neither has a body';
configure();
is got(GET => "$path?after")->{query}, 'after', 'the connections to the upstream are in order' for 1 .. 5;

# ---- uri ----
configure(replace => { uri => '/fixed/path' });
is got(GET => "$path/any?x=1")->{target}, '/fixed/path?x=1', 'uri';
my $captures = new_route($service, paths => ["~$path-c/(?<id>[^/]+)/(?<rest>.*)"]);
configure(replace => { uri => '/users/$(uri_captures.id)/r/$(uri_captures["rest"])' });
is got(GET => "$path-c/7/a/b?x=1")->{target}, '/users/7/r/a/b?x=1', 'captures';
is got(GET => $path)->{target}, '/', 'a route that captures nothing: as it was';
configure(replace => { uri => '/users/$(query_params.id)' });
is got(GET => "$path?id=a%20b")->{path}, '/users/a%20b', 'an argument';
is got(GET => "$path?id=a%3Fb%23c")->{path}, '/users/a%3Fb%23c', 'cannot begin a query';
is call(GET => "$path?id=../../admin")->code, 400, 'nor climb';
is call(GET => "$path?id=$_")->code, 400, "nor climb a little: $_" for qw(.. ../admin x/../../admin x/.. . ./x %2e%2e/x %252e%252e/x .%252E/x ..%5Cx ..%252fx ..%255Cx ..;a/x a%252f..%252fx);
is got(GET => "$path?id=$_->[0]")->{path}, "/users/$_->[1]", "dots in a name: $_->[0]" for [ '..x', '..x' ], [ '...', '...' ], [ 'a..', 'a..' ], [ '.x/y', '.x/y' ];
is call(GET => "$path?id=a%0d%0ab")->code, 400, 'nor break a line';

# ---- values from the request ----
configure(add => {
    headers => [ 'X-H:$(headers.x_in)', 'X-Or:$(headers.nope or query_params["q"] or \'none\')', 'X-Q:<$(query_params.q)>', 'X-None:$(headers.nope)' ],
    querystring => ['h:$(headers["X-In"])'],
}, remove => { headers => ['X-In'] });
my $filled = got(GET => "$path?q=%3C%26", 'X-In' => 'in');
is_deeply [ @{ $filled->{headers} }{qw(x-h x-or x-q x-none x-in)} ], [ 'in', '<&', '<<&>', undef, undef ], 'filled from the request as it came';
is $filled->{query}, 'q=%3C%26&h=in', 'in the query, encoded';
is got(GET => $path)->{headers}{'x-or'}, 'none', 'a word of one\'s own';
$filled = got(GET => "$path?q=a%0d%0aX-Evil:%201");
is $filled->{headers}{'x-evil'}, undef, 'no line breaks into headers';

# ---- who asks ----
my $consumer = new_consumer();
my $key = admin_ok(POST => "/consumers/$consumer->{id}/key-auth", {})->{key};
add_plugin("/services/$service->{id}", 'key-auth');
configure(rename => { headers => ['X-Consumer-Username:X-User'] }, add => { headers => ['X-Hello:$(headers.x_consumer_username)'] });
$filled = got(GET => $path, apikey => $key, 'X-User' => 'root');
is_deeply [ @{ $filled->{headers} }{qw(x-consumer-username x-user x-hello)} ], [ undef, ($consumer->{username}) x 2 ], 'identity headers can be used';
my $own = add_plugin("/consumers/$consumer->{id}", 'request-transformer', { add => { headers => ['X-Own:1'] } });
is got(GET => $path, apikey => $key)->{headers}{'x-own'}, 1, 'a consumer\'s own';

done_testing;
