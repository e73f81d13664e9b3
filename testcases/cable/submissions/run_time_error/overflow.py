"""Starts so far to the right that cosh overflows, which Python does not forgive."""
from math import cosh, sinh

for _ in range(int(input())):
    d, length = map(int, input().split())
    u = 1000.0
    for _ in range(2000):
        u -= (sinh(u) - u * length / d) / (cosh(u) - length / d)
    print(d / 1000 * (cosh(u) - 1) / (2 * u))
