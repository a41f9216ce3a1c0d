# SPDX-License-Identifier: Apache-2.0
# Every authentication plugin in <Location> blocks, alone and combined, without any row for service or route; acl and
# request-termination behind them.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use MIME::Base64 qw(encode_base64);
use GatewayNode;
use GatewayTest;
use Tokens qw(token);

sub location {
    my ($name, @plugins) = @_;
    return join "\n", "<Location \"/$name/\">", '    ProxyPass "' . upstream() . '/"', "    GwService $name", (map { "    $_" } @plugins),
        '</Location>', '';
}
my $node = GatewayNode->start(GatewayNode::own_database(), threads => 16, proxy_extra => join '',
    location(key => 'GwPlugin key-auth key_names=x-key,other key_in_body=true key_in_authorization=true hide_credentials=true "realm=the keys"'),
    location(token => 'GwPlugin jwt claims_to_verify=exp uri_param_names=t cookie_names=c'),
    location(basic => 'GwPlugin basic-auth hide_credentials=true realm=secrets'),
    location(both => 'GwPlugin basic-auth', 'GwPlugin key-auth'),
    location(either => 'GwPlugin basic-auth anonymous=nobody', 'GwPlugin key-auth anonymous=nobody', 'GwPlugin jwt anonymous=nobody',
        'GwPlugin acl deny=nobodies'),
    location(members => 'GwPlugin basic-auth', 'GwPlugin acl allow=gold,silver'),
    location(one => 'GwPlugin basic-auth', 'Require gw-consumer alice'),
    location(closed => 'GwPlugin request-termination status_code=410 "message=moved on"'));
my ($alice, $bob, $nobody) = map { $node->admin_ok(POST => '/consumers', { username => $_ }) } qw(alice bob nobody);
for (qw(alice bob)) {
    $node->admin_ok(POST => "/consumers/$_/key-auth", { key => "$_-key" });
    $node->admin_ok(POST => "/consumers/$_/basic-auth", { username => $_, password => "$_-password" });
    $node->admin_ok(POST => "/consumers/$_/jwt", { key => "$_-iss", secret => 'secret' });
}
$node->admin_ok(POST => '/consumers/alice/acls', { group => 'gold' });
$node->admin_ok(POST => '/consumers/nobody/acls', { group => 'nobodies' });
sub basic { return (Authorization => 'Basic ' . encode_base64("$_[0]:" . ($_[1] // "$_[0]-password"), '')) }
sub bearer { return 'Bearer ' . token(claims => { iss => "$_[0]-iss", exp => time + 60 }) }
sub check {
    my ($what, $want, $who, $method, $path, @rest) = @_;
    my $res = $node->call($method => $path, @rest);
    is $res->code, $want, "$what: $want" or diag $res->content;
    is json_of($res)->{headers}{'x-consumer-username'}, $who, "$what: $who" if defined $who;
    return $res;
}
sub unchallenged { my ($what, $challenge, $res) = @_; is $res->header('WWW-Authenticate'), $challenge, "$what: challenge" }

my $res = check('a key', 200, 'alice', GET => '/key/x?a=1', 'X-Key' => 'alice-key');
ok !exists json_of($res)->{headers}{'x-key'}, 'it is hidden';
is json_of($res)->{query}, 'a=1', 'the query is not touched';
check('the second name', 200, 'bob', GET => '/key/x', other => 'bob-key');
$res = check('a key in the query', 200, 'bob', GET => '/key/x?x-key=bob-key&a=1');
is json_of($res)->{query}, 'a=1', 'it is hidden';
$res = check('a key in a form', 200, 'bob', POST => '/key/x', form('x-key' => 'bob-key', a => 1));
is json_of($res)->{body}, 'a=1', 'it is hidden';
check('a key as a bearer', 200, 'alice', GET => '/key/x', Authorization => 'Bearer alice-key');
unchallenged('no key', 'Key realm="the keys"', check('no key', 401, undef, GET => '/key/x'));
check('a wrong key', 401, undef, GET => '/key/x', 'X-Key' => 'wrong');

check('a token', 200, 'alice', GET => '/token/x', Authorization => bearer('alice'));
check('a token in the query', 200, 'bob', GET => '/token/x?t=' . (split ' ', bearer('bob'))[1]);
check('a token in a cookie', 200, 'bob', GET => '/token/x', Cookie => 'c=' . (split ' ', bearer('bob'))[1]);
check('no token', 401, undef, GET => '/token/x');

$res = check('a password', 200, 'alice', GET => '/basic/x', basic('alice'));
ok !exists json_of($res)->{headers}{authorization}, 'it is hidden';
unchallenged('no password', 'Basic realm="secrets"', check('no password', 401, undef, GET => '/basic/x'));
check('a wrong password', 401, undef, GET => '/basic/x', basic('alice', 'wrong'));

check('both: a key alone', 401, undef, GET => '/both/x', apikey => 'alice-key');
check('both: a password alone', 401, undef, GET => '/both/x', basic('alice'));
check('both: the last one says who', 200, 'bob', GET => '/both/x', apikey => 'alice-key', basic('bob'));

check('either: a key', 200, 'alice', GET => '/either/x', apikey => 'alice-key');
check('either: a token', 200, 'bob', GET => '/either/x', Authorization => bearer('bob'));
check('either: a password', 200, 'bob', GET => '/either/x', basic('bob'));
check('either: nothing is the anonymous consumer, which acl refuses', 403, undef, GET => '/either/x');
check('either: so is a wrong password', 403, undef, GET => '/either/x', basic('bob', 'wrong'));

is json_of(check('members: one', 200, 'alice', GET => '/members/x', basic('alice')))->{headers}{'x-consumer-groups'}, 'gold', 'the groups are told';
check('members: none', 403, undef, GET => '/members/x', basic('bob'));
check('Require gw-consumer: alice', 200, 'alice', GET => '/one/x', basic('alice'));
check('Require gw-consumer: bob', 403, undef, GET => '/one/x', basic('bob'));
check('Require gw-consumer: nobody', 401, undef, GET => '/one/x');
is check('request-termination', 410, undef, GET => '/closed/x')->content, '{"message":"moved on"}', 'its words';

# A plugin of a consumer applies in a Location, too.
$node->admin_ok(POST => '/consumers/bob/plugins', { name => 'request-termination', config => { status_code => 402, message => 'pay first' } });
is check('a plugin of who asks', 402, undef, GET => '/basic/x', basic('bob'))->content, '{"message":"pay first"}', 'its words';
check('not of another', 200, 'alice', GET => '/basic/x', basic('alice'));
is_deeply $node->admin_ok(GET => '/services')->{data}, [], 'no service has a row';
is_deeply $node->admin_ok(GET => '/routes')->{data}, [], 'no route has';
done_testing();
