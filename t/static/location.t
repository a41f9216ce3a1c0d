# SPDX-License-Identifier: Apache-2.0
# <Location> with GwService and GwPlugin: no row for service or route; Require gw-consumer; plugins of the Admin API too.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use Tokens qw(token);

my $alice = admin_ok(PUT => '/consumers/static-alice', {});
my $bob = new_consumer();
my ($alices, $bobs) = map { unique('key') } 1, 2;
admin_ok(POST => "/consumers/$alice->{id}/key-auth", { key => $alices });
admin_ok(POST => "/consumers/$bob->{id}/key-auth", { key => $bobs });

my $res = call(GET => '/static/plain/x?y=1', 'X-Consumer-Username' => 'root');
is $res->code, 200, 'proxied without any plugin';
my $seen = json_of($res);
is $seen->{path}, '/x', 'the upstream path is ProxyPass\'s own business' if exists $seen->{path};
ok !exists $seen->{headers}{'x-consumer-username'}, 'a forged identity does not pass here either';
is length call(GET => '/static/plain/do/bytes/100', Range => 'bytes=0-1')->content, 100, 'a range is the upstream\'s affair here, too';

is call(GET => '/static/key/x')->code, 401, 'no key';
is call(GET => '/static/key/x', 'X-Static-Key' => 'wrong')->code, 401, 'a wrong key';
$res = call(GET => '/static/key/x', 'X-Static-Key' => $bobs);
is $res->code, 200, 'a good key';
is json_of($res)->{headers}{'x-consumer-username'}, $bob->{username}, 'the upstream knows who';
ok !exists json_of($res)->{headers}{'x-static-key'}, 'the key is hidden';

my $iss = unique('iss');
admin_ok(POST => "/consumers/$bob->{id}/jwt", { key => $iss, secret => 'secret' });
is call(GET => '/static/jwt/x', Authorization => 'Bearer ' . token(claims => { iss => $iss, exp => time + 60, nbf => 1 }))->code, 200, 'jwt';
is call(GET => '/static/jwt/x', Authorization => 'Bearer ' . token(claims => { iss => $iss, exp => 1, nbf => 1 }))->code, 401, 'expired';

is call(GET => '/static/alice/x', apikey => $alices)->code, 200, 'Require gw-consumer admits alice';
is call(GET => '/static/alice/x', apikey => $bobs)->code, 403, 'and not bob';
is call(GET => '/static/alice/x')->code, 401, 'nor a stranger';
is call(GET => '/static/anyone/x', apikey => $bobs)->code, 200, 'Require gw-consumer without a name admits any consumer';

# A service row of that name brings its plugins along.
my $service = admin_ok(PUT => '/services/static-plain', { url => upstream() });
add_plugin("/services/$service->{id}", 'key-auth');
is call(GET => '/static/plain/x')->code, 401, 'a plugin of the service applies in the Location';
is call(GET => '/static/plain/x', apikey => $bobs)->code, 200, 'and is satisfied there';
admin_ok(DELETE => "/services/$service->{id}");
is call(GET => '/static/plain/x')->code, 200, 'gone with its row';
done_testing();
