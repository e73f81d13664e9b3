#!/bin/sh
# Runs in the virtual machine: serve.sh as in a container of an engine, under docker-compose.yml's capabilities: the
# control group namespace begins at a group that has other processes than the worker in it.
set -eu
group=/sys/fs/cgroup/engine
echo "+memory +pids +cpuset" >/sys/fs/cgroup/cgroup.subtree_control
mkdir "$group"
sh -c "echo \$\$ >$group/cgroup.procs && exec unshare --cgroup --mount sh -c '
	umount /sys/fs/cgroup
	mount -t cgroup2 none /sys/fs/cgroup
	exec setpriv --bounding-set=-all,+setuid,+setgid,+chown sh /work/guest/serve.sh'"
rmdir "$group"
