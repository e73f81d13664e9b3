"""Writes no file, and would fail if the interpreter had to."""
import concurrent.futures
import decimal
import random
import sys

sys.setrecursionlimit(20000)


def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)


with concurrent.futures.ThreadPoolExecutor(8) as pool:
    assert sum(pool.map(depth, range(100))) == sum(range(100))
assert decimal.Decimal(2).sqrt() < 2 and 0 <= random.random() < 1
print("safe")
