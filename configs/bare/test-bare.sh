#!/bin/sh
# Runs the README's commands on a bare Debian: a root file system by debootstrap with ca-certificates, git, make and
# the Go toolchain of this host, and nothing else.
#
#	configs/bare/test-bare.sh              make demo twice and make test as root, and the same as an ordinary user
#	configs/bare/test-bare.sh demo         only a part: nouser, demo, test, user, or words of guest.sh
#	configs/bare/test-bare.sh shell        a shell in a fresh root, for a person
#
#	BARE_SUITE    bookworm, trixie, noble, ...: what debootstrap knows (default: bookworm)
#	BARE_MIRROR   where its packages come from (default: this host's mirror; for Ubuntu debootstrap's, if it knows the suite)
#	BARE_CACHE    where the root file systems are kept (default: ~/.cache/gavel-bare, 0.1 GB for each suite)
#	BARE_WARM     yes: with this host's caches of Go modules and of compiled packages, to try a change quickly
#	BARE_EVENTS   directory for what the tests said, as go test -json writes it: bare.json, user.json
#
# Root installs debootstrap where it is missing. What comes from this host is read at run time: Go, the settings of
# apt and of Go's module proxy, resolv.conf, and the certificates that its administrator added. What is tested is the
# committed state of this repository, in a fresh clone.
#
# The root is entered in mount, pid, IPC and UTS namespaces of its own. It shares the network, which makes workers on
# this host aware of each other, and the control groups as they are mounted here, of version 1 or 2. All processes
# end with this script, and all mounts with them.
set -eu
cd "$(dirname "$0")/../.."
here=$(pwd)
suite=${BARE_SUITE:-bookworm}
cache=${BARE_CACHE:-${HOME:-/tmp}/.cache/gavel-bare}
packages=ca-certificates,git,make

say() { echo "test-bare: $*" >&2; }
die() {
	say "$*"
	exit 3
}

[ "$(id -u)" = 0 ] || die "making a root file system needs root; run: sudo -E env PATH=\"\$PATH\" make test-bare"
PATH=$PATH:/usr/sbin:/sbin
command -v debootstrap >/dev/null || {
	command -v apt-get >/dev/null || die "debootstrap is missing; install it"
	say "installing debootstrap"
	DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install debootstrap >/dev/null 2>&1 ||
		{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install debootstrap >/dev/null; } ||
		die "debootstrap is missing and cannot be installed"
}
script=/usr/share/debootstrap/scripts/$suite
if [ ! -e "$script" ]; then # a release of Ubuntu later than this debootstrap is made as those before
	case ${BARE_MIRROR:-} in
	*ubuntu*) script=/usr/share/debootstrap/scripts/gutsy ;;
	*) die "debootstrap knows no suite $suite; for one of Ubuntu, set BARE_MIRROR too" ;;
	esac
fi
goroot=$(go env GOROOT) || die "Go is missing"

# archives lists this host's archives of Debian, a line each: address, suite, component.
archives() {
	# shellcheck disable=SC2016 # apt's own variables
	apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
		sed -n 's/^Debian //p' | sort -u
}

# main_archive is the one among them that has the releases themselves.
main_archive() { archives | awk '$2 !~ /-/ { print $1; exit }'; }

mirror=${BARE_MIRROR:-}
if grep -q ubuntu "$script"; then
	family=ubuntu
else
	family=debian
	[ -n "$mirror" ] || mirror=$(main_archive)
fi

mkdir -p "$cache"
work=$(mktemp -d "$cache/run.XXXXXX")
root=$work/root
child=
# shellcheck disable=SC2317 # the trap reaches it
clean() {
	# What unshare starts it takes with it; signals of a milder kind it ignores.
	[ -z "$child" ] || kill -KILL "$child" 2>/dev/null || true
	[ -z "$child" ] || wait "$child" 2>/dev/null || true
	rm -rf --one-file-system "$work"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# run runs a command that ends when this script does, by whatever signal.
run() {
	setpriv --pdeathsig KILL "$@" &
	child=$!
	rc=0
	wait "$child" || rc=$?
	child=
	return "$rc"
}

# make_base makes the archive of the bare root, for this and later runs.
make_base() { # FILE
	say "making $suite by debootstrap"
	set -- "$1" --variant=minbase --include="$packages"
	[ "$family" = debian ] || set -- "$@" --components=main,universe
	base=$1
	shift
	# shellcheck disable=SC2086 # no word where there is no mirror
	run debootstrap "$@" "$suite" "$root" $mirror ${mirror:+"$script"} >"$work/log" 2>&1 || {
		tail -n 20 "$work/log" >&2
		die "debootstrap failed"
	}
	rm -f "$root"/var/cache/apt/archives/*.deb
	tar -C "$root" -cf "$base.new" .
	rm -rf --one-file-system "$root"
	rm -f "$cache/$suite"-*.tar
	mv "$base.new" "$base"
}

# settings writes what this host says about the network into the root.
settings() {
	cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
	apt-config dump 2>/dev/null | grep -E '^Acquire::(http|https|ftp|Retries|Check-Valid-Until|Check-Date)' |
		grep -v 'Auto-\?Detect' >"$root/etc/apt/apt.conf.d/90host" || true
	if [ "$family" = debian ]; then
		# The same suite with its updates where this host has them, else the suite alone.
		archives | awk -v suite="$suite" '$2 == suite || index($2, suite "-") == 1 { print "deb", $1, $2, $3 }' >"$work/sources"
		[ -s "$work/sources" ] || echo "deb $mirror $suite main" >"$work/sources"
		cp "$work/sources" "$root/etc/apt/sources.list"
	fi
	if ls /usr/local/share/ca-certificates/*.crt >/dev/null 2>&1; then
		mkdir -p "$root/usr/local/share/ca-certificates"
		cp -L /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/"
		chroot "$root" update-ca-certificates >/dev/null 2>&1
	fi
	cp -a "$goroot" "$root/usr/local/go"
	if [ "${BARE_WARM:-}" = yes ]; then
		mkdir -p "$root/root/go/pkg" "$root/root/.cache"
		cp -a "$(go env GOMODCACHE)" "$root/root/go/pkg/mod"
		cp -a "$(go env GOCACHE)" "$root/root/.cache/go-build"
	fi
	git clone --quiet --bare --no-hardlinks "$here" "$root/srv/gavel.git"
	cp configs/bare/guest.sh "$root/srv/"
}

base=$cache/$suite-$(echo "$suite $mirror $packages $(date +%Y-%m)" | cksum | cut -d ' ' -f 1).tar # anew each month
[ -e "$base" ] || make_base "$base"
mkdir "$root"
tar -C "$root" -xf "$base"
settings
[ -z "$(git status --porcelain)" ] || say "what is not committed is not tested"

# The variables of Go and of proxies, as this host has them.
set -- "$@"
variables="HOME=/root PATH=/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=${TERM:-dumb} CI=${CI:-}"
for name in GOPROXY GOSUMDB GONOSUMDB GONOPROXY GOPRIVATE GOINSECURE GOVCS GOTOOLCHAIN; do
	value=$(go env "$name")
	[ -z "$value" ] || variables="$variables $name=$value"
done
flags=$(go env GOFLAGS)
for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY; do
	eval "value=\${$name:-}"
	[ -z "$value" ] || variables="$variables $name=$value"
done

start=run
[ "${1:-}" != shell ] || start= # by the terminal
status=0
# shellcheck disable=SC2086 # a list of words
$start unshare --mount --propagation private --pid --fork --kill-child --ipc --uts \
	"$here/configs/bare/enter.sh" "$root" env -i $variables GOFLAGS="$flags" /bin/sh /srv/guest.sh "$@" || status=$?
if [ -n "${BARE_EVENTS:-}" ]; then
	mkdir -p "$BARE_EVENTS"
	cp "$root"/srv/events/*.json "$BARE_EVENTS/" 2>/dev/null || true
fi
exit "$status"
