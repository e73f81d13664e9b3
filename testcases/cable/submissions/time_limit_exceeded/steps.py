from math import cosh, sinh

for _ in range(int(input())):
    d, length = map(int, input().split())
    u = 0.05
    while sinh(u) / u < length / d:
        u += 1e-7
    print(d / 1000 * (cosh(u) - 1) / (2 * u))
