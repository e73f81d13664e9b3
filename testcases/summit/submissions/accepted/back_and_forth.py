# 1, 1, 2, 2 and again: steps of 0 and of 1.
print(*([1, 1, 2, 2] * 250))
