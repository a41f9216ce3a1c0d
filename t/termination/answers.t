# SPDX-License-Identifier: Apache-2.0
# request-termination: statuses, texts and bodies, triggers, echo, scopes, and what runs before it.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;

my $service = new_service();
my $route = new_route($service);
my $path = $route->{paths}[0];
my $plugin = add_plugin("/routes/$route->{id}", 'request-termination');

# All of config anew, as a client would with PUT.
sub configure {
    my %config = (status_code => 503, (map { $_ => undef } qw(message body content_type trigger)), echo => \0, @_);
    return admin_ok(PATCH => "/plugins/$plugin->{id}", { config => \%config });
}

is_deeply $plugin->{config}, { status_code => 503, message => undef, body => undef, content_type => undef,
    echo => JSON::false, trigger => undef }, 'defaults';

# ---- statuses and bodies ----
my $plain = 'application/json; charset=utf-8';
for (
    [ {}, 503, '{"message":"Service unavailable"}', $plain ],
    [ { status_code => 401 }, 401, '{"message":"Unauthorized"}', $plain ],
    [ { status_code => 404 }, 404, '{"message":"Not found"}', $plain ],
    [ { status_code => 405 }, 405, '{"message":"Method not allowed"}', $plain ],
    [ { status_code => 500 }, 500, '{"message":"An unexpected error occurred"}', $plain ],
    [ { status_code => 502 }, 502, '{"message":"Bad Gateway"}', $plain ],
    [ { status_code => 403, message => 'So long and thanks for all the fish!' }, 403,
        '{"message":"So long and thanks for all the fish!"}', $plain ],
    [ { status_code => 200, message => 'a "quote" and \\' }, 200, '{"message":"a \\"quote\\" and \\\\"}', $plain ],
    [ { status_code => 200 }, 200, '', undef ],
    [ { status_code => 204 }, 204, '', undef ],
    [ { status_code => 301 }, 301, '', undef ],
    [ { status_code => 418 }, 418, '', undef ],
    [ { status_code => 499, message => 'x' }, 499, '{"message":"x"}', $plain ],
    [ { status_code => 599, message => 'x' }, 599, '{"message":"x"}', $plain ],
    [ { status_code => 200, body => '<b>', content_type => 'text/html' }, 200, '<b>', 'text/html' ],
    [ { status_code => 503, body => '<b>', content_type => 'text/html' }, 503, '<b>', 'text/html' ],
    [ { status_code => 200, body => 'b' }, 200, 'b', undef ],
    [ { status_code => 400, body => 'b' }, 400, 'b', undef ],
    [ { status_code => 100 }, 500, '{"message":"An unexpected error occurred"}', $plain ],
) {
    my ($config, $status, $body, $type) = @$_;
    my $name = JSON->new->canonical->encode($config);
    configure(%$config);
    my $res = call(GET => $path, Accept => 'text/html');
    is $res->code, $status, "$name: $status";
    is $res->content, $body, "$name: body";
    is $res->header('Content-Type'), $type, "$name: type";
}
is arrived($path), 0, 'the upstream saw none of it';
configure(status_code => 200, message => 'm');
is call(HEAD => $path)->code, 200, 'HEAD';
is call(POST => "$path/x", 'a=1')->code, 200, 'a request with a body';
is call(GET => $path)->header('Server'), call(GET => "/nowhere$$")->header('Server'), 'Server as on all answers of ours';
like call(GET => $path)->header('X-Kong-Response-Latency') // '0', qr/^\d+$/, 'no upstream took part';

# ---- triggers ----
configure(status_code => 200, message => 'm', trigger => 'x-stop');
for (
    [ 'nothing', 0, $path ],
    [ 'a header', 1, $path, 'X-Stop' => 'any' ],
    [ 'an empty header', 1, $path, 'X-Stop' => '' ],
    [ 'a parameter', 1, "$path?a=1&x-stop=1" ],
    [ 'a bare parameter', 1, "$path?x-stop" ],
    [ 'an encoded one', 1, "$path?x%2Dstop=" ],
    [ 'another case of it', 0, "$path?X-STOP=1" ],
    [ 'part of it', 0, "$path?x-sto=1&x-stopp=1" ],
) {
    my ($name, $is_stopped, $to, @headers) = @$_;
    my $res = call(GET => $to, @headers);
    is $res->content eq '{"message":"m"}' ? 1 : 0, $is_stopped, "trigger: $name";
}

# ---- echo ----
configure(status_code => 404, echo => \1);
my $res = call(POST => "$path/sub?q=1&q=2", { a => 1 }, 'X-Mine' => 'me');
is $res->code, 404, 'echo: status';
my $seen = json_of($res);
is $seen->{message}, 'Not found', 'echo: message';
is_deeply [ sort keys %{ $seen->{kong} } ], [qw(hostname node_id worker_pid)], 'echo: where';
is $seen->{kong}{node_id}, admin_ok(GET => '/')->{node_id}, 'echo: which node';
is_deeply [ @{ $seen->{request} }{qw(scheme method path)} ], [ 'http', 'POST', "$path/sub" ], 'echo: line';
is_deeply $seen->{request}{query}, { q => [ 1, 2 ] }, 'echo: query';
is_deeply $seen->{request}{body}, { a => 1 }, 'echo: body';
is $seen->{request}{raw_body}, '{"a":1}', 'echo: raw body';
is $seen->{request}{headers}{'x-mine'}, 'me', 'echo: headers';
is_deeply $seen->{request}{uri_captures}, { named => {}, unnamed => [] }, 'echo: no captures';
for my $what ([ matched_route => $route ], [ matched_service => $service ]) {
    my ($name, $row) = @$what;
    my %want = %$row;
    delete @want{qw(tags updated_at sources destinations)};
    delete $want{created_at} unless exists $seen->{$name}{created_at};
    my $got = { %{ $seen->{$name} } };
    is_deeply $got, \%want, "echo: $name" or diag explain $got;
}
configure(status_code => 200, echo => \1, message => 'm');
is json_of(call(POST => $path, 'x' x 70000))->{request}{raw_body}, undef, 'echo: a long body is left out';
my $regex = new_route(undef, paths => ['~/' . unique('re') . '/(?<id>\d+)$']);
add_plugin("/routes/$regex->{id}", 'request-termination', { echo => \1, status_code => 200 });
(my $re_path = $regex->{paths}[0]) =~ s/^~|\(.*//g;
$seen = json_of(call(GET => "${re_path}17"));
is_deeply $seen->{request}{uri_captures}{named}, { id => 17 }, 'echo: a capture';
is $seen->{matched_service}, undef, 'a route without a service';

# ---- consumers, and what comes before ----
my $shop = new_route($service);
add_plugin("/routes/$shop->{id}", 'key-auth');
my ($good, $bad) = map { new_consumer() } 1 .. 2;
my ($good_key, $bad_key) = map { admin_ok(POST => "/consumers/$_->{id}/key-auth")->{key} } $good, $bad;
my $banned = add_plugin("/consumers/$bad->{id}", 'request-termination', { status_code => 403, message => 'banned' });
my $shop_path = $shop->{paths}[0];
is call(GET => $shop_path)->code, 401, 'authentication comes first';
is call(GET => $shop_path, apikey => $good_key)->code, 200, 'another consumer passes';
is call(GET => $shop_path, apikey => $bad_key)->content, '{"message":"banned"}', 'a consumer of its own';
admin_ok(DELETE => "/plugins/$banned->{id}");
is call(GET => $shop_path, apikey => $bad_key)->code, 200, 'and no more, at once';
add_plugin("/consumers/$good->{id}", 'request-termination', { status_code => 200, message => 'anonymous' });
my $open = new_route($service);
add_plugin("/routes/$open->{id}", 'key-auth', { anonymous => $good->{username} });
is call(GET => $open->{paths}[0])->content, '{"message":"anonymous"}', 'the anonymous consumer';

# ---- refusals ----
for (
    [ { message => 'm', body => 'b' }, 'message cannot be used with content_type or body' ],
    [ { content_type => 'text/plain' }, 'content_type requires a body' ],
    [ { echo => \1, body => 'b' }, 'echo cannot be used with content_type and body' ],
) {
    my ($config, $text) = @$_;
    answers([ POST => '/plugins', { name => 'request-termination', config => $config } ], 400,
        violation("config: $text", config => $text), $text);
}
answers([ POST => '/plugins', { name => 'request-termination', config => { status_code => 600 } } ], 400,
    violation('config.status_code: value should be between 100 and 599',
        config => { status_code => 'value should be between 100 and 599' }), 'a status that is none');

done_testing;
