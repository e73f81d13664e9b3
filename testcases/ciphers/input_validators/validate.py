"""Exits 42 when standard input is a well-formed test of "Ciphers", else 43."""
import re
import sys

text = sys.stdin.read()
good = re.fullmatch(r"[a-z]+( [a-z]+)*\n", text)
sys.exit(42 if good else 43)
