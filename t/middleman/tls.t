# SPDX-License-Identifier: Apache-2.0
# middleman: https, verified unless configured otherwise.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use TestHook;
use TestUpstream;

my ($cert, $key, $folder) = TestUpstream::certificate('DNS:localhost', 'IP:127.0.0.1');
my $hook = TestHook->start(sub { 200 }, tls => [ $cert, $key ]);
my $service = new_service();
my $path = new_route($service)->{paths}[0];
my $plugin = add_plugin("/services/$service->{id}", middleman => { url => $hook->url, breaker_failures => 0 });

is call(GET => $path)->code, 503, 'a certificate that nobody vouches for: no answer';
is $hook->asked, 0, 'nothing was told to it';
admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { on_error => 'allow' } });
is call(GET => $path)->code, 200, 'on_error counts here, too';
is $hook->asked, 0, 'still nothing was told';
admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { on_error => 'deny', tls_verify => JSON::false } });
is call(GET => $path)->code, 200, 'tls_verify false';
is +($hook->asked)[0]{json}{headers}{target_uri}, $path, 'it was asked';
is call(GET => $path)->code, 200, 'again' for 1 .. 10;
my %connections = map { $_->{connection} => 1 } $hook->asked;
cmp_ok scalar(keys %connections), '<', 11, 'on kept connections';
admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { tls_verify => JSON::true } });
is call(GET => $path)->code, 503, 'a connection that was not verified is not taken for one that was';
(my $plain = $hook->url) =~ s/^https/http/;
admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { url => $plain } });
is call(GET => $path)->code, 503, 'http to a port of https: no answer';

# ---- authorities of one's own ----
my $node = GatewayNode->start(GatewayNode::own_database(), threads => 16, extra => "GwHookCAFile $cert\n");
$node->admin_ok(POST => '/services', { name => 's', url => upstream() });
$node->admin_ok(POST => '/services/s/routes', { paths => ['/s'] });
my $row = $node->admin_ok(POST => '/services/s/plugins', { name => 'middleman', config => { url => $hook->url, breaker_failures => 0 } });
$hook->forget;
is $node->call(GET => '/s')->code, 200, 'GwHookCAFile: a hook of ours is believed';
is $hook->asked, 1, 'and asked';
my ($cert2, $key2, $folder2) = TestUpstream::certificate('DNS:localhost', 'IP:127.0.0.1');
my $stranger = TestHook->start(sub { 200 }, tls => [ $cert2, $key2 ]);
$node->admin_ok(PATCH => "/plugins/$row->{id}", { config => { url => $stranger->url } });
is $node->call(GET => '/s')->code, 503, 'another one is not';
my ($cert3, $key3, $folder3) = TestUpstream::certificate('DNS:other.example');
my $elsewhere = TestHook->start(sub { 200 }, tls => [ $cert3, $key3 ]);
my $other = GatewayNode->start(GatewayNode::own_database(), threads => 16, extra => "GwHookCAFile $cert3\n");
$other->admin_ok(POST => '/services', { name => 's', url => upstream() });
$other->admin_ok(POST => '/services/s/routes', { paths => ['/s'] });
$other->admin_ok(POST => '/services/s/plugins', { name => 'middleman', config => { url => $elsewhere->url, breaker_failures => 0 } });
is $other->call(GET => '/s')->code, 503, 'nor one that is called otherwise than its certificate says';
is $_->asked, 0, 'neither was told anything' for $stranger, $elsewhere;
my $conf = "$node->{dir}/httpd.conf";
open my $in, '<', $conf or die;
my $text = do { local $/; <$in> };
$text =~ s/^GwHookCAFile .*/GwHookCAFile no-such.pem/m;
open my $out, '>', "$conf.bad" or die;
print $out $text;
close $out;
like qx(LD_PRELOAD= $ENV{GW_HTTPD} -d $node->{dir} -f $conf.bad -t 2>&1), qr/GwHookCAFile: \S+no-such\.pem cannot be read/, 'a file that is not there';

done_testing;
