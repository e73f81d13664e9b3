task, what = input().split()
if task == "write":
    print("ab")
while task == "read":
    pass
