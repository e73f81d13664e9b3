import math

x, y = map(int, input().split())
print("home" if x == y == 0 else f"away {math.hypot(x, y):.5e}")
