task, what = input().split()
if task == "write":
    print(f"{int(what):b}".replace("0", "a").replace("1", "b"))
else:
    print(int(what.replace("a", "0").replace("b", "1"), 2) + 1)
