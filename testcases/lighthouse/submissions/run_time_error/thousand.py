"""Gives up with an exit code when there is too much to do by hand."""
import sys

slips = sorted(map(int, sys.stdin.buffer.read().split()[1:]))
if len(slips) > 1000:
    sys.exit(200)
print(max(b - a for a, b in zip(slips, slips[1:])))
