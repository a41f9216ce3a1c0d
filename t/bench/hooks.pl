# SPDX-License-Identifier: Apache-2.0
# hooks.pl - middleman: what asking a hook costs, beside nginx that asks the same; and what hooks that are not well do
# to another route.
use strict;
use warnings FATAL => 'all';
use GatewayLoad;
use GatewayNode;
use Measure qw(LOOKS LOOK_S beside_quiet column_medians compare probe);
use Stand qw(%options $work HTTPD_CORE start_nginx start_node upstream_url);
use Subjects qw(service_and_route add_plugin);
use TestHook;
use Time::HiRes qw(sleep);

# nginx on httpd's core, as it does what middleman does: asks by auth_request before it proxies.
sub start_asking_nginx {
    my ($port) = @_;
    my $upstream = upstream_url() =~ s{^http://}{}r;
    return start_nginx('auth', HTTPD_CORE, $port, <<"TEXT");
access_log $work/auth.log;
  proxy_http_version 1.1; proxy_set_header Connection "";
  upstream up { server $upstream; keepalive 64; }
  server { listen 127.0.0.1:$port;
    location / { auth_request /hook; proxy_pass http://up; }
    location = /hook { internal; proxy_method POST; proxy_pass_request_body off; proxy_set_header Content-Length ""; proxy_pass http://up/hook; } }
TEXT
}

# Its hook on loopback, asked each time and warm; requests differ in User-Agent and ids.
sub compare_well {
    my ($port) = GatewayNode::free_ports(1);
    my $node = start_node();
    my $nginx = start_asking_nginx($port);
    service_and_route($node, $_) for qw(plain asked warm);
    add_plugin($node, asked => middleman => url => upstream_url('/hook'));
    add_plugin($node, warm => middleman => url => upstream_url('/hook'), send_headers => ['x-user'], cache_ttl => 3600);
    open my $lua, '>', "$work/varying.lua" or die $!;
    print $lua "local i = 0\nfunction request() i = i + 1; return wrk.format('GET', nil, { ['User-Agent'] = 'agent/' .. i, "
        . "['X-Request-Id'] = 'id-' .. i * 7919, ['X-User'] = 'user-' .. i % 100 }) end\n";
    close $lua;
    compare($node, 'Hooks', map { my ($name, $url, @more) = @$_; [ $name, $url, script => "$work/varying.lua", @more ] }
        ['bare ProxyPass', "$node->{bare}/plain"], ['routed, no plugin', $node->proxy_url('/plain')],
        ['middleman, hook asked', $node->proxy_url('/asked')], ['nginx auth_request', "http://127.0.0.1:$port/", node => $nginx],
        ['middleman, warm cache', $node->proxy_url('/warm')]);
}

# What a hook may do instead of deciding. The first one decides: what the same load costs with a hook that is well.
my @hook_kinds = (
    [ 'it is well' => sub { 200 } ],
    [ 'it answers nothing' => sub { sleep 600; 200 } ],
    [ 'nothing, no breaker' => sub { sleep 600; 200 }, breaker_failures => 0 ],
    [ 'slowly, half a second' => sub { sleep 0.5; 200 } ],
    [ '1 GB' => sub { \("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n" . 'g' x 4_000_000) } ],
    [ 'a redirect loop' => sub { [ 302, { Location => $_[0]{target} }, '{}' ] } ],
    [ 'invalid HTTP' => sub { \"this is no HTTP at all\r\n\r\n" } ],
    [ 'CRLF in headers' => sub { \"HTTP/1.1 401 No\r\nWWW-Authenticate: a\rX-Evil: 1\r\n X-Evil: 2\r\nContent-Length: 0\r\n\r\n" } ],
    [ '5xx' => sub { 503 } ],
    [ 'it is dead' => undef ],
);

# Somebody on another route, quiet and while four clients ask a route with such a hook again and again.
sub probe_beside_ill {
    my $node = start_node();
    service_and_route($node, $_) for qw(plain asked);
    my $plugin = add_plugin($node, asked => middleman => url => upstream_url('/'));
    probe($node, '/plain');
    print "\nHooks that are not well ($options{mpm}, ${\LOOKS} rounds of ${\LOOK_S} s in turn): another route's p50 and p99 in ms, p99 as a ratio to quiet\n";
    for my $kind (@hook_kinds) {
        my ($name, $answer, %config) = @$kind;
        my $hook = TestHook->start($answer // sub { 200 });
        $hook->stop unless $answer;
        $node->admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { url => $hook->url, timeout => 2000, breaker_failures => 5, %config } });
        my (@rounds, @answers);
        for my $round (1 .. LOOKS) {
            my $quiet = probe($node, '/plain');
            my $load = GatewayLoad->start(4, sub { my $status = GatewayLoad::fresh_get($node->{proxy_port}, '/asked'); sleep 0.02; return $status });
            sleep 0.3;
            push @rounds, beside_quiet($quiet, probe($node, '/plain'));
            push @answers, $load->stop;
        }
        my $said = GatewayLoad::tally(@answers);
        printf "%-24s quiet %6.2f %6.2f, then %6.2f %6.2f, ratio %.2f   answers: %s\n", $name, column_medians(@rounds),
            join ', ', map { "$_: $said->{$_}" } sort keys %$said;
    }
}

sub measure_hooks {
    compare_well();
    probe_beside_ill();
}

1;
