# SPDX-License-Identifier: Apache-2.0
# Two who write at once: names that come to a certificate, or leave it, while it is changed. Whoever has been answered
# finds what he has written.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use GatewayNode;
use Certificates qw(issue);
use POSIX ();

plan skip_all => 'writers of SQLite take turns' unless is_postgres();

my %database = GatewayNode::own_database();
my $node = GatewayNode->start(%database);
my $pair = issue('races.test');
my $uuid = '00000000-0000-4000-8000-0000000000';
sub certificate { return $node->admin_ok(POST => '/certificates', { cert => $pair->{cert}, key => $pair->{key}, snis => [@_] })->{id} }
sub psql {
    open my $psql, '-|', 'psql', '-qAt', $database{params}, '-c', $_[0] or die "psql: $!";
    my ($answer) = <$psql> // '';
    chomp $answer;
    return $answer;
}

# The status of PATCH /certificates/ID {...} that came while somebody had said SQL, and had not committed it yet.
sub patch_during {
    my ($sql, $id, $body) = @_;
    open my $holder, '|-', 'psql', '-qAt', '-v', 'ON_ERROR_STOP=1', $database{params} or die "psql: $!";
    $holder->autoflush(1);
    print $holder "SET application_name = 'holder'; BEGIN; $sql;\n";
    eventually { psql("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'holder' AND state = 'idle in transaction'") eq '1' }
        'somebody writes';
    my $pid = open(my $answer, '-|') // die "fork: $!";
    if (!$pid) {
        syswrite STDOUT, $node->admin(PATCH => "/certificates/$id", $body)->code;
        POSIX::_exit(0);
    }
    eventually { psql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") > 0 } 'the change waits';
    print $holder "COMMIT;\n";
    close $holder or die 'psql failed';
    return scalar <$answer>;
}

my $first = certificate('a.test');
is patch_during("INSERT INTO snis (id, name, certificate_id) VALUES ('${uuid}01', 'b.test', '$first')", $first, { tags => ['t'] }), 200,
    'a certificate is changed while it gets a name';
is_deeply $node->admin_ok(GET => "/certificates/$first")->{snis}, [qw(a.test b.test)], 'it has the name';
is_deeply $node->admin_ok(GET => "/certificates/$first")->{tags}, ['t'], 'and the change';

my ($from, $to) = (certificate('moving.test', 'staying.test'), certificate());
is patch_during("UPDATE snis SET certificate_id = '$to' WHERE name = 'moving.test'", $from, { snis => ['staying.test'] }), 200,
    'a certificate gets another list while one of its names moves to another one';
is_deeply $node->admin_ok(GET => "/certificates/$_->[0]")->{snis}, [ $_->[1] ], "$_->[1] is where it belongs" for [ $from, 'staying.test' ], [ $to, 'moving.test' ];
done_testing();
