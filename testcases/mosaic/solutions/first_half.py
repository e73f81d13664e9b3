row = input()
print(row[::-1][: len(row) // 2] + '.' * (len(row) // 2))
