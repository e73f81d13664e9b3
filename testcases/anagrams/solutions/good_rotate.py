w = input()
print(w[1:] + w[:1])
