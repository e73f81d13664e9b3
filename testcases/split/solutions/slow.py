import sys

n = int(input())
while n > 4:
    pass
weights = list(map(int, input().split()))
heap = [0] * n
load = [0, 0]
for i in sorted(range(n), key=lambda i: -weights[i]):
    side = load[1] < load[0]
    heap[i] = side + 1
    load[side] += weights[i]
print(*heap)
