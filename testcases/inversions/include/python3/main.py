"""Reads the input, calls the submission, and prints what it returns."""
from inversions import inversions

input()
print(inversions([int(x) for x in input().split()]))
