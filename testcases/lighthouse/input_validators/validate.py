"""Exits 42 when standard input is a well-formed test of "The Lighthouse", else 43."""
import re
import sys


def reject(reason):
    print(reason, file=sys.stderr)
    sys.exit(43)


text = sys.stdin.read()
if not re.fullmatch(r"(?:(?:0|[1-9][0-9]{0,7})\n)+", text):
    reject("there is something other than one plain integer in each line")
count, *slips = map(int, text.split())
if not 2 <= count <= 640_000:
    reject(f"{count} slips are too few or too many")
if len(slips) != count:
    reject(f"{count} slips announced, {len(slips)} given")
if max(slips) > 10_000_000:
    reject(f"{max(slips)} is after the end of the year")
sys.exit(42)
