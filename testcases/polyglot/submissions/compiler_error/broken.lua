local sum = 1 + * 2
print(sum)
