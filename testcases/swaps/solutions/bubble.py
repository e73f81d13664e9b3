n = int(input())
p = list(map(int, input().split()))
for _ in range(n):
    for i in range(n - 1):
        if p[i] > p[i + 1]:
            p[i], p[i + 1] = p[i + 1], p[i]
            print(i + 1, i + 2)
