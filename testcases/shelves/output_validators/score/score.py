"""Gives 60 points less 10 for each shelf that is missing or too much; none at all with the flag "whole"."""
import sys

right = int(open(sys.argv[2]).read())
words = open(0, errors="replace").read().split()
off = abs(int(words[0]) - right) if len(words) == 1 and words[0].isdecimal() else 6
if "whole" not in sys.argv[4:]:
    open(sys.argv[3] + "score.txt", "w").write(str(max(0, 60 - 10 * off)))
sys.exit(42 if off == 0 else 43)
