#!/bin/sh
# Gets promtool, which checks the alert rules, for the tests: from the Debian package promtool, or before Debian 13 from
# prometheus, unpacked below .gavel and not installed, since installing that starts a server. Does nothing where there is a promtool. Where it cannot be had
# it says so, and the tests that need it say so again.
set -eu
cd "$(dirname "$0")/../.."
tools=$PWD/.gavel/tools

! command -v promtool >/dev/null 2>&1 || exit 0
[ ! -x "$tools/promtool" ] || exit 0

mkdir -p "$tools"
unpacked=$(mktemp -d "$tools/unpack.XXXXXX")
trap 'rm -rf "$unpacked"' EXIT
trap 'exit 130' INT TERM

# download gets the package that has it.
download() {
	for package in promtool prometheus; do
		apt-get -q -o Acquire::Retries=3 -o APT::Sandbox::User=root download "$package" && return
	done
	return 1
}

fetch() {
	cd "$unpacked"
	command -v apt-get >/dev/null 2>&1 || { echo "there is no apt-get" && return 1; }
	download || { [ "$(id -u)" = 0 ] && apt-get -q -o Acquire::Retries=3 update && download; } || return 1
	dpkg-deb --fsys-tarfile ./*.deb | tar x ./usr/bin/promtool
}

if (fetch) >"$unpacked/log" 2>&1 </dev/null; then
	mv "$unpacked/usr/bin/promtool" "$tools/promtool"
	exit
fi
cat "$unpacked/log" >&2
echo "promtool is missing and could not be downloaded; the tests of the alert rules need it: install the Debian package promtool, or prometheus" >&2
