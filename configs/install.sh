#!/bin/sh
# Puts gavel where a host looks for it, or takes it away again. make install, make uninstall and configs/dist/dist.sh
# call it, so that all of them have the same files.
#
#	install.sh install GAVEL    GAVEL is the binary; completion and manual pages are what it prints
#	install.sh uninstall
#
# PREFIX is /usr/local by default, SYSCONFDIR is /etc, and DESTDIR stands before both for who makes a package. A
# configuration file that is there already is left as it is, and so are configuration and state when it is taken away.
set -eu
umask 022
cd "$(dirname "$0")/.."
prefix=${PREFIX-/usr/local} config=${SYSCONFDIR-/etc}/gavel destdir=${DESTDIR-}
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
trap 'exit 130' INT TERM

# Debian's zsh looks for what packages bring in a directory of their own.
zsh=site-functions
[ "$prefix" != /usr ] || zsh=vendor-completions

# files calls a command with mode, source and target of each file but the manual pages and the configuration.
files() { # COMMAND
	"$1" 0755 "${gavel-}" "$prefix/bin/gavel"
	"$1" 0644 "$made/gavel.service" "$prefix/lib/systemd/system/gavel.service"
	"$1" 0644 "$made/gavel.bash" "$prefix/share/bash-completion/completions/gavel"
	"$1" 0644 "$made/gavel.zsh" "$prefix/share/zsh/$zsh/_gavel"
	"$1" 0644 "$made/gavel.fish" "$prefix/share/fish/vendor_completions.d/gavel.fish"
	for name in README.md LICENSE .github/CHANGELOG.md; do
		"$1" 0644 "$name" "$prefix/share/doc/gavel/${name##*/}"
	done
}

put() { install -D -m "$1" "$2" "$destdir$3"; }
remove() { rm -f "$destdir$3"; }
configure() {
	if [ -e "$destdir$3" ]; then echo "install.sh: $destdir$3 is left as it is" >&2; else put "$@"; fi
}

# make_files writes what depends on the binary and on where it goes.
make_files() {
	for shell in bash zsh fish; do "$gavel" completion "$shell" >"$made/gavel.$shell"; done
	"$gavel" man --out "$made/man" 2>/dev/null
	gzip -9n "$made"/man/*
	# The header of the unit tells how to install it by hand.
	sed -e '1,/^$/d' -e "s,/usr/local/bin/,$prefix/bin/," -e "s,/etc/gavel/,$config/," configs/systemd/gavel.service >"$made/gavel.service"
	sed "s,^languages: \"\"\$,languages: $config/languages.yaml," configs/worker.yaml >"$made/worker.yaml"
	grep -q "^languages: $config/" "$made/worker.yaml" # else the file was changed, and this line with it
}

case ${1-} in
install)
	gavel=$2
	[ -x "$gavel" ] || { echo "install.sh: $gavel is missing; make build makes it" >&2; exit 2; }
	make_files
	files put
	for page in "$made"/man/*; do put 0644 "$page" "$prefix/share/man/man1/${page##*/}"; done
	configure 0644 "$made/worker.yaml" "$config/worker.yaml"
	configure 0644 configs/languages.yaml "$config/languages.yaml"
	[ -n "$destdir" ] || echo "Installed. To have it run: systemctl daemon-reload && systemctl enable --now gavel"
	;;
uninstall)
	files remove
	rm -f "$destdir$prefix"/share/man/man1/gavel.1.gz "$destdir$prefix"/share/man/man1/gavel-*.1.gz
	rmdir "$destdir$prefix/share/doc/gavel" 2>/dev/null || true
	echo "Removed. $config and /var/lib/gavel, with the queue, are left; a service that still runs ends with: systemctl disable --now gavel"
	;;
*)
	echo "install.sh: use: install.sh install GAVEL | install.sh uninstall" >&2
	exit 2
	;;
esac
