# SPDX-License-Identifier: Apache-2.0
# ETag on every single row, If-Match and If-None-Match: nobody overwrites what they have not seen.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;

my $form = qr/^"[0-9a-f]{32}"$/;
sub etag { my $res = admin(@_); return $res->header('ETag') // 'none (' . $res->code . ')' }

my $service = new_service(tags => [ "b", "a", "\x{e9}" ]);
my $consumer = new_consumer();
my $route = new_route($service, headers => { 'x-b' => ['2'], 'x-a' => ['1'] });
my $plugin = add_plugin("/services/$service->{id}", 'request-termination', { status_code => 418 });
my $key = admin_ok(POST => "/consumers/$consumer->{id}/key-auth", { ttl => 1000 });
my $jwt = admin_ok(POST => "/consumers/$consumer->{id}/jwt", {});
my %at = ('/services' => $service, '/routes' => $route, '/consumers' => $consumer, '/plugins' => $plugin, '/key-auths' => $key, '/jwts' => $jwt);

# ---- every way to one row tells the same version ----
for my $path (sort keys %at) {
    my $one = "$path/$at{$path}{id}";
    my $etag = etag(GET => $one);
    like $etag, $form, "$path: a strong tag";
    is etag(GET => $one), $etag, "$path: it stays while nobody writes";
    is etag(HEAD => $one), $etag, "$path: HEAD, too";
    my $res = admin(PATCH => $one, { tags => ['new'] });
    is $res->code, 200, "$path: changed";
    isnt $res->header('ETag'), $etag, "$path: another version";
    is $res->header('ETag'), etag(GET => $one), "$path: the answer to a write tells the version that is read";
    ok !defined admin(GET => $path)->header('ETag'), "$path: lists have none";
}
my $etag = etag(GET => "/services/$service->{id}");
is etag(GET => "/services/$service->{name}"), $etag, 'by name';
is etag(GET => "/routes/$route->{id}/service"), $etag, 'through a link';
is etag(GET => "/consumers/$consumer->{id}/jwt/$jwt->{key}"), etag(GET => "/jwts/$jwt->{id}"), 'nested';
for my $row ({ host => 'h' }, { url => 'https://h/p', tags => [] }) {
    my $res = admin(POST => '/services', $row);
    is $res->header('ETag'), etag(GET => '/services/' . json_of($res)->{id}), 'POST tells it';
}
my $res = admin(PUT => '/services/' . unique('put'), { host => 'h' });
is $res->header('ETag'), etag(GET => '/services/' . json_of($res)->{id}), 'PUT tells it';
$res = admin(PATCH => "/services/$service->{id}", { retries => 7 });
my $seven = $res->header('ETag');
is $res->header('ETag'), etag(GET => "/services/$service->{id}"), 'within one second, too';
isnt admin(PATCH => "/services/$service->{id}", { retries => 8 })->header('ETag'), $seven, 'another value in the same second is another version';

# ---- If-Match: the write is refused, the row as it is told ----
my $path = "/services/$service->{id}";
my $old = $etag;
my $now = etag(GET => $path);
my $body = json_of(admin(GET => $path));
for ([ PATCH => { retries => 1 } ], [ PUT => { host => 'other' } ], [ DELETE => undef ]) {
    my ($method, $sent) = @$_;
    my $res = admin($method, $path, $sent, 'If-Match' => $old);
    is $res->code, 412, "$method of an old version: 412";
    is_deeply json_of($res), $body, "$method of an old version: the row as it is";
    is $res->header('ETag'), $now, "$method of an old version: its version";
    is admin($method, $path, $sent, 'If-Match' => "W/$now")->code, 412, "$method: a weak tag does not do";
    is admin($method, $path, $sent, 'If-Match' => 'rubbish')->code, 412, "$method: rubbish does not do";
}
is etag(GET => $path), $now, 'nothing was written';
$res = admin(PATCH => $path, { retries => 2 }, 'If-Match' => $now);
is $res->code, 200, 'PATCH of the present version';
$res = admin(PUT => $path, { host => 'h', name => $service->{name} }, 'If-Match' => '"x", ' . $res->header('ETag'));
is $res->code, 200, 'PUT of the present version, in a list';
is admin(PATCH => $path, { retries => 3 }, 'If-Match' => '*')->code, 200, 'PATCH of any version';
is admin(PATCH => "/routes/$route->{id}/service", { retries => 4 }, 'If-Match' => $now)->code, 412, 'through a link';
is admin(PATCH => "/consumers/$consumer->{id}/jwt/$jwt->{id}", { secret => 's' }, 'If-Match' => $now)->code, 412, 'nested';
is admin(POST => '/services', { host => 'h' }, 'If-Match' => $now)->code, 201, 'POST has nothing to match';

# ---- rows that are not there ----
my $none = '/services/' . unique('none');
answers([ PATCH => $none, { retries => 1 }, 'If-Match' => '*' ], 404, qr/"code":6/, 'PATCH of nothing');
answers([ PUT => $none, { host => 'h' }, 'If-Match' => '*' ], 412, message('Precondition failed'), 'PUT of nothing, wanted to be there');
is admin(GET => $none)->code, 404, 'it was not made';
answers([ DELETE => $none, undef, 'If-Match' => '*' ], 412, message('Precondition failed'), 'DELETE of nothing, wanted to be there');
is admin(PUT => $none, { host => 'h' }, 'If-None-Match' => '*')->code, 200, 'PUT of nothing, wanted not to be there';
is admin(PUT => $none, { host => 'i' }, 'If-None-Match' => '*')->code, 412, 'a second time: 412';
is json_of(admin(GET => $none))->{host}, 'h', 'the first stays';
my $alone = admin_ok(POST => '/routes', { paths => ['/etag'] });
is admin(PUT => "/routes/$alone->{id}/service", { host => 'h' }, 'If-Match' => '*')->code, 412, 'PUT through an empty link';

# ---- reads ----
$now = etag(GET => $path);
$res = admin(GET => $path, undef, 'If-None-Match' => $now);
is $res->code, 304, 'GET of what one has: 304';
is $res->content, '', 'without a body';
is $res->header('ETag'), $now, 'with the tag';
is admin(GET => $path, undef, 'If-None-Match' => "W/$now")->code, 304, 'a weak tag does here';
is admin(GET => $path, undef, 'If-None-Match' => $old)->code, 200, 'GET of something else: 200';

# ---- a time to live runs down without a new version; the refused row is shown as clients see it ----
is admin(PATCH => "/key-auths/$key->{id}", { key => 'k' . unique() }, 'If-Match' => etag(GET => "/key-auths/$key->{id}"))->code, 200, 'a row with ttl';
is admin(DELETE => $path, undef, 'If-Match' => $now)->code, 400, 'after the version, what else is wrong';
admin_ok(DELETE => "/routes/$route->{id}");
is admin(DELETE => $path, undef, 'If-Match' => $now)->code, 204, 'DELETE of the present version';
done_testing;
