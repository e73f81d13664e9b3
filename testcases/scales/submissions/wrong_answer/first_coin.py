input()
print("! 3")
