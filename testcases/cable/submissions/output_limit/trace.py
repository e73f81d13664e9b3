"""The right answers, and on standard error the traces of the search."""
import sys
from math import cosh, sinh

for _ in range(int(input())):
    d, length = map(int, input().split())
    low, high = 0.001, 6.0
    for _ in range(60):
        u = (low + high) / 2
        if sinh(u) / u < length / d:
            low = u
        else:
            high = u
        print("now between", low, "and", high, file=sys.stderr)
    print(d / 1000 * (cosh(low) - 1) / (2 * low))
