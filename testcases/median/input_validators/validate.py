import re
import sys

lines = sys.stdin.read().split("\n")
good = len(lines) == 3 and lines[2] == "" and re.fullmatch(r"[1-9][0-9]{0,3}", lines[0]) and int(lines[0]) <= 1000
numbers = lines[1].split(" ") if good else []
good = good and len(numbers) == int(lines[0]) and all(re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", x) for x in numbers)
sys.exit(42 if good else 43)
