import re
import sys

match = re.fullmatch(r"write (0|[1-9][0-9]*)\n", sys.stdin.read())
sys.exit(42 if match and int(match[1]) <= 10000 else 43)
