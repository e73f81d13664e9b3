#!/bin/sh
# Runs in the virtual machine: every sample of /work/all must get there, test for test, what it got on the host under its
# version of control groups: /work/all.json. Time limits are those of /work/all.limits, and as many times longer as
# programs take here.
set -eu
slowness=20
export GAVEL_STATE_DIR=/root/gavel GAVEL_LANGUAGES=/work/all.yaml
: >/tmp/all.json
for package in /work/all/*; do
	name=$(basename "$package")
	limit=$(sed -n "s/^$name: time limit \([0-9.]*\) s.*/\1/p" /work/all.limits)
	seconds=$(python3 -c "print(${limit:-1} * $slowness)")
	/work/bin/gavel verify --format json --time-limit "$seconds" "$package" >>/tmp/all.json 2>/tmp/verify ||
		{ echo "$name:"; cat /tmp/verify; }
done

# facts drops what is measured.
facts() { sed -E 's/,?"(cpu_us|wall_us|peak_memory_bytes)":[0-9]+//g' "$1" | sort; }
facts /work/all.json >/tmp/there
facts /tmp/all.json >/tmp/here
if ! diff /tmp/there /tmp/here; then
	echo "these differ: < on the host, > here"
	exit 1
fi
echo "vm: $(wc -l </tmp/here) samples, the same test for test as on the host"
