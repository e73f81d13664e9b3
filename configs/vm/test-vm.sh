#!/bin/sh
# Runs tests in a virtual machine with a stock Debian 12 kernel and nothing but control groups version 2, as root.
#
#	configs/vm/test-vm.sh                                what continuous integration runs, beside systemd below
#	configs/vm/test-vm.sh sandbox/cgroup serve           a package with tests; a script of configs/vm/guest.
#		Other packages with parts for it: sandbox/seccomp, sandbox/forkexec, judge/attacktest, worker
#	configs/vm/test-vm.sh sandbox + worker               parts in two machines at once: each keeps about one core busy
#	configs/vm/test-vm.sh systemd                        that script in a machine that systemd has booted
#	configs/vm/test-vm.sh samples                        all samples in C, C++, Python and Bash, here and there
#
# VM_FLAGS are more flags for the test binaries, separated by commas: -test.run=TestPids,-test.count=2
# VM_EVENTS is a file for what became of the tests, as go test -json writes it.
# VM_ATTACK is GAVEL_ATTACK in the machine: which attacks. By default those that control groups have a part in.
# Root installs what is missing of qemu-system-x86 and e2fsprogs. The kernel (Debian's package
# linux-image-cloud-amd64, not installed) and a root file system are kept below VM_CACHE (default:
# ~/.cache/gavel-vm, 0.4 GB); the first run takes some 15 s more to make them. Binaries are linked on this host, so
# it must be Debian 12.
# The machine is emulated (no KVM), which takes seconds to start and makes tests some ten times slower.
set -eu
cd "$(dirname "$0")/../.."
. configs/vm/machine.sh
. configs/vm/root.sh
[ $# -gt 0 ] || set -- sandbox judge serve container sandbox/pool + worker sandbox/cgroup
case " $* " in *" samples "*) packages="$packages g++" ;; esac # else tests would compile for minutes

[ "$(id -u)" = 0 ] || { echo "test-vm: making a root file system needs root; run sudo -E make test-vm" >&2; exit 3; }
PATH=$PATH:/usr/sbin:/sbin
need qemu-system-x86_64 qemu-system-x86
need mkfs.ext4 e2fsprogs

cache=${VM_CACHE:-${HOME:-/tmp}/.cache/gavel-vm}
mkdir -p "$cache"
work=$(mktemp -d)
# shellcheck disable=SC2317 # the trap reaches it
clean() {
	for process in /proc/[0-9]*; do
		if grep -qs "file=$work/" "$process/cmdline"; then kill "${process#/proc/}" 2>/dev/null || true; fi
	done
	rm -rf "$work"
}
trap clean EXIT
trap 'exit 130' INT TERM

[ -d "$cache/kernel" ] || fetch_kernel "$cache/kernel"
root=$cache/$(root_name)
[ -e "$root" ] || make_root "$root"

# The tree of the repository as far as tests look at it, with a binary in place of each package.
disk=$work/disk
mkdir -p "$disk/src/worker" "$disk/bin"
cp -r testcases configs "$disk/src/"
cp -r worker/testdata "$disk/src/worker/"
cp -r configs/vm/guest "$disk/"
go build -o "$disk/bin/gavel" ./worker

# samples makes a set for guest/serve.sh: copies of packages without the submissions in languages that the machine
# lacks, a language table that lets compilers take as long as they may take there, and what comes out here.
samples() { # SET LANGUAGE-TABLE PACKAGES...
	set=$disk/$1
	sed -e 's/cpu: 30s, wall: 90s/cpu: 600s, wall: 1200s/' -e 's/cpu: 120s, wall: 300s/cpu: 2400s, wall: 3600s/' "$2" >"$set.yaml"
	shift 2
	mkdir "$set"
	for package in "$@"; do cp -r "testcases/$package" "$set/"; done
	find "$set" -path '*/submissions/*/*' -type f ! -name '*.[ch]' ! -name '*.hpp' ! -name '*.cc' ! -name '*.cpp' \
		! -name '*.py' ! -name '*.sh' ! -name '*.zip' ! -path '*/ciphers/*' -delete
	# PyPy is not there, and a program that takes 1.5 s of CPU time on any machine is not slow there.
	find "$set" -path '*/submissions/*' \( -name '*pypy*' -o -path '*/sum/*/children.c' \) -delete
	find "$set" -path '*/submissions/*' -type d -empty -delete
	case $set in */few) # those that take minutes there, and what needs another compiler; judge has tests of time limits
		find "$set" -path '*/submissions/*' \( -name '*.c?*' -o -name '*.sh' -o -name 'trace.py' -o -path '*/time_*/*' \) -delete ;;
	esac
	"$disk/bin/gavel" verify --state-dir "$work/state" --languages "$set.yaml" --format json "$set"/* \
		>"$set.json" 2>"$set.limits" || { cat "$set.limits" >&2; exit 1; }
}

# make_debs makes the Debian package, and a later version of it that comes with another language table.
make_debs() {
	configs/dist/dist.sh deb "$disk"
	mv "$disk"/gavel_*.deb "$disk/gavel.deb"
	dpkg-deb -R "$disk/gavel.deb" "$work/next"
	sed -i 's/^Version: .*/&+next/' "$work/next/DEBIAN/control"
	echo "# of the next version" >>"$work/next/etc/gavel/languages.yaml"
	dpkg-deb --root-owner-group -Zgzip --build "$work/next" "$disk/next.deb" >&2
}

machines=1
for part in "$@"; do
	[ "$part" != + ] || { machines=$((machines + 1)); continue; }
	part=${part#./}
	case $part in
	serve | systemd | container) [ -e "$disk/few" ] || samples few worker/testdata/languages.yaml cable zigzag ;;
	samples)
		go run ./testcases/generate
		echo "test-vm: judging all samples here" >&2
		# shellcheck disable=SC2010,SC2046 # a list of words, none of them odd
		samples all configs/languages.yaml $(cd testcases && ls -d -- */ | grep -Ev '^(attacks|generate)/')
		;;
	esac
	[ "$part" != systemd ] || make_debs
	echo "$part" >>"$work/parts.$machines"
	[ ! -e "configs/vm/guest/$part.sh" ] || continue
	mkdir -p "$disk/src/$part"
	go test -c -o "$disk/src/$part/test" "./$part"
	[ -e "$disk/src/$part/test" ] || { echo "test-vm: $part has no tests" >&2; exit 2; }
	if [ -d "$part/testdata" ]; then cp -rT "$part/testdata" "$disk/src/$part/testdata"; fi
done
for n in $(seq $machines); do
	[ -e "$work/parts.$n" ] || { echo "test-vm: there is nothing on one side of a +" >&2; exit 2; }
	cp "$work/parts.$n" "$disk/parts"
	image "$disk" "$work/work.$n.ext4" 2G
done
make_initrd "$cache/kernel" "$work/initrd.gz"

words="VM_RUN=/work/guest/run.sh"
case " $* " in
" systemd ") words="VM_INIT=/lib/systemd/systemd systemd.unit=vm-test.service" ;;
*" systemd "*) echo "test-vm: systemd boots a machine of its own; run it alone" >&2; exit 2 ;;
esac

# machine runs the parts of one machine.
machine() { # NUMBER
	boot "$root" "$work/work.$1.ext4" "$cache/kernel" "$work/initrd.gz" GAVEL_REQUIRE=kernel "$words" \
		VM_FLAGS="${VM_FLAGS:-}" GAVEL_SLOWNESS=12 GAVEL_PAIR_RUNS=1 \
		GAVEL_ATTACK="${VM_ATTACK-cpu/,time/,memory/,processes/,disk/,rights/control,controls/}" | tee "$work/log.$1" |
		grep -v '^vm: test ' || true
}

echo "test-vm: $* under $(basename "$cache"/kernel/boot/vmlinuz-*)" >&2
for n in $(seq 2 $machines); do machine "$n" >"$work/out.$n" & done
machine 1
wait
for n in $(seq 2 $machines); do cat "$work/out.$n"; done
if [ -n "${VM_EVENTS:-}" ]; then
	# One line for each test, as go test -json writes it.
	cat "$work"/log.* |
		sed -nE 's,^vm: test (PASS|SKIP|FAIL) ([^ ]+) ([^ ]+)$,{"Action":"\L\1\E"\,"Package":"github.com/gaveloj/gavel/\2"\,"Test":"\3"},p' >"$VM_EVENTS"
fi
for n in $(seq $machines); do grep -q '^vm: result ok$' "$work/log.$n"; done
