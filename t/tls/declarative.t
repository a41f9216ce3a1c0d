# SPDX-License-Identifier: Apache-2.0
# Certificates in whole configurations: nested names as rows and as words, loaded, shown to clients, given back by
# GET /config, changed and taken away; with a database by /declarative/apply.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;
use Certificates qw(authority issue handshake);

my $node = is_postgres() ? GatewayNode->start(GatewayNode::own_database(), threads => 16)
                         : GatewayNode->start(threads => 16, extra => 'GwDeclarativeConfig none');
sub shown { return handshake($node->{tls_port}, @_)->{cn} }
sub load {
    my ($document) = @_;
    return is_postgres() ? $node->admin(POST => '/declarative/apply?prune=true', $document) : $node->admin(POST => '/config', $document);
}
my ($one, $two, $ca) = (issue('one.test'), issue('two.test'), authority('ca'));
my $certificate = { cert => $one->{cert}, key => $one->{key}, tags => ['t'] };
sub document { return { _format_version => '3.0', @_ } }
sub ids { return [ map { $_->{id} } map { @{ $node->admin_ok(GET => $_)->{data} } } qw(/certificates /snis /ca_certificates) ] }

for ([ rows => [ { name => 'a.test' }, { name => '*.B.test' } ] ], [ words => [ 'a.test', '*.b.test' ] ]) {
    my ($title, $snis) = @$_;
    my $res = load(document(certificates => [ { %$certificate, snis => $snis } ], ca_certificates => [ { cert => $ca->{cert} } ]));
    ok $res->is_success, "$title: taken" or diag $res->content;
    is shown($_), 'one.test', "$title: shown for $_" for qw(a.test x.b.test);
    is_deeply $node->admin_ok(GET => '/certificates/a.test')->{snis}, [ '*.b.test', 'a.test' ], "$title: names with their certificate";
    my $ids = ids();
    ok load(document(certificates => [ { %$certificate, snis => $snis } ], ca_certificates => [ { cert => $ca->{cert} } ]))->is_success, "$title: again";
    is_deeply ids(), $ids, "$title: the same rows";
}
SKIP: {
    skip 'with a database', 3 unless is_postgres();
    my $diff = $node->admin_ok(POST => '/declarative/diff', document(certificates => [ { %$certificate, snis => ['a.test'] } ], ca_certificates => [ { cert => $ca->{cert} } ]));
    is_deeply [ map { scalar keys %{ $diff->{$_} } } qw(create update) ], [ 0, 0 ], 'a diff with nothing to do';
    $diff = $node->admin(POST => '/declarative/diff', document(certificates => [ { %$certificate, id => $node->admin_ok(GET => '/certificates/a.test')->{id}, cert => $two->{cert}, key => $two->{key} } ]));
    like $diff->content, qr/"cert"/, 'a diff tells of certificates';
    unlike $diff->content, qr/PRIVATE KEY/, 'and of no key';
}

# given back, and taken again
my $text = is_postgres() ? $node->admin(GET => '/declarative/export')->content : $node->admin_ok(GET => '/config')->{config};
like $text, qr/certificates/, 'it is given back';
my $ids = ids();
ok +(is_postgres() ? $node->admin(POST => '/declarative/apply?prune=true', [ 'text/yaml', $text ]) : $node->admin(POST => '/config', [ 'text/yaml', $text ]))->is_success, 'and loads';
is_deeply ids(), $ids, 'as the same rows';
is shown('a.test'), 'one.test', 'shown as before';

# a name moves to another certificate; what is not there is gone
ok load(document(certificates => [ { cert => $two->{cert}, key => $two->{key}, snis => [ { name => 'a.test' } ] } ]))->is_success, 'another one';
is shown('a.test'), 'two.test', 'at once';
is shown('x.b.test'), 'localhost', 'a name that is gone';
ok load(document())->is_success, 'nothing';
is shown('a.test'), 'localhost', 'the server\'s own';

# mistakes
for (
    [ { certificates => [ { cert => $one->{cert}, key => $two->{key} } ] }, qr/certificate does not match key/, 'another\'s key' ],
    [ { certificates => [ { %$certificate, snis => ['127.0.0.1'] } ] }, qr/must not be an IP/, 'a name that is none' ],
    [ { certificates => [ { %$certificate, snis => [5] } ] }, qr/expected a record/, 'a number' ],
    [ { certificates => [ $certificate ], snis => [ { name => 'x.test' } ] }, qr/required field missing/, 'a name without certificate' ],
    [ { ca_certificates => [ { cert => $one->{cert} } ] }, qr/does not appear to be a CA/, 'no authority' ],
) {
    my $res = load(document(%{ $_->[0] }));
    is $res->code, 400, "$_->[2]: 400";
    like $res->content, $_->[1], "$_->[2]: told";
    unlike $res->content, qr/PRIVATE KEY/, "$_->[2]: without the key";
}
is_deeply ids(), [], 'nothing of it was taken';
done_testing();
