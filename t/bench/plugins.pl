# SPDX-License-Identifier: Apache-2.0
# plugins.pl - who asks: what each way to know them costs, and what sessions add.
use strict;
use warnings FATAL => 'all';
use Measure qw(compare);
use Stand qw(start_node);
use Subjects qw(service_and_route add_plugin add_consumer key_header basic_header bearer_header);

# The Cookie header of somebody who has logged in at this path with these headers.
sub log_in {
    my ($node, $path, @headers) = @_;
    my $res = $node->call(GET => $path, map { split /: /, $_, 2 } @headers);
    return ($res->header('Set-Cookie') // '') =~ /^(session=[^;]+)/ ? "Cookie: $1" : die 'no session: ' . $res->as_string;
}

# Subjects with sessions that neither end nor are touched while the bench runs.
sub session_subjects {
    my ($node) = @_;
    my %storage = (cookie => 'cookie', row => 'kong', all => 'cookie');
    for (sort keys %storage) {
        service_and_route($node, $_);
        add_plugin($node, $_, session => storage => $storage{$_}, cookie_secure => \0, idling_timeout => 0, rolling_timeout => 86400);
    }
    add_plugin($node, $_, 'key-auth', anonymous => 'bench') for qw(cookie row);
    add_plugin($node, 'all', 'jwt');
    add_plugin($node, 'all', acl => allow => ['gold', 'silver']);
    my ($proxy, $bearer) = ($node->proxy_url, bearer_header('HS256'));
    return ['session, storage=cookie', "$proxy/cookie", headers => [log_in($node, '/cookie', key_header())]],
        ['session, storage=kong', "$proxy/row", headers => [log_in($node, '/row', key_header())]],
        ['jwt, acl, session', "$proxy/all", headers => [log_in($node, '/all', $bearer), $bearer]];
}

sub measure_plugins {
    my $node = start_node();
    my $proxy = $node->proxy_url;
    service_and_route($node, $_) for qw(plain key jwt basic acl);
    add_consumer($node);
    $node->admin_ok(POST => '/consumers/bench/acls', { group => $_ }) for qw(silver staff);
    add_plugin($node, $_, 'key-auth') for qw(key acl);
    add_plugin($node, acl => acl => allow => ['gold', 'silver']);
    add_plugin($node, jwt => jwt => claims_to_verify => ['exp']);
    add_plugin($node, basic => 'basic-auth');
    compare($node, 'Plugins', ['bare ProxyPass', "$node->{bare}/plain"], ['routed, no plugin', "$proxy/plain"],
        ['key-auth', "$proxy/key", headers => [key_header()]], ['key-auth, acl', "$proxy/acl", headers => [key_header()]],
        ['basic-auth, warm', "$proxy/basic", headers => [basic_header()]], session_subjects($node),
        map { [ "jwt $_", "$proxy/jwt", headers => [bearer_header($_)] ] } qw(HS256 RS256 ES256));
}

1;
