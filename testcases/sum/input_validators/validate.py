"""Exits 42 when standard input is a well-formed test of "Sum", else 43."""
import re
import sys

INTEGER = re.compile(r"0|-?[1-9][0-9]{0,11}")


def reject(reason):
    print(reason, file=sys.stderr)
    sys.exit(43)


def integer(token, low, high):
    if not INTEGER.fullmatch(token):
        reject(f"{token[:30]!r} is not a plain integer")
    if not low <= int(token) <= high:
        reject(f"{token} is outside {low}..{high}")
    return int(token)


lines = sys.stdin.read().split("\n")
if len(lines) != 3 or lines[2] != "":
    reject("there must be exactly two lines")
count = integer(lines[0], 1, 100_000)
entries = lines[1].split(" ")
if len(entries) != count:
    reject(f"{count} entries announced, {len(entries)} given")
for entry in entries:
    integer(entry, -(10**9), 10**9)
sys.exit(42)
