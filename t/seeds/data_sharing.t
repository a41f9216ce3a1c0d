# SPDX-License-Identifier: Apache-2.0
# The data-sharing workflow of people's documents (contract seed-systems.md D6-D8, G4-G9), line by line with curl: a
# portal makes a consumer and shows a key once, a resource becomes conditional (middleman), a hook decides by user and
# API name from its table of grants, the resource becomes unconditional again. Each change is in force at once.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp ();
use SeedCurl;
use GatewayTest;
use TestHook;

# The data provider's hook, and its table of grants: a line for each "user api".
my $grants = File::Temp->new;
sub grant { my %may = map { $_ => 1 } @_; open my $out, '>', $grants->filename or die $!; print $out map { "$_\n" } sort keys %may; close $out }
grant();
my $hook = TestHook->start(sub {
    my ($asked) = @_;
    my ($api) = $asked->{target} =~ /[?&]api=([^&]+)/;
    my $user = $asked->{json}{headers}{'x-consumer-username'} // '';
    open my $in, '<', $grants->filename or return 500;
    return grep({ $_ eq "$user $api\n" } <$in>) ? 200 : [ 401, {}, qq({"message":"$user may not use $api"}) ];
});

my ($database, $soap) = (unique('example-api'), unique('example-soap'));
my ($alice, $bob) = (unique('alice'), unique('bob'));
my (%key, %plugin);

# ---- the portal makes resources: name and path alike ----
for my $api ($database, $soap) {
    curl_is([ '-X', 'POST', '/services/', '-d', "name=$api", '-d', 'url=' . upstream('/do/echo') ], 201, "a resource $api");
    curl_is([ '-X', 'POST', "/services/$api/routes", '-d', "paths[]=/$api" ], 201, 'reached by its name');
    curl_is([ '-X', 'POST', "/services/$api/plugins/", '--data', 'name=key-auth' ], 201, 'with a key (G1, trailing slash)');
}
curl_is([ ":8000/$database" ], 401, 'without a key: 401 (G2)');

# ---- it makes consumers, whether they exist or not, and shows each key once (G4, B5) ----
for my $user ($alice, $bob) {
    curl_is([ '-X', 'POST', '/consumers/', '--data', "username=$user" ], 201, "consumer $user");
    is curl_is([ '-X', 'POST', '/consumers/', '--data', "username=$user" ], 409, 'again: it exists, the portal goes on')->{json}{code}, 5, 'as it expects';
    $key{$user} = curl_is([ '-X', 'POST', "/consumers/$user/key-auth/", '-d', '' ], 201, 'a key')->{json}{key};
}
sub asks { my ($user, $api, $status, $name, @more) = @_; return curl_is([ ":8000/$api?x=1", '-H', "apikey:$key{$user}", @more ], $status, $name) }
asks($alice, $database, 200, 'unconditional: everybody with a key');
asks($bob, $database, 200, 'bob, too');

# ---- the resource becomes conditional (G5, G6, G8) ----
$plugin{$database} = curl_is([ '-X', 'POST', "/services/$database/plugins", '--data', 'name=middleman', '--data-urlencode', 'config.url=' . $hook->url("?api=$database") ],
    201, 'middleman is added')->{json}{id};
asks($alice, $database, 401, 'at once: nobody has a grant');
grant("$alice $database");
my $got = asks($alice, $database, 200, 'granted: alice');
is $got->{json}{headers}{'x-consumer-username'}, $alice, 'the provider sees who asks';
is asks($bob, $database, 401, 'not bob')->{json}{message}, "$bob may not use $database", 'the hook says why';
asks($bob, $soap, 200, 'another resource is not touched');
my ($asked) = grep { $_->{json}{headers}{'x-consumer-username'} eq $alice } reverse $hook->asked;
is $asked->{target}, "/?api=$database", 'the hook was told the API in its own URL';
is $asked->{json}{headers}{target_uri}, "/$database?x=1", 'and what was asked';
grant("$alice $database", "$bob $database");
asks($bob, $database, 200, 'a grant is in force at once');
grant("$bob $database");
asks($alice, $database, 401, 'a grant taken away, too');

# ---- SOAP and REST (G9): bodies reach hook and provider ----
$plugin{$soap} = curl_is([ '-X', 'POST', "/services/$soap/plugins", '-d', 'name=middleman', '--data-urlencode', 'config.url=' . $hook->url("?api=$soap") ], 201, 'the SOAP service is conditional')->{json}{id};
grant("$alice $soap");
my $envelope = '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>1</soap:Body></soap:Envelope>';
$got = asks($alice, $soap, 200, 'a SOAP call', '-H', 'Content-Type: text/xml', '-H', 'SOAPAction: "get"', '--data-binary', $envelope);
is $got->{json}{body}, $envelope, 'the provider got the envelope';
is +($hook->asked)[-1]{json}{body_data}, $envelope, 'so did the hook';

# ---- without a credential nobody gets as far as the hook ----
$hook->forget;
curl_is([ ":8000/$soap", '-H', "X-Consumer-Username: $alice" ], 401, 'a name is no key');
is scalar(() = $hook->asked), 0, 'the hook was not asked';
# ---- who asks is told by the gateway, not by the client ----
asks($bob, $soap, 401, 'nobody can pretend to be alice', '-H', "X-Consumer-Username: $alice", '-H', "x_consumer_username: $alice");

# ---- the hook is down: closed (K24) ----
my $port = $hook->{port};
$hook->stop;
is asks($alice, $soap, 503, 'the hook is down: closed')->{json}{message}, 'Authorization service unavailable', 'says so';
$hook = TestHook->start(sub { [ 402, {}, '{"message":"pay first"}' ] }, port => $port);
is asks($alice, $soap, 402, '402 stops, too (K23)')->{json}{message}, 'pay first', 'with its reason';

# ---- the resource becomes unconditional again (D7, D8) ----
for my $api ($database, $soap) {
    my ($row) = grep { $_->{name} eq 'middleman' } @{ curl_is([ "/services/$api/plugins" ], 200, 'the portal looks for the plugin')->{json}{data} };
    is $row->{id}, $plugin{$api}, 'finds it';
    curl_is([ '-X', 'DELETE', "/services/$api/plugins/$row->{id}" ], 204, 'removes it');
    asks($_, $api, 200, "at once: everybody with a key, $_") for $alice, $bob;
}

# ---- the same in the words of old: /apis (D2, D3, D6, D7, D8) ----
my $old = unique('example-api2');
$hook->stop;
$hook = TestHook->start(sub {
    my ($asked) = @_;
    open my $in, '<', $grants->filename or return 500;
    my $want = ($asked->{json}{headers}{'x-consumer-username'} // '') . ' ' . ($asked->{target} =~ s/.*[?&]api=//r) . "\n";
    return grep({ $_ eq $want } <$in>) ? 200 : [ 401, {}, '{"message":"no grant"}' ];
}, port => $port);
curl_is([ '-X', 'POST', '/apis/', '-d', "name=$old", '-d', "uris=/$old", '-d', 'upstream_url=' . upstream('/do/echo') ], 201, 'an API');
curl_is([ '-X', 'POST', "/apis/$old/plugins", '-d', 'name=key-auth' ], 201, 'with keys');
my $row = curl_is([ '-X', 'POST', "/apis/$old/plugins/", '--data', 'name=middleman', '--data', 'config.url=' . $hook->url("?api=$old") ], 201, 'conditional')->{json};
is $row->{config}{url}, $hook->url("?api=$old"), 'a value with ? and = in it';
grant("$alice $old");
asks($alice, $old, 200, 'alice has a grant');
is asks($bob, $old, 401, 'bob has not')->{json}{message}, 'no grant', 'says so';
my ($found) = grep { $_->{name} eq 'middleman' } @{ curl_is([ "/apis/$old/plugins" ], 200, 'its plugins')->{json}{data} };
is $found->{id}, $row->{id}, 'middleman among them';
curl_is([ '-X', 'DELETE', "/apis/$old/plugins/$found->{id}" ], 204, 'unconditional');
asks($bob, $old, 200, 'at once');

done_testing;
