# SPDX-License-Identifier: Apache-2.0
# Whoever serves a request in a <Location> hears what the gateway says and not what the client says in its place: an
# upstream over HTTP, one over another protocol of mod_proxy's, a script of httpd's own, a page with parts.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp ();
use IO::Select ();
use IO::Socket::INET;
use GatewayNode;
use GatewayTest;
use Tokens qw(token);

my @modules = (cgi => 'mod_cgi', proxy_scgi => 'mod_proxy_scgi', include => 'mod_include');
for (@modules[ grep { $_ % 2 } 0 .. $#modules ]) {
    plan skip_all => "httpd has no $_" unless -e "$ENV{GW_HTTPD_MODULES}/$_.so";
}

# An upstream over SCGI, which answers with its variables; until its parent ends.
sub start_scgi {
    my $listener = IO::Socket::INET->new(Listen => 8, LocalAddr => '127.0.0.1') or die "socket: $!";
    my $parent = $$;
    my $pid = fork // die "fork: $!";
    return ($pid, $listener->sockport) if $pid;
    my $select = IO::Select->new($listener);
    while (getppid == $parent) {
        my $peer = $select->can_read(1) && $listener->accept or next;
        my ($text, $len) = ('');
        until (($len) = $text =~ /\A(\d+):/ and length $text > $len + length $len) {
            sysread $peer, $text, 65536, length $text or last;
        }
        my %vars = split /\0/, substr($text, 1 + length $len, $len - 1), -1;
        print $peer "Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n", map { "$_=$vars{$_}\n" } sort keys %vars;
        close $peer;
    }
    require POSIX;
    POSIX::_exit(0);
}

my $docs = File::Temp::tempdir('gw-docs-XXXXXX', TMPDIR => 1, CLEANUP => 1);
sub put {
    my ($name, $text) = @_;
    open my $out, '>', "$docs/$name" or die "$name: $!";
    print $out $text;
    close $out or die "$name: $!";
    chmod 0755, "$docs/$name";
}
mkdir "$docs/own" or die "own: $!";
chmod 0755, $docs, "$docs/own";
put('own/env.sh', "#!/bin/sh\nprintf 'Content-Type: text/plain\\n\\n'\nenv\n");
put('own/redirect.sh', "#!/bin/sh\nprintf 'Location: /own/env.sh\\n\\n'\n");
put('own/page.shtml', "<!--#include virtual=\"/own/env.sh\" -->\n");
put('own/vars.shtml', "<!--#printenv -->\n");

my ($scgi_pid, $scgi_port) = start_scgi();
END {
    if ($scgi_pid) {
        local $?;
        kill TERM => $scgi_pid;
        waitpid $scgi_pid, 0;
    }
}

my $plugins = join "\n", 'GwService no-such-service', 'GwPlugin jwt claims_to_headers.sub=X-Sub',
    'GwPlugin key-auth hide_credentials=true', '';
my $node = GatewayNode->start(GatewayNode::own_database(), threads => 8,
    extra => join('', map { "LoadModule $modules[2 * $_]_module $ENV{GW_HTTPD_MODULES}/$modules[2 * $_ + 1].so\n" } 0 .. $#modules / 2),
    proxy_extra => <<"END");
GwRouter Off
DocumentRoot "$docs"
<Directory "$docs">
    Options +ExecCGI +Includes
</Directory>
<FilesMatch "\\.sh\$">
    SetHandler cgi-script
</FilesMatch>
<FilesMatch "\\.shtml\$">
    SetOutputFilter INCLUDES
</FilesMatch>
<Location "/own/">
    $plugins
</Location>
<Location "/scgi/">
    ProxyPass "scgi://127.0.0.1:$scgi_port/"
    $plugins
</Location>
<Location "/http/">
    ProxyPass "@{[ upstream() ]}/"
    $plugins
</Location>
<Location "/sethandler/">
    SetHandler "proxy:@{[ upstream() ]}"
    $plugins
</Location>
END
my $alice = $node->admin_ok(PUT => '/consumers/alice', { custom_id => 'no. 1' });
my $key = $node->admin_ok(POST => '/consumers/alice/key-auth', { key => unique('key') });
$node->admin_ok(POST => '/consumers/alice/jwt', { key => 'alice-iss', secret => 'secret' });
my $token = token(claims => { iss => 'alice-iss', exp => time + 600, sub => 'alice' });

# What has arrived, by the names that CGI gives to headers; an upstream over HTTP answers with JSON.
sub heard {
    my ($text) = @_;
    return map { /\A(\w+)=(.*)\z/ ? ($1 => $2) : () } split /\n/, $text unless $text =~ /\A\{/;
    my $headers = JSON->new->latin1->decode($text)->{headers};
    return map { ('HTTP_' . uc($_) =~ tr/-/_/r => ref $headers->{$_} ? join(', ', @{ $headers->{$_} }) : $headers->{$_}) } keys %$headers;
}

for ([ '/http/x', 'over HTTP' ], [ '/scgi/x', 'over SCGI' ], [ '/sethandler/x', 'over HTTP, by SetHandler' ],
     [ '/own/env.sh', 'a script' ], [ '/own/redirect.sh', 'a script that another leads to' ],
     [ '/own/page.shtml', 'a script that a page has in it' ], [ '/own/vars.shtml', 'a page' ]) {
    my ($path, $who) = @$_;
    my $res = $node->call(GET => $path, Authorization => "Bearer $token", apikey => $key->{key}, 'X-Sub' => 'root', ':X_Sub' => 'root',
        'X-Consumer-Username' => 'root', 'X-Anonymous-Consumer' => 'true', 'X-Real-IP' => '192.0.2.9',
        'X-Forwarded-For' => '192.0.2.9', 'X-Forwarded-Proto' => 'https', 'X-Forwarded-Host' => 'elsewhere.test',
        'X-Kong-Request-Id' => 'mine', 'X-Other' => 'its own');
    is $res->code, 200, "$who: served" or diag $node->log_tail;
    my %got = heard($res->content);
    my $id = delete $got{HTTP_X_KONG_REQUEST_ID} // '';
    like $id, qr/\A[0-9a-f]{32}\z/, "$who: the request id is the gateway's";
    for ([ X_SUB => 'alice', 'a claim is the token\'s' ], [ APIKEY => undef, 'the key is hidden' ],
         [ X_CONSUMER_ID => $alice->{id}, 'who it is' ], [ X_CONSUMER_USERNAME => 'alice', 'by name' ],
         [ X_CONSUMER_CUSTOM_ID => 'no. 1', 'by the other name' ], [ X_ANONYMOUS_CONSUMER => undef, 'and not nobody' ],
         [ X_REAL_IP => '127.0.0.1', 'the client\'s address' ], [ X_FORWARDED_FOR => '192.0.2.9, 127.0.0.1', 'the chain, once' ],
         [ X_FORWARDED_PROTO => 'http', 'how it came' ], [ X_FORWARDED_PORT => $node->{proxy_port}, 'where it came' ],
         [ X_FORWARDED_HOST => "127.0.0.1", 'by which name' ], [ X_OTHER => 'its own', 'other headers are left alone' ]) {
        my ($name, $want, $why) = @$_;
        is $got{"HTTP_$name"}, $want, "$who: HTTP_$name: $why";
    }
    ok exists $got{HTTP_X_CREDENTIAL_IDENTIFIER}, "$who: by which credential";
}
is $node->call(GET => $_, apikey => $key->{key}, 'X-Sub' => 'root')->code, 401, "$_: nothing is served without a token"
    for '/own/env.sh', '/own/page.shtml', '/scgi/x', '/sethandler/x';
done_testing;
