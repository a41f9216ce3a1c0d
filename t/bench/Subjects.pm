# SPDX-License-Identifier: Apache-2.0
# Subjects.pm - what build/bench asks for: services with a route and plugins, a consumer with a credential of each
# kind, routes in bulk.
package Subjects;
use strict;
use warnings FATAL => 'all';
use Exporter 'import';
use MIME::Base64 qw(encode_base64);
use Time::HiRes qw(sleep);
use Stand qw(upstream_url);
use Tokens qw(token key_for);

our @EXPORT_OK = qw(service_and_route add_plugin add_consumer key_header basic_header bearer_header bulk_routes);

my ($key, $password) = ('bench-key-0123456789abcdef', 'open sesame');

# A service of this name at the upstream, and its route /NAME.
sub service_and_route {
    my ($node, $name) = @_;
    $node->admin_ok(POST => '/services', { name => $name, url => upstream_url() });
    $node->admin_ok(POST => "/services/$name/routes", { name => $name, paths => ["/$name"] });
}

# A plugin of a service: its entity.
sub add_plugin {
    my ($node, $service, $plugin, %config) = @_;
    return $node->admin_ok(POST => "/services/$service/plugins", { name => $plugin, config => \%config });
}

# The consumer bench, who has a credential for each of the three headers below.
sub add_consumer {
    my ($node) = @_;
    my $to = '/consumers/bench';
    $node->admin_ok(POST => '/consumers', { username => 'bench' });
    $node->admin_ok(POST => "$to/key-auth", { key => $key });
    $node->admin_ok(POST => "$to/basic-auth", { username => 'bench', password => $password });
    $node->admin_ok(POST => "$to/jwt", { key => 'HS256', secret => 'secret' });
    $node->admin_ok(POST => "$to/jwt", { key => $_, algorithm => $_, rsa_public_key => (key_for($_))[1] }) for qw(RS256 ES256);
}

sub key_header { "apikey: $key" }
sub basic_header { 'Authorization: Basic ' . encode_base64("bench:$password", '') }

# A token of the consumer that is good for a day.
sub bearer_header {
    my ($alg) = @_;
    return 'Authorization: Bearer ' . token(alg => $alg, claims => { iss => $alg, exp => time + 86400 });
}

# Rows in bulk, straight into the database: N routes of one service, each with a path of its own.
sub bulk_routes {
    my ($node, $n, $service) = @_;
    my $service_id = $node->admin_ok(GET => "/services/$service")->{id};
    open my $sql, '|-', 'sqlite3', '-cmd', '.timeout 10000', "$node->{dir}/data/gw.db" or die "sqlite3: $!";
    print $sql "BEGIN;\n";
    for my $i (1 .. $n) {
        printf $sql "INSERT INTO routes (id, created_at, updated_at, name, protocols, paths, https_redirect_status_code, regex_priority, "
            . "strip_path, path_handling, preserve_host, request_buffering, response_buffering, service_id) VALUES "
            . "('%08x-0000-4000-8000-000000000000', 1, 1, 'bulk-%d', '[\"http\",\"https\"]', '[\"/bulk/%d\"]', 426, 0, 1, 'v0', 0, 1, 1, '%s');\n",
            $i, $i, $i, $service_id;
    }
    print $sql "COMMIT;\n";
    close $sql or die "bulk insert failed";
    my $last = "/bulk/$n";
    for (1 .. 600) { last if $node->call(GET => $last)->code == 200; sleep 0.1 }
}

1;
