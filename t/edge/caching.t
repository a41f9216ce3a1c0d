# SPDX-License-Identifier: Apache-2.0
# mod_cache in front of guarded routes: what was answered to one who may is never kept for one who may not.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp ();
use GatewayNode;
use GatewayTest;

my $cache = File::Temp::tempdir(CLEANUP => 1);
chmod 0777, $cache;
my $upstream = upstream();
my $modules = join '', map { "LoadModule ${_}_module $ENV{GW_HTTPD_MODULES}/mod_$_.so\n" } qw(cache cache_disk);

for my $quick ('On', 'Off', '') {
    my $directive = $quick ? "CacheQuickHandler $quick" : '';
    my $title = $directive || 'no CacheQuickHandler';
    my $node = GatewayNode->start(extra => $modules, proxy_extra => <<"CONF");
    CacheRoot "$cache"
    CacheEnable disk /
    $directive
    CacheDefaultExpire 600
    CacheIgnoreNoLastMod On
    CacheIgnoreCacheControl On
    CacheHeader On
CONF
    if ($quick eq 'Off') { unlike $node->log_text, qr/GW1022/, "$title: nothing to warn of" }
    else { like $node->log_text, qr/^GW1022: start: CacheQuickHandler is on: /m, "$title: the operator is warned that guards may be skipped" }
    my $name = "api$quick";
    $node->admin_ok(POST => '/services', { name => $name, url => $upstream });
    $node->admin_ok(POST => "/services/$name/routes", { paths => ["/open$quick"], strip_path => \0 });
    $node->admin_ok(POST => "/services/$name/routes", { name => "guarded$quick", paths => ["/guarded$quick"], strip_path => \0 });
    $node->admin_ok(POST => "/routes/guarded$quick/plugins", { name => 'key-auth' });
    $node->admin_ok(POST => '/consumers', { username => $_ }) for 'alice', 'bob';
    $node->admin_ok(POST => "/consumers/$_/key-auth", { key => "${_}s" }) for 'alice', 'bob';
    my $path = "/guarded$quick/x";
    is $node->call(GET => $path, apikey => 'alices')->code, 200, "$title: alice may";
    my $res = $node->call(GET => $path);
    is $res->code, 401, 'nobody may not, whatever alice was told';
    $res = $node->call(GET => $path, apikey => 'bobs');
    is json_of($res)->{headers}{'x-consumer-username'}, 'bob', 'and bob gets his own answer';
    $node->call(GET => "/open$quick/x") for 1 .. 2;
    like $node->call(GET => "/open$quick/x")->header('X-Cache') // '', qr/HIT/, 'what nobody guards is kept';
}
done_testing();
