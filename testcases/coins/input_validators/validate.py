import re
import sys

text = sys.stdin.read()
good = re.fullmatch(r"[1-9][0-9]{0,4}\n", text) and int(text) <= 10000
sys.exit(42 if good else 43)
