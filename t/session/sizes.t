# SPDX-License-Identifier: Apache-2.0
# Browsers keep no cookie whose name and value are longer than 4096 bytes: one of exactly so many is made and is good,
# one byte more makes no session at all: no cookie, no row, no word of one; and the answer goes out as ever.
use strict;
use warnings FATAL => 'all';
use FindBin;
use lib "$FindBin::Bin/../lib";
use GatewayTest;
use SessionTest;

my $MAX = 4096;
my $fiona = new_consumer(username => unique('fiona'));
my $anonymous = new_consumer(username => unique('anonymous'));
my $key = unique('key');
admin_ok(POST => "/consumers/$fiona->{id}/key-auth", { key => $key });

# A service that only sessions and keys open; its path, and session's plugin row.
sub guarded { my ($path, $plugin) = guard_by_session($anonymous, { response_headers => ['id'], @_ }); return ($path, $plugin->{id}) }
sub configure { my ($id, %session) = @_; return admin_ok(PATCH => "/plugins/$id", { config => \%session }) }
sub who { my ($res) = @_; return $res->code == 200 ? json_of($res)->{headers}{'x-consumer-username'} : $res->code }
# { name => value } of the cookies that an answer sets.
sub cookies { return map { /^([^=]+)=([^;]*)/ ? ($1 => $2) : () } $_[0]->header('Set-Cookie') }

for my $storage (qw(cookie kong)) {
    my ($path, $plugin) = guarded(storage => $storage, cookie_name => 's');
    my %usual = cookies(call(GET => "$path?apikey=$key"));
    my $value_len = length $usual{s};
    for ([ 'a byte less', -1, 1 ], [ 'exactly', 0, 1 ], [ 'a byte more', 1, 0 ], [ 'twice as much', $MAX, 0 ]) {
        my ($name, $over, $is_made) = @$_;
        my $cookie = 'n' x ($MAX + $over - $value_len);
        configure($plugin, cookie_name => $cookie);
        my $rows = $storage eq 'kong' ? ask_database('SELECT count(*) FROM sessions') : 0;
        my $res = call(GET => "$path?apikey=$key");
        my %set = cookies($res);
        is who($res), $fiona->{username}, "$storage, $name: the answer";
        is scalar(keys %set), $is_made, "$storage, $name: cookies";
        is defined $res->header('Session-Id') ? 1 : 0, $is_made, "$storage, $name: a session is told of";
        is ask_database('SELECT count(*) FROM sessions') - $rows, $is_made, "$storage, $name: rows" if $storage eq 'kong';
        next unless $is_made;
        is length($cookie) + length($set{$cookie}), $MAX + $over, "$storage, $name: it is as long as it may be";
        is who(call(GET => $path, Cookie => "$cookie=$set{$cookie}")), $fiona->{username}, "$storage, $name: it is good";
        is call(DELETE => "$path?session_logout=1", Cookie => "$cookie=$set{$cookie}")->code, 200, "$storage, $name: and ends by logout";
        is call(GET => $path, Cookie => "$cookie=$set{$cookie}")->code, 403, "$storage, $name: for good";
    }

    # The reminder of `remember` is a cookie like the other: without room for it there is a session, and no reminder.
    configure($plugin, cookie_name => 's', remember => JSON::true(), remember_cookie_name => 'n' x ($MAX - $value_len));
    my %set = cookies(call(GET => "$path?apikey=$key"));
    is scalar(keys %set), 2, "$storage: a reminder of as many bytes";
    configure($plugin, remember_cookie_name => 'n' x ($MAX + 1 - $value_len));
    %set = cookies(my $res = call(GET => "$path?apikey=$key"));
    is_deeply [ keys %set ], ['s'], "$storage: none of one more";
    is who(call(GET => $path, Cookie => "s=$set{s}")), $fiona->{username}, "$storage: the session is good without";
}
done_testing();
