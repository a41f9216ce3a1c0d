# SPDX-License-Identifier: Apache-2.0
# Where key-auth looks for a key, what it says when there is none, and what of it the upstream sees.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;

my $consumer = new_consumer(custom_id => unique('custom'));
my $key = unique('key');
my $credential = admin_ok(POST => "/consumers/$consumer->{id}/key-auth", { key => $key });
my $route = new_route(new_service());
my $plugin = add_plugin("/routes/$route->{id}", 'key-auth', { key_names => ['apikey', 'x-other'] });
my $path = $route->{paths}[0];

sub configure { return admin_ok(PATCH => "/plugins/$plugin->{id}", { config => {@_} }) }

# [name, request, status, message, WWW-Authenticate]
sub check {
    my ($name, $res, $want, $message, $challenge) = @_;
    is $res->code, $want, "$name: $want";
    is json_of($res)->{message}, $message, "$name: $message" if $message;
    is $res->header('WWW-Authenticate'), $challenge, "$name: " . ($challenge // 'no challenge');
    return $res;
}
my $challenge = 'Key realm="service"';
my ($none, $bad, $twice) =
    ('No API key found in request', 'Invalid authentication credentials', 'Duplicate API key found');

my $res = check('a header', call(GET => $path, apikey => $key), 200);
my $seen = json_of($res)->{headers};
is $seen->{'x-consumer-id'}, $consumer->{id}, 'the upstream is told the consumer';
is $seen->{'x-consumer-username'}, $consumer->{username}, 'its name';
is $seen->{'x-consumer-custom-id'}, $consumer->{custom_id}, 'its other name';
is $seen->{'x-credential-identifier'}, $credential->{id}, 'and the credential';
is $seen->{apikey}, $key, 'the key is passed on unless it is hidden';

check('a query parameter', call(GET => "$path?apikey=$key"), 200);
check('an encoded name', call(GET => "$path?%61pikey=$key"), 200);
check('the second name', call(GET => $path, 'X-Other' => $key), 200);
check('the first name wins', call(GET => "$path?apikey=wrong", 'X-Other' => $key), 401, $bad);
check('the header wins', call(GET => "$path?apikey=$key", apikey => 'wrong'), 401, $bad);
check('nothing', call(GET => $path), 401, $none, $challenge);
check('an empty header', call(GET => $path, apikey => ''), 401, $none, $challenge);
check('an empty parameter', call(GET => "$path?apikey="), 401, $none, $challenge);
check('a bare parameter', call(GET => "$path?apikey"), 401, $none, $challenge);
check('a wrong key', call(GET => $path, apikey => 'wrong'), 401, $bad);
check('another case', call(GET => $path, apikey => uc $key), 401, $bad);
check('more than the key', call(GET => $path, apikey => $key . 'x'), 401, $bad);
check('the key and %00', call(GET => "$path?apikey=$key%00"), 401, $bad);
check('invalid UTF-8', call(GET => "$path?apikey=%ff%fe"), 401, $bad);
check('SQL', call(GET => "$path?apikey=%27%20OR%201%3D1--"), 401, $bad);
check('a header twice', call(GET => $path, apikey => $key, apikey => $key), 401, $twice);
check('a parameter twice', call(GET => "$path?apikey=$key&apikey=$key"), 401, $twice);
check('a body, not searched', call(POST => $path, form(apikey => $key)), 401, $none, $challenge);
check('a bearer, not searched', call(GET => $path, Authorization => "Bearer $key"), 401, $none, $challenge);
check('a preflight', call(OPTIONS => $path), 401, $none, $challenge);

configure(key_in_header => JSON::false);
check('a header, not searched', call(GET => $path, apikey => $key), 401, $none, $challenge);
configure(key_in_header => JSON::true, key_in_query => JSON::false);
check('a parameter, not searched', call(GET => "$path?apikey=$key"), 401, $none, $challenge);

configure(key_in_query => JSON::true, run_on_preflight => JSON::false, realm => 'over "there"');
check('a preflight that needs none', call(OPTIONS => $path), 200);
check('another realm', call(GET => $path), 401, $none, 'Key realm="over \\"there\\""');

configure(key_in_authorization => JSON::true, hide_credentials => JSON::true);
$res = check('a bearer', call(GET => $path, Authorization => "bearer $key"), 200);
ok !exists json_of($res)->{headers}{authorization}, 'which is hidden';
check('another scheme', call(GET => $path, Authorization => "Basic $key"), 401, $none, 'Key realm="over \\"there\\""');

$res = check('a hidden header', call(GET => "$path?a=%7e&apikey=other&b", apikey => $key), 200);
$seen = json_of($res);
ok !exists $seen->{headers}{apikey}, 'does not reach the upstream';
is $seen->{query} // '', 'a=%7e&b', 'nor does a parameter of that name; the others keep their bytes';
$res = check('a hidden parameter', call(GET => "$path?apikey=$key", 'X-Other' => 'kept'), 200);
is json_of($res)->{query} // '', '', 'leaves nothing';
is json_of($res)->{headers}{'x-other'}, 'kept', 'a name that did not win is not touched';
is call(GET => "$path?apikey=$key", Connection => 'close, x-consumer-id')->code, 200, 'a Connection header';
done_testing();
