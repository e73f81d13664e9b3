# Eats memory, and takes no notice of being told that there is none left.
eaten = []
while True:
    try:
        eaten.append(bytearray(1 << 20))
    except MemoryError:
        pass
