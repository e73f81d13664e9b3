#!/bin/sh
# Runs in the virtual machine: every part of /work/parts, which is a script beside this one or a test binary in the
# directory of its package, where its testdata is. VM_FLAGS are more flags for those, separated by commas.
failed=0
flags=$(echo "$VM_FLAGS" | tr , ' ')

# tests_of says which tests of a package run here: those in which versions of control groups can make a difference. The
# others have run on the host, ten times as fast; VM_FLAGS=-test.run=. runs all of them.
tests_of() { # PACKAGE
	case $1 in
	sandbox)
		limits='CPULimit|WallLimit|OutputLimit|OutputAtTheLimit|MemoryLimit|HostWithoutMemory|PeakMemory|ForkBomb|PidsLimit|OtherLimits'
		ends='Outcomes|CPUAndWallAreTold|CPUKillIsPrompt|OutputKillIsPrompt|Cancel|EndedContext|LostContainer|CloseDuringARun'
		rest='Command|Reset|ResetAfterAKill|Pair|PairCanceled|PairLost|StarvedProgram|NeighboursAreApart|NoPrivileges|ForbiddenAttempts'
		echo "^Test($limits|$ends|$rest)\$|^TestRootless\$/^(delegated_group|both)\$"
		;;
	sandbox/pool) echo '^Test(GroupsOfAKilledWorkerAreRemoved|CloseWithLeasedContainers|KilledWhile(Idle|Leased)|LeaseAndRelease|LeasePair|Pin)$' ;;
	judge) echo '^TestVerdicts$' ;;
	judge/attacktest) echo '^TestAttacks$' ;;
	worker) echo '^(TestRootless|TestKernelScript)$/^(delegated_group|both|kill|serve)$' ;;
	*) echo . ;;
	esac
}

run() { # PART
	if [ -e "/work/guest/$1.sh" ]; then
		sh "/work/guest/$1.sh"
	else
		# shellcheck disable=SC2086 # a list of words
		cd "/work/src/$1" && ./test -test.timeout=20m -test.v -test.run="$(tests_of "$1")" $flags
	fi
}

while read -r part; do
	began=$(date +%s)
	echo "vm: running $part"
	if (run "$part") >/tmp/log 2>&1 </dev/null; then
		outcome=pass
		grep -E '^ *--- SKIP' -A1 /tmp/log
		sed -nE "s,^ *--- (PASS|SKIP|FAIL): ([^ ]+) .*,vm: test \\1 $part \\2,p" /tmp/log
		grep -E '^vm: |^[a-z]+/[a-zA-Z_0-9]+\.|^--- PASS.*\([0-9]{2,}\.' /tmp/log # and what takes long
	else
		outcome=FAIL failed=1
		cat /tmp/log
	fi
	echo "vm: $outcome $part, $(grep -c '^ *--- PASS' /tmp/log) passed," \
		"$(grep -c '^ *--- SKIP' /tmp/log) skipped, $(grep -c '^ *--- FAIL' /tmp/log) failed," \
		"$(($(date +%s) - began)) s"
done </work/parts
exit $failed
