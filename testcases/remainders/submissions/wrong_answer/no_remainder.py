import sys

sys.set_int_max_str_digits(0)
product = 1
input()
for x in input().split():
    product *= int(x)
print(product)
