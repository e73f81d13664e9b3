# Sourced by test-vm.sh: makes the root file system of the virtual machine out of Debian packages. Those that
# this host has installed are copied from it, which takes seconds; others are downloaded and unpacked. Nothing is
# configured, so no script of a package runs.
#
# shellcheck shell=sh disable=SC2154 # work and cache are set by test-vm.sh

# The programs of the C and Python languages, of the tests, systemd, and what installs a package.
packages="gcc libc6-dev python3 libseccomp2 dash bash coreutils diffutils findutils grep sed procps hostname util-linux mount uidmap systemd
	dpkg libc-bin perl-base init-system-helpers gzip"

# closure lists the packages with all that they depend on, but what only their scripts need.
closure() {
	# shellcheck disable=SC2086 # a list of words
	apt-get -o Dir::State::status=/dev/null --simulate --no-install-recommends install $packages |
		sed -n 's/^Inst \([^ ]*\) .*/\1/p' | grep -Ev '^(adduser|debconf|lib.*perl.*|passwd|perl|perl-modules.*|usrmerge)$'
}

# installed tells whether this host has a package unpacked.
installed() {
	case $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) in
	installed | triggers-*) true ;;
	*) false ;;
	esac
}

# files_of lists the files of installed packages that are there, without documentation.
files_of() {
	dpkg-query -L "$@" | grep '^/' | sort -u |
		grep -Ev '^(/\.|/usr|/bin|/sbin|/lib|/lib64|/usr/share/(bug|doc|info|lintian|locale|man)(/.*)?)$' |
		while read -r path; do
			if [ -e "$path" ] || [ -L "$path" ]; then echo "${path#/}"; fi
		done
}

# fill_root puts the packages into a directory.
fill_root() { # DIRECTORY
	here='' away=''
	for package in $(closure); do
		if installed "$package"; then here="$here $package"; else away="$away $package"; fi
	done
	[ -n "$here$away" ] || { echo "test-vm: apt does not know $packages; run apt-get update" >&2; exit 3; }
	mkdir -p "$1/usr"
	for dir in bin sbin lib lib64; do
		mkdir "$1/usr/$dir"
		ln -s "usr/$dir" "$1/$dir"
	done
	# shellcheck disable=SC2086 # a list of words
	files_of $here | tar -C / --no-recursion -T - -c | tar -C "$1" --keep-directory-symlink -x
	if [ -n "$away" ]; then
		echo "test-vm: downloading$away" >&2
		mkdir "$work/deb"
		# apt says that it cannot drop privileges for a private directory; that is of no matter here.
		# shellcheck disable=SC2086 # a list of words
		(cd "$work/deb" && apt-get -qq -o APT::Sandbox::User=root download $away) >&2
		for deb in "$work"/deb/*.deb; do dpkg -x "$deb" "$1"; done
		rm -r "$work/deb"
	fi
}

# settle_root does what the scripts of the packages would have done, as far as it is needed.
settle_root() { # DIRECTORY
	for dir in dev etc home proc root run sys tmp var/tmp var/lib work; do mkdir -p "$1/$dir"; done
	chmod 1777 "$1/tmp" "$1/var/tmp"
	[ -e "$1/usr/bin/sh" ] || ln -s dash "$1/usr/bin/sh"
	printf 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n' >"$1/etc/passwd"
	printf 'root:x:0:\nnogroup:x:65534:\n' >"$1/etc/group"
	printf 'passwd: files\ngroup: files\nhosts: files\n' >"$1/etc/nsswitch.conf"
	printf '127.0.0.1 localhost\n' >"$1/etc/hosts"
	echo 00000000000000000000000000000001 >"$1/etc/machine-id" # else systemd takes it for the first boot
	ldconfig -r "$1"
	# For dpkg, which asks whether what a package depends on is there, and where the files of every package are.
	mkdir -p "$1/var/lib/dpkg/info"
	echo 1 >"$1/var/lib/dpkg/info/format"
	for package in $(closure); do : >"$1/var/lib/dpkg/info/$package.list"; done
	# shellcheck disable=SC2046 # a list of words
	apt-cache show --no-all-versions $(closure) |
		sed -n -e '/^\(Package\|Version\|Architecture\|Provides\|Maintainer\|Description\): /p' \
			-e 's/^$/Status: install ok installed\n/p' >"$1/var/lib/dpkg/status"
}

# root_name changes with what would be in the root.
root_name() {
	echo "root-$({ echo "$packages"; dpkg-query -W; cat configs/vm/root.sh; } | cksum | cut -d ' ' -f 1).ext4"
}

make_root() { # FILE
	echo "test-vm: making $1" >&2
	fill_root "$work/root"
	settle_root "$work/root"
	image "$work/root" "$1.new" 2G
	rm -rf "$work/root"
	rm -f "$cache"/root-*.ext4 # of other packages
	mv "$1.new" "$1"
}
