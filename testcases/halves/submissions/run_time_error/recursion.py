"""One call per stone is deeper than Python goes."""


def fill(stone, left):
    if stone == 0:
        return []
    if stone <= left:
        return [stone] + fill(stone - 1, left - stone)
    return fill(stone - 1, left)


n = int(input())
if n % 4 in (1, 2):
    print("no")
else:
    basket = fill(n, n * (n + 1) // 4)
    print("yes")
    print(len(basket))
    print(*basket)
