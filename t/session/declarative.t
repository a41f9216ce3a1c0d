# SPDX-License-Identifier: Apache-2.0
# session without a database: the example of the plugin's own document, and what a reload of the file leaves alone.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use Browser;
use File::Temp ();
use GatewayNode;
use GatewayTest;

plan skip_all => 'no database is involved' if is_postgres();

my $folder = File::Temp::tempdir('gw-session-XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $folder;
my ($file, $upstream) = ("$folder/kong.yml", upstream('/request'));
sub write_file { my ($text) = @_; open my $out, '>', $file or die "$file: $!"; print $out $text; close $out or die "$file: $!" }
my $example = <<"YAML";
_format_version: "1.1"
services:
- name: example-service
  url: $upstream
routes:
- service: example-service
  paths: [ "/sessions-test" ]
consumers:
- username: anonymous_users
  id: 81823632-10c0-4098-a4f7-31062520c1e6
- username: fiona
keyauth_credentials:
- consumer: fiona
  key: open_sesame
plugins:
- name: key-auth
  service: example-service
  config:
    anonymous: 81823632-10c0-4098-a4f7-31062520c1e6
    cookie_secure: false
- name: session
  config:
    storage: kong
    cookie_secure: false
- name: request-termination
  service: example-service
  consumer: anonymous_users
  config:
    status_code: 403
    message: "So long and thanks for all the fish!"
YAML
write_file($example);
my $node = GatewayNode->start(threads => 16, extra => "GwDeclarativeConfig \"$file\"");
my $browser = Browser->new($node->proxy_url);
my $path = '/sessions-test';

my $res = $browser->go(GET => $path);
is $res->code, 403, 'a stranger';
is json_of($res)->{message}, 'So long and thanks for all the fish!', 'and why';
$res = $browser->go(GET => "$path?apikey=open_sesame");
is $res->code, 200, 'login';
like $res->header('Set-Cookie'), qr{^session=[^;]+; Path=/; SameSite=Strict; HttpOnly$}, 'the cookie';
is json_of($res)->{path} // '/request', '/request', 'the path of the upstream';
for (1 .. 8) {
    $res = $browser->go(GET => $path);
    is $res->code, 200, "by cookie ($_)";
    is $res->header('Set-Cookie'), undef, 'which stays as it is';
}
my $cookie = $browser->cookie('session');

# A reload replaces what the file says; sessions, and the secret that was made, outlive it.
write_file($example . "# something else\n");
is $node->admin(POST => '/config', [ 'text/yaml', $example . "- name: correlation-id\n" ])->code, 201, 'another file';
is $browser->go(GET => $path)->code, 200, 'the session goes on';
$node->graceful;
is $browser->go(GET => $path)->code, 200, "over a restart ($_)" for 1 .. 8;
$node->stop;
$node->launch->wait_until_up;
eventually { $browser->go(GET => $path)->code == 200 } 'and over another one';

# Entities come from the file; a session is none of them, and may be ended.
my $other = Browser->new($node->proxy_url);
is $other->go(GET => "$path?apikey=open_sesame")->code, 200, 'another login';
my $rows = $node->admin_ok(GET => '/consumers/fiona/sessions')->{data};
is scalar @$rows, 2, 'both are listed';
my ($last) = sort { $b->{renewed_ms} <=> $a->{renewed_ms} } @$rows;
is $node->admin(DELETE => "/consumers/fiona/sessions/$last->{id}")->code, 204, 'the later one is ended';
is $other->go(GET => $path)->code, 403, "at once ($_)" for 1 .. 8;
is $browser->go(GET => $path)->code, 200, "alone ($_)" for 1 .. 8;

# A file without her key ends her session, and one that has it again does not bring it back: its ids are the same.
(my $without = $example) =~ s/^keyauth_credentials:\n- consumer: fiona\n  key: open_sesame\n//m or die 'no key in the example';
for my $storage (qw(kong cookie)) {
    my @files = map { my $text = $_; $text =~ s/storage: kong/storage: $storage/; $text } $example, $without;
    is $node->admin(POST => '/config', [ 'text/yaml', $files[0] ])->code, 201, "$storage: a file";
    my $other = Browser->new($node->proxy_url);
    eventually { $other->go(GET => "$path?apikey=open_sesame")->header('Set-Cookie') } "$storage: another browser";
    is $other->go(GET => $path)->code, 200, "$storage: its session";
    is $node->admin(POST => '/config', [ 'text/yaml', $files[1] ])->code, 201, "$storage: a file without her key";
    is $other->go(GET => $path)->code, 403, "$storage: the session is over";
    is $node->admin(POST => '/config', [ 'text/yaml', $files[0] ])->code, 201, "$storage: and with it again";
    is $other->go(GET => $path)->code, 403, "$storage: it stays over";
    is $other->go(GET => "$path?apikey=open_sesame")->code, 200, "$storage: her key is good";
    is $other->go(GET => $path)->code, 200, "$storage: for another session";
}

is $node->admin(POST => '/config', [ 'text/yaml', $example ])->code, 201, 'the first file again';
is $browser->go(GET => $path)->code, 200, 'a session that was not asked for meanwhile: as if nothing had happened';
$res = $browser->go(DELETE => "$path?session_logout=1");
is $res->code . $res->content, '200', 'logout';
is $browser->go(GET => $path)->code, 403, 'a stranger again';
is $node->call(GET => $path, Cookie => "session=$cookie")->code, 403, 'the old cookie is dead';
done_testing();
