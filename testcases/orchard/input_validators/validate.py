"""Exits 42 when standard input is a well-formed test of "Orchard", else 43."""
import re
import sys

text = sys.stdin.read()
good = re.fullmatch(r"[1-9][0-9]* [1-9][0-9]*\n", text) and max(map(int, text.split())) <= 10**9
sys.exit(42 if good else 43)
