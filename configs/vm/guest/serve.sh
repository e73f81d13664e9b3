#!/bin/sh
# Runs in the virtual machine: the built gavel serves with an embedded queue, and judges the sample submissions of
# /work/samples, which come through the queue and must get what their packages say. /work/verdicts has what they got
# on the host, under its version of control groups.
set -eu
export GAVEL_STATE_DIR=/root/gavel GAVEL_NATS_LISTEN=127.0.0.1:0 GAVEL_HTTP=127.0.0.1:0 GAVEL_LANGUAGES=/work/languages.yaml
/work/bin/gavel doctor >/tmp/doctor || { cat /tmp/doctor; exit 1; }
grep -E '^ok +control groups +version 2' /tmp/doctor
/work/bin/gavel serve --embedded --problems /work/samples &
worker=$!
trap 'kill "$worker" 2>/dev/null; wait "$worker"' EXIT # unless it is stopped below
until [ -e /root/gavel/worker.json ]; do
	kill -0 "$worker" || exit 1
	sleep 0.2
done
/work/bin/gavel submit --all --wait --format json /work/samples/* >/tmp/verdicts.json
kill -TERM "$worker"
wait "$worker"
trap - EXIT

verdicts() { sed -n 's/.*"problem":"\([^"]*\)","submission":"\([^"]*\)".*"verdict":"\([^"]*\)".*/\1 \2 \3/p' "$1" | sort; }
here=$(verdicts /tmp/verdicts.json) there=$(verdicts /work/verdicts.json)
if [ -z "$here" ] || [ "$here" != "$there" ]; then
	printf 'here:\n%s\non the host:\n%s\n' "$here" "$there"
	exit 1
fi
left=$(find /sys/fs/cgroup -name 'gavel-*')
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
echo "vm: $(echo "$here" | wc -l) verdicts through the queue, the same as on the host"
