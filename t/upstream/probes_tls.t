# SPDX-License-Identifier: Apache-2.0
# Probes of type https: whose certificate they show, whom they believe, the name that they ask for, their headers.
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
my $server = issue('localhost', by => $servers);
my %pair = (alice => issue('alice', by => $clients), bob => issue('bob', by => $clients, kind => 'rsa'),
    mallory => issue('mallory', by => $strangers), weak => issue('weak', by => $clients, kind => 'weak'));
my $asks = TestUpstream->start(tls => [ @$server{qw(cert_file key_file)} ], client_ca => $clients->{cert_file});
my $open = TestUpstream->start(tls => [ @$server{qw(cert_file key_file)} ]);
chmod 0644, $servers->{cert_file};
my $node = GatewayNode->start(GatewayNode::own_database(), env => { SSL_CERT_FILE => $servers->{cert_file} });
my ($yes, $no) = (JSON::true(), JSON::false());
my %row = map { ($_ => $node->admin_ok(POST => '/certificates', { cert => $pair{$_}{cert}, key => $pair{$_}{key} })) } keys %pair;

my %often = (interval => 0.1);
sub group {
    my ($target, $active, %upstream) = @_;
    my $name = unique('probed');
    $node->admin_ok(POST => '/upstreams', { name => $name, %upstream, healthchecks => { active => { type => 'https', timeout => 10,
        healthy => { %often, successes => 1 }, unhealthy => { %often, tcp_failures => 1, http_failures => 1, timeouts => 3 }, %$active } } });
    $node->admin_ok(POST => "/upstreams/$name/targets", { target => $target });
    return $name;
}
sub health { return $node->admin_ok(GET => "/upstreams/$_[0]/health")->{data}[0]{health} }
sub becomes { my ($name, $word, $why) = @_; eventually { health($name) eq $word } $why, 60 }
sub change { my ($name, %what) = @_; return $node->admin_ok(PATCH => "/upstreams/$name", \%what) }
sub shows { my ($name, $who) = @_; return change($name, client_certificate => $who ? { id => $row{$who}{id} } : undef) }
# Whom the target saw with the probe's path, last.
sub seen { my ($target, $path) = @_; my @all = grep { $_->{path} eq $path } $target->requests; return $all[-1] // {} }
sub client_seen { return seen($asks, '/shown')->{tls}{client} // '' }
sub sni_seen { return seen($open, '/believed')->{tls}{sni} // '' }
sub warnings_of { my ($id) = @_; return join ' ', sort map { $_->{code} } grep { JSON::encode_json($_) =~ /\Q$id\E/ } @{ $node->admin_ok(GET => '/status')->{gateway}{warnings} } }

# ---- the certificate that is shown ----
my $name = group("127.0.0.1:$asks->{port}", { https_verify_certificate => $no, http_path => '/shown' });
becomes($name, 'UNHEALTHY', 'a target that asks for a certificate gets none');
for my $who (qw(alice bob)) {
    shows($name, $who);
    becomes($name, 'HEALTHY', "$who\'s is shown");
    eventually { client_seen() eq $who } "the target sees $who", 60;
    shows($name, 'mallory');
    becomes($name, 'UNHEALTHY', 'one that the target does not believe');
}
my $keep = $pair{mallory};
$node->admin_ok(PATCH => "/certificates/$row{mallory}{id}", { cert => $pair{alice}{cert}, key => $pair{alice}{key} });
becomes($name, 'HEALTHY', 'the row itself changes');
eventually { client_seen() eq 'alice' } 'and another one is shown', 60;
$node->admin_ok(PATCH => "/certificates/$row{mallory}{id}", { cert => $keep->{cert}, key => $keep->{key} });
becomes($name, 'UNHEALTHY', 'and back');
shows($name, undef);
my $id = shows($name, 'weak')->{id};
eventually { warnings_of($id) eq 'client-certificate-not-usable' } '/status tells of one that cannot be shown', 60;
becomes($name, 'UNHEALTHY', 'nothing is shown in its stead');

# A target that does not ask is not healthy either: what the upstream says must be so.
my $other = group("127.0.0.1:$open->{port}", { https_verify_certificate => $no }, client_certificate => { id => $row{weak}{id} });
becomes($other, 'UNHEALTHY', 'a certificate that cannot be shown: no probe with TLS succeeds');
change($other, healthchecks => { active => { type => 'http', http_path => '/' } });
$id = $node->admin_ok(GET => "/upstreams/$other")->{id};
eventually { warnings_of($id) eq '' } 'without TLS it does not matter', 60;
change($other, healthchecks => { active => { type => 'https' } }, client_certificate => { id => $row{alice}{id} });
becomes($other, 'HEALTHY', 'one that can be, to a target that does not ask');

# ---- whom probes believe ----
$name = group("localhost:$open->{port}", { http_path => '/believed' });
becomes($name, 'HEALTHY', 'the machine knows the authority, the name is the target\'s');
eventually { sni_seen() eq 'localhost' } 'which it is asked for', 60;
change($name, healthchecks => { active => { https_sni => 'other.test' } });
becomes($name, 'UNHEALTHY', 'the certificate is not for https_sni');
change($name, healthchecks => { active => { https_verify_certificate => $no } });
becomes($name, 'HEALTHY', 'nobody looks');
eventually { sni_seen() eq 'other.test' } 'https_sni is asked for all the same', 60;
change($name, healthchecks => { active => { https_verify_certificate => $yes, https_sni => 'localhost' } });
becomes($name, 'HEALTHY', 'it is for this https_sni');
my $address = group("127.0.0.1:$open->{port}", { http_path => '/address' });
becomes($address, 'UNHEALTHY', 'an address that is not on the certificate');
change($address, healthchecks => { active => { https_sni => 'localhost' } });
becomes($address, 'HEALTHY', 'https_sni is what counts');

# ---- headers ----
$name = group("localhost:$open->{port}", { http_path => '/headers', headers => { 'X-Probe' => [ 'a', 'b' ], Authorization => ['Bearer t'] } });
becomes($name, 'HEALTHY', 'headers');
eventually { seen($open, '/headers')->{headers} } 'a probe arrives', 60;
my $headers = seen($open, '/headers')->{headers};
is $headers->{'x-probe'}, 'a, b', 'each of its values';
is $headers->{authorization}, 'Bearer t', 'another one';
is $headers->{host}, "localhost:$open->{port}", 'Host is the target';
change($name, host_header => 'shop.test');
eventually { seen($open, '/headers')->{headers}{host} eq 'shop.test' } 'or host_header', 60;
change($name, healthchecks => { active => { headers => { Host => ['own.test'] } } });
eventually { seen($open, '/headers')->{headers}{host} eq 'own.test' } 'or the one among the headers', 60;
ok !exists seen($open, '/headers')->{headers}{'x-probe'}, 'headers are replaced as a whole';
unlike $node->log_text, qr/PRIVATE KEY/, 'no key in the log';
done_testing();
