#!/bin/sh
# Prints the version of these sources, for packages and images: the tag of the commit without its v. A commit without a tag
# is 0.2.0~git202611301912.0123abc while 0.2.0 is the newest version in CHANGELOG.md and that says "not yet tagged", else
# 0.2.0+git202611301912.0123abc; Debian takes the former to be before 0.2.0, and the latter to be after it. VERSION=...
# names another one, and has to where git does not know the sources.
set -eu
cd "$(dirname "$0")/.."
if [ -n "${VERSION-}" ]; then
	echo "$VERSION"
	exit
fi
if ! changed=$(git status --porcelain); then
	echo "version.sh: git does not know these sources; name their version, such as VERSION=0.1.0" >&2
	exit 2
fi
[ -z "$changed" ] || changed=+modified
if tag=$(git describe --exact-match --tags --match 'v[0-9]*' 2>/dev/null); then
	echo "${tag#v}$changed" | sed 's/-/~/' # 0.2.0~rc1 is before 0.2.0
	exit
fi
newest=$(sed -n '/^## v/{s/^## v//p;q}' .github/CHANGELOG.md)
mark=+
case $newest in *"not yet tagged"*) mark='~' ;; esac
echo "${newest%% *}${mark}git$(TZ=UTC git log -1 --date=format-local:%Y%m%d%H%M --format=%cd.%h --abbrev=7)$changed"
