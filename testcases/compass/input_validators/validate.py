import re
import sys

m = re.fullmatch(r"(0|-?[1-9][0-9]*) (0|-?[1-9][0-9]*)\n", sys.stdin.read())
sys.exit(42 if m and all(abs(int(x)) <= 10**9 for x in m.groups()) else 43)
