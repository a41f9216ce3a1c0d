# SPDX-License-Identifier: Apache-2.0
# Ways around a guard or into an identity that need help from the configuration: merged trailers, files and ProxyPass
# behind Fallthrough, overlapping Locations, modules that redirect inside. On a node of its own.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Path qw(make_path);
use File::Temp ();
use GatewayNode;
use GatewayTest;

my $docs = File::Temp::tempdir(CLEANUP => 1);
chmod 0755, $docs;
make_path("$docs/files/dir", "$docs/files/dir2");
my $upstream = upstream();
my ($port, $off) = GatewayNode::free_ports(2);
my $modules = join '', map { "LoadModule ${_}_module $ENV{GW_HTTPD_MODULES}/mod_$_.so\n" } qw(dir);
my $node = GatewayNode->start(
    extra => <<"CONF",
$modules<Directory "$docs">
    Require all granted
</Directory>
Listen 127.0.0.1:$port
<VirtualHost *:$port>
    GwRouter Fallthrough
    DocumentRoot "$docs"
    DirectoryIndex index.html
    ProxyPass /app "$upstream/app"
    ProxyPass /stat "$upstream/stat"
    <Location "/stat/guarded/">
        GwPlugin key-auth
    </Location>
</VirtualHost>
Listen 127.0.0.1:$off
<VirtualHost *:$off>
    ProxyPass /stat "$upstream/stat"
    <Location "/stat/guarded/">
        GwPlugin key-auth
    </Location>
</VirtualHost>
CONF
    proxy_extra => <<"CONF");
    MergeTrailers On
    AllowEncodedSlashes NoDecode
    <Location "/outer/">
        ProxyPass "$upstream/outer/"
        GwService outer
    </Location>
    <Location "/raw/">
        ProxyPass "$upstream/raw/" nocanon
        GwService raw
        GwPlugin key-auth hide_credentials=true
    </Location>
    <Location "/outer/guarded/">
        GwPlugin key-auth
    </Location>
CONF
my $key = unique('key');
$node->admin_ok(POST => '/services', { name => 'api', url => $upstream });
$node->admin_ok(POST => '/consumers', { username => $_ }) for 'alice', 'nobody';
$node->admin_ok(POST => '/consumers/alice/key-auth', { key => $key });
sub route {
    my ($name, $config, %f) = @_;
    $node->admin_ok(POST => '/services/api/routes', { name => $name, strip_path => \0, %f });
    $node->admin_ok(POST => "/routes/$name/plugins", { name => 'key-auth', config => $config }) if $config;
}
route('body', { key_in_body => \1, anonymous => 'nobody' }, paths => ['/body']);
route('guarded', {}, paths => ['/app/guarded', '/files/dir/']);

# (status, body) of a target as bytes.
sub ask {
    my ($to, $target, @headers) = @_;
    my $raw = raw_request(join("\r\n", "GET $target HTTP/1.1", 'Host: x', @headers, 'Connection: close', '', ''), port => $to);
    return $raw =~ m{\AHTTP/1\.1 (\d+) .*?\r\n\r\n(.*)\z}s;
}

# ---- trailers that httpd merges into the headers once the body was read ----
my $form = 'a=1';
my $raw = raw_request(join("\r\n", 'POST /body HTTP/1.1', 'Host: x', 'Transfer-Encoding: chunked', 'Content-Type: application/x-www-form-urlencoded',
    'Trailer: X-Consumer-Username', 'Connection: close', '', sprintf('%x', length $form), $form, '0',
    'X-Credential-Identifier: root', 'X_Consumer_Groups: admin', 'X-Authenticated-Groups: admin', 'X-Consumer-Username: root', '', ''),
    port => $node->{proxy_port});
like $raw, qr{\AHTTP/1\.1 200 }, 'a form whose trailer names an identity';
like $raw, qr/"x-consumer-username":"nobody"/, 'the gateway says who it is';
unlike $raw, qr/admin|root/, 'and no trailer does';

# ---- what falls through is not what another decoding makes a guarded route of ----
my $p = $node->{proxy_port};
is((ask($port, '/app/open'))[0], 200, 'ProxyPass serves what no route wants');
is((ask($port, '/app/guarded'))[0], 401, 'not what a route guards');
is((ask($port, $_))[0], 400, "$_: nor what an upstream might take for it")
    for '/app/x/..;/guarded', '/app/x/..;y=1/guarded', '/app/;/guarded', '/app/x/..%3b/guarded', '/app/%3b/guarded';
for ([ $port, 'Fallthrough' ], [ $off, 'Off' ]) {
    my ($to, $mode) = @$_;
    is((ask($to, '/stat/open;a=1'))[0], 200, "$mode: a Location without plugins is not the gateway's");
    is((ask($to, '/stat/guarded/x'))[0], 401, "$mode: one with a plugin is");
    is((ask($to, "/stat/x/..$_/guarded/x"))[0], 400, "$mode: however it is spelt ($_)") for ';', '%3B', '%3ba=1';
}

# ---- Locations inside each other ----
is((ask($p, '/outer/x'))[0], 200, 'the outer Location is open');
is((ask($p, '/outer/guarded/x'))[0], 401, 'the inner one is guarded');
is((ask($p, "/outer$_"))[0], 401, "/outer$_: in any spelling") for '//guarded/x', '/./guarded/x', '/a/../guarded/x', '/%67uarded/x', '/a/%2e%2e/guarded/x';
is((ask($p, "/outer$_"))[0], 400, "/outer$_: that an upstream might read so") for '/a/..;/guarded/x', '/;x/guarded/x', '/guarded%2fx', '/a%2f..%2fguarded/x', '/a/..%5cguarded%5cx';

# ---- a key in the query, where mod_proxy sends on what the client wrote ----
my ($code, $seen) = ask($p, "/raw/a%2fb?x=1&apikey=$key&y=%41");
is $code, 200, 'nocanon: a key in the query';
like $seen, qr{"target":"/raw/a%2fb\?x=1&y=%41"}, 'is hidden, and the rest is as it was';
($code, $seen) = ask($p, "/raw/?apikey=$key");
like $seen, qr{"target":"/raw/"}, 'also when it is all there was';

# ---- mod_dir looks for index.html, which a route guards ----
my ($status, $body) = ask($port, '/files/dir/');
is $status, 401, 'a directory on a guarded path';
($status, $body) = ask($port, '/files/dir2/');
unlike $body, qr/headers/, 'a directory beside it';
done_testing();
