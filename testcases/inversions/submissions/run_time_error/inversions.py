def inversion(numbers):
    return 0
