# SPDX-License-Identifier: Apache-2.0
# A row that meets others in several ways: told is its id first, then what is unique by itself in the order of the fields,
# then what is so together. The same on both databases.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;

sub taken {
    my ($field, $value) = @_;
    return { code => 5, name => 'unique constraint violation', message => qq(UNIQUE violation detected on '{$field="$value"}'), fields => { $field => $value } };
}

# ---- a row that is there already, with all that is its own ----
my $service = new_service();
my $consumer = new_consumer();
my $upstream = admin_ok(POST => '/upstreams', { name => unique('up') . '.example' });
for my $case (
    [ '/services', { name => unique('svc'), host => 'h' } ],
    [ '/routes', { name => unique('route'), paths => ['/conflicts'] } ],
    [ '/consumers', { username => unique('user'), custom_id => unique('custom') } ],
    [ "/consumers/$consumer->{id}/jwt", { key => unique('key') } ],
    [ "/consumers/$consumer->{id}/key-auth", { key => unique('key') } ],
    [ "/consumers/$consumer->{id}/key-auth", { key => unique('key'), ttl => 9000 } ],
    [ "/consumers/$consumer->{id}/acls", { group => unique('group') } ],
    [ "/consumers/$consumer->{id}/basic-auth", { username => unique('name'), password => 'x' } ],
    [ '/upstreams', { name => unique('up') . '.example' } ],
    [ "/upstreams/$upstream->{id}/targets", { target => '10.0.0.1:8000' } ],
    [ '/plugins', { name => 'jwt', service => { id => $service->{id} }, instance_name => unique('instance') } ],
) {
    my ($path, $row) = @$case;
    my $id = admin_ok(POST => $path, $row)->{id};
    answers([ POST => $path, { %$row, id => $id } ], 400,
        { code => 3, name => 'primary key violation', message => qq(primary key violation on key '{id="$id"}'), fields => { id => $id } },
        "POST $path, the same row again");
}

# ---- two fields that two others have ----
my ($first, $second, $third) = map { new_consumer(custom_id => unique('custom')) } 1 .. 3;
my %both = (username => $first->{username}, custom_id => $second->{custom_id});
answers([ @$_, \%both ], 409, taken(username => $first->{username}), "$_->[0]: the first of two fields that are taken")
    for [ POST => '/consumers' ], [ PATCH => "/consumers/$third->{id}" ], [ PUT => "/consumers/$third->{id}" ];
my %one = (username => $third->{username}, custom_id => $second->{custom_id});
answers([ @$_, \%one ], 409, taken(custom_id => $second->{custom_id}), "$_->[0]: one's own name is in nobody's way")
    for [ PATCH => "/consumers/$third->{id}" ], [ PUT => "/consumers/$third->{id}" ], [ PUT => "/consumers/$third->{username}" ];

# ---- a field by itself, and several together ----
my $other = new_service();
my $named = unique('instance');
my %scope = (name => 'jwt', service => { id => $other->{id} });
admin_ok(POST => '/plugins', { %scope });
my $elsewhere = admin_ok(POST => '/plugins', { name => 'jwt', service => { id => new_service()->{id} }, instance_name => $named });
my $third_plugin = admin_ok(POST => '/plugins', { name => 'jwt', service => { id => new_service()->{id} } });
answers([ @$_, { %scope, instance_name => $named } ], 409, taken(instance_name => $named), "$_->[0]: a plugin's own name before its scope")
    for [ POST => '/plugins' ], [ PATCH => "/plugins/$third_plugin->{id}" ];
answers([ PATCH => "/plugins/$elsewhere->{id}", { service => { id => $other->{id} } } ], 409, qr/"name":"jwt"/,
    'a plugin that keeps its name: its scope');
done_testing;
