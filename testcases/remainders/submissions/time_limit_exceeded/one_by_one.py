from modulus import MODULUS

product = 1
input()
for x in input().split():
    total = 0
    for _ in range(int(x)):  # multiplies by adding
        total = (total + product) % MODULUS
    product = total
print(product)
