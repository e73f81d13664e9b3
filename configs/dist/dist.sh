#!/bin/sh
# Makes what a release consists of, in dist/:
#
#	gavel_VERSION_ARCH.deb          a Debian package
#	gavel-VERSION-linux-ARCH.tar.gz the binary, linked statically, for hosts with whatever C library, and what belongs to it
#	SHA256SUMS
#
#	dist.sh                both
#	dist.sh deb DIR        the package alone, into DIR
#
# VERSION is what version.sh says.
#
# The same commit gives the same bytes with the same Go, compiler and dpkg: all files have the time of the commit, or
# SOURCE_DATE_EPOCH. The binary takes cgo, so everything is for the architecture of this host alone; and the one in
# the package takes a C library that is not older than this host's, which is why releases are made on Debian 12.
#
# The package is made with dpkg-deb, which every Debian has. It needs no library of the module, as nfpm would, whose own
# dependencies are more than all that Gavel has.
set -eu
umask 022
export LC_ALL=C
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

version=$(configs/version.sh)
if known=$(git rev-parse --is-inside-work-tree 2>/dev/null); then
	: "${SOURCE_DATE_EPOCH:=$(git log -1 --format=%ct)}"
else
	known=false
	: "${SOURCE_DATE_EPOCH:=$(stat -c %Y go.mod)}"
fi
export SOURCE_DATE_EPOCH

# build makes a binary without symbols. The revision is stamped into it where git can tell it.
build() { # FILE FLAGS...
	file=$1
	shift
	echo "dist.sh: building ${file##*/}" >&2
	go build -buildvcs="$known" -trimpath "$@" -o "$file" ./worker
}

# licenses are those of everything that is linked into the binary, and of what is in the archive's beside it.
licenses() {
	goroot=$(go env GOROOT)
	for dir in "$goroot" $(go list -deps -f '{{with .Module}}{{if not .Main}}{{.Dir}}{{end}}{{end}}' ./worker | sort -u); do
		printf '==== %s\n\n' "$(echo "$dir" | sed -e "s,^$goroot\$,Go," -e 's,.*/pkg/mod/,,')"
		cat "$dir"/LICEN[CS]E* "$dir"/COPYING* "$dir"/NOTICE* 2>/dev/null || true # each has one of them
		echo
	done
	printf '==== The GNU C Library and libseccomp, in the binary that is linked statically\n\n'
	cat /usr/share/common-licenses/LGPL-2.1
}

# settle gives every file the time of the commit.
settle() { find "$1" -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +; }

# list names packages of toolchains with commas between, without those that are among the others, and without what
# dpkg-shlibdeps tells or every Debian has.
list() { # LANGUAGES OTHERS
	for package in $(GAVEL_TOOLCHAINS=$1 configs/setup.sh list); do
		case ", $2, libseccomp2, bash, " in *", $package, "*) ;; *) printf '%s, ' "$package" ;; esac
	done | sed 's/, $//'
}

maintainer="The Gavel authors <gaveloj@users.noreply.github.com>"

# changelog is one in Debian's format, which a package must have.
changelog() {
	cat <<EOF
gavel ($version) stable; urgency=medium

  * What has changed, and what an upgrade asks for: see CHANGELOG.md.gz

 -- $maintainer  $(date --utc --rfc-email --date="@$SOURCE_DATE_EPOCH")
EOF
}

# control is the description of the package. Toolchains are those of setup.sh: C, C++ and Python come along unless somebody
# refuses them, since nothing can be judged without any.
control() { # DIRECTORY
	mkdir -p "$work/shlibdeps/debian"
	printf 'Source: gavel\n\nPackage: gavel\nArchitecture: any\n' >"$work/shlibdeps/debian/control"
	depends=$(cd "$work/shlibdeps" && dpkg-shlibdeps -O "$1/usr/bin/gavel" | sed -n 's/^shlibs:Depends=//p')
	[ -n "$depends" ] # else set -e would not see that the program before the pipe has failed
	recommended=$(list "c cpp python" "")
	cat <<EOF
Package: gavel
Version: $version
Architecture: $(dpkg --print-architecture)
Maintainer: $maintainer
Installed-Size: $(du -k -s --apparent-size "$1" | cut -f 1)
Depends: $depends
Recommends: $recommended
Suggests: $(list all "$recommended")
Section: education
Priority: optional
Homepage: https://github.com/gaveloj/gavel
Description: worker of an online judge
 Gavel takes submissions from NATS JetStream, compiles and runs them in
 containers, checks their output against the tests of a problem package, and
 publishes each verdict exactly once, with the CPU time and the peak memory that
 the kernel accounted for it. It reads the problem packages of Kattis, DOMjudge,
 testlib and others.
 .
 This package runs it as a service of systemd with a queue of its own, until
 /etc/gavel/worker.yaml says otherwise.
EOF
}

# make_deb makes the Debian package.
make_deb() { # DIRECTORY FOR IT
	root=$work/deb
	build "$work/gavel" -ldflags '-s -w'
	PREFIX=/usr SYSCONFDIR=/etc DESTDIR=$root configs/install.sh install "$work/gavel"
	doc=$root/usr/share/doc/gavel
	mv "$doc/LICENSE" "$doc/copyright"
	changelog >"$doc/changelog"
	licenses >"$doc/licenses"
	gzip -9n "$doc/changelog" "$doc/CHANGELOG.md" "$doc/licenses"
	mkdir "$root/DEBIAN"
	control "$root" >"$root/DEBIAN/control"
	(cd "$root" && find etc -type f | sort | sed 's,^,/,') >"$root/DEBIAN/conffiles"
	(cd "$root" && find usr -type f | sort | xargs md5sum) >"$root/DEBIAN/md5sums"
	install -m 0755 configs/dist/postinst configs/dist/prerm configs/dist/postrm "$root/DEBIAN"
	settle "$root"
	dpkg-deb --root-owner-group --threads-max=1 --build "$root" "$1" >&2
}

# make_archive makes the archive, whose bin, lib and share are to be copied into /usr/local, and etc/gavel into /etc.
make_archive() { # DIRECTORY FOR IT
	name=gavel-$version-linux-$(go env GOARCH)
	build "$work/static" -tags netgo,osusergo -ldflags '-s -w -linkmode external -extldflags -static'
	PREFIX='' SYSCONFDIR=/etc DESTDIR=$work/$name configs/install.sh install "$work/static"
	sed -i 's,/bin/gavel,/usr/local&,' "$work/$name/lib/systemd/system/gavel.service"
	licenses >"$work/$name/share/doc/gavel/licenses"
	settle "$work/$name"
	tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner --format=gnu -c "$name" | gzip -9n >"$1/$name.tar.gz"
}

configs/setup.sh dist
case $#${1-} in
0)
	rm -rf dist
	mkdir dist
	make_deb dist
	make_archive dist
	(cd dist && sha256sum -- * >SHA256SUMS && cat SHA256SUMS)
	;;
2deb)
	make_deb "$2"
	;;
*)
	echo "dist.sh: use: dist.sh [deb DIRECTORY]" >&2
	exit 2
	;;
esac
