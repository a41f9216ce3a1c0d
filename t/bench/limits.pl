# SPDX-License-Identifier: Apache-2.0
# limits.pl - what may be asked of every request: limits, addresses, origins, levels.
use strict;
use warnings FATAL => 'all';
use Measure qw(compare);
use Stand qw(start_node);
use Subjects qw(service_and_route add_plugin);
use Tokens qw(token);

sub measure_limits {
    my $node = start_node();
    my $proxy = $node->proxy_url;
    service_and_route($node, $_) for qw(plain limited by_header cors ip levels);
    add_plugin($node, limited => 'rate-limiting', second => 10_000_000, hour => 1_000_000_000);
    add_plugin($node, by_header => 'rate-limiting', minute => 1_000_000_000, limit_by => 'header', header_name => 'x-user');
    add_plugin($node, cors => cors => origins => ['https://a.example', 'https://b.example']);
    add_plugin($node, ip => 'ip-restriction', allow => ['10.0.0.0/8', '127.0.0.0/8']);
    add_plugin($node, levels => 'url-auth', secret => 's', service_map => { levels => 0 }, redis_host => undef);
    $node->admin_ok(POST => '/api_mgr', { sign => '0/', auth_level => 1 });
    $node->admin_ok(POST => '/login_user', { phone => '13', level => 1 });
    my $token = token(header => { alg => 'HS256' }, claims => { phone => '13', nbf => 1, exp => time + 86400 }, key => 's');
    compare($node, 'Limits', ['bare ProxyPass', "$node->{bare}/plain"], ['routed, no plugin', "$proxy/plain"],
        ['rate-limiting local, two limits', "$proxy/limited"],
        ['rate-limiting local, by header', "$proxy/by_header", headers => ['X-User: somebody']],
        ['cors', "$proxy/cors", headers => ['Origin: https://b.example']], ['ip-restriction', "$proxy/ip"],
        ['url-auth, HS256, no Redis', "$proxy/levels", headers => ["Authorization: Bearer $token"]]);
}

1;
