# SPDX-License-Identifier: Apache-2.0
# OpenApi.pm - a linter for OpenAPI 3.1 documents, as far as ours goes, and a validator of JSON Schema for rows.
# Both return lists of complaints; none means good.
package OpenApi;
use strict;
use warnings FATAL => 'all';
use Exporter 'import';
use JSON ();

our @EXPORT_OK = qw(lint validate);

my %types = map { $_ => 1 } qw(string integer number boolean array object null);
my $uuid = qr/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
my $is_string = sub { defined $_[0] && !ref $_[0] };
my $is_bool = sub { JSON::is_bool($_[0]) };
my $is_number = sub { defined $_[0] && !ref $_[0] && $_[0] =~ /^-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?$/ };
my $is_count = sub { defined $_[0] && $_[0] =~ /^\d+$/ };

# What each object of a document may hold: a key's name to a check of its value; a key with "!" must be there.
my %keywords = (
    type => sub { my @t = ref $_[0] ? @{ $_[0] } : $_[0]; @t && !grep { !$types{$_} } @t },
    enum => sub { my %s; ref $_[0] eq 'ARRAY' && @{ $_[0] } && !grep { $s{ $_ // 'null' }++ } @{ $_[0] } },
    format => $is_string, description => $is_string, pattern => sub { eval { qr/$_[0]/; 1 } }, default => sub { 1 },
    (map { $_ => $is_number } qw(minimum maximum exclusiveMinimum exclusiveMaximum)),
    (map { $_ => $is_count } qw(minLength maxLength minItems maxItems minProperties)),
    (map { $_ => $is_bool } qw(uniqueItems writeOnly readOnly deprecated)),
    required => sub { my %s; ref $_[0] eq 'ARRAY' && @{ $_[0] } && !grep { ref $_ || $s{$_}++ } @{ $_[0] } },
    properties => sub { ref $_[0] eq 'HASH' }, items => sub { ref $_[0] eq 'HASH' },
    additionalProperties => sub { ref $_[0] eq 'HASH' || $is_bool->($_[0]) }, anyOf => sub { ref $_[0] eq 'ARRAY' && @{ $_[0] } },
);

sub lint {
    my ($doc) = @_;
    my (@bad, %ids, %used);
    my %tags = map { $_->{name} => 1 } @{ $doc->{tags} // [] };
    my $say = sub { push @bad, join ': ', @_; return };
    my ($schema, $resolve);

    # The object behind {"$ref": ...}, or the object itself.
    $resolve = sub {
        my ($at, $object) = @_;
        return $object unless ref $object eq 'HASH' && exists $object->{'$ref'};
        $say->($at, 'beside $ref nothing else counts') if keys %$object > 1;
        my ($kind, $name) = $object->{'$ref'} =~ m{^#/components/(\w+)/([\w.-]+)$} or return $say->($at, "a reference to $object->{'$ref'}");
        $used{"$kind/$name"} = 1;
        return $doc->{components}{$kind}{$name} // $say->($at, "$kind/$name is nowhere");
    };
    my $holds = sub {
        my ($at, $object, %may) = @_;
        return $say->($at, 'no object') unless ref $object eq 'HASH';
        for (keys %may) { /^(.*)!$/ or next; $say->($at, "$1 is missing") unless exists $object->{$1} }
        $say->($at, "unknown $_") for grep { !$may{$_} && !$may{"$_!"} } keys %$object;
        for (keys %$object) { my $check = $may{$_} // $may{"$_!"} or next; $say->($at, "$_ is wrong") unless $check->($object->{$_}) }
        return 1;
    };
    my $any = sub { 1 };
    $schema = sub {
        my ($at, $s) = @_;
        return $resolve->($at, $s) if ref $s eq 'HASH' && exists $s->{'$ref'};
        $holds->($at, $s, %keywords) or return;
        my $properties = $s->{properties} // {};
        $schema->("$at.$_", $properties->{$_}) for sort keys %$properties;
        $schema->("$at\[]", $s->{items}) if $s->{items};
        $schema->("$at\{}", $s->{additionalProperties}) if ref $s->{additionalProperties} eq 'HASH';
        $schema->($at, $_) for @{ $s->{anyOf} // [] };
        $say->($at, "required $_ is no property") for grep { !$properties->{$_} } @{ $s->{required} // [] };
        my %is = map { $_ => 1 } ref $s->{type} ? @{ $s->{type} } : $s->{type} // ();
        $say->($at, 'an array without items') if $is{array} && !$s->{items};
        $say->($at, 'items of no array') if $s->{items} && !$is{array};
        $say->($at, 'properties of no object') if $s->{properties} && !$is{object};
        $say->($at, "default is none of its values: $_") for exists $s->{default} ? validate($doc, $s, $s->{default}) : ();
    };
    my $content = sub {
        my ($at, $content) = @_;
        for my $type (sort keys %$content) {
            $say->($at, "no media type: $type") unless $type =~ m{^[\w.+-]+/[\w.+-]+$};
            $holds->("$at $type", $content->{$type}, 'schema!' => $any) and $schema->("$at $type", $content->{$type}{schema});
        }
    };
    my $response = sub {
        my ($at, $r) = @_;
        $holds->($at, $r, 'description!' => $is_string, headers => $any, content => $any) or return;
        $schema->("$at $_", $r->{headers}{$_}{schema}) for keys %{ $r->{headers} // {} };
        $content->($at, $r->{content}) if $r->{content};
    };
    my $parameter = sub {
        my ($at, $p) = @_;
        $holds->($at, $p, 'name!' => $is_string, 'in!' => sub { $_[0] =~ /^(?:path|query|header|cookie)$/ }, required => $is_bool, description => $is_string, 'schema!' => $any) or return;
        $say->($at, 'a parameter of the path is required') if $p->{in} eq 'path' && !$p->{required};
        $schema->($at, $p->{schema});
    };
    my $operation = sub {
        my ($at, $path, $op) = @_;
        $holds->($at, $op, 'operationId!' => $is_string, 'summary!' => $is_string, tags => $any, parameters => $any, requestBody => $any, 'responses!' => $any) or return;
        $say->($at, "operationId $op->{operationId} twice") if $ids{ $op->{operationId} }++;
        $say->($at, "tag $_ is nowhere") for grep { !$tags{$_} } @{ $op->{tags} // [] };
        my (%in_path, %seen);
        for my $p (map { $resolve->($at, $_) // () } @{ $op->{parameters} // [] }) {
            $parameter->("$at parameter " . ($p->{name} // '?'), $p);
            $say->($at, "parameter $p->{name} twice") if $seen{"$p->{in} $p->{name}"}++;
            $in_path{ $p->{name} } = 1 if $p->{in} eq 'path';
        }
        my @names = $path =~ /\{([^}]*)\}/g;
        $say->($at, "{$_} is no parameter") for grep { !delete $in_path{$_} } @names;
        $say->($at, "parameter $_ is not in the path") for keys %in_path;
        $content->("$at body", $op->{requestBody}{content}) if $op->{requestBody};
        $say->($at, 'no responses') unless keys %{ $op->{responses} };
        for my $status (sort keys %{ $op->{responses} }) {
            $say->($at, "no status: $status") unless $status =~ /^(?:[1-5](?:\d\d|XX)|default)$/;
            my $r = $resolve->("$at $status", $op->{responses}{$status}) or next;
            $response->("$at $status", $r);
        }
    };

    $holds->('document', $doc, 'openapi!' => sub { $_[0] =~ /^3\.1\.\d+$/ }, 'info!' => $any, servers => $any, security => sub { ref $_[0] eq 'ARRAY' }, tags => $any, 'paths!' => $any, components => $any);
    $holds->('info', $doc->{info}, 'title!' => $is_string, 'version!' => $is_string, description => $is_string, license => $any);
    $holds->('server', $_, 'url!' => sub { $_[0] =~ m{^https?://} }) for @{ $doc->{servers} };
    my %shapes;
    for my $path (sort keys %{ $doc->{paths} }) {
        $say->($path, 'does not begin with a slash') unless $path =~ m{^/};
        (my $shape = $path) =~ s/\{[^}]*\}/{}/g;
        $say->($path, "the same as $shapes{$shape}") if $shapes{$shape};
        $shapes{$shape} = $path;
        my $item = $doc->{paths}{$path};
        $holds->($path, $item, map { $_ => $any } qw(get put post patch delete)) or next;
        $operation->("$_ $path", $path, $item->{$_}) for sort keys %$item;
    }
    my $components = $doc->{components};
    for my $kind (sort keys %$components) {
        $say->('components', "unknown $kind") unless $kind =~ /^(?:schemas|responses|parameters)$/;
        for my $name (sort keys %{ $components->{$kind} }) {
            $say->("$kind/$name", 'a name of other letters') unless $name =~ /^[\w.-]+$/;
            my $check = { schemas => $schema, responses => $response, parameters => $parameter }->{$kind};
            $check->("$kind/$name", $components->{$kind}{$name});
        }
    }
    for my $kind (sort keys %$components) {
        $say->("$kind/$_", 'nobody refers to it') for grep { !$used{"$kind/$_"} } sort keys %{ $components->{$kind} };
    }
    return @bad;
}

my %is = (
    null => sub { !defined $_[0] }, boolean => sub { JSON::is_bool($_[0]) }, array => sub { ref $_[0] eq 'ARRAY' },
    object => sub { ref $_[0] eq 'HASH' }, string => sub { defined $_[0] && !ref $_[0] },
    integer => sub { defined $_[0] && !ref $_[0] && $_[0] =~ /^-?\d+$/ }, number => sub { defined $_[0] && !ref $_[0] && $_[0] =~ /^-?[\d.eE+-]+$/ },
);

# What is wrong with `value` by a schema of the document; `at` names it.
sub validate {
    my ($doc, $s, $value, $at) = @_;
    $at //= 'value';
    if (my $ref = $s->{'$ref'}) { my ($name) = $ref =~ m{([^/]+)$}; $s = $doc->{components}{schemas}{$name} or return "$at: $ref" }
    my @types = ref $s->{type} ? @{ $s->{type} } : $s->{type} // ();
    return "$at: not of type @types" if @types && !grep { $is{$_}->($value) } @types;
    return "$at: none of enum" if $s->{enum} && !grep { defined $_ ? defined $value && $_ eq $value : !defined $value } @{ $s->{enum} };
    return () unless defined $value;
    if (ref $value eq 'HASH') {
        my @bad = map { "$at: $_ is missing" } grep { !exists $value->{$_} } @{ $s->{required} // [] };
        for my $name (sort keys %$value) {
            my $of = $s->{properties}{$name} // $s->{additionalProperties};
            push @bad, ref $of eq 'HASH' ? validate($doc, $of, $value->{$name}, "$at.$name") : defined $of && !$of ? "$at: $name is unknown" : ();
        }
        push @bad, "$at: none of anyOf" if $s->{anyOf} && !grep { !validate($doc, $_, $value, $at) } @{ $s->{anyOf} };
        return @bad;
    }
    if (ref $value eq 'ARRAY') {
        return "$at: too few" if @$value < ($s->{minItems} // 0);
        return map { validate($doc, $s->{items}, $value->[$_], "$at\[$_]") } 0 .. $#$value;
    }
    return () if ref $value;
    return "$at: below minimum" if defined $s->{minimum} && $value < $s->{minimum};
    return "$at: above maximum" if defined $s->{maximum} && $value > $s->{maximum};
    return "$at: too short" if defined $s->{minLength} && length $value < $s->{minLength};
    return "$at: no uuid" if ($s->{format} // '') eq 'uuid' && $value !~ $uuid;
    return "$at: not of its pattern" if defined $s->{pattern} && $value !~ /$s->{pattern}/;
    return ();
}

1;
