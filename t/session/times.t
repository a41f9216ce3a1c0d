# SPDX-License-Identifier: Apache-2.0
# How long sessions live: both sets of parameters, renewal by eight requests at once, the grace of the old cookie, the
# three ends, remember, and what is told of it in headers. What depends on the clock is tried again where the machine
# was too slow for it to mean anything.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use SessionTest;
use Browser;
use IO::Socket::INET;
use Time::HiRes qw(time sleep);

my ($fiona, $anonymous) = map { new_consumer(username => unique($_)) } qw(fiona anonymous);
my $key = unique('key');
admin_ok(POST => "/consumers/$fiona->{id}/key-auth", { key => $key });

# A service that only sessions and keys open; its path, and session's plugin row.
sub guarded { my @made = guard_by_session($anonymous, {@_}); return wantarray ? @made : $made[0] }

sub cookie_of { my ($res) = @_; return join('; ', $res->header('Set-Cookie')) =~ /(?:^|; )session=([^;]+)/ ? $1 : undef }
sub login { my ($path) = @_; return cookie_of(call(GET => "$path?apikey=$key")) // die 'no cookie' }
sub with { my ($path, $cookie, $name) = @_; return call(GET => $path, Cookie => ($name // 'session') . "=$cookie") }

# ---- names of both versions ----
{
    my ($path, $plugin) = guarded(storage => 'kong', secret => 'opensesame', cookie_lifetime => 1800, cookie_renew => 300,
        cookie_discard => 7, cookie_samesite => 'off', cookie_httponly => JSON::false());
    my $config = admin_ok(GET => "/plugins/$plugin->{id}")->{config};
    is_deeply { map { $_ => $config->{$_} } qw(secret storage rolling_timeout cookie_renew stale_ttl cookie_same_site cookie_name) },
        { secret => 'opensesame', storage => 'kong', rolling_timeout => 1800, cookie_renew => 300, stale_ttl => 7,
          cookie_same_site => 'Lax', cookie_name => 'session' }, 'names of the first version are shown by the present ones';
    ok !exists $config->{$_}, "$_ is not shown" for qw(cookie_lifetime cookie_discard cookie_samesite cookie_httponly);
    like call(GET => "$path?apikey=$key")->header('Set-Cookie'), qr{^session=[^;]+; Path=/; SameSite=Lax$}, 'and mean the same';
    my $res = admin(PATCH => "/plugins/$plugin->{id}", { config => { cookie_lifetime => 'soon' } });
    is $res->code, 400, 'a wrong type';
    is_deeply json_of($res)->{fields}, { cookie_lifetime => 'expected a number' }, 'is told under the name that was used';
    admin_ok(PATCH => "/plugins/$plugin->{id}", 'config.cookie_lifetime=60&config.cookie_path=/&config.cookie_domain=example.com');
    is admin_ok(GET => "/plugins/$plugin->{id}")->{config}{rolling_timeout}, 60, 'forms know them too';
    like call(GET => "$path?apikey=$key")->header('Set-Cookie'), qr{^session=[^;]+; Domain=example\.com; Path=/; SameSite=Lax$}, 'with a domain';
    admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { cookie_secure => JSON::true(), cookie_same_site => 'Default' } });
    like call(GET => "$path?apikey=$key")->header('Set-Cookie'), qr{; Path=/; Secure$}, 'Secure; and Default leaves SameSite out';
    $res = admin(POST => '/consumers/' . $fiona->{id} . '/plugins', { name => 'session' });
    is $res->code, 400, 'not for single consumers';
}

# ---- eight requests at once, when it is time for a renewal ----
sub eight_at_once {
    my ($path, $cookie) = @_;
    my $port = GatewayTest::proxy_port();
    my @socks = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die "connect: $!" } 1 .. 8;
    my $request = "GET $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: session=$cookie\r\n\r\n";
    $_->syswrite($request) for @socks;
    return map { my $s = $_; local $/; scalar <$s> } @socks;
}

for my $storage (qw(cookie kong)) {
    my $path = guarded(storage => $storage, secret => unique('secret'), cookie_lifetime => 3600, cookie_renew => 3600,
        response_headers => ['id']);
    my $old = login($path);
    my $rows = $storage eq 'kong' ? ask_database('SELECT count(*) FROM sessions') : 0;
    sleep 0.01; # any time at all
    my @answers = eight_at_once($path, $old);
    is scalar(grep { m{^HTTP/1.1 200 } } @answers), 8, "$storage: eight requests at renewal, eight 200";
    my %ids = map { /^Session-Id: (\S+)/mi ? ($1 => 1) : () } @answers;
    is scalar(keys %ids), 1, "$storage: one session";
    my %fresh = map { /^Set-Cookie: session=([^;\s]+)/mi ? ($1 => 1) : () } @answers;
    cmp_ok scalar(keys %fresh), '>=', 1, "$storage: a new cookie";
    ok !exists $fresh{$old}, "$storage: that is not the old one";
    is with($path, $old)->code, 200, "$storage: the old one is still good, for a while";
    is with($path, (keys %fresh)[0])->code, 200, "$storage: and so is the new one";
    is ask_database('SELECT count(*) FROM sessions'), $rows, 'kong: no second row' if $storage eq 'kong';
    my ($one) = keys %fresh;
    is call(DELETE => "$path?session_logout=1", Cookie => "session=$one")->code, 200, "$storage: logout with the new one";
    is with($path, $_)->code, 403, "$storage: ends them all" for $old, keys %fresh;
}

# A cookie_renew of more than the lifetime renews whenever it may: not again within the grace, so that what a browser has
# sent with the cookie before stays good, however many answers have come meanwhile.
for my $storage (qw(cookie kong)) {
    my $path = guarded(storage => $storage, cookie_lifetime => 60, cookie_renew => 600);
    my $old = login($path);
    sleep 0.01;
    my $fresh = cookie_of(with($path, $old));
    ok defined $fresh, "$storage: renewed";
    for (1 .. 3) {
        my $res = with($path, $fresh);
        is $res->code . (defined $res->header('Set-Cookie') ? ' and a cookie' : ''), 200, "$storage: and not again at once ($_)";
        is with($path, $old)->code, 200, "$storage: what was sent before is answered ($_)";
    }
}

# ---- what a row holds ----
{
    my $path = guarded(storage => 'kong', secret => 'opensesame', response_headers => ['id']);
    my $id = call(GET => "$path?apikey=$key")->header('Session-Id');
    my $text = ask_database('SELECT session_id, data FROM sessions');
    ok length $text, 'there are rows';
    unlike $text, qr/\Q$id\E/, 'that do not tell the ids of sessions';
    unlike $text, qr/\Q$fiona->{id}\E|$fiona->{username}|keyauth/, 'nor whose they are';
}

# ---- the three ends ----
# Run it until it took at most `limit` seconds, which it returns first. Nothing: the machine is too slow to tell.
sub timely(&$) {
    my ($run, $limit) = @_;
    for (1 .. 8) {
        my ($took, @got) = $run->();
        return @got if $took <= $limit;
    }
    return;
}

my %ends = (
    rolling => { rolling_timeout => 1, idling_timeout => 0, absolute_timeout => 0, cookie_renew => 0 },
    idling => { rolling_timeout => 0, idling_timeout => 1, absolute_timeout => 0 },
    absolute => { rolling_timeout => 0, idling_timeout => 0, absolute_timeout => 1 },
);
my (%ended, %roll);
for my $storage (qw(cookie kong)) {
    $ended{"$storage: $_"} = guarded(storage => $storage, %{ $ends{$_} }) for keys %ends;
    $roll{$storage} = guarded(storage => $storage, rolling_timeout => 2, idling_timeout => 0, stale_ttl => 0.2);
}
my ($early, $ended, $renewed, $late) = timely {
    my $began = time;
    my %cookie = map { $_ => login($ended{$_}) } keys %ended;
    my %rolling = map { $_ => login($roll{$_}) } keys %roll;
    my %unused = map { $_ => login($roll{$_}) } keys %roll;
    my %early = map { $_ => with($ended{$_}, $cookie{$_})->code } keys %ended;
    my $slow = time - $began > 0.9;
    sleep 1.65 - (time - $began) unless $slow;
    my %ended = map { $_ => with($ended{$_}, $cookie{$_})->code } keys %ended;
    my (%renewed, %fresh);
    for (keys %roll) {
        my $res = with($roll{$_}, $rolling{$_});
        $fresh{$_} = cookie_of($res);
        $renewed{$_} = $res->code . (defined $fresh{$_} ? ' with a cookie' : '');
    }
    my $then = time;
    $slow ||= $then - $began > 1.95;
    sleep 0.7 unless $slow;
    my %late;
    for (keys %roll) {
        $late{"$_: renewed"} = defined $fresh{$_} ? with($roll{$_}, $fresh{$_})->code : 0;
        $late{"$_: before the renewal"} = with($roll{$_}, $rolling{$_})->code;
        $late{"$_: never renewed"} = with($roll{$_}, $unused{$_})->code;
    }
    return ($slow ? 99 : time - $then, \(%early, %ended, %renewed, %late));
} 1.9;
SKIP: {
    skip 'eight times the machine took longer than the sessions live', 1 unless $early;
    is $early->{$_}, 200, "$_: alive" for sort keys %$early;
    is $ended->{$_}, 403, "$_: over" for sort keys %$ended;
    is $renewed->{$_}, '200 with a cookie', "$_: renewed when a quarter remains" for sort keys %$renewed;
    is $late->{$_}, (/: renewed/ ? 200 : 403), $_ for sort keys %$late;
}

# ---- remember ----
for my $storage (qw(cookie kong)) {
    my $path = guarded(storage => $storage, remember => JSON::true());
    my $browser = Browser->new(proxy_url());
    my $res = $browser->go(GET => "$path?apikey=$key");
    my @set = $res->header('Set-Cookie');
    is @set, 2, "$storage: remember: two cookies";
    like $set[0], qr{^session=[^;]+; Path=/; SameSite=Strict; HttpOnly$}, "$storage: one for the session";
    like $set[1], qr{^remember=[^;]+; Path=/; SameSite=Strict; HttpOnly; Expires=\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT; Max-Age=604800$},
        "$storage: one that lasts";
    my ($session, $reminder) = map { $browser->cookie($_) } qw(session remember);
    is with($path, $reminder)->code, 403, "$storage: a reminder is no session";
    is with($path, $session, 'remember')->code, 403, "$storage: nor a session a reminder";

    $browser->restart;
    is $browser->cookie('session'), undef, "$storage: the browser was closed";
    is $browser->cookie('remember'), $reminder, "$storage: and kept the reminder";
    $res = $browser->go(GET => $path);
    is $res->code, 200, "$storage: which opens the session again";
    is json_of($res)->{headers}{'x-consumer-username'}, $fiona->{username}, "$storage: of the same consumer";
    ok $browser->cookie('session'), "$storage: with a cookie";
    isnt $browser->cookie('remember'), $reminder, "$storage: and another reminder";
    is $browser->go(GET => $path)->header('Set-Cookie'), undef, "$storage: then it goes on as before";

    my ($session2, $reminder2) = map { $browser->cookie($_) } qw(session remember);
    $res = $browser->go(POST => $path, 'session_logout=1');
    is scalar(my @cleared = grep { /Max-Age=0/ } $res->header('Set-Cookie')), 2, "$storage: logout clears both";
    is with($path, $_)->code, 403, "$storage: no session is left" for $session, $session2;
    is with($path, $_, 'remember')->code, 403, "$storage: nor a reminder" for $reminder, $reminder2;
    my $forgetful = guarded(storage => $storage);
    $res = call(GET => "$forgetful?apikey=$key", Cookie => 'remember=x');
    is scalar(my @one = $res->header('Set-Cookie')), 1, "$storage: without remember there is one cookie";
}

# ---- headers ----
my @told = qw(id audience subject timeout idling-timeout rolling-timeout absolute-timeout);
for my $storage (qw(cookie kong)) {
    my $path = guarded(storage => $storage, audience => 'shop', response_headers => \@told, request_headers => \@told);
    my $res = call(GET => "$path?apikey=$key", 'Session-Subject' => 'root');
    ok !exists json_of($res)->{headers}{'session-subject'}, "$storage: a client's own word does not go upstream";
    is $res->header('Session-Audience'), 'shop', "$storage: the audience of the new session";
    is $res->header('Session-Subject'), $fiona->{username}, "$storage: its subject";
    like $res->header('Session-Id'), qr/^[A-Za-z0-9_-]{43}$/, "$storage: its id";
    my %left = ('Session-Timeout' => 900, 'Session-Idling-Timeout' => 900, 'Session-Rolling-Timeout' => 3600, 'Session-Absolute-Timeout' => 86400);
    is $res->header($_), $left{$_}, "$storage: $_ of a new session" for sort keys %left;
    my $id = $res->header('Session-Id');
    $res = call(GET => $path, Cookie => 'session=' . cookie_of($res), 'Session-Subject' => 'root', 'Session-Id' => 'mine');
    my $seen = json_of($res)->{headers};
    is $seen->{'session-subject'}, $fiona->{username}, "$storage: the upstream is told the truth";
    is $seen->{'session-id'}, $id, "$storage: the id";
    is $seen->{'session-audience'}, 'shop', "$storage: the audience";
    for (sort keys %left) {
        cmp_ok $seen->{ lc $_ }, '<=', $left{$_}, "$storage: $_, at most what it was";
        cmp_ok $seen->{ lc $_ }, '>', $left{$_} - 600, "$storage: and a number of seconds";
    }
    my $raw = raw_request("GET $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: session=" . cookie_of(call(GET => "$path?apikey=$key"))
        . "\r\nSession_Subject: root\r\nsession_id: mine\r\nSession-Id: mine\r\nSession_Id: mine\r\n\r\n");
    like $raw, qr/"session-subject":"\Q$fiona->{username}\E"/, "$storage: other spellings: the truth is told";
    unlike $raw, qr/session_|root|mine/i, "$storage: and nothing beside it, for an upstream that cannot tell _ from -";
    $res = call(GET => $path);
    is $res->header($_), undef, "$storage: a stranger has no $_" for qw(Session-Id Session-Subject Session-Timeout);
}
done_testing();
