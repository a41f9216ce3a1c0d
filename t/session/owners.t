# SPDX-License-Identifier: Apache-2.0
# Whose a session is, while it lives: what changes about its consumer counts at once, and a session whose credential or
# consumer is gone, has expired or has moved is over for good, whoever comes back by the same ids. Sessions begin with
# every plugin that authenticates, whatever becomes of the request.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayBurst;
use GatewayTest;
use MIME::Base64 qw(encode_base64);
use Tokens qw(token);

my $anonymous = new_consumer(username => unique('anonymous'));
my $n = 16;

# A service that only sessions and credentials open; (path, plugins by name, service).
sub guarded {
    my (%session) = @_;
    my $service = new_service();
    my $path = new_route($service)->{paths}[0];
    my $add = sub { return ($_[0] => add_plugin("/services/$service->{id}", @_)) };
    my %plugin = ($add->(session => { cookie_secure => JSON::false(), %session }),
        (map { $add->($_ => { anonymous => $anonymous->{id} }) } qw(jwt key-auth basic-auth)),
        $add->('request-termination' => { status_code => 403 }, consumer => { id => $anonymous->{id} }));
    return ($path, \%plugin, $service);
}
sub cookie_of { my ($res) = @_; return ($res->header('Set-Cookie') // '') =~ /^(session=[^;]+)/ ? $1 : die 'no cookie: ' . $res->as_string }
sub login { my ($path, $key) = @_; return cookie_of(call(GET => "$path?apikey=$key")) }
sub seen { my ($path, $cookie) = @_; my $res = call(GET => $path, Cookie => $cookie); return $res->code == 200 ? json_of($res)->{headers} : {} }
sub who { return seen(@_)->{'x-consumer-username'} // 'nobody' }
# Every child says so.
sub all_say {
    my ($code, $path, $cookie, $name) = @_;
    return is_deeply codes_of(burst(GatewayTest::proxy_port(), $path, connections => $n, headers => { Cookie => $cookie })), { $code => $n }, $name;
}

for my $storage (qw(cookie kong)) {
    my ($path, $plugin, $service) = guarded(storage => $storage);
    my ($fiona, $joe) = map { new_consumer(username => unique($_)) } qw(fiona joe);
    my $of = "/consumers/$fiona->{id}/key-auth";

    # ---- what changes counts ----
    my $row = admin_ok(POST => $of, {});
    my $cookie = login($path, $row->{key});
    admin_ok(PATCH => "/key-auths/$row->{id}", { key => unique('other') });
    is who($path, $cookie), $fiona->{username}, "$storage: another key of the same credential: the session lives";
    my $name = unique('renamed');
    admin_ok(PATCH => "/consumers/$fiona->{id}", { username => $name });
    is who($path, $cookie), $name, "$storage: another name is told at once";
    my $acl = add_plugin("/services/$service->{id}", acl => { allow => ['gold'] });
    is call(GET => $path, Cookie => $cookie)->code, 403, "$storage: who is in no group is refused by acl, session or not";
    admin_ok(POST => "/consumers/$fiona->{id}/acls", { group => 'gold' });
    is seen($path, $cookie)->{'x-consumer-groups'}, 'gold', "$storage: a group that is given while the session lives counts";
    admin_ok(DELETE => "/consumers/$fiona->{id}/acls/gold");
    all_say(403, $path, $cookie, "$storage: and so does one that is taken");
    admin_ok(DELETE => "/plugins/$acl->{id}");
    my $stop = add_plugin("/consumers/$fiona->{id}", 'request-termination', { status_code => 402 });
    all_say(402, $path, $cookie, "$storage: a plugin of the consumer applies to sessions, too");
    admin_ok(DELETE => "/plugins/$stop->{id}");
    all_say(200, $path, $cookie, "$storage: while it is there");

    # ---- the plugin itself ----
    admin_ok(PATCH => "/plugins/$plugin->{session}{id}", { enabled => JSON::false() });
    all_say(403, $path, $cookie, "$storage: switched off, sessions open nothing");
    admin_ok(PATCH => "/plugins/$plugin->{session}{id}", { enabled => JSON::true() });
    all_say(200, $path, $cookie, "$storage: switched on they do");
    admin_ok(PATCH => "/plugins/$plugin->{session}{id}", { config => { storage => $storage eq 'kong' ? 'cookie' : 'kong' } });
    all_say(403, $path, $cookie, "$storage: another storage has other sessions");
    admin_ok(PATCH => "/plugins/$plugin->{session}{id}", { config => { storage => $storage } });
    all_say(200, $path, $cookie, "$storage: this one its own");

    # ---- who is gone: for good ----
    my $back = sub { admin_ok(PUT => "/consumers/$_[0]{id}/key-auth/$_[1]{id}", { key => $_[1]{key} }) };
    my @ends = (
        [ 'a credential that was deleted', {}, sub { admin_ok(DELETE => "$of/$_[0]{id}") }, sub { $back->($fiona, $_[0]) } ],
        [ 'a credential that was moved', {}, sub { admin_ok(PATCH => "/key-auths/$_[0]{id}", { consumer => { id => $joe->{id} } }) },
            sub { admin_ok(PATCH => "/key-auths/$_[0]{id}", { consumer => { id => $fiona->{id} } }) } ],
        [ 'a credential that has expired', { ttl => 3 }, sub { my ($row) = @_; eventually { call(GET => $path, apikey => $row->{key})->code == 403 } "$storage: the key ends" },
            sub { $back->($fiona, $_[0]) } ],
        [ 'a consumer that was deleted', {}, sub { admin_ok(DELETE => "/consumers/$fiona->{id}") },
            sub { admin_ok(PUT => "/consumers/$fiona->{id}", { username => $name }); $back->($fiona, $_[0]) } ],
    );
    for (@ends) {
        my ($what, $ttl, $end, $again) = @$_;
        my $row = admin_ok(POST => $of, $ttl);
        my $cookie = login($path, $row->{key});
        is who($path, $cookie), $name, "$storage: $what: before";
        $end->($row);
        all_say(403, $path, $cookie, "$storage: $what: its session is over");
        $again->($row);
        is call(GET => "$path?apikey=$row->{key}")->code, 200, "$storage: $what: it is back";
        all_say(403, $path, $cookie, "$storage: $what: the session is not");
    }

    # ---- begun with each plugin ----
    my ($iss, $login) = (unique('iss'), unique('login'));
    my %credential = (
        'key-auth' => admin_ok(POST => "/consumers/$joe->{id}/key-auth", {}),
        'basic-auth' => admin_ok(POST => "/consumers/$joe->{id}/basic-auth", { username => $login, password => 'secret' }),
        jwt => admin_ok(POST => "/consumers/$joe->{id}/jwt", { key => $iss, secret => 'secret' }),
    );
    my %proof = (
        'key-auth' => [ apikey => $credential{'key-auth'}{key} ],
        'basic-auth' => [ Authorization => 'Basic ' . encode_base64("$login:secret", '') ],
        jwt => [ Authorization => 'Bearer ' . token(claims => { iss => $iss }) ],
    );
    for my $how (sort keys %proof) {
        my $res;
        eventually { ($res = call(GET => $path, @{ $proof{$how} }))->code == 200 } "$storage: login by $how"; # hashing may be put off
        my $cookie = cookie_of($res);
        my $headers = seen($path, $cookie);
        is $headers->{'x-consumer-username'}, $joe->{username}, "$storage: begun by $how: whose it is";
        is $headers->{'x-credential-identifier'}, $credential{$how}{id}, "$storage: begun by $how: by which credential";
        is who($path, "$cookie; x=1"), $joe->{username}, "$storage: begun by $how: among other cookies";
        $res = call(GET => $path, Cookie => $cookie, Authorization => 'Basic ' . encode_base64('nobody:x', ''));
        is $res->code, 200, "$storage: begun by $how: a bad login beside it is not asked for";
        admin_ok(DELETE => "/consumers/$joe->{id}/$how/$credential{$how}{id}");
        all_say(403, $path, $cookie, "$storage: begun by $how: over with its credential");
    }

    # ---- whatever becomes of the request ----
    my ($dead, undef, $nobody_there) = guarded(storage => $storage);
    admin_ok(PATCH => "/services/$nobody_there->{id}", { url => 'http://127.0.0.1:1', retries => 0 });
    my $key = admin_ok(POST => "/consumers/$joe->{id}/key-auth", {})->{key};
    my $res = call(GET => "$dead?apikey=$key");
    is $res->code, 502, "$storage: an upstream that is not there";
    $cookie = cookie_of($res);
    admin_ok(PATCH => "/services/$nobody_there->{id}", { url => upstream() });
    is who($dead, $cookie), $joe->{username}, "$storage: the session is, when the upstream is back";
}
done_testing();
