# SPDX-License-Identifier: Apache-2.0
# Passwords that came from elsewhere: the reference's SHA-1 is good once and kept as ours from then on, crypt(3) strings
# are good as they are, and what nobody can read opens nothing. Rows are written by SQL, as an import does.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use Digest::SHA qw(sha1_hex);
use MIME::Base64 qw(encode_base64);
use GatewayBurst;
use GatewayNode;
use GatewayTest;

my @database = GatewayNode::own_database();
my $node = GatewayNode->start(@database, threads => 16);
sub sql {
    my ($text) = @_;
    local $ENV{LD_PRELOAD} = '';
    my @client = @database ? ('psql', '-q', '-v', 'ON_ERROR_STOP=1', {@database}->{params}, '-c')
                           : ('sqlite3', '-cmd', '.timeout 10000', "$node->{dir}/data/gw.db");
    system(@client, $text) == 0 or die "sql: $text";
}
my $alice = $node->admin_ok(POST => '/consumers', { username => 'alice' });
$node->admin_ok(POST => '/services', { name => 's', url => upstream() });
$node->admin_ok(POST => '/services/s/routes', { paths => ['/s'] });
$node->admin_ok(POST => '/services/s/plugins', { name => 'basic-auth' });
sub basic { return 'Basic ' . encode_base64("$_[0]:$_[1]", '') }
sub code { return $node->call(GET => '/s', Authorization => basic(@_))->code }
sub kept { return $node->admin_ok(GET => "/basic-auths/$_[0]")->{password} }

# A row as an import writes it; it is in force soon, like any change that the Admin API did not make.
my $number = 0;
sub import_row {
    my ($name, $password) = @_;
    sql(sprintf "INSERT INTO basicauth_credentials (id, created_at, consumer_id, username, password) VALUES ('0000000%d-0000-4000-8000-000000000000', 1, '%s', '%s', '%s')",
        ++$number, $alice->{id}, $name, $password);
}

my $sha1 = sha1_hex("open sesame$alice->{id}");
import_row(old => $sha1);
is kept('old'), $sha1, 'the reference\'s form';
is code(old => $sha1), 401, 'is no password itself';
is code(old => 'Open sesame'), 401, 'a wrong password';
is kept('old'), $sha1, 'changes nothing';
my $tried = $node->admin(POST => '/debug/explain', { method => 'GET', url => $node->proxy_url('/s'), headers => { Authorization => basic(old => 'open sesame') } });
is $tried->code, 200, 'tried out only';
is kept('old'), $sha1, 'it changes nothing either';
is code(old => 'open sesame'), 200, 'the right one is good';
my $ours = kept('old');
like $ours, qr/^\$y\$/, 'and kept as ours from then on';
for (1 .. 4) {
    is_deeply codes_of(burst($node->{proxy_port}, '/s', connections => 4, headers => { Authorization => basic(old => 'open sesame') })), { 200 => 4 },
        "good on all children ($_)";
}
is kept('old'), $ours, 'once';
is code(old => $sha1), 401, 'the SHA-1 is still none';

import_row(loud => uc sha1_hex("shout$alice->{id}"));
is code(loud => 'shout'), 200, 'capitals';
import_row(many => sha1_hex("parallel$alice->{id}"));
my $all = codes_of(burst($node->{proxy_port}, '/s', connections => 8, headers => { Authorization => basic(many => 'parallel') }));
ok $all->{200} && !grep({ $_ ne '200' && $_ ne '503' } keys %$all), 'many first logins at once are good, or told to come again';
eventually { code(many => 'parallel') == 200 && kept('many') =~ /^\$y\$/ } 'and then it is ours';

# crypt(3): other methods stay what they are.
my $sha512 = '$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1';
import_row(sha512 => $sha512);
is code(sha512 => 'secret'), 200, 'SHA-512 of crypt(3)';
is code(sha512 => 'Secret'), 401, 'a wrong one';
is code(sha512 => $sha512), 401, 'nor is the string itself a password';
is kept('sha512'), $sha512, 'it stays as it is';

# What opens nothing.
for (['plain', 'secret'], ['setting', '$6$saltsalt$'], ['unknown', '$zz$x$y'], ['failed', '*0'], ['short', substr $sha1, 1]) {
    my ($name, $password) = @$_;
    import_row($name => $password);
    is code($name => $password), 401, "$name: its text is no password";
    is code($name => 'secret'), 401, "$name: nothing opens it";
}
sql("UPDATE basicauth_credentials SET password = NULL WHERE username = 'plain'");
eventually { !defined kept('plain') } 'a row without a password';
is code(plain => ''), 401, 'is not opened by none';

# A change by SQL is in force soon, though the pair was remembered.
sql("UPDATE basicauth_credentials SET password = '$ours' WHERE username = 'sha512'");
eventually { code(sha512 => 'secret') == 401 } 'a password that was changed behind our back is void';
eventually { code(sha512 => 'open sesame') == 200 } 'the other one is good';
unlike $node->log_text, qr/open sesame|\Q$sha1\E|\Q$ours\E/, 'no log has seen a password or its hash';
done_testing();
