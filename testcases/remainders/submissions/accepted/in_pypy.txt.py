product = 1
input()
for x in input().split():
    product = product * int(x) % {{modulus}}
print(product)
