#!/bin/sh
# Installs the Debian packages that Gavel lacks, or names them where it may not install.
#
#   setup.sh              what building takes, and the toolchains of every language
#   setup.sh build        only what building takes
#   setup.sh image        only what a worker takes, for an image: its libraries and the toolchains
#   setup.sh list         name the packages of an image, and install nothing
#
# GAVEL_TOOLCHAINS chooses languages; by default all: c cpp java python javascript rust.
#
# A second run installs nothing and takes a moment. Languages without a toolchain are not offered by the
# worker, so a missing toolchain is a warning; anything else that is missing is an error.
set -eu

# Containers see the host's /usr and nothing of a home directory, so only toolchains below these count.
visible=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
languages=${GAVEL_TOOLCHAINS:-c cpp java python javascript rust}
listing=false
missing=
missing_toolchains=

# has NAME: NAME is a program that containers can run too.
has() { (PATH=$visible && command -v "$1" >/dev/null 2>&1); }

# need PACKAGE COMMAND...: the package is missing when the command fails.
need() {
	package=$1
	shift
	if $listing || ! "$@"; then missing="$missing $package"; fi
}

need_to_build() {
	# A compiler anywhere in PATH is good enough for cgo.
	need gcc sh -c 'command -v "${CC:-gcc}" >/dev/null 2>&1'
	need libc6-dev test -e /usr/include/stdlib.h
	need libseccomp-dev test -e /usr/include/seccomp.h
	command -v go >/dev/null 2>&1 || {
		echo "setup.sh: Go is missing; install Go 1.26 or later from https://go.dev/dl/ and put it in PATH" >&2
		exit 1
	}
}

need_to_run() {
	need libseccomp2 sh -c 'ls /usr/lib/*/libseccomp.so.2 /lib/*/libseccomp.so.2 >/dev/null 2>&1'
	need ca-certificates test -e /etc/ssl/certs/ca-certificates.crt
}

need_toolchains() {
	kept=$missing
	missing=
	for language in $languages; do
		case $language in
		c) need gcc has gcc && need libc6-dev test -e /usr/include/stdlib.h ;;
		cpp) need g++ has g++ ;;
		java) need default-jdk-headless has javac ;;
		python) need python3 has python3 ;;
		javascript) need nodejs has node ;;
		rust) need rustc has rustc ;;
		*)
			echo "setup.sh: GAVEL_TOOLCHAINS names $language; known are c cpp java python javascript rust" >&2
			exit 2
			;;
		esac
	done
	missing_toolchains=$missing
	missing=$kept
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
all) need_to_build && need_toolchains ;;
build) need_to_build ;;
image) need_to_run && need_toolchains ;;
list)
	listing=true
	need_to_run && need_toolchains
	echo "$missing$missing_toolchains"
	exit
	;;
*)
	echo "setup.sh: unknown argument $1; use: setup.sh [build | image | list]" >&2
	exit 2
	;;
esac
[ -n "$missing$missing_toolchains" ] || exit 0

if may_install; then
	echo "installing:$missing$missing_toolchains"
	# shellcheck disable=SC2086 # one word for each package
	install $missing $missing_toolchains
	exit
fi
echo "These Debian packages are missing:$missing$missing_toolchains" >&2
echo "Install them with: sudo apt-get install --no-install-recommends$missing$missing_toolchains" >&2
[ -z "$missing" ]
