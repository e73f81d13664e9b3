#!/bin/sh
# Runs in the bare root, as root: the README's commands in a fresh clone, and the same as an ordinary user.
#
#	guest.sh                     nouser demo test user
#	guest.sh nouser              an ordinary user before anything is installed: told what is missing
#	guest.sh demo                make demo, twice
#	guest.sh test                make test
#	guest.sh user                an ordinary user afterwards: make demo and make test
#	guest.sh shell               a shell
#	guest.sh run COMMAND...      a command, in the clone
set -eu
[ $# -gt 0 ] || set -- nouser demo test user
mkdir -p /srv/events

say() { echo "bare: $*"; }

# timed runs a command of the README and prints what it took.
timed() { # WHO COMMAND...
	who=$1
	shift
	say "$who: $*"
	began=$(date +%s)
	status=0
	case $who in
	root) (cd /root/gavel && "$@") </dev/null || status=$? ;;
	*) as_user "$@" </dev/null || status=$? ;;
	esac
	say "$who: $*: $(($(date +%s) - began)) s, exit code $status"
	return "$status"
}

# as_user runs a command in the clone of the ordinary user.
as_user() {
	# shellcheck disable=SC2016 # for the shell that it starts
	env HOME=/home/student USER=student LOGNAME=student setpriv --reuid student --regid student --init-groups \
		sh -c 'cd ~/gavel && exec "$@"' sh "$@"
}

clone() {
	[ -d /root/gavel ] || git clone --quiet /srv/gavel.git /root/gavel
}

# clone_for_user makes the user, and a clone that is the user's own.
clone_for_user() {
	[ -d /home/student ] || useradd --create-home --shell /bin/sh student
	[ ! -d /home/student/gavel ] || return 0
	git clone --quiet /srv/gavel.git /home/student/gavel
	chown -R student: /home/student/gavel
}

# refused runs a command of which the user must be told, in one sentence and before anything is downloaded, what is
# missing.
refused() { # COMMAND...
	if timed user "$@" >/tmp/refused 2>&1; then
		cat /tmp/refused
		say "$* went well where packages are missing"
		return 1
	fi
	cat /tmp/refused
	grep -q 'apt-get install' /tmp/refused || {
		say "$* does not say what is missing"
		return 1
	}
	[ ! -d /home/student/go ] || {
		say "$* downloaded modules before it said what is missing"
		return 1
	}
}

while [ $# -gt 0 ]; do
	part=$1
	shift
	case $part in
	nouser)
		clone_for_user
		refused make build
		refused make demo
		refused make test
		;;
	demo)
		clone
		timed root make demo
		timed root make demo
		;;
	test)
		clone
		timed root env TEST_EVENTS=/srv/events/bare.json make test
		;;
	user)
		clone_for_user
		# What root has downloaded and compiled already is compiled from the same files.
		if [ -d /root/go ] && [ ! -d /home/student/go ]; then
			cp -a /root/go /home/student/go
			mkdir -p /home/student/.cache
			cp -a /root/.cache/go-build /home/student/.cache/go-build
			chown -R student: /home/student
		fi
		mkdir -p /srv/events/user
		chown student: /srv/events/user
		timed user make demo
		# The race detector has seen the same tests run by root. With -trimpath, as the worker is built, most of what it is
		# compiled from is in root's cache.
		timed user env GOFLAGS="${GOFLAGS:-} -trimpath" TEST_EVENTS=/srv/events/user/user.json make test RACE=
		mv /srv/events/user/user.json /srv/events/
		;;
	shell)
		clone
		cd /root/gavel
		/bin/bash || true
		;;
	run)
		clone
		timed root "$@"
		exit
		;;
	*)
		say "unknown part $part"
		exit 2
		;;
	esac
done
