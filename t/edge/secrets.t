# SPDX-License-Identifier: Apache-2.0
# What nobody may read: no log line of ours, at no level, and no answer of the Admin API's information endpoints holds a
# key, a token or the database's password; what is kept on disk is the server's own user's; nothing is written through
# a link.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Path qw(make_path);
use File::Temp ();
use GatewayNode;
use GatewayTest;
use Tokens qw(token);

my $dir = File::Temp::tempdir('gw-node-XXXXXX', TMPDIR => 1);
make_path("$dir/state");
sub write_file { my ($name, $text) = @_; open my $out, '>', $name or die "$name: $!"; print $out $text; close $out }
sub read_file { my ($name) = @_; open my $in, '<', $name or return; local $/; return scalar <$in> }
write_file("$dir/victim", "of somebody else\n");
symlink "$dir/victim", "$dir/state/node-id" or die "symlink: $!";

my %database = GatewayNode::own_database();
my ($password) = ($database{params} // '') =~ /password=(\S+)/;
$password //= 'SQLite has none';
my $node = GatewayNode->start(dir => $dir, log_level => 'trace8', %database, proxy_extra => <<'CONF');
    <Location "/static">
        GwPlugin key-auth key_names=x-static
    </Location>
CONF

is read_file("$dir/victim"), "of somebody else\n", 'a link in GwStateDir is not followed';
ok !-l "$dir/state/node-id" && -f _, 'a file of our own has taken its place';

my %secret = map { $_ => unique("secret-$_") } qw(header query body bearer wrong jwt token);
$node->admin_ok(POST => '/services', { name => 'api', url => upstream() });
$node->admin_ok(POST => '/services/api/routes', { name => $_, paths => ["/$_"] }) for qw(keys tokens dead static);
$node->admin_ok(PATCH => '/services/api', { url => upstream() });
$node->admin_ok(POST => '/services', { name => 'dead', host => '127.0.0.1', port => GatewayNode::dead_port(), retries => 1 });
$node->admin_ok(PATCH => '/routes/dead', { service => { id => $node->admin_ok(GET => '/services/dead')->{id} } });
$node->admin_ok(POST => '/routes/keys/plugins', { name => 'key-auth', config => { key_in_body => \1, key_in_authorization => \1 } });
$node->admin_ok(POST => '/routes/tokens/plugins', { name => 'jwt' });
$node->admin_ok(POST => '/consumers', { username => 'alice' });
$node->admin_ok(POST => '/consumers/alice/key-auth', { key => $secret{$_} }) for qw(header query body bearer);
$node->admin_ok(POST => '/consumers/alice/jwt', { key => 'iss', secret => $secret{jwt} });
is $node->admin(POST => '/consumers/alice/key-auth', { key => $secret{header} })->code, 409, 'a key that exists already';
my $token = token(claims => { iss => 'iss' }, key => $secret{jwt});
is $node->call(GET => '/keys', apikey => $secret{header})->code, 200, 'a key in a header';
is $node->call(GET => "/keys?apikey=$secret{query}")->code, 200, 'in the query';
is $node->call(POST => '/keys', form(apikey => $secret{body}))->code, 200, 'in the body';
is $node->call(GET => '/keys', Authorization => "Bearer $secret{bearer}")->code, 200, 'in Authorization';
is $node->call(GET => "/keys?apikey=$secret{wrong}")->code, 401, 'a wrong one';
is $node->call(GET => "/dead?apikey=$secret{wrong}")->code, 502, 'one towards a dead upstream';
is $node->call(GET => '/tokens', Authorization => "Bearer $token")->code, 200, 'a token';
is $node->call(GET => "/tokens?jwt=${token}x")->code, 401, 'a wrong one';
is $node->call(GET => '/static', 'x-static' => $secret{wrong})->code, 401, 'a wrong key for a Location';

# httpd itself tells all headers at such levels; ours are the lines with a number of ours, or of our modules.
my ($signature) = $token =~ /\.([^.]+)$/;
sub told { my ($text) = @_; return join '', grep { /\bGW\d{4}: |\[gw[_a-z]*:/ } split /^/, $text }
my $ours = told($node->log_text);
like $ours, qr/GW1520/, 'a line of ours';
for my $name (sort keys %secret) {
    unlike $ours, qr/\Q$secret{$name}/, "error log: no $name";
    unlike $node->log_text('access.log'), qr/\Q$secret{$name}/, "access log: no $name";
    unlike $node->log_text('admin.log'), qr/\Q$secret{$name}/, "the Admin API's log: no $name";
}
unlike $ours . $node->log_text('access.log'), qr/\Q$signature/, 'no token';
for my $path ('/', '/status') {
    my $text = $node->admin(GET => $path)->content;
    unlike $text, qr/\Q$_/, "$path tells no secret" for values(%secret), $password;
}
unlike $ours, qr/\Q$password/, 'nor is the database\'s password logged';

eventually { -f "$dir/state/last-good" } 'the last good configuration is kept';
is sprintf('%04o', (stat "$dir/state/last-good")[2] & 07777), '0600', 'for the server\'s own user alone';
is_deeply [ grep { !m{/(?:node-id|last-good|clock)$} } glob "$dir/state/*" ], [], 'nothing else lies there';
done_testing();
