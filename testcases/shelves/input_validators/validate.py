import re
import sys

lines = sys.stdin.read().split("\n")
good = len(lines) == 3 and lines[2] == "" and re.fullmatch(r"[1-9][0-9]* [1-9][0-9]*", lines[0])
if good:
    width, count = map(int, lines[0].split())
    books = lines[1].split(" ")
    good = len(books) == count and all(re.fullmatch(r"[1-9][0-9]*", b) and int(b) <= width for b in books)
sys.exit(42 if good else 43)
