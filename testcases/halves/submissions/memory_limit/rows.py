"""One row of bytes for every stone, as long as half of the weight: 2 GB at most."""
n = int(input())
left = n * (n + 1) // 4
rows = [b"." * (left + 1) for _ in range(n)]
if n % 4 in (1, 2):
    print("no")
else:
    basket = []
    for stone in range(len(rows), 0, -1):
        if stone <= left:
            basket.append(stone)
            left -= stone
    print("yes")
    print(len(basket))
    print(*basket)
