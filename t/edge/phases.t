# SPDX-License-Identifier: Apache-2.0
# The gateway among httpd's own directives: what may be combined, who wins, and what fails closed. On a node of its own.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Path qw(make_path);
use File::Temp ();
use GatewayNode;
use GatewayTest;
use HTTP::Headers ();
use MIME::Base64 qw(encode_base64);

my $docs = File::Temp::tempdir(CLEANUP => 1);
chmod 0755, $docs;
make_path("$docs/errors", "$docs/files/guarded");
sub write_file { my ($name, $text) = @_; open my $out, '>', "$docs/$name" or die "$name: $!"; print $out $text; close $out }
write_file('errors/403.html', "our own page\n");
write_file('files/open.txt', "open\n");
write_file('files/guarded/secret.txt', "secret\n");
write_file('files/page.shtml', "[<!--#include virtual=\"/files/guarded/secret.txt\" -->]\n");
write_file('files/gone.shtml', "gone [<!--#include virtual=\"/api/x\" -->]\n");
write_file('users', "bob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n"); # secret

my $upstream = upstream();
my ($port) = GatewayNode::free_ports(1);
my $modules = join '', map { "LoadModule ${_}_module $ENV{GW_HTTPD_MODULES}/mod_$_.so\n" }
    qw(authz_user authn_file auth_basic access_compat rewrite alias include mime dir);
my $node = GatewayNode->start(
    extra => <<"CONF",
${modules}TypesConfig /dev/null
<Directory "$docs">
    Require all granted
    Options +Includes
    AddType text/html .shtml
    AddOutputFilter INCLUDES .shtml
</Directory>
Listen 127.0.0.1:$port
<VirtualHost *:$port>
    GwRouter Fallthrough
    GwHeaders off
    GwTrustedProxies 127.0.0.1
    ErrorDocument 410 /files/gone.shtml
    <Location "/files/gone.txt">
        Redirect gone
    </Location>
    DocumentRoot "$docs"
    <Location "/files/guarded">
        GwPlugin key-auth
    </Location>
    RewriteEngine On
    RewriteRule ^/api/ /files/open.txt
</VirtualHost>
CONF
    proxy_extra => <<"CONF");
    CustomLog logs/access.json gw_json
    DocumentRoot "$docs"
    ErrorDocument 403 /errors/403.html
    <Location "/api/skipped">
        GwPlugin key-auth
        Satisfy Any
        Order allow,deny
        Allow from all
    </Location>
    <Location "/api/valid">
        GwPlugin key-auth anonymous=nobody
        AuthType Basic
        AuthName x
        AuthUserFile "$docs/users"
        Require valid-user
    </Location>
    <Location "/api/basic">
        AuthType Basic
        AuthName x
        AuthUserFile "$docs/users"
        Require valid-user
    </Location>
    <Location "/api/denied">
        Require all denied
    </Location>
    <Location "/api/lost">
        GwPlugin key-auth anonymous=who-is-that
    </Location>
    <Location "/st atic/">
        ProxyPass "$upstream/"
        GwService nobody-made-it
        GwPlugin key-auth
    </Location>
CONF

$node->admin_ok(POST => '/services', { name => 'api', url => $upstream });
$node->admin_ok(POST => '/services/api/routes', { name => 'api-route', paths => ['/api'], strip_path => \0 });
$node->admin_ok(POST => '/consumers', { username => $_ }) for qw(alice nobody);
$node->admin_ok(POST => '/consumers/alice/key-auth', { key => 'alices' });
my @key = (apikey => 'alices');
my @bob = (Authorization => 'Basic ' . encode_base64('bob:secret', ''));
my $other = sub { my ($path, @headers) = @_; return GatewayTest::send_to("http://127.0.0.1:$port$path", 'GET', undef, @headers) };

# ---- fail closed ----
my $res = $node->call(GET => '/api/skipped', @key);
is $res->code, 500, 'Satisfy Any would skip the plugin: refused';
like $node->log_text, qr/GW1012: auth: refused: .*skip authentication/, 'and the operator is told why';

# ---- httpd's authentication beside the gateway's ----
is $node->call(GET => '/api/valid')->code, 401, 'the anonymous consumer is no valid-user';
is $node->call(GET => '/api/valid', @bob)->code, 401, 'nor is a user of httpd where a plugin decides';
is $node->call(GET => '/api/valid', @key)->code, 200, 'a consumer is';
is $node->call(GET => '/api/basic')->code, 401, 'without a plugin httpd decides';
is $node->call(GET => '/api/basic', @bob)->code, 200, 'and lets its users in';
is $node->call(GET => '/api/lost')->code, 500, 'an anonymous consumer that does not exist';
is json_of($node->call(GET => '/api/lost'))->{message}, 'An unexpected error occurred', 'which clients are not told about';
like $node->log_text, qr/GW1011: auth: there is no consumer who-is-that/, 'but the operator is';
is $node->call(GET => '/api/lost', @key)->code, 200, 'a key still works there';

# ---- error documents ----
is $node->call(GET => '/api/denied')->content, "our own page\n", 'a configured ErrorDocument wins, and is not routed';
is $node->call(GET => '/api/denied')->code, 403, 'with its status';

# ---- a Location, however its path is written ----
for my $path ('/st%20atic/x', '/st%20%61tic/x', '/%73t%20atic/./x', '/y/../st%20atic/x') {
    is $node->call(GET => $path)->code, 401, "$path: the plugin is asked";
    is $node->call(GET => $path, @key)->code, 200, "$path: and satisfied";
}

# ---- Fallthrough ----
is $other->('/files/open.txt')->content, "open\n", 'what matches no route is a file';
like $other->('/api/x')->content, qr{"/api/x"}, 'no RewriteRule replaces what was routed';
is $other->('/files/guarded/secret.txt')->code, 401, 'a plugin guards files';
is $other->('/files/guarded/secret.txt', @key)->content, "secret\n", 'and opens them';
unlike $other->('/files/page.shtml')->content, qr/secret/, 'a subrequest is authenticated too';
like $other->('/files/page.shtml', @key)->content, qr/secret/, 'with the client\'s credential';
is $other->('/nowhere')->code, 404, 'neither route nor file';
is $other->('/nowhere', Accept => 'text/plain')->content, "Not found\n", 'in our words';
$res = $other->('/api/x');
is $res->header($_), undef, "GwHeaders off: no $_" for qw(Via X-Kong-Proxy-Latency X-Kong-Upstream-Latency X-Kong-Request-Id);
$res = $other->('/files/guarded/secret.txt');
unlike $res->header('Server'), qr/mod_gw/, 'GwHeaders off: httpd\'s own Server';
is $res->header('X-Kong-Response-Latency'), undef, 'GwHeaders off: no X-Kong-Response-Latency';

# ---- a trusted proxy in front ----
$node->admin_ok(POST => '/services/api/routes', { paths => ['/tls'], protocols => ['https'] });
$node->admin_ok(POST => '/services/api/routes',
    { paths => ['/moved'], protocols => ['https'], https_redirect_status_code => 308 });
is $other->('/tls')->code, 426, 'http for https';
is $other->('/tls', 'X-Forwarded-Proto' => 'https')->code, 200, 'a trusted proxy took the https';
is $node->call(GET => '/tls', 'X-Forwarded-Proto' => 'https')->code, 426, 'a stranger did not';
is $other->('/moved/x', 'X-Forwarded-Host' => 'shop.example:443')->header('Location'), 'https://shop.example/moved/x',
    'its word for the host';
is $node->call(GET => '/moved/x', 'X-Forwarded-Host' => 'evil.example')->header('Location'), 'https://127.0.0.1/moved/x',
    'not a stranger\'s';
$res = $other->('/files/gone.txt');
is $res->code, 410, 'an error page';
like $res->content, qr{^gone}, 'is the one that was configured';
unlike $res->content, qr/headers/, 'what it includes is not routed';

# ---- the access log ----
my $secret = 'very-secret-key';
$node->call(GET => "/api/x?apikey=$secret&x=1&api%6bey=$secret");
eventually(sub { $node->log_text('access.log') =~ /GET \/api\/x\?apikey=\*\*\*&x=1&api%6bey=\*\*\* HTTP/ }, 'credentials in the query are masked');
unlike $node->log_text('access.log'), qr/\Q$secret/, 'everywhere';
$res = $node->call(GET => '/api/valid/logged', @key);
my $id = $res->header('X-Kong-Request-Id');
eventually(sub { $node->log_text('access.log') =~ /^127\.0\.0\.1 - alice .*"GET \/api\/valid\/logged HTTP\/1\.1" 200 .* route=api-route service=api upstream_ms=\d+ tries=1 .*request_id=$id$/m },
    'the log names consumer, route, service and request');

# The line of a request id in the log that is JSON.
sub json_line {
    my ($id) = @_;
    my $line;
    eventually(sub { ($line) = grep { index($_, $id) >= 0 } $node->log_text('access.json') =~ /^(.+)\n/mg; $line }, 'gw_json: a line');
    return eval { JSON->new->utf8->decode($line) } // { message => "no JSON: $line" };
}
my $odd = "o\"d\\d \x{e9}\x{1f4a9}\n{\x{1b}[2J";
my $odd_id = $node->admin_ok(POST => '/consumers', { username => $odd })->{id};
$node->admin_ok(POST => "/consumers/$odd_id/key-auth", { key => 'odds' });
for ([ alices => 'alice', '/api/valid/json?x=1', '/api/valid/json?x=1', 'plain texts' ],
     [ odds => $odd, '/api/valid/a"b\\c?d="\\"', '/api/valid/a"b\\c?d="\\"', 'a name and a target of quotes and backslashes' ],
     [ odds => $odd, "/api/valid/?apikey=$secret&\xc3\xa9&x", "/api/valid/?apikey=***&\x{e9}&x", 'a credential among letters from elsewhere' ]) {
    my ($key, $consumer, $target, $shown, $why) = @$_;
    my $raw = raw_request("GET $target HTTP/1.1\r\nHost: x\r\napikey: $key\r\nConnection: close\r\n\r\n", port => $node->{proxy_port});
    my ($request_id) = $raw =~ /^X-Kong-Request-Id: (\w+)\r$/mi;
    my $line = json_line($request_id);
    is $line->{message}, undef, "gw_json: $why: JSON";
    is_deeply { map { $_ => $line->{$_} } qw(consumer service route request request_id client status) },
        { consumer => $consumer, service => 'api', route => 'api-route', request => "GET $shown HTTP/1.1", request_id => $request_id,
          client => '127.0.0.1', status => 200 }, "gw_json: $why: who, where, what";
    like $line->{$_}, qr/^\d+$/, "gw_json: $why: $_ is a number" for qw(upstream_ms total_us bytes);
    like $line->{time}, qr/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}$/, "gw_json: $why: when";
}
unlike $node->log_text('access.json'), qr/\Q$secret/, 'gw_json: no credential in a query';
done_testing();
