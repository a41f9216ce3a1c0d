# SPDX-License-Identifier: Apache-2.0
# The database is away: sessions that a child knows go on, others are not judged (and nobody becomes anonymous over it),
# a logout that cannot be made good is refused, and all is well when the database is back.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayBurst;
use GatewayNode;
use GatewayTest;
use PrivatePostgres;

plan skip_all => 'an embedded database does not go away' unless is_postgres();

our $cluster = PrivatePostgres->new;
our $node = GatewayNode->start($cluster->database, threads => 16);
END { undef $node; undef $cluster } # in this order
my $n = 24;
sub codes { my ($path, %headers) = @_; return codes_of(burst($node->{proxy_port}, $path, connections => $n, headers => \%headers)) }
my @fresh = (Connection => 'close');

my ($fiona, $anonymous) = map { $node->admin_ok(POST => '/consumers', { username => $_ }) } qw(fiona anonymous);
$node->admin_ok(POST => '/consumers/fiona/key-auth', { key => 'open_sesame' });
for my $storage (qw(cookie kong)) {
    my $service = $node->admin_ok(POST => '/services', { name => $storage, url => upstream() });
    $node->admin_ok(POST => '/routes', { name => $storage, paths => ["/$storage"], service => { id => $service->{id} } });
    my @plugins = (
        { name => 'session', config => { storage => $storage, cookie_secure => JSON::false() } },
        { name => 'key-auth', config => { anonymous => $anonymous->{id} } },
        { name => 'request-termination', config => { status_code => 403 }, consumer => { id => $anonymous->{id} } },
    );
    $node->admin_ok(POST => "/services/$storage/plugins", $_) for @plugins;
}
sub login {
    my ($storage) = @_;
    my $res = $node->call(GET => "/$storage?apikey=open_sesame", @fresh);
    return ($res->header('Set-Cookie') // '') =~ /^(session=[^;]+)/ ? $1 : die $res->as_string;
}
my %known = map { $_ => login($_) } qw(cookie kong);
my $unasked = login('kong');
for (1 .. 6) { # every child has asked for them
    codes("/$_", Cookie => $known{$_}), codes("/$_?apikey=open_sesame") for qw(cookie kong);
}

# From now on it is time for a renewal with each request.
for my $storage (qw(cookie kong)) {
    my ($plugin) = grep { $_->{name} eq 'session' } @{ $node->admin_ok(GET => "/services/$storage/plugins")->{data} };
    $node->admin_ok(PATCH => "/plugins/$plugin->{id}", { config => { cookie_renew => 3600 } });
}

$cluster->stop;
is_deeply codes("/$_", Cookie => $known{$_}), { 200 => $n }, "$_: a known session goes on" for qw(cookie kong);
for ([ cookie => qr/^session=/, 'which needs no database' ], [ kong => qr/^$/, 'which can wait' ]) {
    my ($storage, $set, $what) = @$_;
    like $node->call(GET => "/$storage", Cookie => $known{$storage}, @fresh)->header('Set-Cookie') // '', $set, "$storage: a renewal, $what";
}
is_deeply codes('/kong', Cookie => $unasked), { 503 => $n }, 'kong: an unknown one is not judged';
for my $storage (qw(cookie kong)) {
    my $res = $node->call(DELETE => "/$storage?session_logout=1", Cookie => $known{$storage}, @fresh);
    is $res->code, 503, "$storage: a logout that cannot be made good is refused";
    unlike $res->header('Set-Cookie') // '', qr/^session=;|Max-Age=0/, "$storage: and the cookie stays, so that it can be tried again";
    is_deeply codes("/$storage", Cookie => $known{$storage}), { 200 => $n }, "$storage: the session too";
}
my $res = $node->call(GET => '/kong?apikey=open_sesame', @fresh);
is $res->code, 200, 'kong: a known key is good';
is $res->header('Set-Cookie'), undef, 'kong: but there is no session without a row';
like $node->call(GET => '/cookie?apikey=open_sesame', @fresh)->header('Set-Cookie'), qr/^session=/, 'cookie: needs none';

# What would become of a request is told from what the child knows.
my $said = $node->admin_ok(POST => '/debug/explain', { url => '/kong', headers => { Cookie => $known{kong} } });
is_deeply [ map { "$_->{name}: $_->{verdict}" } @{ $said->{plugins} } ], [ 'session: authenticated', 'key-auth: passed' ], 'explain: a known session';
is_deeply [ @{ $said->{plugins}[0]{config} }{qw(storage secret rolling_timeout)} ], [ 'kong', '***', 3600 ], 'explain: with its config, less its secret';
is $node->admin_ok(POST => '/debug/explain', { url => '/kong', headers => { Cookie => $unasked } })->{result}{status}, 503, 'explain: an unknown one';
sub told_of_logout {
    my ($storage) = @_;
    my $said = $node->admin_ok(POST => '/debug/explain', { method => 'DELETE', url => "/$storage?session_logout=1", headers => { Cookie => $known{$storage} } });
    return [ @{ $said->{plugins}[0] }{qw(name verdict reason)}, $said->{result}{status} ];
}
is_deeply told_of_logout($_), [ 'session', 'refused', 'Service unavailable (logout: the session cannot be ended now)', 503 ],
    "explain: $_: a logout that cannot be made good" for qw(cookie kong);

$cluster->start;
eventually { (codes('/kong', Cookie => $unasked)->{200} // 0) == $n } 'kong: the unknown session, when the database is back', 30;
for my $storage (qw(cookie kong)) {
    eventually { told_of_logout($storage)->[3] == 200 } "explain: $storage: a logout can be made good again", 30;
    is_deeply told_of_logout($storage), [ 'session', 'answered', 'logout: the session ends here', 200 ], "explain: $storage: and is told so";
    is_deeply codes("/$storage", Cookie => $known{$storage}), { 200 => $n }, "explain: $storage: nothing has ended by it";
    eventually { $node->call(DELETE => "/$storage?session_logout=1", Cookie => $known{$storage}, @fresh)->code == 200 } "$storage: logout works again", 30;
    is_deeply codes("/$storage", Cookie => $known{$storage}), { 403 => $n }, "$storage: and is good everywhere";
}
done_testing();
