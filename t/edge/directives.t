# SPDX-License-Identifier: Apache-2.0
# What httpd -t says to each directive, and what keeps the server from starting.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp ();
use GatewayNode;
use GatewayTest;

my $dir = File::Temp::tempdir(CLEANUP => 1);
mkdir "$dir/$_" for qw(run state logs);
my $modules = $ENV{GW_HTTPD_MODULES};
my ($port) = GatewayNode::free_ports(1);

# The output of httpd ($flag: -t, or how to run it) with these lines; `without` leaves a module out.
sub httpd_says {
    my ($lines, %o) = @_;
    my $conf = "ServerRoot \"$dir\"\nServerName localhost\nPidFile run/httpd.pid\nDefaultRuntimeDir run\n"
        . "ErrorLog logs/error.log\nListen 127.0.0.1:" . $port . "\nMutex file:$dir/run default\n"
        . join '', map { "LoadModule ${_}_module $modules/mod_$_.so\n" } grep { $_ ne ($o{without} // '') }
        "mpm_$ENV{GW_MPM}", qw(authn_core authz_core dbd proxy proxy_http);
    $conf .= "LoadModule gw${_}_module $ENV{GW_TEST_ROOT}/modules/mod_gw$_.so\n" for '', qw(_jwt _keyauth);
    open my $out, '>', "$dir/httpd.conf" or die "$dir: $!";
    print $out $conf, $lines, "\n";
    close $out or die "$dir: $!";
    my @flags = $o{flags} ? @{ $o{flags} } : '-t';
    open my $run, '-|', "timeout 20 $ENV{GW_HTTPD} -d $dir -f $dir/httpd.conf @flags 2>&1" or die "httpd: $!";
    local $/;
    my $said = <$run> // '';
    close $run;
    # A server that gets as far as opening its log says the rest there.
    open my $log, '<', "$dir/logs/error.log" or return $said;
    $said .= <$log> // '';
    unlink "$dir/logs/error.log";
    return $said;
}

for (
    [ 'GwRouter Maybe', qr/GwRouter takes Off, On or Fallthrough, not "Maybe"/ ],
    [ 'GwMigrate perhaps', qr/GwMigrate takes Off or On, not "perhaps"/ ],
    [ 'GwCacheBytes 10', qr/GwCacheBytes takes a whole number from 65536 to \d+, not "10"/ ],
    [ 'GwCacheBytes 70000x', qr/GwCacheBytes takes a whole number/ ],
    [ 'GwCacheTTL -1', qr/GwCacheTTL takes seconds from 0/ ],
    [ 'GwPropagationTimeout 10min', qr/GwPropagationTimeout takes seconds from 0 to 60/ ],
    [ 'GwStoreWaiters 0', qr/GwStoreWaiters takes a whole number from 1/ ],
    [ 'GwKeyAtRest rot13', qr/GwKeyAtRest takes plain or hashed/ ],
    [ 'GwAmbiguousPaths maybe', qr/GwAmbiguousPaths takes refuse or allow/ ],
    [ 'GwTrustedProxies 10.0.0.0/33', qr/GwTrustedProxies takes addresses and networks .*not "10\.0\.0\.0\/33"/ ],
    [ 'GwTrustedProxies proxy.example', qr/GwTrustedProxies takes addresses/ ],
    [ 'GwHeaders X-Powered-By', qr/GwHeaders takes off, server_tokens, .*; not "X-Powered-By"/ ],
    [ 'GwHeaders Via off', qr/GwHeaders off stands alone/ ],
    [ "GwHeaders off\nGwHeaders Via", qr/GwHeaders off stands alone/ ],
    [ 'GwApiVersion three', qr/GwApiVersion takes a version such as 3\.4\.1, not "three"/ ],
    [ 'GwAdminHost http://x', qr/GwAdminHost takes host names/ ],
    [ 'GwAdminHost gw.example.com:8001', qr/GwAdminHost takes host names without scheme, port or path/ ],
    [ 'GwAdminOrigin ops.example', qr/GwAdminOrigin takes origins such as/ ],
    [ 'GwAdminOrigin https://ops.example/ui', qr/GwAdminOrigin takes origins such as/ ],
    [ 'GwService billing', qr/GwService belongs into a <Location>/ ],
    [ 'GwPlugin key-auth', qr/GwPlugin belongs into a <Location>/ ],
    [ '<Directory "/x">' . "\nGwPlugin key-auth\n</Directory>", qr/GwPlugin cannot occur within <Directory>/ ],
    [ '<Location "/">' . "\n<Limit POST>\nGwPlugin key-auth\n</Limit>\n</Location>", qr/GwPlugin cannot occur within <Limit>/ ],
    [ '<Location "/">' . "\n<LimitExcept GET>\nGwService x\n</LimitExcept>\n</Location>", qr/GwService cannot occur within <Limit/ ],
    [ '<Location "/">' . "\nGwPlugin nosuch\n</Location>", qr/GwPlugin nosuch: no such plugin is loaded \(loaded: jwt, key-auth\)/ ],
    [ '<Location "/">' . "\nGwPlugin key-auth key_in_header=maybe\n</Location>",
        qr/GwPlugin key-auth: schema violation \(key_in_header: expected a boolean\)/ ],
    [ '<Location "/">' . "\nGwPlugin key-auth nosuch=1\n</Location>",
        qr/GwPlugin key-auth: schema violation \(nosuch: unknown field\)/ ],
    [ '<Location "/">' . "\nGwPlugin key-auth hide_credentials\n</Location>", qr/write it as key=value/ ],
    [ '<Location "/">' . "\nGwPlugin key-auth\nGwPlugin key-auth\n</Location>", qr/GwPlugin key-auth: given twice/ ],
) {
    my ($line, $want) = @$_;
    (my $name = $line) =~ s/\n/ /g;
    like httpd_says($line), $want, $name;
}

like httpd_says(<<'CONF'), qr/Syntax OK/, 'every directive as it should be';
GwRouter Fallthrough
GwMigrate Off sql
GwStateDir state
GwCacheBytes 1048576
GwCacheTTL 60
GwCacheMissTTL 500ms
GwTokenCacheEntries 0
GwPropagationTimeout 2
GwReplayBuffer 0
GwStoreWaiters 4
GwTrustedProxies 10.0.0.0/8 ::1 192.0.2.1
GwHeaders server_tokens x-kong-upstream-status
GwApiVersion 3.4.1
GwLegacyStatus On
GwKeyAtRest hashed
GwHashThreads 2
GwHookThreads 4
GwAmbiguousPaths allow
GwAdminHost gw.example other.example
GwAdminOrigin https://ops.example http://localhost:3000
GwAdminMaxBody 1048576
<Location "/billing/">
    GwService billing
    GwPlugin key-auth key_names=apikey,x-key hide_credentials=true
    GwPlugin jwt claims_to_verify[]=exp config.key_claim_name=sub
    Require gw-consumer alice bob
</Location>
CONF

# ---- what keeps the server from starting ----
my $run = [ '-X' ];
for my $module (qw(proxy_http authn_core authz_core)) {
    my $said = httpd_says('', without => $module, flags => $run);
    like $said, qr/GW1021: start: mod_gw needs mod_$module\.c .*: add LoadModule ${module}_module/, "without mod_$module";
}
done_testing();
