n = int(input())
entries = list(map(int, input().split()))
total = 0
for i in range(n):
    total = sum(entries[: i + 1])
print(total)
