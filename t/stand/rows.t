# SPDX-License-Identifier: Apache-2.0
# What looks like SQL, JSON or a format string, in every field of every entity, in plugins' configs, in paths and in
# queries, as JSON and as a form: stored whole or refused with 4xx, never half, and never acted upon. A refused write
# leaves nothing behind.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use Tokens ();

my $node = GatewayNode->start(GatewayNode::own_database());
my $text = JSON->new->utf8->canonical->allow_nonref;

my @nasty = (
    q(x'; DROP TABLE services; --), q(' OR '1'='1), q(x" OR ""="), q(\\'; SELECT 1; --), q($1), q($$;$$), q(%s%n%d), q(?), q(:1),
    q({"a":1}), q(["a"]), q("), q(\\), q(\\\\), q(\\u0000), q({}), q({x}), q({"x","y"}), q(NULL), q(null), q(true), q(0), q(-1),
    q(a,b), q(a, 'b'), q(x/y), q(x%27y), q(%), q(_), q(*), q(x;y), q(/*x*/), q(--), q(`id`), q(<b>&amp;</b>), q(E'\\x41'),
    "line\nbreak", "tab\t", "\x{7f}", "a\x{1}b", "caf\x{e9}", "\x{1f4a9}", "\x{202e}x", ' ', ' x ', 'x' x 2000, ',', '[]', q('),
);

# ---- entities: base row, then fields that hold text, alone (''), as elements ([]), as keys and values ({}) ----
my $service = $node->admin_ok(POST => '/services', { host => 'h' });
my $consumer = $node->admin_ok(POST => '/consumers', { username => 'user' });
my $pem = (Tokens::key_for('RS256'))[1];
my %of_service = (service => { id => $service->{id} });
my @entities = (
    [ '/services', { host => 'h' }, [qw(name host path protocol)], [qw(tags)] ],
    [ '/services', {}, [qw(url)] ],
    [ '/routes', { paths => ['/p'], %of_service }, [qw(name path_handling)], [qw(paths hosts methods snis protocols tags)], [qw(headers)] ],
    [ '/consumers', { username => 'u' }, [qw(username custom_id)], [qw(tags)] ],
    [ '/plugins', { name => 'key-auth', %of_service }, [qw(name instance_name)], [qw(tags protocols)] ],
    [ "/consumers/$consumer->{id}/key-auth", {}, [qw(key)], [qw(tags)] ],
    [ "/consumers/$consumer->{id}/jwt", { algorithm => 'HS256' }, [qw(key secret algorithm rsa_public_key)], [qw(tags)] ],
    (map { [ '/plugins', { name => $_->[0], %of_service, config => $_->[1] // {} }, map { [ map { "config.$_" } @{ $_ // [] } ] } @$_[2 .. 4] ] }
        [ 'key-auth', {}, [qw(anonymous realm)], [qw(key_names)] ],
        [ 'jwt', {}, [qw(anonymous realm key_claim_name)], [qw(uri_param_names cookie_names header_names audience issuers claims_to_verify)] ],
        [ 'request-termination', {}, [qw(message body content_type trigger)] ],
        [ 'ip-restriction', { allow => ['10.0.0.1'] }, [qw(message)], [qw(deny)] ],
        [ 'acl', {}, [], [qw(allow)] ],
        [ 'cors', {}, [], [qw(origins headers exposed_headers methods)] ],
        [ 'correlation-id', {}, [qw(header_name generator)] ],
        [ 'request-transformer', {}, [qw(http_method replace.uri)], [qw(remove.headers add.querystring rename.body)] ]),
);
my $serial = 0;
sub fresh { # a base row that collides with nothing
    my ($path, $base) = @_;
    my %row = %$base;
    $row{username} = 'u' . ++$serial if exists $row{username};
    return \%row;
}
# What differs between two states of everything, as text.
sub everything { return { map { my $p = $_->[0]; map { ("$p/$_->{id}" => $text->encode($_)) } @{ $node->admin_ok(GET => "$p?size=1000")->{data} } } @entities } }
sub changes {
    my ($before, $after) = @_;
    my %all = (%$before, %$after);
    return join "\n", map { "$_: " . ($before->{$_} // 'none') . ' -> ' . ($after->{$_} // 'none') }
        grep { ($before->{$_} // '') ne ($after->{$_} // '') } sort keys %all;
}
sub all_of { return $text->encode([ sort { $a->{id} cmp $b->{id} } @{ $node->admin_ok(GET => "$_[0]?size=1000")->{data} } ]) }

# Fields have names as in forms: "config.realm" is realm in config.
sub field_of { my ($row, $field) = @_; $row = $row->{$_} for split /\./, $field; return $row }
sub with_field {
    my ($row, $field, $value) = @_;
    my ($first, $rest) = split /\./, $field, 2;
    return { %$row, $first => defined $rest ? with_field($row->{$first} // {}, $rest, $value) : $value };
}

# A body as pairs of a form: elements are numbered, since a comma may part those of a list.
sub pairs {
    my ($name, $value) = @_;
    return map { my $k = $_; pairs(length $name ? "$name.$k" : $k, $value->{$k}) } sort keys %$value if ref $value eq 'HASH';
    return map { pairs("$name\[@{[ $_ + 1 ]}]", $value->[$_]) } 0 .. $#$value if ref $value eq 'ARRAY';
    return ($name, $value);
}
sub octets { my ($s) = @_; utf8::encode($s); return $s }

# A service's url, which stands for other fields: as they tell it. It has no query.
sub url_of {
    my ($row) = @_;
    my $is_usual = $row->{port} == ($row->{protocol} eq 'https' ? 443 : 80);
    return "$row->{protocol}://$row->{host}" . ($is_usual ? '' : ":$row->{port}") . ($row->{path} // '');
}

# How a body is sent: by its name.
my %as = (
    JSON => sub { $_[0] },
    form => sub { form(map { octets($_) } pairs('', $_[0])) },
    multipart => sub { multipart(map { octets($_) } pairs('', $_[0])) },
);

my $ntaken = 0;

# Send a body. Refused: in JSON and for a reason. Taken: it is there as it was sent, and goes again.
sub try_write {
    my ($path, $body, $field, $want) = @_;
    my $res = $node->admin(POST => $path, $body);
    my $code = $res->code;
    if ($code != 201) {
        return "refused with $code: " . $res->content unless $code =~ /^(?:400|409)$/;
        return eval { json_of($res)->{message} } ? undef : 'refused in other words than JSON';
    }
    $ntaken++;
    my $made = json_of($res);
    my $got = $node->admin_ok(GET => "$path/$made->{id}");
    $node->admin_ok(DELETE => "$path/$made->{id}");
    return 'what was answered is not what is stored' unless $text->encode($made) eq $text->encode($got);
    $got = $field eq 'url' ? url_of($got) : field_of($got, $field);
    $want =~ s/[?#].*//s if $field eq 'url';
    return $text->encode($got) eq $text->encode($want) ? undef : 'stored as ' . $text->encode($got);
}

my %seen_as;
my %is_picky = map { $_ => 1 } qw(protocol path_handling methods protocols algorithm config.claims_to_verify config.deny config.methods
    config.generator config.content_type); # few words, none of which is nasty
for (@entities) {
    my ($path, $base, $texts, $lists, $maps) = @$_;
    (my $shown = $path) =~ s{/consumers/[^/]+/}{/consumers/.../};
    $shown .= " $base->{name}" if $path eq '/plugins';
    my @shapes = ((map { $_ eq 'url' ? ([ $_, sub { "http://h/$_[0]" } ], [ $_, sub { "http://$_[0]/" } ]) : [ $_, sub { $_[0] } ] } @$texts),
        (map { [ $_, sub { [ $_[0] ] } ] } @{ $lists // [] }),
        (map { my $f = $_; [ $f, sub { +{ 'x-a' => [ $_[0] ] } } ], [ $f, sub { +{ $_[0] => ['a'] } } ] } @{ $maps // [] }));
    for (@shapes) {
        my ($field, $shape) = @$_;
        my @problems;
        my $before = all_of($path);
        # All values in JSON; in a form as well, but for the second and later fields of a plugin's config; as multipart
        # once for each entity.
        my $is_first = !$seen_as{$shown}++;
        for my $as ('JSON', $is_first || $path ne '/plugins' ? 'form' : (), $is_first ? 'multipart' : ()) {
            next if $as ne 'JSON' && ref $shape->('x') eq 'HASH' && !$shape->('x')->{'x-a'}; # names in forms have a grammar
            $ntaken = 0;
            for my $value (@nasty) {
                my $want = $shape->($value);
                my $problem = try_write($path, $as{$as}->(with_field(fresh($path, $base), $field, $want)), $field, $want);
                push @problems, "$as: " . $text->encode($want) . ": $problem" if $problem;
            }
            cmp_ok $ntaken, '>', 0, "$shown: $field: $as: not all are refused"
                unless $is_picky{$field} || $path eq '/plugins' && $field eq 'name';
        }
        is_deeply \@problems, [], "$shown: $field: " . scalar @nasty . ' values, each whole or refused';
        is all_of($path), $before, "$shown: $field: and all is as it was";
    }
}

# ---- what a field's rules do not look at is stored whole ----
sub is_whole {
    my ($path, $field, $value) = @_;
    my $row = $node->admin_ok(POST => $path, { username => 'w' . ++$serial, $field => $value });
    is $node->admin_ok(GET => "$path/$row->{id}")->{$field}, $value, "$path: $field: " . $text->encode($value);
    return $row;
}
is_whole('/consumers', username => $_), is_whole('/consumers', custom_id => $_)
    for q(x'; DROP TABLE consumers; --), q({"a":"\\"}), q($1 %s ?), "caf\x{e9} \x{1f4a9}", q(a,b;c), "line\nbreak";
for my $value (q(x'; DROP TABLE jwt_secrets; --), q({"a":"\\"}), q($1 %s ?)) {
    my $row = $node->admin_ok(POST => "/consumers/$consumer->{id}/jwt", { key => $value, secret => $value });
    is_deeply [ @{ $node->admin_ok(GET => "/consumers/$consumer->{id}/jwt/$row->{id}") }{qw(key secret)} ], [ $value, $value ], "jwt: $value";
}
my $keyed = $node->admin_ok(POST => '/routes', { paths => ['/keyed'], service => { id => $node->admin_ok(POST => '/services', { url => upstream() })->{id} } });
$node->admin_ok(POST => "/routes/$keyed->{id}/plugins", { name => 'key-auth' });
for my $key (q(x'; DROP TABLE keyauth_credentials; --), q(' OR '1'='1), q(%), q(_), q(a"b\\c), q($1)) {
    is $node->call(GET => '/keyed', apikey => $key)->code, 401, "key-auth: $key is no key";
    $node->admin_ok(POST => "/consumers/$consumer->{id}/key-auth", { key => $key });
    is $node->call(GET => '/keyed', apikey => $key)->code, 200, "key-auth: $key is one when it has been made";
}
is $node->call(GET => '/keyed', apikey => "x$_")->code, 401, "key-auth: x$_ is none" for '%', '_', q(' OR 'x'='x);

# ---- paths and queries ----
sub escaped { my ($s) = @_; utf8::encode($s); $s =~ s/([^A-Za-z0-9])/sprintf '%%%02X', ord $1/ge; return $s }
my $state = everything();
my %seen;
for my $value (grep { length $_ < 100 } @nasty) {
    my $e = escaped($value);
    for my $path ("/services/$e", "/routes/$e", "/consumers/$e-", "/plugins/$e", "/consumers/$e-/jwt", "/consumers/$consumer->{id}/key-auth/$e-",
        "/services/$e/routes", "/services?offset=$e", "/services?size=$e", "/consumers?custom_id=$e-") {
        for my $method (qw(GET DELETE)) {
            next if $method eq 'DELETE' && $path =~ /\?/;
            my $code = $node->admin($method => $path)->code;
            push @{ $seen{$code} }, "$method $path";
        }
    }
    for my $path ("/services?tags=$e", "/consumers?tags=$e") {
        my $res = $node->admin(GET => $path);
        push @{ $seen{ $res->code } }, "GET $path";
        fail "$path finds what has no tag" if $res->code == 200 && @{ json_of($res)->{data} };
    }
}
is_deeply { map { $_ => $seen{$_} } grep { !/^(?:200|204|400|404|405)$/ } keys %seen }, {}, 'in paths and queries: found, nothing, or refused';
is changes($state, everything()), '', 'and nothing has gone';

# ---- a refused write leaves nothing behind ----
my %route = (paths => ['/q'], service => { id => $service->{id} });
my $taken = $node->admin_ok(POST => '/routes', { name => 'taken', %route });
my $victim = $node->admin_ok(POST => '/routes', { name => 'victim', tags => ['t'], headers => { 'x-a' => ['1'] }, %route });
$state = everything();
my $nowhere = '0a0a0a0a-0000-4000-8000-00000000000a';
for ([ PATCH => '/routes/victim', { name => 'taken', paths => ['/new'] }, 409, 'a name that is taken' ],
     [ PUT => "/routes/$victim->{id}", { name => 'taken', paths => ['/new'] }, 409, 'the same by PUT' ],
     [ POST => '/routes', { name => 'taken', paths => ['/new'] }, 409, 'the same by POST' ],
     [ PATCH => '/routes/victim', { service => { id => $nowhere }, paths => ['/new'] }, 400, 'a service that does not exist' ],
     [ PATCH => '/routes/victim', { paths => ['/new'], hosts => ["bad host"] }, 400, 'one bad field beside good ones' ],
     [ PATCH => '/routes/victim', { tags => [ 'new', 'a,b' ] }, 400, 'one bad element' ],
     [ PATCH => '/routes/victim', { headers => undef, paths => undef, unknown => 1 }, 400, 'an unknown field' ],
     [ PUT => '/routes/fresh', { paths => ['no slash'] }, 400, 'PUT of a row that is not there' ],
     [ PUT => "/routes/$nowhere", { paths => ['/x'], service => { id => $nowhere } }, 400, 'PUT with a service that is not there' ],
     [ DELETE => "/services/$service->{id}", undef, 400, 'a service that has routes' ],
     [ POST => "/services/$nowhere/plugins", { name => 'key-auth' }, 404, 'a plugin under what is not there' ],
     [ POST => "/routes/$victim->{id}/plugins", { name => 'key-auth', config => { key_names => [] , nonsense => 1 } }, 400, 'a plugin with a bad config' ],
     [ POST => "/consumers/$nowhere/key-auth", { key => 'k' }, 404, 'a key of nobody' ],
     [ POST => "/consumers/$consumer->{id}/jwt", { algorithm => 'RS256', rsa_public_key => "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----" }, 400, 'a key that is none' ],
     [ POST => "/consumers/$consumer->{id}/jwt", { algorithm => 'HS256', rsa_public_key => $pem, key => 'k', tags => ['a/b'] }, 400, 'a bad tag of a credential' ]) {
    my ($method, $path, $body, $status, $name) = @$_;
    my $res = $node->admin($method => $path, $body);
    is $res->code, $status, "$name: $status" or diag $res->content;
    is changes($state, everything()), '', "$name: all is as it was";
}
unlike $node->log_text, qr/:error\]|:crit\]/, 'no client was an error of ours';
done_testing;
