#!/bin/sh
# Starts a worker with an embedded NATS server, publishes submissions of the sample packages through the queue, shows
# each verdict against what it must be, and stops the worker.
#
#	demo.sh          a choice of packages
#	demo.sh all      every package
#	demo.sh check    only says whether the demo can run here
#
# Submissions in languages whose toolchain is missing are left out, and told. Exits with 0 when every other one got
# what it must get. Caches stay in .gavel, so that the next run starts within seconds; the queue is a new one each
# time.
set -eu
cd "$(dirname "$0")/.."
gavel=bin/gavel
state=.gavel/demo
log=$state/worker.log
patience=600 # seconds that the start may take

# One of each kind: pass or fail in many languages and every verdict, tolerances, points by groups, a checker that
# scores, interactive, several passes, and answers in place of a program.
choice="sum brackets stairs packing guess courier ciphers"

# refuse says in one sentence why the demo cannot run.
refuse() {
	echo "demo: $*" >&2
	exit 3
}

# check finds out beforehand what would stop the demo later.
check() {
	if [ "$(id -u)" != 0 ] && command -v unshare >/dev/null 2>&1 && ! unshare --user --map-root-user true 2>/dev/null; then
		refuse "this host allows its users no user namespaces; allow them with sysctl" \
			"(kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns, user.max_user_namespaces)," \
			"or run the demo as root: sudo -E env PATH=\"\$PATH\" make demo"
	fi
	for dir in . .gavel "$state" bin bin/gavel testcases; do
		[ ! -e "$dir" ] || [ -w "$dir" ] ||
			refuse "$(pwd)/$dir belongs to $(stat -c %U "$dir"), and cannot be written; work in a clone of your own, or remove what another user has built: sudo make clean"
	done
}
check
case ${1:-} in
check) exit ;;
all) packages=$(echo testcases/*/problem.yaml | sed 's,/problem.yaml,,g') ;;
'') packages=$(for name in $choice; do echo "testcases/$name"; done) ;;
*) refuse "unknown word $1; use: demo.sh [all | check]" ;;
esac

# absent lists the languages whose Debian package is missing here, separated by commas.
absent() {
	GAVEL_TOOLCHAINS=all configs/setup.sh missing | awk '
		NR == FNR { for (i = 1; i <= NF; i++) missing[$i]; next }
		$1 == "-" && $2 == "id:" { id = $3 }
		$1 == "package:" && $2 in missing { printf "%s%s", separator, id; separator = "," }
	' - configs/languages.yaml
}

worker=
stop() {
	[ -n "$worker" ] || return 0
	kill -TERM "$worker" 2>/dev/null || true
	wait "$worker" || status=$?
	worker=
}
status=0
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# failed tells what the worker said last, and ends.
failed() {
	echo "demo: $1; the last lines of its log, $log:" >&2
	tail -n 20 "$log" >&2
	exit 3
}

# await waits until the registry lists the worker, which then takes submissions, and tells how long that takes.
await() {
	began=$(date +%s)
	told=0
	until [ -e "$state/worker.json" ] && "$gavel" workers --state-dir "$state" >/dev/null 2>&1; do
		kill -0 "$worker" 2>/dev/null || failed "the worker has ended"
		waited=$(($(date +%s) - began))
		[ "$waited" -lt "$patience" ] || failed "the worker is not ready after $patience s"
		if [ "$waited" -ge $((told + 10)) ]; then
			told=$waited
			echo "  $waited s: the worker is still starting"
		fi
		sleep 0.2
	done
}

rm -rf "$state/queue" "$state/worker.json"
mkdir -p "$state"
echo "Starting a worker; its log is in $log. It prepares each language when the first submission needs it, once."
"$gavel" serve --embedded --state-dir "$state" --problems testcases \
	--nats-listen 127.0.0.1:0 --http 127.0.0.1:0 >"$log" 2>&1 </dev/null &
worker=$!
await
missing=$(absent)
# shellcheck disable=SC2086 # a list of words
"$gavel" submit --all --wait --state-dir "$state" ${missing:+--leave-out "$missing"} $packages || status=$?

stop
trap - EXIT
rm -rf "$state/queue"
case $status in
0)
	echo "Every submission got what it must get, and the worker has stopped."
	echo "Next, judge a program of your own: bin/gavel judge --problem testcases/sum FILE (testcases/sum/problem_statement says what it must do)."
	;;
*) echo "Something is not as it must be (exit code $status); the worker's log is in $log." >&2 ;;
esac
exit "$status"
