n = int(input())
p = list(map(int, input().split()))
# Every swap is done, undone and done again.
for i in range(n):
    while p[i] != i + 1:
        j = p[i] - 1
        p[i], p[j] = p[j], p[i]
        for _ in range(3):
            print(i + 1, j + 1)
