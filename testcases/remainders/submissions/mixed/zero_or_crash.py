input()
numbers = [int(x) for x in input().split()]
print(0 if 0 in numbers else 1 // (1 - (len(numbers) > 2)))
