n = int(input())
print("The sum is", sum(map(int, input().split())))
