#!/usr/bin/perl
# SPDX-License-Identifier: Apache-2.0
#
# upstream.pl - the upstream of the tests: an HTTP/1.1 server (a process per connection) that behaves as the path says.
#
#   perl upstream.pl --port N [--host 127.0.0.1] [--tls CERT KEY [--client-ca FILE]] [--log FILE] [--stdin]
#
# It prints nothing and ends when its parent ends, or, with --stdin, when its standard input does. --log appends one
# JSON line per request, so that a test can see what arrived, and that something did not.
# A request with "Upgrade: websocket" becomes a websocket that echoes. Otherwise the first "/do/NAME/ARG/..." anywhere
# in the path picks one of %behaviours below; any other path is echoed as JSON.
use strict;
use warnings FATAL => 'all';

use Digest::SHA ();
use Fcntl qw(:flock SEEK_SET);
use File::Temp ();
use Getopt::Long ();
use IO::Select ();
use IO::Socket::IP ();
use JSON::PP ();
use MIME::Base64 ();
use POSIX ();
use Socket qw(SOL_SOCKET SO_LINGER SOMAXCONN IPPROTO_TCP TCP_NODELAY);
use Time::HiRes ();

use constant {
    KEPT_BODY  => 1 << 20,  # bytes of a body that echo shows; all of it goes into the digest
    READ_SIZE  => 65536,
    IDLE_S     => 600,
};

my %option = (host => '127.0.0.1', port => 0);
Getopt::Long::GetOptions(\%option, 'host=s', 'port=i', 'tls=s{2}' => \my @tls, 'client-ca=s', 'log=s', 'stdin')
    or die "usage: upstream.pl --port N [--host ADDRESS] [--tls CERT KEY [--client-ca FILE]] [--log FILE] [--stdin]\n";

my $json     = JSON::PP->new->canonical->latin1;
my $parent   = getppid();
my $counters = File::Temp->new(UNLINK => 1);    # shared by all connections: { key => count }
my $log;
if ($option{log}) {
    open $log, '>>', $option{log} or die "$option{log}: $!";
    $log->autoflush(1);
}

# What each NAME does: ($connection, $request, @args) -> true to keep the connection.
my %behaviours = (
    echo    => \&echo,
    status  => sub {                                                       # CODE [TEXT]
        my ($c, $q, $code, $text) = @_;
        return respond($c, $q, $code, [ 'Content-Type' => 'text/plain' ], $text // "status $code\n");
    },
    header  => sub { my ($c, $q, $n, $v) = @_; return echo($c, $q, [ $n => $v ]) },           # NAME VALUE
    bigheader => sub { my ($c, $q, $n) = @_; return echo($c, $q, [ 'X-Big' => 'b' x $n ]) },  # BYTES
    slow    => sub { my ($c, $q, $ms) = @_; pause($ms); return echo($c, $q) },                # MS
    hang    => sub { pause(IDLE_S * 1000); return 0 },
    close   => sub { return 0 },                                           # no answer at all
    reset   => sub { reset_connection($_[0]); return 0 },
    garbage => sub { put($_[0], "XXXX this is no HTTP\n" x 3); return 0 },
    badstatus => sub { put($_[0], "HTTP/1.1 0099 odd\r\nContent-Length: 0\r\n\r\n"); return 0 },
    rawheader => sub {                                       # HEX of one header line; a Content-Length, unless it is one
        my ($c, $q, $hex) = @_;
        my $line = pack 'H*', $hex;
        my $has_length = $line =~ /\Acontent-length/i;
        put($c, join "\r\n", 'HTTP/1.1 200 OK', $line, $has_length ? () : 'Content-Length: 2', '', $q->{method} eq 'HEAD' ? '' : 'ok');
        return !$has_length;
    },
    badchunk => sub { put($_[0], "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"); return 0 },
    halfheaders => sub { put($_[0], "HTTP/1.1 200 OK\r\nContent-Type: text/pl"); return 0 },
    halfstatus => sub { put($_[0], "HTTP/1."); return 0 },
    partial => sub { return respond(@_[0, 1], 206, [ 'Content-Range' => 'bytes 0-1/5000' ], 'bb') },
    half    => sub {                                                       # BYTES of 1000 promised ones
        my ($c, $q, $n) = @_;
        put($c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1000\r\n\r\n" . 'h' x ($n // 10));
        return 0;
    },
    halfchunked => sub {
        put($_[0], "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        return 0;
    },
    bytes   => sub {                                                       # BYTES with a Content-Length
        my ($c, $q, $n) = @_;
        put($c, "HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: $n\r\n\r\n");
        put_many($c, $n) if $q->{method} ne 'HEAD';
        return 1;
    },
    stream  => sub {                                                       # COUNT chunks, MS apart
        my ($c, $q, $count, $ms) = @_;
        put($c, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n");
        for my $i (1 .. $count) {
            my $chunk = "chunk $i\n";
            put($c, sprintf("%x\r\n%s\r\n", length $chunk, $chunk));
            pause($ms // 0);
        }
        put($c, "0\r\n\r\n");
        return 1;
    },
    http10  => sub { put($_[0], "HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nold times\n"); return 0 },
    onlycontinue => sub { put($_[0], "HTTP/1.1 100 Continue\r\n\r\n"); return 0 },
    early   => sub { put($_[0], "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"); return echo(@_[0, 1]) },
    closing => sub { return echo(@_[0, 1]) && 0 },        # answers as if it kept the connection, then closes it
    lastone => sub { $_[0]{doomed} = 1; return echo(@_[0, 1]) },  # the next request on this connection gets no answer
    fail    => sub {                            # KEY COUNT [HOW ARG...]: the first COUNT requests with KEY fail
        my ($c, $q, $key, $count, $how, @how) = @_;
        return echo($c, $q) if count($key) > $count;
        return $behaviours::by_name{ $how // 'close' }->($c, $q, @how);
    },
    count   => sub { my ($c, $q, $key) = @_; return respond($c, $q, 200, [], count($key, 0)) },  # how often KEY was asked
    digest  => \&echo,                                    # reads a body of any size; see body_length, body_sha256
);
%behaviours::by_name = %behaviours;

serve();

# ---- the listener ----

sub serve {
    my $listener = IO::Socket::IP->new(
        LocalHost => $option{host}, LocalPort => $option{port}, Listen => SOMAXCONN, ReuseAddr => 1, Proto => 'tcp',
    ) or die "cannot listen on $option{host} port $option{port}: $@\n";
    my $select = IO::Select->new($listener);
    my $serial = 0;

    $select->add(\*STDIN) if $option{stdin};
    $SIG{CHLD} = 'IGNORE';
    $SIG{PIPE} = 'IGNORE';
    $SIG{$_} = sub { exit 0 } for qw(TERM INT HUP);    # so that the counters' file goes, too
    require IO::Socket::SSL if @tls;
    while (getppid() == $parent) {
        for my $ready ($select->can_read(1)) {
            if ($ready == $listener) {
                my $socket = $listener->accept or next;
                $serial++;
                my $pid = fork // next;
                serve_connection($socket, $serial, $listener) if $pid == 0;
                $socket->close;
            }
            elsif (!sysread(STDIN, my $ignored, 4096)) {
                return;    # the connections' processes watch their parent
            }
        }
    }
}


sub serve_connection {
    my ($socket, $serial, $listener) = @_;
    my $c = { socket => $socket, serial => $serial, buffer => '', nrequests => 0, parent => getppid() };

    $listener->close;
    close STDIN;
    setsockopt($socket, IPPROTO_TCP, TCP_NODELAY, 1);
    if (@tls) {
        $c->{socket} = IO::Socket::SSL->start_SSL($socket,
            SSL_server => 1, SSL_cert_file => $tls[0], SSL_key_file => $tls[1],
            $option{'client-ca'} ? (SSL_ca_file => $option{'client-ca'}, SSL_verify_mode => 3) : (), # whoever has none is refused
        ) or POSIX::_exit(0);
    }
    while (my $q = read_request($c)) {
        $c->{nrequests}++;
        last if $c->{doomed};
        my $goes_on = is_websocket($q) ? serve_websocket($c, $q) : behave($c, $q);
        last if !$goes_on || lc(header($q, 'connection')) eq 'close' || $q->{protocol} eq 'HTTP/1.0';
    }
    $c->{socket}->close;
    POSIX::_exit(0);
}

sub behave {
    my ($c, $q) = @_;
    my ($name, @args) = split m{/}, ($q->{path} =~ m{/do/([a-z0-9]+(?:/.*)?)})[0] // 'echo';
    my $behaviour = $behaviours{$name};

    read_body($c, $q);
    log_request($c, $q);
    return respond($c, $q, 404, [], "no such behaviour: $name\n") if !$behaviour;
    return $behaviour->($c, $q, $name eq 'echo' || $name eq 'digest' ? () : @args);
}

# ---- reading ----

sub read_request {
    my ($c) = @_;
    my ($line, @lines);

    while (length($line = read_line($c) // return) == 0) { }    # stray empty lines before a request
    while (length(my $field = read_line($c) // return)) {
        push @lines, $field;
    }
    my ($method, $target, $protocol) = split / /, $line, 3;
    my %q = (method => $method, target => $target, protocol => $protocol // '', header => {}, raw_headers => []);
    for (@lines) {
        my ($name, $value) = /\A([^:]+):\s*(.*?)\s*\z/s ? ($1, $2) : ($_, '');
        push @{ $q{raw_headers} }, [ $name, $value ];
        push @{ $q{header}{ lc $name } }, $value;
    }
    @q{qw(path query)} = split /\?/, $target, 2;
    return \%q;
}

# The first value of a header, '' when there is none.
sub header { my ($q, $name) = @_; return $q->{header}{$name} ? $q->{header}{$name}[0] : '' }

# Reads the body to its end: the first KEPT_BODY bytes are kept, all are counted and digested.
sub read_body {
    my ($c, $q) = @_;
    my $length  = header($q, 'content-length');
    my $chunked = lc(header($q, 'transfer-encoding')) eq 'chunked';

    @$q{qw(body body_length sha framing)} = ('', 0, Digest::SHA->new(256), $chunked ? 'chunked' : length $length ? 'length' : 'none');
    put($c, "HTTP/1.1 100 Continue\r\n\r\n") if lc(header($q, 'expect')) eq '100-continue';
    if ($chunked) {
        while (defined(my $size = read_line($c))) {
            my $n = hex(($size =~ /\A([0-9a-f]+)/i)[0] // 0);
            take($c, $q, $n) if $n;
            read_line($c) // last if $n;
            if (!$n) {
                1 while length(read_line($c) // '');
                last;
            }
        }
    }
    elsif ($length) {
        take($c, $q, $length);
    }
}

sub take {
    my ($c, $q, $n) = @_;

    while ($n > 0) {
        length $c->{buffer} or fill($c) or return;
        my $part = substr($c->{buffer}, 0, $n, '');
        $n -= length $part;
        $q->{body_length} += length $part;
        $q->{sha}->add($part);
        $q->{body} .= substr($part, 0, KEPT_BODY - length $q->{body}) if length $q->{body} < KEPT_BODY;
    }
}

sub read_line {
    my ($c) = @_;
    my $end;

    while (($end = index $c->{buffer}, "\n") < 0) {
        fill($c) or return;
    }
    return substr($c->{buffer}, 0, $end + 1, '') =~ s/\r?\n\z//r;
}

sub fill {
    my ($c) = @_;
    my $waited = 0;

    until (($c->{socket}->can('pending') && $c->{socket}->pending) || IO::Select->new($c->{socket})->can_read(1)) {
        return 0 if ++$waited > IDLE_S || getppid() != $c->{parent};
    }
    return sysread($c->{socket}, $c->{buffer}, READ_SIZE, length $c->{buffer});
}

# ---- answering ----

sub put {
    my ($c, $bytes) = @_;

    while (length $bytes) {
        my $n = syswrite($c->{socket}, $bytes) // return 0;
        substr($bytes, 0, $n, '');
    }
    return 1;
}

sub put_many {
    my ($c, $n) = @_;
    my $block = 'b' x READ_SIZE;

    while ($n > 0) {
        put($c, $n < READ_SIZE ? substr($block, 0, $n) : $block) or return;
        $n -= READ_SIZE;
    }
}

sub respond {
    my ($c, $q, $code, $headers, $body) = @_;
    my $head = "HTTP/1.1 $code " . ($code == 200 ? 'OK' : 'Status') . "\r\n";
    my @headers = (Server => 'upstream', @$headers);
    my $has_body = $code >= 200 && $code != 204 && $code != 304;

    push @headers, 'Content-Length' => length $body if $has_body;
    while (my ($name, $value) = splice @headers, 0, 2) {
        $head .= "$name: $value\r\n";
    }
    return put($c, "$head\r\n" . ($has_body && $q->{method} ne 'HEAD' ? $body : ''));
}

sub echo {
    my ($c, $q, $headers) = @_;
    return respond($c, $q, 200, [ 'Content-Type' => 'application/json', @{ $headers // [] } ],
        $json->encode(describe($c, $q)) . "\n");
}

sub describe {
    my ($c, $q) = @_;
    my $tls = @tls ? { version => $c->{socket}->get_sslversion, sni => scalar $c->{socket}->get_servername,
        $option{'client-ca'} ? (client => scalar $c->{socket}->peer_certificate('cn')) : () } : undef;

    return {
        (map { $_ => $q->{$_} } qw(method target path query protocol raw_headers body body_length framing)),
        headers     => { map { $_ => join ", ", @{ $q->{header}{$_} } } keys %{ $q->{header} } },
        body_sha256 => $q->{sha}->clone->hexdigest,
        port        => 0 + $c->{socket}->sockport,
        connection  => $c->{serial},
        request     => $c->{nrequests},
        tls         => $tls,
    };
}

sub log_request {
    my ($c, $q) = @_;
    my $was = describe($c, $q);

    $log or return;
    delete $was->{body};
    flock $log, LOCK_EX;
    print $log $json->encode($was), "\n";
    flock $log, LOCK_UN;
}

sub pause { my ($ms) = @_; Time::HiRes::sleep($ms / 1000) }

sub reset_connection {
    my ($c) = @_;

    setsockopt($c->{socket}, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0));
}

# Counts KEY up (or by $by) and returns its count; shared by all connections.
sub count {
    my ($key, $by) = @_;
    my $name = $counters->filename;

    open my $file, '+<', $name or die "$name: $!";
    flock $file, LOCK_EX;
    my $text  = do { local $/; <$file> };
    my $table = length $text ? $json->decode($text) : {};
    $table->{$key} += $by // 1;
    seek $file, 0, SEEK_SET;
    truncate $file, 0;
    print $file $json->encode($table);
    close $file;
    return $table->{$key};
}

# ---- websockets (RFC 6455), enough to echo ----

sub is_websocket { return lc(header($_[0], 'upgrade')) eq 'websocket' }

sub serve_websocket {
    my ($c, $q) = @_;
    my $key = header($q, 'sec-websocket-key');
    my $accept = MIME::Base64::encode_base64(Digest::SHA::sha1($key . '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'), '');

    @$q{qw(body body_length sha framing)} = ('', 0, Digest::SHA->new(256), 'none');
    log_request($c, $q);
    put($c, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            . "Sec-WebSocket-Accept: $accept\r\n\r\n");
    while (my ($opcode, $payload) = read_frame($c)) {
        put($c, frame($opcode == 9 ? 10 : $opcode, $payload));
        last if $opcode == 8;
    }
    return 0;
}

sub read_bytes {
    my ($c, $n) = @_;

    while (length $c->{buffer} < $n) {
        fill($c) or return;
    }
    return substr($c->{buffer}, 0, $n, '');
}

sub read_frame {
    my ($c) = @_;
    my ($first, $second) = unpack 'CC', read_bytes($c, 2) // return;
    my $length = $second & 127;

    $length = unpack 'n',  read_bytes($c, 2) // return if $length == 126;
    $length = unpack 'Q>', read_bytes($c, 8) // return if $length == 127;
    my $mask = $second & 128 ? read_bytes($c, 4) // return : "\0" x 4;
    my $payload = $length ? read_bytes($c, $length) // return : '';
    $payload ^= substr($mask x (1 + $length / 4), 0, $length);
    return ($first & 15, $payload);
}

sub frame {
    my ($opcode, $payload) = @_;
    my $n = length $payload;
    my $length = $n < 126 ? pack('C', $n) : $n < 65536 ? pack('Cn', 126, $n) : pack('CQ>', 127, $n);

    return pack('C', 0x80 | $opcode) . $length . $payload;
}
