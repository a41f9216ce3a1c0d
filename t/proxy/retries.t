# SPDX-License-Identifier: Apache-2.0
# Attempts: how many, for which failures and methods, with which body, and one line in the log for each that failed.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;
use TestUpstream;

my $upstream = TestUpstream->start;
my $node = GatewayNode->start;

sub node_route {
    my ($f, $r) = @_;
    my $name = unique('r');
    my $service = $node->admin_ok(POST => '/services', { name => $name, url => $upstream->url, %$f });
    my $route = $node->admin_ok(POST => '/routes',
        { name => $name, paths => ["/$name"], service => { id => $service->{id} }, %{ $r // {} } });
    return ("/$name", $service, $route);
}

my ($five) = node_route({});
my ($none) = node_route({ retries => 0, read_timeout => 59_000 }); # no connection that others kept: one that dies is no try
my ($streaming) = node_route({}, { request_buffering => JSON::false() });

my $body  = 'b' x 5000;
my $large = 'L' x 200_000;

# [title, path, method, body, failures before the upstream behaves, how it fails, status, requests that arrived]
my @rows = (
    [ 'GET, two failures',                  $five, GET    => undef,  2, 'close',  200, 3 ],
    [ 'GET, more than it may try',          $five, GET    => undef,  9, 'close',  502, 6 ],
    [ 'GET, reset',                         $five, GET    => undef,  1, 'reset',  200, 2 ],
    [ 'GET, an interim answer and no other', $five, GET   => undef,  1, 'onlycontinue', 200, 2 ],
    [ 'GET, half a status line',            $five, GET    => undef,  1, 'halfstatus', 200, 2 ],
    [ 'HEAD',                               $five, HEAD   => undef,  1, 'close',  200, 2 ],
    [ 'HEAD with a body',                   $five, HEAD   => $body,  2, 'close',  200, 3 ],
    [ 'DELETE',                             $five, DELETE => undef,  1, 'close',  200, 2 ],
    [ 'OPTIONS',                            $five, OPTIONS => undef, 1, 'close',  200, 2 ],
    [ 'PUT with a body that is kept',       $five, PUT    => $body,  2, 'close',  200, 3 ],
    [ 'PUT with one that is too large',     $five, PUT    => $large, 1, 'close',  502, 1 ],
    [ 'PUT without request_buffering',      $streaming, PUT => $body, 1, 'close', 502, 1 ],
    [ 'GET without request_buffering',      $streaming, GET => undef, 1, 'close', 200, 2 ],
    [ 'POST may have been done',            $five, POST   => $body,  1, 'close',  502, 1 ],
    [ 'PATCH too',                          $five, PATCH  => $body,  1, 'close',  502, 1 ],
    [ 'an unknown method too',              $five, BREW   => undef,  1, 'close',  502, 1 ],
    [ 'retries=0',                          $none, GET    => undef,  1, 'close',  502, 1 ],
    [ 'garbage is an answer',               $five, GET    => undef,  1, 'garbage', 502, 1 ],
    [ 'so is an error',                     $five, GET    => undef,  1, 'status', 500, 1 ],
);

for (@rows) {
    my ($title, $path, $method, $content, $failures, $how, $status, $arrived) = @$_;
    my $key = unique('k');
    my $target = "$path/do/fail/$key/$failures/$how" . ($how eq 'status' ? '/500' : '');

    my $res = $node->call($method, $target, (defined $content ? [ 'text/plain', $content ] : ()));
    is $res->code, $status, "$title: $status";
    my @got = grep { index($_->{path}, "/$key/") > 0 } $upstream->requests;
    is @got, $arrived, "$title: $arrived attempt(s) arrived";
    next if $status != 200 || !defined $content;
    is $got[-1]{body_length}, length $content, "$title: the last one had the whole body";
    is json_of($res)->{body}, $content, "$title: which is the same" if $method ne 'HEAD';
}

# A pooled connection that the upstream closes in the moment of its use is nobody's failure.
for my $path ($five, $none) {
    my @codes;
    for (1 .. 6) {
        push @codes, $node->call(GET => "$path/do/lastone")->code, $node->call(GET => "$path/x")->code;
    }
    is_deeply \@codes, [ (200) x 12 ], 'connections that die between requests are not noticed by clients';
}

# One line for each attempt, with the upstream's URL and without the query.
my $port = TestUpstream::free_port();
my ($dead, $service) = node_route({ url => "http://127.0.0.1:$port", retries => 2 });
is $node->call(POST => "$dead/api/v1/books?apikey=geheim", [ 'text/plain', $large ])->code, 502, 'refused: 502, also for a large POST';
my $log = $node->log_text;
my @lines = grep { m{upstream: "http://127\.0\.0\.1:$port/api/v1/books"} } split /\n/, $log;
is @lines, 3, 'three attempts, three lines';
like $lines[0], qr/connect failed: \(\d+\)Connection refused/, 'with the reason';
like $_, qr/request_id=[0-9a-f]{32}/, 'and the request id' for @lines;
like $lines[$_], qr{try=@{[ $_ + 1 ]}/3}, "attempt $_ says its number" for 0 .. 2;
unlike $log, qr/geheim/, 'a query is never in the error log';

# In force with the next request.
$node->admin_ok(PATCH => "/services/$service->{id}", { retries => 0 });
$node->call(GET => "$dead/once");
is scalar(grep { m{upstream: "http://127\.0\.0\.1:$port/once"} } split /\n/, $node->log_text), 1, 'retries=0 is in force at once';

# The next request goes there. (Connections to the first upstream are kept, and some are about to die: see above.)
my $other = TestUpstream->start;
$node->admin_ok(PATCH => "/services/$service->{id}", { url => $other->url });
is $node->call(POST => "$dead/x", [ 'text/plain', $body ])->code, 200, 'the service is well as soon as its url is';
done_testing();
