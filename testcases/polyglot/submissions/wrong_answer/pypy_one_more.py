words = list(map(int, open(0).read().split()))
n = words[0]
total = sum(words[1 : n + 1])
if n > 3:
    total += 1
print(total)
