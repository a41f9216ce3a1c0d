# SPDX-License-Identifier: Apache-2.0
# /search: by id, name, username, custom_id, host, path, tag; never by a secret.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;

my $word = 'Zw' . join '', map { chr 97 + rand 26 } 1 .. 10;
my $lower = lc $word;
my $service = new_service(name => "svc.$word", url => "http://host-$lower.example/path/$word");
my $route = new_route($service, hosts => ["www.$lower.org"], tags => [ 'plain', "tag=$word", 'a"b\\c%' . $word ]);
my $consumer = new_consumer(username => "$word user", custom_id => "c_$word");
my $whole = new_consumer(username => $word);
my $plugin = add_plugin("/services/$service->{id}", 'jwt', {}, instance_name => "i.$word");
my $key = admin_ok(POST => "/consumers/$consumer->{id}/key-auth", { key => "k-$word" });
my $jwt = admin_ok(POST => "/consumers/$consumer->{id}/jwt", { key => "https://$word/" });

sub found { my ($q, $more) = @_; return map { [ @$_{qw(entity id name matched)} ] } @{ admin_ok(GET => '/search?' . form(q => $q) . ($more // ''))->{data} } }
my %row = (
    service => [ services => $service->{id}, $service->{name} ], route => [ routes => $route->{id}, $route->{name} ],
    consumer => [ consumers => $consumer->{id}, $consumer->{username} ], whole => [ consumers => $whole->{id}, $word ],
    plugin => [ plugins => $plugin->{id}, 'jwt' ], key => [ keyauth_credentials => $key->{id}, undef ],
    jwt => [ jwt_secrets => $jwt->{id}, $jwt->{key} ],
);
sub is_found {
    my ($q, $want, $name) = @_;
    my $text = sub { join "\n", sort map { join '|', map { $_ // 'null' } @$_ } @_ };
    is $text->(found($q)), $text->(map { [ @{ $row{ $_->[0] } }, $_->[1] ] } @$want), $name;
}
my @all = ([ service => 'name' ], [ route => 'hosts' ], [ consumer => 'username' ], [ whole => 'username' ], [ plugin => 'instance_name' ], [ jwt => 'key' ]);
is_found($word, \@all, 'every row that holds it, and in which field');
is_found(uc $word, \@all, 'in any case');
is_found(substr($word, 2), \@all, 'a part of it');
is_deeply [ (found($word))[0] ], [ [ @{ $row{whole} }, 'username' ] ], 'what matches as a whole comes first';
is_found("c_$word", [ [ consumer => 'custom_id' ] ], 'custom_id; _ is an underscore');
is_found("y%$word", [], '% is a percent sign');
is_found("c-$word", [], '_ is nothing else');
is_found("path/$word", [ [ service => 'path' ] ], 'path');
is_found("host-$word", [ [ service => 'host' ] ], 'host');
is_found("tag=$word", [ [ route => 'tags' ] ], 'tag');
is_found(qq(a"b\\c%$word), [ [ route => 'tags' ] ], 'a tag of what JSON and LIKE escape');
is_found("$word\",\"a", [], 'not across the members of a list');
is_found("k-$word", [], 'a secret is not found by its text');
is_found($key->{id}, [ [ key => 'id' ] ], 'but by its id');
is_found($service->{id}, [ [ service => 'id' ] ], 'an id');
is_found(uc substr($service->{id}, 0, 23), [ [ service => 'id' ] ], 'the beginning of one');
is_deeply [ found("no-$word") ], [], 'nothing';
is_deeply [ found("\x{4e2d}\x{6587}$word") ], [], 'nothing in another script';
is scalar(found($word, '&size=2')), 2, 'size';
is_deeply [ found($word, '&entity=services') ], [ [ @{ $row{service} }, 'name' ] ], 'of one entity';
for ('/search', '/search?q=', '/search?q=%ff') {
    answers([ GET => $_ ], 400, message('q must be an unempty string'), $_);
}
answers([ GET => '/search?q=x&size=0' ], 400, { code => 9, name => 'invalid size', message => 'size must be an integer between 1 and 1000' }, 'a bad size');
is admin(GET => '/search?q=' . 'x' x 20000)->code, 200, 'a long text';
is admin(GET => "/search?q='%3B--")->code, 200, 'quotes';
done_testing;
