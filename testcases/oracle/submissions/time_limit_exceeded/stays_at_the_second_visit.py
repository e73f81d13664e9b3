memory = int(input())
if memory == 0:
    print("= 1")
while memory:
    pass
