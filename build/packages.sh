# SPDX-License-Identifier: Apache-2.0
# packages.sh - the Debian packages that we need, installed without any service of theirs: sourced by common.sh.

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
        libcryptx-perl perl postgresql-15 redis-server sqlite3 nghttp2-client curl util-linux iproute2 procps clang \
        clang-format libclang-rt-14-dev universal-ctags faketime ;;
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

# Install what is missing for the given purposes; as root only, and no service of theirs is started or enabled.
need_packages() {
    command -v dpkg-query >/dev/null || return 0 # not Debian: configure says what is missing
    missing=$(missing_packages "$@")
    [ -n "${missing% }" ] || return 0
    [ "$(id -u)" = 0 ] || die "please install first: apt-get install $missing"
    say "installing: $missing"
    # shellcheck disable=SC2086 # a list of words
    (install_without_services $missing) || die "could not install: $missing"
}

# The same for what can be done without.
want_packages() {
    (need_packages "$@") || say "going on without them"
}

# A shell of its own, so that the traps are its own: however it ends, what it changed for a while is as before.
install_without_services() {
    system=${DPKG_ROOT:-} # as Debian's own tools have it; tests set it
    policy=$system/usr/sbin/policy-rc.d
    postgres_conf=$system/etc/postgresql-common/createcluster.d
    mine='mod_gw is installing packages'
    made_folders='' forbidding='' scratch=$(mktemp -d) || exit 1
    trap end_installing EXIT
    trap 'exit 130' INT TERM HUP
    forbid_services
    log=$scratch/log
    { install_packages "$@" || { apt-get update -q && install_packages "$@"; }; } >"$log" 2>&1 && exit 0
    tail -n 20 "$log" >&2
    exit 1
}

install_packages() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
        -o Dpkg::Options::=--force-confold "$@"
}

# Debian's ways to say that nothing starts (policy-rc.d) and that Postgres makes no cluster. The administrator's own
# policy waits beside ours, which we hold locked: one of ours that nobody holds was left by a run that could not end.
forbid_services() {
    if grep -qs "^# $mine" "$policy"; then
        flock -n "$policy" true || die "another process is installing packages: try again when it has ended"
        put_policy_back
    fi
    services >"$scratch/known"
    printf '#!/bin/sh\n# %s\nexit 101\n' "$mine" >"$policy.new" || die "cannot write $policy.new"
    chmod 755 "$policy.new"
    exec 8<"$policy.new"
    flock 8
    rm -f "$policy.before"
    ! there_is "$policy" || cp -a "$policy" "$policy.before" || die "cannot write $policy.before"
    forbidding=1
    mv -f "$policy.new" "$policy"
    for folder in "${postgres_conf%/*}" "$postgres_conf"; do
        [ -d "$folder" ] || { mkdir "$folder" && made_folders="$folder $made_folders"; }
    done
    echo 'create_main_cluster = false' >"$postgres_conf/zz-mod_gw.conf"
}

end_installing() {
    status=$?
    set +e # all of it, whatever fails
    trap '' INT TERM HUP PIPE
    if [ -n "$forbidding" ]; then
        disable_new_services >"$scratch/disabled" 2>&1
        rm -f "$postgres_conf/zz-mod_gw.conf"
        # shellcheck disable=SC2086 # a list of folders
        [ -z "$made_folders" ] || rmdir $made_folders 2>/dev/null # one that a package uses now is not empty
        put_policy_back
    fi
    rm -rf "$policy.new" "$scratch"
    exit "$status"
}

there_is() { [ -e "$1" ] || [ -L "$1" ]; }

put_policy_back() {
    if there_is "$policy.before"; then mv -f "$policy.before" "$policy"; else rm -f "$policy"; fi
}

# All that may be started at boot, or when somebody logs in.
services() {
    find "$system/etc/init.d/" "$system/lib/systemd/system/" "$system/lib/systemd/user/" -mindepth 1 -maxdepth 1 \
        ! -name '*@*' \( -path '*/init.d/*' -o -name '*.service' -o -name '*.socket' -o -name '*.timer' \
        -o -name '*.path' \) 2>/dev/null | LC_ALL=C sort
}

# What is new does not begin at the next boot. Debian's tools keep that over upgrades, as an administrator's word.
disable_new_services() {
    export DPKG_MAINTSCRIPT_PACKAGE=mod_gw # deb-systemd-helper works for packages only
    services | LC_ALL=C comm -13 "$scratch/known" - | while read -r service; do
        name=${service##*/}
        case $service in
        */init.d/*) update-rc.d "$name" disable ;;
        */user/*) deb-systemd-helper --user disable "$name" ;;
        *) deb-systemd-helper disable "$name" ;;
        esac
    done
}
