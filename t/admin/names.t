# SPDX-License-Identifier: Apache-2.0
# Rows are addressed by what they are called, however long that is in a path.
use strict;
use warnings FATAL => 'all';
use utf8;
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;
use AdminTest;

my $node = GatewayNode->start(threads => 8);
sub segment { my ($s) = @_; utf8::encode($s); return $s =~ s/([^A-Za-z0-9_.~-])/sprintf '%%%02X', ord $1/ger }

my $consumer = $node->admin_ok(POST => '/consumers', { username => 'owner' });
for (
    [ 'a key of slashes', "/consumers/$consumer->{id}/key-auth", '/key-auths', key => '/' x 2048 ],
    [ 'an issuer', "/consumers/$consumer->{id}/jwt", '/jwts', key => 'https://' . '/' x 2000 ],
    [ 'a user name of two bytes a letter', '/consumers', '/consumers', username => 'é' x 1000 ],
) {
    my ($name, $collection, $path, $field, $value) = @$_;
    my $row = $node->admin_ok(POST => $collection, { $field => $value });
    my $item = "$path/" . segment($value);
    my $res = $node->admin(GET => $item);
    is $res->code, 200, "$name: GET" or diag $res->content;
    is eval { json_of($res)->{id} }, $row->{id}, "$name: the row";
    is $node->admin(PATCH => $item, { tags => ['long'] })->code, 200, "$name: PATCH";
    is $node->admin(DELETE => $item)->code, 204, "$name: DELETE";
    is $node->admin(GET => $item)->code, 404, "$name: it is gone";
}
for my $length (3000, 5000, 60000) {
    my $res = $node->admin(GET => '/consumers/' . 'u' x $length);
    is $res->code, 400, "a name of $length letters, which nobody can have: 400";
    is $res->content, '{"code":10,"name":"invalid unique username","message":"length must be at most 2048"}', "a name of $length letters: body";
}
unlike $node->log_text, qr/AH00127|%2F%2F|u{64}/, 'no file was looked for: nothing of it is in the log';

# What stands in front may refuse all the same.
my $rewrite = GatewayNode->start(threads => 8, admin_extra => "RewriteEngine On\nRewriteCond %{REQUEST_URI} ^/services\nRewriteRule ^ - [F]",
    extra => "<IfModule !mod_rewrite.c>\nLoadModule rewrite_module $ENV{GW_HTTPD_MODULES}/mod_rewrite.so\n</IfModule>");
is $rewrite->admin(GET => '/services')->code, 403, 'RewriteRule [F] refuses';
is $rewrite->admin(GET => '/routes')->code, 200, 'what it does not name goes on';
done_testing;
