# SPDX-License-Identifier: Apache-2.0
# GatewayTest.pm - what the suites say to a gateway: admin calls, rows with unique names, requests, waiting for facts.
# A test file: use GatewayTest; then Test::More's functions and those below are there.
package GatewayTest;
use strict;
use warnings FATAL => 'all';
use Exporter 'import';
use Test::More;
use HTTP::Request;
use IO::Socket::INET;
use JSON ();
use LWP::UserAgent;
use Time::HiRes qw(time sleep);

our @EXPORT = (
    qw(admin admin_ok call json_of unique upstream proxy_url admin_url new_service new_route new_consumer add_plugin
      raw_request eventually is_postgres database_params ask_database form multipart
      arrived), @Test::More::EXPORT);

my $json = JSON->new->utf8->canonical;
# No redirects, no proxies, keep-alive as clients have it.
my $agent = LWP::UserAgent->new(max_redirect => 0, keep_alive => 8, timeout => 30, env_proxy => 0);
# A connection for each request: httpd may close what it keeps at any time, as it does when all its threads are busy.
my $fresh_agent = LWP::UserAgent->new(max_redirect => 0, timeout => 30, env_proxy => 0);
my $counter = 0;

# The suite's own server.
sub suite_port {
    my ($name) = @_;
    local $_; # Apache::Test writes to it
    require Apache::Test;
    return Apache::Test::vars("${name}_port");
}
sub proxy_port { suite_port('gwproxy') }
sub admin_port { suite_port('gwadmin') }
sub proxy_url { 'http://127.0.0.1:' . proxy_port() . ($_[0] // '') }
sub admin_url { 'http://127.0.0.1:' . admin_port() . ($_[0] // '') }
# The URL of the test upstream (t/lib/upstream.pl), which answers with what arrived.
sub upstream { "http://127.0.0.1:$ENV{GW_UPSTREAM_PORT}" . ($_[0] // '') }
sub is_postgres { $ENV{GW_TEST_DATABASE} eq 'pgsql' }
sub database_params { $ENV{GW_TEST_PARAMS} }

# What the suite's database answers to SQL, as text.
sub ask_database {
    my ($sql) = @_;
    local $ENV{LD_PRELOAD} = '';
    my @client = is_postgres() ? ('psql', '-qAt', database_params(), '-c') : ('sqlite3', '-cmd', '.timeout 10000', database_params());
    open my $out, '-|', @client, $sql or die "$client[0]: $!";
    my $text = join '', <$out>;
    close $out or die "$client[0] failed";
    chomp $text;
    return $text;
}

# A name that no other test of this server uses.
sub unique { ($_[0] // 'x') . "-$$-" . ++$counter }

# Send METHOD PATH to the Admin API. Body: a reference goes as JSON, a string as a form, [type => bytes] as it is.
sub admin {
    my ($method, $path, $body, @headers) = @_;
    return send_to(admin_url($path), $method, $body, @headers);
}

# The same, dying unless the answer is 2xx; returns the decoded body.
sub admin_ok {
    my $res = admin(@_);
    die "$_[0] $_[1]: " . $res->status_line . ' ' . $res->content . "\n" unless $res->is_success;
    return length $res->content ? json_of($res) : undef;
}

# A request through the proxy: call(GET => '/path', header => value, ...); a leading reference is the body. LWP makes
# X-Name of X_Name; ':X_Name' is sent as it stands.
sub call {
    my ($method, $path, @rest) = @_;
    my $body = @rest % 2 ? shift @rest : undef;
    return send_to(proxy_url($path), $method, $body, @rest);
}

sub make_request {
    my ($url, $method, $body, @headers) = @_;
    my $req = HTTP::Request->new($method, $url, \@headers);
    if (ref $body eq 'HASH' or ref $body eq 'JSON::Text') {
        $req->header('Content-Type' => 'application/json');
        $req->content($json->encode($body));
    } elsif (ref $body eq 'ARRAY') {
        $req->header('Content-Type' => $body->[0]) if defined $body->[0];
        $req->content($body->[1]);
    } elsif (defined $body) {
        $req->header('Content-Type' => 'application/x-www-form-urlencoded');
        $req->content($body);
    }
    return $req;
}

sub send_to { return $agent->request(make_request(@_)) }
sub send_afresh { return $fresh_agent->request(make_request(@_)) }

# How many requests whose target contains this text have reached the upstream.
sub arrived {
    my ($text) = @_;
    open my $log, '<', $ENV{GW_UPSTREAM_LOG} or return 0;
    return scalar grep { index($_, $text) >= 0 } <$log>;
}

sub json_of { JSON->new->utf8->decode($_[0]->content) }

# A urlencoded form from pairs.
sub form {
    my @out;
    while (my ($k, $v) = splice @_, 0, 2) {
        push @out, join '=', map { (my $s = $_) =~ s/([^A-Za-z0-9_.~-])/sprintf '%%%02X', ord $1/ge; $s } $k, $v;
    }
    return join '&', @out;
}

# A multipart body from pairs; a value [bytes] is sent as a file.
sub multipart {
    my $boundary = 'gwtest' . int rand 1e9;
    my $out = '';
    while (my ($k, $v) = splice @_, 0, 2) {
        my $file = ref $v ? '; filename="f"' : '';
        $out .= "--$boundary\r\nContent-Disposition: form-data; name=\"$k\"$file\r\n\r\n" . (ref $v ? $v->[0] : $v) . "\r\n";
    }
    return ["multipart/form-data; boundary=$boundary", "$out--$boundary--\r\n"];
}

# Rows for a test, with names of its own. Each returns the row.
sub new_service { my %f = @_; return admin_ok(POST => '/services', { name => unique('svc'), url => upstream(), %f }) }

sub new_route {
    my ($service, %f) = @_;
    my $name = unique('route');
    return admin_ok(POST => '/routes',
        { name => $name, paths => ["/$name"], ($service ? (service => { id => $service->{id} }) : ()), %f });
}
sub new_consumer { return admin_ok(POST => '/consumers', { username => unique('user'), @_ }) }

# add_plugin($parent_path, name => config): add_plugin("/services/$id", 'key-auth', {...}, more => fields)
sub add_plugin {
    my ($parent, $name, $config, %f) = @_;
    return admin_ok(POST => "$parent/plugins", { name => $name, config => $config // {}, %f });
}

# A server may close a connection while we still write to it: what it said is judged, we do not die of the signal. (No
# 'IGNORE': what we start would inherit that.)
$SIG{PIPE} = sub { };

# Bytes to the proxy (or PORT) on a fresh connection; what came back until it was closed or `wait` seconds passed.
sub raw_request {
    my ($bytes, %o) = @_;
    my $sock = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $o{port} // proxy_port(), Timeout => 10)
        or die "connect: $!";
    $sock->syswrite($bytes);
    shutdown $sock, 1 if $o{half_close};
    my ($got, $until) = ('', time + ($o{wait} // 10));
    while ((my $left = $until - time) > 0) {
        vec(my $r = '', fileno $sock, 1) = 1;
        last unless select $r, undef, undef, $left;
        last unless sysread $sock, $got, 65536, length $got;
        last if $o{until} && $got =~ $o{until};
    }
    return $got;
}

# Wait for a fact about another process (a bound of liveness, never an assertion about speed).
sub eventually(&$;$) {
    my ($fact, $name, $seconds) = @_;
    my $until = time + ($seconds // 60);
    my $true;
    until (($true = $fact->()) || time > $until) { sleep 0.05 }
    return Test::More::ok($true, $name);
}

1;
