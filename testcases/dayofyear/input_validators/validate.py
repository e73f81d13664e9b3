"""Exits 42 when standard input is a well-formed test of "Day of the Year", else 43."""
import re
import sys

form = re.fullmatch(r"([1-9][0-9]{3}) ([1-9][0-9]{0,2})\n", sys.stdin.read())
if not form:
    sys.exit(43)
year, day = int(form[1]), int(form[2])
leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
sys.exit(42 if year >= 1600 and day <= 365 + leap else 43)
