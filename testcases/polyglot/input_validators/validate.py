import re
import sys

text = sys.stdin.read()
if not re.fullmatch(r"[1-5]\n(0|-?[1-9]\d*)( (0|-?[1-9]\d*))*\n", text):
    sys.exit(43)
first, second = text.splitlines()
numbers = [int(word) for word in second.split(" ")]
sys.exit(42 if len(numbers) == int(first) and all(abs(x) <= 10**6 for x in numbers) else 43)
