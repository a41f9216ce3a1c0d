# SPDX-License-Identifier: Apache-2.0
# /tags and /tags/{tag}: who is tagged with what, over all entities (contract admin-api.md 4).
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;

my ($red, $blue, $odd) = (unique('red'), unique('blue'), unique("gr\x{fc}n ?&="));
my $service = new_service(tags => [ $red, $blue, $odd ]);
my $route = new_route($service, tags => [$blue]);
my $consumer = new_consumer(tags => [ $blue, $red ]);
my $key = admin_ok(POST => "/consumers/$consumer->{id}/key-auth", { tags => [$red] });
new_consumer(tags => []);

sub one { my ($entity, $row, $tag) = @_; return { entity_name => $entity, entity_id => $row->{id}, tag => $tag } }
sub text { return join ' ', map { "$_->{entity_name}:$_->{entity_id}:$_->{tag}" } @_ }
my @red = (one(services => $service, $red), one(consumers => $consumer, $red), one(keyauth_credentials => $key, $red));
my @all = (
    one(services => $service, $red), one(services => $service, $blue), one(services => $service, $odd), one(routes => $route, $blue),
    one(consumers => $consumer, $blue), one(consumers => $consumer, $red), one(keyauth_credentials => $key, $red),
);
my %ours = map { text($_) => 1 } @all;

# Follow `next` to the end; the pages hold at most $size.
sub walk {
    my ($path, $size) = @_;
    my @found;
    for (my $next = "$path?size=$size"; $next;) {
        my $page = admin_ok(GET => $next);
        die "a page of more than $size" if @{ $page->{data} } > $size;
        die 'offset and next disagree' if exists $page->{offset} != defined $page->{next};
        push @found, @{ $page->{data} };
        $next = $page->{next};
    }
    return @found;
}

answers([ GET => "/tags/$red" ], 200, { data => \@red, next => undef }, 'one tag');
answers([ GET => "/tags/$red/" ], 200, { data => \@red, next => undef }, 'with a slash');
answers([ GET => '/tags/' . unique('none') ], 200, { data => [], next => undef }, 'a tag that nobody has');
utf8::encode(my $bytes = $odd);
(my $segment = $bytes) =~ s/([^A-Za-z0-9_.~-])/sprintf '%%%02X', ord $1/ge;
answers([ GET => "/tags/$segment" ], 200, { data => [ one(services => $service, $odd) ], next => undef }, 'a tag of all kinds of characters');
for my $size (1, 2, 3, 1000) {
    is text(walk("/tags/$red", $size)), text(@red), "one tag in pages of $size";
    is text(grep { $ours{ text($_) } } walk('/tags', $size)), text(@all), "all tags in pages of $size: entities, ids, the row's own order";
}
like admin_ok(GET => "/tags/$red?size=1")->{next}, qr{^/tags/\Q$red\E\?offset=[\w%]+&size=1$}, 'next: path, offset, size';

# A page goes on where the last one ended, whatever became of that place.
my $page = admin_ok(GET => "/tags/$red?size=1");
admin_ok(PATCH => "/services/$service->{id}", { tags => [$blue] });
is text(@{ admin_ok(GET => $page->{next})->{data} }), text($red[1]), 'the tag was taken off meanwhile';
admin_ok(DELETE => "/routes/$route->{id}");
admin_ok(DELETE => "/services/$service->{id}");
is text(@{ admin_ok(GET => $page->{next})->{data} }), text($red[1]), 'the row is gone';

my $invalid = sub {
    return { code => 10, name => 'invalid unique tag', message => "invalid tag '$_[0]': expected printable ascii (except `,` and `/`) or valid utf-8 sequences" };
};
answers([ GET => '/tags/a%2Cb' ], 400, $invalid->('a,b'), 'a comma');
answers([ GET => '/tags/a%2Fb' ], 400, $invalid->('a/b'), 'a slash inside');
answers([ GET => '/tags/%ff' ], 400, $invalid->("\x{fffd}"), 'bytes that are no text');
for my $path ('/tags', "/tags/$red") {
    answers([ GET => "$path?size=x" ], 400, { code => 9, name => 'invalid size', message => 'size must be a number' }, "$path: a bad size");
    answers([ GET => "$path?offset=x" ], 400, { code => 7, name => 'invalid offset', message => "'x' is not a valid offset: bad base64 encoding" },
        "$path: a bad offset");
    answers([ POST => $path, {} ], 405, message('Method not allowed'), "POST of $path");
    is admin(GET => "$path?tags=a,b/c")->code, 200, "$path ignores tags=";
}
done_testing;
