from modulus import MODULUS

product = 1
input()
for x in input().split():
    product = product * int(x) % MODULUS
print(product)
