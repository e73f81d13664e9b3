w = input()
print(w[::-1] if w[::-1] != w else w[1:] + w[:1])
