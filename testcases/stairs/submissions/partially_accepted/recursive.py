import sys

# Too deep for the last group.
sys.setrecursionlimit(3000)
memo = {0: 1, 1: 1}


def ways(n):
    if n not in memo:
        memo[n] = (ways(n - 1) + ways(n - 2)) % (10**9 + 7)
    return memo[n]


print("Ways", ways(int(input())))
