"""Exits 42 when standard input is a well-formed test of "Brackets", else 43."""
import re
import sys

sys.exit(42 if re.fullmatch(r"[()\[\]{}]{1,1000}\n", sys.stdin.read()) else 43)
