# SPDX-License-Identifier: Apache-2.0
# Clocks that run ahead and are set back (libfaketime): a session with a row does not come to life again, whether somebody
# asked for it meanwhile or not, and a restart changes nothing about that. One that holds its data does, by the jump.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use Browser;
use FakeClock;
use GatewayNode;
use GatewayTest;
use Tokens qw(token);

my $clock = FakeClock->make or plan skip_all => FakeClock::why_not();
my $shift = '+0';
sub set_clock { ($shift) = @_; $clock->set($shift) }
my @database = is_postgres() ? GatewayNode::own_database() : ();
my $node = GatewayNode->start(@database, threads => 8,
    env => $clock->env);

my ($fiona, $anonymous) = map { $node->admin_ok(POST => '/consumers', { username => $_ }) } qw(fiona anonymous);
$node->admin_ok(POST => '/consumers/fiona/key-auth', { key => 'open_sesame' });
for my $storage (qw(cookie kong)) {
    my $service = $node->admin_ok(POST => '/services', { name => $storage, url => upstream() });
    $node->admin_ok(POST => '/routes', { name => $storage, paths => ["/$storage"], service => { id => $service->{id} } });
    my @plugins = (
        { name => 'session', config => { storage => $storage, cookie_secure => JSON::false(), idling_timeout => 0, stale_ttl => 0 } },
        { name => 'key-auth', config => { anonymous => $anonymous->{id} } },
        { name => 'request-termination', config => { status_code => 403 }, consumer => { id => $anonymous->{id} } },
    );
    $node->admin_ok(POST => "/services/$storage/plugins", $_) for @plugins;
}
# A token that is revoked for an hour.
$node->admin_ok(POST => '/services', { name => 'token', url => upstream() });
$node->admin_ok(POST => '/services/token/routes', { paths => ['/token'] });
$node->admin_ok(POST => '/services/token/plugins', { name => 'jwt' });
$node->admin_ok(POST => '/consumers/fiona/jwt', { key => 'fiona', secret => 'secret' });
my $revoked = token(claims => { iss => 'fiona', jti => 'stolen' });
my $revocation = $node->admin_ok(POST => '/revocations', { jti => 'stolen', until => int(time) + 3600 });

my @fresh = (Connection => 'close'); # what was kept open belongs to another time
sub login {
    my ($storage) = @_;
    my $res = $node->call(GET => "/$storage?apikey=open_sesame", @fresh);
    return ($res->header('Set-Cookie') // '') =~ /^session=([^;]+)/ ? $1 : die $res->as_string;
}
sub status { my ($storage, $cookie) = @_; return $node->call(GET => "/$storage", Cookie => "session=$cookie", @fresh)->code }
sub token_status { return $node->call(GET => '/token', Authorization => "Bearer $_[0]", @fresh)->code }
sub told { (my $text = $shift) =~ s/^\+0$/now/; return $text }

my %seen = map { $_ => login($_) } qw(cookie kong);
my $unseen = login('kong');
my $forbidden = login('cookie');
is $node->call(DELETE => '/cookie?session_logout=1', Cookie => "session=$forbidden", @fresh)->code, 200, 'logout of a cookie that holds its data';
is status($_ => $seen{$_}), 200, "$_: alive" for sort keys %seen;

is token_status($revoked), 401, 'a token that is revoked';
is token_status(token(claims => { iss => 'fiona', jti => 'kept' })), 200, 'one that is not';

set_clock('-7200');
is token_status($revoked), 401, told . ': a clock set back lifts no revocation';
set_clock('+1800');
is token_status($revoked), 401, told . ': nor does one that runs ahead, before its end';
is status($_ => $seen{$_}), 200, told . ": $_: half its time has gone" for sort keys %seen;
set_clock('+0');
is token_status($revoked), 401, told . ': nor the way back';
set_clock('+7200');
is token_status($revoked), 200, told . ': its end is its end';
is status($_ => $seen{$_}), 403, told . ": $_: over" for sort keys %seen;
set_clock('+0');
is status(kong => $seen{kong}), 403, told . ': kong: stays over';
is status(kong => $unseen), 403, told . ': kong: also where nobody had asked meanwhile';
is status(cookie => $seen{cookie}), 200, told . ': cookie: is alive again, by the jump';
my ($new, $unasked) = map { login('kong') } 1, 2;
is status(kong => $new), 200, told . ': a new session lives, whatever the clock says';

set_clock('+90000');
is status(cookie => $seen{cookie}), 403, told . ': cookie: past its absolute timeout';
is status(kong => $new), 403, told . ': kong: too';
set_clock('-3600');
is status(cookie => $forbidden), 403, told . ': what was logged out stays so';
is status(kong => $unseen), 403, told . ': kong: stays over';

$node->stop;
$node->launch->wait_until_up;
eventually { $node->call(GET => '/kong', @fresh)->code == 403 } told . ': after a restart';
is status(kong => $_), 403, told . ': kong: stays over, after a restart' for $seen{kong}, $unseen, $new, $unasked;
is status(cookie => $forbidden), 403, told . ': what was logged out stays so, after a restart';
is status(kong => login('kong')), 200, told . ': a new session lives';

# The sweep, where the database's clock is ours.
unless (is_postgres()) {
    my $sql = sub {
        local $ENV{LD_PRELOAD} = '';
        open my $out, '-|', 'sqlite3', '-cmd', '.timeout 10000', "$node->{dir}/data/gw.db", $_[0] or die "sqlite3: $!";
        my ($text) = <$out>;
        close $out or die 'sqlite3 failed';
        chomp $text;
        return $text;
    };
    cmp_ok $sql->('SELECT count(*) FROM sessions'), '>', 0, 'there are rows';
    my $told = $sql->('SELECT max(id) FROM gw_events') || 0;
    set_clock('+180000');
    eventually { $sql->('SELECT count(*) FROM sessions') == 0 } 'which are swept when their time is over', 60;
    is $sql->("SELECT count(*) FROM gw_events WHERE entity = 'sessions' AND id > $told"), 0, 'which nobody has to be told';
}
done_testing();
