import re
import sys

text = sys.stdin.read()
ok = re.fullmatch(r"(0|[1-9][0-9]*)\n", text) and int(text) <= 1000
sys.exit(42 if ok else 43)
