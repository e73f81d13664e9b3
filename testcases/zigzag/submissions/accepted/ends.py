n = int(input())
low, high = 1, n
stops = []
while low <= high:
    stops.append(high)
    high -= 1
    if low <= high:
        stops.append(low)
        low += 1
print(*stops)
