# SPDX-License-Identifier: Apache-2.0
# /certificates, /snis, /ca_certificates: bodies whole, every refusal, lists of names that are written with their
# certificate, rows that go by them, and that no key is told to whom it is not for.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;
use Certificates qw(authority issue);

my %moment = (id => '<id>', created_at => '<time>', updated_at => '<time>', tags => undef);
sub certificate_row { my $pair = shift; return { %moment, cert => $pair->{cert}, key => $pair->{key}, cert_alt => undef, key_alt => undef, snis => [], @_ } }
sub body_of { my $pair = shift; return { cert => $pair->{cert}, key => $pair->{key}, @_ } }
sub entity_error { return violation($_[0], '@entity' => [ $_[0] ]) }
sub tag { return unique('n') . '.test' }

my ($one, $two, $rsa, $other_rsa) = (issue('one.test'), issue('two.test'), issue('rsa.test', kind => 'rsa'), issue('rsa2.test', kind => 'rsa'));
my ($foreign) = map { open my $in, '-|', "openssl pkcs8 -topk8 -v2 aes256 -passout pass:secret -in $one->{key_file}"; local $/; <$in> } 1;

# ---- certificates ----
my ($x, $y) = (tag(), tag());
my $row = answers([ POST => '/certificates', body_of($one, snis => [ uc $y, "$x." ], tags => ['t']) ], 201,
    certificate_row($one, snis => [ sort $x, $y ], tags => ['t']), 'a certificate with its names');
answers([ GET => "/certificates/$row->{id}" ], 200, certificate_row($one, snis => [ sort $x, $y ], tags => ['t']), 'by id');
answers([ GET => "/certificates/$_" ], 200, certificate_row($one, snis => [ sort $x, $y ], tags => ['t']), "by name: $_") for $x, uc $y;
is_deeply [ map { @{ $_->{snis} } } grep { $_->{id} eq $row->{id} } @{ admin_ok(GET => '/certificates?size=1000')->{data} } ], [ sort $x, $y ], 'names in lists too';
is_deeply [ map { $_->{name} } @{ admin_ok(GET => "/certificates/$_/snis")->{data} } ], [ map { $_->{name} } sort { $a->{id} cmp $b->{id} } map { admin_ok(GET => "/snis/$_") } $x, $y ], 'its names as rows' for $row->{id}, $x;
answers([ POST => '/certificates', body_of($rsa, cert_alt => $one->{cert}, key_alt => $one->{key}) ], 201,
    certificate_row($rsa, cert_alt => $one->{cert}, key_alt => $one->{key}), 'two kinds of keys');
my $chain = "$one->{cert}$two->{cert}";
answers([ POST => '/certificates', body_of($one, cert => $chain) ], 201, certificate_row($one, cert => $chain), 'a chain behind the leaf');
my $c = tag();
answers([ POST => '/certificates', form(cert => $two->{cert}, key => $two->{key}, snis => "$c,x$c") ], 201, certificate_row($two, snis => [ $c, "x$c" ]), 'a form: names by commas');
my $d = tag();
answers([ POST => '/certificates', multipart(cert => [ $two->{cert} ], key => [ $two->{key} ], snis => $d) ], 201, certificate_row($two, snis => [$d]), 'files');

my $no_pem = 'invalid certificate: no certificate in PEM format was found';
my $no_key = 'invalid key: no private key in PEM format was found';
for (
    [ {}, violation('cert: required field missing; key: required field missing', map { $_ => 'required field missing' } qw(cert key)), 'nothing' ],
    [ { cert => 'x', key => 'y' }, violation("cert: $no_pem; key: $no_key", cert => $no_pem, key => $no_key), 'no PEM' ],
    [ { cert => 1, key => [] }, violation('cert: expected a string; key: expected a string', cert => 'expected a string', key => 'expected a string'), 'no text' ],
    [ body_of($one, key => $one->{cert}), violation("key: $no_key", key => $no_key), 'a certificate for a key' ],
    [ body_of($one, cert => $one->{key}), violation('cert: invalid certificate: it holds a private key, which belongs into the field of the key', cert => 'invalid certificate: it holds a private key, which belongs into the field of the key'), 'a key for a certificate' ],
    [ body_of($one, cert => "$one->{cert}$one->{key}"), violation('cert: invalid certificate: it holds a private key, which belongs into the field of the key', cert => 'invalid certificate: it holds a private key, which belongs into the field of the key'), 'a key beside it' ],
    [ body_of($one, cert => "$one->{cert}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), violation('cert: invalid certificate: a certificate of the chain cannot be read', cert => 'invalid certificate: a certificate of the chain cannot be read'), 'a broken chain' ],
    [ body_of($one, key => $foreign), violation('key: invalid key: it is protected by a passphrase', key => 'invalid key: it is protected by a passphrase'), 'a passphrase' ],
    [ body_of($one, key => $two->{key}), entity_error('certificate does not match key'), 'another\'s key' ],
    [ body_of($one, cert_alt => $rsa->{cert}), entity_error("all or none of these fields must be set: 'cert_alt', 'key_alt'"), 'half of the alternative' ],
    [ body_of($one, cert_alt => $rsa->{cert}, key_alt => $other_rsa->{key}), entity_error('alternative certificate does not match key'), 'another\'s alternative' ],
    [ body_of($rsa, cert_alt => $other_rsa->{cert}, key_alt => $other_rsa->{key}), entity_error('certificate and alternative certificate need to have different type (e.g. RSA and ECDSA), the provided certificates were both of the same type'), 'the same kind twice' ],
    [ body_of($one, snis => [ 'd.test', 'D.test' ]), violation('snis: d.test is duplicated', snis => 'd.test is duplicated'), 'a name twice' ],
    [ body_of($one, snis => [$x]), violation("snis: $x already associated with existing certificate '$row->{id}'", snis => "$x already associated with existing certificate '$row->{id}'"), 'a name of another one' ],
    [ body_of($one, snis => ['a:1']), violation('snis.1: must not have a port', snis => ['must not have a port']), 'a port' ],
    [ body_of($one, snis => 'x'), violation('snis: expected an array', snis => 'expected an array'), 'names that are no list' ],
    [ body_of($one, passphrase => 'x'), violation('passphrase: unknown field', passphrase => 'unknown field'), 'a field that there is not' ],
) {
    my ($body, $want, $name) = @$_;
    my $before = @{ admin_ok(GET => '/certificates?size=1000')->{data} };
    answers([ POST => '/certificates', $body ], 400, $want, $name);
    is scalar @{ admin_ok(GET => '/certificates?size=1000')->{data} }, $before, "$name: nothing is left behind";
}

# PATCH and PUT of names
my $etag = admin(GET => "/certificates/$row->{id}")->header('ETag');
answers([ PATCH => "/certificates/$row->{id}", { tags => ['u'] } ], 200, certificate_row($one, snis => [ sort $x, $y ], tags => ['u']), 'PATCH leaves names alone');
my $e = tag();
answers([ PATCH => "/certificates/$row->{id}", { snis => [ $y, $e ] } ], 200, certificate_row($one, snis => [ sort $y, $e ], tags => ['u']), 'PATCH with a list replaces them');
is admin(GET => "/snis/$x")->code, 404, 'what is not in it is gone';
answers([ PATCH => "/certificates/$row->{id}", { snis => [$e] }, 'If-Match' => $etag ], 412, certificate_row($one, snis => [ sort $y, $e ], tags => ['u']), 'names are part of the entity tag');
answers([ PATCH => "/certificates/$row->{id}", { key => $two->{key} } ], 400, entity_error('certificate does not match key'), 'PATCH of half a pair');
answers([ PUT => "/certificates/$row->{id}", body_of($two) ], 200, certificate_row($two, snis => [ sort $y, $e ]), 'PUT without a list leaves names alone');
answers([ PUT => "/certificates/$row->{id}", body_of($two, snis => []) ], 200, certificate_row($two), 'PUT with an empty one removes them');
my $f = tag();
my $put = answers([ PUT => "/certificates/$f", body_of($one) ], 200, certificate_row($one, snis => [$f]), 'PUT by a new name makes both');
answers([ PUT => "/certificates/$f", body_of($two) ], 200, certificate_row($two, snis => [$f]), 'PUT by a known one replaces');
is admin_ok(GET => "/certificates/$f")->{id}, $put->{id}, 'the same row';
my ($h, $i) = (tag(), tag());
answers([ PUT => "/certificates/$h", body_of($one, snis => [ uc $h ]) ], 200, certificate_row($one, snis => [$h]), 'a new name that the list holds already');
answers([ PUT => "/certificates/$i", form(cert => $one->{cert}, key => $one->{key}, snis => "x$i,y$i") ], 200, certificate_row($one, snis => [ sort $i, "x$i", "y$i" ]), 'beside the names of a form');
answers([ $_ => '/certificates/nobody.test', $_ eq 'PATCH' ? {} : () ], 404, message('SNI not found'), "$_ by a name that there is not") for qw(GET PATCH DELETE);
answers([ GET => '/certificates/nobody.test/snis' ], 404, message('SNI not found'), 'and its names');
answers([ GET => '/certificates/' . NOWHERE ], 404, message('Not found'), 'an id that there is not');

# ---- snis ----
my $name = tag();
my %sni = (%moment, certificate => { id => $row->{id} });
my $sni = answers([ POST => '/snis', { name => uc $name, certificate => { id => $row->{id} } } ], 201, { %sni, name => $name }, 'a name');
answers([ POST => "/certificates/$f/snis", { name => "nested.$name" } ], 201, { %sni, name => "nested.$name", certificate => { id => $put->{id} } }, 'below its certificate, which goes by a name');
answers([ GET => "/snis/$name" ], 200, { %sni, name => $name }, 'by name');
answers([ $_ => "/snis/$name/certificate", /^P/ ? {} : undef ], 404, message('Not found'), "$_: no path leads from it to its certificate") for qw(GET PUT PATCH DELETE OPTIONS);
answers([ GET => "/certificates/$name" ], 200, certificate_row($two, snis => [$name]), 'which goes by the name itself');
answers([ POST => '/snis', { name => $name, certificate => { id => $put->{id} } } ], 409, { code => 5, name => 'unique constraint violation', message => "UNIQUE violation detected on '{name=\"$name\"}'", fields => { name => $name } }, 'a name twice');
answers([ POST => '/snis', { name => 'x.test', certificate => { id => NOWHERE } } ], 400, { code => 4, name => 'foreign key violation', message => "the foreign key '{id=\"${\NOWHERE}\"}' does not reference an existing 'certificates' entity.", fields => { certificate => { id => NOWHERE } } }, 'a certificate that there is not');
for (
    [ '127.0.0.1', 'must not be an IP' ], [ 'a.test:1', 'must not have a port' ], [ 'a b', 'invalid value: a b' ],
    [ 'a.*.test', 'wildcard must be leftmost or rightmost character' ], [ '*.a.*', 'only one wildcard must be specified' ],
    [ '**', 'only one wildcard must be specified' ], [ '*a b', 'invalid value: *a b' ], [ 'x' x 254, 'length must be at most 253' ],
) {
    answers([ POST => '/snis', { name => $_->[0], certificate => { id => $row->{id} } } ], 400, violation("name: $_->[1]", name => $_->[1]), "the name " . substr $_->[0], 0, 20);
}
answers([ POST => '/snis', { name => "*.$name", certificate => { id => $row->{id} } } ], 201, { %sni, name => "*.$name" }, 'a wildcard');
answers([ PATCH => "/snis/$name", { certificate => { id => $put->{id} } } ], 200, { %sni, name => $name, certificate => { id => $put->{id} } }, 'a name moves');
answers([ DELETE => "/certificates/$f" ], 204, undef, 'by one of its names: gone');
is admin(GET => "/snis/$_")->code, 404, "with its name $_" for $f, $name, "nested.$name";

# ---- ca_certificates ----
my $ca = authority(unique('ca'));
my $digest = (split /\W+/, `openssl x509 -in $ca->{cert_file} -outform DER | openssl dgst -sha256 -r`)[0];
my $ca_row = answers([ POST => '/ca_certificates', { cert => $ca->{cert}, cert_digest => 'x' } ], 201, { %moment, cert => $ca->{cert}, cert_digest => $digest }, 'an authority; the digest is its own');
answers([ POST => '/ca_certificates', { cert => "# again\n$ca->{cert}" } ], 409, { code => 5, name => 'unique constraint violation', message => "UNIQUE violation detected on '{cert_digest=\"$digest\"}'", fields => { cert_digest => $digest } }, 'the same twice');
my $old = issue('old', ca => 1, days => -1);
for (
    [ $one->{cert}, entity_error('certificate does not appear to be a CA because it is missing the "CA" basic constraint'), 'no authority' ],
    [ $old->{cert}, entity_error('certificate expired, "Not After" time is in the past'), 'past its time' ],
    [ "$ca->{cert}$old->{cert}", entity_error('please submit only one certificate at a time'), 'two at once' ],
    [ 'x', violation("cert: $no_pem", cert => $no_pem), 'no PEM' ],
) {
    answers([ POST => '/ca_certificates', { cert => $_->[0] } ], 400, $_->[1], $_->[2]);
}
answers([ GET => '/ca_certificates/x' ], 400, { code => 1, name => 'invalid primary key', message => q(invalid primary key: '{id="expected a valid UUID"}'), fields => { id => 'expected a valid UUID' } }, 'it goes by no name');

# ---- what is referred to stays ----
sub in_use { return { code => 4, name => 'foreign key violation', message => "an existing '$_[0]' entity references this '$_[1]' entity", fields => { '@referenced_by' => $_[0] } } }
my $service = admin_ok(POST => '/services', { host => 'h', protocol => 'https', ca_certificates => [ $ca_row->{id} ], client_certificate => { id => $row->{id} } });
answers([ DELETE => "/ca_certificates/$ca_row->{id}" ], 400, in_use(services => 'ca_certificates'), 'an authority that a service trusts');
answers([ DELETE => "/certificates/$row->{id}" ], 400, in_use(services => 'certificates'), 'a certificate that a service shows');
is_deeply [ map { $_->{id} } @{ admin_ok(GET => "/certificates/$row->{id}/services")->{data} } ], [ $service->{id} ], 'who does';
admin_ok(PATCH => "/services/$service->{id}", { client_certificate => undef, ca_certificates => undef });
my $upstream = admin_ok(POST => '/upstreams', { name => unique('up'), client_certificate => { id => $row->{id} } });
answers([ DELETE => "/certificates/$row->{id}" ], 400, in_use(upstreams => 'certificates'), 'or an upstream');
admin_ok(DELETE => "/upstreams/$upstream->{id}");
answers([ DELETE => "/certificates/$row->{id}" ], 204, undef, 'then it can go');
answers([ DELETE => "/ca_certificates/$ca_row->{id}" ], 204, undef, 'and the authority');

# ---- the other endpoints know them ----
my $tagged = unique('tag');
my $g = tag();
my $found = admin_ok(POST => '/certificates', body_of($one, snis => [$g], tags => [$tagged]));
is_deeply [ map { $_->{entity_name} } @{ admin_ok(GET => "/tags/$tagged")->{data} } ], ['certificates'], '/tags';
is_deeply [ map { $_->{id} } @{ admin_ok(GET => "/certificates?tags=$tagged")->{data} } ], [ $found->{id} ], 'the filter';
is_deeply [ map { "$_->{entity} $_->{name}" } @{ admin_ok(GET => "/search?q=$g")->{data} } ], ["snis $g"], '/search finds the name';
is_deeply [ map { keys %$_ } @{ admin_ok(GET => '/schemas/certificates')->{fields} } ], [qw(id created_at updated_at cert key cert_alt key_alt tags snis)], '/schemas';
answers([ POST => '/schemas/certificates/validate', body_of($one) ], 200, message('schema validation successful'), 'validate');
ok exists admin_ok(GET => '/openapi.json')->{paths}{'/certificates/{certificates}/snis'}, '/openapi.json';

# ---- no key where it is not asked for ----
my $audit = admin(GET => "/audit?entity=certificates&id=$found->{id}")->content;
like $audit, qr/BEGIN CERTIFICATE/, 'the audit tells of the certificate';
unlike $audit, qr/PRIVATE KEY/, 'and of no key';
like $audit, qr/"snis":\["\Q$g\E"\]/, 'but of its names';
done_testing();
