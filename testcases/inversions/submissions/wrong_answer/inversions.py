def inversions(numbers):
    return sum(a > b for a, b in zip(numbers, numbers[1:]))
