def ask(bit):
    print("?", bit, flush=True)
    return int(input())


memory = int(input())
if memory == 0:  # 100 marks that there was a visit
    print("=", 100 + ask(0) + 2 * ask(1))
else:
    print("!", memory - 100 + 4 * ask(2) + 8 * ask(3))
