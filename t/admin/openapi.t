# SPDX-License-Identifier: Apache-2.0
# /openapi.json: well-formed by a linter, whole by the server's own list of paths, true by rows that were sent and shown.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;
use OpenApi qw(lint validate);

my $doc = admin_ok(GET => '/openapi.json');
is join("\n", lint($doc)), '', 'the linter has nothing to say';
is $doc->{openapi}, '3.1.0', 'version';
is $doc->{servers}[0]{url}, admin_url(), 'where it is';

# ---- all there is, and nothing else ----
is_deeply [ sort keys %{ $doc->{paths} } ], admin_ok(GET => '/endpoints')->{data}, 'every path that the server lists';
for my $path (sort keys %{ $doc->{paths} }) {
    (my $call = $path) =~ s/\{\w+\}/x/g;
    my $allow = join ', ', sort grep { !/HEAD|OPTIONS/ } split /, /, admin(OPTIONS => $call)->header('Allow') // '';
    is join(', ', sort map { uc } keys %{ $doc->{paths}{$path} }), $allow, "$path: its methods";
}

# ---- rows are what the schemas say: sent, changed, shown ----
my $service = new_service();
my $consumer = new_consumer();
my %rows = (
    services => [ { name => unique('s'), url => 'https://h/p', tags => ['a'] }, { retries => 3 } ],
    routes => [ { paths => ['/openapi'], headers => { 'x-a' => ['b'] }, service => { name => $service->{name} } }, { methods => ['GET'] } ],
    consumers => [ { username => unique('c') }, { custom_id => unique('i') } ],
    plugins => [ { name => 'jwt', service_id => $service->{id}, config => { claims_to_verify => ['exp'] } }, { config => { maximum_expiration => 5 }, enabled => \0 } ],
    jwt_secrets => [ { consumer => { id => $consumer->{id} }, key => unique('k') }, { secret => 'x' } ],
    keyauth_credentials => [ { consumer => { username => $consumer->{username} }, ttl => 100 }, { tags => ['t'] } ],
    acls => [ { consumer => { id => $consumer->{id} }, group => 'g' }, { tags => ['t'] } ],
);
my %path = (jwt_secrets => '/jwts', keyauth_credentials => '/key-auths');
my $plain = sub { JSON->new->decode(JSON->new->allow_nonref->encode($_[0])) };
my $schemas = $doc->{components}{schemas};
for my $entity (sort keys %rows) {
    my ($new, $change) = @{ $rows{$entity} };
    my $path = $path{$entity} // "/$entity";
    is join("\n", validate($doc, $schemas->{"${entity}_new"}, $plain->($new))), '', "$entity: what a POST takes";
    my $row = admin_ok(POST => $path, $new);
    is join("\n", validate($doc, $schemas->{$entity}, $row)), '', "$entity: what is shown";
    is join("\n", validate($doc, $schemas->{"${entity}_change"}, $plain->($change))), '', "$entity: what a PATCH takes";
    is join("\n", validate($doc, $schemas->{$entity}, admin_ok(PATCH => "$path/$row->{id}", $change))), '', "$entity: what is shown then";
    my $list = admin_ok(GET => "$path?size=2");
    is join("\n", validate($doc, $doc->{paths}{$path}{get}{responses}{200}{content}{'application/json'}{schema}, $list)), '', "$entity: a page";
    my ($field) = grep { $_ ne 'id' } sort keys %$row;
    isnt join("\n", validate($doc, $schemas->{$entity}, { %$row, nonsense => 1 })), '', "$entity: a field too many is told";
    delete $row->{$field};
    isnt join("\n", validate($doc, $schemas->{$entity}, $row)), '', "$entity: a field too few, too";
}
is join("\n", validate($doc, $schemas->{error}, json_of(admin(POST => '/services', {})))), '', 'an error of the catalogue';
is join("\n", validate($doc, $schemas->{"config_$_"}, admin_ok(POST => '/services/' . new_service()->{id} . '/plugins', { name => $_ })->{config})), '', "the config of $_"
    for qw(jwt key-auth cors request-termination correlation-id request-size-limiting);

# ---- the linter sees what is wrong ----
for (
    [ sub { delete $_[0]{info}{title} }, 'info: title is missing' ], [ sub { $_[0]{paths}{'/x/{y}'} = { get => $_[0]{paths}{'/services'}{get} } }, 'get /x/{y}: operationId list_services twice' ],
    [ sub { delete $_[0]{components}{schemas}{error} }, 'responses/Refused application/json: schemas/error is nowhere' ],
    [ sub { $_[0]{components}{schemas}{services}{properties}{name}{type} = 'text' }, 'schemas/services.name: type is wrong' ],
    [ sub { $_[0]{components}{schemas}{lonely} = {} }, 'schemas/lonely: nobody refers to it' ],
    [ sub { $_[0]{components}{schemas}{services_new}{properties}{retries}{default} = -1 }, 'schemas/services_new.retries: default is none of its values: value: below minimum' ],
    [ sub { $_[0]{paths}{'/services'}{get}{responses}{99} = { description => 'x' } }, 'get /services: no status: 99' ],
) {
    my ($spoil, $want) = @$_;
    my $copy = $plain->($doc);
    $spoil->($copy);
    ok scalar(grep { $_ eq $want } lint($copy)), "the linter says: $want" or diag join "\n", lint($copy);
}
done_testing;
