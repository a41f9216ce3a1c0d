# SPDX-License-Identifier: Apache-2.0
# PrivatePostgres.pm - a Postgres of a test's own (build/private-postgres), which it may take away. It ends with the object.
package PrivatePostgres;
use strict;
use warnings FATAL => 'all';
use File::Path ();
use File::Temp ();

my $command = "$ENV{GW_TEST_ROOT}/../build/private-postgres";

sub new {
    my ($class) = @_;
    my $self = bless { dir => File::Temp::tempdir('gw-pg-XXXXXX', TMPDIR => 1), owner => $$ }, $class;
    $self->start;
    return $self;
}

# start, again after stop (a shutdown) or kill (a crash); each has happened when it returns.
sub do {
    my ($self, $verb) = @_;
    delete local $ENV{LD_PRELOAD}; # a sanitizer's library
    my $out = `$command $verb $self->{dir}`;
    die "$verb: $?" if $?;
    chomp $out;
    return $out;
}
sub start { my ($self) = @_; $self->{conninfo} = $self->do('start'); return }
sub stop { $_[0]->do('stop') }

# As GatewayNode->start wants it.
sub database { return (driver => 'pgsql', params => $_[0]{conninfo}) }

# Its main process.
sub pid {
    my ($self) = @_;
    open my $in, '<', "$self->{dir}/data/postmaster.pid" or die "postmaster.pid: $!";
    return <$in> =~ /(\d+)/ ? $1 : die "postmaster.pid: no pid\n";
}

# What it answers to SQL, as text.
sub ask {
    my ($self, $sql) = @_;
    local $ENV{LD_PRELOAD} = '';
    open my $out, '-|', 'psql', '-qAt', $self->{conninfo}, '-c', $sql or die "psql: $!";
    my $text = join '', <$out>;
    close $out or die 'psql failed';
    chomp $text;
    return $text;
}

sub DESTROY {
    my ($self) = @_;
    return unless $self->{owner} == $$;
    local ($?, $@, $!);
    eval { $self->do('stop') };
    File::Path::remove_tree($self->{dir});
}

1;
