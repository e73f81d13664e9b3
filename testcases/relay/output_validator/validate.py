"""Compares the distances from the start that was chosen with the smallest possible; "exact" asks for that."""
import sys

with open(sys.argv[1]) as f:
    n, *places = map(int, f.read().split())
feedback, exact = sys.argv[3], "exact" in sys.argv[4:]
try:
    (start,) = map(int, sys.stdin.read().split())
except ValueError:
    with open(feedback + "judgemessage.txt", "w") as f:
        f.write("that is not one integer\n")
    sys.exit(43)
middle = sorted(places)[n // 2]
distance, least = (sum(abs(p - s) for p in places) for s in (start, middle))
if exact:
    sys.exit(42 if distance == least else 43)
with open(feedback + "score_multiplier.txt", "w") as f:
    f.write(f"{least / distance if distance else 1}\n")
sys.exit(42)
