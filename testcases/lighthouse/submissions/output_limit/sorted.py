"""Shows its work on standard error, which counts as well: the slips in order, three times."""
import sys

slips = sorted(map(int, sys.stdin.buffer.read().split()[1:]))
for _ in range(3):
    print("\n".join(map(str, slips)), file=sys.stderr)
print(max(b - a for a, b in zip(slips, slips[1:])))
