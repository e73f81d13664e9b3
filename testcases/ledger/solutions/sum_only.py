numbers = list(map(int, input().split()))
print(sum(numbers), 0)
