"""Grades a group: the square of the longest run of accepted children, or with the flag "sum" the sum of their points."""
import sys

verdicts, scores = zip(*(line.split() for line in sys.stdin))
if sys.argv[1:] == ["sum"]:
    total = sum(map(float, scores))
    print("AC" if total > 0 else verdicts[-1], total)
    sys.exit()
longest = run = 0
for verdict in verdicts:
    run = run + 1 if verdict == "AC" else 0
    longest = max(longest, run)
print("AC" if longest else verdicts[0], longest * longest)
