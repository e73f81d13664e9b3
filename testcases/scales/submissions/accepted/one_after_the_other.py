best = 1
for coin in range(2, int(input()) + 1):
    print("?", best, coin, flush=True)
    best = int(input())
print("!", best)
