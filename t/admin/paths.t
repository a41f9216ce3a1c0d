# SPDX-License-Identifier: Apache-2.0
# Which paths there are, and what each takes (contract admin-api.md 3.1, 4): the contract's table against the registry,
# the list that the server gives of itself, and every method on every path.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;

my ($many, $one, $read) = ('GET, HEAD, OPTIONS, POST', 'DELETE, GET, HEAD, OPTIONS, PATCH, PUT', 'GET, HEAD, OPTIONS');
my %endpoint = map { $_ => 1 } @{ admin_ok(GET => '/endpoints')->{data} };

# Entity, collection ('' = none), nested name ('' = none), foreign fields and the collections of their parents.
for (
    [ services => '/services', '', {} ],
    [ routes => '/routes', 'routes', { service => 'services' } ],
    [ consumers => '/consumers', '', {} ],
    [ plugins => '/plugins', 'plugins', { route => 'routes', service => 'services', consumer => 'consumers' } ],
    [ upstreams => '/upstreams', '', {} ],
    [ targets => '', 'targets', { upstream => 'upstreams' } ],
    [ certificates => '/certificates', '', {} ],
    [ ca_certificates => '/ca_certificates', '', {} ],
    [ snis => '/snis', 'snis', { certificate => 'certificates' } ],
    [ jwt_secrets => '/jwts', 'jwt', { consumer => 'consumers' } ],
    [ keyauth_credentials => '/key-auths', 'key-auth', { consumer => 'consumers' } ],
    [ basicauth_credentials => '/basic-auths', 'basic-auth', { consumer => 'consumers' } ],
    [ acls => '/acls', 'acls', { consumer => 'consumers' } ],
) {
    my ($entity, $path, $nested, $foreign) = @$_;
    next unless admin(GET => "/schemas/$entity")->code == 200; # its module is not loaded
    my %want;
    @want{ $path, "$path/{$entity}" } = ($many, $one) if $path;
    for my $field (keys %$foreign) {
        my $parent = $foreign->{$field};
        $want{"$path/{$entity}/$field"} = $one if $path && $entity ne 'snis';
        @want{ "/$parent/{$parent}/$nested", "/$parent/{$parent}/$nested/{$entity}" } = ($many, $one);
    }
    for my $template (sort keys %want) {
        ok $endpoint{$template}, "$template is listed";
        (my $call = $template) =~ s/\{\w+\}/x/g;
        is admin(OPTIONS => $call)->header('Allow'), $want{$template}, "$template: methods";
        is admin(OPTIONS => "$call/")->header('Allow'), $want{$template}, "$template: with a slash at the end";
    }
    is admin(OPTIONS => "/$entity")->code, 404, "$entity has no collection" unless $path;
}

# Information: what each takes.
my %information = (
    (map { $_ => $read } '/', '/status', '/endpoints', '/plugins/enabled', '/schemas/x', '/schemas/plugins/x', '/plugins/schema/x', '/tags', '/tags/x', '/audit', '/search', '/robots.txt'),
    '/schemas/x/validate' => 'OPTIONS, POST', '/apis' => 'GET, HEAD, OPTIONS, POST, PUT', '/apis/x' => 'DELETE, GET, HEAD, OPTIONS, PATCH',
    '/apis/x/plugins' => 'GET, HEAD, OPTIONS, POST, PUT', '/apis/x/plugins/x' => 'DELETE, GET, HEAD, OPTIONS, PATCH',
);
is admin(OPTIONS => $_)->header('Allow'), $information{$_}, "$_: methods" for sort keys %information;

# Every path that is listed: what it does not take is 405 with the one body, what it takes is not; HEAD is GET without a
# body. The row `x` is nowhere, so that nothing is written.
my $body = { nothing => 'that any row knows' };
for my $template (sort keys %endpoint) {
    (my $call = $template) =~ s/\{\w+\}/x/g;
    my %takes = map { $_ => 1 } split /, /, admin(OPTIONS => $call)->header('Allow') // '';
    ok $takes{OPTIONS}, "$template takes OPTIONS";
    my @odd;
    for my $method (qw(GET POST PUT PATCH DELETE BREW)) {
        my $res = admin($method, $call, $method =~ /^P/ ? $body : undef);
        push @odd, "$method " . $res->code if $takes{$method} ? $res->code == 405 || $res->code >= 500 : $res->code != 405 || $res->content ne '{"message":"Method not allowed"}';
    }
    is "@odd", '', "$template: each method as told";
    next unless $takes{GET};
    my ($get, $head) = map { admin($_ => $call) } qw(GET HEAD);
    is $head->code, $get->code, "$template: HEAD answers as GET";
    is $head->content, '', "$template: without a body";
}

# Words that no path has.
for my $path ('/service', '/route/x/plugins', '/services/x/x', '/snis/x/certificate', '/services/x/routes/x/plugins', '/consumers/x/jwts', '/consumers/x/key-auths', '/timers', '/sessions',
    '/plugins/enabled/x', '/schemas', '/tags/x/y', '/apis/x/x', '/apis/x/plugins/x/y', '/Services') {
    answers([ $_ => $path, /^P/ ? $body : undef ], 404, message('Not found'), "$_ $path") for qw(GET POST DELETE);
    is admin(HEAD => $path)->content, '', "HEAD $path";
    is admin(OPTIONS => $path)->code, 404, "OPTIONS $path";
}
done_testing;
