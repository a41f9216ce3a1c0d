# SPDX-License-Identifier: Apache-2.0
# session, key-auth with anonymous and request-termination for <Location>s (t/conf/static.conf): no row for service or
# route.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use Browser;
use GatewayTest;

my $fiona = new_consumer(username => unique('fiona'));
my $key = unique('key');
admin_ok(POST => "/consumers/$fiona->{id}/key-auth", { key => $key });
my $nobody = admin_ok(PUT => '/consumers/static-nobody', {});
my $plugin = add_plugin("/consumers/$nobody->{id}", 'request-termination' => { status_code => 403, message => 'So long!' });

for my $storage (qw(cookie kong)) {
    my $path = "/static/session/$storage/x";
    my $browser = Browser->new(proxy_url());
    my $res = $browser->go(GET => $path);
    is $res->code, 403, "$storage: a stranger";
    is json_of($res)->{message}, 'So long!', "$storage: and why";
    is $res->header('Set-Cookie'), undef, "$storage: no cookie";
    $res = $browser->go(GET => "$path?apikey=$key");
    is $res->code, 200, "$storage: login";
    like $res->header('Set-Cookie'), qr{^session=[^;]+; Path=/(?:static/session/cookie)?; SameSite=Strict; HttpOnly$}, "$storage: the cookie";
    my $old = $browser->cookie('session');
    $res = $browser->go(GET => $path);
    is $res->code, 200, "$storage: by cookie";
    is json_of($res)->{headers}{'x-consumer-username'}, $fiona->{username}, "$storage: as fiona";
    is $browser->go(DELETE => "$path?session_logout")->code, 200, "$storage: logout";
    is $browser->go(GET => $path)->code, 403, "$storage: a stranger again";
    is call(GET => $path, Cookie => "session=$old")->code, 403, "$storage: the old cookie is dead";
}
is call(GET => '/static/session/made/x')->code, 401, 'a secret that the start made: a stranger';
my $browser = Browser->new(proxy_url());
is $browser->go(GET => "/static/session/made/x?apikey=$key")->code, 200, 'login';
is $browser->go(GET => '/static/session/made/x')->code, 200, 'by cookie, on each child';
is call(GET => '/static/session/cookie/x', Cookie => 'session=' . $browser->cookie('session'))->code, 403, 'which is none elsewhere';
open my $log, '<', "$ENV{GW_TEST_ROOT}/logs/error_log" or die "error_log: $!";
my @warned = grep { /GW1026/ } <$log>;
like $warned[0], qr{GwPlugin session in \S*/static/session/made/ has no secret}, 'a secret that no row keeps is warned about';
is scalar(grep { !m{/static/session/made/} } @warned), 0, 'and no other';
admin_ok(DELETE => "/plugins/$plugin->{id}");
done_testing();
