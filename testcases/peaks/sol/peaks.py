def peaks(height):
    count = sum(a < b > c for a, b, c in zip(height, height[1:], height[2:]))
    return count, height.index(max(height)) + 1
