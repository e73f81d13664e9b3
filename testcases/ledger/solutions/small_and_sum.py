numbers = list(map(int, input().split()))
print(sum(numbers), max(numbers) if len(numbers) < 5 else 0)
