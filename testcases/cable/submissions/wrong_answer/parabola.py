"""Takes the cable for a parabola, which is close when it hardly sags."""
from math import sqrt

for _ in range(int(input())):
    d, length = map(int, input().split())
    print(sqrt(3 * d * (length - d) / 8) / 1000)
