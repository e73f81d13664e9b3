# Sorts nothing, and swaps where nothing is to be done.
print(1, 2 if input() != '1' else 1)
print(2, 3)
