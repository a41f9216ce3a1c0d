# SPDX-License-Identifier: Apache-2.0
# GwDeclarativeConfig: a file instead of a database: what a start makes of a good one and of a bad one, what a reload
# does, what the Admin API then still does.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use POSIX ();
use Time::HiRes qw(sleep time);

plan skip_all => 'no database is involved' if is_postgres();

my $folder = File::Temp::tempdir('gw-decl-XXXXXX', TMPDIR => 1, CLEANUP => 1);
chmod 0755, $folder;
my $file = "$folder/kong.yml";

sub write_file {
    my ($text, $name) = @_;
    open my $out, '>', $name // $file or die $!;
    print $out $text;
    close $out or die $!;
}

my $upstream = upstream();
my $good = <<"YAML";
_format_version: "3.0"
services:
- name: first
  url: $upstream
  routes:
  - name: first-route
    paths: [ /first ]
    plugins:
    - name: key-auth
consumers:
- username: fiona
  keyauth_credentials:
  - key: open_sesame
YAML
write_file($good);
my $node = GatewayNode->start(threads => 16, extra => "GwDeclarativeConfig \"$file\"");
my $with_database = do { open my $in, '<', "$node->{dir}/httpd.conf" or die $!; local $/; <$in> };

is $node->call(GET => '/first')->code, 401, 'a file is in force at the start';
is $node->call(GET => '/first?apikey=open_sesame')->code, 200, 'its credentials too';
my $status = $node->admin_ok(GET => '/status');
like $status->{configuration_hash}, qr/^[0-9a-f]{32}$/, '/status tells its hash';
ok !exists $status->{database}, '/status tells of no database';
is $node->admin_ok(GET => '/')->{configuration}{database}, 'off', 'the database is off';

# ---- ids follow from names ----
is $node->admin_ok(GET => '/consumers/fiona')->{id}, '764cd9a8-d51a-5e73-b0b1-ea2ec6c4b679', 'ids are those of the reference';

# ---- the Admin API reads, and writes nothing ----
my $service = $node->admin_ok(GET => '/services/first');
my $by = 'when not using a database';
for (
    [ POST => '/services', { host => 'h' }, 405, "cannot create 'services' entities $by", 'POST' ],
    [ POST => '/services', { host => 17 }, 400, qr/expected a string/, 'validation comes first' ],
    [ PUT => "/services/$service->{id}", { host => 'h' }, 405, "cannot create or update 'services' entities $by", 'PUT by id' ],
    [ PUT => '/services/first', { host => 'h' }, 405, "cannot create or update 'services' entities by 'name' $by", 'PUT by name' ],
    [ PATCH => "/services/$service->{id}", { host => 'h' }, 405, "cannot update 'services' entities $by", 'PATCH by id' ],
    [ PATCH => '/services/first', { host => 'h' }, 405, "cannot update 'services' entities by 'name' $by", 'PATCH by name' ],
    [ PATCH => '/services/nobody', { host => 'h' }, 404, qr/could not find the entity/, 'PATCH of what is not there' ],
    [ DELETE => "/services/$service->{id}", undef, 405, "cannot remove 'services' entities $by", 'DELETE by id' ],
    [ DELETE => '/services/first', undef, 405, "cannot remove 'services' entities by 'name' $by", 'DELETE by name' ],
    [ DELETE => '/services/nobody', undef, 204, undef, 'DELETE of what is not there' ],
    [ POST => '/services/first/routes', { paths => ['/x'] }, 405, "cannot create 'routes' entities $by", 'nested POST' ],
) {
    my ($method, $path, $body, $code, $message, $name) = @$_;
    my $res = $node->admin($method, $path, $body);
    is $res->code, $code, "$name: $code";
    next unless defined $message;
    my $got = json_of($res);
    if (ref $message) { like $got->{message}, $message, "$name: message" }
    else {
        is $got->{message}, $message, "$name: message";
        is "$got->{code} $got->{name}", '12 operation unsupported', "$name: code and name";
    }
}
is scalar @{ $node->admin_ok(GET => '/services')->{data} }, 1, 'nothing was written';

# ---- reloads ----
write_file($good =~ s/open_sesame/other_word/r);
$node->graceful;
eventually { $node->call(GET => '/first?apikey=other_word')->code == 200 } 'a graceful restart takes the changed file';
eventually { $node->call(GET => '/first?apikey=open_sesame')->code == 401 } 'what it no longer holds is gone';
is $node->admin_ok(GET => '/services/first')->{created_at}, $service->{created_at}, 'what did not change keeps its time';

write_file("$good\nroutes:\n- name: bad\n  paths: [ nowhere ]\n");
$node->graceful;
eventually { $node->log_text =~ /GW1670/ } 'a broken file at a reload is told';
like $node->log_text, qr/GW1669: declarative: \Q$file\E: line 17: routes\[0\]\.paths\.1: should start with/,
    'with file, line and path';
is $node->call(GET => '/first?apikey=other_word')->code, 200, 'and the last good one stays';
$node->stop;

# ---- cold starts ----
# What a start with this configuration says; undef when it runs.
sub refused {
    my ($text) = @_;
    open my $out, '>', "$node->{dir}/httpd.conf" or die $!;
    print $out $text;
    close $out;
    my $seen = length $node->log_text . $node->log_text('out.log');
    my ($old, $old_out) = map { length $node->log_text($_) } 'error.log', 'out.log';
    $node->launch;
    my $until = time + 30;
    while (time < $until) {
        if (waitpid($node->{pid}, POSIX::WNOHANG()) > 0) {
            return substr($node->log_text, $old) . substr($node->log_text('out.log'), $old_out);
        }
        last if $node->is_up;
        sleep 0.05;
    }
    $node->stop;
    return undef;
}

like refused($with_database) // '', qr/\Q$file\E: line 17: routes\[0\]\.paths/, 'a broken file stops a cold start';
my @broken = (
    [ "services:\n- name: a\n host: b\n", qr/line 3: /, 'bad YAML: the line' ],
    [ "services:\n- host: x\n  port: 99999999\n", qr/line 3: services\[0\]\.port: value should be between 0 and 65535/, 'a wrong value' ],
    [ "services:\n- name: a\n", qr/line 2: services\[0\]\.host: required field missing/, 'a missing value' ],
    [ "routes:\n- paths: [/a]\n  service: nobody\n", qr/line 2: routes\[0\]: invalid reference 'service: nobody'/, 'a dangling reference' ],
    [ "servics: []\n", qr/line 1: servics: unknown field/, 'an unknown collection' ],
    [ "- 1\n", qr/expected a/, 'no mapping' ],
    [ "_format_version: '9.9'\n", qr/line 1: _format_version: expected one of: 1\.1, 2\.1, 3\.0/, 'a version from elsewhere' ],
);
for (@broken) {
    my ($text, $want, $name) = @$_;
    write_file($text);
    like refused($with_database) // 'it runs', $want, $name;
}
like refused($with_database =~ s/kong\.yml/kong.txt/r) // 'it runs', qr/unknown file type: .*kong\.txt\. \(Accepted types: json, yaml\)/,
    'a name that says nothing';
like refused($with_database =~ s/kong\.yml/none.yml/r) // 'it runs', qr/none\.yml: No such file/, 'no file';

write_file('{"_format_version":"3.0","services":[{"name":"j","host":"h"}]}', "$folder/kong.json");
ok !defined refused($with_database =~ s/kong\.yml/kong.json/r), 'JSON is taken, too';

# DBDriver is not needed, nor mod_dbd.
(my $alone = $with_database) =~ s/^DBD.*\n//mg;
$alone =~ s/^LoadModule dbd_module.*\n//m;
write_file($good);
ok !defined refused($alone), 'neither DBDriver nor mod_dbd is needed';

# none: what was posted stays over a restart
(my $none = $alone) =~ s/GwDeclarativeConfig "[^"]*"/GwDeclarativeConfig none/;
open my $out, '>', "$node->{dir}/httpd.conf" or die $!;
print $out $none;
close $out;
$node->launch->wait_until_up;
is $node->admin(POST => '/config', [ 'text/yaml', $good =~ s/open_sesame/posted/r ])->code, 201, 'a configuration is posted';
is $node->call(GET => '/first?apikey=posted')->code, 200, 'and is in force';
$node->stop;
$node->launch->wait_until_up;
is $node->call(GET => '/first?apikey=posted')->code, 200, 'and stays over a restart';
$node->stop;
done_testing;
