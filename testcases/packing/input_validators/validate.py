"""Exits 42 when standard input is a well-formed test of "Packing", else 43."""
import re
import sys

text = sys.stdin.read()
good = re.fullmatch(r"[1-9][0-9]* [1-9][0-9]*\n[1-9][0-9]*( [1-9][0-9]*)*\n", text)
if good:
    n, w, *boxes = map(int, text.split())
    good = 1 <= n <= 20 and n == len(boxes) and 1 <= w <= 10**6 and min(boxes) >= 1
sys.exit(42 if good else 43)
