for _ in range(3000):
    print(1, 1)
