# SPDX-License-Identifier: Apache-2.0
# Who asks is said by the gateway alone: nothing that looks like it comes from a client, nothing it says gets lost.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;

my @forged = (
    'X-Consumer-ID', 'x-consumer-username', 'X-CONSUMER-CUSTOM-ID', 'X_Consumer_Username', 'X_CONSUMER-id',
    'X-Consumer_Groups', 'X-Credential-Identifier', 'X_Credential_Identifier', 'X-Anonymous-Consumer',
    'X-Authenticated-Groups', 'x_authenticated_userid', 'X-Consumer-Anything',
);
my @innocent = ('X-Auth-Phone', 'X-Consumers', 'X-Request-Purpose');

sub get {
    my ($path, @lines) = @_;
    my $raw = raw_request(join("\r\n", "GET $path HTTP/1.1", 'Host: localhost', @lines, 'Connection: close', '', ''));
    $raw =~ s/\A.*?\r\n\r\n//s;
    return GatewayTest::json_of(HTTP::Response->new(200, 'OK', [], $raw));
}

sub folded { return map { lc =~ tr/_/-/r } @_ }

my $open = new_route(new_service());
my $seen = get("/$open->{name}/x", map { "$_: root" } @forged, @innocent);
my %arrived = map { $_ => 1 } folded(map { $_->[0] } @{ $seen->{raw_headers} });
ok !$arrived{$_}, "a client's $_ does not arrive" for folded(@forged);
ok $arrived{$_}, "$_ does" for folded(@innocent);

my $disguised = get("/$open->{name}/x", 'X_Forwarded_For: 1.2.3.4', 'x_real-ip: 1.2.3.4', 'X_FORWARDED_PROTO: https');
ok !(grep { /_/ } map { $_->[0] } @{ $disguised->{raw_headers} }), 'nor does what the gateway writes, in disguise';

my $twice = get("/$open->{name}/x", 'X-Consumer-ID: a', 'X-Consumer-ID: b', 'x_consumer_id: c');
ok !(grep { /^x.consumer/i } map { $_->[0] } @{ $twice->{raw_headers} }), 'nor do several of one name';

SKIP: {
    skip 'no key-auth here', 8 if !eval { add_plugin('/services/' . new_service()->{id}, 'key-auth') };
    my $service = new_service();
    my $route = new_route($service);
    my $consumer = new_consumer(custom_id => unique('custom'));
    my $key = unique('key');
    add_plugin("/services/$service->{id}", 'key-auth', { hide_credentials => JSON::true() });
    admin_ok(POST => "/consumers/$consumer->{id}/key-auth", { key => $key });

    my @names = ('X-Consumer-ID', 'X-Consumer-Username', 'X-Consumer-Custom-ID', 'X-Credential-Identifier');
    my $real = get("/$route->{name}/x", "apikey: $key", (map { "$_: root" } @names),
        'Connection: ' . join(', ', @names, 'X-Forwarded-For', 'Host'))->{headers};
    is $real->{'x-consumer-id'}, $consumer->{id}, 'the gateway says the id, though Connection names it';
    is $real->{'x-consumer-username'}, $consumer->{username}, 'and the username';
    is $real->{'x-consumer-custom-id'}, $consumer->{custom_id}, 'and the custom_id';
    like $real->{'x-credential-identifier'}, qr/\S/, 'and the credential';
    ok !exists $real->{apikey}, 'the key itself is hidden';
    is $real->{'x-forwarded-for'}, '127.0.0.1', 'what the connection is stays too';

    my $odd = new_consumer(username => "line\r\nX-Admin: yes");
    my $odd_key = unique('key');
    admin_ok(POST => "/consumers/$odd->{id}/key-auth", { key => $odd_key });
    my $safe = get("/$route->{name}/x", "apikey: $odd_key")->{headers};
    ok !exists $safe->{'x-admin'}, 'a line break in a username makes no header';
    is $safe->{'x-consumer-username'}, 'line%0D%0AX-Admin: yes', 'it is encoded';
}
done_testing();
