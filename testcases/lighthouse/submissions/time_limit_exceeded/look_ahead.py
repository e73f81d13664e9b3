"""For every ship looks through all the others for the next one."""
import sys

slips = list(map(int, sys.stdin.buffer.read().split()[1:]))
longest = 0
for ship in slips:
    later = [other for other in slips if other > ship]
    if later:
        longest = max(longest, min(later) - ship)
print(longest)
