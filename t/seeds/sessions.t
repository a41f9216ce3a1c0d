# SPDX-License-Identifier: Apache-2.0
# The session plugin as people's documents use it, line by line with curl (contract seed-systems.md H and I1 to I3).
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use SeedCurl;
use File::Temp ();
use GatewayTest;

my $jar = File::Temp->new(SUFFIX => '.jar')->filename;
my ($fiona, $anonymous, $key) = map { unique($_) } qw(fiona anonymous_users open_sesame);
my @browser = ("-b$jar", "-c$jar");
sub message_is { my ($got, $text, $name) = @_; is $got->{json}{message}, $text, $name }

for my $storage (qw(kong cookie)) {
    my ($service, $path) = (unique('example-service'), '/' . unique('sessions-test'));
    unlink $jar;

    # ---- a service and a route, key-auth, and that it works ----
    curl_is([ '-X', 'POST', '/services/', '--data', "name=$service", '--data', 'url=' . upstream('/request') ], 201, 'a service');
    curl_is([ '-X', 'POST', "/services/$service/routes", '--data', "paths[]=$path" ], 201, 'a route');
    my $keyauth = curl_is([ '-X', 'POST', "/services/$service/plugins/", '--data', 'name=key-auth' ], 201, 'key-auth')->{json};
    curl_is([ '-X', 'GET', '--url', ":8000$path" ], 401, 'no key');

    # ---- consumers ----
    if ($storage eq 'kong') {
        curl_is([ '-X', 'POST', '/consumers/', '--data', "username=$anonymous" ], 201, 'the anonymous consumer');
        curl_is([ '-X', 'POST', '/consumers/', '--data', "username=$fiona" ], 201, 'fiona');
        curl_is([ '-X', 'POST', "/consumers/$fiona/key-auth/", '--data', "key=$key" ], 201, 'her key');
    }
    my $id = curl_is([ "/consumers/$anonymous" ], 200, 'its id')->{json}{id};
    curl_is([ '-X', 'PATCH', "/plugins/$keyauth->{id}", '--data', "config.anonymous=$id" ], 200, 'key-auth lets the anonymous in');
    my $seen = curl_is([ ":8000$path" ], 200, 'who is anonymous')->{json};
    is $seen->{headers}{'x-anonymous-consumer'}, 'true', 'and marked so';

    # ---- session, and the way barred for the anonymous ----
    my $plugin = curl_is([ '-X', 'POST', "/services/$service/plugins", '--data', 'name=session', '--data', "config.storage=$storage",
        '--data', 'config.cookie_secure=false', '--data', 'config.secret=opensesame', '--data', 'config.cookie_lifetime=60',
        '--data', 'config.cookie_renew=6', '--data', 'config.cookie_samesite=Strict', '--data', 'config.cookie_discard=10' ],
        201, "session, storage=$storage")->{json};
    is $plugin->{config}{storage}, $storage, 'as configured';
    curl_is([ '-X', 'POST', "/services/$service/plugins", '--data', 'name=request-termination', '--data', 'config.status_code=403',
        '--data', 'config.message=So long and thanks for all the fish!', '--data', "consumer.id=$id" ], 201, 'request-termination');

    my $got = curl_is([ '-X', 'GET', '--url', ":8000$path" ], 403, "$storage: a stranger");
    message_is($got, 'So long and thanks for all the fish!', "$storage: is told so");
    unlike $got->{head}, qr/^set-cookie/mi, "$storage: without a cookie";
    $got = curl_is([ ":8000$path?apikey=$key" ], 200, "$storage: with a key");
    like $got->{head}, qr{^Set-Cookie: session=[^;]+; Path=/; SameSite=Strict; HttpOnly\r?$}mi, "$storage: and a cookie";
    my ($cookie) = $got->{head} =~ /^Set-Cookie: (session=[^;]+)/mi;
    $got = curl_is([ '-X', 'GET', '--url', ":8000$path", '-H', "cookie:$cookie" ], 200, "$storage: by cookie alone");
    unlike $got->{head}, qr/^set-cookie/mi, "$storage: which stays as it is";
    is $got->{json}{headers}{'x-consumer-username'}, $fiona, "$storage: as fiona";

    # ---- in a browser ----
    curl_is([ @browser, ":8000$path" ], 403, "$storage: browser: a stranger");
    curl_is([ @browser, ":8000$path?apikey=$key" ], 200, "$storage: browser: with a key");
    curl_is([ @browser, ":8000$path" ], 200, "$storage: browser: the plain URL") for 1 .. 3;
    $got = curl_is([ @browser, '-X', 'DELETE', ":8000$path?session_logout=true" ], 200, "$storage: browser: logout");
    is $got->{body}, '', "$storage: browser: is not proxied";
    curl_is([ @browser, ":8000$path" ], 403, "$storage: browser: a stranger again");
    curl_is([ @browser, ":8000$path?apikey=$key" ], 200, "$storage: browser: with a key again");
    $got = curl_is([ @browser, '-X', 'POST', ":8000$path", '-F', 'session_logout=true' ], 200, "$storage: browser: logout by a form");
    is $got->{body}, '', "$storage: browser: is not proxied";
    curl_is([ @browser, ":8000$path" ], 403, "$storage: browser: a stranger again");
    curl_is([ ":8000$path", '-H', "cookie:$cookie" ], 200, "$storage: the first cookie is another session, and lives");

    # ---- logout methods ----
    curl_is([ '-X', 'PATCH', "/plugins/$plugin->{id}", '--data', 'config.logout_methods=GET', '--data', 'config.logout_query_arg=bye' ], 200, 'other ways to leave');
    curl_is([ '-X', 'DELETE', ":8000$path?session_logout=true", '-H', "cookie:$cookie" ], 200, "$storage: not this one any more");
    curl_is([ ":8000$path", '-H', "cookie:$cookie" ], 200, "$storage: still there");
    is curl_is([ ":8000$path?bye", '-H', "cookie:$cookie" ], 200, "$storage: but this one")->{body}, '', "$storage: answered here";
    curl_is([ ":8000$path", '-H', "cookie:$cookie" ], 403, "$storage: gone");
}

# ---- for everything: one session, whatever the service ----
my @paths = map {
    my $service = new_service();
    add_plugin("/services/$service->{id}", 'key-auth' => { anonymous => $anonymous });
    add_plugin("/services/$service->{id}", 'request-termination' => { status_code => 403 },
        consumer => { id => json_of(admin(GET => "/consumers/$anonymous"))->{id} });
    new_route($service)->{paths}[0];
} 1, 2;
my $global = curl_is([ '-X', 'POST', '/plugins', '--data', 'name=session', '--data', 'config.cookie_secure=false' ], 201, 'session, global')->{json};
like $global->{config}{secret}, qr/^\w{44}$/, 'with a secret of its own making';
unlink $jar;
curl_is([ @browser, ":8000$paths[0]?apikey=$key" ], 200, 'login at one service');
curl_is([ @browser, ":8000$paths[1]" ], 200, 'is a login at the other');
curl_is([ '-X', 'DELETE', "/plugins/$global->{id}" ], 204, 'session taken off');
curl_is([ @browser, ":8000$_" ], 403, 'is asked for a key again') for @paths;
unlink $jar;
done_testing();
