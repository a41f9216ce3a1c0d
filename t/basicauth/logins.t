# SPDX-License-Identifier: Apache-2.0
# Who gets in by name and password, what everybody else is told, and what of it the upstream sees.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use MIME::Base64 qw(encode_base64 encode_base64url);
use GatewayTest;

my ($alice, $bob, $nobody) = map { new_consumer(username => unique($_), custom_id => unique('custom')) } qw(alice bob nobody);
my ($name, $password) = (unique('alice'), 'open: sesame');
my $credential = admin_ok(POST => "/consumers/$alice->{id}/basic-auth", { username => $name, password => $password });
my $of_bob = unique('bob');
admin_ok(POST => "/consumers/$bob->{id}/basic-auth", { username => $of_bob, password => 'pw' });
my $route = new_route(new_service());
my $plugin = add_plugin("/routes/$route->{id}", 'basic-auth');
my $path = $route->{paths}[0];
is_deeply $plugin->{config}, { anonymous => undef, hide_credentials => JSON::false, realm => 'service' }, 'config';

sub configure { return admin_ok(PATCH => "/plugins/$plugin->{id}", { config => {@_} }) }
sub basic { return 'Basic ' . encode_base64("$_[0]:$_[1]", '') }
sub check {
    my ($what, $res, $want, $message, $challenge) = @_;
    is $res->code, $want, "$what: $want";
    is json_of($res)->{message}, $message, "$what: $message" if $message;
    is $res->header('WWW-Authenticate'), $challenge, "$what: " . ($challenge // 'no challenge');
    return $res;
}
my ($none, $bad, $challenge) = ('Unauthorized', 'Invalid authentication credentials', 'Basic realm="service"');

my $good = basic($name, $password);
my $res = check('name and password', call(GET => $path, Authorization => $good), 200);
my $seen = json_of($res)->{headers};
is $seen->{'x-consumer-id'}, $alice->{id}, 'the upstream is told the consumer';
is $seen->{'x-consumer-username'}, $alice->{username}, 'its name';
is $seen->{'x-consumer-custom-id'}, $alice->{custom_id}, 'its other name';
is $seen->{'x-credential-identifier'}, $name, 'and the name that logged in';
is $seen->{authorization}, $good, 'the header is passed on unless it is hidden';
check('again, from memory', call(GET => $path, Authorization => $good), 200);
check('the scheme in small letters', call(GET => $path, Authorization => $good =~ s/Basic/basic/r), 200);
check('the scheme in capitals', call(GET => $path, Authorization => $good =~ s/Basic/BASIC/r), 200);
check('more blanks', call(GET => $path, Authorization => $good =~ s/ /   /r), 200);
check('no padding', call(GET => $path, Authorization => 'Basic ' . encode_base64url("$name:$password")), 200);
check('Proxy-Authorization', call(GET => $path, 'Proxy-Authorization' => $good), 200);

check('nothing', call(GET => $path), 401, $none, $challenge);
check('a wrong password', call(GET => $path, Authorization => basic($name, 'wrong')), 401, $bad);
check('a longer one', call(GET => $path, Authorization => basic($name, $password . 'x')), 401, $bad);
check('another case', call(GET => $path, Authorization => basic($name, uc $password)), 401, $bad);
check('no password', call(GET => $path, Authorization => basic($name, '')), 401, $bad);
check('an unknown name', call(GET => $path, Authorization => basic(unique('stranger'), $password)), 401, $bad);
check('the name in another case', call(GET => $path, Authorization => basic(uc $name, $password)), 401, $bad);
check('another\'s password', call(GET => $path, Authorization => basic($of_bob, $password)), 401, $bad);
check('the id for a name', call(GET => $path, Authorization => basic($credential->{id}, $password)), 401, $bad);
check('the hash for a password', call(GET => $path, Authorization => basic($name, $credential->{password})), 401, $bad);
check('SQL', call(GET => $path, Authorization => basic("' OR 1=1--", $password)), 401, $bad);
check('no UTF-8', call(GET => $path, Authorization => basic("\xff\xfe", "\xff")), 401, $bad);
for (
    ['no name', 'Basic ' . encode_base64(":$password", '')], ['no colon', 'Basic ' . encode_base64($name, '')],
    ['a NUL', 'Basic ' . encode_base64("$name\0:$password", '')], ['a NUL in the password', 'Basic ' . encode_base64("$name:$password\0", '')],
    ['no base64', 'Basic !'], ['nothing after the scheme', 'Basic'], ['another scheme', 'Bearer abc'],
    ['a second word', "$good x"], ['an empty header', ''],
) {
    my ($what, $header) = @$_;
    check($what, call(GET => $path, Authorization => $header), 401, $bad);
}
check('two headers', call(GET => $path, Authorization => $good, Authorization => $good), 401, $bad);
check('a preflight', call(OPTIONS => $path), 401, $none, $challenge);
like call(GET => $path, Authorization => basic($name, 'wrong'), Accept => 'text/html')->content, qr/<p>\Q$bad\E\.<\/p>/,
    'in the client\'s format';

# Two headers: the first whose name there is.
is json_of(call(GET => $path, 'Proxy-Authorization' => $good, Authorization => basic($of_bob, 'pw')))->{headers}{'x-consumer-id'}, $alice->{id},
    'Proxy-Authorization comes first';
is json_of(call(GET => $path, 'Proxy-Authorization' => basic(unique('x'), 'y'), Authorization => basic($of_bob, 'pw')))->{headers}{'x-consumer-id'},
    $bob->{id}, 'unless nobody has that name';
check('no second chance for a wrong password', call(GET => $path, 'Proxy-Authorization' => basic($name, 'no'), Authorization => basic($of_bob, 'pw')),
    401, $bad);

# Passwords are not cut, and their bytes count.
my $long = 'p' x 500 . unique();
for ([72, substr($long, 0, 72)], [73, substr($long, 0, 73)], [500, $long], [3000, $long x 6]) {
    my ($bytes, $text) = @$_;
    my $who = unique('long');
    admin_ok(POST => "/consumers/$alice->{id}/basic-auth", { username => $who, password => $text });
    is call(GET => $path, Authorization => basic($who, $text))->code, 200, "about $bytes bytes";
    is call(GET => $path, Authorization => basic($who, substr($text, 0, -1)))->code, 401, "about $bytes bytes: the last one counts";
    is call(GET => $path, Authorization => basic($who, "${text}x"))->code, 401, "about $bytes bytes: one more is wrong";
}
my $odd = "p\xc3\xa4ss\xe2\x82\xac \"'" . unique();
admin_ok(POST => "/consumers/$alice->{id}/basic-auth", form(username => my $odd_name = "n\xc3\xa9" . unique(), password => $odd));
is call(GET => $path, Authorization => basic($odd_name, $odd))->code, 200, 'name and password of any characters';

# Hidden.
configure(hide_credentials => JSON::true, realm => 'over "there"');
for my $header ('Authorization', 'Proxy-Authorization') {
    $seen = json_of(call(GET => $path, $header => $good))->{headers};
    ok !exists $seen->{ lc $header }, "$header is hidden";
    is $seen->{'x-consumer-id'}, $alice->{id}, 'who it was is told';
}
$seen = json_of(call(GET => $path, Authorization => $good, 'Proxy-Authorization' => $good))->{headers};
ok !exists $seen->{authorization} && !exists $seen->{'proxy-authorization'}, 'both at once';
check('another realm', call(GET => $path), 401, $none, 'Basic realm="over \\"there\\""');

# Anonymous.
configure(anonymous => $nobody->{username});
for (['nothing'], ['a wrong password', Authorization => basic($name, 'wrong')], ['an unknown name', Authorization => basic('x', 'y')],
    ['garbage', Authorization => 'Basic !']) {
    my ($what, @headers) = @$_;
    $res = check("anonymous: $what", call(GET => $path, @headers), 200);
    $seen = json_of($res)->{headers};
    is $seen->{'x-consumer-id'}, $nobody->{id}, "anonymous: $what: told upstream";
    is $seen->{'x-anonymous-consumer'}, 'true', "anonymous: $what: and marked";
    ok !exists $seen->{authorization}, "anonymous: $what: hidden all the same";
    ok !exists $seen->{'x-credential-identifier'}, "anonymous: $what: no credential";
}
$seen = json_of(call(GET => $path, Authorization => $good, 'X-Anonymous-Consumer' => 'true', 'X-Consumer-Id' => 'forged'))->{headers};
is $seen->{'x-consumer-id'}, $alice->{id}, 'anonymous: a good login is who it is';
ok !exists $seen->{'x-anonymous-consumer'}, 'and not anonymous';

# With key-auth: either, by anonymous; both, without.
my $key = admin_ok(POST => "/consumers/$bob->{id}/key-auth", {})->{key};
my $other = add_plugin("/routes/$route->{id}", 'key-auth', { anonymous => $nobody->{id} });
is json_of(call(GET => $path, apikey => $key))->{headers}{'x-consumer-id'}, $bob->{id}, 'OR: a key';
is json_of(call(GET => $path, Authorization => $good))->{headers}{'x-consumer-id'}, $alice->{id}, 'OR: a password';
is json_of(call(GET => $path, Authorization => $good, apikey => $key))->{headers}{'x-consumer-id'}, $bob->{id}, 'OR: both: the first settles it';
is json_of(call(GET => $path))->{headers}{'x-consumer-id'}, $nobody->{id}, 'OR: neither';
admin_ok(PATCH => "/plugins/$_->{id}", { config => { anonymous => undef } }) for $plugin, $other;
is call(GET => $path, Authorization => $good)->code, 401, 'AND: a password alone';
is call(GET => $path, apikey => $key)->code, 401, 'AND: a key alone';
is json_of(call(GET => $path, Authorization => $good, apikey => $key))->{headers}{'x-consumer-id'}, $alice->{id}, 'AND: the last one says who asks';
done_testing();
