"""Goes through all the subsets in the order of their binary numbers."""
n = int(input())
all_stones = n * (n + 1) // 2
for subset in range(1, 2**n):
    basket = [i + 1 for i in range(n) if subset >> i & 1]
    if 2 * sum(basket) == all_stones:
        print("yes")
        print(len(basket))
        print(*basket)
        break
else:
    print("no")
