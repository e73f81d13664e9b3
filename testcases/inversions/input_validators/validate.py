"""Exits 42 when standard input is a well-formed test of "Inversions", else 43."""
import re
import sys

form = re.fullmatch(r"([1-9][0-9]*)\n([0-9]+(?: [0-9]+)*)\n", sys.stdin.read())
if not form:
    sys.exit(43)
numbers = form[2].split(" ")
plain = all(str(int(x)) == x and int(x) <= 10**9 for x in numbers)
sys.exit(42 if plain and len(numbers) == int(form[1]) <= 20000 else 43)
