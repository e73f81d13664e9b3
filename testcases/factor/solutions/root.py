import sys

sys.stdin = open("factor.in")
sys.stdout = open("factor.out", "w")
n = int(input())
d = next(d for d in range(2, 10**6 + 1) if n % d == 0)
print(n // d, d)
