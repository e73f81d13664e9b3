task, what = input().split()
print("ab" if task == "write" else 1 // 0)
