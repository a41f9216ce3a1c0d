# SPDX-License-Identifier: Apache-2.0
# Pages, offsets, sizes, tags and filters (contract admin-api.md 3.5).
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;

my ($tag, $both) = (unique('tag'), unique('both'));
my @all = map { new_consumer(tags => $_ % 2 ? [ $tag, $both ] : [$tag])->{id} } 1 .. 7;
push @all, my @more = map { new_consumer(tags => [$both])->{id} } 1 .. 2;

# ---- pages ----
my (@seen, $pages);
for (my $next = "/consumers?size=3&tags=$tag"; $next; $pages++) {
    my $page = admin_ok(GET => $next);
    push @seen, map { $_->{id} } @{ $page->{data} };
    is exists $page->{offset}, defined $page->{next}, 'an offset where there is a next page';
    like $page->{next}, qr{^/consumers\?offset=[\w%]+&tags=$tag&size=3$}, 'next: offset, tags, size' if $page->{next};
    $next = $page->{next};
}
is $pages, 3, 'seven rows are three pages of three';
is_deeply \@seen, [ sort @all[0 .. 6] ], 'each row once, in the order of ids';
my $first = admin_ok(GET => "/consumers?tags=$tag&size=2");
my $rest = admin_ok(GET => "/consumers?tags=$tag&offset=$first->{offset}");
is_deeply [ map { $_->{id} } @{ $rest->{data} } ], [ (sort @all[0 .. 6])[ 2 .. 6 ] ], 'an offset goes with another size';
my $exact = admin_ok(GET => "/consumers?tags=$tag&size=7");
is $exact->{next}, undef, 'no next page when the last one is full';

my $service = new_service();
new_route($service) for 1 .. 3;
my $nested = admin_ok(GET => "/services/$service->{name}/routes?size=2");
is scalar @{ $nested->{data} }, 2, 'nested pages';
like $nested->{next}, qr{^/services/$service->{id}/routes\?offset=[\w%]+&size=2$}, 'nested next keeps the size';
is scalar @{ admin_ok(GET => $nested->{next})->{data} }, 1, 'and goes on';
like admin_ok(GET => "/services/$service->{name}/routes?size=2&tags=a")->{next}, qr{^/services/$service->{id}/routes\?offset=[\w%]+&size=2$}, 'without tags, which it knows nothing of';

# ---- sizes and offsets ----
my $number = { code => 9, name => 'invalid size', message => 'size must be a number' };
my $range = { code => 9, name => 'invalid size', message => 'size must be an integer between 1 and 1000' };
answers([ GET => "/services?size=$_->[0]" ], 400, $_->[1], "size=$_->[0]")
    for [ x => $number ], [ '' => $number ], [ nan => $number ], [ 0 => $range ], [ -1 => $range ], [ 1001 => $range ], [ '1.5' => $range ],
        [ '1e9' => $range ], [ '99999999999999999999' => $range ];
is admin(GET => "/services?size=$_")->code, 200, "size=$_" for 1, 1000;
answers([ GET => "/services?offset=$_->[0]" ], 400, { code => 7, name => 'invalid offset', message => "'$_->[1]' is not a valid offset: $_->[2]" },
    "offset=$_->[0]")
    for [ x => 'x', 'bad base64 encoding' ], [ '%2e%2e' => '..', 'bad base64 encoding' ], [ 'aGVsbG8' => 'aGVsbG8', 'bad json encoding' ],
        [ 'WyJ4Il0' => 'WyJ4Il0', 'bad json encoding' ];
is admin(GET => '/services?offset=%ff')->code, 400, 'an offset of bytes that are no text';
is admin(GET => '/services?foo=bar')->code, 200, 'unknown parameters are ignored';
add_plugin("/services/$service->{id}", 'jwt');
ok scalar @{ admin_ok(GET => "/plugins?consumer_id=$all[0]&size=1000")->{data} }, 'filters of credentials are unknown to plugins';

# ---- tags ----
my $ids = sub { [ sort map { $_->{id} } @{ admin_ok(GET => "/consumers?tags=$_[0]")->{data} } ] };
is_deeply $ids->("$tag,$both"), [ sort @all[ grep { $_ % 2 == 0 } 0 .. 6 ] ], 'a,b: all of them';
is_deeply $ids->("$tag/$both"), [ sort @all ], 'a/b: any of them';
is_deeply $ids->('none-such'), [], 'a tag that nobody has';
my $syntax = { code => 11, name => 'invalid options', message => 'invalid option (tags: invalid filter syntax)', options => { tags => 'invalid filter syntax' } };
answers([ GET => "/consumers?tags=$_" ], 400, $syntax, "tags=$_") for 'a,b/c', 'a%01', 'a,,b', '%ff', 'a%00', "$tag%00";
answers([ GET => '/consumers?tags=a,b,c,d,e,f' ], 400,
    { %$syntax, message => 'invalid option (tags: cannot query more than 5 tags)', options => { tags => 'cannot query more than 5 tags' } }, 'six tags');
is admin(GET => "/services/$service->{id}/routes?tags=a,b/c")->code, 200, 'nested lists ignore tags';

# ---- filters ----
my $consumer = new_consumer(custom_id => unique('custom'));
my $want = { data => [ consumer_row(username => $consumer->{username}, custom_id => $consumer->{custom_id}) ], next => undef };
answers([ GET => "/consumers?custom_id=$consumer->{custom_id}" ], 200, $want, 'custom_id');
answers([ GET => '/consumers?custom_id=none-such' ], 200, { data => [], next => undef }, 'a custom_id that nobody has');
answers([ GET => '/consumers?custom_id=' ], 400, message('custom_id must be an unempty string'), 'an empty custom_id');
my @keys = map { admin_ok(POST => "/consumers/$consumer->{id}/jwt", {}) } 1 .. 3;
my $found = sub { [ sort map { $_->{id} } @{ admin_ok(GET => "/jwts?$_[0]")->{data} } ] };
is_deeply $found->("consumer_id=$consumer->{id}"), [ sort map { $_->{id} } @keys ], 'consumer_id';
is_deeply $found->("key=$keys[0]{key}"), [ $keys[0]{id} ], 'key';
is_deeply $found->("id=$keys[1]{id}"), [ $keys[1]{id} ], 'id';
is_deeply $found->("id=$keys[1]{id}&consumer_id=$consumer->{id}"), [ $keys[1]{id} ], 'both that fit';
is_deeply $found->("id=$keys[1]{id}&consumer_id=$all[0]"), [], 'both, but of another consumer';
is_deeply $found->('id=x'), [], 'an id that is none';
is_deeply $found->('consumer_id=x'), [], 'a consumer_id that is none';
my $login = admin_ok(POST => "/consumers/$consumer->{id}/basic-auth", { username => unique('login'), password => 'p' });
my @groups = map { admin_ok(POST => "/consumers/$_/acls", { group => $both }) } $consumer->{id}, $all[0];
for (
    [ "/basic-auths?username=$login->{username}", $login ], [ '/basic-auths?username=' . uc $login->{username} ], [ "/basic-auths?consumer_id=$consumer->{id}", $login ],
    [ "/acls?group=$both", @groups ], [ "/acls?group=$both&consumer_id=$all[0]", $groups[1] ], [ "/acls?group=none-such&consumer_id=$all[0]" ], [ "/acls?consumer_id=$all[1]&group=$both" ], [ "/acls?consumer_id=$all[0]", $groups[1] ],
    [ '/jwts?consumer_id=' . uc $consumer->{id}, @keys ], [ "/jwts?key=$keys[0]{key}&consumer_id=" . uc $consumer->{id}, $keys[0] ],
) {
    my ($path, @want) = @$_;
    is_deeply [ sort map { $_->{id} } @{ admin_ok(GET => $path)->{data} } ], [ sort map { $_->{id} } @want ], $path;
}
# A NUL makes another text of it, which finds nobody else's rows; whatever reads the parameter, or nothing does.
answers([ GET => $_ ], 400, message('Bad request'), $_) for "/consumers?custom_id=$consumer->{custom_id}%00x", "/jwts?key=$keys[0]{key}%00",
    "/jwts?id=$keys[1]{id}%00", "/jwts?consumer_id=$consumer->{id}%00x", "/basic-auths?username=$login->{username}%00", "/acls?group=$both%00x",
    "/consumers?custom_id%00=$consumer->{custom_id}", '/search?q=a%00', '/services?size=1%00', '/services?offset=%00', '/services?foo=%00', '/audit?actor=a%00',
    "/apis?name=a%00", '/status?unit=m%00', '/services?tags=a&foo=%00';
my $page = admin_ok(GET => "/jwts?consumer_id=$consumer->{id}&size=2");
is scalar @{ admin_ok(GET => $page->{next})->{data} }, 1, 'the next page is filtered, too';
done_testing;
