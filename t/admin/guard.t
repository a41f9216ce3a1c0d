# SPDX-License-Identifier: Apache-2.0
# Guarding the Admin API: on loopback, behind the gateway itself, behind httpd's authentication as docs/admin-api.md
# shows it; other sites' pages and other hosts' names are refused whatever stands in front.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp ();
use GatewayTest;
use GatewayNode;
use AdminTest;
use Curl qw(curl);

my $root = $ENV{GW_TEST_ROOT};
sub slurp { open my $in, '<', $_[0] or die "$_[0]: $!"; local $/; return scalar <$in> }

# ---- loopback, unless somebody says otherwise ----
for my $file ("$root/../conf/standalone.conf.in", "$root/../conf/gw.conf") {
    my @listen = slurp($file) =~ /^#?Listen (\S*(?:ADMIN\w*|8001)\S*)$/mg;
    ok @listen && !(grep { !/^127\.0\.0\.1:/ } @listen), "the Admin API listens on loopback in $file: @listen";
}

# ---- through the gateway itself (E1 to E4) ----
my $name = unique('gateway-admin-api'); # other suites leave routes behind for /a and the like: they are prefixes
my $port = GatewayTest::admin_port();
admin_ok(POST => '/apis', { name => $name, uris => "/$name", upstream_url => "http://127.0.0.1:$port" });
sub through { my ($method, $path, @rest) = @_; return call($method, "/$name$path", @rest) }
is through(GET => '/apis')->content, admin(GET => '/apis/')->content, 'the list through the gateway is the list';
is through(GET => '/apis')->code, 200, 'and is there';
my $key = 'key-' . unique();
my $consumer = new_consumer(username => unique('ops'));
admin_ok(POST => "/consumers/$consumer->{id}/key-auth", { key => $key });
admin_ok(POST => "/apis/$name/plugins", form(name => 'key-auth', 'config.hide_credentials' => 'true'));
answers_like(through(GET => '/services'), 401, qr/No API key/, 'nobody without a key');
my @key = (apikey => $key);
is through(GET => "/services?apikey=$key")->code, 200, 'with a key in the query';
my $service = unique('looped');
for (
    [ 'a form', form(name => $service, url => 'http://h:5000/p') ], [ 'multipart', multipart(name => "$service-m", url => ['http://h']) ],
    [ 'JSON', { name => "$service-j", host => 'h' } ],
) {
    my ($kind, $body) = @$_;
    is through(POST => '/services', $body, @key)->code, 201, "POST of $kind";
}
is admin_ok(GET => "/services/$service")->{port}, 5000, 'it arrived';
is admin_ok(GET => "/services/$service-m")->{host}, 'h', "a file's bytes, too";
is json_of(through(PATCH => "/services/$service", 'retries=6', @key))->{retries}, 6, 'PATCH of a form';
is json_of(through(PUT => "/services/$service", { host => 'i' }, @key))->{host}, 'i', 'PUT';
is through(POST => "/services/$service/routes", form('hosts[]' => 'looped.example'), @key)->code, 201, 'a nested POST';
my $res = through(GET => "/services/$service", @key);
is_deeply json_of($res), admin_ok(GET => "/services/$service"), 'GET';
is through(PATCH => "/services/$service", { retries => 1 }, @key, 'If-Match' => $res->header('ETag'))->code, 200, 'versions pass both ways';
is through(PATCH => "/services/$service", { retries => 2 }, @key, 'If-Match' => $res->header('ETag'))->code, 412, 'and count';
is through(POST => '/services', [ 'text/plain', 'x' ], @key)->code, 415, '415 comes through';
is through(POST => '/services', { name => '/', host => 'h' }, @key)->code, 400, '400, too';
my $issuer = unique('https://issuer.example/');
(my $segment = $issuer) =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ge;
is through(POST => "/consumers/$consumer->{id}/jwt", { key => $issuer }, @key)->code, 201, 'a key that is a URL';
is through(GET => "/jwts/$segment", @key)->code, 200, 'an encoded slash passes';
is through(DELETE => "/jwts/$segment", @key)->code, 204, 'DELETE';
is through(DELETE => "/apis/$name", @key)->code, 204, 'it may even delete itself';
answers_like(through(GET => '/services', @key), 404, qr/no Route matched/, 'gone');

# ---- by a service, a host's name, an address list ----
my $machine = 'localhost';
admin_ok(POST => '/services', { name => $name, url => "http://$machine:$port" });
admin_ok(POST => "/services/$name/routes", { name => $name, paths => ["/$name"] });
is through(GET => "/services/$name")->code, 200, 'an upstream named by host name';
is_deeply json_of(through(GET => "/services/$name")), admin_ok(GET => "/services/$name"), 'the same row';
my $list = admin_ok(POST => "/services/$name/plugins", { name => 'ip-restriction', config => { allow => ['192.0.2.0/24'] } });
is through(GET => "/services/$name")->code, 403, 'ip-restriction: others are refused';
admin_ok(PATCH => "/plugins/$list->{id}", { config => { allow => ['127.0.0.0/8'] } });
is through(GET => "/services/$name")->code, 200, 'those in the list are not';
is through(GET => "/services/$name", Origin => 'http://evil.example')->code, 403, "other sites' pages are refused through it, too";
is through(GET => "/services/$name", 'Sec-Fetch-Site' => 'cross-site')->code, 403, 'by what browsers say of themselves';
admin_ok(PATCH => "/routes/$name", { preserve_host => \1 });
is through(GET => "/services/$name", Host => 'evil.example.com')->code, 421, 'an unknown Host that is passed on is refused';
admin_ok(DELETE => "/routes/$name");

# ---- httpd's own authentication, as the docs show it ----
sub answers_like {
    my ($res, $status, $like, $name) = @_;
    is $res->code, $status, "$name: $status";
    like $res->content, $like, "$name: body";
}

my ($passwords, $certificates) = slurp("$root/../docs/admin-api.md") =~ /^```apache\n(.*?)^```/msg;
my $dir = File::Temp->newdir('gw-guard-XXXXXX', TMPDIR => 1);
my ($password_port, $certificate_port) = GatewayNode::free_ports(2);

sub openssl { system("cd $dir && openssl @_ 2>/dev/null") == 0 or die "openssl @_" }
openssl('req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=admins-ca -keyout ca.key -out ca.pem');
for ([ ops => '/O=Operations/CN=alice' ], [ dev => '/O=Development/CN=bob' ]) {
    my ($who, $subject) = @$_;
    openssl("req -newkey rsa:2048 -nodes -subj $subject -keyout $who.key -out $who.csr");
    openssl("x509 -req -in $who.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -out $who.pem");
}
open my $users, '>', "$dir/users" or die $!;
print $users 'alice:', crypt('s3cret', '$5$saltsalt$'), "\n";
close $users;
for ([ \$passwords, $password_port ], [ \$certificates, $certificate_port ]) {
    my ($text, $port) = @$_;
    $$text =~ s/\*:8444/127.0.0.1:$port/ or die 'no port';
    $$text =~ s{conf/server\.pem}{SERVER} or die 'no certificate';
    $$text = "Listen 127.0.0.1:$port\n$$text";
}
$passwords =~ s{conf/gw-admin\.passwd}{$dir/users} or die 'no passwords';
$certificates =~ s{conf/admins-ca\.pem}{$dir/ca.pem} or die 'no CA';
system("cat $root/tls/cert.pem $root/tls/key.pem > $dir/server.pem") == 0 or die 'no certificate';
s/SERVER/$dir\/server.pem/ for $passwords, $certificates;
my $modules = join '', map { "<IfModule !$_->[0]>\nLoadModule $_->[1]_module $ENV{GW_HTTPD_MODULES}/mod_$_->[1].so\n</IfModule>\n" }
    map { [ "mod_$_.c", $_ ] } qw(auth_basic authn_file authz_user);
my $node = GatewayNode->start(GatewayNode::own_database(), extra => "$modules$passwords$certificates");

# The status, then the body.
sub by_curl {
    my ($port, $path, $arguments) = @_;
    my $out = curl("-k -w '\\n%{http_code}' $arguments 'https://localhost:$port$path'");
    my ($body, $code) = $out =~ /\A(.*)\n(\d+)\z/s;
    return ($code, $body);
}
sub who_wrote { my ($id) = @_; return json_of($node->admin(GET => "/audit?id=$id"))->{data}[0]{who} }

for (
    [ 'a password', $password_port, '-u alice:s3cret', 'alice', [ '', 401 ], [ '-u alice:wrong', 401 ], [ '-u bob:s3cret', 401 ] ],
    [ 'a certificate', $certificate_port, "--cert $dir/ops.pem --key $dir/ops.key", 'alice', [ '', '000' ], [ "--cert $dir/dev.pem --key $dir/dev.key", 403 ] ],
) {
    my ($how, $port, $good, $who, @bad) = @$_;
    for (@bad) {
        is +(by_curl($port, '/services', $_->[0]))[0], $_->[1], "$how: refused with '$_->[0]'";
        isnt +(by_curl($port, '/services', "$_->[0] -d host=h"))[0], 201, "$how: writes, too";
    }
    is +(by_curl($port, '/services', $good))[0], 200, "$how: reads";
    my ($code, $body) = by_curl($port, '/services', "$good -d host=h");
    is $code, 201, "$how: writes";
    is who_wrote(JSON::decode_json($body)->{id}), $who, "$how: the audit names who did";
    is +(by_curl($port, '/services', "$good -H 'Origin: https://evil.example'"))[0], 403, "$how: not for other sites' pages";
    is +(by_curl($port, '/services', "$good -H 'Host: evil.example.com'"))[0], 421, "$how: not under other names";
}
is scalar @{ $node->admin_ok(GET => '/services')->{data} }, 2, 'nothing else was written';
done_testing;
