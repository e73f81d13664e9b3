#!/bin/sh
# Runs in the virtual machine that systemd has booted: the Debian package is installed, its service judges, is killed and
# starts again, is upgraded while submissions wait, and stops when it is told to; the package is removed and purged.
set -eu
export GAVEL_STATE_DIR=/var/lib/gavel
service=/sys/fs/cgroup/system.slice/gavel.service

fail() {
	echo "$*"
	systemctl status --no-pager --full gavel || true
	cat /tmp/dpkg || true
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
judges() { gavel submit --problem zigzag --wait --timeout 10m /work/few/zigzag/submissions/accepted/ends.c; }

mkdir -p /work/few/slow/data/secret
echo 'name: Slow' >/work/few/slow/problem.yaml
echo 10 >/work/few/slow/.timelimit
echo hello | tee /work/few/slow/data/secret/1.in >/work/few/slow/data/secret/1.ans
printf 'import time\ntime.sleep(2)\nprint(input())\n' >/tmp/slow.py

# package runs dpkg as an unattended upgrade does, which keeps configuration files that were edited.
package() { # ARGUMENTS...
	dpkg --force-confdef --force-confold "$@" >/tmp/dpkg 2>&1 </dev/null || fail "dpkg $*"
}

# Installed, the service runs and will do so after a restart of the host. Then somebody edits its configuration.
package --install /work/gavel.deb
systemctl is-enabled gavel || fail "it is not enabled"
case $(systemctl show -P ActiveState gavel) in active | activating) ;; *) fail "it was not started" ;; esac
sed -i -e 's,^problems: .*,problems: /work/few,' -e 's,^languages: .*,languages: /work/few.yaml,' /etc/gavel/worker.yaml
cp /etc/gavel/worker.yaml /tmp/edited.yaml
zcat /usr/share/man/man1/gavel-submit.1.gz | grep -q '^\.TH "GAVEL' || fail "no manual page of gavel submit"
# shellcheck disable=SC2016 # for the shell that it starts
bash -c 'set -eu; . /usr/share/bash-completion/completions/gavel; COMP_WORDS=(gavel subm); COMP_CWORD=1
	_gavel; [ "${COMPREPLY[*]}" = "submit " ] || [ "${COMPREPLY[*]}" = submit ]' || fail "bash does not complete gavel subm"

systemctl restart gavel || fail "it does not start"
await 600 serving
gavel ready || fail "it is not ready"
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

# Upgraded while submissions run and wait, it judges each of them once, and has the configuration that was edited.
before=$(systemctl show -P MainPID gavel)
waiting="u1 u2 u3 u4"
for id in $waiting; do gavel submit --problem slow --id "$id" /tmp/slow.py; done
await 300 sh -c 'find /var/lib/gavel/temp -mindepth 1 | grep -q .'
package --install /work/next.deb
await 600 serving
[ "$(systemctl show -P MainPID gavel)" != "$before" ] || fail "the upgrade has not restarted it"
[ "$(readlink "/proc/$(systemctl show -P MainPID gavel)/exe")" = /usr/bin/gavel ] || fail "it does not run the new binary"
cmp /tmp/edited.yaml /etc/gavel/worker.yaml || fail "the configuration that was edited is gone"
grep -q 'of the next version' /etc/gavel/languages.yaml || fail "the language table that nobody edited is the old one"
for id in $waiting; do
	gavel watch --timeout 10m "$id" >/tmp/watched || fail "$id: $(cat /tmp/watched)"
	told=$(journalctl --no-pager -u gavel | grep -c "\"submission\":\"$id\",\"verdict\":\"AC\"")
	[ "$told" = 1 ] || fail "$id has $told verdicts"
done

# Stopped while it judges, it finishes that, or hands it back after the grace time, and leaves no group.
gavel submit --problem slow --id last /tmp/slow.py
await 300 sh -c 'find /var/lib/gavel/temp -mindepth 1 | grep -q .'
systemctl stop gavel || fail "it does not stop"
[ "$(systemctl show -P Result gavel)" = success ] || fail "its result is $(systemctl show -P Result gavel)"
journalctl --no-pager -u gavel | grep -qE '"submission":"last",("verdict":"AC"|.*grace time is over)' ||
	fail "what was running was neither finished nor handed back"
[ ! -e "$service" ] || fail "its control group is still there"

# Removed, it leaves configuration and state; purged, it leaves nothing.
systemctl start gavel || fail "it does not start again"
package --remove gavel
systemctl is-active gavel && fail "it runs after having been removed"
[ ! -e /usr/bin/gavel ] || fail "its binary is still there"
if [ ! -d /var/lib/gavel/queue ] || ! cmp /tmp/edited.yaml /etc/gavel/worker.yaml; then fail "removing has taken configuration or state"; fi
package --purge gavel
for path in /etc/gavel /var/lib/gavel /etc/systemd/system/multi-user.target.wants/gavel.service; do
	if [ -e "$path" ] || [ -L "$path" ]; then fail "$path is left"; fi
done
echo "vm: a package whose service judges, is killed, upgraded and stopped, and that is removed and purged"
