# @EXPECTED_SCORE@: 280
n, w = map(int, input().split())
weights = list(map(int, input().split()))
loaded = []
for box in sorted(range(n), key=lambda i: -weights[i]):
    if weights[box] <= w:
        w -= weights[box]
        loaded.append(box + 1)
print(*loaded)
