#!/bin/sh
# Installs the Debian packages that Gavel lacks, or names them where it may not install.
#
#   setup.sh             what building and every language need
#   setup.sh build       only what building needs
#
# A second run installs nothing and takes a moment. Languages without a toolchain are not offered by the
# worker, so a missing toolchain is a warning; a missing build tool is an error.
set -eu

# Containers see the host's /usr and nothing of a home directory, so only toolchains below these count.
visible=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
missing_build=
missing_toolchains=

# has NAME: NAME is a program that containers can run too.
has() { (PATH=$visible && command -v "$1" >/dev/null 2>&1); }

find_missing_build() {
	# A compiler anywhere in PATH is good enough for cgo.
	command -v gcc >/dev/null 2>&1 || command -v "${CC:-cc}" >/dev/null 2>&1 || missing_build="$missing_build gcc"
	[ -e /usr/include/stdlib.h ] || missing_build="$missing_build libc6-dev"
	[ -e /usr/include/seccomp.h ] || missing_build="$missing_build libseccomp-dev"
}

find_missing_toolchains() {
	has gcc || missing_toolchains="$missing_toolchains gcc"
	has g++ || missing_toolchains="$missing_toolchains g++"
	has javac || missing_toolchains="$missing_toolchains default-jdk-headless"
	has python3 || missing_toolchains="$missing_toolchains python3"
	has node || has nodejs || missing_toolchains="$missing_toolchains nodejs"
	has rustc || missing_toolchains="$missing_toolchains rustc"
}

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

install() {
	export DEBIAN_FRONTEND=noninteractive
	# The JDK links manual pages into this directory, which minimal installations lack.
	mkdir -p /usr/share/man/man1
	set -- -y --no-install-recommends -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 install "$@"
	apt-get "$@" </dev/null || { apt-get -o Acquire::Retries=3 update && apt-get "$@" </dev/null; }
}

case "${1-all}" in
build) find_missing_build ;;
all) find_missing_build && find_missing_toolchains ;;
*)
	echo "setup.sh: unknown argument $1; use: setup.sh [build]" >&2
	exit 2
	;;
esac

command -v go >/dev/null 2>&1 || {
	echo "setup.sh: Go is missing; install Go 1.26 or later from https://go.dev/dl/ and put it in PATH" >&2
	exit 1
}
[ -n "$missing_build$missing_toolchains" ] || exit 0

if may_install; then
	echo "installing:$missing_build$missing_toolchains"
	# shellcheck disable=SC2086 # one word for each package
	install $missing_build $missing_toolchains
	exit
fi
echo "These Debian packages are missing:$missing_build$missing_toolchains" >&2
echo "Install them with: sudo apt-get install --no-install-recommends$missing_build$missing_toolchains" >&2
[ -z "$missing_build" ]
