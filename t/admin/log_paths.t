# SPDX-License-Identifier: Apache-2.0
# The Admin API's access log tells paths as the audit does: keys that name rows are not in it, whoever answered.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;
use AdminTest;

my $node = GatewayNode->start(threads => 8, admin_extra => "<LocationMatch ^/key-auths/refused>\nRequire all denied\n</LocationMatch>");
my $consumer = $node->admin_ok(POST => '/consumers', { username => 'owner' });
my %calls; # what the log is to tell of each: its line, but for the protocol
sub asks {
    my ($method, $path, $line, $status, @more) = @_;
    is $node->admin($method, $path, @more)->code, $status, "$method $path: $status";
    $calls{"$line HTTP/1.1"}++;
}
my @keys = map { unique('live') } 1 .. 2;
$node->admin_ok(POST => "/consumers/owner/key-auth", { key => $_ }) for @keys;
asks(GET => "/key-auths/$keys[0]", 'GET /key-auths/***', 200);
asks(GET => "/key-auths/$keys[0]/?a=b", 'GET /key-auths/***/?a=b', 200);
asks(PATCH => "/key-auths/$keys[0]", 'PATCH /key-auths/***', 200, { tags => ['a'] });
asks(GET => "/key-auths/$keys[0]/consumer", 'GET /key-auths/***/consumer', 200);
asks(PUT => "/consumers/owner/key-auth/$keys[1]", 'PUT /consumers/owner/key-auth/***', 200, {});
asks(GET => "/consumers/owner/key-auth/$keys[1]", 'GET /consumers/owner/key-auth/***', 200);
asks(DELETE => "/key-auths/$keys[0]", 'DELETE /key-auths/***', 204);
asks(GET => "/key-auths/refused-$keys[1]", 'GET /key-auths/***', 403);
asks(GET => "/key-auths/$keys[1]", 'GET /key-auths/***', 421, undef, Host => 'evil.example.com');
asks(GET => "/key-auths/$keys[1]", 'GET /key-auths/***', 400, undef, Host => 'a b');
# What hides nothing stays as it was written.
asks(GET => "/consumers/owner?a=%20", 'GET /consumers/owner?a=%20', 200);
asks(GET => "/consumers/$consumer->{id}/key-auth", "GET /consumers/$consumer->{id}/key-auth", 200);
asks(GET => '/nowhere/x', 'GET /nowhere/x', 404);

sub logged {
    my (%lines, $text);
    $text = $node->log_text('admin.log');
    $lines{$1}++ while $text =~ /"([A-Z]+ [^"]*)"/g;
    return \%lines;
}
eventually { my $lines = logged(); !grep { ($lines->{$_} // 0) < $calls{$_} } keys %calls } 'every line is there, with *** for keys'
    or diag $node->log_text('admin.log');
unlike $node->log_text($_), qr/live-/, "$_: no key" for qw(admin.log error.log);
done_testing;
