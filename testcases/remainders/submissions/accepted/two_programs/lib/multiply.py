from modulus import MODULUS


def multiply(numbers):
    product = 1
    for x in numbers:
        product = product * x % MODULUS
    return product
