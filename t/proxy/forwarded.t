# SPDX-License-Identifier: Apache-2.0
# X-Real-IP and X-Forwarded-*: what a stranger says is replaced, what a trusted peer says is kept.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;

my %said = (
    'X-Real-IP'          => '198.51.100.7',
    'X-Forwarded-For'    => '192.0.2.1, 198.51.100.7',
    'X-Forwarded-Proto'  => 'https',
    'X-Forwarded-Host'   => 'Front.example:444',
    'X-Forwarded-Port'   => '444',
    'X-Forwarded-Path'   => '/front',
    'X-Forwarded-Prefix' => '/pre',
);
my $all = join ', ', keys %said;

# Both servers get the same rows and requests: [name, headers sent, path below the route, want by lower-case name].
sub check_rows {
    my ($who, $server, @rows) = @_;
    my $service = $server->{admin_ok}->(POST => '/services', { name => unique('svc'), url => upstream() });
    my $name = unique('fwd');
    $server->{admin_ok}->(POST => '/routes', { name => $name, paths => ["/$name"], service => { id => $service->{id} } });
    $server->{admin_ok}->(POST => '/routes',
        { name => "keep-$name", paths => ["/keep-$name"], strip_path => JSON::false(), service => { id => $service->{id} } });
    for (@rows) {
        my ($title, $sent, $path, $want) = @$_;
        my $res = $server->{call}->(GET => $path =~ s/NAME/$name/r, @$sent);
        is $res->code, 200, "$who: $title" or next;
        my $seen = json_of($res)->{headers};
        for my $header (sort keys %$want) {
            my $value = defined $want->{$header} ? $want->{$header} =~ s/NAME/$name/r : undef;
            is $seen->{$header}, $value, "$who: $title: $header";
        }
    }
}

my $port = GatewayTest::proxy_port();
my %own = (
    'x-real-ip' => '127.0.0.1', 'x-forwarded-for' => '127.0.0.1', 'x-forwarded-proto' => 'http',
    'x-forwarded-host' => 'shop.example', 'x-forwarded-port' => $port, 'x-forwarded-path' => '/NAME/a%2Fb',
    'x-forwarded-prefix' => '/NAME', 'x-forwarded-server' => undef,
);
my @host = (Host => 'Shop.example:1234');

check_rows('a stranger', { admin_ok => \&admin_ok, call => \&call },
    [ 'says nothing', [@host], '/NAME/a%2Fb?q=1', \%own ],
    [ 'says everything', [ @host, %said ], '/NAME/a%2Fb', { %own, 'x-forwarded-for' => "$said{'X-Forwarded-For'}, 127.0.0.1" } ],
    [ 'says it and names it in Connection', [ @host, %said, Connection => "close, $all" ], '/NAME/a%2Fb',
        { %own, 'x-forwarded-for' => "$said{'X-Forwarded-For'}, 127.0.0.1" } ],
    [ 'asks where nothing is stripped', [ @host, %said ], '/keep-NAME/x',
        { 'x-forwarded-prefix' => undef, 'x-forwarded-path' => '/keep-NAME/x' } ],
);

my $node = GatewayNode->start(proxy_extra => 'GwTrustedProxies 127.0.0.0/8');
check_rows('a trusted peer',
    { admin_ok => sub { $node->admin_ok(@_) }, call => sub { $node->call(@_) } },
    [ 'says nothing', [@host], '/NAME/a%2Fb', { %own, 'x-forwarded-port' => $node->{proxy_port} } ],
    [ 'says everything', [ @host, %said ], '/NAME/a%2Fb',
        { (map { lc $_ => $said{$_} } keys %said), 'x-forwarded-for' => "$said{'X-Forwarded-For'}, 127.0.0.1" } ],
    [ 'says it where nothing is stripped', [ @host, %said ], '/keep-NAME/x', { 'x-forwarded-prefix' => '/pre' } ],
    [ 'sends no address as X-Real-IP', [ @host, 'X-Real-IP' => 'unknown' ], '/NAME/', { 'x-real-ip' => '127.0.0.1' } ],
);

# Who asks is what mod_remoteip says; who may speak for others is the peer, as before.
my $remoteip = "$ENV{GW_HTTPD_MODULES}/mod_remoteip.so";
if (-e $remoteip) {
    my @through = (@host, 'X-Forwarded-For' => '203.0.113.9', map { $_ => $said{$_} } qw(X-Forwarded-Proto X-Forwarded-Host));
    for (['127.0.0.1', 'https', 'Front.example:444', 'the peer is trusted'], ['203.0.113.9', 'http', 'shop.example', 'an address that it names is']) {
        my ($trusted, $proto, $forwarded_host, $what) = @$_;
        my $behind = GatewayNode->start(proxy_extra => "GwTrustedProxies $trusted",
            extra => "LoadModule remoteip_module $remoteip\nRemoteIPHeader X-Forwarded-For\nRemoteIPInternalProxy 127.0.0.1\n");
        check_rows("mod_remoteip, $what", { admin_ok => sub { $behind->admin_ok(@_) }, call => sub { $behind->call(@_) } },
            [ 'a client behind it', \@through, '/NAME/', { 'x-real-ip' => '203.0.113.9', 'x-forwarded-proto' => $proto, 'x-forwarded-host' => $forwarded_host } ]);
    }
}
done_testing();
