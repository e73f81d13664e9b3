import math

x, y = map(int, input().split())
print("home" if x == y == 0 else f"  away\n{math.hypot(x, y):+.2f}")
