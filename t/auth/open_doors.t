# SPDX-License-Identifier: Apache-2.0
# The trap of `anonymous`: without something that refuses the anonymous consumer everybody is let in. /status says so
# while it is so, the log when it begins; for routes and for <Location>s.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;

my $node = GatewayNode->start(GatewayNode::own_database(), threads => 16, proxy_extra => <<"TEXT");
<Location "/static-open/">
    ProxyPass "@{[upstream()]}/"
    GwService static
    GwPlugin basic-auth anonymous=nobody
    GwPlugin key-auth anonymous=nobody
</Location>
<Location "/static-guarded/">
    ProxyPass "@{[upstream()]}/"
    GwService guarded
    GwPlugin key-auth anonymous=nobody
    GwPlugin request-termination status_code=403
</Location>
<Location "/static-require/">
    ProxyPass "@{[upstream()]}/"
    GwService require
    GwPlugin key-auth anonymous=nobody
    Require gw-consumer
</Location>
<Location "/static-closed/">
    ProxyPass "@{[upstream()]}/"
    GwService closed
    GwPlugin key-auth
</Location>
TEXT
my $code = 'anonymous-lets-everyone-in';

# { entity id => message } of all that /status warns of; every child is asked often enough.
sub doors {
    my $got = $node->admin_ok(GET => '/status')->{gateway}{warnings};
    return { map { ("$_->{entity} $_->{id}" => $_->{message}) } grep { $_->{code} eq $code } @$got };
}
sub logged { my ($what) = @_; return scalar(() = $node->log_text =~ /GW1625: doors: [^\n]*\Q$what\E/g) }

my $location;
eventually { ($location) = grep { /static-open/ } keys %{ doors() } } 'a <Location> is warned of';
like $location // '', qr{^locations \S+/static-open/$}, 'a <Location> is named by its place';
is_deeply [ grep { !m{/static-open/$} } keys %{ doors() } ], [], 'those that are guarded, in whatever way, are not'; # on http and https
eventually { (doors()->{$location} // '') =~ /^anonymous of basic-auth lets everyone in \(a <Location>\): nothing refuses that consumer/ } 'in words';
eventually { logged('/static-open/') } 'and in the log from the start';
sub call_code { return $node->call(GET => $_[0])->code }

my $nobody = $node->admin_ok(POST => '/consumers', { username => 'nobody' });
is call_code('/static-open/x'), 200, 'the open one is open';
is call_code('/static-guarded/x'), 403, 'the guarded one is not';
is call_code('/static-require/x'), 401, 'Require refuses the anonymous consumer indeed';

my $service = $node->admin_ok(POST => '/services', { name => 's', url => upstream() });
my $route = $node->admin_ok(POST => '/services/s/routes', { paths => ['/s'] });
my $auth = $node->admin_ok(POST => '/services/s/plugins', { name => 'key-auth' });
eventually { !doors()->{"plugins $auth->{id}"} } 'a plugin that refuses';
$node->admin_ok(PATCH => "/plugins/$auth->{id}", { config => { anonymous => $nobody->{id} } });
is call_code('/s'), 200, 'with anonymous it lets everyone in';
eventually { (doors()->{"plugins $auth->{id}"} // '') =~ /^anonymous of key-auth lets everyone in \(route $route->{id}\)/ } 'and is warned of';
eventually { logged($auth->{id}) == 1 } 'in the log too';

my $stop = $node->admin_ok(POST => '/services/s/plugins', { name => 'request-termination', consumer => { id => $nobody->{id} }, config => { status_code => 403 } });
is call_code('/s'), 403, 'request-termination for that consumer closes it';
eventually { !doors()->{"plugins $auth->{id}"} } 'and ends the warning';
$node->admin_ok(PATCH => "/plugins/$stop->{id}", { enabled => JSON::false });
is call_code('/s'), 200, 'disabled, it is open again';
eventually { doors()->{"plugins $auth->{id}"} } 'and warned of again';
eventually { logged($auth->{id}) == 2 } 'in the log a second time';
$node->admin_ok(DELETE => "/plugins/$stop->{id}");
$node->admin_ok(PATCH => '/services/s', { retries => 4 });
is logged($auth->{id}), 2, 'but not at each change of something else';
$node->stop;
$node->launch->wait_until_up;
eventually { doors()->{"plugins $auth->{id}"} } 'another start: warned of';
eventually { logged($auth->{id}) == 3 } 'and in the log, as at each start';

my $acl = $node->admin_ok(POST => '/services/s/plugins', { name => 'acl', config => { allow => ['gold'] } });
is call_code('/s'), 401, 'acl closes it too';
eventually { !doors()->{"plugins $auth->{id}"} } 'and ends the warning';
$node->admin_ok(DELETE => "/plugins/$acl->{id}");
$node->admin_ok(POST => '/services/s/plugins', { name => 'basic-auth' });
is call_code('/s'), 401, 'another plugin that refuses';
eventually { !doors()->{"plugins $auth->{id}"} } 'closes it as well';

# What the <Location>'s service has applies there.
my $static = $node->admin_ok(POST => '/services', { name => 'static', url => upstream() });
$node->admin_ok(POST => '/services/static/plugins', { name => 'request-termination', consumer => { id => $nobody->{id} } });
is call_code('/static-open/x'), 503, 'request-termination of a Location\'s service';
eventually { !doors()->{$location} } 'ends its warning';
done_testing();
