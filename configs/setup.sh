#!/bin/sh
# Installs the Debian packages that Gavel lacks, or names them where it may not install.
#
#   setup.sh              what building takes, and toolchains
#   setup.sh build        only what building takes
#   setup.sh check        that, and what make check takes
#   setup.sh dist         what building takes, and what make dist takes
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
kept= # of the packages for building, while toolchains are looked for
missing_toolchains=

fail() {
	echo "setup.sh: $*" >&2
	exit 1
}

# has NAME: NAME is a program that containers can run too.
has() { (PATH=$visible && command -v "$1" >/dev/null 2>&1); }

# need PACKAGE COMMAND...: the package is missing when the command fails.
need() {
	package=$1
	shift
	case " $missing $kept " in *" $package "*) return ;; esac
	if $listing || ! "$@" >/dev/null 2>&1; then missing="$missing $package"; fi
}

need_to_build() {
	need_go
	# A compiler anywhere in PATH is good enough for cgo.
	# shellcheck disable=SC2016 # here and below: for the shell that it starts
	need gcc sh -c 'command -v "${CC:-gcc}" >/dev/null 2>&1'
	need libc6-dev test -e /usr/include/stdlib.h
	# shellcheck disable=SC2016
	need pkg-config sh -c 'command -v "${PKG_CONFIG:-pkg-config}" >/dev/null 2>&1'
	need libseccomp-dev test -e /usr/include/seccomp.h
}

# need_go refuses to go on without Go, or with one that is too old.
need_go() {
	get="install Go 1.26 or later from https://go.dev/dl/ and put its bin into PATH"
	command -v go >/dev/null 2>&1 || fail "Go is missing; $get"
	version=$(GOTOOLCHAIN=local go version 2>&1 | sed -n 's/.*go\(1\.[0-9][0-9]*[^ ]*\) .*/\1/p')
	minor=${version#1.}
	minor=${minor%%[!0-9]*}
	[ -n "$minor" ] || fail "$(command -v go) does not tell its version; $get"
	[ "$minor" -ge 26 ] || fail "$(command -v go) is Go $version, which is too old; $get"
}

# need_to_check is the tool of make check that Go does not bring.
need_to_check() { need shellcheck has shellcheck; }

# need_to_dist is what finds out which libraries a package depends on.
need_to_dist() { need dpkg-dev has dpkg-shlibdeps; }

need_to_run() {
	need libseccomp2 sh -c 'ls /usr/lib/*/libseccomp.so.2 /lib/*/libseccomp.so.2 >/dev/null 2>&1'
	need ca-certificates test -e /etc/ssl/certs/ca-certificates.crt
}

# need_cpp asks for the compiler, and for its library where the compiler is there without.
need_cpp() {
	if $listing || ! has g++; then
		need g++ false
	else
		# shellcheck disable=SC2016
		need "libstdc++-$(g++ -dumpversion | cut -d . -f 1)-dev" sh -c 'test -e "$(g++ -print-file-name=libstdc++.a)"'
	fi
}

need_toolchains() {
	kept=$missing
	missing=
	for language in $languages; do
		case $language in
		c) need gcc has gcc && need libc6-dev test -e /usr/include/stdlib.h ;;
		cpp) need_cpp ;;
		java) need default-jdk-headless sh -c "PATH=$visible && command -v javac && command -v java" ;;
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
			echo "setup.sh: GAVEL_TOOLCHAINS names $language; known are all, or some of: $(echo "$known" | tr -d '\n')" >&2
			exit 2
			;;
		esac
	done
	missing_toolchains=$missing
	missing=$kept
	kept=
}

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

# install installs packages, or says in a sentence why it cannot.
install() {
	log=$(mktemp)
	trap 'rm -f "$log"' EXIT
	if ! apt_install "$@"; then
		fail "$(reason "$log"); still missing: $*"
	fi
}

# apt_install asks for lists of packages only where those that are there do not do.
apt_install() {
	# The JDK links manual pages into this directory, which minimal installations lack.
	mkdir -p /usr/share/man/man1
	apt install "$@" || { apt update && apt install "$@"; }
}

# apt runs apt-get, shows what it says, and keeps that in $log.
apt() {
	command=$1
	shift
	{
		rc=0
		LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends -o Acquire::Retries=3 \
			-o Acquire::http::Timeout=30 -o APT::Update::Error-Mode=any -o DPkg::Lock::Timeout=300 \
			"$command" "$@" </dev/null 2>&1 || rc=$?
		echo "$rc" >"$log.rc"
	} | tee "$log"
	rc=$(cat "$log.rc")
	rm -f "$log.rc"
	return "$rc"
}

# reason tells by what apt said why it failed.
reason() { # LOG
	if grep -qE "No space left on device|don't have enough free space" "$1"; then
		echo "there is no room left on the disk; make some (apt-get clean helps), and run this again"
	elif grep -qE 'dpkg was interrupted|--fix-broken|Unmet dependencies|unmet dependencies' "$1"; then
		echo "an installation was interrupted before; mend it with: dpkg --configure -a && apt-get -y --fix-broken install"
	elif grep -qE 'Temporary failure resolving|Could not resolve|Could not connect|Unable to connect|Connection (failed|timed out|refused)|Network is unreachable' "$1"; then
		echo "apt does not reach its servers; mend the network, or the proxy and the sources in /etc/apt, and run this again"
	elif grep -qE 'Unable to locate package|no installation candidate' "$1"; then
		echo "apt knows not all of the packages; this takes Debian 12 or later, or Ubuntu 24.04 with universe"
	elif grep -q 'Could not get lock' "$1"; then
		echo "another program has held the lock of apt for 5 minutes; wait for its end, and run this again"
	else
		echo "apt-get failed, as it says above"
	fi
}

# look finds out what is missing.
look() {
	missing=
	missing_toolchains=
	case $mode in
	all) need_to_build && need_toolchains ;;
	build) need_to_build ;;
	check) need_to_build && need_to_check ;;
	dist) need_to_build && need_to_dist ;;
	image | list) need_to_run && need_toolchains ;;
	missing) need_toolchains ;;
	*)
		echo "setup.sh: unknown argument $mode; use: setup.sh [build | check | dist | image | list | missing | languages]" >&2
		exit 2
		;;
	esac
}

mode=${1-all}
case $mode in
list) listing=true ;;
languages)
	# shellcheck disable=SC2086 # several lines become one
	echo $known
	exit
	;;
esac
look
case $mode in
list | missing)
	echo "$missing$missing_toolchains"
	exit
	;;
esac
[ -n "$missing$missing_toolchains" ] || exit 0

if may_install; then
	echo "installing:$missing$missing_toolchains"
	# shellcheck disable=SC2086 # one word for each package
	install $missing $missing_toolchains
	look
	[ -z "$missing$missing_toolchains" ] ||
		fail "what is installed does not work; mend it with: apt-get install --reinstall$missing$missing_toolchains"
	exit
fi
echo "setup.sh: missing are the Debian packages$missing$missing_toolchains; install them with:" \
	"sudo apt-get install --no-install-recommends$missing$missing_toolchains" >&2
[ -z "$missing" ]
