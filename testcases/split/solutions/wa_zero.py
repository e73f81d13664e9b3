input()
print(*["0" for _ in input().split()])
