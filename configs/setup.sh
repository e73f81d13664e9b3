#!/bin/sh
# Installs the Debian packages that Gavel lacks, or names them where it may not install.
#
#   setup.sh              what building takes, and toolchains
#   setup.sh build        only what building takes
#   setup.sh image        only what a worker takes, for an image: its libraries and the toolchains
#   setup.sh list         name the packages of an image, and install nothing
#   setup.sh missing      name the toolchains that are missing here, and install nothing
#   setup.sh languages    name every language, and install nothing
#
# GAVEL_TOOLCHAINS chooses languages; by default c cpp java python javascript rust. With all, it is every language
# of languages.yaml: about 4 GB, and two minutes. Go comes from Debian only where there is none.
#
# A second run installs nothing and takes a moment. Languages without a toolchain are not offered by the
# worker, so a missing toolchain is a warning; anything else that is missing is an error.
set -eu

# Containers see the host's /usr and nothing of a home directory, so only toolchains below these count.
visible=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
known="c cpp java python javascript rust go pypy typescript kotlin scala csharp haskell ocaml pascal ruby php perl lua
	fortran ada d prolog lisp bash r octave erlang elixir nim racket cobol"
languages=${GAVEL_TOOLCHAINS:-c cpp java python javascript rust}
[ "$languages" != all ] || languages=$known
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
		go) need golang-go sh -c "test -x /usr/local/go/bin/go || PATH=$visible command -v go >/dev/null" ;;
		pypy) need pypy3 has pypy3 ;;
		typescript) need node-typescript has tsc ;;
		kotlin) need kotlin has kotlinc ;;
		scala) need scala has scalac ;;
		csharp) need mono-mcs has mcs && need mono-runtime has mono ;;
		haskell) need ghc has ghc ;;
		ocaml) need ocaml-nox has ocamlopt ;;
		pascal) need fp-compiler has fpc ;;
		ruby) need ruby has ruby ;;
		php) need php-cli has php ;;
		perl) need perl has perl ;;
		lua) need lua5.4 has lua5.4 ;;
		fortran) need gfortran has gfortran ;;
		ada) need gnat has gnatmake ;;
		d) need gdc has gdc ;;
		prolog) need swi-prolog-nox has swipl ;;
		lisp) need sbcl has sbcl ;;
		bash) need bash has bash ;;
		r) need r-base-core has Rscript ;;
		octave) need octave has octave-cli ;;
		erlang) need erlang-base has erlc ;;
		elixir) need elixir has elixir ;;
		nim) need nim has nim ;;
		racket) need racket has racket ;;
		cobol) need gnucobol has cobc ;;
		*)
			echo "setup.sh: GAVEL_TOOLCHAINS names $language; known are all, or some of" $known >&2
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
missing)
	need_toolchains
	echo "$missing_toolchains"
	exit
	;;
languages)
	echo $known
	exit
	;;
*)
	echo "setup.sh: unknown argument $1; use: setup.sh [build | image | list | missing | languages]" >&2
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
