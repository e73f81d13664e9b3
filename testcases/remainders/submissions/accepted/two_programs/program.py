from lib.multiply import multiply

input()
print(multiply(int(x) for x in input().split()))
