"""Asks for a table of 60 million numbers, filled at once."""
n = int(input())
table = [0.5] * 60_000_000
print(len(table) + n)
