# Twice as long as it could be.
number_of = int(input())
print(number_of * (number_of + 1) // 2)
