# SPDX-License-Identifier: Apache-2.0
# TLS towards upstreams by rows: the certificate that a service or an upstream shows, and the authorities that a service
# believes; changes are in force at once, on pooled connections too.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;
use Certificates qw(authority issue);
use TestUpstream;

plan skip_all => 'IO::Socket::SSL is needed' if !eval { require IO::Socket::SSL };

my ($servers, $clients, $strangers) = map { authority($_) } qw(servers clients strangers);
my $middle = issue('middle', by => $servers, ca => 1);
my %server = (plain => issue('localhost', by => $servers), deep => issue('localhost', by => $middle));
my ($alice, $bob, $mallory) = (issue('alice', by => $clients), issue('bob', by => $clients, kind => 'rsa'), issue('mallory', by => $strangers));
my $chained = do { my $file = File::Temp->new; print {$file} $server{deep}{cert}, $middle->{cert}; $file->flush; chmod 0644, "$file"; $file };
my %upstream = (
    asks => TestUpstream->start(tls => [ @{ $server{plain} }{qw(cert_file key_file)} ], client_ca => $clients->{cert_file}),
    deep => TestUpstream->start(tls => [ "$chained", $server{deep}{key_file} ]),
);
my $node = GatewayNode->start(GatewayNode::own_database());
my ($yes, $no) = (JSON::true(), JSON::false());

sub service_to {
    my ($port, %more) = @_;
    my $name = unique('t');
    my $service = $node->admin_ok(POST => '/services', { name => $name, protocol => 'https', host => 'localhost', port => $port, retries => 0, read_timeout => 5000, %more });
    $node->admin_ok(POST => '/routes', { paths => ["/$name"], service => { id => $service->{id} } });
    return ($service, "/$name/x");
}
sub certificate { my ($pair) = @_; return $node->admin_ok(POST => '/certificates', { cert => $pair->{cert}, key => $pair->{key} }) }
sub authority_row { return $node->admin_ok(POST => '/ca_certificates', { cert => $_[0]{cert} }) }
# Whom the upstream saw, or the status.
sub seen { my $res = $node->call(GET => $_[0]); return $res->code == 200 ? json_of($res)->{tls}{client} // 'nobody' : $res->code }
sub change { my ($service, %what) = @_; return $node->admin_ok(PATCH => "/services/$service->{id}", \%what) }
sub warnings_of { my ($id) = @_; return join ' ', sort map { $_->{code} } grep { JSON::encode_json($_) =~ /\Q$id\E/ } @{ $node->admin_ok(GET => '/status')->{gateway}{warnings} } }

# ---- the certificate that is shown ----
my ($service, $path) = service_to($upstream{asks}{port}, tls_verify => $no);
like seen($path), qr/\A50[24]\z/, 'an upstream that asks for a certificate gets none: no connection';
my %row = (alice => certificate($alice), bob => certificate($bob), mallory => certificate($mallory));
for my $verify ($no, undef) {
    change($service, tls_verify => $verify, client_certificate => { id => $row{alice}{id} });
    is seen($path), 'alice', 'tls_verify ' . ($verify // 'null') . ': it is shown';
    is seen($path), 'alice', 'and on the next request';
    change($service, client_certificate => { id => $row{bob}{id} });
    is seen($path), 'bob', 'another one, at once: no connection is reused';
    change($service, client_certificate => { id => $row{mallory}{id} });
    like seen($path), qr/\A50[24]\z/, 'one that the upstream does not believe';
    change($service, client_certificate => undef);
    like seen($path), qr/\A50[24]\z/, 'none';
}
change($service, client_certificate => { id => $row{alice}{id} });
is seen($path), 'alice', 'alice again';
$node->admin_ok(PATCH => "/certificates/$row{alice}{id}", { cert => $bob->{cert}, key => $bob->{key} });
is seen($path), 'bob', 'the row itself changes: in force at once';
$node->admin_ok(PATCH => "/certificates/$row{alice}{id}", { tags => ['x'] });
is seen($path), 'bob', 'its tags do not matter';

# two services that differ in nothing else share no connection
my ($other, $other_path) = service_to($upstream{asks}{port}, tls_verify => $no);
like seen($other_path), qr/\A50[24]\z/, 'a service without one does not go by another\'s connections';

# ---- upstreams with targets ----
my $name = unique('up') . '.test';
my $up = $node->admin_ok(POST => '/upstreams', { name => $name, client_certificate => { id => $row{bob}{id} } });
$node->admin_ok(POST => "/upstreams/$name/targets", { target => "localhost:$upstream{asks}{port}" });
my ($balanced, $balanced_path) = service_to(1, host => $name, tls_verify => $no);
is seen($balanced_path), 'bob', 'an upstream\'s certificate';
my $alice_again = certificate($alice);
change($balanced, client_certificate => { id => $alice_again->{id} });
is seen($balanced_path), 'alice', 'the service\'s own goes before';
change($balanced, client_certificate => undef);
is seen($balanced_path), 'bob', 'and back';
$node->admin_ok(PATCH => "/upstreams/$name", { client_certificate => { id => $alice_again->{id} } });
is seen($balanced_path), 'alice', 'the upstream\'s changes: at once';
$node->admin_ok(PATCH => "/upstreams/$name", { client_certificate => undef });
like seen($balanced_path), qr/\A50[234]\z/, 'none';

# ---- whom a service believes ----
my %ca = (servers => authority_row($servers), strangers => authority_row($strangers));
my ($judge, $judge_path) = service_to($upstream{deep}{port}, tls_verify => $yes);
is seen($judge_path), 502, 'the machine does not know the authority';
change($judge, ca_certificates => [ $ca{servers}{id} ]);
is seen($judge_path), 'nobody', 'the service does';
change($judge, ca_certificates => [ $ca{strangers}{id} ]);
is seen($judge_path), 502, 'another authority vouches for nobody here, at once';
change($judge, ca_certificates => [ $ca{strangers}{id}, $ca{servers}{id} ]);
is seen($judge_path), 'nobody', 'one of two is enough';
change($judge, tls_verify_depth => 0);
is seen($judge_path), 502, 'a chain longer than tls_verify_depth';
change($judge, tls_verify_depth => 1);
is seen($judge_path), 'nobody', 'and one that is not';
change($judge, ca_certificates => [ '0a0a0a0a-0000-4000-8000-00000000000a' ]);
is seen($judge_path), 502, 'an authority that is not there vouches for nobody';
is warnings_of($judge->{id}), 'ca-certificate-missing', '/status says so';
change($judge, ca_certificates => [ $ca{strangers}{id} ]);
is warnings_of($judge->{id}), '', 'and no more';
$node->admin_ok(PATCH => "/ca_certificates/$ca{strangers}{id}", { cert => authority('yet another')->{cert} });
is seen($judge_path), 502, 'a row that changes';
$node->admin_ok(DELETE => "/ca_certificates/$ca{servers}{id}");
$node->admin_ok(PATCH => "/ca_certificates/$ca{strangers}{id}", { cert => $servers->{cert} });
is seen($judge_path), 'nobody', 'is in force at once';
my $middle_row = authority_row($middle);
change($judge, ca_certificates => [ $middle_row->{id} ]);
is seen($judge_path), 'nobody', 'an authority in between is believed when it is named';

# ---- a certificate that cannot be shown ----
my $weak = certificate(issue('weak', by => $clients, kind => 'weak'));
change($service, client_certificate => { id => $weak->{id} });
is seen($path), 502, 'fails closed';
is warnings_of($service->{id}), 'client-certificate-not-usable', '/status says so';
like $node->log_text, qr/GW1801: tls: the client certificate of a service cannot be shown/, 'and the log';
unlike $node->log_text, qr/PRIVATE KEY/, 'no key in it';
done_testing();
