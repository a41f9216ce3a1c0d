# SPDX-License-Identifier: Apache-2.0
# /apis: the API objects of old, their plugins, their words for what is wrong; underneath a service and a route.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;

my $not_found = message('Not found');
my $milliseconds = qr/^\d{13}$/;

# The row of an API or of a plugin below one, id and time checked and taken out.
sub plain {
    my %row = %{ $_[0] };
    like delete $row{created_at}, $milliseconds, 'created_at in milliseconds';
    like delete $row{id}, qr/^[0-9a-f-]{36}$/, 'id';
    return \%row;
}
sub api_row {
    return { strip_uri => \1, https_only => \0, http_if_terminated => \0, preserve_host => \0, retries => 5,
        (map { ("upstream_${_}_timeout" => 60000) } qw(connect send read)), @_ };
}
sub same { my ($got, $want, $name) = @_; my $j = JSON->new->canonical; is $j->encode(plain($got)), $j->encode($want), $name }

# ---- one API's life ----
my $name = unique('api');
my $api = answers([ POST => '/apis', form(name => $name, uris => "/$name", upstream_url => upstream('/base')) ], 201, qr/^\{/, 'POST');
my $want = api_row(name => $name, uris => ["/$name"], upstream_url => upstream('/base'));
same($api, $want, 'the API, nulls left out');
for my $key ($name, $api->{id}, uc $api->{id}) {
    same(admin_ok(GET => "/apis/$key"), $want, "GET by $key");
}
is json_of(call(GET => "/$name/x"))->{path}, '/base/x', 'proxied: the uri taken off, the rest behind the upstream path';
my $service = admin_ok(GET => "/services/$name");
my $route = admin_ok(GET => "/routes/$name");
is_deeply [ @$service{qw(id tags)}, @$route{qw(id tags paths)}, $route->{service}{id} ],
    [ $api->{id}, ['legacy-api'], $api->{id}, ['legacy-api'], ["/$name"], $api->{id} ], 'a service and a route of one id, tagged';

same(admin_ok(PATCH => "/apis/$name", form(strip_uri => 'false', retries => 3, methods => 'GET, PUT')),
    $want = { %$want, strip_uri => \0, retries => 3, methods => [qw(GET PUT)] }, 'PATCH of a form');
same(admin_ok(PATCH => "/apis/$name", { hosts => 'a.example,b.example', https_only => 'false', retries => '4' }),
    $want = { %$want, hosts => [qw(a.example b.example)], retries => 4 }, 'PATCH of JSON with words and commas');
same(admin_ok(PATCH => "/apis/$name", { hosts => undef, methods => undef, http_if_terminated => \1, https_only => \1 }),
    $want = api_row(name => $name, uris => ["/$name"], upstream_url => upstream('/base'), strip_uri => \0, retries => 4, http_if_terminated => \1, https_only => \1),
    'PATCH to null, https only');
is_deeply admin_ok(GET => "/routes/$name")->{protocols}, ['https'], 'https only';
admin_ok(PATCH => "/routes/$name", { tags => [ 'mine', @{ admin_ok(GET => "/routes/$name")->{tags} } ], regex_priority => 7 });
same(admin_ok(PUT => '/apis', { id => $api->{id}, name => $name, uris => "/$name/", upstream_url => 'https://h' }),
    $want = api_row(name => $name, uris => ["/$name"], upstream_url => 'https://h'), 'PUT with an id replaces; a slash at the end goes');
$route = admin_ok(GET => "/routes/$name");
is_deeply [ @$route{qw(tags regex_priority)} ], [ [ 'mine', 'legacy-api' ], 7 ], 'what is none of an API stays';
my $second = unique('api');
my $put = answers([ PUT => '/apis', { name => $second, hosts => "$second.example", upstream_url => 'http://h:8080/' } ], 201, qr/^\{/, 'PUT without an id makes');
same($put, api_row(name => $second, hosts => ["$second.example"], upstream_url => 'http://h:8080/'), 'the row');
answers([ PUT => '/apis', { id => NOWHERE, name => 'x', hosts => 'x', upstream_url => 'http://h' } ], 404, $not_found, 'PUT of an unknown id');
my $given = '33333333-2222-4333-8444-' . sprintf '%012d', $$;
$put = admin_ok(POST => '/apis', { id => $given, created_at => 1442426001000, name => unique('api'), uris => '/given', upstream_url => 'http://h' });
is_deeply [ @$put{qw(id created_at)} ], [ $given, 1442426001000 ], 'an id and a time of its own';

# ---- what is wrong ----
for (
    [ {}, { name => 'name is required', upstream_url => 'upstream_url is required' }, 'nothing' ],
    [ { name => 'x', upstream_url => 'http://h' }, { message => q(at least one of 'hosts', 'uris' or 'methods' must be specified) }, 'nothing to match' ],
    [ { name => 'x', upstream_url => 'http://h', uris => [] }, { message => q(at least one of 'hosts', 'uris' or 'methods' must be specified) }, 'an empty list' ],
    [ { name => '/x', uris => '/x', upstream_url => 'http://h' }, { name => q(name must only contain alphanumeric and '., -, _, ~' characters) }, 'a name that is no name' ],
    [ { name => 'x', uris => '/x', upstream_url => 'h' }, { upstream_url => 'upstream_url is not a url' }, 'no url' ],
    [ { name => 'x', uris => '/x', upstream_url => 'http://' }, { upstream_url => 'upstream_url is not a url' }, 'half of one' ],
    [ { name => 'x', uris => '/x', upstream_url => 'ftp://h' }, { upstream_url => 'Supported protocols are HTTP and HTTPS' }, 'another protocol' ],
    [ { name => 'x', hosts => 'my-api.com/com', upstream_url => 'http://h' }, { hosts => q(host with value 'my-api.com/com' is invalid: Invalid hostname) }, 'no host' ],
    [ { name => 'x', hosts => 'ok.com,a.*.b', upstream_url => 'http://h' }, { hosts => q(host with value 'a.*.b' is invalid: Invalid wildcard placement) }, 'a wildcard inside' ],
    [ { name => 'x', uris => 'x', upstream_url => 'http://h' }, { uris => q(uri with value 'x' is invalid: must be prefixed with slash) }, 'no slash' ],
    [ { name => 'x', uris => '/x,/y(', upstream_url => 'http://h' }, qr/^\{"uris":"uri with value '\\?\/y\(' is invalid: invalid regex/, 'no regex' ],
    [ { name => 'x', uris => '/x', methods => 'get', upstream_url => 'http://h' }, { methods => q(method with value 'get' is invalid: must be of capital letters) }, 'a method in small letters' ],
    [ { name => 'x', uris => '/x', upstream_url => 'http://h', foo => 1 }, { foo => 'foo is an unknown field' }, 'an unknown field' ],
    [ { name => 'x', uris => '/x', upstream_url => 'http://h', retries => 'x', strip_uri => 5 }, { retries => 'retries is not a number', strip_uri => 'strip_uri is not a boolean' }, 'other types' ],
    [ { name => 'x', uris => '/x', upstream_url => 'http://h', retries => 32768 }, { retries => 'must be an integer between 0 and 32767' }, 'out of range' ],
    [ { name => {}, uris => {}, upstream_url => [] }, qr/"name is not a string"/, 'rubbish' ],
) {
    my ($body, $want, $why) = @$_;
    answers([ POST => '/apis', $body ], 400, $want, $why);
}
answers([ POST => '/apis', { name => $name, uris => '/x', upstream_url => 'http://h' } ], 409, { name => "already exists with value '$name'" }, 'a name that is taken');
answers([ POST => '/apis', { id => $given, name => unique('x'), uris => '/x', upstream_url => 'http://h' } ], 409, { id => "already exists with value '$given'" }, 'an id that is taken');
my $other = new_service();
answers([ POST => '/apis', { name => $other->{name}, uris => '/x', upstream_url => 'http://h' } ], 409, { name => "already exists with value '$other->{name}'" }, "a service's name");
my $lone = admin_ok(POST => '/routes', { name => unique('r'), paths => ['/lone'] });
answers([ POST => '/apis', { name => $lone->{name}, uris => '/x', upstream_url => 'http://h' } ], 409, { name => "already exists with value '$lone->{name}'" }, "a route's name");
is admin(GET => "/services/$lone->{name}")->code, 404, 'nothing half-done';
answers([ PATCH => "/apis/$name", {} ], 400, message('empty body'), 'PATCH of nothing');
answers([ PATCH => "/apis/$name", { name => $second } ], 409, { name => "already exists with value '$second'" }, "PATCH to another's name");
answers([ PATCH => "/apis/$name", { upstream_url => undef } ], 400, { upstream_url => 'upstream_url is required' }, 'PATCH of what is required to null');
for my $key ('none-such', NOWHERE, $lone->{name}, $other->{name}, new_route($other)->{name}, 'a%20b') {
    answers([ $_ => "/apis/$key", $_ eq 'PATCH' ? { retries => 1 } : undef ], 404, $not_found, "$_ of $key, which is no API") for qw(GET PATCH DELETE);
    answers([ GET => "/apis/$key/plugins" ], 404, $not_found, "its plugins");
}
answers([ PUT => "/apis/$name", {} ], 405, message('Method not allowed'), 'PUT of one');
answers([ POST => '/apis', [ 'application/json', '[' ] ], 400, message('Cannot parse JSON body'), 'no JSON');

# ---- regular expressions, slashes ----
my $regex = unique('regex');
$put = admin_ok(POST => '/apis', { name => $regex, uris => "/$regex/(\\d+)/x", upstream_url => upstream(), strip_uri => \0 });
is_deeply $put->{uris}, ["/$regex/(\\d+)/x"], 'a regular expression comes back as it was';
is_deeply admin_ok(GET => "/routes/$regex")->{paths}, ["~/$regex/(\\d+)/x"], 'and is one underneath';
is call(GET => "/$regex/12/x")->code, 200, 'it matches';
is call(GET => "/$regex/ab/x")->code, 404, 'and does not';

# ---- lists ----
my @made = map { admin_ok(POST => '/apis', { name => unique('list'), uris => '/list', upstream_url => 'http://list.example' })->{id} } 1 .. 5;
my $all = admin_ok(GET => '/apis?size=1000');
is $all->{total}, scalar @{ $all->{data} }, 'total';
is_deeply [ sort keys %$all ], [qw(data total)], 'a whole list has no next';
my ($path, @seen) = '/apis/?size=2';
while ($path) {
    my $page = admin_ok(GET => $path);
    is $page->{total}, $all->{total}, 'each page tells the total';
    cmp_ok scalar @{ $page->{data} }, '<=', 2, 'size';
    push @seen, map { $_->{id} } @{ $page->{data} };
    is !!$page->{next}, !!$page->{offset}, 'next and offset';
    ($path = $page->{next} // '') =~ s{^\Q@{[admin_url()]}\E}{} if $page->{next};
    undef $path unless $page->{next};
    like $path, qr{^/apis\?offset=}, 'next is a link with host and port' if $path;
}
is "@seen", "@{[ map { $_->{id} } @{ $all->{data} } ]}", 'all of them, in order';
for ([ "name=$name", $api->{id} ], [ "id=$given", $given ], [ 'upstream_url=http://list.example', sort @made ], [ "hosts=$second.example&retries=5", 1 ], [ "name=$name&retries=4711" ], [ 'strip_uri=false&uris=/nothing' ]) {
    my ($query, @ids) = @$_;
    my $list = admin_ok(GET => "/apis?$query");
    is $list->{total}, scalar @ids, "?$query: total";
    is_deeply [ map { $_->{id} } @{ $list->{data} } ], \@ids, "?$query" unless "@ids" eq '1';
}
my $page = admin_ok(GET => '/apis?upstream_url=http://list.example&size=2');
is $page->{total}, 5, 'a page of what is filtered: total';
my $rest = admin_ok(GET => $page->{next} =~ s{^\w+://[^/]+}{}r);
is_deeply [ map { $_->{id} } @{ $page->{data} }, @{ $rest->{data} } ], [ (sort @made)[ 0 .. 3 ] ], 'and the next one';
answers([ GET => '/apis?foo=1' ], 400, { foo => 'unknown field' }, 'an unknown filter');
answers([ GET => '/apis?size=0' ], 400, { code => 9, name => 'invalid size', message => 'size must be an integer between 1 and 1000' }, 'a bad size');
answers([ GET => '/apis?offset=x' ], 400, { code => 7, name => 'invalid offset', message => "'x' is not a valid offset: bad base64 encoding" }, 'a bad offset');

# ---- plugins ----
my $consumer = new_consumer();
my $plugins = "/apis/$regex/plugins";
my $id = admin_ok(GET => "/apis/$regex")->{id};
my $jwt = answers([ POST => $plugins, form(name => 'jwt', 'config.claims_to_verify' => 'exp,nbf') ], 201, qr/^\{/, 'POST of a plugin');
is_deeply $jwt->{config}{claims_to_verify}, [qw(exp nbf)], 'a comma list';
ok !(grep { !defined } values %{ $jwt->{config} }), 'no nulls in its config';
is_deeply [ sort keys %$jwt ], [qw(api_id config created_at enabled id name)], 'flat';
is $jwt->{api_id}, $id, 'api_id';
like $jwt->{created_at}, $milliseconds, 'milliseconds';
is admin_ok(GET => "/services/$regex/plugins")->{data}[0]{id}, $jwt->{id}, "one of the service's plugins";
is call(GET => "/$regex/12/x")->code, 401, 'in force';
is_deeply admin_ok(GET => $plugins), { data => [$jwt], total => 1 }, 'the list';
is_deeply admin_ok(GET => "$plugins/$jwt->{id}"), $jwt, 'one';
is admin_ok(PATCH => "$plugins/$jwt->{id}", 'config.secret_is_base64=true')->{config}{secret_is_base64}, JSON::true, 'PATCH of a form';
is_deeply admin_ok(PATCH => "$plugins/$jwt->{id}", { config => { claims_to_verify => 'nbf' } })->{config}{claims_to_verify}, ['nbf'], 'PATCH of JSON with a word for a list';
is admin_ok(GET => "$plugins/$jwt->{id}")->{config}{secret_is_base64}, JSON::true, 'the rest stays';
my $ended = answers([ POST => $plugins, { name => 'request-termination', consumer_id => $consumer->{id}, config => { status_code => '403', message => 'm' } } ], 201, qr/^\{/, 'for a consumer');
is $ended->{consumer_id}, $consumer->{id}, 'consumer_id';
is_deeply [ map { $_->{id} } @{ admin_ok(GET => "$plugins?name=jwt")->{data} } ], [ $jwt->{id} ], 'filtered by name';
is admin_ok(GET => "$plugins?consumer_id=$consumer->{id}")->{total}, 1, 'by consumer';
is admin_ok(PUT => $plugins, { id => $ended->{id}, name => 'request-termination', config => { status_code => 410 } })->{config}{status_code}, 410, 'PUT with an id replaces';
ok !exists admin_ok(GET => "$plugins/$ended->{id}")->{consumer_id}, 'all of it';
my $size = answers([ PUT => $plugins, { name => 'request-size-limiting' } ], 201, qr/^\{/, 'PUT without an id makes');
for (
    [ { name => 'jwt' }, 409, { name => q(already exists with value 'jwt') }, 'twice' ],
    [ {}, 400, { name => 'name is required' }, 'no name' ],
    [ { name => 'foo' }, 400, { config => q(plugin 'foo' not enabled; add it to the 'custom_plugins' configuration property) }, 'an unknown plugin' ],
    [ { name => 'cors', config => { foo => 1 } }, 400, { 'config.foo' => 'foo is an unknown field' }, 'an unknown config key' ],
    [ { name => 'cors', foo => 1 }, 400, { foo => 'foo is an unknown field' }, 'an unknown field' ],
    [ { name => 'cors', route_id => NOWHERE }, 400, message('cannot configure plugin with api_id and one of route_id or service_id'), 'a route, too' ],
    [ { name => 'cors', config => { max_age => 'x' } }, 400, { 'config.max_age' => 'max_age is not a number' }, 'another type' ],
    [ { name => 'key-auth', consumer_id => $consumer->{id} }, 400, { consumer_id => 'value must be null' }, 'not for consumers' ],
    [ { name => 'correlation-id', consumer_id => NOWHERE }, 404, { consumer_id => "does not exist with value '@{[NOWHERE]}'" }, 'a consumer that is none' ],
) {
    my ($body, $status, $want, $why) = @$_;
    answers([ POST => $plugins, $body ], $status, $want, $why);
}
answers([ PATCH => "$plugins/$jwt->{id}", {} ], 400, message('empty body'), 'PATCH of nothing');
answers([ PUT => $plugins, { id => NOWHERE, name => 'cors' } ], 404, $not_found, 'PUT of an unknown id');
my $foreign = add_plugin("/services/$other->{id}", 'jwt');
for my $key ($foreign->{id}, NOWHERE, 'jwt') {
    answers([ $_ => "$plugins/$key", $_ eq 'PATCH' ? { enabled => \0 } : undef ], 404, $not_found, "$_ of $key") for qw(GET PATCH DELETE);
}
answers([ GET => "$plugins?foo=1" ], 400, { foo => 'unknown field' }, 'an unknown filter');
answers([ DELETE => "$plugins/$jwt->{id}" ], 204, undef, 'DELETE of a plugin');
answers([ GET => "$plugins/$jwt->{id}" ], 404, $not_found, 'gone');

# ---- DELETE ----
answers([ DELETE => "/apis/$regex" ], 204, undef, 'DELETE');
answers([ GET => $_ ], 404, $not_found, "$_ is gone") for "/apis/$regex", "/services/$regex", "/routes/$regex", "/plugins/$size->{id}";
answers([ DELETE => "/apis/$regex" ], 404, $not_found, 'twice');
my $shared = admin_ok(POST => '/routes', { paths => ['/shared'], service => { name => $second } });
answers([ DELETE => "/apis/$second" ], 400, qr/"code":4/, 'whose service has another route');
is admin(GET => "/apis/$second")->code, 200, 'stays whole';
is admin(DELETE => "/apis/$name")->code, 204, 'tidy';

# ---- rubbish in every field: a sentence, never 5xx ----
my @rubbish = (\1, -1, 1.5, 9007199254740993, 1e300, '', 'x', "\x{1F600}", 'a' x 5000, [], [undef], [ [] ], ['x'], [ '/', {} ], {}, { x => { y => [] } }, { __proto__ => 1 }, "a\nb", '%zz', '~(', ',,,', '\\,');
my %whole = (name => 'rubbish', uris => '/rubbish', upstream_url => 'http://h');
for my $field (qw(id created_at name hosts uris methods strip_uri https_only http_if_terminated upstream_url preserve_host retries upstream_connect_timeout upstream_send_timeout upstream_read_timeout)) {
    my @odd;
    for my $value (@rubbish) {
        my $res = admin(POST => '/apis', { %whole, $field => $value });
        my $got = eval { json_of($res) };
        if ($res->code == 201) {
            push @odd, 'cannot be read again' unless admin(GET => "/apis/$got->{id}")->code == 200;
            admin_ok(DELETE => "/apis/$got->{id}");
        } elsif ($res->code !~ /^4/ || ref $got ne 'HASH' || !keys %$got || grep { ref } values %$got) {
            push @odd, $res->code . ' ' . $res->content;
        }
    }
    is "@odd", '', "$field: rubbish is taken or refused with a sentence";
}
my $target = admin_ok(POST => '/apis', { name => unique('api'), uris => '/target', upstream_url => 'http://h' });
for my $field (qw(id name config enabled consumer_id created_at foo)) {
    my @odd;
    for my $value (@rubbish) {
        my $res = admin(POST => "/apis/$target->{id}/plugins", { name => 'jwt', $field => $value });
        if ($res->code == 201) { admin_ok(DELETE => "/apis/$target->{id}/plugins/" . json_of($res)->{id}) }
        elsif ($res->code !~ /^4/ || !eval { keys %{ json_of($res) } }) { push @odd, $res->code . ' ' . $res->content }
    }
    is "@odd", '', "a plugin's $field: so is it";
}
is admin(GET => '/')->code, 200, 'the server is well';

# ---- all of it is written down ----
my @entries = @{ admin_ok(GET => "/audit?id=$api->{id}")->{data} };
is_deeply [ sort map { "$_->{method} $_->{entity}" } @entries[ 0, 1 ] ], [ 'DELETE routes', 'DELETE services' ], 'the audit tells of both rows';
is $entries[0]{path}, "/apis/$name", 'and of the path that was used';
done_testing;
