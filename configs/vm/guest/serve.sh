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
until [ -e /root/gavel/worker.json ]; do
	kill -0 "$worker" || exit 1
	sleep 0.2
done
/work/bin/gavel submit --all --wait --format json /work/samples/* >/tmp/verdicts.json
kill -TERM "$worker"
wait "$worker"

verdicts() { sed -n 's/.*"problem":"\([^"]*\)","submission":"\([^"]*\)".*"verdict":"\([^"]*\)".*/\1 \2 \3/p' "$1" | sort; }
verdicts /tmp/verdicts.json >/tmp/here
verdicts /work/verdicts.json >/tmp/there
diff /tmp/there /tmp/here
[ -s /tmp/here ]
left=$(find /sys/fs/cgroup -name 'gavel-*')
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
echo "vm: $(wc -l </tmp/here) verdicts through the queue, the same as on the host"
