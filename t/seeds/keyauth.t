# SPDX-License-Identifier: Apache-2.0
# key-auth, its anonymous consumer and what stops that one, as people's documents do it, line by line (contract
# seed-systems.md B2, G1-G4, G11, I1-I4).
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use SeedCurl;
use GatewayTest;

my $name = unique('example-service');
my $path = '/' . unique('sessions-test');
curl_is([ '-i', '-X', 'POST', '--url', '/services/', '--data', "name=$name", '--data', 'url=' . upstream('/request') ], 201, 'a service');
curl_is([ '-i', '-X', 'POST', '--url', "/services/$name/routes", '--data', "paths[]=$path" ], 201, 'its route');
curl_is([ ":8000$path" ], 200, 'open to everybody');

# ---- G1, G2: ask for a key ----
my $got = curl_is([ '-X', 'POST', "/services/$name/plugins/", '--data', 'name=key-auth' ], 201, 'key-auth, a slash at the end');
my $plugin = $got->{json}{id};
is_deeply $got->{json}{config}{key_names}, ['apikey'], 'the key is called apikey';
$got = curl_is([ '-i', ":8000$path" ], 401, 'without a key');
is $got->{json}{message}, 'No API key found in request', 'says what is missing';

# ---- I3: fiona and her key; the consumer for everybody else ----
my ($fiona, $anonymous, $key) = map { unique($_) } qw(fiona anonymous_users open_sesame);
curl_is([ '-i', '-X', 'POST', '--url', '/consumers/', '--data', "username=$fiona" ], 201, 'fiona');
curl_is([ '-i', '-X', 'POST', '--url', "/consumers/$fiona/key-auth/", '--data', "key=$key" ], 201, 'her key');
my $nobody = curl_is([ '-i', '-X', 'POST', '--url', '/consumers/', '--data', "username=$anonymous" ], 201, 'anonymous users')->{json}{id};
is curl_is([ ":8000$path?apikey=$key" ], 200, 'her key in the query')->{json}{headers}{'x-consumer-username'}, $fiona, 'it is she';
is curl_is([ ":8000$path", '-H', "apikey:$key" ], 200, 'in a header')->{json}{headers}{'x-consumer-username'}, $fiona, 'it is she';

# ---- G3: anonymous, by id ----
$got = curl_is([ '-X', 'PATCH', "/plugins/$plugin", '--data', "config.anonymous=$nobody" ], 200, 'PATCH of the anonymous consumer');
is $got->{json}{config}{anonymous}, $nobody, 'is kept';
$got = curl_is([ ":8000$path" ], 200, 'the trap: everybody is let in');
is $got->{json}{headers}{'x-anonymous-consumer'}, 'true', 'as anonymous';
is $got->{json}{headers}{'x-consumer-id'}, $nobody, 'by id';
sub is_warned_of { return grep { ($_->{id} // '') eq $plugin && $_->{message} =~ /lets everyone in/ } @{ admin_ok(GET => '/status')->{gateway}{warnings} } }
eventually { is_warned_of() } '/status warns of it';

# ---- I1, I2: request-termination for that consumer ----
my $words = 'So long and thanks for all the fish!';
my @stop = ('--data', 'name=request-termination', '--data', 'config.status_code=403', '--data', "config.message=$words", '--data', "consumer.id=$nobody");
$got = curl_is([ '-X', 'POST', "/services/$name/plugins", @stop ], 201, 'request-termination for the anonymous consumer');
is_deeply [ @{ $got->{json}{config} }{qw(status_code message)} ], [ 403, $words ], 'what it says';
is_deeply $got->{json}{consumer}, { id => $nobody }, 'to whom';
$got = curl_is([ '-i', ":8000$path" ], 403, 'nobody is let in');
is $got->{body}, qq({"message":"$words"}), 'to the letter';
$got = curl_is([ '-i', ":8000$path?apikey=wrong" ], 403, 'nor is a wrong key');
is curl_is([ ":8000$path?apikey=$key" ], 200, 'fiona is')->{json}{headers}{'x-consumer-username'}, $fiona, 'it is she';
eventually { !is_warned_of() } 'the warning is gone';
curl_is([ '-X', 'POST', "/services/$name/plugins", @stop ], 409, 'the same again is a conflict');

# The same for a route (I4 in its dynamic form), and everywhere: a consumer's plugin on its own.
my $route = curl_is([ '-X', 'POST', "/services/$name/routes", '--data', "paths[]=$path/sub" ], 201, 'another route')->{json}{id};
curl_is([ '-X', 'POST', "/routes/$route/plugins", '--data', 'name=request-termination', '--data', 'config.status_code=418',
    '--data', "consumer.id=$nobody" ], 201, 'route and consumer');
curl_is([ ":8000$path/sub" ], 418, 'win over service and consumer');
curl_is([ ":8000$path/sub?apikey=$key" ], 200, 'for that consumer alone');

# ---- B2: a plugin attached to a consumer ----
$got = curl_is([ '-X', 'POST', "/consumers/$fiona/plugins", '--data', 'name=rate-limiting', '--data', 'config.hour=100', '--data', 'config.policy=local' ],
    201, 'limits for one consumer');
is $got->{json}{consumer}{id}, curl_is([ "/consumers/$fiona" ], 200, 'she')->{json}{id}, 'are hers';
like curl_is([ '-i', ":8000$path?apikey=$key" ], 200, 'within them')->{head}, qr/^X-RateLimit-Limit-Hour: 100\r?$/mi, 'she is told';
unlike curl_is([ '-i', ":8000$path" ], 403, 'others')->{head}, qr/^X-RateLimit-Limit-Hour/mi, 'are not';

# ---- G4: a portal makes the consumer, whether or not it exists, and a key that it shows once ----
my $service = new_service();
my $api = new_route($service)->{paths}[0];
curl_is([ '-X', 'POST', "/services/$service->{name}/plugins/", '--data', 'name=key-auth' ], 201, 'a service of the portal');
my $user = unique('portal-user');
my %shown;
for my $visit (1 .. 2) {
    curl_is([ '-X', 'POST', '/consumers/', '--data', "username=$user" ], $visit == 1 ? 201 : 409, "visit $visit: the consumer");
    $shown{ curl_is([ '-X', 'POST', "/consumers/$user/key-auth/" ], 201, "visit $visit: a key")->{json}{key} } = 1;
}
is scalar(keys %shown), 2, 'two keys';
is curl_is([ ":8000$api", '-H', "apikey: $_" ], 200, 'each opens')->{json}{headers}{'x-consumer-username'}, $user, 'as the same user' for sort keys %shown;

# ---- G11: basic authentication, as the documents name it beside keys ----
curl_is([ '-X', 'POST', "/services/$service->{name}/plugins/", '--data', 'name=basic-auth', '--data', 'config.hide_credentials=true' ], 201, 'basic-auth');
my $login = unique('login');
$got = curl_is([ '-X', 'POST', "/consumers/$user/basic-auth", '--data', "username=$login", '--data', 'password=OpenSesame' ], 201, 'name and password');
like $got->{json}{password}, qr/^\$y\$/, 'the password is not shown';
my ($one) = sort keys %shown;
curl_is([ ":8000$api", '-H', "apikey: $one" ], 401, 'now both are wanted');
is curl_is([ ":8000$api", '-H', "apikey: $one", '-u', "$login:OpenSesame" ], 200, 'both')->{json}{headers}{'x-credential-identifier'}, $login, 'the last one counts';
curl_is([ ":8000$api", '-H', "apikey: $one", '-u', "$login:wrong" ], 401, 'a wrong password');
is curl_is([ "/basic-auths/$login/consumer" ], 200, 'whose it is')->{json}{username}, $user, 'the user\'s';
done_testing;
