#!/bin/sh
# Runs the tests of packages in a virtual machine with a stock Debian 12 kernel and nothing but control groups
# version 2, as root, with GAVEL_REQUIRE=all. Without packages: all of the sandbox's that need the kernel.
#
#	configs/vm/test-vm.sh sandbox/cgroup sandbox/seccomp
#
# VM_FLAGS are flags for the test binaries, separated by commas: -test.run=TestPids,-test.count=2
# Root installs what is missing of qemu-system-x86 and debootstrap. The kernel (Debian's package
# linux-image-cloud-amd64, not installed) and a root file system with gcc and Python are kept below VM_CACHE
# (default: ~/.cache/gavel-vm): the first run takes some minutes and 0.7 GB to make them. VM_MIRROR is where
# the root comes from, if not from the default of debootstrap. Binaries are linked on this host, so it must not be
# newer than Debian 12.
# The machine is emulated (no KVM), which takes seconds to start and makes tests some ten times slower.
set -eu
cd "$(dirname "$0")/../.."
[ $# -gt 0 ] || set -- sandbox/cgroup sandbox/seccomp sandbox/forkexec sandbox/container sandbox sandbox/pool

need() {
	command -v "$1" >/dev/null && return
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		echo "test-vm: installing $2" >&2
		DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$2" >/dev/null && return
	fi
	echo "test-vm: $1 is missing; install it with: apt-get update && apt-get install --no-install-recommends $2" >&2
	exit 3
}
[ "$(id -u)" = 0 ] || { echo "test-vm: making a root file system needs root; run sudo -E make test-vm" >&2; exit 3; }
PATH=$PATH:/usr/sbin:/sbin
need qemu-system-x86_64 qemu-system-x86
need debootstrap debootstrap
need mkfs.ext4 e2fsprogs

cache=${VM_CACHE:-${HOME:-/tmp}/.cache/gavel-vm}
mkdir -p "$cache"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# image makes a disk of a directory. Nothing on it outlives the machine, so it has no journal.
image() { # DIRECTORY FILE SIZE
	truncate -s "$3" "$2"
	mkfs.ext4 -q -F -O ^has_journal -d "$1" "$2"
}

fetch_kernel() {
	package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/^ *Depends: //p' | head -n 1)
	if [ -z "$package" ]; then
		echo "test-vm: apt knows no linux-image-cloud-amd64; run apt-get update" >&2
		exit 3
	fi
	echo "test-vm: downloading $package into $cache; it is not installed" >&2
	mkdir "$work/deb"
	# apt says that it cannot drop privileges for a private directory; that is of no matter here.
	(cd "$work/deb" && apt-get -qq -o APT::Sandbox::User=root download "$package") >&2
	dpkg -x "$work"/deb/*.deb "$work/kernel"
	rm -rf "$cache/kernel"
	mv "$work/kernel" "$cache/kernel"
}
[ -d "$cache/kernel" ] || fetch_kernel

make_root() {
	echo "test-vm: making $root" >&2
	debootstrap --variant=minbase --include="$packages" bookworm "$work/root" ${VM_MIRROR:+"$VM_MIRROR"} >"$work/debootstrap.log" ||
		{ tail -n 20 "$work/debootstrap.log" >&2; exit 3; }
	rm -rf "$work"/root/var/cache/apt/archives/*.deb "$work"/root/var/lib/apt/lists/*
	mkdir -p "$work/root/work"
	rm -f "$cache"/root-*.ext4 # of other lists of packages
	image "$work/root" "$work/root.ext4" 4G
	cp --sparse=always "$work/root.ext4" "$root.new"
	mv "$root.new" "$root"
}
packages=gcc,libc6-dev,g++,python3,procps,libseccomp2
root=$cache/root-$(echo "$packages" | cksum | cut -d ' ' -f 1).ext4
[ -e "$root" ] || make_root

disk=$work/disk
mkdir -p "$disk"
for package in "$@"; do
	package=${package#./}
	mkdir -p "$disk/src/$package"
	go test -c -o "$disk/src/$package/test" "./$package"
	[ -e "$disk/src/$package/test" ] || { echo "test-vm: $package has no tests" >&2; exit 2; }
	[ ! -d "$package/testdata" ] || cp -r "$package/testdata" "$disk/src/$package/"
	echo "$package" >>"$disk/packages"
done
cp configs/vm/guest/tests.sh "$disk/"
image "$disk" "$work/work.ext4" 1G

CGO_ENABLED=0 go build -o "$work/init" ./configs/vm/init
go build -o "$work/initramfs" ./configs/vm/initramfs
items="$work/init=/init"
n=10
# In the order of their dependencies.
for module in virtio/virtio_ring virtio/virtio virtio/virtio_pci_legacy_dev virtio/virtio_pci_modern_dev \
	virtio/virtio_pci block/virtio_blk; do
	items="$items $(echo "$cache"/kernel/lib/modules/*/kernel/drivers/$module.ko)=/modules/$n.ko"
	n=$((n + 1))
done
# shellcheck disable=SC2086 # a list of words
"$work/initramfs" $items >"$work/initrd.gz"

echo "test-vm: $# packages under $(basename "$cache"/kernel/boot/vmlinuz-*)" >&2
# snapshot: what the machine writes goes to a temporary file.
timeout "${VM_TIMEOUT:-1800}" qemu-system-x86_64 -M q35,accel=tcg -cpu max -smp "${VM_CPUS:-2}" -m "${VM_MEMORY:-3G}" \
	-nographic -no-reboot -nodefaults -serial stdio -monitor none \
	-drive "file=$root,format=raw,if=virtio,snapshot=on" \
	-drive "file=$work/work.ext4,format=raw,if=virtio,snapshot=on" \
	-kernel "$cache"/kernel/boot/vmlinuz-* -initrd "$work/initrd.gz" \
	-append "console=ttyS0 quiet panic=-1 GAVEL_REQUIRE=all VM_RUN=/work/tests.sh VM_FLAGS=${VM_FLAGS:-}" \
	</dev/null | tr -d '\r' | tee "$work/log"
grep -q '^vm: result ok$' "$work/log"
