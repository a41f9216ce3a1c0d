# SPDX-License-Identifier: Apache-2.0
# Cookies of enemies: altered, cut, made elsewhere, replayed, doubled, huge, set beforehand. No session, never an error,
# never somebody else's session.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use SessionTest;
use MIME::Base64 qw(decode_base64url encode_base64url);

my ($fiona, $mallory) = map { new_consumer(username => unique($_)) } qw(fiona mallory);
my %key = map { my $key = unique('key'); admin_ok(POST => "/consumers/$_->{id}/key-auth", { key => $key }); ($_->{id} => $key) } $fiona, $mallory;
my $anonymous = new_consumer(username => unique('anonymous'));

# A service that only sessions and keys open; its path.
sub guarded { return (guard_by_session($anonymous, {@_}))[0] }

# The value of the cookie that a login gives.
sub login {
    my ($path, $who, @headers) = @_;
    my $res = call(GET => "$path?apikey=$key{$who->{id}}", @headers);
    return ($res->header('Set-Cookie') // '') =~ /^session=([^;]+)/ ? $1 : die 'no cookie: ' . $res->as_string;
}

sub with { my ($path, $cookie) = @_; return call(GET => $path, Cookie => $cookie) }
sub who { my ($res) = @_; return $res->code == 200 ? json_of($res)->{headers}{'x-consumer-username'} : $res->code }

# Name => [cookies], of which none may open anything.
sub refused {
    my ($path, $name, @cookies) = @_;
    my %got;
    $got{ who(with($path, $_)) }++ for @cookies;
    is_deeply \%got, { 403 => scalar @cookies }, $name;
}

for my $storage (qw(cookie kong)) {
    my $secret = unique('secret');
    my $path = guarded(storage => $storage, secret => $secret);
    my $good = login($path, $fiona);
    is who(with($path, "session=$good")), $fiona->{username}, "$storage: the cookie itself";
    my $bytes = decode_base64url($good);

    refused($path, "$storage: a bit flipped, in each byte", map {
        my $forged = $bytes;
        substr($forged, $_, 1) = chr(ord(substr $forged, $_, 1) ^ 1 << $_ % 8);
        'session=' . encode_base64url($forged);
    } 0 .. length($bytes) - 1);
    refused($path, "$storage: cut off", map { 'session=' . substr $good, 0, $_ } grep { $_ % 7 == 0 } 0 .. length($good) - 1);
    refused($path, "$storage: something behind it", map { "session=$good$_" } '=', 'A', '.', '%', '%00', "\tx", $good, ', session=x');
    refused($path, "$storage: other spellings", "session=\"$good\"", "Session=$good", 'session=' . lc $good, "session =x$good",
        'session=' . ($good =~ tr{-_}{+/}r) . '=');
    refused($path, "$storage: no cookies of ours", map { "session=$_" } '', 'x', 'null', '{}', '-1', "' OR 1=1 --", '../../etc/passwd',
        'A' x 100, 'A' x 120, 'A' x 4096, encode_base64url("\x01" . "\0" x 89), encode_base64url("\xff" x 200), "\xc3\xa9", "%s%n%s");

    # Made elsewhere.
    my %elsewhere = (
        'another secret' => guarded(storage => $storage, secret => unique('secret')),
        'another audience' => guarded(storage => $storage, secret => $secret, audience => 'other'),
        'the other storage' => guarded(storage => $storage eq 'kong' ? 'cookie' : 'kong', secret => $secret),
    );
    for (sort keys %elsewhere) {
        refused($path, "$storage: made under $_", 'session=' . login($elsewhere{$_}, $fiona));
        refused($elsewhere{$_}, "$storage: nor the other way round", "session=$good");
    }
    my $twin = guarded(storage => $storage, secret => $secret);
    is who(with($twin, "session=$good")), $fiona->{username}, "$storage: the same secret and audience are the same session, on another route too";
    my $renamed = guarded(storage => $storage, secret => $secret, cookie_name => 'sid');
    refused($renamed, "$storage: a cookie of another name", "session=$good");
    is who(with($renamed, "sid=$good")), $fiona->{username}, "$storage: and of the configured one";

    # Two of one name: nobody can tell who set which.
    my $bad = login($path, $mallory);
    refused($path, "$storage: two cookies of one name", "session=$good; session=$bad", "session=$bad; session=$good",
        "session=$good; session=$good", "session=x; session=$good", "session=$good; session=", "session=; a=b; session=$good");
    my $raw = raw_request("GET $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: session=$good\r\nCookie: session=$bad\r\n\r\n");
    like $raw, qr{^HTTP/1.1 403 }, "$storage: in two headers";
    refused($path, "$storage: 200 of them", join '; ', ("session=$good") x 200);
    is who(with($path, join '; ', (map { "c$_=" . 'v' x 100 } 1 .. 100), "session=$good", (map { "d$_=" . 'v' x 100 } 1 .. 99))),
        $fiona->{username}, "$storage: among 199 others it is found";
    is who(with($path, join '; ', (map { "session$_=$bad" } 1 .. 100), "session=$good", (map { "xsession=$bad" } 1 .. 99))),
        $fiona->{username}, "$storage: also among 199 that look alike";
    refused($path, "$storage: 64 KiB", 'session=' . 'A' x 65536, 'session=' . $good x 512, "session=$good" . ' ' x 65536 . 'x');
    is who(with($path, 'big=' . 'A' x 65536 . "; session=$good")), $fiona->{username}, "$storage: beside 64 KiB of something else";

    # Fixation: what somebody set beforehand is not what a login gives, and stays what it was.
    for my $case ([ 'nonsense', 'x' x 40 ], [ "an enemy's session", $bad ], [ 'a session that was altered', encode_base64url($bytes ^ "\0" x 60 . "\1") ]) {
        my ($name, $planted) = @$case;
        my $fresh = $name =~ /enemy/ ? undef : login($path, $fiona, Cookie => "session=$planted");
        if (defined $fresh) {
            isnt $fresh, $planted, "$storage: fixation by $name: another cookie";
            is who(with($path, "session=$planted")), 403, "$storage: fixation by $name: the planted one opens nothing";
            is who(with($path, "session=$fresh")), $fiona->{username}, "$storage: fixation by $name: the new one does";
        } else {
            # key-auth with anonymous lets the session stand; without it the key decides, and the session is replaced.
            my $service = new_service();
            my $strict = new_route($service)->{paths}[0];
            add_plugin("/services/$service->{id}", session => { cookie_secure => JSON::false(), secret => $secret, storage => $storage });
            add_plugin("/services/$service->{id}", 'key-auth');
            $fresh = login($strict, $fiona, Cookie => "session=$planted");
            isnt $fresh, $planted, "$storage: fixation by $name: another cookie";
            is who(with($path, "session=$planted")), $mallory->{username}, "$storage: fixation by $name: the planted one stays the enemy's";
            is who(with($path, "session=$fresh")), $fiona->{username}, "$storage: fixation by $name: the new one is hers";
        }
    }

    # After logout, as often as one likes, and mixed with living ones.
    my $living = login($path, $fiona);
    is call(DELETE => "$path?session_logout=1", Cookie => "session=$good")->code, 200, "$storage: logout";
    refused($path, "$storage: replay after logout", ("session=$good") x 30);
    refused($twin, "$storage: on another route too", "session=$good");
    is call(DELETE => "$path?session_logout=1", Cookie => "session=$good")->code, 403, "$storage: nor can it log out again";
    is who(with($path, "session=$living")), $fiona->{username}, "$storage: another session of hers lives";

    # Revoked by an operator.
    my $told = guarded(storage => $storage, secret => unique('secret'), response_headers => ['id']);
    my $res = call(GET => "$told?apikey=$key{$fiona->{id}}");
    my ($cookie, $id) = ($res->header('Set-Cookie') =~ /session=([^;]+)/, $res->header('Session-Id'));
    is who(with($told, "session=$cookie")), $fiona->{username}, "$storage: a session, and its id";
    my $revocation = admin_ok(POST => '/revocations', { session => $id, until => time + 3600 });
    refused($told, "$storage: revoked by id", ("session=$cookie") x 5);
    admin_ok(DELETE => "/revocations/$revocation->{id}");
    is who(with($told, "session=$cookie")), $fiona->{username}, "$storage: and no more";
    $revocation = admin_ok(POST => '/revocations', { consumer => { id => $fiona->{id} }, issued_before => time + 3600, until => time + 3600 });
    refused($told, "$storage: all that the consumer got before", ("session=$cookie") x 5);
    is who(with($path, 'session=' . login($path, $mallory))), $mallory->{username}, "$storage: and nobody else";
    admin_ok(DELETE => "/revocations/$revocation->{id}");
}
done_testing();
