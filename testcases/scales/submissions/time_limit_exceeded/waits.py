n = input()
print("?", end="", flush=True)
input()
input()
