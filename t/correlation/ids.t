# SPDX-License-Identifier: Apache-2.0
# correlation-id: ids that the upstream gets, those that a client brings along, and what it is told, on refusals too.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;

my $route = new_route(new_service());
my $path = $route->{paths}[0];
my $plugin = add_plugin("/routes/$route->{id}", 'correlation-id');
is_deeply $plugin->{config}, { header_name => 'Kong-Request-ID', generator => 'uuid#counter', echo_downstream => JSON::false }, 'defaults';
sub configure {
    return admin_ok(PUT => "/plugins/$plugin->{id}", { name => 'correlation-id', route => { id => $route->{id} }, config => {@_} });
}
my $uuid = qr/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/;
my %form = (uuid => qr/^$uuid$/, 'uuid#counter' => qr/^$uuid#\d+$/, tracker => qr/^127\.0\.0\.1-\d+-\d+-\d+-\d+-\d+\.\d{3}$/);
for my $generator (sort keys %form) {
    configure(generator => $generator, header_name => 'X-Id');
    my ($one, $two) = map { json_of(call(GET => $path))->{headers}{'x-id'} } 1 .. 2;
    like $one, $form{$generator}, "$generator: its form";
    isnt $one, $two, "$generator: another one for each request";
}

# ---- whose id it is ----
configure(header_name => 'X-Id', echo_downstream => \1);
for (
    [ 'nothing', [], undef ], [ 'a value', [ 'X-Id' => 'mine' ], 'mine' ], [ 'an empty one', [ 'X-Id' => '' ], undef ],
    [ 'one that is to be dropped on the way', [ 'Connection' => 'X-Id' ], undef ],
) {
    my ($name, $headers, $want) = @$_;
    my $res = call(GET => $path, @$headers);
    my $seen = json_of($res)->{headers}{'x-id'};
    $want //= $form{'uuid#counter'};
    ref $want ? like($seen, $want, "$name: an id of ours") : is($seen, $want, "$name: kept");
    is $res->header('X-Id'), $seen, "$name: the client is told the same";
}
is call(GET => "$path/do/header/X-Id/theirs")->header('X-Id') =~ $form{'uuid#counter'} ? 1 : 0, 1, 'the upstream does not say otherwise';
configure(header_name => 'X-Id');
is call(GET => $path)->header('X-Id'), undef, 'nothing is told unless it is configured';

# ---- answers of ours ----
configure(header_name => 'X-Id', echo_downstream => \1);
my $auth = add_plugin("/routes/$route->{id}", 'key-auth');
my $res = call(GET => $path);
is $res->code, 401, 'a refusal';
like $res->header('X-Id'), $form{'uuid#counter'}, 'carries an id';
is call(GET => $path, 'X-Id' => 'mine')->header('X-Id'), 'mine', 'or the client\'s';
admin_ok(DELETE => "/plugins/$auth->{id}");
add_plugin("/routes/$route->{id}", 'request-termination', { status_code => 200 });
like call(GET => $path)->header('X-Id'), $form{'uuid#counter'}, 'so does an answer instead of the upstream\'s';
my $global = add_plugin('', 'correlation-id', { echo_downstream => \1 });
like call(GET => '/no-such-' . unique('route'))->header('Kong-Request-ID'), $form{'uuid#counter'}, 'and a 404';
admin_ok(DELETE => "/plugins/$global->{id}");

done_testing;
