import re
import sys

lines = sys.stdin.read()
match = re.fullmatch(r"([1-9][0-9]?)\n([1-9][0-9]*(?: [1-9][0-9]*)*)\n", lines)
if not match or int(match[1]) > 50:
    sys.exit(43)
weights = [int(w) for w in match[2].split()]
if len(weights) != int(match[1]) or len(set(weights)) != len(weights):
    sys.exit(43)
sys.exit(42)
