# SPDX-License-Identifier: Apache-2.0
# Browser.pm - a client with a cookie jar that obeys Path, Secure, Max-Age and Expires as browsers do. A connection for
# each request: a server whose threads are all busy may close kept ones at any moment.
package Browser;
use strict;
use warnings FATAL => 'all';
use HTTP::Cookies;
use HTTP::Request;
use LWP::UserAgent;

# new(BASE): URLs are BASE and a path.
sub new {
    my ($class, $base) = @_;
    my $agent = LWP::UserAgent->new(max_redirect => 0, timeout => 30, env_proxy => 0);
    $agent->cookie_jar(HTTP::Cookies->new);
    return bless { base => $base, agent => $agent }, $class;
}

# go(METHOD, PATH, [BODY,] header => value...): BODY is a form, or [type => bytes].
sub go {
    my ($self, $method, $path, @rest) = @_;
    my $body = @rest % 2 ? shift @rest : undef;
    my $req = HTTP::Request->new($method, "$self->{base}$path", [@rest]);
    if (defined $body) {
        my ($type, $bytes) = ref $body ? @$body : ('application/x-www-form-urlencoded', $body);
        $req->header('Content-Type' => $type);
        $req->content($bytes);
    }
    return $self->{agent}->request($req);
}

# The same jar at another server of the same host name: cookies know no ports.
sub at { my ($self, $base) = @_; return bless { %$self, base => $base }, ref $self }

# What the jar holds under this name; undef = nothing.
sub cookie {
    my ($self, $name) = @_;
    my $found;
    $self->{agent}->cookie_jar->scan(sub { $found = $_[2] if $_[1] eq $name });
    return $found;
}

# As if the browser had been closed: what has no lifetime goes.
sub restart { $_[0]{agent}->cookie_jar->clear_temporary_cookies }

1;
