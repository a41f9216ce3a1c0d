# SPDX-License-Identifier: Apache-2.0
# /declarative/diff, /declarative/apply and /declarative/export: a text against a database, on both of them.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use Certificates qw(authority issue);
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

# ---- pruning: what stays must not refer to what goes ----
my $ca = $node->admin_ok(POST => '/ca_certificates', { cert => authority('pruned')->{cert} });
my $pair = issue('pruned.test');
my $certificate = $node->admin_ok(POST => '/certificates', { cert => $pair->{cert}, key => $pair->{key} });
my %secure = (name => 'secure', url => 'https://127.0.0.1:9');
my $before = $node->admin(GET => '/declarative/export')->content;
for (
    [ 'ca_certificates of a service', { services => [ { %secure, ca_certificates => [ uc $ca->{id} ] } ] }, services => 'secure', ca_certificates => $ca->{id}, undef ],
    [ 'client_certificate of a service', { services => [ { %secure, client_certificate => $certificate->{id} } ] }, services => 'secure', certificates => $certificate->{id}, undef ],
    [ 'client_certificate of an upstream', { upstreams => [ { name => 'up.test', client_certificate => $certificate->{id} } ] },
        upstreams => 'up.test', certificates => $certificate->{id}, undef ],
    [ 'service of a route, by name', { routes => [ { name => 'lost', paths => ['/lost'], service => 'billing' } ] }, routes => 'lost', services => $billing->{id}, 'billing' ],
    [ 'consumer of a plugin', { plugins => [ { name => 'rate-limiting', instance_name => 'i', consumer => 'ann', config => { minute => 5 } } ] },
        plugins => 'i', consumers => $ann->{id}, 'ann' ],
) {
    my ($what, $document, $by, $label, $gone, $id, $gone_label) = @$_;
    $bad = post('apply?prune=true', $document);
    is "$status $bad->{code}", '400 4', "prune: $what: refused";
    like $bad->{message}, qr/\Aan existing '$by' entity references this '$gone' entity \(\Q$label\E of $by/, "$what: says who refers to what";
    is $bad->{fields}{'@referenced_by'}, $by, "$what: for programs, too";
    is $bad->{fields}{$by}{name}, $label, "$what: the row that refers";
    is_deeply $bad->{fields}{$gone}, { id => $id, name => $gone_label }, "$what: the row that would go";
    is $node->admin(GET => '/declarative/export')->content, $before, "$what: nothing was written, nothing deleted";
}
post(apply => { services => [ { %secure, ca_certificates => [ $ca->{id} ], client_certificate => $certificate->{id} } ] });
is $status, 200, 'without prune nothing goes';
is $node->admin(DELETE => "/$_->[0]/$_->[1]{id}")->code, 400, "DELETE /$_->[0] is refused, too" for [ ca_certificates => $ca ], [ certificates => $certificate ];

# ---- pruning: what is let go may go, in the same text ----
post(apply => { upstreams => [ { name => 'up.test', client_certificate => $certificate->{id} } ],
    services => [ { name => 'leaving', url => $upstream, routes => [ { name => 'moving', paths => ['/moving'] } ] } ] });
is $status, 200, 'rows that refer to others';
my $moving = $node->admin_ok(GET => '/routes/moving');
$plan = post('apply?prune=true', { %$document, upstreams => [ { name => 'up.test' } ], services => [ @{ $document->{services} }, { %secure, ca_certificates => undef, client_certificate => undef } ],
    routes => [ { name => 'moving', paths => ['/moving'], service => 'billing' } ] });
is $status, 200, 'that let them go' or diag $text->encode($plan);
is $node->admin(GET => "/$_")->code, 404, "/$_ is gone" for "certificates/$certificate->{id}", "ca_certificates/$ca->{id}", 'services/leaving';
$moving->{service}{id} = $node->admin_ok(GET => '/services/billing')->{id};
my $moved = $node->admin_ok(GET => '/routes/moving');
delete @$_{qw(updated_at)} for $moving, $moved;
is_deeply $moved, $moving, 'a route goes to another service, and its own from before goes';
is $node->call(GET => '/moving?apikey=bobs-key')->code, 200, 'where it is served';

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
