input()
numbers = sorted(map(float, input().split()))
print(numbers[len(numbers) // 2])
