# SPDX-License-Identifier: Apache-2.0
# /audit: each write leaves an entry, refused ones none; secrets are masked; filters and pages.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;
use AdminTest;

my $started = time;

# The entries of a row, oldest first, without id and at (which are checked).
sub entries {
    my ($id) = @_;
    my @found;
    for (reverse @{ admin_ok(GET => "/audit?id=$id&size=1000")->{data} }) {
        my %e = %$_;
        die 'no number: ' . JSON::encode_json($_) unless delete($e{id}) =~ /^\d+$/;
        my $at = delete $e{at};
        die "at is $at" unless $at > $started - 5 && $at < time + 5;
        push @found, \%e;
    }
    return @found;
}
sub entry { my ($method, $path, $entity, $id, $before, $after) = @_;
    return { who => undef, from => '127.0.0.1', method => $method, path => $path, entity => $entity, entity_id => $id, before => $before, after => $after } }

# ---- one row's life ----
my $name = unique('audited');
my $made = admin_ok(POST => '/services', { name => $name, host => 'h' });
my $id = $made->{id};
my $patched = admin_ok(PATCH => "/services/$name", { retries => 1 });
my $put = admin_ok(PUT => "/services/$id", { name => $name, host => 'i' });
is admin(PATCH => "/services/$name", { retries => -1 })->code, 400, 'a refused write';
is admin(PATCH => "/services/$name", { retries => 2 }, 'If-Match' => '"x"')->code, 412, 'another';
is admin(DELETE => "/services/$name/")->code, 204, 'deleted';
is admin(DELETE => "/services/$name")->code, 204, 'nothing is left to delete';
is_deeply [ entries($id) ], [
    entry(POST => '/services', services => $id, undef, $made),
    entry(PATCH => "/services/$name", services => $id, $made, $patched),
    entry(PUT => "/services/$id", services => $id, $patched, $put),
    entry(DELETE => "/services/$name/", services => $id, $put, undef),
], 'who wrote what: the rows as clients saw them';

# ---- secrets ----
my $consumer = new_consumer();
my $secret = 'secret-' . unique();
my $key = admin_ok(POST => "/consumers/$consumer->{username}/key-auth", { key => $secret, ttl => 100 });
admin_ok(PATCH => "/key-auths/$secret", { tags => ['a'] });
admin_ok(PATCH => "/consumers/$consumer->{id}/key-auth/$secret", { tags => ['b'] });
admin_ok(DELETE => "/key-auths/$secret");
my $jwt = admin_ok(POST => "/consumers/$consumer->{id}/jwt", { key => unique('iss'), secret => $secret });
my @key = entries($key->{id});
is_deeply [ map { $_->{path} } @key ],
    [ "/consumers/$consumer->{username}/key-auth", '/key-auths/***', "/consumers/$consumer->{id}/key-auth/***", '/key-auths/***' ], 'no key in a path';
is_deeply [ $key[0]{after}{key}, $key[1]{before}{key} ], [ '***', '***' ], 'no key in a row';
is $key[0]{after}{ttl}, 100, 'the time to live';
is +(entries($jwt->{id}))[0]{after}{secret}, '***', 'no secret';
unlike admin(GET => '/audit?size=1000')->content, qr/\Q$secret\E/, 'it stands nowhere';

# ---- two rows in one call ----
my $route = admin_ok(POST => '/routes', { paths => ['/audited'] });
my $linked = admin_ok(PUT => "/routes/$route->{id}/service", { host => 'linked' });
is_deeply [ map { [ @$_{qw(method path)} ] } entries($linked->{id}), (entries($route->{id}))[1] ],
    [ ([ PUT => "/routes/$route->{id}/service" ]) x 2 ], 'a link: the row that was made, and the one that points to it';

# ---- lists ----
my $page = admin_ok(GET => '/audit?entity=services&size=2');
is scalar @{ $page->{data} }, 2, 'a page';
is_deeply [ grep { $_->{entity} ne 'services' } @{ $page->{data} } ], [], 'of one entity';
my @seen = map { $_->{id} } @{ $page->{data} };
new_service();
for (my $next = $page->{next}; $next && @seen < 10;) {
    is $page->{next}, "/audit?offset=$page->{offset}&entity=services&size=2", 'next: offset, filters, size' if $page->{next} eq $next && @seen == 2;
    my $more = admin_ok(GET => $next);
    push @seen, map { $_->{id} } @{ $more->{data} };
    $next = $more->{next};
}
is "@seen", join(' ', sort { $b <=> $a } @seen), 'newest first, none twice, whatever comes meanwhile';
answers([ GET => '/audit?id=none-such' ], 200, { data => [], next => undef }, 'nobody wrote that');
answers([ GET => '/audit?entity=%ff' ], 200, { data => [], next => undef }, 'nor that');
answers([ GET => '/audit?size=0' ], 400, { code => 9, name => 'invalid size', message => 'size must be an integer between 1 and 1000' }, 'a bad size');
answers([ GET => '/audit?offset=x' ], 400, { code => 7, name => 'invalid offset', message => "'x' is not a valid offset: bad base64 encoding" }, 'a bad offset');
answers([ $_ => '/audit', {} ], 405, message('Method not allowed'), "$_ of the audit") for qw(POST DELETE);

# ---- large rows are not kept whole ----
my $large = admin_ok(POST => '/consumers', { username => unique('large'), tags => [ map { "tag-$_" } 1 .. 10000 ] });
my $kept = (entries($large->{id}))[0]{after};
is_deeply [ sort keys %$kept ], [qw(id omitted_bytes)], 'a large row: only that it was';
cmp_ok $kept->{omitted_bytes}, '>', 65536, 'and how large';

# ---- who: from the gateway in front, where it is trusted; from httpd's own authentication ----
my $node = GatewayNode->start(GatewayNode::own_database(), admin_extra => "    GwTrustedProxies 127.0.0.1\n");
my $by_gateway = json_of($node->admin(POST => '/services', { host => 'h' }, 'X-Consumer-Username' => 'alice', 'X-Real-IP' => '192.0.2.7'));
my $entry = json_of($node->admin(GET => "/audit?id=$by_gateway->{id}"))->{data}[0];
is_deeply [ @$entry{qw(who from)} ], [ 'alice', '192.0.2.7' ], 'a trusted gateway says who asked';
admin_ok(POST => '/consumers', { username => my $forged = unique('forged') }, 'X-Consumer-Username' => 'mallory', 'X-Real-IP' => '192.0.2.7');
$entry = (entries(admin_ok(GET => "/consumers/$forged")->{id}))[0];
is_deeply [ @$entry{qw(who from)} ], [ undef, '127.0.0.1' ], 'nobody else can';
undef $node;

# ---- none kept ----
$node = GatewayNode->start(GatewayNode::own_database(), extra => "GwAuditDays 0\n");
is $node->admin(POST => '/services', { host => 'h' })->code, 201, 'without an audit';
is_deeply json_of($node->admin(GET => '/audit'))->{data}, [], 'nothing is written down';
done_testing;
