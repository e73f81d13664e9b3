# Sourced by test-vm.sh: the virtual machine, which is qemu without KVM and Debian's stock kernel.
#
# shellcheck shell=sh disable=SC2154 # work is set by test-vm.sh

# need COMMAND PACKAGE installs what is missing, where it may.
need() {
	command -v "$1" >/dev/null && return
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
		echo "test-vm: installing $2" >&2
		DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$2" >/dev/null && return
	fi
	echo "test-vm: $1 is missing; install it with: apt-get update && apt-get install --no-install-recommends $2" >&2
	exit 3
}

# image makes a disk of a directory. Nothing on it outlives the machine, so it has no journal.
image() { # DIRECTORY FILE SIZE
	truncate -s "$3" "$2"
	mkfs.ext4 -q -F -O ^has_journal -d "$1" "$2"
}

# fetch_kernel unpacks the kernel below a directory.
fetch_kernel() { # DIRECTORY
	package=$(apt-cache depends linux-image-cloud-amd64 2>/dev/null | sed -n 's/^ *Depends: //p' | head -n 1)
	if [ -z "$package" ]; then
		echo "test-vm: apt knows no linux-image-cloud-amd64; run apt-get update" >&2
		exit 3
	fi
	echo "test-vm: downloading $package into $1; it is not installed" >&2
	mkdir "$work/deb"
	(cd "$work/deb" && apt-get -qq -o APT::Sandbox::User=root download "$package") >&2
	dpkg -x "$work"/deb/*.deb "$work/kernel"
	rm -rf "$work/deb" "$1"
	mv "$work/kernel" "$1"
}

# make_initrd packs the init program and the drivers of the disks, in the order of their dependencies.
make_initrd() { # KERNEL-DIRECTORY FILE
	CGO_ENABLED=0 go build -o "$work/init" ./configs/vm/init
	go build -o "$work/initramfs" ./configs/vm/initramfs
	items="$work/init=/init"
	n=10
	for module in virtio/virtio_ring virtio/virtio virtio/virtio_pci_legacy_dev virtio/virtio_pci_modern_dev \
		virtio/virtio_pci block/virtio_blk; do
		items="$items $(echo "$1"/lib/modules/*/kernel/drivers/$module.ko)=/modules/$n.ko"
		n=$((n + 1))
	done
	# shellcheck disable=SC2086 # a list of words
	"$work/initramfs" $items >"$2"
}

# boot starts the machine and waits for its end. What it writes to its disks goes to temporary files. The kernel
# guards nobody's secrets here, and doing so is what costs most under emulation (mitigations=off).
boot() { # ROOT-IMAGE WORK-IMAGE KERNEL-DIRECTORY INITRD WORDS...
	root_image=$1 work_image=$2 kernel=$3 initrd=$4
	shift 4
	timeout "${VM_TIMEOUT:-1800}" qemu-system-x86_64 -M q35 -accel tcg,thread=multi,tb-size=512 -cpu "${VM_CPU:-max}" \
		-smp "${VM_CPUS:-2}" -m "${VM_MEMORY:-3G}" \
		-nographic -no-reboot -nodefaults -serial stdio -monitor none \
		-drive "file=$root_image,format=raw,if=virtio,snapshot=on" \
		-drive "file=$work_image,format=raw,if=virtio,snapshot=on" \
		-kernel "$kernel"/boot/vmlinuz-* -initrd "$initrd" \
		-append "console=ttyS0 loglevel=1 panic=-1 mitigations=off $*" </dev/null | sed -u 's,\r$,,'
}
