import re
import sys

text = sys.stdin.read()
lines = text.split("\n")
ok = lines[-1] == "" and 1 <= len(lines) - 1 <= 1000
ok = ok and all(re.fullmatch(r"[A-Za-z]{1,20} (0|[1-9][0-9]?|100)", line) for line in lines[:-1])
sys.exit(42 if ok else 43)
