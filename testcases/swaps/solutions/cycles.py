n = int(input())
p = list(map(int, input().split()))
for i in range(n):
    while p[i] != i + 1:
        j = p[i] - 1
        p[i], p[j] = p[j], p[i]
        print(i + 1, j + 1)
