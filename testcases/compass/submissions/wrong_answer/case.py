import math

x, y = map(int, input().split())
print("HOME" if x == y == 0 else f"away {math.hypot(x, y)}")
