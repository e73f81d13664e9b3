#!/bin/sh
# Makes the images of docker-compose.yml on this host: gavel-worker and gavel-nats. No registry is needed. Their tags are the
# version, as version.sh says it but with - for what a tag must not have, and one that stays while versions come and go.
#
#   GAVEL_IMAGE_TAG   that other tag of both images; by default local, which docker-compose.yml takes
#   GAVEL_BASE        Debian 12 image to start from, such as debian:bookworm-slim from a registry; by default one
#                     is made with debootstrap, and kept as gavel-base for as long as the packages are the same
#   GAVEL_TOOLCHAINS  languages as for setup.sh; by default c cpp go java python javascript rust; all for every one
#   GAVEL_MIRROR      Debian mirror; by default that of debootstrap
#
# The binary is built here, so this host must not have a newer C library than Debian 12.
set -eu
cd "$(dirname "$0")/../.."
tag=${GAVEL_IMAGE_TAG:-local}
wanted=${GAVEL_TOOLCHAINS:-c cpp go java python javascript rust}
[ "$wanted" != all ] || wanted=$(configs/setup.sh languages)

# Go does not come from Debian, whose version is too old, but from this host.
toolchains=
with_go=false
for language in $wanted; do
	if [ "$language" = go ]; then with_go=true; else toolchains="$toolchains $language"; fi
done
toolchains=${toolchains# }

command -v docker >/dev/null 2>&1 || {
	echo "build.sh: docker is missing; install docker.io, or run the worker without an image" >&2
	exit 3
}
version=$(configs/version.sh)
versioned=$(echo "$version" | tr '~+' '--')
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

say() { echo "build.sh: $(($(date +%s) - began)) s: $*"; }
began=$(date +%s)

# make_base makes a Debian with the packages, unless an image with the same ones is there.
make_base() {
	packages=$(GAVEL_TOOLCHAINS=$toolchains configs/setup.sh list)
	base=gavel-base:$(printf 'bookworm %s' "$packages" | sha256sum | cut -c1-16)
	docker image inspect "$base" >/dev/null 2>&1 && return
	if [ "$(id -u)" != 0 ] || ! command -v debootstrap >/dev/null 2>&1; then
		echo "build.sh: making a Debian takes root and debootstrap; or name one: GAVEL_BASE=debian:bookworm-slim" >&2
		exit 3
	fi
	# shellcheck disable=SC2086 # one word for each package
	include=$(printf '%s,' $packages)
	say "making a Debian with$packages"
	debootstrap --variant=minbase --include="${include%,}" bookworm "$work/root" ${GAVEL_MIRROR:+"$GAVEL_MIRROR"} 2>&1 |
		tee "$work/log" | grep --line-buffered -E '^I: (Retrieving InRelease|Base system|Extracting zlib|Unpacking the base|Configuring the base)' | sed -u 's/^I: /  /' || true
	grep -q '^I: Base system installed successfully' "$work/log" || {
		tail -n 20 "$work/log" >&2
		exit 3
	}
	say "packing it into the image $base"
	rm -rf "$work"/root/var/cache/apt/archives/*.deb "$work"/root/var/lib/apt/lists/*
	tar -C "$work/root" -c . | docker import - "$base" >/dev/null
	rm -rf "$work/root"
}

# image makes an image out of a directory.
image() { # NAME ARGUMENTS... DIRECTORY
	name=$1
	shift
	say "making the image gavel-$name:$versioned"
	docker build --quiet --tag "gavel-$name:$versioned" --tag "gavel-$name:$tag" --file "configs/docker/Dockerfile.$name" \
		--label "org.opencontainers.image.version=$version" --label "org.opencontainers.image.revision=$revision" \
		--label org.opencontainers.image.source=https://github.com/gaveloj/gavel "$@"
}

base=${GAVEL_BASE:-}
[ -n "$base" ] || make_base

mkdir -p "$work/worker/go" "$work/nats"
say "building gavel"
vcs=$(git status --porcelain >/dev/null 2>&1 && echo true || echo false) # the version, where git can tell it
go build -buildvcs="$vcs" -trimpath -o "$work/worker/gavel" ./worker
cp configs/setup.sh "$work/worker/"
if $with_go; then cp -a "$(go env GOROOT)/." "$work/worker/go/"; fi
image worker --build-arg BASE="$base" --build-arg TOOLCHAINS="$toolchains" "$work/worker"

say "building the NATS server"
CGO_ENABLED=0 go build -trimpath -o "$work/nats/nats-server" github.com/nats-io/nats-server/v2
CGO_ENABLED=0 go build -trimpath -o "$work/nats/natsprobe" ./configs/docker/natsprobe
image nats "$work/nats"
say "done; start them with: GAVEL_IMAGE_TAG=$versioned docker-compose up -d"
