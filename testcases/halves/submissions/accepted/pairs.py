"""Pairs of equal sum from both ends, every second one; with 3 left over, 3 or 1 + 2."""
n = int(input())
if n % 4 in (1, 2):
    print("no")
else:
    basket = [3] if n % 4 == 3 else []
    stones = list(range(n % 4 + 1, n + 1))
    for i in range(0, len(stones) // 2, 2):
        basket += [stones[i], stones[-1 - i]]
    print("yes")
    print(len(basket))
    print(*basket)
