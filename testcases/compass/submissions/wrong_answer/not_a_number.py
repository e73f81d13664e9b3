import math

x, y = map(int, input().split())
print("home" if x == y == 0 else "away nan")
