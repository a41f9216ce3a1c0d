# SPDX-License-Identifier: Apache-2.0
# Whole configurations are applied while others add, change and delete the same rows one by one: every call is answered
# clearly, the last configuration is there as a whole, and so is its last row.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;
use LWP::UserAgent;
use POSIX ();

my ($nrows, $rounds) = (20, 15);
my $node = GatewayNode->start(threads => 16, GatewayNode::own_database());

sub document {
    my ($round) = @_;
    return { _format_version => '3.0', services => [ map { { name => "s$_", host => "h$round", routes => [ { name => "r$_", paths => ["/$_"], tags => ["t$round"] } ] } } 1 .. $nrows ] };
}

# Runs `work` in a process of its own until it is killed or done; its result is a line of odd answers.
sub in_child {
    my ($work) = @_;
    pipe my $in, my $out or die $!;
    my $pid = fork // die $!;
    if (!$pid) {
        my $agent = LWP::UserAgent->new(timeout => 60, env_proxy => 0);
        my %odd;
        my $call = sub {
            my ($method, $path, $body) = @_;
            my $res = $agent->request(HTTP::Request->new($method, $node->admin_url($path), [ 'Content-Type' => 'application/json' ], $body ? JSON::encode_json($body) : undef));
            $odd{"$method " . $res->code . ' ' . $res->content}++ if $res->code >= 500 && $res->code != 503; # 503: worth another try
        };
        $work->($call);
        print $out join '; ', sort keys %odd;
        close $out;
        POSIX::_exit(0);
    }
    close $out;
    return [ $pid, $in ];
}

is $node->admin(POST => '/declarative/apply', document(0))->code, 200, 'a configuration';
my $done = "$node->{dir}/done";
my @children = (
    in_child(sub { my ($call) = @_; $call->(POST => '/declarative/apply?prune=true', document($_)) for 1 .. $rounds; open my $flag, '>', $done }),
    in_child(sub { my ($call) = @_; until (-e $done) { for (1 .. $nrows) { $call->(DELETE => "/routes/r$_"); $call->(DELETE => "/services/s$_") } } }),
    in_child(sub { my ($call) = @_; until (-e $done) { for (1 .. $nrows) { $call->(PATCH => "/services/s$_", { retries => $_ }); $call->(PUT => "/services/s$_", { host => 'other' }) } } }),
    in_child(sub { my ($call) = @_; until (-e $done) { for (1 .. $nrows) { $call->(POST => '/routes', { name => "r$_", paths => ['/x'] }); $call->(POST => "/services/s$_/plugins", { name => 'cors' }) } } }),
);
for my $child (@children) {
    my ($pid, $in) = @$child;
    is do { local $/; <$in> } // '', '', 'every answer is a clear one';
    waitpid $pid, 0;
}
is $node->admin(POST => '/declarative/apply?prune=true', document('last'))->code, 200, 'a last configuration';
my ($services, $routes) = map { $node->admin_ok(GET => "/$_?size=1000")->{data} } qw(services routes);
is_deeply [ sort map { "$_->{name} $_->{host}" } @$services ], [ sort map { "s$_ hlast" } 1 .. $nrows ], 'all its services';
is_deeply [ sort map { "$_->{name} @{$_->{tags}}" } @$routes ], [ sort map { "r$_ tlast" } 1 .. $nrows ], 'all its routes';
is scalar @{ $node->admin_ok(GET => '/plugins')->{data} }, 0, 'nothing else';
done_testing;
