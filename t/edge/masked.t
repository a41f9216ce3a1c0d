# SPDX-License-Identifier: Apache-2.0
# Keys and tokens in a query: the access log shows them whoever answers, and however early, as ***; the names are those
# that anything is configured with, in rows or in <Location>s. No error line of ours shows them either.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayNode;
use GatewayTest;

my $node = GatewayNode->start(GatewayNode::own_database(), log_level => 'trace8', proxy_extra => <<'CONF');
    CustomLog logs/access.json gw_json
    <Location "/static">
        GwPlugin key-auth key_names=placekey
    </Location>
CONF

$node->admin_ok(POST => '/services', { name => 'api', url => upstream() });
# A route and its plugins.
sub route {
    my ($name, @plugins) = @_;
    $node->admin_ok(POST => '/services/api/routes', { name => $name, paths => ["/$name"] });
    while (my ($plugin, $config) = splice @plugins, 0, 2) {
        $node->admin_ok(POST => "/routes/$name/plugins", { name => $plugin, config => $config });
    }
}
my %key = (key_names => ['mykey'], run_on_preflight => \0);
my %token = (uri_param_names => ['mytoken'], run_on_preflight => \0);
route('keys', 'key-auth' => \%key);
route('tokens', jwt => \%token);
route('both', jwt => \%token, 'key-auth' => \%key);
route('cors-keys', cors => {}, 'key-auth' => \%key);
route('cors-tokens', cors => {}, jwt => \%token);
route('bots-keys', 'bot-detection' => { deny => ['robot'] }, 'key-auth' => \%key);
route('bots-tokens', 'bot-detection' => { deny => ['robot'] }, jwt => \%token);
route('headers', 'key-auth' => { key_names => ['headerkey'], key_in_query => \0 });
route($_) for qw(open static);
$node->admin_ok(POST => '/routes/open/plugins', { name => 'key-auth', enabled => \0, config => { key_names => ['offkey'] } });
# What is not routed is logged by what its child has: all of it.
eventually {
    my $status = $node->admin_ok(GET => '/status');
    my @ready = grep { $_->{state} eq 'ready' } @{ $status->{gateway}{children} };
    @ready && @ready == @{ $status->{gateway}{children} } && !grep { $_->{generation} != $ready[0]{generation} } @ready;
} 'all children have it';

my @preflight = (Origin => 'http://page.example', 'Access-Control-Request-Method' => 'GET');
my @robot = ('User-Agent' => 'robot');
my $n = 0;
my @hidden; # what may stand nowhere
my @wanted; # what the access log is to show: [status, request line, why]

# A secret of its own for each request, and what the log makes of the target.
sub targets {
    my ($target) = @_;
    my $secret = 'SEKRIT' . ++$n . 'X';
    push @hidden, $secret;
    return map { (my $t = $target) =~ s/~/$_/g; "$t&n=$n" } $secret, '***';
}

for ([ 200, GET => '/open?x=plain', [], 'nothing to hide' ],
     [ 401, GET => '/keys?mykey=~', [], 'key-auth, asked' ],
     [ 401, GET => '/tokens?mytoken=~', [], 'jwt, asked' ],
     [ 200, OPTIONS => '/keys?mykey=~', [], 'key-auth that leaves preflights alone' ],
     [ 200, OPTIONS => '/tokens?mytoken=~', [], 'jwt that leaves preflights alone' ],
     [ 200, OPTIONS => '/cors-keys?mykey=~', \@preflight, 'cors answers before key-auth' ],
     [ 200, OPTIONS => '/cors-tokens?mytoken=~', \@preflight, 'cors answers before jwt' ],
     [ 401, GET => '/both?mykey=~', [], 'jwt refuses before key-auth' ],
     [ 200, OPTIONS => '/both?mykey=~&mytoken=~', [], 'neither is asked' ],
     [ 403, GET => '/bots-keys?mykey=~', \@robot, 'bot-detection refuses before key-auth' ],
     [ 403, GET => '/bots-tokens?mytoken=~', \@robot, 'bot-detection refuses before jwt' ],
     [ 404, GET => '/nowhere?mykey=~', [], 'a key, no route' ],
     [ 404, GET => '/nowhere?mytoken=~', [], 'a token, no route' ],
     [ 404, GET => '/nowhere?apikey=~', [], 'a common name, no route' ],
     [ 200, GET => '/open?mykey=~', [], 'a key for another route' ],
     [ 200, GET => '/open?mytoken=~', [], 'a token for another route' ],
     [ 200, GET => '/open?offkey=~', [], 'a plugin that is disabled' ],
     [ 401, GET => '/headers?headerkey=~', [], 'a key where none is looked for' ],
     [ 401, GET => '/static?placekey=~', [], 'a <Location>, asked' ],
     [ 404, GET => '/nowhere?placekey=~', [], 'its name elsewhere' ],
     [ 405, TRACE => '/keys?mykey=~', [], 'a method that nobody serves' ],
     [ 400, GET => '/a%00b?mykey=~', [], 'a path that we refuse' ],
     [ 401, GET => '/keys?My%6Bey=~;~&x=1', [], 'written otherwise' ],
    ) {
    my ($status, $method, $target, $headers, $why) = @$_;
    my ($sent, $shown) = targets($target);
    is $node->call($method => $sent, @$headers)->code, $status, "$method $target: $why: the answer";
    push @wanted, [ $status, "$method $shown HTTP/1.1" =~ s/\Q***;***/***/r, $why ];
}

for ([ "GET /keys?mykey=~ HTTP/1.1\r\n\r\n", 'GET /keys?mykey=*** HTTP/1.1', 'no Host' ],
     [ "GET /keys?mytoken=~ HTTP/1.1\r\nHost: x\r\nno header\r\n\r\n", 'GET /keys?mytoken=*** HTTP/1.1', 'a bad header' ],
     [ "GET /keys?mykey=~ ~ HTTP/1.1\r\nHost: x\r\n\r\n", 'GET /keys?mykey=*** HTTP/1.1', 'a blank in the key' ],
     [ "GET /%zz?mykey=~ HTTP/1.1\r\nHost: x\r\n\r\n", 'GET /%zz?mykey=*** HTTP/1.1', 'a broken path' ],
     [ "GET /../..?placekey=~ HTTP/1.1\r\nHost: x\r\n\r\n", 'GET /../..?placekey=*** HTTP/1.1', 'a path above the root' ],
    ) {
    my ($bytes, $shown, $why) = @$_;
    my $secret = 'SEKRIT' . ++$n . 'X';
    push @hidden, $secret;
    my $answer = raw_request($bytes =~ s/~/$secret/gr, port => $node->{proxy_port});
    like $answer, qr{^HTTP/1\.1 400 }, "$why: the answer";
    push @wanted, [ 400, $shown, $why ];
}

for my $file ('access.log', 'access.json') {
    for (@wanted) {
        my ($status, $line, $why) = @$_;
        my $pattern = $file eq 'access.log' ? qr/"\Q$line\E" $status / : qr/"request":"\Q$line\E","status":$status,/;
        eventually { $node->log_text($file) =~ $pattern } "$file: $why: $line" or diag(grep { /SEKRIT/ } split /^/, $node->log_text($file));
    }
}
# httpd itself tells targets at such levels; ours are the lines with a number of ours, or of our modules.
my $ours = join '', grep { /\bGW\d{4}: |\[gw[_a-z]*:/ } split /^/, $node->log_text;
like $ours, qr/GW4100: keyauth: not authenticated/, 'lines of ours in the error log';
for ([ 'access.log', $node->log_text('access.log') ], [ 'access.json', $node->log_text('access.json') ], [ 'error.log, ours', $ours ]) {
    my ($name, $text) = @$_;
    is_deeply [ grep { index($text, $_) >= 0 } @hidden ], [], "$name: none of all that was hidden";
}

# ---- names come and go with their rows ----
sub shown {
    my ($target) = @_;
    my ($sent, undef) = targets($target);
    my $mark = "n=$n";
    $node->call(GET => $sent);
    my $line;
    eventually { ($line) = $node->log_text('access.log') =~ /"GET ([^" ]*&\Q$mark\E) HTTP/ } "$target: a line";
    return $line =~ s/SEKRIT\d+X/~/r =~ s/&n=\d+//r;
}
is shown('/open?latekey=~'), '/open?latekey=~', 'a name that nobody has configured';
my $late = $node->admin_ok(POST => '/plugins', { name => 'key-auth', enabled => \0, config => { key_names => ['latekey'] } })->{id};
is shown('/open?latekey=~'), '/open?latekey=***', 'that somebody has';
$node->admin_ok(PATCH => "/plugins/$late", { config => { key_names => ['newkey'] } });
is shown('/open?latekey=~'), '/open?latekey=~', 'that was changed';
is shown('/open?newkey=~'), '/open?newkey=***', 'into this one';
$node->admin(DELETE => "/plugins/$late");
is shown('/open?newkey=~'), '/open?newkey=~', 'and is gone';
is shown('/nowhere?mykey=~'), '/nowhere?mykey=***', 'the others stay';
my $told = $node->admin_ok(POST => '/debug/explain', { method => 'GET', url => 'http://x/open?mykey=SEKRITE&x=1' });
is $told->{result}{upstream} =~ s/^.*\?//r, 'mykey=***&x=1', 'explain: the same where a plugin was not asked';
done_testing();
