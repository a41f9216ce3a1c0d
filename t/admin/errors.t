# SPDX-License-Identifier: Apache-2.0
# Hostile and mistaken input: always 4xx with a body of the catalogue, never 5xx; and the server goes on.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;

my $service = new_service();
my $route = new_route($service);
my $consumer = new_consumer();
my $parse = message('Cannot parse JSON body');
my $json = 'application/json';

# ---- JSON that is none, or too much of it ----
answers([ POST => '/services', [ $json, $_->[1] ] ], 400, $parse, $_->[0])
    for [ 'depth 10,000' => ('{"a":' x 10000) . '1' . ('}' x 10000) ], [ '10,000 open brackets' => '[' x 10000 ],
        [ 'a member twice' => '{"host":"a","host":"b"}' ], [ 'a raw NUL' => qq({"host":"a\0b"}) ], [ 'an escaped NUL' => '{"host":"a\\u0000b"}' ],
        [ 'invalid UTF-8' => qq({"host":"\xff"}) ], [ 'overlong UTF-8' => qq({"host":"\xc0\xaf"}) ], [ 'half a surrogate' => '{"host":"\\ud800"}' ],
        [ 'trailing bytes' => '{"host":"a"}}' ], [ 'NaN' => '{"retries":NaN}' ], [ 'a comment' => '{/**/}' ], [ 'single quotes' => "{'a':1}" ];
my $long = 'x' x 1_000_000;
answers([ POST => '/services', [ $json, qq({"host":"h","$long":1}) ] ], 400, qr/unknown field/, '1 MB of a key');
answers([ POST => '/services', { host => "/$long" } ], 400, qr/"host":/, '1 MB of a host');
answers([ POST => '/services', [ $json, ' ' x 10_000_000 ] ], 400, $parse, '10 MB of nothing');
answers([ POST => '/services', "$long=1" ], 400, qr/unknown field/, '1 MB of a form key');
answers([ POST => '/services', join '.', ('a') x 1_000_000 ], 400, qr/unknown field/, 'a form key of a million segments');
answers([ POST => '/routes', 'hosts' . '[1]' x 1_000_000 . '=a' ], 400, qr/unknown field/, 'a form key of a million groups');
answers([ POST => '/routes', 'hosts[999999999]=a' ], 400, qr/expected an array/, 'a far index');
answers([ POST => '/services', [ 'multipart/form-data; boundary=x', "--x\r\n" x 1_000_000 ] ], 400, qr/required field missing/, 'a million delimiters');

# ---- wrong types everywhere, for every field of every entity ----
my %whole = (
    services => { host => 'h' },
    routes => { paths => ['/a'] },
    consumers => { username => 'u' },
    plugins => { name => 'jwt' },
    upstreams => { name => 'u.example' },
    targets => { target => 'h:1' },
    revocations => { jti => 'j', until => 4e9 },
    jwt_secrets => { consumer => { id => $consumer->{id} } },
    keyauth_credentials => { consumer => { id => $consumer->{id} } },
    acls => { consumer => { id => $consumer->{id} }, group => 'g' },
    login_user => { phone => '13800000000', level => 1 },
    api_mgr => { sign => '0/auth', auth_level => 1 },
);
my $upstream = admin_ok(POST => '/upstreams', { name => unique('up') . '.example' });
my %path = (jwt_secrets => '/jwts', keyauth_credentials => '/key-auths', targets => "/upstreams/$upstream->{id}/targets");
# what does not compress is what an index may not hold
my $random = join '', map { chr 97 + rand 26 } 1 .. 9000;
my @values = (undef, \1, -1, 1.5, 9007199254740993, 1e300, '', 'x', "\x{1F600}", 'a' x 5000, $random, [], [undef], [ [] ], ['x'], {}, { x => { y => [] } },
    { id => 5 }, { id => 'x' }, { __proto__ => 1 });
for my $entity (sort keys %whole) {
    my $path = $path{$entity} // "/$entity";
    my $schema = admin_ok(GET => "/schemas/$entity");
    my (%codes, @odd);
    for my $field (map { keys %$_ } @{ $schema->{fields} }) {
        for my $value (@values) {
            my $res = admin(POST => $path, { %{ $whole{$entity} }, $field => $value });
            $codes{ $res->code }++;
            my $body = eval { json_of($res) };
            if ($res->code == 201) { admin_ok(DELETE => "$path/$body->{id}") }
            elsif (!$body || !$body->{message} || $res->code !~ /^4/) { push @odd, "$field: " . $res->code . ' ' . $res->content }
        }
    }
    is "@odd", '', "$entity: wrong types are refused with a message (" . join(', ', map { "$codes{$_} x $_" } sort keys %codes) . ')';
}
for my $config (undef, 5, 'x', [], [ {} ], { x => 1 }, { realm => [] }, { claims_to_verify => { a => 1 } }, { maximum_expiration => -1 }) {
    my $res = admin(POST => "/services/$service->{id}/plugins", { name => 'jwt', config => $config });
    is $res->code, 400, 'config: ' . JSON->new->allow_nonref->canonical->encode($config) or diag $res->content;
}
answers([ POST => '/plugins', { name => 'jwt', config => { x => 1 } } ], 400,
    violation('config.x: unknown field', config => { x => 'unknown field' }), 'an unknown config key');

# ---- metacharacters are stored whole or refused ----
for my $value (q{Robert'); DROP TABLE consumers;--}, q("quoted" \\ back), "tab\tnew\nline", '%s%n%x', '{}[]', "\x{4e2d}\x{6587} \x{1F600}", '../../etc', '$1 ?') {
    my $name = "$value " . unique();
    my $row = admin_ok(POST => '/consumers', { username => $name });
    is $row->{username}, $name, 'stored whole';
    utf8::encode(my $bytes = $name);
    $bytes =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ge;
    is admin_ok(GET => "/consumers/$bytes")->{id}, $row->{id}, 'found by it';
    is admin(DELETE => "/consumers/$bytes")->code, 204, 'deleted by it';
    is admin(GET => "/consumers/$bytes")->code, 404, 'gone';
}
my $issuer = unique('https://company.example/x?y=');
(my $segment = $issuer) =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ge;
my $secret = admin_ok(POST => "/consumers/$consumer->{id}/jwt", { key => $issuer });
is admin_ok(GET => "/jwts/$segment")->{id}, $secret->{id}, 'a key that is a URL is found by its path';
is admin_ok(GET => "/consumers/$consumer->{id}/jwt/$segment")->{id}, $secret->{id}, 'nested, too';
is admin_ok(GET => "/jwts/$segment/consumer")->{id}, $consumer->{id}, 'and linked';

# ---- forged offsets, negative sizes, odd queries ----
for my $query ('size=-1', 'size=1e999', 'size=%00', 'offset=' . 'A' x 100000, 'offset=%00', 'offset=W10', 'tags=' . 'a,' x 1000, 'tags=%c0%af', 'size=1&size=2&size=x') {
    my $res = admin(GET => "/services?$query");
    like $res->code, qr/^[24]/, substr "GET ?$query", 0, 60;
}

# ---- a refused write leaves nothing behind ----
my $count = sub { scalar @{ admin_ok(GET => '/routes?size=1000')->{data} } };
my $before = $count->();
admin(POST => '/routes', { paths => ['/x'], service => { id => NOWHERE } });
admin(PUT => "/routes/$route->{name}/service", { host => '' });
admin(PUT => '/routes/' . unique('r'), { paths => ['/x'], service => { id => NOWHERE } });
is $count->(), $before, 'no row was left behind';
is admin(GET => '/')->code, 200, 'and the server is well';
done_testing;
