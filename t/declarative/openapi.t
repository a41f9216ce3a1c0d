# SPDX-License-Identifier: Apache-2.0
# What the npm package openapi-2-kong makes of an OpenAPI description loads and does what the description says.
# t/clients/openapi-2-kong makes it anew and compares.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use JSON ();

my $text = do { open my $in, '<', "$ENV{GW_TEST_ROOT}/clients/books.kong.json" or die $!; local $/; <$in> };
my ($ours) = upstream() =~ m{^http://(127\.0\.0\.1:\d+)};
$text =~ s/"127\.0\.0\.1:9001"/"$ours"/;
my $free = GatewayNode::dead_port();
$text =~ s/"127\.0\.0\.1:9002"/"127.0.0.1:$free"/;

my $node = GatewayNode->start(threads => 16, is_postgres() ? GatewayNode::own_database() : (extra => 'GwDeclarativeConfig none'));
my ($path, $status) = is_postgres() ? ('/declarative/apply', 200) : ('/config', 201);
my $res = $node->admin(POST => $path, [ 'application/json', $text ]);
is $res->code, $status, "POST $path takes it" or diag $res->content;

my $made = JSON->new->decode($text);
for my $entity (qw(services upstreams)) {
    is_deeply [ sort map { $_->{name} } @{ $node->admin_ok(GET => "/$entity")->{data} } ], [ map { $_->{name} } @{ $made->{$entity} } ], "$entity";
}
is_deeply [ sort map { $_->{name} } @{ $node->admin_ok(GET => '/routes')->{data} } ],
    [ sort map { $_->{name} } @{ $made->{services}[0]{routes} } ], 'a route for each operation';
my $route = $node->admin_ok(GET => '/routes/Books_and_Shelves_API-books-isbn-get');
is_deeply $route->{paths}, ['~/books/(?<isbn>[^\/]+)$'], 'paths of format 1.1 are the regular expressions that they were';
is scalar @{ $node->admin_ok(GET => '/upstreams/Books_and_Shelves_API.upstream/targets')->{data} }, 2, 'a target for each server';
is scalar @{ $node->admin_ok(GET => '/routes?tags=OAS3_import,generated')->{data} }, 5, 'tagged as it tags them';

for (
    [ GET => '/books', 200, 'an open operation' ],
    [ POST => '/books', 401, 'one with an API key' ],
    [ GET => '/books/978-3', 200, 'a path with a parameter' ],
    [ PUT => '/books/978-3', 401, 'one with a password' ],
    [ GET => '/shelves/1/books/2', 200, 'two parameters' ],
    [ GET => '/books/1/2', 404, 'more segments than parameters' ],
    [ DELETE => '/books', 404, 'a method without an operation' ],
) {
    my ($method, $at, $want, $name) = @$_;
    my $res = $node->call($method, $at, $method =~ /^P/ ? '{}' : ());
    is $res->code, $want, "$method $at: $name";
    next unless $want == 200;
    is json_of($res)->{path}, "/v1$at", "$method $at: sent to the server's path";
    like json_of($res)->{headers}{'x-correlation'} // '', qr/^[0-9a-f-]{36}#\d+$/, "$method $at: with the plugin for all of them";
}
like $node->call(POST => '/books', '{}')->header('WWW-Authenticate'), qr/^Key/, 'the key is asked for';
like $node->call(PUT => '/books/1', '{}')->header('WWW-Authenticate'), qr/^Basic/, 'the password is asked for';
done_testing;
