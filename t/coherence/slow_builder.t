# SPDX-License-Identifier: Apache-2.0
# Builders that need long to read what changed: nobody sees less than the Admin API has promised. With a short delay
# the writer waits for them, with one longer than its patience the requests do.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayBurst;
use GatewayNode;
use GatewayTest;

plan skip_all => 'readers of SQLite cannot be held back' unless is_postgres();

my %database = GatewayNode->own_database;
my $node = GatewayNode->start(%database, threads => 16, extra => "StartServers 2\n");
my $n = 16;
my $service = $node->admin_ok(POST => '/services', { name => unique('svc'), url => upstream() });

sub sql { return system('psql', '-q', '-1', '-v', 'ON_ERROR_STOP=1', $database{params}, map { ('-c', $_) } @_) == 0 }

# What each step of a builder reads becomes a view that takes its time.
sub hold_builders {
    my ($seconds) = @_;
    return sql('ALTER TABLE gw_events_horizon RENAME TO gw_events_horizon_kept',
        "CREATE VIEW gw_events_horizon AS SELECT * FROM gw_events_horizon_kept WHERE (SELECT 1 FROM pg_sleep($seconds)) = 1");
}
sub let_builders_go { return sql('DROP VIEW gw_events_horizon', 'ALTER TABLE gw_events_horizon_kept RENAME TO gw_events_horizon') }

sub all_say {
    my ($code, $name, $path, %headers) = @_;
    return is_deeply codes_of(burst($node->{proxy_port}, $path, connections => $n, headers => \%headers)), { $code => $n }, $name;
}

my $consumer = $node->admin_ok(POST => '/consumers', { username => unique('user') });
for my $delay (0.3, 1.3) {
    ok hold_builders($delay), "builders take $delay s for each look";
    my $pending = 0;
    my $write = sub {
        my $res = $node->admin(@_);
        $pending++ if ($res->header('X-Gw-Propagation') // '') eq 'pending';
        return json_of($res);
    };
    my $route = $write->(POST => '/routes', { paths => ['/' . unique('held')], service => { id => $service->{id} } });
    my $path = $route->{paths}[0];
    all_say(200, 'a new route is served', $path);
    my $plugin = $write->(POST => "/routes/$route->{id}/plugins", { name => 'key-auth' });
    all_say(401, 'a new plugin asks', $path);
    my $key = unique('key');
    my $credential = $write->(POST => "/consumers/$consumer->{id}/key-auth", { key => $key });
    all_say(200, 'a new key opens', $path, apikey => $key);
    $node->admin(DELETE => "/consumers/$consumer->{id}/key-auth/$credential->{id}");
    all_say(401, 'a key that was deleted opens nothing, known to every child as it was', $path, apikey => $key);
    $node->admin(DELETE => "/routes/$route->{id}");
    all_say(404, 'a route that was deleted is gone', $path);
    cmp_ok $pending, '>', 0, 'and writers say that they did not wait for all' if $delay > 1;
    ok let_builders_go(), 'builders are quick again';
}

# A plugin row of a consumer that comes, is met, and goes between two looks, by another hand.
{
    my ($key, $id) = (unique('key'), '00000000-0000-4000-8000-00000000000b');
    my $bob = $node->admin_ok(POST => '/consumers', { username => unique('bob') });
    $node->admin_ok(POST => "/consumers/$bob->{id}/key-auth", { key => $key });
    my $route = $node->admin_ok(POST => '/routes', { paths => ['/' . unique('bobs')], service => { id => $service->{id} } });
    $node->admin_ok(POST => "/routes/$route->{id}/plugins", { name => 'key-auth' });
    ok hold_builders(3), 'builders take 3 s for each look';
    ok sql("INSERT INTO plugins (id, created_at, name, consumer_id, config, protocols, enabled)
        VALUES ('$id', 1, 'from-the-future', '$bob->{id}', '{}', '[\"http\",\"https\"]', true)"), 'a row for bob alone';
    all_say(500, 'children that load him then have it', $route->{paths}[0], apikey => $key);
    ok sql("DELETE FROM plugins WHERE id = '$id'"), 'it goes before they look';
    ok let_builders_go(), 'builders are quick again';
    eventually {
        my $codes = codes_of(burst($node->{proxy_port}, $route->{paths}[0], connections => $n, headers => { apikey => $key }));
        ($codes->{200} // 0) == $n;
    } 'he is served again by all children';
}

# Requests that have less patience than builders need are served as it was, and the log says so. (The default is more
# than they need: above. Should this machine be so busy that builders were quicker, once more.)
$node = GatewayNode->start(%database, threads => 16, extra => "StartServers 2\nGwPropagationTimeout 100ms\n");
{
    my $route = $node->admin_ok(POST => '/routes', { paths => ['/' . unique('hasty')], service => { id => $service->{id} } });
    my ($path, $codes) = $route->{paths}[0];
    my $ask = sub { $codes = codes_of(burst($node->{proxy_port}, $path, connections => $n)) };
    for my $try (1 .. 5) {
        eventually { ($ask->()->{200} // 0) == $n } 'all children serve a route';
        ok hold_builders(2), 'builders take 2 s for each look';
        my $res = $node->admin(POST => "/routes/$route->{id}/plugins", { name => 'key-auth' });
        my $kept = ($ask->()->{200} // 0) == $n;
        ok let_builders_go(), 'builders are quick again';
        eventually { ($ask->()->{401} // 0) == $n } 'all children follow';
        if ($kept || $try == 5) {
            is $res->header('X-Gw-Propagation'), 'pending', 'the writer did not wait for all';
            ok $kept, 'GwPropagationTimeout: requests are served as it was';
            last;
        }
        $node->admin_ok(DELETE => '/plugins/' . json_of($res)->{id});
    }
    ok $node->log_text =~ /:warn\].* GW1604: coherence: served with an older configuration/, 'and the log says so';
}

done_testing;
