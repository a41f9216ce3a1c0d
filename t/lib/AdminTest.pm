# SPDX-License-Identifier: Apache-2.0
# AdminTest.pm - the Admin API's tables: a call, its status, its whole body. Ids and times of the row itself are
# checked for their form and then set aside.
package AdminTest;
use strict;
use warnings FATAL => 'all';
use Exporter 'import';
use JSON ();
use GatewayTest;

our @EXPORT = qw(answers message violation service_row route_row consumer_row plugin_row jwt_row NOWHERE);

# An id that no row has.
use constant NOWHERE => '0a0a0a0a-0000-4000-8000-00000000000a';

my $text = JSON->new->utf8->canonical->allow_nonref;
my $uuid = qr/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

sub without_moment {
    my ($row) = @_;
    return $row unless ref $row eq 'HASH';
    my %row = %$row;
    $row{id} = '<id>' if defined $row{id} && !ref $row{id} && $row{id} =~ $uuid;
    for (qw(created_at updated_at)) {
        $row{$_} = '<time>' if defined $row{$_} && !ref $row{$_} && $row{$_} =~ /^\d{10}$/;
    }
    $row{data} = [ map { without_moment($_) } @{ $row{data} } ] if ref $row{data} eq 'ARRAY';
    return \%row;
}

# answers([METHOD, path, body, headers...], status, wanted body, name). Wanted: undef = no body, a reference, or a
# regex on the text. Returns the decoded body.
sub answers {
    my ($call, $status, $want, $name) = @_;
    my $res = admin(@$call);
    is $res->code, $status, "$name: $status" or diag $res->content;
    my $content = $res->content;
    if (!defined $want) {
        is $content, '', "$name: no body";
        return;
    }
    if (ref $want eq 'Regexp') {
        like $content, $want, "$name: body";
    }
    my $got = eval { json_of($res) };
    return $got if ref $want eq 'Regexp';
    is defined $got ? $text->encode(without_moment($got)) : $content, $text->encode($want), "$name: body";
    return $got;
}

sub message { return { message => $_[0] } }

# The body of a schema violation: message details (inside the brackets), then fields.
sub violation {
    my ($details, %fields) = @_;
    my $n = () = $details =~ /; [^ ]+: /g;
    my $head = $n ? $n + 1 . ' schema violations' : 'schema violation';
    return { code => 2, name => 'schema violation', message => "$head ($details)", fields => \%fields };
}

my %moment = (id => '<id>', created_at => '<time>');

sub service_row {
    return {
        %moment, updated_at => '<time>', name => undef, retries => 5, protocol => 'http', host => undef, port => 80,
        path => undef, (map { $_ . '_timeout' => 60000 } qw(connect write read)), tags => undef, enabled => \1,
        (map { $_ => undef } qw(client_certificate tls_verify tls_verify_depth ca_certificates)), @_,
    };
}

sub route_row {
    return {
        %moment, updated_at => '<time>', protocols => [qw(http https)], https_redirect_status_code => 426,
        regex_priority => 0, strip_path => \1, path_handling => 'v0', preserve_host => \0, request_buffering => \1,
        response_buffering => \1,
        (map { $_ => undef } qw(name methods hosts paths headers snis sources destinations tags service)), @_,
    };
}

sub consumer_row { return { %moment, updated_at => '<time>', username => undef, custom_id => undef, tags => undef, @_ } }

sub plugin_row {
    return {
        %moment, updated_at => '<time>', protocols => [qw(grpc grpcs http https)], enabled => \1,
        (map { $_ => undef } qw(instance_name route service consumer tags)), @_,
    };
}

sub jwt_row {
    return { %moment, algorithm => 'HS256', (map { $_ => undef } qw(rsa_public_key jwks_uri jwks algorithms tags)), @_ };
}

1;
