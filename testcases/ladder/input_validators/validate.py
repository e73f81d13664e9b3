"""Exits 42 when standard input is a well-formed test of "Ladder", else 43."""
import re
import sys

text = sys.stdin.read()
good = re.fullmatch(r"[1-9][0-9]*\n", text) and int(text) <= 80
sys.exit(42 if good else 43)
