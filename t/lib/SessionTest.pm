# SPDX-License-Identifier: Apache-2.0
# SessionTest.pm - what the suites of sessions are about: a service that only sessions and keys open.
package SessionTest;
use strict;
use warnings FATAL => 'all';
use Exporter 'import';
use GatewayTest;

our @EXPORT = qw(guard_by_session);

# guard_by_session($anonymous, \%session, \%refusal): whoever is neither known by a session nor brings a key is the
# consumer $anonymous, and is refused (403). The path, session's plugin row, and the service.
sub guard_by_session {
    my ($anonymous, $session, $refusal) = @_;
    my $service = new_service();
    my $path = new_route($service)->{paths}[0];
    my $plugin = add_plugin("/services/$service->{id}", session => { cookie_secure => JSON::false(), %{ $session // {} } });
    add_plugin("/services/$service->{id}", 'key-auth' => { anonymous => $anonymous->{id} });
    add_plugin("/services/$service->{id}", 'request-termination' => { status_code => 403, %{ $refusal // {} } },
        consumer => { id => $anonymous->{id} });
    return ($path, $plugin, $service);
}

1;
