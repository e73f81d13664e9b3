"""Exits 42 when standard input is a well-formed test of "Hanging Cable", else 43."""
import re
import sys

NUMBER = re.compile(r"[1-9][0-9]{0,8}")


def reject(reason):
    print(reason, file=sys.stderr)
    sys.exit(43)


def number(token, low, high):
    if not NUMBER.fullmatch(token) or not low <= int(token) <= high:
        reject(f"{token[:30]!r} is not an integer in {low}..{high}")
    return int(token)


lines = sys.stdin.read().split("\n")
if lines[-1] != "":
    reject("the last line does not end")
count = number(lines[0], 1, 1000)
if len(lines) != count + 2:
    reject(f"{count} cables announced, {len(lines) - 2} given")
for line in lines[1:-1]:
    words = line.split(" ")
    if len(words) != 2:
        reject(f"{line[:30]!r} is not a cable")
    distance = number(words[0], 1000, 1_000_000)
    length = number(words[1], 1000, 10 * distance)
    if 1000 * length < 1001 * distance:
        reject(f"a cable of {length} is too tight over {distance}")
sys.exit(42)
