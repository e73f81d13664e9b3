"""Exits 42 when standard input is a well-formed test of "Harbor", else 43."""
import re
import sys

text = sys.stdin.read()
good = re.fullmatch(r"[1-9][0-9]*\n-?[0-9]+( -?[0-9]+)*\n", text)
if good:
    n, *changes = map(int, text.split())
    good = n <= 3000 and n == len(changes) and all(abs(c) <= 1000 for c in changes)
sys.exit(42 if good else 43)
