def inversions(numbers):
    return sum(numbers[i] > numbers[k] for k in range(len(numbers)) for i in range(k))
