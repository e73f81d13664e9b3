#!/bin/sh
# Starts a worker with an embedded NATS server, publishes every submission of the sample packages through the
# queue, shows each verdict against what it must be, and stops the worker.
#
# Exits with 0 when every submission got what it must get. Caches stay in .gavel, so that the next run starts
# within seconds; the queue is a new one each time.
set -eu
cd "$(dirname "$0")/.."
gavel=bin/gavel
state=.gavel/demo
log=$state/worker.log
patience=600 # seconds that the first start may take: it precompiles headers

if [ "$(id -u)" != 0 ]; then
	echo "The demo makes containers, and that takes root: run sudo -E env PATH=\"\$PATH\" make demo" >&2
	exit 3
fi

worker=
stop() {
	[ -n "$worker" ] || return 0
	kill -TERM "$worker" 2>/dev/null || true
	wait "$worker" || status=$?
	worker=
}
status=0
trap stop EXIT
trap 'exit 130' INT TERM

rm -rf "$state/queue"
mkdir -p "$state"
echo "Starting the worker; its log is in $log. The first start prepares compilers and takes a while."
"$gavel" serve --embedded --state-dir "$state" --problems testcases \
	--nats-listen 127.0.0.1:0 --http 127.0.0.1:0 >"$log" 2>&1 </dev/null &
worker=$!

waited=0
until [ -e "$state/worker.json" ]; do
	if ! kill -0 "$worker" 2>/dev/null || [ "$waited" -ge $((patience * 5)) ]; then
		echo "The worker did not start:" >&2
		tail -n 20 "$log" >&2
		exit 3
	fi
	sleep 0.2
	waited=$((waited + 1))
done

set --
for package in testcases/*/problem.yaml; do
	package=${package%/problem.yaml}
	if [ "$package" = testcases/polyglot ] && [ -n "$(GAVEL_TOOLCHAINS=all configs/setup.sh missing)" ]; then
		echo "Leaving out $package, which has submissions in every language: make languages installs them."
		continue
	fi
	set -- "$@" "$package"
done
"$gavel" submit --all --wait --state-dir "$state" "$@" || status=$?

stop
trap - EXIT
rm -rf "$state/queue"
if [ "$status" = 0 ]; then
	echo "Every submission got what it must get, and the worker has stopped."
else
	echo "Something is not as it must be (exit code $status); the worker's log is in $log." >&2
fi
exit "$status"
