task, what = input().split()
print("a" * (int(what) + 1) if task == "write" else len(what) - 1)
