# SPDX-License-Identifier: Apache-2.0
# /declarative/diff, /declarative/apply and /declarative/export: a text against a database, on both of them.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use Encode ();
use GatewayNode;
use GatewayTest;
use JSON ();

my $node = GatewayNode->start(threads => 16, GatewayNode::own_database());
my $upstream = upstream();
my $text = JSON->new->canonical;
my $status;

# POST the document; the answer's body, *status beside it.
sub post {
    my ($path, $document) = @_;
    my $res = $node->admin(POST => "/declarative/$path", $document);
    $status = $res->code;
    return json_of($res);
}
# {create: {services: [names]}, ...}: what a plan comes to.
sub summary {
    my ($plan) = @_;
    my %out = (unchanged => $plan->{unchanged});
    for my $kind (qw(create update delete)) {
        $out{$kind}{$_} = join ',', sort map { $_->{name} // '-' } @{ $plan->{$kind}{$_} } for keys %{ $plan->{$kind} };
    }
    delete $out{$_} for grep { !$out{$_} || !%{ $out{$_} } } keys %out;
    return \%out;
}

# Rows that were there before, with ids of their own.
my $old = $node->admin_ok(POST => '/services', { name => 'old', url => $upstream });
my $billing = $node->admin_ok(POST => '/services', { name => 'billing', host => 'wrong.example' });
my $key_auth = $node->admin_ok(POST => '/services/billing/plugins', { name => 'key-auth', config => { key_names => ['k'] } });
my $ann = $node->admin_ok(POST => '/consumers', { username => 'ann', tags => ['t'] });
$node->admin_ok(POST => '/consumers/ann/key-auth', { key => 'anns-key' });
$node->admin_ok(POST => '/consumers/ann/acls', { group => 'g' });

my $document = {
    _format_version => '3.0',
    services => [ { name => 'billing', url => $upstream, routes => [ { name => 'billing', paths => ['/billing'] } ],
        plugins => [ { name => 'key-auth', config => { key_names => ['apikey'] } } ] } ],
    consumers => [ { username => 'ann', tags => ['t'], keyauth_credentials => [ { key => 'anns-key' } ], acls => [ { group => 'g' } ] },
        { username => 'bob' } ],
    keyauth_credentials => [ { consumer => 'bob', key => 'bobs-key' } ],
};

my $want = {
    create => { routes => 'billing', consumers => 'bob', keyauth_credentials => 'bobs-key' },
    update => { services => 'billing', plugins => 'key-auth' },
    delete => { services => 'old' },
    unchanged => { consumers => 1, keyauth_credentials => 1, acls => 1 },
};
my $plan = post(diff => $document);
is $status, 200, 'diff';
is_deeply summary($plan), $want, 'what it would do' or diag $text->pretty->encode($plan);
my ($change) = grep { $_->{name} eq 'billing' } @{ $plan->{update}{services} };
is $change->{id}, $billing->{id}, 'rows are known by their names';
is $text->encode($change->{changes}{host}), $text->encode({ from => 'wrong.example', to => '127.0.0.1' }), 'what changes in them';
is $plan->{update}{plugins}[0]{id}, $key_auth->{id}, 'plugins by where they are';
is scalar @{ $node->admin_ok(GET => '/routes')->{data} }, 0, 'a diff does nothing';

$plan = post(apply => $document);
is $status, 200, 'apply';
delete $want->{delete};
is_deeply summary($plan), $want, 'does it, and deletes nothing';
is $node->call(GET => '/billing?apikey=bobs-key')->code, 200, 'it is in force';
is $node->call(GET => '/billing?apikey=anns-key')->code, 200, 'with what was there';
is $node->admin_ok(GET => '/services/billing')->{created_at}, $billing->{created_at}, 'rows keep when they were made';
is $node->admin(GET => '/services/old')->code, 200, 'what the text does not hold stays';
is $node->admin_ok(GET => '/audit?entity=services&size=1')->{data}[0]{path}, '/declarative/apply', 'the audit tells of it';

is_deeply summary(post(apply => $document)), { unchanged => { services => 1, routes => 1, plugins => 1, consumers => 2,
    keyauth_credentials => 2, acls => 1 } }, 'a second time there is nothing to do';

$plan = post('apply?prune=true', $document);
is_deeply summary($plan)->{delete}, { services => 'old' }, 'prune deletes';
is $node->admin(GET => '/services/old')->code, 404, 'what the text does not hold';

# ---- references to rows that only the database holds ----
$plan = post(apply => { routes => [ { name => 'more', paths => ['/more'], service => 'billing' } ], acls => [ { consumer => $ann->{id}, group => 'h' } ] });
is $status, 200, 'a part of a configuration';
is_deeply summary($plan), { create => { routes => 'more', acls => '-' } }, 'refers to what is there';
is $node->admin_ok(GET => '/routes/more')->{service}{id}, $billing->{id}, 'by name';
my $bad = post(apply => { routes => [ { name => 'more2', paths => ['/more'], service => 'nobody' } ] });
is "$status $bad->{code}", '400 14', 'but not to what is nowhere';

# ---- plugins and the routes that they are for, wherever those are ----
for (
    [ { plugins => [ { name => 'cors', route => 'more', protocols => ['grpc'] } ] }, "must match the associated route's protocols", 'a stored route' ],
    [ { plugins => [ { name => 'cors', service => 'billing', protocols => ['grpc'] } ] },
        "must match the protocols of at least one route pointing to this Plugin's service", 'stored routes of a stored service' ],
    [ { services => [ { name => 'billing', url => $upstream, plugins => [ { name => 'cors', protocols => ['grpc'] } ] } ] },
        "must match the protocols of at least one route pointing to this Plugin's service", 'stored routes of a service in the text' ],
    [ { routes => [ { name => 'less', paths => ['/less'], plugins => [ { name => 'cors', protocols => ['grpc'] } ] } ] }, "must match the associated route's protocols",
        'a route in the text' ],
) {
    my ($document, $why, $name) = @$_;
    $bad = post(apply => $document);
    is $status, 400, "protocols that do not fit: $name";
    like $bad->{message}, qr/\Q$why/, "$name: says why";
}
is scalar(grep { $_->{name} eq 'cors' } @{ $node->admin_ok(GET => '/plugins')->{data} }), 0, 'none of them was written';
post(apply => { routes => [ { name => 'grpc', paths => ['/grpc'], protocols => ['grpc'], service => 'billing' } ],
    plugins => [ { name => 'cors', service => 'billing', protocols => ['grpc'] } ] });
is $status, 200, 'one with the route that it is for';

# ---- all or nothing ----
$bad = post(apply => { services => [ { name => 'new', url => $upstream }, { id => $billing->{id}, name => 'new' , url => $upstream } ] });
is $status, 400, 'two rows of one name';
$bad = post(apply => { consumers => [ { username => 'first' }, { id => '11111111-2222-4333-8444-555555555555', username => 'ann' } ] });
is $status, 409, 'a name that is taken by another id';
is $node->admin(GET => '/consumers/first')->code, 404, 'nothing of it was written';

# ---- names that change places ----
my ($x, $y) = map { $node->admin_ok(POST => '/consumers', { username => $_ }) } qw(x y);
$plan = post(apply => { consumers => [ { id => $x->{id}, username => 'y' }, { id => $y->{id}, username => 'x' } ] });
is $status, 200, 'two rows exchange their names' or diag $text->encode($plan);
is $node->admin_ok(GET => '/consumers/x')->{id}, $y->{id}, 'at once';

# ---- passwords ----
post(apply => { consumers => [ { username => 'pw', basicauth_credentials => [ { username => 'pw', password => 'secret' } ] } ] });
my $hash = $node->admin_ok(GET => '/consumers/pw/basic-auth/pw')->{password};
like $hash, qr/^\$/, 'a password is hashed';
$plan = post(apply => { _transform => JSON::false, consumers => [ { username => 'pw', basicauth_credentials => [ { username => 'pw', password => $hash } ] } ] });
is_deeply summary($plan)->{unchanged}, { consumers => 1, basicauth_credentials => 1 }, 'but not twice with _transform: false';
unlike $text->encode(post(diff => { consumers => [ { username => 'pw', basicauth_credentials => [ { username => 'pw', password => 'other' } ] } ] })),
    qr/other|\Q$hash\E/, 'no diff shows secrets';

# ---- export, and apply to an empty database ----
my $yaml = $node->admin(GET => '/declarative/export');
like $yaml->header('Content-Type'), qr{^text/yaml}, 'an export is YAML';
my $other = GatewayNode->start(threads => 16, GatewayNode::own_database());
my $res = $other->admin(POST => '/declarative/apply', [ 'text/yaml', $yaml->content ]);
is $res->code, 200, 'is taken by an empty database' or diag $res->content;
is $other->admin(GET => '/declarative/export')->content, $yaml->content, 'and exported again it is the same';
is $other->call(GET => '/billing?apikey=bobs-key')->code, 200, 'and works';
is_deeply [ keys %{ json_of($other->admin(POST => '/declarative/diff', [ 'text/yaml', $yaml->content ]))->{update} } ], [], 'nothing is to be done';

# ---- a table that is missing ----
SKIP: {
    skip 'SQLite is at hand', 3 if is_postgres() || system('command -v sqlite3 >/dev/null');
    delete local $ENV{LD_PRELOAD};
    system('sqlite3', "$other->{dir}/data/gw.db", '.timeout 10000', 'DROP TABLE acls') == 0 or die 'sqlite3';
    is $other->admin(GET => '/declarative/export')->code, 200, 'a missing table: the others are exported';
    $res = $other->admin(POST => '/declarative/apply', { consumers => [ { username => 'still' } ] });
    is $res->code, 200, 'and written' or diag $res->content;
    is $other->admin(POST => '/declarative/apply', { acls => [ { consumer => 'still', group => 'g' } ] })->code, 500, 'what needs it is not';
}

# ---- migrations ----
my $migrations = $node->admin_ok(GET => '/migrations');
is $migrations->{pending}, 0, 'no migration is pending';
like $migrations->{report}, qr/^core: (\d+) of \1$/m, 'the report tells of core';
is $node->admin_ok(POST => '/migrations')->{pending}, 0, 'running them changes nothing';
done_testing;
