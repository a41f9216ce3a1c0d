# SPDX-License-Identifier: Apache-2.0
# common.sh - what quickstart, check and bench share: sourced, never run. Expects $top, the checkout.

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# The Debian packages for a purpose; one list, read by build/deps and named in its messages.
packages_for() {
    case $1 in
    run) echo apache2-bin libaprutil1-dbd-sqlite3 libaprutil1-dbd-pgsql openssl curl ca-certificates ;;
    build) echo gcc make autoconf automake libtool pkg-config apache2-dev libssl-dev libpq-dev libsqlite3-dev \
        libjansson-dev libpcre2-dev libyaml-dev libcrypt-dev libcurl4-openssl-dev ;;
    # whoever has Node from elsewhere keeps it
    page) { command -v node && command -v npm; } >/dev/null || echo nodejs npm ;;
    browser) echo chromium ;;
    postgres) echo postgresql-15 ;;
    test) echo libapache2-mod-perl2 libapache2-mod-perl2-dev libwww-perl libio-socket-ssl-perl libjson-perl \
        libcryptx-perl perl postgresql-15 redis-server sqlite3 nghttp2-client curl util-linux procps clang clang-format \
        libclang-rt-14-dev universal-ctags faketime ;;
    go-kong) echo golang-go golang-github-kong-go-kong-dev ;;
    bench) echo wrk nginx-light linux-perf postgresql-15 ;;
    *) die "no such purpose: $1 (run, build, page, postgres, test, browser, go-kong, bench)" ;;
    esac
}

missing_packages() {
    for purpose; do
        for package in $(packages_for "$purpose"); do
            case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
            *' installed') ;;
            *) echo "$package" ;;
            esac
        done
    done | sort -u | tr '\n' ' '
}

# Install what is missing for the given purposes; as root only, and without starting any service of theirs.
need_packages() {
    command -v dpkg-query >/dev/null || return 0 # not Debian: configure says what is missing
    missing=$(missing_packages "$@")
    [ -n "${missing% }" ] || return 0
    [ "$(id -u)" = 0 ] || die "please install first: apt-get install $missing"
    say "installing: $missing"
    policy=/usr/sbin/policy-rc.d
    made_policy=
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' >$policy && chmod +x $policy && made_policy=1
    fi
    log=$(mktemp)
    # shellcheck disable=SC2086 # a list of words
    if ! { install_packages $missing || { apt-get update -q && install_packages $missing; }; } >"$log" 2>&1; then
        [ -z "$made_policy" ] || rm -f $policy
        tail -n 20 "$log" >&2
        die "could not install: $missing"
    fi
    [ -z "$made_policy" ] || rm -f $policy
    rm -f "$log"
}

# The same for what can be done without.
want_packages() {
    (need_packages "$@") || say "going on without them"
}

install_packages() {
    # shellcheck disable=SC2030
    (
        export DEBIAN_FRONTEND=noninteractive
        apt-get install -y -q --no-install-recommends -o Dpkg::Options::=--force-confold "$@"
    )
}

# Build the checkout in DIR (made if need be); more arguments go to configure. Quick when nothing changed.
build_in() {
    dir=$1
    shift
    [ -x "$top/configure" ] || (cd "$top" && autoreconf -fi) >/dev/null 2>&1 || die "autoreconf failed in $top"
    mkdir -p "$dir"
    (
        cd "$dir" || exit 1
        [ -f Makefile ] || "$top/configure" -q "$@" || exit 1
        make -s -j"$(nproc)"
    ) >"$dir/build.log" 2>&1 || {
        tail -n 30 "$dir/build.log" >&2
        die "the build failed; all of it: $dir/build.log"
    }
}

# The value of NAME that configure found, from a build directory.
configured() { sed -n "s/^$2 = //p" "$1/Makefile" | head -n 1; }

# Print N free ports of 127.0.0.1.
free_ports() {
    perl -MIO::Socket::INET -e '
        my @s = map { IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1") or die } 1 .. shift;
        print join(" ", map { $_->sockport } @s), "\n"' "$1"
}

# Run a command as an ordinary user when we are root ($runas, set by choose_user).
choose_user() {
    runas=
    if [ "$(id -u)" = 0 ]; then
        runas=nobody
        id www-data >/dev/null 2>&1 && runas=www-data
    fi
}
as_user() {
    if [ -n "$runas" ]; then
        setpriv --reuid="$runas" --regid="$(id -gn "$runas")" --clear-groups env HOME=/nonexistent "$@"
    else
        "$@"
    fi
}

# Fill a template's @NAMES@ from the shell's variables of the same name.
fill_template() {
    perl -pe 's/\@([A-Z_]+)\@/exists $ENV{$1} ? $ENV{$1} : die "template $ARGV: no value for $1\n"/ge' "$1"
}
