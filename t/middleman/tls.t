# SPDX-License-Identifier: Apache-2.0
# middleman: https, verified unless configured otherwise.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
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

done_testing;
