# SPDX-License-Identifier: Apache-2.0
# common.sh - what quickstart, check and bench share: sourced, never run. Expects $top, the checkout.
. "$top/build/packages.sh"

say() { printf '%s\n' "$*"; }
die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

# TEXT as one word that a shell reads as it is.
shell_word() {
    case $1 in
    *[!A-Za-z0-9_./:@%+=-]*) printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")" ;;
    *) printf %s "$1" ;;
    esac
}

# Build the checkout in DIR (made if need be); more arguments go to configure. Quick when nothing changed.
build_in() {
    dir=$1
    shift
    (mkdir -p "$dir" && : >"$dir/build.log") 2>/dev/null ||
        die "cannot write in $dir: build as $(stat -c %U "$top"), or in a copy of the checkout that is yours;" \
            "what is built there runs with GW_BUILD_DIR=$dir and a GW_DIR of your own"
    [ -x "$top/configure" ] || (cd "$top" && autoreconf -fi) >/dev/null 2>&1 || die "autoreconf failed in $top"
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
