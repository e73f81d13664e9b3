#!/bin/sh
# Runs the tests of packages in a virtual machine with a stock Debian 12 kernel and nothing but control groups
# version 2, as root, with GAVEL_REQUIRE=all:
#
#	configs/vm/test-vm.sh ./sandbox/cgroup ./sandbox/seccomp
#
# Tests find the programs named in VM_PROGRAMS (paths on this host, separated by spaces) beside themselves.
# VM_FLAGS are flags for the test binaries, separated by commas: -test.v,-test.run=TestPids
# Nothing is installed. The kernel is taken from VM_KERNEL, a bzImage; without it, Debian's package
# linux-image-cloud-amd64 is downloaded and unpacked below VM_CACHE (default: ~/.cache/gavel-vm), once.
# The machine is emulated (no KVM), which takes a few seconds to start and makes tests some ten times slower.
set -eu

if [ $# -eq 0 ]; then
	sed -n 's/^# \{0,1\}//; 2,13p' "$0" >&2
	exit 2
fi
cd "$(dirname "$0")/../.."

need() {
	command -v "$1" >/dev/null || { echo "test-vm: $1 is missing; install it with: $2" >&2; exit 3; }
}
need go "see https://go.dev/doc/install"
need ldd "apt-get install libc-bin"
need qemu-system-x86_64 "apt-get install --no-install-recommends qemu-system-x86"

cache=${VM_CACHE:-${HOME:-/tmp}/.cache/gavel-vm}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM

# fetch_kernel prints the path of a kernel image, after downloading it when the cache has none.
fetch_kernel() {
	found=$(ls "$cache"/boot/vmlinuz-*-cloud-amd64 2>/dev/null | tail -n 1)
	if [ -z "$found" ]; then
		need apt-get "a Debian system, or set VM_KERNEL"
		need dpkg "a Debian system, or set VM_KERNEL"
		package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/^ *Depends: //p' | head -n 1)
		if [ -z "$package" ]; then
			echo "test-vm: apt knows no linux-image-cloud-amd64; run apt-get update, or set VM_KERNEL" >&2
			exit 3
		fi
		echo "test-vm: downloading $package (27 MB) into $cache; it is not installed" >&2
		mkdir -p "$cache" "$work/deb"
		# apt says that it cannot drop privileges for a private directory; that is of no matter here.
		(cd "$work/deb" && apt-get -qq -o APT::Sandbox::User=root download "$package") >&2
		dpkg -x "$work"/deb/*.deb "$work/kernel"
		mkdir -p "$cache/boot"
		cp "$work"/kernel/boot/vmlinuz-* "$cache/boot/"
		found=$(ls "$cache"/boot/vmlinuz-*-cloud-amd64 | tail -n 1)
	fi
	echo "$found"
}
kernel=${VM_KERNEL:-$(fetch_kernel)}

CGO_ENABLED=0 go build -o "$work/init" ./configs/vm/init
go build -o "$work/initramfs" ./configs/vm/initramfs
set -- $(go list "$@")
items="$work/init=/init"
n=0
for package in "$@"; do
	mkdir -p "$work/tests/$n"
	go test -c -o "$work/tests/$n/test" "$package"
	echo "$package" >"$work/tests/$n/package"
	if [ ! -e "$work/tests/$n/test" ]; then
		rm -r "$work/tests/$n" # a package without tests
		continue
	fi
	data=$(go list -f '{{.Dir}}' "$package")/testdata
	if [ -d "$data" ]; then
		cp -r "$data" "$work/tests/$n/"
	fi
	n=$((n + 1))
done
items="$items $work/tests=/tests"
for file in /etc/passwd /etc/group /bin/sh /bin/sleep /bin/cat /bin/true ${VM_PROGRAMS:-}; do
	items="$items $file"
done
# shellcheck disable=SC2086 # a list of words
"$work/initramfs" $items >"$work/initrd.gz"

echo "test-vm: $n packages under $(basename "$kernel")" >&2
timeout "${VM_TIMEOUT:-1800}" qemu-system-x86_64 -M q35,accel=tcg -cpu max -smp "${VM_CPUS:-2}" -m "${VM_MEMORY:-2G}" \
	-nographic -no-reboot -nodefaults -serial stdio -monitor none \
	-kernel "$kernel" -initrd "$work/initrd.gz" \
	-append "console=ttyS0 quiet panic=-1 GAVEL_REQUIRE=all VM_FLAGS=${VM_FLAGS:-}" </dev/null | tr -d '\r' | tee "$work/log"
grep -q '^vm: result ok$' "$work/log"
