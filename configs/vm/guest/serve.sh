#!/bin/sh
# Runs in the virtual machine: the built gavel serves with an embedded queue, and judges sample submissions, which come
# through the queue and must get, test for test, what they got on the host under its version of control groups.
#
#	serve.sh [few|all]    /work/SET/* are the packages, /work/SET.json has what the host said, /work/SET.limits its
#		time limits, GAVEL_SLOWNESS times as long here, and /work/SET.yaml is the language table
set -eu
set=${1:-few}
export GAVEL_STATE_DIR=/root/gavel GAVEL_NATS_LISTEN=127.0.0.1:0 GAVEL_HTTP=127.0.0.1:0 GAVEL_LANGUAGES="/work/$set.yaml"
/work/bin/gavel doctor >/tmp/doctor || { cat /tmp/doctor; exit 1; }
grep -E '^ok +control groups +version 2' /tmp/doctor
/work/bin/gavel serve --embedded --problems "/work/$set" &
worker=$!
trap 'kill "$worker" 2>/dev/null; wait "$worker"' EXIT # unless it is stopped below
until [ -e /root/gavel/worker.json ]; do
	kill -0 "$worker" || exit 1
	sleep 0.2
done
: >/tmp/here.json
# shellcheck disable=SC2013 # each is one word
for limit in $(sed -n 's/^[a-z]*: time limit \([0-9.]*\) s.*/\1/p' "/work/$set.limits" | sort -u); do
	# shellcheck disable=SC2046 # a list of words
	/work/bin/gavel submit --all --wait --timeout 1h --format json --time-limit "$(python3 -c "print($limit * $GAVEL_SLOWNESS)")" \
		$(sed -n "s,^\([a-z]*\): time limit $limit s.*,/work/$set/\1,p" "/work/$set.limits") >>/tmp/here.json ||
		echo "of those with a limit of $limit s not all are ok"
done
kill -TERM "$worker"
wait "$worker"
trap - EXIT

# facts leaves out what is measured, and what names this run and not the submission.
facts() {
	python3 -c '
import json, re, sys

LEFT_OUT = {"cpu_us", "wall_us", "peak_memory_bytes", "near_limit", "phases", "time_limit_us", "cached",
            "submission_id", "content_sha256", "worker"}
# On which test case a program is over its time limit depends on how much slower the machine really is. One that writes too
# much has written more by the time it is killed.
OVER = {"TLE": {"tests", "groups"}, "OLE": {"output_bytes"}}

def strip(value):
    if isinstance(value, dict):
        drop = LEFT_OUT | OVER.get(value.get("verdict"), set())
        return {k: strip(v) for k, v in value.items() if k not in drop}
    return [strip(v) for v in value] if isinstance(value, list) else value

for line in open(sys.argv[1]):
    judgement = strip(json.loads(line))
    judgement["submission"] = re.sub("^.*/(?=submissions/)", "", judgement["submission"])
    print(json.dumps(judgement, sort_keys=True))
' "$1" | sort
}
facts "/work/$set.json" >/tmp/there
facts /tmp/here.json >/tmp/here
if [ ! -s /tmp/there ] || ! diff /tmp/there /tmp/here; then
	echo "< is what the host says, > what came out here"
	exit 1
fi
left=$(find /sys/fs/cgroup -name 'gavel-*')
[ -z "$left" ] || { echo "left behind: $left"; exit 1; }
echo "vm: $(wc -l </tmp/here) submissions through the queue, the same as on the host, test for test"
