"""Accepts any way to pay the amount with as few coins as the answer has."""
import sys

amount = int(open(sys.argv[1]).read())
best = len(open(sys.argv[2]).read().split())
feedback = open(sys.argv[3] + "judgemessage.txt", "w")
try:
    coins = [int(word) for word in sys.stdin.read().split()]
except ValueError as error:
    feedback.write(f"no number: {error}")
    sys.exit(43)
if sum(coins) != amount or not set(coins) <= {1, 5, 10, 25} or len(coins) != best:
    feedback.write(f"{len(coins)} coins of {sum(coins)} in all, best is {best}")
    sys.exit(43)
sys.exit(42)
