"""Exits 42 when standard input is a well-formed test of "Relay", else 43."""
import re
import sys

text = sys.stdin.read()
good = re.fullmatch(r"[1-9][0-9]*\n-?[0-9]+( -?[0-9]+)*\n", text)
if good:
    n, *places = map(int, text.split())
    good = n <= 1000 and n == len(places) and all(abs(p) <= 10**6 for p in places)
sys.exit(42 if good else 43)
