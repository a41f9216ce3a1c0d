# SPDX-License-Identifier: Apache-2.0
# session as a browser meets it: 403, login by ?apikey=, the plain URL by cookie, logout, 403, and the old cookie 403;
# with both storages. key-auth with anonymous, and request-termination on the anonymous consumer, bar the way.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use SessionTest;
use Browser;

my ($fiona, $joe, $anonymous) = map { new_consumer(username => unique($_)) } qw(fiona joe anonymous);
my %key = map { $_->{id} => unique('key') } $fiona, $joe;
my %credential = map { $_ => admin_ok(POST => "/consumers/$_/key-auth", { key => $key{$_} }) } keys %key;
sub seen { json_of($_[0])->{headers} }

# A service that only sessions and keys open; its path.
sub guarded { return guard_by_session($anonymous, {@_}, { message => 'So long!' }) }

for my $storage (qw(cookie kong)) {
    my ($path, $plugin) = guarded(storage => $storage);
    my $browser = Browser->new(proxy_url());

    my $res = $browser->go(GET => $path);
    is $res->code, 403, "$storage: a stranger is turned away";
    is json_of($res)->{message}, 'So long!', "$storage: with the message of request-termination";
    is $res->header('Set-Cookie'), undef, "$storage: and gets no cookie";

    $res = $browser->go(GET => "$path?apikey=$key{$fiona->{id}}");
    is $res->code, 200, "$storage: login by key";
    is seen($res)->{'x-consumer-username'}, $fiona->{username}, "$storage: as fiona";
    my @set = $res->header('Set-Cookie');
    is @set, 1, "$storage: one cookie";
    like $set[0], qr{^session=[A-Za-z0-9_-]+; Path=/; SameSite=Strict; HttpOnly$}, "$storage: with its attributes, in order";
    unlike $set[0], qr{\Q$fiona->{id}\E}, "$storage: that tells nothing";

    $res = $browser->go(GET => $path);
    is $res->code, 200, "$storage: the plain URL, by cookie alone";
    is $res->header('Set-Cookie'), undef, "$storage: the cookie stays as it is";
    my $headers = seen($res);
    is $headers->{'x-consumer-id'}, $fiona->{id}, "$storage: the upstream knows the consumer's id";
    is $headers->{'x-consumer-username'}, $fiona->{username}, "$storage: and name";
    is $headers->{'x-credential-identifier'}, $credential{ $fiona->{id} }{id}, "$storage: and the credential";
    ok !exists $headers->{'x-anonymous-consumer'}, "$storage: who is not anonymous";
    like $headers->{cookie}, qr/^session=/, "$storage: the cookie goes upstream";
    is $browser->go(GET => "$path/$_")->code, 200, "$storage: again ($_)" for 1 .. 3;

    my $old = $browser->cookie('session');
    $res = $browser->go(GET => "$path?session_logout=true");
    is $res->code, 200, "$storage: GET is no logout method";
    is json_of($res)->{method}, 'GET', "$storage: so that it is proxied";
    $res = $browser->go(DELETE => "$path?session_logout=true");
    is $res->code, 200, "$storage: logout";
    is $res->content, '', "$storage: answered by the gateway";
    like $res->header('Set-Cookie'), qr{^session=; Path=/; SameSite=Strict; HttpOnly; Expires=Thu, 01 Jan 1970 00:00:01 GMT; Max-Age=0$},
        "$storage: the cookie is cleared";
    is $browser->cookie('session'), undef, "$storage: and gone from the jar";
    is $browser->go(GET => $path)->code, 403, "$storage: a stranger again";
    is call(GET => $path, Cookie => "session=$old")->code, 403, "$storage: the old cookie is dead (try $_)" for 1 .. 20;

    # Who logs in with another credential is somebody else from then on, by a new session.
    $browser->go(GET => "$path?apikey=$key{$fiona->{id}}");
    my $fionas = $browser->cookie('session');
    isnt $fionas, $old, "$storage: another login is another session";
    is seen($browser->go(GET => "$path?apikey=$key{$joe->{id}}"))->{'x-consumer-username'}, $fiona->{username},
        "$storage: with anonymous, who is there is not asked again";
    is call(GET => $path, 'Cookie' => "x=1; session=$fionas; y=2")->code, 200, "$storage: among other cookies";
}

# Logout in each way that clients have.
for my $storage (qw(cookie kong)) {
    my ($path) = guarded(storage => $storage, logout_methods => [qw(GET POST DELETE)]);
    my @ways = (
        [ 'GET with a query argument' => GET => '?session_logout' ],
        [ 'POST with a query argument' => POST => '?a=1&session_logout=no' ],
        [ 'DELETE with a query argument' => DELETE => '?session_logout=true' ],
        [ 'a form' => POST => '', 'session_logout=true' ],
        [ 'a form of a DELETE' => DELETE => '', 'a=b&session_logout=1' ],
        [ 'JSON' => POST => '', [ 'application/json', '{"session_logout":true}' ] ],
        [ 'multipart' => POST => '', multipart(x => 'y', session_logout => 'true') ],
    );
    for (@ways) {
        my ($name, $method, $query, @body) = @$_;
        my $browser = Browser->new(proxy_url());
        $browser->go(GET => "$path?apikey=$key{$fiona->{id}}");
        my $res = $browser->go($method, "$path$query", @body);
        is $res->code . ' ' . $res->content, '200 ', "$storage: $name";
        is $browser->go(GET => $path)->code, 403, "$storage: $name: it is over";
    }
    my @others = (
        [ 'another field' => POST => '', 'a=session_logout' ],
        [ 'a field below' => POST => '', [ 'application/json', '{"a":{"session_logout":1}}' ] ],
        [ 'garbled JSON' => POST => '', [ 'application/json', '{"session_logout":1' ] ],
        [ 'plain text' => POST => '', [ 'text/plain', 'session_logout=1' ] ],
        [ 'a method that is none' => PUT => '?session_logout', 'session_logout=1' ],
        [ 'a body that is too large to be one' => POST => '', 'a=' . 'x' x 70000 . '&session_logout=1' ],
    );
    my $browser = Browser->new(proxy_url());
    $browser->go(GET => "$path?apikey=$key{$fiona->{id}}");
    for (@others) {
        my ($name, $method, $query, @body) = @$_;
        my $res = $browser->go($method, "$path$query", @body);
        is json_of($res)->{method}, $method, "$storage: $name is none, and proxied";
        is $res->code, 200, "$storage: $name: still there";
    }
    is call(POST => "$path?session_logout=1&apikey=$key{$fiona->{id}}")->code, 200, "$storage: without a session ...";
    is json_of(call(POST => "$path?session_logout=1&apikey=$key{$fiona->{id}}"))->{method}, 'POST', "$storage: ... a logout is a request like any other";
    is call(POST => "$path?session_logout=1")->code, 403, "$storage: a stranger has nothing to leave";
}

# A session is made whatever becomes of the request.
{
    my ($path) = guarded(storage => 'kong');
    my $route = json_of(admin(GET => "/routes/" . substr $path, 1));
    add_plugin("/routes/$route->{id}", acl => { allow => ['nobody-is-in-it'] });
    my $res = call(GET => "$path?apikey=$key{$fiona->{id}}");
    is $res->code, 403, 'acl refuses fiona';
    like $res->header('Set-Cookie'), qr/^session=/, 'who has a session all the same';
}

# Without anonymous, key-auth asks each time, session or not.
{
    my $service = new_service();
    my $path = new_route($service)->{paths}[0];
    add_plugin("/services/$service->{id}", session => { cookie_secure => JSON::false() });
    add_plugin("/services/$service->{id}", 'key-auth');
    my $browser = Browser->new(proxy_url());
    is $browser->go(GET => "$path?apikey=$key{$fiona->{id}}")->code, 200, 'AND: with a key';
    ok $browser->cookie('session'), 'AND: there is a session';
    is $browser->go(GET => $path)->code, 401, 'AND: which is not enough';
    my $before = $browser->cookie('session');
    my $res = $browser->go(GET => "$path?apikey=$key{$joe->{id}}");
    is seen($res)->{'x-consumer-username'}, $joe->{username}, 'AND: another key is another consumer';
    isnt $browser->cookie('session'), $before, 'AND: with another session';
}

# Who is gone is gone.
for my $storage (qw(cookie kong)) {
    my ($path) = guarded(storage => $storage);
    my $guest = new_consumer();
    my ($first, $second) = map { admin_ok(POST => "/consumers/$guest->{id}/key-auth", {}) } 1, 2;
    my @browsers = map { Browser->new(proxy_url()) } 1, 2;
    $browsers[0]->go(GET => "$path?apikey=$first->{key}");
    $browsers[1]->go(GET => "$path?apikey=$second->{key}");
    is $_->go(GET => $path)->code, 200, "$storage: two sessions of a guest" for @browsers;
    admin_ok(DELETE => "/consumers/$guest->{id}/key-auth/$first->{id}");
    is $browsers[0]->go(GET => $path)->code, 403, "$storage: the key is gone, and so is its session";
    is $browsers[1]->go(GET => $path)->code, 200, "$storage: the other one's is not";
    admin_ok(DELETE => "/consumers/$guest->{id}");
    is $browsers[1]->go(GET => $path)->code, 403, "$storage: until the consumer is gone";
}

# Sessions are nobody's business but their owners'.
is admin(GET => '/sessions')->code, 404, 'the Admin API has no /sessions';
unlike admin(GET => "/consumers/$fiona->{id}/sessions")->decoded_content, qr/"(?:session_id|data)":"/,
    'and no list tells what would open one';
done_testing();
