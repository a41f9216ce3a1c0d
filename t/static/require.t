# SPDX-License-Identifier: Apache-2.0
# What a <Location> guards by Require alone is guarded in every spelling of its path: one that an upstream may read as
# in there, though httpd does not, is refused. Where the gateway routes, where it does not, and in Fallthrough.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;

my ($alice, $bob) = map { unique($_) } qw(alice bob);
my %key = map { $_ => unique('key') } $alice, $bob;
my $require = "Require gw-consumer $alice";
my $proxied = 'ProxyPass "' . upstream() . '/"';

# BELOW -> [what stands below it: target, whether bob, who may enter BELOW but not its admin/, gets there]
sub spellings {
    my ($below) = @_;
    return ([ "$below/admin/x", 403, 'as it is' ],
        [ "$below/./admin/x", 403, 'with a dot segment' ],
        [ "$below/%61dmin/x", 403, 'with a letter encoded' ],
        [ "$below/x/../admin/x", 403, 'by a way round' ],
        [ "$below/admin/x;v=1", 403, 'with a parameter inside' ],
        [ "$below/admin/a%5cb", 403, 'with a backslash inside' ],
        [ "$below/x/..%2fadmin/x", 400, 'an encoded slash' ],
        [ "$below/x%2F..%2Fadmin/x", 400, 'two of them' ],
        [ "$below/x\\..\\admin/x", 400, 'backslashes' ],
        [ "$below/x%5c..%5cadmin/x", 400, 'encoded ones' ],
        [ "$below/admin;a=b/x", 400, 'a parameter' ],
        [ "$below/;/admin/x", 400, 'a segment that is one' ],
        [ "$below/x/..;/admin/x", 400, 'two dots with one' ],
        [ "$below/x/..%3b/admin/x", 400, 'two dots with an encoded one, which httpd decodes where it does not route' ],
        [ "$below/.%3b%2f..%2fadmin/x", 400, 'one that is a name to some and nothing to others' ],
        [ "$below/deep/.%3b%2f..%2fvault/x", 400, 'or is read as a name' ],
        [ "$below/admin%2fx", 400, 'a slash behind it' ],
        [ "$below/admin/..%2fx", 400, 'the other way round' ],
        [ "$below/x;v=1", 200, 'a parameter elsewhere' ],
        [ "$below/a\\b", 200, 'a backslash elsewhere' ],
        [ "$below/a%2fb", 200, 'an encoded slash elsewhere' ],
        [ "$below/a%20b", 200, 'a space' ]);
}

sub status_of {
    my ($node, $target, $key) = @_;
    my $raw = raw_request("GET $target HTTP/1.1\r\nHost: localhost\r\napikey: $key\r\nConnection: close\r\n\r\n",
        port => $node->{proxy_port});
    return $raw =~ m{\AHTTP/1\.1 (\d+) } ? $1 : 0;
}

sub check {
    my ($node, $how, @rows) = @_;
    for (@rows) {
        my ($target, $status, $why) = @$_;
        is status_of($node, $target, $key{$bob}), $status, "$how: $target: $why";
    }
    is status_of($node, $_, $key{$alice}), 200, "$how: $_: alice may" for map { $_->[0] } grep { $_->[1] == 403 } @rows;
}

sub start {
    my ($config) = @_;
    my $node = GatewayNode->start(GatewayNode::own_database(), threads => 8, proxy_extra => "AllowEncodedSlashes NoDecode\n$config");
    for my $name ($alice, $bob) {
        $node->admin_ok(PUT => "/consumers/$name", {});
        $node->admin_ok(POST => "/consumers/$name/key-auth", { key => $key{$name} });
    }
    return $node;
}

# A route on all of a path, and sections of each kind in it.
my ($api, $regex, $glob) = map { '/' . unique($_) } qw(api regex glob);
my $node = start(<<"END");
<Location "$api/admin/">
    $require
</Location>
<LocationMatch "^/[^/]+/deep/vault/">
    $require
</LocationMatch>
<LocationMatch "^$regex/admin/">
    $require
</LocationMatch>
<Location "$glob/*/x">
    $require
</Location>
END
for my $path ($api, $regex, $glob) {
    my $service = $node->admin_ok(POST => '/services', { name => unique('svc'), url => upstream() });
    $node->admin_ok(POST => '/routes', { name => unique('route'), paths => [$path], service => { id => $service->{id} } });
    $node->admin_ok(POST => "/services/$service->{id}/plugins", { name => 'key-auth' });
}
check($node, 'routed', spellings($api));
check($node, 'LocationMatch', spellings($regex));
check($node, 'a pattern',
    [ "$glob/admin/x", 403, 'as it is' ], [ "$glob/a/b", 200, 'elsewhere' ], [ "$glob/a;b", 200, 'a parameter elsewhere' ],
    [ "$glob/y/z/..%2f../x", 200, 'in it for nobody' ],
    [ "$glob/y/b%2f..%2fx", 400, 'encoded slashes' ], [ "$glob/y/x;v", 400, 'a parameter' ]);
undef $node;

# <Location>s in one another that need no route: with a service, with plugins alone, and beside routes.
my $inside = <<"END";
<Location "/s/">
    $proxied
    GwService no-such-service
    GwPlugin key-auth
</Location>
<Location "/s/admin/">
    $require
</Location>
<Location "/p/">
    $proxied
    GwPlugin key-auth
</Location>
<Location "/p/admin/">
    $require
</Location>
<LocationMatch "^/[^/]+/deep/vault/">
    $require
</LocationMatch>
<Location "/s/s p a c e/">
    $require
</Location>
END
$node = start("GwRouter Off\n$inside");
check($node, 'not routed', spellings('/s'));
check($node, 'not routed, without a service', spellings('/p'));
check($node, 'a name with spaces',
    [ '/s/s%20p%20a%20c%20e/x', 403, 'as it is' ], [ '/s/s%20p%20a%20c%20e;/x', 400, 'a parameter' ]);
undef $node;

# Fallthrough: what no route matches is the Location's.
$node = start("GwRouter Fallthrough\n$inside");
check($node, 'Fallthrough', spellings('/s'));
check($node, 'Fallthrough, without a service', spellings('/p'));
undef $node;

# A virtual host with nothing of the gateway's but the module: its Locations are httpd's own business.
$node = start(<<"END");
GwRouter Off
<Location "/h/">
    $proxied
</Location>
<Location "/h/admin/">
    Require all granted
</Location>
END
is status_of($node, $_, 'x'), 200, "nothing of the gateway's: $_ is left alone" for '/h/admin;a=b/x', '/h/x/..%2fadmin/x';
done_testing;
