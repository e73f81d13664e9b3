#!/usr/bin/env python3
"""checker INPUT ANSWER OUTPUT: prints a score from 0 to 1, and a message for the team on standard error."""

import sys

with open(sys.argv[2]) as answer, open(sys.argv[3], errors="replace") as output:
    want, got = answer.read().strip(), output.read().strip()
right = sum(w == g for w, g in zip(want, got)) if len(got) <= len(want) else 0
print(right / len(want))
print("some 0.7 text after the number")
print("translate:success" if right == len(want) else f"{right} letters are right", file=sys.stderr)
