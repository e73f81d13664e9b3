#!/bin/sh
# Runs in the virtual machine that systemd has booted: gavel.service is installed as its header says, judges, is
# killed and starts again, and stops when it is told to.
set -eu
export GAVEL_STATE_DIR=/var/lib/gavel
service=/sys/fs/cgroup/system.slice/gavel.service

fail() {
	echo "$*"
	systemctl status --no-pager --full gavel || true
	journalctl --no-pager -u gavel | tail -n 40
	exit 1
}

await() { # SECONDS COMMAND...
	deadline=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$deadline" ] || fail "waited in vain for: $*"
		sleep 0.2
	done
}
serving() { [ -e "$GAVEL_STATE_DIR/worker.json" ]; }
judges() { /work/bin/gavel submit --problem zigzag --wait --timeout 10m /work/few/zigzag/submissions/accepted/ends.c; }

mkdir -p /work/few/slow/data/secret
echo 'name: Slow' >/work/few/slow/problem.yaml
echo 10 >/work/few/slow/.timelimit
echo hello | tee /work/few/slow/data/secret/1.in >/work/few/slow/data/secret/1.ans
printf 'import time\ntime.sleep(2)\nprint(input())\n' >/tmp/slow.py

install -D -m 0755 /work/bin/gavel /usr/local/bin/gavel
install -D -m 0644 /work/src/configs/worker.yaml /etc/gavel/worker.yaml
sed -i -e 's,^problems: .*,problems: /work/few,' -e 's,^languages: .*,languages: /work/few.yaml,' /etc/gavel/worker.yaml
mkdir -p /etc/systemd/system
install -m 0644 /work/src/configs/systemd/gavel.service /etc/systemd/system/
systemctl daemon-reload

systemctl start gavel || fail "it does not start"
await 600 serving
judges || fail "it does not judge"

# The worker has moved aside within its own group, and its containers are in groups beside it.
main=$(systemctl show -P MainPID gavel)
case $(cat "/proc/$main/cgroup") in
0::/system.slice/gavel.service/gavel-*/worker) ;;
*) fail "the worker is in the group $(cat "/proc/$main/cgroup")" ;;
esac
ls -d "$service"/gavel-*/*/run* >/dev/null || fail "no groups for runs"

# Killed at once, it is started again, removes what it left and judges.
rm -f "$GAVEL_STATE_DIR/worker.json"
systemctl kill --kill-whom=main --signal=KILL gavel
await 600 serving
[ "$(systemctl show -P MainPID gavel)" != "$main" ] || fail "it was not killed"
judges || fail "it does not judge after having been killed"
[ "$(find "$service" -maxdepth 1 -name 'gavel-*' | wc -l)" = 1 ] || fail "groups are left: $(ls "$service")"

# Stopped while it judges, it finishes that, or hands it back after the grace time, and leaves no group.
/work/bin/gavel submit --problem slow --id last /tmp/slow.py
await 300 sh -c 'find /var/lib/gavel/temp -mindepth 1 | grep -q .'
systemctl stop gavel || fail "it does not stop"
[ "$(systemctl show -P Result gavel)" = success ] || fail "its result is $(systemctl show -P Result gavel)"
journalctl --no-pager -u gavel | grep -qE '"submission":"last",("verdict":"AC"|.*grace time is over)' ||
	fail "what was running was neither finished nor handed back"
[ ! -e "$service" ] || fail "its control group is still there"
echo "vm: a service of systemd that judges, is killed, starts again, and stops"
