n = int(input())
coins = []
for coin in (25, 10, 5, 1):
    coins += [coin] * (n // coin)
    n %= coin
print("\n".join(map(str, reversed(coins))))
