import sys

slips = sorted(map(int, sys.stdin.buffer.read().split()[1:]))
print(max(b - a for a, b in zip(slips, slips[1:])))
