from modulus import MODULUS


def product(numbers):
    return numbers[0] * product(numbers[1:]) % MODULUS if numbers else 1


input()
print(product([int(x) for x in input().split()]))
