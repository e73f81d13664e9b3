n = int(input())
entries = list(map(int, input().split()))
print(sum(entries) + entries[n])
