# SPDX-License-Identifier: Apache-2.0
# The Admin API behind the gateway itself (contract seed-systems.md E): reads and writes through the loop, then with
# authentication, with an address list, with both.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use SeedCurl;

my $name = unique('admin-api');
my @made = ("/services/$name");
END { admin(DELETE => $_) for reverse @made }
my $loop = curl_is([ '-X', 'POST', '/services', '-d', "name=$name", '-d', 'url=' . admin_url() ], 201, 'the service')->{json};
my $route = curl_is([ '-X', 'POST', "/services/$name/routes", '-d', "paths[]=/$name" ], 201, 'the route')->{json};
push @made, "/routes/$route->{id}";

# ---- E2, E4: the same through the loop; writes of every kind ----
is curl_is([ ":8000/$name/services/$name" ], 200, 'a read')->{body}, curl_is([ "/services/$name" ], 200, 'the same')->{body}, 'are equal';
my $who = unique('looped');
my $consumer = curl_is([ '-X', 'POST', ":8000/$name/consumers", '-d', "username=$who" ], 201, 'POST of a form')->{json};
push @made, "/consumers/$consumer->{id}";
curl_is([ '-X', 'PATCH', ":8000/$name/consumers/$who", '-F', 'custom_id=' . unique('c') ], 200, 'PATCH of a multipart body');
is curl_is([ "/consumers/$who" ], 200, 'written')->{json}{id}, $consumer->{id}, 'it is there';
my $gone = curl_is([ '-X', 'POST', ":8000/$name/consumers", '-H', 'Content-Type: application/json', '-d', qq({"username":"$who-2"}) ], 201, 'POST of JSON')->{json};
curl_is([ '-X', 'DELETE', ":8000/$name/consumers/$gone->{id}" ], 204, 'DELETE');
curl_is([ "/consumers/$gone->{id}" ], 404, 'it is gone');

# ---- E3: then authentication ----
my $auth = curl_is([ '-X', 'POST', "/services/$name/plugins", '-d', 'name=key-auth', '-d', 'config.hide_credentials=true' ], 201, 'key-auth')->{json};
my $key = curl_is([ '-X', 'POST', "/consumers/$who/key-auth" ], 201, 'a key')->{json}{key};
curl_is([ ":8000/$name/services/$name" ], 401, 'without the key');
curl_is([ '-X', 'DELETE', ":8000/$name/services/$name" ], 401, 'nor writes');
curl_is([ ":8000/$name/services/$name", '-H', "apikey: $key" ], 200, 'with it');
curl_is([ "/services/$name" ], 200, 'the Admin API itself is as before');

# ---- and IP restriction ----
my $ip = curl_is([ '-X', 'POST', "/services/$name/plugins", '-d', 'name=ip-restriction', '-d', 'config.deny=127.0.0.1' ], 201, 'ip-restriction')->{json};
my $no = curl_is([ ":8000/$name/services/$name", '-H', "apikey: $key" ], 403, 'a denied address');
is $no->{json}{message}, 'IP address not allowed: 127.0.0.1', 'is told so';
curl_is([ '-X', 'PATCH', "/plugins/$ip->{id}", '-H', 'Content-Type: application/json', '-d', '{"config":{"deny":null,"allow":["127.0.0.0/8"]}}' ], 200, 'allow instead');
curl_is([ ":8000/$name/services/$name", '-H', "apikey: $key" ], 200, 'an allowed address with the key');
curl_is([ ":8000/$name/services/$name" ], 401, 'and without');

# ---- a gateway that is told to lock itself out of its loop still has its Admin API ----
curl_is([ '-X', 'DELETE', ":8000/$name/plugins/$ip->{id}", '-H', "apikey: $key" ], 204, 'taken away through the loop');
curl_is([ '-X', 'DELETE', ":8000/$name/plugins/$auth->{id}", '-H', "apikey: $key" ], 204, 'the lock, too');
curl_is([ ":8000/$name/services/$name" ], 200, 'open again');

done_testing;
