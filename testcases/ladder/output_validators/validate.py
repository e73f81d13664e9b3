"""Compares numbers. With the flag "digits", score.txt says how many of the first digits are right."""
import sys

with open(sys.argv[2]) as f:
    answer = f.read().strip()
output = open(0, errors="replace").read().strip()
if "digits" in sys.argv[4:]:
    right = 0
    while right < min(len(answer), len(output)) and answer[right] == output[right]:
        right += 1
    with open(sys.argv[3] + "score.txt", "w") as f:
        f.write(f"{right}\n")
sys.exit(42 if output == answer else 43)
