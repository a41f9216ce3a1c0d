# SPDX-License-Identifier: Apache-2.0
# docs/write-a-plugin.md is true: its module is built out of tree with apxs and the headers that are installed, and
# works in the database, in <Location> and in /schemas without a line more.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp ();
use GatewayNode;
use GatewayTest;

my $top = "$FindBin::Bin/../..";
my $text = do { open my $in, '<', "$top/docs/write-a-plugin.md" or plan skip_all => 'no docs here'; local $/; <$in> };
my $headers = "$ENV{GW_TEST_ROOT}/include";
chomp(my $apxs = `command -v apxs apxs2 | head -n 1`);
plan skip_all => 'no apxs here' unless $apxs && -e "$headers/mod_gw.h";

my ($source) = $text =~ /^```c\n(.*?)^```$/ms or die 'the page shows no module';
cmp_ok scalar(() = $source =~ /\n/g), '<', 85, 'a page of C';
my $dir = File::Temp->newdir('gw-plugin-XXXXXX', TMPDIR => 1);
open my $out, '>', "$dir/mod_gw_guard.c" or die $!;
print $out $source;
close $out;
{
    local $ENV{LD_PRELOAD} = '';
    my $said = `cd $dir && $apxs -I$headers \$(pkg-config --cflags jansson) -Wc,-Wall -Wc,-Wextra -Wc,-Werror -c mod_gw_guard.c 2>&1`;
    is $?, 0, 'it builds without a warning, with apxs and the installed headers' or diag $said;
}
my $port = upstream() =~ s/.*://r;
my $node = GatewayNode->start(GatewayNode::own_database(), extra => <<"TEXT");
LoadModule guard_module $dir/.libs/mod_gw_guard.so
<Location "/static/guarded/">
    ProxyPass "http://127.0.0.1:$port/"
    GwService guarded
    GwPlugin header-guard header=X-Team values=red,blue status=418
</Location>
TEXT

# ---- the Admin API ----
ok grep({ $_ eq 'header-guard' } @{ $node->admin_ok(GET => '/plugins/enabled')->{enabled_plugins} }), 'it is enabled';
my $schema = $node->admin(GET => '/schemas/plugins/header-guard');
is $schema->code, 200, '/schemas knows it';
like $schema->content, qr/"$_"/, "and its field $_" for qw(header values status);
$node->admin_ok(POST => '/services', { name => 's', url => upstream() });
$node->admin_ok(POST => '/services/s/routes', { paths => ['/api'] });
for (
    [ 'config.values=red' => { header => 'required field missing' } ],
    [ 'config.header=X-Team&config.values=red&config.status=200' => { status => 'value should be between 400 and 599' } ],
    [ 'config.header=a%20b&config.values=red' => { header => qr/header/ } ],
    [ 'config.header=X-Team&config.values=red&config.bogus=1' => { bogus => 'unknown field' } ],
) {
    my ($form, $want) = @$_;
    my $res = $node->admin(POST => '/services/s/plugins', "name=header-guard&$form");
    is $res->code, 400, "$form: 400";
    my ($field) = keys %$want;
    like json_of($res)->{fields}{config}{$field} // '', ref $want->{$field} ? $want->{$field} : qr/^\Q$want->{$field}\E$/, "$form: says why";
}
is $node->call(GET => '/api')->code, 200, 'without it: 200';
my $row = $node->admin_ok(POST => '/services/s/plugins', 'name=header-guard&config.header=X-Team&config.values=red,blue');
is_deeply $row->{config}, { header => 'X-Team', values => [qw(red blue)], status => 403 }, 'a row with its defaults';

# ---- requests ----
my $res = $node->call(GET => '/api');
is $res->code, 403, 'refused';
is json_of($res)->{message}, 'Not for you', 'in the format of all refusals';
is $res->header('X-Guard'), 'looked', 'the answer says so';
$res = $node->call(GET => '/api', 'X-Team' => 'blue', 'X-Guarded' => 'forged');
is $res->code, 200, 'let through';
is json_of($res)->{headers}{'x-guarded'}, 'blue', 'the upstream is told, and cannot be fooled';
is $res->header('X-Guard'), 'looked', 'the answer says so';
$node->admin_ok(PATCH => "/plugins/$row->{id}", { config => { values => ['green'] } });
is $node->call(GET => '/api', 'X-Team' => 'blue')->code, 403, 'a change is in force at once';
$node->admin_ok(DELETE => "/plugins/$row->{id}");
is $node->call(GET => '/api')->code, 200, 'and so is its end';

# ---- GwPlugin ----
is $node->call(GET => '/static/guarded/x')->code, 418, 'GwPlugin: refused with its own status';
is $node->call(GET => '/static/guarded/x', 'X-Team' => 'red')->code, 200, 'let through';

# ---- a declarative file ----
my $upstream = upstream();
open $out, '>', "$dir/kong.yml" or die $!;
print $out <<"YAML";
_format_version: "3.0"
services:
- name: s
  url: $upstream
  routes:
  - name: r
    paths: [ /api ]
  plugins:
  - name: header-guard
    config:
      header: X-Team
      values: [ red ]
YAML
close $out;
chmod 0755, "$dir";
my $file = GatewayNode->start(threads => 16, extra => "LoadModule guard_module $dir/.libs/mod_gw_guard.so\nGwDeclarativeConfig \"$dir/kong.yml\"\n");
is $file->call(GET => '/api')->code, 403, 'a declarative file: refused';
is $file->call(GET => '/api', 'X-Team' => 'red')->code, 200, 'let through';
is $file->admin_ok(GET => '/plugins')->{data}[0]{config}{status}, 403, 'with its defaults';
$res = $file->admin(POST => '/config', { config => "_format_version: '3.0'\nplugins:\n- name: header-guard\n  config: { header: 'a b' }\n" });
is $res->code, 400, 'a bad config in a file is refused';
like $res->content, qr/required field missing/, 'says why';

done_testing;
