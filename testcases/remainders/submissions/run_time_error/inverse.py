from modulus import MODULUS

quotient = 1
input()
for x in input().split():
    quotient = quotient * pow(int(x), -1, MODULUS) % MODULUS  # there is none for zero
print(pow(quotient, -1, MODULUS))
