"""An integer object for every second of the year, and a list to hold them."""
import sys

seconds = list(range(10_000_001))
slips = sorted(map(int, sys.stdin.buffer.read().split()[1:]))
print(max(seconds[b] - seconds[a] for a, b in zip(slips, slips[1:])))
