input()
for bit in range(4):
    print("?", bit, flush=True)
    input()
