# SPDX-License-Identifier: Apache-2.0
# Many writers at once: exactly one makes a row, the others hear that it exists; nothing half-done, nobody starved.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use AdminTest;
use LWP::UserAgent;

my $nwriters = 64;

# The status of a call on a connection of its own: forked writers must not share one.
sub status_of {
    my ($method, $path, $body, @headers) = @_;
    my $agent = LWP::UserAgent->new(keep_alive => 0, timeout => 60);
    my $req = HTTP::Request->new($method, admin_url($path), [ 'Content-Type' => 'application/json', @headers ], JSON::encode_json($body // {}));
    return $agent->request($req)->code;
}

# Run `work` in that many processes that begin together; returns how often each of its results came.
sub together {
    my ($n, $work) = @_;
    admin_url('/'); # what it needs is loaded once
    my (@pipes, @pids);
    pipe my $gate, my $opener;
    for my $i (1 .. $n) {
        pipe my $in, my $out;
        my $pid = fork // die "fork: $!";
        if ($pid == 0) {
            close $opener;
            sysread $gate, my $byte, 1; # the end of the file opens it
            my $said = eval { $work->($i) } // "died: $@";
            syswrite $out, $said;
            require POSIX;
            POSIX::_exit(0);
        }
        close $out;
        push @pipes, $in;
        push @pids, $pid;
    }
    close $gate;
    close $opener;
    my %count;
    for my $in (@pipes) { my $said = join '', <$in>; $count{$said}++ }
    waitpid $_, 0 for @pids;
    return \%count;
}

for my $round (1 .. 3) {
    my $name = unique('same');
    my $got = together($nwriters, sub { status_of(POST => '/consumers', { username => $name }) });
    is_deeply $got, { 201 => 1, 409 => $nwriters - 1 }, "round $round: one 201, the others 409";
    is admin(GET => "/consumers/$name")->code, 200, "round $round: the row is there";
}

my $name = unique('put');
my $got = together($nwriters, sub { status_of(PUT => "/services/$name", { host => "h$_[0]" }) });
is_deeply $got, { 200 => $nwriters }, 'PUT of one name: all succeed';
like admin_ok(GET => "/services/$name")->{host}, qr/^h\d+$/, 'one of them was the last';

my $service = new_service();
$got = together($nwriters, sub { status_of(POST => "/services/$service->{id}/plugins", { name => 'jwt' }) });
is_deeply $got, { 201 => 1, 409 => $nwriters - 1 }, 'one plugin for a scope';

$got = together($nwriters, sub { status_of(PATCH => "/services/$service->{id}", { retries => $_[0] }) });
is_deeply $got, { 200 => $nwriters }, 'PATCH of one row: all succeed';

my $etag = admin(GET => "/services/$service->{id}")->header('ETag');
$got = together($nwriters, sub { status_of(PATCH => "/services/$service->{id}", { retries => 1000 + $_[0] }, 'If-Match' => $etag) });
is_deeply $got, { 200 => 1, 412 => $nwriters - 1 }, 'PATCH of one version: one succeeds, the others have not seen what it wrote';
my @written = grep { $_->{after}{retries} > 1000 } @{ admin_ok(GET => "/audit?id=$service->{id}&size=1000")->{data} };
is scalar @written, 1, 'the audit tells of that one';
is $written[0]{after}{retries}, admin_ok(GET => "/services/$service->{id}")->{retries}, 'and what it wrote';

my $api = unique('api');
$got = together($nwriters, sub { status_of(POST => '/apis', { name => $api, uris => "/$api", upstream_url => 'http://h' }) });
is_deeply $got, { 201 => 1, 409 => $nwriters - 1 }, 'one API of a name';
is admin_ok(GET => "/apis/$api")->{id}, admin_ok(GET => "/$_/$api")->{id}, "its row in $_" for qw(services routes);

my $parent = new_service();
$got = together(32, sub {
    return status_of(DELETE => "/services/$parent->{id}") if $_[0] == 1;
    return status_of(POST => "/services/$parent->{id}/routes", { paths => ['/x'] });
});
my %odd = %$got;
delete @odd{qw(201 204 400 404)};
is_deeply \%odd, {}, 'deleting a parent while children are made: every answer is a clear one'
    or diag explain $got;
my $exists = admin(GET => "/services/$parent->{id}")->code == 200;
is !!$got->{204}, !$exists, 'the parent is there or deleted, as was said';
is $exists ? scalar @{ admin_ok(GET => "/services/$parent->{id}/routes")->{data} } : 0, $got->{201} // 0, 'and as many children as were made';
done_testing;
