input()
print(*["1" for _ in input().split()])
