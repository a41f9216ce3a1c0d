# SPDX-License-Identifier: Apache-2.0
# The users' own example, with its defects (no version, a setting of another plugin, a session plugin for everything,
# sessions kept where there is no database), loads and does what it is meant to do.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;

plan skip_all => 'no database is involved' if is_postgres();

my $upstream = upstream('/request');
my $yaml = <<"YAML";
services:
- name: example-service
  url: $upstream
routes:
- service: example-service
  paths: [ "/sessions-test" ]
consumers:
- username: anonymous_users
  # manually set to fixed uuid in order to use it in key-auth plugin
  id: 81823632-10c0-4098-a4f7-31062520c1e6
- username: fiona
keyauth_credentials:
- consumer: fiona
  key: open_sesame
plugins:
- name: key-auth
  service: example-service
  config:
    # using the anonymous consumer fixed uuid (can't use consumer names)
    anonymous: 81823632-10c0-4098-a4f7-31062520c1e6
    # by default key-auth uses secure cookies, "quoted": ü
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

my $folder = File::Temp::tempdir('gw-seed-XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $folder;
my $file = "$folder/kong.yml";
sub write_file { open my $out, '>', $file or die $!; print $out $_[0]; close $out or die $! }
write_file($yaml);
my $node = GatewayNode->start(threads => 16, extra => "GwDeclarativeConfig \"$file\"");
like $node->log_text, qr/GW1668: declarative: \Q$file\E: _format_version is missing: 3\.0 is assumed/, 'the missing version is told';
like $node->log_text, qr/GW1668: declarative: .*plugin 'key-auth': config\.cookie_secure is no setting of it, and was dropped/,
    'and the setting of another plugin';
is $node->admin_ok(GET => '/services/example-service')->{id}, '7a267194-6123-5ee0-a1c9-4c1559eb0d95', 'ids are those of the reference';

my $res = $node->call(GET => '/sessions-test');
is $res->code, 403, 'anonymous: 403';
is_deeply json_of($res), { message => 'So long and thanks for all the fish!' }, 'with the message';

$res = $node->call(GET => '/sessions-test?apikey=open_sesame');
is $res->code, 200, 'with the key: 200';
my $set_cookie = $res->header('Set-Cookie') // '';
like $set_cookie, qr/^session=[^;]+; Path=\/; SameSite=Strict; HttpOnly$/, 'and a session';
is +(json_of($res)->{path} // json_of($res)->{uri} // '') =~ m{^/request}, 1, 'at the path of the service';
my ($cookie) = $set_cookie =~ /^(session=[^;]+)/;

$res = $node->call(GET => '/sessions-test', Cookie => $cookie);
is $res->code, 200, 'with the cookie alone: 200';
is $res->header('Set-Cookie'), undef, 'and no other cookie';

# The sessions and the generated secret survive a load.
write_file("$yaml- name: cors\n");
$node->graceful;
eventually { my $res = $node->admin(GET => '/plugins'); $res->is_success && @{ json_of($res)->{data} } == 4 } 'another plugin is added';
is $node->call(GET => '/sessions-test', Cookie => $cookie)->code, 200, 'the session goes on';

$res = $node->call(DELETE => '/sessions-test?session_logout=1', Cookie => $cookie);
is $res->code . $res->content, '200', 'logout: 200, empty';
is $node->call(GET => '/sessions-test', Cookie => $cookie)->code, 403, 'then 403';

# The short forms.
for (
    [ 'service: example-service', 'on a service' ],
    [ 'route: by-name', 'on a route by name' ],
    [ 'route: 11111111-2222-4333-8444-555555555555', 'on a route by id' ],
) {
    my ($where, $name) = @$_;
    my $text = qq{_format_version: "3.0"\nservices:\n- name: example-service\n  url: $upstream\nroutes:\n}
        . "- name: by-name\n  id: 11111111-2222-4333-8444-555555555555\n  paths: [/r]\n  service: example-service\n"
        . "plugins:\n- name: session\n  $where\n  config:\n    secret: opensesame\n";
    is $node->admin(POST => '/config', [ 'text/yaml', $text ])->code, 201, "session $name";
}
done_testing;
