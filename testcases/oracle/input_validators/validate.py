import re
import sys

match = re.fullmatch(r"(0|[1-9][0-9]*) 0\n", sys.stdin.read())
sys.exit(42 if match and int(match[1]) <= 15 else 43)
