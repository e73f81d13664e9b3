"""Pops once more than there are stops."""
n = int(input())
stops = list(range(1, n + 1))
for i in range(n + 1):
    print(stops.pop(0 if i % 2 else -1))
