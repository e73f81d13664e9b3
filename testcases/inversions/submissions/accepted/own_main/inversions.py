from bisect import bisect_right, insort


def inversions(numbers):
    seen, found = [], 0
    for x in numbers:
        found += len(seen) - bisect_right(seen, x)
        insort(seen, x)
    return found
