#!/bin/sh
# Runs in the virtual machine: every test binary of /work/packages in its own directory, where its testdata is.
# VM_FLAGS are more flags for them, separated by commas.
failed=0
flags=$(echo "$VM_FLAGS" | tr , ' ')
while read -r package; do
	cd "/work/src/$package" || exit 1
	began=$(date +%s)
	# shellcheck disable=SC2086 # a list of words
	if ./test -test.timeout=10m -test.v $flags >/tmp/test.log 2>&1; then
		outcome=pass
		grep -E '^ *--- SKIP' -A1 /tmp/test.log
	else
		outcome=FAIL failed=1
		cat /tmp/test.log
	fi
	echo "vm: $outcome $package, $(grep -c '^ *--- PASS' /tmp/test.log) passed," \
		"$(grep -c '^ *--- SKIP' /tmp/test.log) skipped, $(grep -c '^ *--- FAIL' /tmp/test.log) failed," \
		"$(($(date +%s) - began)) s"
done </work/packages
exit $failed
