# SPDX-License-Identifier: Apache-2.0
# url-auth: its rows in the Admin API, what may be configured, whom it asks (tokens, consumers, the user's own tables),
# changes in force at once, and Redis away.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use AdminTest;
use GatewayNode;
use GatewayTest;
use RedisServer;
use TestUpstream;
use Time::HiRes qw(time);
use Tokens qw(token);

my @made;
END { admin(DELETE => $_) for reverse @made }
my $n = 100 + $$ % 10000; # signs and phones are common to all tests of this server
my $phone = unique('13');

# ---- rows ----
my %user = (id => '<id>', created_at => '<time>', name => undef, level => 0, tags => undef);
push @made, "/login_user/$phone";
my $row = answers([ POST => '/login_user', { phone => $phone, password => 's3cret', level => 1 } ], 201, { %user, phone => $phone, level => 1 }, 'a user; no password comes back');
answers([ GET => "/login_user/$phone" ], 200, { %user, phone => $phone, level => 1 }, 'GET by phone');
answers([ GET => "/login_user/$row->{id}" ], 200, { %user, phone => $phone, level => 1 }, 'GET by id');
answers([ PATCH => "/login_user/$phone", 'name=alice' ], 200, { %user, phone => $phone, name => 'alice', level => 1 }, 'PATCH');
answers([ POST => '/login_user', { phone => $phone } ], 409, qr/"code":5\b/, 'a second one of that phone');
answers([ POST => '/login_user', {} ], 400, violation('phone: required field missing', phone => 'required field missing'), 'of no phone');
answers([ POST => '/login_user', { phone => 'x', level => -1 } ], 400, qr/"level":/, 'of no level');
unlike admin(GET => '/login_user?size=1000')->content, qr/s3cret|password/, 'nor in a list';
unlike admin(GET => "/audit?size=1000")->content, qr/s3cret/, 'nor in the audit';
my %api = (id => '<id>', created_at => '<time>', name => undef, tags => undef);
push @made, "/api_mgr/$n%2Fa%20b";
answers([ PUT => "/api_mgr/$n%2Fa%20b", { auth_level => 2 } ], 200, { %api, sign => "$n/a b", auth_level => 2 }, 'a path, PUT by its sign');
answers([ GET => "/api_mgr/$n%2Fa%20b" ], 200, { %api, sign => "$n/a b", auth_level => 2 }, 'GET by sign');
answers([ POST => '/api_mgr', { sign => "$n/a b" } ], 409, qr/"code":5\b/, 'a second one');
answers([ GET => "/api_mgr/$n%2Fnone" ], 404, message('Not found'), 'none');

# ---- configuration ----
my $service = new_service();
sub guarded { my ($config, @auth) = @_; my $r = new_route($service); add_plugin("/routes/$r->{id}", @$_) for @auth; return ($r->{paths}[0], add_plugin("/routes/$r->{id}", 'url-auth', $config)) }
my %by_name = (service_map => { $service->{name} => $n }, redis_host => undef);
my ($path, $plugin) = guarded({ secret => 's', %by_name });
is_deeply $plugin->{config}, {
    secret => 's', algorithm => 'HS256', claim => 'phone', maximum_expiration => 259200, consumer => JSON::false, %by_name,
    default_action => 'deny', phone_header => 'x-auth-phone', level_header => 'x-auth-level', redis_port => 6379,
    (map { $_ => undef } qw(redis_username redis_password)), redis_database => 0, redis_ssl => JSON::false, redis_ssl_verify => JSON::false,
    redis_timeout => 1000, redis_on_error => 'allow', conflict_prefix => 'conflict:',
}, 'config';
my $no = 'required field missing';
answers([ POST => '/plugins', { name => 'url-auth', config => { service_map => { a => 0 } } } ], 400, qr/"secret":"$no"/, 'no secret');
answers([ POST => '/plugins', { name => 'kong_jwt_url_auth', config => { secret_key => 'x' } } ], 400, qr/"service_map":"$no"/, 'no service_map');
answers([ POST => '/plugins', { name => 'url-auth', consumer => { id => NOWHERE }, config => { secret => 's', service_map => { a => 0 } } } ], 400, qr/"consumer":"value must be null"/, 'no consumer');

# ---- who passes ----
my $bearer = sub { (Authorization => 'Bearer ' . token(key => 's', claims => { phone => $_[0] // $phone, nbf => time - 5, exp => time + 1000, @_[1 .. $#_] })) };
sub said { my ($res) = @_; my $json = eval { json_of($res) } // {}; return $res->code . ' ' . ($json->{msg} // $json->{path} // $json->{message} // '') }
sub level { my ($sign, $level) = @_; push @made, "/api_mgr/$n%2F$sign"; admin_ok(PUT => "/api_mgr/$n%2F$sign", { auth_level => $level }) }
level(free => 0);
level(user => 1);
level(boss => 2);
my @cases = (
    [ 'free' => [], '200 /free' ], [ 'user' => [], '401 UnAuthorized' ], [ 'unlisted' => [], '404 Not Found' ],
    [ 'user' => [ $bearer->() ], '200 /user' ], [ 'boss' => [ $bearer->() ], '403 Forbidden' ], [ 'user?x=1' => [ $bearer->() ], '200 /user' ],
    [ 'user/' => [ $bearer->() ], '404 Not Found' ], [ 'User' => [ $bearer->() ], '404 Not Found' ], [ 'user;x' => [ $bearer->() ], '404 Not Found' ],
    [ 'a%20b' => [ $bearer->() ], '403 Forbidden' ], [ 'unlisted' => [ $bearer->() ], '404 Not Found' ],
    [ 'user' => [ $bearer->('nobody') ], '401 UnAuthorized' ], [ 'user' => [ $bearer->($phone, exp => 1) ], '401 Token Expired' ],
    [ 'user' => [ Authorization => 'Bearer x' ], '401 UnAuthorized' ], [ 'user' => [ Authorization => 'Basic eDp5' ], '401 UnAuthorized' ],
    [ 'user' => [ Authorization => 'bearer ' . ($bearer->())[1] =~ s/^Bearer //r ], '401 UnAuthorized' ],
    [ 'user' => [ Authorization => 'Bearer ' . token(key => 's', alg => 'HS512', claims => { phone => $phone, nbf => 1, exp => time + 100 }) ], '401 UnAuthorized' ],
    [ 'user' => [ Authorization => 'Bearer ' . 'x' x 60000 ], '401 UnAuthorized' ],
);
is said(call(GET => "$path/$_->[0]", @{ $_->[1] })), $_->[2], "$_->[0]: $_->[2]" for @cases;
is said(call(OPTIONS => "$path/boss")), '200 /boss', 'OPTIONS';
is call(GET => "$path/user")->header('WWW-Authenticate'), 'Bearer', '401 says what is wanted';
is call(GET => "$path/boss", $bearer->())->header('WWW-Authenticate'), undef, '403 does not';

# ---- in force at once ----
for my $level (2, 1, 3, 0) {
    admin_ok(PATCH => "/login_user/$phone", { level => $level });
    is call(GET => "$path/boss", $bearer->())->code, $level >= 2 ? 200 : 403, "a user of level $level";
}
admin_ok(PATCH => "/login_user/$phone", { level => 1 });
level(later => 0);
is call(GET => "$path/later")->code, 200, 'a path that was not there';
admin_ok(DELETE => "/api_mgr/$n%2Flater");
is call(GET => "$path/later")->code, 404, 'and is no more';
admin_ok(DELETE => "/login_user/$phone");
is call(GET => "$path/user", $bearer->())->code, 401, 'a user who is gone';
admin_ok(PUT => "/login_user/$phone", { level => 1 });
is call(GET => "$path/user", $bearer->())->code, 200, 'and back';
my $jti = unique('jti');
is call(GET => "$path/user", $bearer->($phone, jti => $jti))->code, 200, 'a token with an id';
admin_ok(POST => '/revocations', { jti => $jti, until => int time + 1000 });
is said(call(GET => "$path/user", $bearer->($phone, jti => $jti))), '401 UnAuthorized', 'revoked';

# ---- other ways to ask ----
($path) = guarded({ secret => 's', %by_name, default_action => 'allow', phone_header => 'X-Who', level_header => 'X-Rank', claim => 'sub' });
is said(call(GET => "$path/unlisted")), '200 /unlisted', 'default_action=allow';
is said(call(GET => "$path/boss")), '401 UnAuthorized', 'what is listed is asked for';
my $told = json_of(call(GET => "$path/user", $bearer->('x', sub => $phone), 'X-Who' => 'me', 'x-rank' => 9, 'x-auth-level' => 'theirs'))->{headers};
is_deeply [ @{$told}{qw(x-who x-rank x-auth-level)} ], [ $phone, 1, 'theirs' ], 'other claims, other headers';
my $other = new_service();
my $route = new_route($other);
add_plugin("/routes/$route->{id}", 'url-auth', { secret => 's', %by_name });
is said(call(GET => "$route->{paths}[0]/free")), '404 Not Found', 'a service that is not in the map';

# ---- Host says which service only where it chose the route ----
{
    my ($mine, $theirs) = ($n + 20000, $n + 40000);
    my ($host, $prefix) = (unique('host'), unique('p'));
    my %map = (secret => 's', redis_host => undef, service_map => { $host => $theirs, $prefix => $mine });
    push @made, "/api_mgr/$mine%2Fsecret", "/api_mgr/$theirs%2Fsecret";
    admin_ok(PUT => "/api_mgr/$mine%2Fsecret", { auth_level => 2 });
    admin_ok(PUT => "/api_mgr/$theirs%2Fsecret", { auth_level => 0 });
    my $by_path = new_route($service, paths => ["/$prefix"]);
    my $by_host = new_route($service, hosts => ["$host.com"], paths => ["/there"]);
    add_plugin("/routes/$_->{id}", 'url-auth', \%map) for $by_path, $by_host;
    is said(call(GET => '/there/secret', Host => "$host.com")), '200 /secret', 'by host: its levels';
    is said(call(GET => "/$prefix/secret", Host => $_)), '401 UnAuthorized', "by path: whatever Host says: $_" for 'localhost', "$host.com", $host;
}

# ---- the consumer that another plugin found ----
my $consumer = new_consumer(username => $phone);
push @made, "/consumers/$consumer->{id}";
my $key = admin_ok(POST => "/consumers/$consumer->{id}/key-auth")->{key};
my $stranger = new_consumer();
push @made, "/consumers/$stranger->{id}";
my $strange = admin_ok(POST => "/consumers/$stranger->{id}/key-auth")->{key};
($path) = guarded({ consumer => \1, %by_name }, ['key-auth']);
is said(call(GET => "$path/$_->[0]", apikey => $_->[1])), $_->[2], "consumer=true: $_->[0]: $_->[2]"
    for [ user => $key, '200 /user' ], [ boss => $key, '403 Forbidden' ], [ user => $strange, '401 UnAuthorized' ], [ free => $strange, '200 /free' ];
is json_of(call(GET => "$path/user", apikey => $key))->{headers}{'x-auth-phone'}, $phone, 'the upstream is told';
is call(GET => "$path/user", $bearer->())->code, 401, 'a token is not looked for';
($path) = guarded({ consumer => \1, %by_name }, [ 'key-auth', { anonymous => $phone } ]);
is said(call(GET => "$path/user")), '401 UnAuthorized', 'an anonymous consumer has not proved anything';
my $issuer = unique('issuer');
admin_ok(POST => "/consumers/$_->[0]/jwt", { key => $_->[1], secret => 'theirs' }) for [ $consumer->{id}, $issuer ], [ $stranger->{id}, "$issuer-2" ];
sub signed { return (Authorization => 'Bearer ' . token(key => 'theirs', claims => { iss => $_[0], exp => time + 1000 })) }
($path) = guarded({ consumer => \1, %by_name }, ['jwt']);
is said(call(GET => "$path/$_->[0]", signed($_->[1]))), $_->[2], "consumer=true, jwt: $_->[0]: $_->[2]"
    for [ user => $issuer, '200 /user' ], [ boss => $issuer, '403 Forbidden' ], [ user => "$issuer-2", '401 UnAuthorized' ], [ free => "$issuer-2", '200 /free' ];

# ---- Redis ----
my @fakes;
sub redis_says { my ($answer, %config) = @_; push @fakes, my $fake = RedisServer->pretend($answer); my ($p) = guarded({ secret => 's', service_map => $by_name{service_map}, redis_timeout => 300, redis_port => $fake->{port}, %config }); return $p }
for my $answer ([ allow => '200 /user' ], [ deny => '503 Service Unavailable' ]) {
    my ($p) = guarded({ secret => 's', service_map => $by_name{service_map}, redis_timeout => 300, redis_port => TestUpstream::free_port(), redis_on_error => $answer->[0] });
    is said(call(GET => "$p/user", $bearer->())), $answer->[1], "Redis down: $answer->[1]" for 1 .. 4;
}
{   # a real one: a key of a wrong type, frozen, gone, back
    my $redis = RedisServer->start;
    my %real = (secret => 's', service_map => $by_name{service_map}, redis_timeout => 1000, redis_port => $redis->{port}, redis_on_error => 'deny');
    my ($p) = guarded({%real});
    my @mine = $bearer->();
    my $said = sub { said(call(GET => "$p/user", @mine)) };
    is $said->(), '200 /user', 'a Redis';
    my $key = 'conflict:' . $mine[1] =~ s/^Bearer //r;
    $redis->ask(RPUSH => $key, 'x');
    is $said->(), '503 Service Unavailable', 'a key of the wrong type: nobody can tell';
    is said(call(GET => "$p/user", $bearer->($phone, jti => unique('j')))), '200 /user', 'other tokens are not concerned';
    my ($soft) = guarded({ %real, redis_on_error => 'allow' });
    is said(call(GET => "$soft/user", @mine)), '200 /user', 'redis_on_error=allow: let through';
    $redis->ask(DEL => $key);
    is $said->(), '200 /user', 'gone';
    $redis->ask(SETEX => $key, 1000, 1);
    is $said->(), '401 Token Conflict', 'a conflict';
    $redis->ask(DEL => $key);
    $redis->freeze;
    is $said->(), '503 Service Unavailable', 'frozen';
    $redis->thaw;
    eventually { $said->() eq '200 /user' } 'thawed';
    $redis->stop;
    is $said->(), '503 Service Unavailable', 'gone';
    $redis = RedisServer->start(port => $redis->{port});
    eventually { $said->() eq '200 /user' } 'back';
}
for ([ 'silent' => sub { 1 } ], [ 'loading' => sub { print { $_[0] } "-LOADING x\r\n"; 1 } ], [ 'hanging up' => sub { 0 } ],
    [ 'slow' => sub { $_[0]->autoflush(1); for my $byte (split //, "\$-1\r\n" x 2) { print { $_[0] } $byte; Time::HiRes::sleep(0.2) } 0 } ],
    [ 'babbling' => sub { print { $_[0] } "HTTP/1.1 200\r\n\r\n"; 1 } ], [ 'counting' => sub { print { $_[0] } ":1\r\n"; 1 } ],
    [ 'of a wrong type' => sub { print { $_[0] } "-WRONGTYPE Operation against a key\r\n"; 1 } ]) {
    my ($name, $answer) = @$_;
    for ([ allow => '200 /user' ], [ deny => '503 Service Unavailable' ]) {
        my $p = redis_says($answer, redis_on_error => $_->[0]);
        my $began = time;
        my $want = $_->[1];
        my @bad = grep { $_ ne $want } map { said(call(GET => "$p/user", $bearer->())) } 1 .. 6;
        is "@bad", '', "Redis $name: $want";
        cmp_ok time - $began, '<', 60, "Redis $name: nobody waits long";
        is said(call(GET => "$p/free")), '200 /free', "Redis $name: free paths do not ask";
        is said(call(GET => "$p/user")), '401 UnAuthorized', "Redis $name: nor do requests without a good token";
    }
}
$path = redis_says(sub { print { $_[0] } "\$-1\r\n"; 1 });
is said(call(GET => "$path/user", $bearer->())), '200 /user', 'nil: no conflict';
$path = redis_says(sub { print { $_[0] } "\$0\r\n\r\n"; 1 });
is said(call(GET => "$path/user", $bearer->())), '401 Token Conflict', 'any value: conflict';
$path = redis_says(sub { print { $_[0] } $_[1] =~ /\$\d+\r\nover-ey/ ? "\$1\r\n1\r\n" : "\$-1\r\n"; 1 }, conflict_prefix => 'over-');
is said(call(GET => "$path/user", $bearer->())), '401 Token Conflict', 'conflict_prefix';

# ---- the user's own tables ----
my $words = "GwUrlAuthApiQuery \"SELECT need FROM my_paths WHERE service || path = \$1\"\n"
    . "GwUrlAuthUserQuery \"SELECT rank FROM my_users WHERE tel = \$1 AND locked = 0\"\nGwUrlAuthQueryTTL 0\n";
my $node = GatewayNode->start(GatewayNode::own_database(), extra => $words);
my ($database) = $node->log_text('../httpd.conf') =~ /^\s*DBDParams\s+"(.*)"/m;
sub sql {
    local $ENV{LD_PRELOAD} = '';
    system(is_postgres() ? ('psql', '-q', '-v', 'ON_ERROR_STOP=1', $database, '-c', $_[0]) : ('sqlite3', '-cmd', '.timeout 10000', $database, $_[0])) == 0 or die 'sql';
}
sql('CREATE TABLE my_paths (service text, path text, need integer); CREATE TABLE my_users (tel text, rank integer, locked integer)');
sql("INSERT INTO my_paths VALUES ('7', '/open', 0), ('7', '/shut', 3); INSERT INTO my_users VALUES ('42', 3, 0), ('43', 2, 0)");
$node->admin_ok(POST => '/services', { name => 'mine', url => upstream() });
$node->admin_ok(POST => '/services/mine/routes', { paths => ['/m'] });
$node->admin_ok(POST => '/services/mine/plugins', { name => 'url-auth', config => { secret => 's', service_map => { mine => 7 }, redis_host => undef } });
sub mine { return said($node->call(GET => "/m/$_[0]", defined $_[1] ? $bearer->($_[1]) : ())) }
is mine(@{ $_->[0] }), $_->[1], "own tables: @{$_->[0]}: $_->[1]"
    for [ ['open'], '200 /open' ], [ ['none'], '404 Not Found' ], [ [ shut => '42' ], '200 /shut' ], [ [ shut => '43' ], '403 Forbidden' ], [ [ shut => '44' ], '401 UnAuthorized' ],
    [ [ shut => "' OR 1=1 --" ], '401 UnAuthorized' ], [ ['%ff%fe'], '404 Not Found' ];
unlike $node->log_text, qr/\[gw:error\]/, 'own tables: no client causes an error';
sql("UPDATE my_users SET locked = 1 WHERE tel = '42'");
is mine(shut => '42'), '401 UnAuthorized', 'own tables: TTL 0 asks each time';
sql('DROP TABLE my_users');
is mine(shut => '42'), '503 Service Unavailable', 'own tables: a query that fails';
is mine('open'), '200 /open', 'the other one goes on';
my $conf = "$node->{dir}/httpd.conf";
for ([ GwUrlAuthUserQuery => '"SELECT 1"', qr/must use \$1/ ], [ GwUrlAuthQueryTTL => '1h', qr/number of seconds/ ]) {
    my ($name, $value, $want) = @$_;
    open my $in, '<', $conf or die; my $text = do { local $/; <$in> };
    $text =~ s/^$name .*/$name $value/m;
    open my $out, '>', "$conf.bad" or die; print $out $text; close $out;
    like qx(LD_PRELOAD= $ENV{GW_HTTPD} -d $node->{dir} -f $conf.bad -t 2>&1), $want, "$name $value";
}

# ---- rows written by hand; tables that were there before we came ----
undef $node;
my @own = GatewayNode::own_database();
if (is_postgres()) {
    $database = { @own }->{params};
    sql("CREATE TABLE login_user (phone varchar(20) PRIMARY KEY, password varchar(80), level int);"
        . "CREATE TABLE api_mgr (sign varchar(200) PRIMARY KEY, auth_level int);"
        . "INSERT INTO login_user VALUES ('77', 'x', 1); INSERT INTO api_mgr VALUES ('7/shut', 1), ('7/high', 2)");
}
$node = GatewayNode->start(@own);
($database) = $node->log_text('../httpd.conf') =~ /^\s*DBDParams\s+"(.*)"/m;
sql("INSERT INTO login_user (phone, level) VALUES ('77', 1); INSERT INTO api_mgr (sign, auth_level) VALUES ('7/shut', 1), ('7/high', 2)") unless is_postgres();
$node->admin_ok(POST => '/services', { name => 'mine', url => upstream() });
$node->admin_ok(POST => '/services/mine/routes', { paths => ['/m'] });
$node->admin_ok(POST => '/services/mine/plugins', { name => 'url-auth', config => { secret => 's', service_map => { mine => 7 }, redis_host => undef } });
is mine(@{ $_->[0] }), $_->[1], "by hand: @{$_->[0]}: $_->[1]" for [ [ shut => '77' ], '200 /shut' ], [ [ high => '77' ], '403 Forbidden' ], [ [ shut => '78' ], '401 UnAuthorized' ];
like $node->admin_ok(GET => '/login_user/77')->{id}, qr/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/, 'by hand: the row has an id';
$node->admin_ok(PATCH => '/login_user/77', { level => 2 });
is mine(high => '77'), '200 /high', 'by hand: changed by the Admin API';
sql("UPDATE login_user SET level = 1 WHERE phone = '77'");
eventually { mine(high => '77') eq '403 Forbidden' } 'by hand: changed by SQL, in force by itself';

done_testing;
