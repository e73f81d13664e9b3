"""Accepts a sequence without equal steps one after the other; its score is its length."""
import sys

with open(sys.argv[1]) as f:
    n = int(f.read())
try:
    places = [int(word) for word in sys.stdin.read().split()]
except ValueError:
    sys.exit(43)
steps = [abs(b - a) for a, b in zip(places, places[1:])]
if len(places) > 1000 or not all(1 <= p <= n for p in places) or any(a == b for a, b in zip(steps, steps[1:])):
    sys.exit(43)
with open(sys.argv[3] + "score.txt", "w") as f:
    f.write(f"{len(places)}\n")
sys.exit(42)
