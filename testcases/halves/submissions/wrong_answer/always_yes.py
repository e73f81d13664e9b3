"""Claims a way where there is none: half of an odd weight, rounded down."""
n = int(input())
left = n * (n + 1) // 4
basket = []
for stone in range(n, 0, -1):
    if stone <= left:
        basket.append(stone)
        left -= stone
print("yes")
print(len(basket))
print(*basket)
