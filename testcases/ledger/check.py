#!/usr/bin/env python3
"""check INPUT OUTPUT ANSWER REPORT -appes: writes the result as XML."""

import sys
from xml.sax.saxutils import escape


def report(outcome: str, message: str, points: str = "") -> None:
    with open(sys.argv[4], "w", encoding="utf-8") as f:
        f.write('<?xml version="1.0" encoding="windows-1251"?>')
        f.write(f'<result outcome = "{outcome}"{points}>{escape(message)}</result>')
    sys.exit(77)


assert sys.argv[5] == "-appes"
with open(sys.argv[2], errors="replace") as output, open(sys.argv[3]) as answer, open(sys.argv[1]) as data:
    got, want, small = output.read().split(), answer.read().split(), len(data.read().split()) < 5
if not got:
    report("unexpected-eof", "nothing was written")
if len(got) != 2 or not all(word.lstrip("-").isdigit() for word in got):
    report("presentation-error", f"two numbers were expected: {got[:5]}")
if got == want:
    report("accepted", "sum & largest") if small else report("points", "sum & largest", ' points = "40"')
if got == [want[0], "0"] and not small:
    report("points", "the sum", ' points = "10.0"')
report("wrong-answer", f"{got} is not {want}")
