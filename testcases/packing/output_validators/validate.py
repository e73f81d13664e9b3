"""Accepts boxes that the van can carry; score.txt says how full it is, in per cent of the best."""
import sys

with open(sys.argv[1]) as f:
    n, w, *weights = map(int, f.read().split())
with open(sys.argv[2]) as f:
    best = int(f.read())


def wrong(message):
    with open(sys.argv[3] + "judgemessage.txt", "w") as f:
        f.write(message + "\n")
    sys.exit(43)


try:
    boxes = [int(word) for word in sys.stdin.read().split()]
except ValueError:
    wrong("there is something that is no number")
if len(set(boxes)) != len(boxes) or not all(1 <= b <= n for b in boxes):
    wrong("there is no such box, or one twice")
load = sum(weights[b - 1] for b in boxes)
if load > w:
    wrong(f"the van carries {w} kg, not {load}")
with open(sys.argv[3] + "score.txt", "w") as f:
    f.write(f"{100 * load / best:.4f}\n")
sys.exit(42)
